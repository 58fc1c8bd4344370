/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant: the list registers of cpu->loaded are in the hardware, those of every other vCPU in its books. When it is
 * cpu->folded too, its books are the truth until the step ends.
 */
#include "core/gic.h"

#include "base/bits.h"
#include "base/bound.h"
#include "base/expect.h"
#include "core/cpu/cpu.h"

#define DEACTIVATIONS_IN_STEP 2U

/*
 * A timer is level-sensitive, and the guest sets it without an exit: one that is pending and no longer asserted is
 * withdrawn. No register can be trapped for that in Armv8.0 (CNTV), so it is looked at whenever the books are.
 */
static void withdraw_timers(struct vcpu *vcpu)
{
	uint32_t linked = vgic_save_linked_active(vcpu->gic) & IRQ_GUEST_TIMERS;
	if (linked == 0)
		return;
	uint32_t low = linked & ~hw_timers_asserted();
	if ((low & BIT32(IRQ_GUEST_VIRTUAL_TIMER)) != 0)
		vgic_set_level(&vcpu->vm->gic, vcpu->gic, IRQ_GUEST_VIRTUAL_TIMER, false);
	if ((low & BIT32(IRQ_GUEST_PHYSICAL_TIMER)) != 0)
		vgic_set_level(&vcpu->vm->gic, vcpu->gic, IRQ_GUEST_PHYSICAL_TIMER, false);
}

void gic_fold(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu == NULL || cpu->folded == vcpu)
		return;
	STEP_BOUND(gic_fold, 1); /* until the step ends; one that is loaded in it has nothing left to plan */
	cpu->folded = vcpu;
	cpu->work |= WORK_INTERRUPT;
	uint64_t empty = hw_lr_empty();
	uint32_t busy = vcpu->gic->live & (uint32_t)~empty;
	while (busy != 0) {
		LOOP_BOUND(VGIC_LR_MAX);
		uint32_t i = bits_lowest(busy);
		busy &= busy - 1;
		vcpu->gic->lr[i] = hw_lr_read(i);
	}
	vgic_fold(&vcpu->vm->gic, vcpu->gic, empty, hw_vgic_control() >> ICH_HCR_EOI_COUNT_SHIFT, hw_vgic_vmcr());
	withdraw_timers(vcpu);
	gic_distribute(cpu, vcpu->vm, now);
}

void gic_distribute(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	uint32_t refill = vgic_take_refill(&vm->gic);
	while (refill != 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		uint32_t i = bits_lowest(refill);
		refill &= refill - 1;
		struct vcpu *vcpu = vm->vcpus[i];
		if (vcpu == cpu->loaded)
			cpu->work |= WORK_INTERRUPT;
		if (vm->calls.power[i] == PSCI_POWER_ON && gic_is_away(cpu, vcpu))
			cpu_wake(cpu, &vcpu->context, now);
	}
}

void gic_raise_timer_at_length(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu == NULL) {
		hw_irq_deactivate(intid); /* of one that was stopped while its line went down */
		return;
	}
	gic_fold(cpu, now);
	vgic_raise_linked(&vcpu->vm->gic, vcpu->gic, intid);
	cpu->emptied = NULL; /* its line is active, and goes with it, even if the guest has disabled it and sleeps on */
	gic_distribute(cpu, vcpu->vm, now);
}

void gic_raise_parked(struct vcpu *vcpu, uint32_t intid)
{
	unsigned index;
	uint64_t lr;
	uint64_t empty = ~(uint64_t)vcpu->gic->live & ((UINT64_C(1) << hw_lr_count()) - 1);
	if (!vgic_fast_linked(vcpu->gic, intid, empty, &index, &lr))
		vgic_raise_linked(&vcpu->vm->gic, vcpu->gic, intid);
}

void gic_raise_line(struct cpu *cpu, struct vm *vm, uint32_t virq, ticks_t now)
{
	gic_fold(cpu, now);
	vgic_raise_linked(&vm->gic, vm->vcpus[0]->gic, virq);
	gic_distribute(cpu, vm, now);
}

void gic_set_level(struct cpu *cpu, struct vm *vm, uint32_t virq, bool level, ticks_t now)
{
	gic_fold(cpu, now);
	vgic_set_level(&vm->gic, vm->vcpus[0]->gic, virq, level);
	gic_distribute(cpu, vm, now);
}

void gic_send(struct cpu *cpu, uint64_t value, bool either_group, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	unsigned index;
	uint64_t lr;
	if (either_group && vgic_fast_sgi(vcpu->gic, value, hw_lr_empty(), &index, &lr)) {
		hw_lr_write(index, lr);
		return;
	}
	gic_fold(cpu, now);
	vgic_sgi(&vcpu->vm->gic, vcpu->gic, value, either_group);
	gic_distribute(cpu, vcpu->vm, now);
}

/*
 * Physical lines whose virtual interrupt was deactivated where no list register could do it: a few in a step. What is
 * left has the next step come at once.
 */
static void deactivate_lines(struct vcpu *vcpu, ticks_t now)
{
	uint32_t pintid;
	for (unsigned n = 0; n < DEACTIVATIONS_IN_STEP && vgic_has_deactivation(vcpu->gic); n++) {
		LOOP_BOUND(DEACTIVATIONS_IN_STEP);
		if (vgic_take_deactivation(&vcpu->vm->gic, vcpu->gic, &pintid))
			hw_irq_deactivate(pintid);
	}
	if (vgic_has_deactivation(vcpu->gic))
		hw_timer_arm(now);
}

/* Out of line, as what follows: the usual step ends without. */
static __attribute__((noinline)) void settle_at_length(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	deactivate_lines(vcpu, now);
	bool is_service_next = cpu->current != NULL && cpu->frame != &vcpu->context.frame;
	if (!vgic_needs_plan(vcpu->gic) || is_service_next)
		return;
	gic_fold(cpu, now);
	vgic_plan(&vcpu->vm->gic, vcpu->gic, hw_vgic_vmcr());
	hw_vgic_control_set(vcpu->gic->hcr);
	uint32_t dirty = vcpu->gic->dirty;
	vcpu->gic->dirty = 0;
	while (dirty != 0) {
		LOOP_BOUND(VGIC_LR_MAX);
		uint32_t i = bits_lowest(dirty);
		dirty &= dirty - 1;
		hw_lr_write(i, vcpu->gic->lr[i]);
	}
}

void gic_settle(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu != NULL && (vgic_needs_plan(vcpu->gic) || vgic_has_deactivation(vcpu->gic)))
		settle_at_length(cpu, vcpu, now);
}

static const uint64_t no_list_register[VGIC_LR_MAX];

/* What is in flight stays in the books, and none of it in the hardware. The timers are stopped after the fold, which
 * looks at them, and before their lines go inactive: they would rise again. */
void gic_unload_at_length(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_fold(cpu, now);
	deactivate_lines(vcpu, now);
	hw_lr_load(no_list_register);
	hw_timers_save(&vcpu->timers);
	uint32_t lines = vgic_save_linked_active(vcpu->gic);
	if (lines != 0)
		hw_irq_private_deactivate(lines);
	if (vgic_has_deactivation(vcpu->gic))
		vcpu->gic->attention |= VGIC_ATTENTION_PLAN; /* gic_load must not pass over what is left */
	vcpu->event = gic_timer_event(&vcpu->timers, lines);
}

void gic_wait(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct hw_timers timers;
	gic_fold(cpu, now);
	deactivate_lines(vcpu, now); /* a timer whose line the fold found low interrupts again */
	hw_timers_read(&timers);
	cpu_block(cpu, gic_timer_event(&timers, vgic_save_linked_active(vcpu->gic)));
}

/* Lines that others' accesses or the end of its last life left it go inactive when the step settles. */
void gic_load_at_length(struct cpu *cpu, struct vcpu *vcpu)
{
	if (vgic_has_deactivation(vcpu->gic))
		cpu->work |= WORK_INTERRUPT;
	if (vgic_needs_plan(vcpu->gic))
		vgic_plan(&vcpu->vm->gic, vcpu->gic, vcpu->interface.vmcr);
	vcpu->gic->dirty = 0;
	hw_lr_load(vcpu->gic->lr);
	uint32_t lines = vgic_save_linked_active(vcpu->gic);
	if (lines != 0)
		hw_irq_private_activate(lines);
}

void gic_release(struct cpu *cpu, const struct vcpu *vcpu, ticks_t now)
{
	struct hw_timers stopped;
	if (cpu->loaded != vcpu)
		return;
	gic_fold(cpu, now);
	hw_timers_save(&stopped);
	hw_vcpu_discard();
	hw_vgic_control_set(0);
	hw_lr_load(no_list_register);
	hw_irq_private_deactivate(IRQ_GUEST_TIMERS);
	cpu->loaded = NULL;
}

bool gic_has_deliverable(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	gic_fold(cpu, now);
	hw_vgic_save(&vcpu->interface);
	return vgic_has_deliverable(&vcpu->vm->gic, vcpu->gic, vcpu->interface.vmcr, (uint32_t)vcpu->interface.ap0r0,
				    (uint32_t)vcpu->interface.ap1r0);
}
