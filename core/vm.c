/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of VMs:
 *
 *   OFF --vm_start--> RUNNING --vm_off: SYSTEM_OFF, SYSTEM_RESET, last CPU_OFF--> OFF
 *                        \------vm_fail: no way on, or its model failed--------> FAILED
 *
 * When every VM has gone off by itself, the system is powered off as soon as its CPU has nothing to do: the console has
 * been written.
 */
#include "core/vm.h"

#include "base/bound.h"
#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/log.h"
#include "core/model.h"
#include "core/trace.h"

void vcpu_start(struct cpu *cpu, struct vcpu *vcpu, uint64_t entry, uint64_t context, ticks_t now)
{
	struct context *self = &vcpu->context;
	gic_release(cpu, vcpu, now);
	if (cpu->resident == self)
		cpu->resident = NULL;
	hw_vcpu_reset(&vcpu->state, &self->frame, vcpu->index, entry, context);
	hw_vgic_reset(&vcpu->interface);
	vcpu->timers = (struct hw_timers){0};
	vcpu->event = TICKS_NEVER;
	vgic_vcpu_reset(&vcpu->vm->gic, vcpu->gic);
	gic_distribute(cpu, vcpu->vm, now);
	self->call = MODEL_CALL_NONE;
	self->active = &self->frame;
	self->world = &vcpu->world;
	self->classes = esr_classes;
	self->stats->state = STATS_CONTEXT_ON;
	vcpu->vm->calls.power[vcpu->index] = PSCI_POWER_ON;
	cpu_wake(cpu, self, now);
}

void vm_start(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	vgic_vm_reset(&vm->gic);
	vm->state = VM_RUNNING;
	machine.vms_not_off++;
	vcpu_start(cpu, vm->vcpus[0], vm->config->entry_ipa, vm->config->dtb_ipa, now);
	model_request(cpu, vm, MODEL_RESET, now);
	log_event(vm->index, 0, LOG_VM_STARTED, now);
}

static void retire(struct cpu *cpu, struct vcpu *vcpu, ticks_t now, enum stats_context_state why)
{
	cpu_retire(cpu, &vcpu->context, now, why);
	vcpu->vm->calls.power[vcpu->index] = PSCI_POWER_OFF;
}

void vcpu_stop(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct vm *vm = vcpu->vm;
	gic_release(cpu, vcpu, now);
	retire(cpu, vcpu, now, STATS_CONTEXT_OFF);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (vm->calls.power[i] != PSCI_POWER_OFF)
			return;
	}
	vm->state = VM_OFF;
	machine.vms_not_off--;
	log_event(vm->index, vcpu->index, LOG_VM_OFF, now);
}

/*
 * Of the current vCPU's VM. That one goes first: while nobody runs, what becomes of the others changes no choice of the
 * scheduler. A step stops one VM at most: its exit's handler does it, or finds that the model was late.
 */
static void stop_all(struct cpu *cpu, struct vm *vm, ticks_t now, enum stats_context_state why)
{
	STEP_BOUND(vm_stop, 1);
	if (cpu->loaded != NULL && cpu->loaded->vm == vm)
		gic_release(cpu, cpu->loaded, now);
	retire(cpu, current_vcpu(cpu), now, why);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (vm->calls.power[i] != PSCI_POWER_OFF)
			retire(cpu, vm->vcpus[i], now, why);
	}
	model_forget(vm);
}

void vm_fail(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now)
{
	struct context *context = cpu->current;
	context->stats->fault_pc = hw_exit_pc();
	context->stats->fault_esr = hw_exit_syndrome();
	context->stats->fault_address = hw_exit_address();
	trace(cpu, now, TRACE_FAULT, context->index, hw_exit_syndrome());
	log_fault(vm->index, vcpu_of(context)->index, reason, now);
	stop_all(cpu, vm, now, STATS_CONTEXT_STOPPED);
	vm->state = VM_FAILED;
	if (vm->config->on_crash == BLOB_ACTION_SYSTEM)
		hw_system_reset();
}

void vm_off(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now)
{
	if (reason == LOG_VM_RESET && vm->config->on_reset == BLOB_ACTION_SYSTEM)
		hw_system_reset();
	log_event(vm->index, current_vcpu(cpu)->index, reason, now);
	stop_all(cpu, vm, now, STATS_CONTEXT_OFF);
	vm->state = VM_OFF;
	machine.vms_not_off--;
}
