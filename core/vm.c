/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of VMs:
 *
 *   OFF --vm_start--> RUNNING --vm_off: SYSTEM_OFF, SYSTEM_RESET--> STOPPING --the last vCPU is off--> OFF
 *                     ^  |  \------vm_fail: no way on, model failed--^  |   \------------------------> FAILED
 *                     |  \------last CPU_OFF----------------------------|----------------------------> OFF
 *                     \---vm_begin: loader done--- LOADING <-to restart-/
 *
 * A manager's commands go the same ways: stop and restart by STOPPING, start from OFF or FAILED to LOADING. A VM that
 * is paused is RUNNING, and its vCPUs are held out of their guests as for an access (core/remote.h), by nobody.
 *
 * What follows a stop is said by its description, and decided when it begins to stop. A VM whose loader fails is
 * FAILED, whatever the description says.
 *
 * Who stops a VM takes its vCPUs on this CPU off in the same step, and sends MAIL_STOP to the others; the one that is
 * off last brings it to its end. When every VM has gone off by itself, the system is powered off as soon as the console
 * driver's CPU has nothing to do: the console has been written.
 */
#include "core/vm.h"

#include "base/atomic.h"
#include "base/bound.h"
#include "core/alarm.h"
#include "core/cpu/cpu.h"
#include "core/direct.h"
#include "core/driver.h"
#include "core/gic.h"
#include "core/lines.h"
#include "core/log.h"
#include "core/mail.h"
#include "core/model.h"
#include "core/remote.h"
#include "core/stolen.h"
#include "core/trace.h"
#include "core/watchdog.h"

/* The state of a vCPU that begins at its entry; it is off, and on its own CPU. */
static void vcpu_reset(struct cpu *cpu, struct vcpu *vcpu)
{
	struct context *self = &vcpu->context;
	if (cpu->resident == self)
		cpu->resident = NULL;
	hw_vcpu_reset(&vcpu->state, &self->frame, vcpu->index, vcpu->start_entry, vcpu->start_context);
	hw_vgic_reset(&vcpu->interface);
	vcpu->timers = (struct hw_timers){0};
	vcpu->event = TICKS_NEVER;
	self->call = MODEL_CALL_NONE;
	self->active = &self->frame;
	self->world = &vcpu->world;
	self->classes = vcpu->vm->direct != NULL ? esr_direct_classes : esr_classes;
	*vcpu->last_here = NULL; /* what the TLB holds is of another life */
}

void vcpu_clear(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if (cpu->current == &vcpu->context)
		cpu_set_aside(cpu, vcpu, now); /* off and on again in one step: nothing of its last life goes on */
	gic_release(cpu, vcpu, now);
	if (vcpu->vm->direct != NULL)
		direct_reset(vcpu->vm);
	vcpu_reset(cpu, vcpu);
}

/* Its vCPU 0 is off and its context runs all the same. Locked, or on its CPU. */
static bool is_loader_running(const struct vm *vm)
{
	const struct context *context = &vm->vcpus[0]->context;
	return context->call == MODEL_CALL_LOADER && context->stats->state == STATS_CONTEXT_ON;
}

/* Locked. All its vCPUs are off. One that stopped while another was about to ask for its list registers is held by that
 * one still, which has forgotten it. */
static void let_all_go(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		__atomic_store_n(&vm->vcpus[i]->held_by, 0, __ATOMIC_RELAXED);
	}
}

/* All its vCPUs are off, the last one just now: what that means for the VM. Locked, and left unlocked. */
static void note_off(struct cpu *cpu, struct vm *vm, uint32_t vcpu, ticks_t now)
{
	bool is_over = vm->state == VM_RUNNING || vm->state == VM_STOPPING;
	is_over &= !is_loader_running(vm);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		is_over &= vm->calls.power[i] == PSCI_POWER_OFF;
	}
	if (!is_over) {
		gic_unlock(cpu, vm);
		return;
	}
	bool is_alone = vm->state == VM_RUNNING; /* by CPU_OFF of the last */
	vm->state = is_alone ? VM_OFF : vm->state_next;
	enum log_reason reason = is_alone ? LOG_VM_OFF : vm->reason;
	uint32_t who = is_alone ? vcpu : vm->stopper;
	enum vm_state state = vm->state;
	model_forget(vm);
	let_all_go(vm);
	watchdog_forget(vm);
	lines_set(vm, false);
	gic_unlock(cpu, vm);
	if (state == VM_LOADING)
		direct_order(vm->vcpus[0], MAIL_LOAD);
	if (state != VM_OFF)
		return;
	/* Counted, then told: whoever sees the record sees the count, see end_when_done in core/cpu/settle.c. */
	atomic_add(&machine.vms_not_off, UINT64_MAX);
	log_event(cpu, vm->index, who, reason, now);
}

void vcpu_begin(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct vm *vm = vcpu->vm;
	gic_lock(cpu, vm);
	if (vm->state != VM_RUNNING) {
		vm->calls.power[vcpu->index] = PSCI_POWER_OFF;
		note_off(cpu, vm, vcpu->index, now);
		return;
	}
	gic_unlock(cpu, vm);
	vcpu_clear(cpu, vcpu, now);
	gic_lock(cpu, vm);
	vgic_vcpu_reset(&vm->gic, vcpu->gic);
	vm->calls.power[vcpu->index] = PSCI_POWER_ON;
	gic_distribute(cpu, vm, now);
	vcpu->context.stats->state = STATS_CONTEXT_ON;
	gic_wake(cpu, vcpu, now);
}

bool vcpu_start(struct cpu *cpu, struct vcpu *vcpu, uint64_t entry, uint64_t context, ticks_t now)
{
	struct vm *vm = vcpu->vm;
	gic_lock(cpu, vm);
	bool is_first = vm->state == VM_RUNNING && vm->calls.power[vcpu->index] == PSCI_POWER_OFF;
	if (is_first) {
		vcpu->start_entry = entry;
		vcpu->start_context = context;
		vm->calls.power[vcpu->index] = PSCI_POWER_ON_PENDING;
	}
	gic_unlock(cpu, vm);
	if (is_first && vcpu->context.cpu == cpu)
		vcpu_begin(cpu, vcpu, now);
	else if (is_first)
		direct_order(vcpu, MAIL_START);
	return is_first;
}

void vm_begin(struct cpu *cpu, struct vm *vm, enum log_reason why, ticks_t now)
{
	gic_lock(cpu, vm);
	vm->state = VM_RUNNING;
	model_reset(vm); /* the first that its vCPU 0 does */
	lines_set(vm, true);
	stolen_forget(vm);
	gic_unlock(cpu, vm);
	alarm_begin(cpu, vm, now);
	(void)vcpu_start(cpu, vm->vcpus[0], vm->config->entry_ipa, vm->config->dtb_ipa, now);
	log_event(cpu, vm->index, 0, why, now);
}

void vm_start(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	vgic_vm_reset(&vm->gic);
	atomic_add(&machine.vms_not_off, 1);
	vm_begin(cpu, vm, LOG_VM_STARTED, now);
}

static void retire(struct cpu *cpu, struct vcpu *vcpu, ticks_t now, enum stats_context_state why)
{
	cpu_retire(cpu, &vcpu->context, now, why);
	vcpu->vm->calls.power[vcpu->index] = PSCI_POWER_OFF;
}

void vcpu_stop(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_release(cpu, vcpu, now);
	gic_lock(cpu, vcpu->vm);
	retire(cpu, vcpu, now, STATS_CONTEXT_OFF);
	note_off(cpu, vcpu->vm, vcpu->index, now);
}

/* Locked. The VM has stopped as far as this vCPU is concerned: nobody waits for it, and it for nobody. */
static void retire_stopped(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	retire(cpu, vcpu, now, vcpu->vm->state_next == VM_FAILED ? STATS_CONTEXT_STOPPED : STATS_CONTEXT_OFF);
	remote_forget(vcpu);
}

void vcpu_halt(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct vm *vm = vcpu->vm;
	gic_release(cpu, vcpu, now);
	gic_lock(cpu, vm);
	bool is_on = vm->calls.power[vcpu->index] != PSCI_POWER_OFF || (vcpu->index == 0 && is_loader_running(vm));
	if (vm->state == VM_STOPPING && is_on)
		retire_stopped(cpu, vcpu, now);
	note_off(cpu, vm, vcpu->index, now);
}

/* The others of its vCPUs, which are on other CPUs or not in the registers. */
static void stop_others(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		struct vcpu *vcpu = vm->vcpus[i];
		if (vm->calls.power[i] == PSCI_POWER_OFF)
			continue;
		if (vcpu->context.cpu == cpu)
			retire_stopped(cpu, vcpu, now);
		else
			direct_order(vcpu, MAIL_STOP);
	}
}

/*
 * Of the VM whose vCPU or alarm is current. A vCPU goes first: while nobody runs, what becomes of the others changes
 * no choice of the scheduler. A step stops one VM at most: its exit's handler does it, or finds that the model was
 * late. If another CPU stops the same VM already, its reason stands.
 */
static void stop_all(struct cpu *cpu, struct vm *vm, enum vm_state next, enum log_reason reason, ticks_t now)
{
	bool is_by_vcpu = cpu->current->kind == BLOB_CONTEXT_VCPU;
	uint32_t stopper = is_by_vcpu ? current_vcpu(cpu)->index : 0;
	STEP_BOUND(vm_stop, 1);
	if (cpu->loaded != NULL && cpu->loaded->vm == vm)
		gic_release(cpu, cpu->loaded, now);
	gic_lock(cpu, vm);
	if (vm->state == VM_RUNNING || vm->state == VM_LOADING) {
		vm->state = VM_STOPPING;
		vm->state_next = next;
		vm->reason = reason;
		vm->stopper = stopper;
	}
	if (is_by_vcpu)
		retire_stopped(cpu, current_vcpu(cpu), now);
	stop_others(cpu, vm, now);
	note_off(cpu, vm, stopper, now);
}

/* What a VM will be behind its stop; without: if its description has no other wish. A reset of the system does not come
 * back. */
static enum vm_state state_after(struct cpu *cpu, const struct vm *vm, enum blob_vm_event event, enum vm_state without,
				 ticks_t now)
{
	enum blob_vm_action action = (enum blob_vm_action)vm->config->on[event];
	vm_act_beyond(cpu, action, now);
	return action == BLOB_ACTION_RESTART ? VM_LOADING : without;
}

void vm_fail(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now)
{
	struct context *context = cpu->current;
	bool is_loading = context->call == MODEL_CALL_LOADER;
	context->stats->fault_pc = hw_exit_pc();
	context->stats->fault_esr = hw_exit_syndrome();
	context->stats->fault_address = hw_exit_address();
	trace(cpu, now, TRACE_FAULT, context->index, hw_exit_syndrome());
	log_fault(cpu, vm->index, vcpu_of(context)->index, reason, now);
	enum vm_state next = is_loading ? VM_FAILED : state_after(cpu, vm, BLOB_ON_CRASH, VM_FAILED, now);
	stop_all(cpu, vm, next, reason, now);
}

void vm_end(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now)
{
	gic_lock(cpu, vm);
	bool is_running = vm->state == VM_RUNNING;
	gic_unlock(cpu, vm);
	if (!is_running)
		return;
	log_event(cpu, vm->index, 0, reason, now);
	enum blob_vm_event event = reason == LOG_WATCHDOG ? BLOB_ON_WATCHDOG : BLOB_ON_CRASH;
	stop_all(cpu, vm, state_after(cpu, vm, event, VM_FAILED, now), reason, now);
}

void vm_off(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now)
{
	bool is_reset = reason == LOG_VM_RESET;
	enum vm_state next = is_reset ? state_after(cpu, vm, BLOB_ON_RESET, VM_OFF, now) : VM_OFF;
	stop_all(cpu, vm, next, reason, now);
}

enum takt_vm_state vm_shown_state(const struct vm *vm)
{
	static const uint8_t shown[] = {
		[VM_OFF] = TAKT_VM_OFF,       [VM_RUNNING] = TAKT_VM_RUNNING, [VM_STOPPING] = TAKT_VM_STOPPING,
		[VM_FAILED] = TAKT_VM_FAILED, [VM_LOADING] = TAKT_VM_LOADING,
	};
	enum vm_state state = __atomic_load_n(&vm->state, __ATOMIC_RELAXED);
	uint32_t held_by = __atomic_load_n(&vm->vcpus[0]->held_by, __ATOMIC_RELAXED);
	if (state == VM_RUNNING && (held_by & HELD_BY_PAUSE) != 0)
		return TAKT_VM_PAUSED;
	return (enum takt_vm_state)shown[state];
}
