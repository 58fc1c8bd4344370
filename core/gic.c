/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant: the list registers of cpu->loaded are in the hardware, those of every other vCPU in its books. When it is
 * cpu->folded too, its books are the truth until the step ends. Of a spread VM, `remote` says to other CPUs that the
 * list registers are in hardware: it is set whenever the VM is not locked by that vCPU's CPU, and the vCPU is loaded.
 */
#include "core/gic.h"

#include "base/bits.h"
#include "base/bound.h"
#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/direct.h"
#include "core/mail.h"

#define DEACTIVATIONS_IN_STEP 2U

__attribute__((noinline)) void gic_lock_spread(struct cpu *cpu, struct vm *vm)
{
	lock_take(&vm->lock);
	if (cpu->loaded != NULL && cpu->loaded->vm == vm)
		cpu->loaded->gic->remote = false;
}

__attribute__((noinline)) void gic_unlock_spread(struct cpu *cpu, struct vm *vm)
{
	if (cpu->loaded != NULL && cpu->loaded->vm == vm)
		cpu->loaded->gic->remote = true;
	lock_leave(&vm->lock);
}

static bool has_pmu(const struct vcpu *vcpu) { return (vcpu->state.uncommon & HW_VCPU_PMU) != 0; }

/*
 * A timer is level-sensitive, and the guest sets it without an exit: one that is pending and no longer asserted is
 * withdrawn. No register can be trapped for that in Armv8.0 (CNTV), so it is looked at whenever the books are. A PMU,
 * none of whose registers is trapped, is the same.
 */
static void withdraw_private(struct vcpu *vcpu)
{
	uint32_t linked = vgic_save_linked_active(vcpu->gic);
	if (linked == 0)
		return;
	uint32_t low = linked & ~hw_timers_asserted();
	if ((low & BIT32(IRQ_GUEST_VIRTUAL_TIMER)) != 0)
		vgic_set_level(&vcpu->vm->gic, vcpu->gic, IRQ_GUEST_VIRTUAL_TIMER, false);
	if ((low & BIT32(IRQ_GUEST_PHYSICAL_TIMER)) != 0)
		vgic_set_level(&vcpu->vm->gic, vcpu->gic, IRQ_GUEST_PHYSICAL_TIMER, false);
	if ((low & BIT32(IRQ_GUEST_PMU)) != 0 && !hw_vcpu_pmu_is_asserted(&vcpu->state))
		vgic_set_level(&vcpu->vm->gic, vcpu->gic, IRQ_GUEST_PMU, false);
}

void gic_fold(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu == NULL || cpu->folded == vcpu)
		return;
	STEP_BOUND(gic_fold, 1); /* until the step ends; one that is loaded in it has nothing left to plan */
	cpu->folded = vcpu;
	cpu->work |= WORK_INTERRUPT | WORK_LONG;
	uint64_t empty = hw_lr_empty();
	uint32_t busy = vcpu->gic->live & (uint32_t)~empty;
	while (busy != 0) {
		LOOP_BOUND(VGIC_LR_MAX);
		uint32_t i = bits_lowest(busy);
		busy &= busy - 1;
		vcpu->gic->lr[i] = hw_lr_read(i);
	}
	gic_lock(cpu, vcpu->vm);
	vgic_fold(&vcpu->vm->gic, vcpu->gic, empty, hw_vgic_control() >> ICH_HCR_EOI_COUNT_SHIFT, hw_vgic_vmcr());
	withdraw_private(vcpu);
	gic_distribute(cpu, vcpu->vm, now);
}

void gic_wake(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	known(vcpu != NULL);
	if (vcpu->context.cpu != cpu)
		mail_post(&vcpu->context, MAIL_WAKE);
	else if (vcpu->vm->calls.power[vcpu->index] == PSCI_POWER_ON && !vcpu_is_barred(vcpu))
		cpu_wake(cpu, &vcpu->context, now);
}

void gic_distribute(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	uint32_t refill = vgic_take_refill(&vm->gic);
	gic_unlock(cpu, vm);
	bool is_alone = (refill & (refill - 1)) == 0;
	for (; refill != 0; refill &= refill - 1) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vcpu *vcpu = vm->vcpus[bits_lowest(refill)];
		if (vcpu == cpu->loaded)
			cpu->work |= WORK_INTERRUPT;
		if (!gic_is_away(cpu, vcpu))
			continue;
		if (is_alone)
			gic_wake(cpu, vcpu, now);
		else
			mail_post(&vcpu->context, MAIL_WAKE);
	}
}

void gic_attend(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if (cpu->loaded == vcpu)
		gic_fold(cpu, now); /* takes over what came late */
	cpu->work |= WORK_INTERRUPT | WORK_MODEL;
	if (gic_is_away(cpu, vcpu))
		gic_wake(cpu, vcpu, now);
}

void gic_raise_timer_at_length(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu == NULL) {
		hw_irq_deactivate(intid); /* of one that was stopped while its line went down */
		return;
	}
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	vgic_raise_linked(&vcpu->vm->gic, vcpu->gic, intid);
	cpu->emptied = NULL; /* its line is active, and goes with it, even if the guest has disabled it and sleeps on */
	gic_distribute(cpu, vcpu->vm, now);
}

void gic_raise_pmu(struct cpu *cpu, ticks_t now)
{
	if (cpu->loaded != NULL && has_pmu(cpu->loaded))
		gic_raise_timer_at_length(cpu, IRQ_GUEST_PMU, now);
	else
		hw_irq_deactivate(IRQ_GUEST_PMU); /* of one that was taken away while its line went down */
}

/* What is planned at the end of the step was not in the list registers before: the books are the truth. */
static void plan_loaded(struct cpu *cpu, struct vcpu *vcpu)
{
	cpu->work |= WORK_INTERRUPT | WORK_PLAN;
	cpu->folded = vcpu;
}

void gic_raise_expired(struct cpu *cpu, struct vcpu *vcpu, uint32_t intid)
{
	unsigned index;
	uint64_t lr;
	if (likely(vgic_fast_linked(vcpu->gic, intid, vcpu->gic->lr_all & ~vcpu->gic->live, &index, &lr))) {
		hw_lr_write(index, lr);
	} else {
		gic_lock(cpu, vcpu->vm);
		vgic_raise_linked(&vcpu->vm->gic, vcpu->gic, intid);
		plan_loaded(cpu, vcpu);
		gic_unlock(cpu, vcpu->vm);
	}
	hw_irq_private_activate(BIT32(intid));
}

void gic_raise_line(struct cpu *cpu, struct vm *vm, uint32_t virq, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, vm);
	vgic_raise_linked(&vm->gic, vm->vcpus[0]->gic, virq);
	gic_distribute(cpu, vm, now);
}

void gic_set_level(struct cpu *cpu, struct vm *vm, uint32_t virq, bool level, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, vm);
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
	gic_lock(cpu, vcpu->vm);
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

static void plan(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	vgic_plan(&vcpu->vm->gic, vcpu->gic, hw_vgic_vmcr());
	gic_unlock(cpu, vcpu->vm);
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

/* Out of line, as what follows: the usual step ends without. */
static __attribute__((noinline)) bool settle_at_length(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_lock(cpu, vcpu->vm);
	deactivate_lines(vcpu, now);
	gic_unlock(cpu, vcpu->vm);
	bool is_service_next =
		cpu->current != NULL && cpu->frame != &vcpu->context.frame && (cpu->work & WORK_PLAN) == 0;
	/* One that came in this step had nothing to be planned then: what other CPUs did since is the next kick's. */
	bool has_come = cpu->folded != NULL && cpu->folded != vcpu;
	if (!vgic_needs_plan(vcpu->gic) || is_service_next || has_come)
		return true;
	if (hw_irq_is_pending())
		return false;
	plan(cpu, vcpu, now);
	return true;
}

bool gic_settle(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	return vcpu == NULL || (!vgic_needs_plan(vcpu->gic) && !vgic_has_deactivation(vcpu->gic)) ||
	       settle_at_length(cpu, vcpu, now);
}

void gic_replan(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->loaded;
	if (vcpu == NULL)
		return;
	gic_lock(cpu, vcpu->vm);
	vcpu->gic->attention |= VGIC_ATTENTION_PLAN;
	gic_unlock(cpu, vcpu->vm);
}

/* Private lines of a vCPU that leaves go inactive, once what asserts them has been stopped: they would rise again. */
static void deactivate_private(struct vcpu *vcpu, uint32_t lines)
{
	if (lines == 0)
		return;
	if ((lines & BIT32(IRQ_GUEST_PMU)) != 0)
		hw_vcpu_pmu_stop(&vcpu->state);
	hw_irq_private_deactivate(lines);
}

static const uint64_t no_list_register[VGIC_LR_MAX];

/* The list register that is in use, if one alone is, goes out of the hardware, its line with it. */
static bool unload_single(const struct cpu *cpu, struct vcpu *vcpu)
{
	struct vgic_vcpu *gic = vcpu->gic;
	if (cpu->folded == vcpu || gic->live == 0)
		return false;
	unsigned index = bits_lowest(gic->live);
	unsigned ends = (unsigned)(hw_vgic_control() >> ICH_HCR_EOI_COUNT_SHIFT);
	if (!vgic_fold_single(gic, hw_lr_empty(), ends, hw_lr_read(index), hw_timers_asserted()))
		return false;
	hw_lr_write(index, 0);
	hw_timers_save(&vcpu->timers);
	uint32_t lines = vgic_save_linked_active(gic);
	deactivate_private(vcpu, lines);
	vcpu->event = gic_timer_event(&vcpu->timers, lines);
	return true;
}

/* What is in flight stays in the books, and none of it in the hardware. The timers are stopped after the fold, which
 * looks at them, and before their lines go inactive: they would rise again. */
void gic_unload_at_length(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if (unload_single(cpu, vcpu))
		return;
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	if (vcpu->gic->late_banks != 0)
		vgic_fold_late(&vcpu->vm->gic, vcpu->gic);
	deactivate_lines(vcpu, now);
	hw_lr_load(no_list_register);
	hw_timers_save(&vcpu->timers);
	uint32_t lines = vgic_save_linked_active(vcpu->gic);
	deactivate_private(vcpu, lines);
	if (vgic_has_deactivation(vcpu->gic))
		vcpu->gic->attention |= VGIC_ATTENTION_PLAN; /* gic_load must not pass over what is left */
	vcpu->event = gic_timer_event(&vcpu->timers, lines);
	cpu->loaded = NULL; /* for gic_unlock: from here on it is not remote to anybody */
	gic_distribute(cpu, vcpu->vm, now);
}

void gic_wait(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct hw_timers timers;
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	deactivate_lines(vcpu, now); /* a timer whose line the fold found low interrupts again */
	gic_unlock(cpu, vcpu->vm);
	hw_timers_read(&timers);
	cpu_block(cpu, gic_timer_event(&timers, vgic_save_linked_active(vcpu->gic)));
}

/* What is to be planned, and lines that others' accesses or the end of its last life left it, are for the end of the
 * step: an interrupt may come between. Until then its books are the truth. */
void gic_load_at_length(struct cpu *cpu, struct vcpu *vcpu)
{
	gic_lock(cpu, vcpu->vm);
	if (vgic_needs_plan(vcpu->gic) || vgic_has_deactivation(vcpu->gic))
		plan_loaded(cpu, vcpu);
	vcpu->gic->dirty = 0;
	hw_lr_load(vcpu->gic->lr);
	uint32_t lines = vgic_save_linked_active(vcpu->gic);
	if (lines != 0)
		hw_irq_private_activate(lines);
	cpu->loaded = vcpu; /* for gic_unlock: remote to others */
	gic_unlock(cpu, vcpu->vm);
}

void gic_release(struct cpu *cpu, const struct vcpu *vcpu, ticks_t now)
{
	struct hw_timers stopped;
	if (cpu->loaded != vcpu)
		return;
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	hw_timers_save(&stopped);
	hw_vcpu_discard();
	hw_vgic_control_set(0);
	hw_lr_load(no_list_register);
	hw_irq_private_deactivate(IRQ_GUEST_TIMERS | BIT32(IRQ_GUEST_PMU));
	cpu->loaded = NULL;
	gic_unlock(cpu, vcpu->vm);
	if (vcpu->vm->direct != NULL)
		direct_leave(vcpu);
}

bool gic_has_deliverable(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	gic_fold(cpu, now);
	hw_vgic_save(&vcpu->interface);
	gic_lock(cpu, vcpu->vm);
	bool is_there = vgic_has_deliverable(&vcpu->vm->gic, vcpu->gic, vcpu->interface.vmcr,
					     (uint32_t)vcpu->interface.ap0r0, (uint32_t)vcpu->interface.ap1r0);
	gic_unlock(cpu, vcpu->vm);
	return is_there;
}
