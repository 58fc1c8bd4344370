/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device model is a function of the VM's own: it runs in the vCPU's context, at EL0 behind its own stage 2, on the
 * vCPU's budget, and can be preempted at any instruction like the guest. EL2 passes registers in and out and holds it
 * to its bound.
 */
#include "core/model.h"

#include "base/bits.h"
#include "base/bound.h"
#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/driver.h"
#include "core/exits/exits.h"
#include "core/gic.h"
#include "core/mail.h"
#include "core/trace.h"
#include "core/vm.h"

/* The current vCPU, whose model it is, parks its guest, and the model begins with a fresh stack. */
static void model_enter(struct cpu *cpu, struct model *model, enum model_op op, ticks_t now)
{
	hw_frame_park(&cpu->current->frame);
	model->op = op;
	model->limit = ticks_add(now, model->bound);
	model->frame.x[0] = op;
	hw_frame_call(&model->frame, model->config->entry_ipa, model->config->stack_ipa);
	cpu->current->call = MODEL_CALL_INSIDE;
	hw_timer_arm(ticks_min(cpu->armed, model->limit));
	cpu->current->stats->model_calls++;
	cpu_change_frame(cpu, &model->frame, &model->world, service_classes);
}

/* What the outside wants, and is pending no more: a reset before anything else. */
static enum model_op take_pending(struct model *model)
{
	enum model_op op = (model->pending & BIT32(MODEL_RESET)) != 0 ? MODEL_RESET : MODEL_EVENT;
	model->pending &= ~BIT32(op);
	return op;
}

/* In line in both of its callers: the usual access comes here. */
#define IN_LINE static inline __attribute__((always_inline))

/* The model is the vCPU's, or the vCPU waits for its turn. */
IN_LINE bool claim(struct cpu *cpu, struct vcpu *vcpu, struct model *model)
{
	gic_lock(cpu, vcpu->vm);
	bool is_ours = model->caller == NULL || model->caller == vcpu;
	if (is_ours) {
		model->caller = vcpu;
	} else {
		vcpu->context.call = MODEL_CALL_WAITING;
		model->waiting |= BIT32(vcpu->index);
	}
	gic_unlock(cpu, vcpu->vm);
	return is_ours;
}

/* Of vcpu->model_offset: the access is one of the flash. */
#define OFFSET_FLASH BIT64(32)

/* The access is noted, and its arguments are the model's if it is the vCPU's; else the vCPU waits. */
IN_LINE bool prepare(struct cpu *cpu, struct model *model, uint64_t offset, uint64_t syndrome, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct mmio_access access = decode_mmio(syndrome);
	vcpu->model_syndrome = syndrome;
	vcpu->model_offset = offset;
	if (!claim(cpu, vcpu, model)) {
		gic_wait(cpu, now); /* whose turn it is may be passed on already: the kick is pending then */
		return false;
	}
	model->frame.x[1] = offset;
	model->frame.x[2] = access.size_bytes;
	if (access.is_write)
		model->frame.x[3] = mmio_store_value(access, guest_reg(&vcpu->context.frame, access.reg));
	trace(cpu, now, TRACE_MODEL, vcpu->context.index, offset);
	return true;
}

void model_access(struct cpu *cpu, struct vm *vm, uint64_t offset, uint64_t syndrome, ticks_t now)
{
	if (prepare(cpu, vm->model, offset, syndrome, now))
		model_enter(cpu, vm->model, decode_mmio(syndrome).is_write ? MODEL_WRITE : MODEL_READ, now);
}

void model_flash_access(struct cpu *cpu, struct vm *vm, uint64_t offset, uint64_t syndrome, ticks_t now)
{
	struct model *model = vm->model;
	if (!prepare(cpu, model, offset | OFFSET_FLASH, syndrome, now))
		return;
	model->frame.x[1] = offset;
	model_enter(cpu, model, decode_mmio(syndrome).is_write ? MODEL_FLASH_WRITE : MODEL_FLASH_READ, now);
}

/* The vCPU that calls the model for what happened outside: the first that is on, or NULL. */
static struct vcpu *event_caller(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (vm->calls.power[i] == PSCI_POWER_ON)
			return vm->vcpus[i];
	}
	return NULL;
}

static void ask_caller(struct cpu *cpu, const struct vm *vm, ticks_t now)
{
	struct vcpu *vcpu = event_caller(vm);
	cpu->work |= WORK_MODEL;
	if (vcpu != NULL)
		gic_wake(cpu, vcpu, now);
}

/*
 * vCPU `index` has come out of the model. After an access it goes in again for what is pending, so that neither those
 * who wait nor those who ask from outside can keep the other out. Else it is the next one's turn. Locked.
 */
static __attribute__((noinline)) void pass_on(struct cpu *cpu, struct vm *vm, uint32_t index, bool was_access,
					      ticks_t now)
{
	struct model *model = vm->model;
	if (was_access && model->pending != 0) {
		cpu->work |= WORK_MODEL;
		return;
	}
	if (model->waiting == 0) {
		model->caller = NULL;
		if (model->pending != 0)
			ask_caller(cpu, vm, now);
		return;
	}
	uint32_t behind = model->waiting & ~(BIT32(index + 1) - 1);
	uint32_t next = bits_lowest(behind != 0 ? behind : model->waiting);
	model->waiting &= ~BIT32(next);
	model->caller = vm->vcpus[next];
	gic_wake(cpu, model->caller, now);
}

static inline bool is_access(uint32_t op) { return (op & MODEL_EVENT) == 0; }
/* Of an access. */
static inline bool is_load(uint32_t op) { return (op & MODEL_WRITE) == 0; }

_Static_assert(MODEL_RESET == (MODEL_EVENT | 1) && MODEL_FLASH_WRITE == (MODEL_FLASH_READ | MODEL_WRITE) &&
		       MODEL_READ == 0 && MODEL_WRITE == 1 && MODEL_EVENT == 2 && MODEL_FLASH_READ == 4,
	       "the bits that the two look at");

/* What the model says of its line, if the operation was one of that: or of its flash. */
static __attribute__((noinline)) void change_level(struct cpu *cpu, struct vm *vm, uint32_t level, ticks_t now)
{
	struct model *model = vm->model;
	if (model->op >= MODEL_FLASH_READ) {
		model->is_command = level != MODEL_FLASH_ARRAY;
		return;
	}
	model->level = level & 1;
	gic_set_level(cpu, vm, model->config->virq, model->level != 0, now);
}

void model_return(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct vm *vm = vcpu->vm;
	struct model *model = vm->model;
	const uint64_t *results = model->frame.x;

	if (likely(is_access(model->op))) {
		struct mmio_access access = decode_mmio(vcpu->model_syndrome);
		if (is_load(model->op))
			guest_reg_set(&vcpu->context.frame, access.reg, mmio_load_value(access, results[0]));
		hw_frame_skip(&vcpu->context.frame, vcpu->model_syndrome);
	}
	uint32_t level = (uint32_t)results[1];
	uint32_t notify = (uint32_t)results[2];
	vcpu->context.call = MODEL_CALL_NONE;
	hw_timer_arm(cpu->armed);
	cpu_change_frame(cpu, &vcpu->context.frame, &vcpu->world, esr_classes);
	if (level != model->level)
		change_level(cpu, vm, level, now);
	if (notify != 0)
		driver_notify(cpu, machine.console_driver, notify, now);
	gic_lock(cpu, vm);
	if ((model->waiting | model->pending) == 0)
		model->caller = NULL;
	else
		pass_on(cpu, vm, vcpu->index, is_access(model->op), now);
	gic_unlock(cpu, vm);
	if (vgic_needs_plan(vcpu->gic))
		cpu->work |= WORK_INTERRUPT; /* put off while the model ran */
}

void model_event(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	struct model *model = vm->model;
	if (model == NULL)
		return;
	if (vm->vcpus[0]->context.cpu != cpu) {
		mail_post(&vm->vcpus[0]->context, MAIL_EVENT);
		return;
	}
	gic_lock(cpu, vm);
	if (vm->state == VM_RUNNING) {
		model->pending |= BIT32(MODEL_EVENT);
		if (model->caller == NULL)
			ask_caller(cpu, vm, now);
	}
	gic_unlock(cpu, vm);
}

void model_reset(struct vm *vm)
{
	if (vm->model != NULL)
		vm->model->pending = BIT32(MODEL_RESET);
}

/*
 * The current vCPU is not in the model, and waits for it, or something is pending. What it does with it: calls it for
 * what is pending, or for the access that it waited with, or nothing. The model is its own then.
 */
enum going_on {
	GO_ON_GUEST,
	GO_ON_ACCESS,
	GO_ON_PENDING,
};

static enum going_on decide(struct vcpu *vcpu, struct model *model, enum model_op *op)
{
	bool was_waiting = vcpu->context.call == MODEL_CALL_WAITING;
	vcpu->context.call = MODEL_CALL_NONE;
	if (was_waiting && model->caller == vcpu)
		return GO_ON_ACCESS;
	model->waiting &= ~BIT32(vcpu->index);
	bool is_ours = model->caller == vcpu || (model->caller == NULL && event_caller(vcpu->vm) == vcpu);
	if (model->pending == 0 || !is_ours)
		return GO_ON_GUEST;
	*op = take_pending(model);
	model->caller = vcpu;
	return GO_ON_PENDING;
}

/* The step has switched to this vCPU, and what is pending since the choice may be more urgent: a call for the outside
 * is for the next step, which does not switch to it. */
static bool is_long_already(const struct cpu *cpu, const struct vcpu *vcpu, ticks_t now)
{
	return vcpu->context.call == MODEL_CALL_NONE && cpu->since.raw == now.raw && hw_irq_is_pending();
}

static void access_again(struct cpu *cpu, const struct vcpu *vcpu, ticks_t now)
{
	if ((vcpu->model_offset & OFFSET_FLASH) != 0)
		model_flash_access(cpu, vcpu->vm, vcpu->model_offset & ~OFFSET_FLASH, vcpu->model_syndrome, now);
	else
		model_access(cpu, vcpu->vm, vcpu->model_offset, vcpu->model_syndrome, now);
}

static __attribute__((noinline)) void go_on(struct cpu *cpu, struct vcpu *vcpu, struct model *model, ticks_t now)
{
	enum model_op op = MODEL_EVENT;
	if (vcpu->context.call == MODEL_CALL_LOADER)
		return;
	if (is_in_model(&vcpu->context)) {
		hw_timer_arm(ticks_min(cpu->armed, model->limit));
		return;
	}
	if (is_long_already(cpu, vcpu, now)) {
		hw_timer_arm(now);
		return;
	}
	gic_lock(cpu, vcpu->vm);
	enum going_on what = decide(vcpu, model, &op);
	gic_unlock(cpu, vcpu->vm);
	if (what == GO_ON_ACCESS)
		access_again(cpu, vcpu, now);
	else if (what == GO_ON_PENDING)
		model_enter(cpu, model, op, now);
}

void model_settle(struct cpu *cpu, ticks_t now)
{
	struct context *context = cpu->current;
	if (context != NULL && context->model != NULL && (context->model->pending | context->call) != 0)
		go_on(cpu, vcpu_of(context), context->model, now);
}

void model_forget(struct vm *vm)
{
	if (vm->model == NULL)
		return;
	vm->model->caller = NULL;
	vm->model->waiting = 0;
	vm->model->pending = 0;
	vm->model->is_command = false; /* by MODEL_RESET, before the VM executes anything */
}

void model_pause(struct context *context, ticks_t now)
{
	struct model *model = vcpu_of(context)->vm->model;
	model->limit = ticks_before(now, model->limit) ? ticks_sub(model->limit, now) : ticks(0);
}

void model_resume(struct context *context, ticks_t now)
{
	struct model *model = vcpu_of(context)->vm->model;
	model->limit = ticks_add(model->limit, now);
}
