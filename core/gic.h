/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the virtual GIC's books (logic/arm/vgic) and the list registers: when they are read, when they are written.
 * On a CPU that runs vCPUs of the VM, interrupts masked.
 *
 * The books of a VM on one CPU are that CPU's, without a lock. Those of a VM that is spread are locked from gic_lock to
 * gic_distribute or gic_unlock; each such section leaves them complete, so that between two sections of one step other
 * CPUs may come: whatever they do to a vCPU whose list registers are here waits in its `late` words, and a kick has
 * them folded in a later step. What is inline below takes no lock: it works with what vgic's fast path may use, and of
 * a spread VM that is nothing, for ever (VGIC_ATTENTION_SPREAD, VGIC's `closed`, which other CPUs never clear). The
 * same holds for the questions vgic_needs_plan and vgic_has_deactivation: whoever changes their answer from outside
 * kicks afterwards.
 */
#ifndef CORE_GIC_H
#define CORE_GIC_H

#include "base/bits.h"
#include "base/expect.h"
#include "core/core.h"
#include "core/cpu/cpu.h"

/* Behind gic_lock and gic_unlock. */
void gic_lock_spread(struct cpu *cpu, struct vm *vm);
void gic_unlock_spread(struct cpu *cpu, struct vm *vm);

/* The VM's books, for a few calls of vgic; no other VM's at the same time. */
static inline void gic_lock(struct cpu *cpu, struct vm *vm)
{
	if (unlikely(vm->is_spread))
		gic_lock_spread(cpu, vm);
}

static inline void gic_unlock(struct cpu *cpu, struct vm *vm)
{
	if (unlikely(vm->is_spread))
		gic_unlock_spread(cpu, vm);
}

/* Brings the loaded vCPU's books up to date with its list registers, once a step; wakes siblings that got something by
 * that. */
void gic_fold(struct cpu *cpu, ticks_t now);

/* Ends a section with calls of vgic that may have made interrupts pending: wakes the vCPU that they are for; several
 * in steps of their own, one for each, behind what is more urgent than they are. */
void gic_distribute(struct cpu *cpu, struct vm *vm, ticks_t now);

/* Wakes a vCPU, here or on its CPU, unless it is off or must not run yet (vcpu_is_barred): then who lets it go does. */
void gic_wake(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* MAIL_WAKE: another CPU changed its books, or passed the model on to it. */
void gic_attend(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* It does not run, or will not after this step unless somebody wakes it: it may have blocked already. */
static inline bool gic_is_away(const struct cpu *cpu, const struct vcpu *vcpu)
{
	return &vcpu->context != cpu->current || (cpu->work & WORK_SCHEDULE) != 0;
}

/* Behind gic_raise_timer: the list register for it has to be found by a fold and a plan. */
void gic_raise_timer_at_length(struct cpu *cpu, uint32_t intid, ticks_t now);

/* The PMU's interrupt was acknowledged: the loaded vCPU's, if it has one. */
void gic_raise_pmu(struct cpu *cpu, ticks_t now);

/* A private timer interrupt of the loaded vCPU was acknowledged. */
static inline void gic_raise_timer(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	unsigned index;
	uint64_t lr;
	if (unlikely(vcpu == NULL || cpu->folded == vcpu ||
		     !vgic_fast_linked(vcpu->gic, intid, hw_lr_empty(), &index, &lr))) {
		gic_raise_timer_at_length(cpu, intid, now);
		return;
	}
	hw_lr_write(index, lr);
	if (gic_is_away(cpu, vcpu))
		cpu_wake(cpu, &vcpu->context, now);
}

/* The same for a vCPU that has been loaded in this step, whose timers are not yet: its line, which is not active, will
 * be asserted by them, and becomes active. */
void gic_raise_expired(struct cpu *cpu, struct vcpu *vcpu, uint32_t intid);

/* A physical line that belongs to a VM was acknowledged. */
void gic_raise_line(struct cpu *cpu, struct vm *vm, uint32_t virq, ticks_t now);

/* The output of a device model changed. */
void gic_set_level(struct cpu *cpu, struct vm *vm, uint32_t virq, bool level, ticks_t now);

/* The current vCPU wrote ICC_SGI1R_EL1 (either_group) or ICC_SGI0R_EL1, ICC_ASGI1R_EL1. */
void gic_send(struct cpu *cpu, uint64_t value, bool either_group, ticks_t now);

/* Lines that are done go inactive; and unless a service runs next, the loaded vCPU's list registers are as the books
 * want them. False: they are not, for an interrupt that the mask admits is pending, which comes first. */
bool gic_settle(struct cpu *cpu, ticks_t now);

/* When timers make a vCPU go on that waits: the earlier of those that would interrupt. `lines` are those that have. */
static inline ticks_t gic_timer_event(const struct hw_timers *timers, uint32_t lines)
{
	ticks_t when = TICKS_NEVER;
	if (hw_timer_is_counting(timers->virtual_control) && (lines & BIT32(IRQ_GUEST_VIRTUAL_TIMER)) == 0)
		when = ticks(timers->virtual_compare);
	if (hw_timer_is_counting(timers->physical_control) && (lines & BIT32(IRQ_GUEST_PHYSICAL_TIMER)) == 0)
		when = ticks_min(when, ticks(timers->physical_compare));
	return when;
}

/* The loaded vCPU's list registers are planned when the step settles, whatever the books say. */
void gic_replan(struct cpu *cpu);

/* Behind gic_unload: some of its interrupts are in flight. */
void gic_unload_at_length(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* Moves the loaded vCPU's interrupt state and timers out of the hardware; gic_load: another one's interrupt state into
 * it, before its timers. */
static inline void gic_unload(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	hw_vgic_save(&vcpu->interface);
	if (likely(cpu->emptied == vcpu)) {
		hw_timers_save(&vcpu->timers);
		vcpu->event = cpu->until;
	} else if (vgic_fold_quiet(vcpu->gic, hw_lr_empty())) {
		hw_timers_save(&vcpu->timers);
		vcpu->event = gic_timer_event(&vcpu->timers, 0);
	} else {
		gic_unload_at_length(cpu, vcpu, now);
	}
}

/* Behind gic_load: some of its interrupts are in flight. */
void gic_load_at_length(struct cpu *cpu, struct vcpu *vcpu);

/* Whoever was there before has left all list registers empty. */
static inline void gic_load(struct cpu *cpu, struct vcpu *vcpu)
{
	struct vgic_vcpu *gic = vcpu->gic;
	if (unlikely(!vgic_is_empty(gic)))
		gic_load_at_length(cpu, vcpu);
	hw_vgic_control_set(gic->hcr);
	hw_vgic_load(&vcpu->interface);
}

/* A vCPU stops: if it is the loaded one, nothing of it stays in the CPU. Its books and its lines rest until it starts
 * again. */
void gic_release(struct cpu *cpu, const struct vcpu *vcpu, ticks_t now);

/* Whether the current vCPU has an interrupt that it would take now if it did not mask interrupts: its WFI does not
 * wait. */
bool gic_has_deliverable(struct cpu *cpu, ticks_t now);

/* The current vCPU waits until its timers, or whoever wakes it, end that. */
void gic_wait(struct cpu *cpu, ticks_t now);

/*
 * The same where it is simple: nothing of it is pending or active anywhere, which a look at one register says. False:
 * it is not, and nothing has changed.
 */
static inline bool gic_wait_quietly(struct cpu *cpu)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct hw_timers timers;
	if (!vgic_fold_quiet(vcpu->gic, hw_lr_empty()))
		return false;
	cpu->folded = vcpu;
	cpu->emptied = vcpu;
	hw_timers_read(&timers);
	cpu_block(cpu, gic_timer_event(&timers, 0));
	return true;
}

#endif
