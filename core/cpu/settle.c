/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of a step: who runs next, what must be in the registers for it, when EL2 must look again.
 *
 * Accounts: from one change of context to the next all time is the outgoing one's, its exits included; the step that
 * changes is paid by the incoming one from its first clock read on, and one that is for a context which stays out, by
 * that one. So used + idle is the elapsed time, to the tick.
 */
#include "core/cpu/cpu.h"

#include "base/bits.h"
#include "base/expect.h"
#include "core/alarm.h"
#include "core/driver.h"
#include "core/exits/exits.h"
#include "core/gic.h"
#include "core/lines.h"
#include "core/model.h"
#include "core/reserve.h"
#include "core/stolen.h"
#include "core/trace.h"
#include "core/vm.h"

/* Brings the account of whoever ran, NULL: nobody, up to `now`. */
static void account(struct cpu *cpu, const struct context *ran, ticks_t now)
{
	uint64_t spent = now.raw - cpu->since.raw;
	if (ran != NULL)
		ran->stats->used_ticks += spent;
	else
		cpu->stats->idle_ticks += spent;
	cpu->since = now;
	cpu->stats->now_ticks = now.raw;
}

/* The vCPU's timer lines that are active for it already: they interrupt only when it has served that. */
static bool is_active(uint32_t lines, uint32_t intid) { return (lines & BIT32(intid)) != 0; }

static inline void note_switch(struct cpu *cpu, const struct context *last, const struct context *next, ticks_t now)
{
	account(cpu, last, now);
	trace(cpu, now, TRACE_SWITCH, next != NULL ? next->index : UINT16_MAX, last != NULL ? last->index : UINT16_MAX);
}

/* A timer that expired while its vCPU was away is pending before it runs again, without an interrupt being taken for
 * it: its line is active before the timer asserts it. */
static __attribute__((noinline)) void raise_expired(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	const struct hw_timers *t = &vcpu->timers;
	uint32_t lines = vgic_save_linked_active(vcpu->gic);
	if (hw_timer_is_counting(t->virtual_control) && t->virtual_compare <= now.raw &&
	    !is_active(lines, IRQ_GUEST_VIRTUAL_TIMER))
		gic_raise_expired(cpu, vcpu, IRQ_GUEST_VIRTUAL_TIMER);
	if (hw_timer_is_counting(t->physical_control) && t->physical_compare <= now.raw &&
	    !is_active(lines, IRQ_GUEST_PHYSICAL_TIMER))
		gic_raise_expired(cpu, vcpu, IRQ_GUEST_PHYSICAL_TIMER);
}

/* The interrupt state and the timers of a vCPU that comes. They wake it from here on: what stood for them while it was
 * blocked is void since it is not. */
static inline void come(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_load(cpu, vcpu);
	if (unlikely(ticks_reached(vcpu->event, now)))
		raise_expired(cpu, vcpu, now);
	hw_timers_load(&vcpu->timers);
	cpu->loaded = vcpu;
}

/* vCPUs of one VM share its VMID: what one of them left in this CPU's TLB is not for another. */
static inline void flush_sibling(struct vcpu *vcpu)
{
	if (*vcpu->last_here == vcpu)
		return;
	hw_world_load(&vcpu->world); /* not its model's, which has a VMID of its own */
	hw_tlb_flush_local();
	*vcpu->last_here = vcpu;
}

/* The usual switch: from guest to guest. The scheduler knows what the last one waits for. */
static inline void exchange(struct cpu *cpu, struct vcpu *last, struct vcpu *next, ticks_t now)
{
	hw_frame_park(&last->context.frame);
	gic_unload(cpu, last, now);
	if (likely(hw_vcpu_exchange(&last->state, &next->state)))
		hw_world_follow(&next->world);
	else
		hw_world_load(&next->world);
	come(cpu, next, now);
	flush_sibling(next);
	hw_frame_resume(&next->context.frame);
}

/* One that blocked while the CPU had nobody else is woken by the scheduler from here on. */
static void leave(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_unload(cpu, vcpu, now);
	if (vcpu->is_untold && sched_state(&cpu->sched, vcpu->context.local) == SCHED_BLOCKED)
		sched_await(&cpu->sched, vcpu->context.local, vcpu->event);
	vcpu->is_untold = false;
}

/* What next runs on is in the CPU: the whole state of a vCPU, unless it is there already; a service borrows what is. */
static void load_for(struct cpu *cpu, struct context *next, ticks_t now)
{
	struct vcpu *vcpu = vcpu_of(next);
	struct vcpu *last = cpu->loaded;
	if (next->kind != BLOB_CONTEXT_VCPU) {
		if (cpu->loaded != NULL)
			hw_vcpu_lend(&cpu->loaded->state);
		return;
	}
	if (last != vcpu) {
		if (last != NULL) {
			leave(cpu, last, now);
			hw_vcpu_save(&last->state);
		}
		hw_vcpu_load(&vcpu->state);
		come(cpu, vcpu, now);
		flush_sibling(vcpu);
	}
	if (is_in_service(next))
		hw_vcpu_lend(&vcpu->state);
	else
		hw_vcpu_take_back(&vcpu->state);
}

/*
 * The last VM is off and its record is written. Whoever switches a VM off counts it before the driver is told of the
 * record: so the driver's CPU comes here afterwards, and the driver is known to be idle there.
 */
static void end_when_done(const struct cpu *cpu)
{
	/* Acquire: the record is seen by the driver; pairs with the atomic_add in core/vm.c. */
	if (__atomic_load_n(&machine.vms_not_off, __ATOMIC_ACQUIRE) == 0 && driver_is_idle(cpu, machine.console_driver))
		hw_system_off();
}

static inline void leave_with_care(const struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if ((vcpu->context.care & CARE_LINES) != 0)
		lines_leave(vcpu->vm);
	if ((vcpu->context.care & CARE_STOLEN) != 0)
		stolen_leave(cpu, vcpu, now);
}

static inline void come_with_care(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if ((vcpu->context.care & CARE_LINES) != 0)
		lines_come(cpu, vcpu->vm, now);
	if ((vcpu->context.care & CARE_STOLEN) != 0)
		stolen_come(vcpu, now);
}

/* Any other: from or to idleness or a service, or back to a guest that is still loaded. Registers are not touched for
 * idleness. */
static __attribute__((noinline)) void change(struct cpu *cpu, struct context *last, struct context *next, ticks_t now)
{
	cpu->work |= WORK_INTERRUPT; /* what was put off while a service ran */
	if (last != NULL && is_in_model(last))
		model_pause(last, now);
	if (last != NULL && last->care != 0)
		leave_with_care(cpu, vcpu_of(last), now);
	if (next == NULL) {
		if (last != NULL && last->kind == BLOB_CONTEXT_ALARM)
			alarm_await(cpu, alarm_of(last));
		if (cpu->loaded != NULL)
			cpu->loaded->is_untold = true;
		end_when_done(cpu);
		return;
	}
	if (next->care != 0)
		come_with_care(cpu, vcpu_of(next), now);
	if (cpu->resident != next) {
		if (cpu->resident != NULL)
			hw_frame_park(cpu->resident->active);
		load_for(cpu, next, now);
		hw_frame_resume(next->active);
		hw_world_load(next->world);
	}
	if (is_in_model(next))
		model_resume(next, now);
}

/* Both are vCPUs in their guests. The one that ran is the loaded one then, unless it was stopped in this step: nothing
 * in the registers is anybody's, and what is saved of them is void with all its state. */
static inline bool is_usual(const struct context *last, const struct context *next)
{
	return last != NULL && next != NULL && (last->apart | next->apart) == 0;
}

/* Whom the account, the statistics and the trace call current from now on; NULL: idleness. The note of it stands in
 * both branches because in the usual one it has nothing to ask. */
static inline void change_context(struct cpu *cpu, struct context *last, struct context *next, ticks_t now)
{
	if (likely(is_usual(last, next))) {
		note_switch(cpu, last, next, now);
		exchange(cpu, vcpu_of(last), vcpu_of(next), now);
	} else {
		note_switch(cpu, last, next, now);
		change(cpu, last, next, now);
	}
	cpu->current = next;
	if (next == NULL)
		return;
	struct hw_frame *frame = next->active;
	const uint8_t *classes = next->classes;
	struct stats_context *stats = next->stats;
	cpu->resident = next;
	cpu->frame = frame;
	cpu->classes = classes;
	cpu->exits = stats->exits;
	stats->switches++;
}

/* A context by its number on this CPU. */
static inline struct context *context_at(const struct cpu *cpu, uint32_t local)
{
	return local != SCHED_IDLE ? cpu->contexts[local] : NULL;
}

static inline struct context *pick(struct cpu *cpu, struct context *last, ticks_t now)
{
	if (unlikely((cpu->work & WORK_BLOCK) == 0))
		return context_at(cpu, sched_pick(&cpu->sched, now));
	return context_at(cpu, sched_block(&cpu->sched, last->local, cpu->until, now));
}

static inline void set_mask(const struct cpu *cpu, const struct context *next)
{
	hw_irq_mask(likely(next != NULL) ? next->irq_mask : cpu->idle_mask);
}

/*
 * An interrupt that the next one's mask admits is pending: it is handled first, and may change the choice. What is due
 * by then counts, for the deadline timer may be what interrupts; meanwhile whoever was chosen has the CPU. Where it was
 * to idle, the scheduler has not been told how long the last one waits. The time is that in cpu->since afterwards.
 */
static __attribute__((noinline)) struct context *pick_again(struct cpu *cpu, const struct context *last,
							    const struct context *chosen, ticks_t now)
{
	bool blocked = (cpu->work & WORK_BLOCK) != 0;
	cpu->work &= ~(uint32_t)WORK_BLOCK;
	account(cpu, last, now);
	irq_handle(cpu, now);
	account(cpu, chosen, hw_now());
	struct context *next = context_at(cpu, sched_pick(&cpu->sched, cpu->since));
	if (blocked && next != NULL && sched_state(&cpu->sched, last->local) == SCHED_BLOCKED)
		sched_await(&cpu->sched, last->local, cpu->until);
	set_mask(cpu, next);
	return next;
}

/* What happened to a reservation, and what its VM's description says of that. One in a step: there is seldom another,
 * and it keeps until the next. */
static void note_errors(struct cpu *cpu, ticks_t now)
{
	struct sched_note note = sched_take_note(&cpu->sched, now);
	struct context *context = cpu->contexts[note.context];
	if (note.is_exhausted)
		trace(cpu, now, TRACE_EXHAUSTED, context->index, 0);
	if (note.is_changed)
		reserve_changed(cpu, note.server);
	if (context->kind == BLOB_CONTEXT_DRIVER)
		return;
	struct vm *vm = context->kind == BLOB_CONTEXT_VCPU ? vcpu_of(context)->vm : alarm_of(context)->vm;
	if (note.is_overrun)
		vm_error(cpu, vm, BLOB_ON_OVERRUN, now);
	if (note.is_miss)
		vm_error(cpu, vm, BLOB_ON_MISS, now);
}

/* Changes of reservations that wait for an idle one's release have the CPU look then. */
static __attribute__((noinline)) void take_note(struct cpu *cpu, ticks_t now)
{
	note_errors(cpu, now);
	if (cpu->sched.changing == 0)
		return;
	ticks_t look = sched_await_changes(&cpu->sched, now);
	if (look.raw < cpu->armed.raw)
		cpu->armed = look;
}

/*
 * The new mask comes before the switch: what it admits and is pending may change the choice, and a whole switch would
 * be for nothing. Looked at once: what comes later interrupts the next frame. Answers the time, which has gone on if
 * something came.
 */
static inline ticks_t schedule(struct cpu *cpu, ticks_t now)
{
	struct context *last = cpu->current;
	struct context *next = pick(cpu, last, now);
	if (next != last) {
		set_mask(cpu, next);
		if (unlikely(hw_irq_is_pending())) {
			next = pick_again(cpu, last, next, now);
			now = cpu->since;
			last = cpu->current; /* unless it was set aside */
		}
		joined(now.raw);
	}
	/* Decided; whoever is woken from here on asks anew. A switch is paid by whom it leads to. */
	if (next != last) {
		cpu->work &= WORK_INTERRUPT | WORK_MODEL | WORK_PLAN;
		change_context(cpu, last, next, now);
	} else {
		cpu->work &= WORK_INTERRUPT | WORK_MODEL | WORK_PLAN | WORK_PAY;
	}
	cpu->armed = sched_timer(&cpu->sched, now);
	if (unlikely(cpu->sched.attention != 0))
		take_note(cpu, now);
	hw_timer_arm(cpu->armed);
	return now;
}

/* The step was for one who stays out: it is his, and not the time of whoever was interrupted. What EL2 waits for may
 * come too early by that; what comes earlier by it is looked for in a step of its own. */
static __attribute__((noinline)) void pay(struct cpu *cpu, ticks_t now)
{
	struct context *payer = cpu->payer;
	cpu->work &= ~(uint32_t)WORK_PAY;
	if (payer == cpu->current) /* it was set aside when it was billed */
		return;
	account(cpu, cpu->current, now);
	account(cpu, payer, hw_now());
	if (sched_pay(&cpu->sched, payer->local, now, cpu->since))
		hw_timer_arm(now);
}

/* The step has been long already, and something is pending: that comes before what is left. Once, for what it leads to
 * may be more urgent than another one that is pending. */
static inline bool is_cut(struct cpu *cpu, ticks_t now)
{
	if (likely((cpu->work & WORK_LONG) == 0))
		return false;
	cpu->work &= ~(uint32_t)WORK_LONG;
	if (!hw_irq_is_pending())
		return false;
	if ((cpu->work & WORK_PAY) != 0)
		pay(cpu, now);
	return true;
}

/* Out of line: nothing stays in a register of the loop, for a frame runs in it. */
__attribute__((noinline)) uint32_t cpu_settle(struct cpu *cpu, ticks_t now)
{
	if ((cpu->work & WORK_SCHEDULE) != 0) {
		if (is_cut(cpu, now))
			return cpu->work;
		now = schedule(cpu, now);
	}
	model_settle(cpu, now);
	if ((cpu->work & WORK_INTERRUPT) != 0) {
		if (unlikely((cpu->work & WORK_PAY) != 0))
			pay(cpu, now); /* before what may want the next step at once */
		if (!gic_settle(cpu, now))
			return cpu->work;
	}
	if ((cpu->work & WORK_SCHEDULE) != 0)
		hw_timer_arm(now); /* somebody became ready after the choice: the next step comes at once */
	cpu->work = 0;
	cpu->folded = NULL;
	cpu->emptied = NULL;
	return 0;
}

/* From idleness back to the context whose registers are all still here: nothing is loaded, nothing armed anew. */
static void resume(struct cpu *cpu, struct context *context, ticks_t now)
{
	hw_irq_mask(context->irq_mask);
	account(cpu, NULL, now);
	trace(cpu, now, TRACE_SWITCH, context->index, UINT16_MAX);
	context->stats->switches++;
	cpu->current = context;
}

void cpu_wake(struct cpu *cpu, struct context *context, ticks_t now)
{
	uint32_t local = context->local;
	if (cpu->current == NULL && context == cpu->resident && context->apart == 0 &&
	    sched_resume(&cpu->sched, local, now)) {
		resume(cpu, context, now);
		return;
	}
	if (context == cpu->current) {
		cpu->work &= ~(uint32_t)WORK_BLOCK;
		cpu->emptied = NULL;
	}
	if (unlikely((context->care & CARE_STOLEN) != 0))
		stolen_wake(vcpu_of(context), now);
	if (sched_wake(&cpu->sched, local, now))
		cpu->work |= WORK_SCHEDULE;
}

void cpu_retire(struct cpu *cpu, struct context *context, ticks_t now, enum stats_context_state why)
{
	if (context == cpu->current)
		cpu->work &= ~(uint32_t)WORK_BLOCK;
	sched_off(&cpu->sched, context->local, now);
	context->stats->state = why;
	cpu->work |= WORK_SCHEDULE;
}

void cpu_change_frame(struct cpu *cpu, struct hw_frame *frame, const struct hw_world *world, const uint8_t *classes)
{
	struct context *context = cpu->current;
	hw_frame_resume(frame);
	hw_world_load(world);
	context->active = frame;
	context->world = world;
	context->classes = classes;
	cpu->frame = frame;
	cpu->classes = classes;
	if (frame == &context->frame) /* last: what is uncommon of it is a branch and no call */
		hw_vcpu_take_back(&vcpu_of(context)->state);
	else
		hw_vcpu_lend(&vcpu_of(context)->state);
}

void cpu_set_aside(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct context *context = &vcpu->context;
	if (context == cpu->resident) {
		hw_frame_park(context->active);
		cpu->resident = NULL;
	}
	if (cpu->loaded == vcpu) {
		gic_unload(cpu, vcpu, now);
		hw_vcpu_save(&vcpu->state);
		hw_vcpu_discard();
		hw_vgic_control_set(0);
		cpu->loaded = NULL;
	}
	sched_off(&cpu->sched, context->local, now);
	cpu->work |= WORK_SCHEDULE;
	if (unlikely((context->care & CARE_STOLEN) != 0))
		stolen_end(cpu, vcpu, now);
	if (context != cpu->current)
		return;
	cpu->work &= ~(uint32_t)WORK_BLOCK;
	note_switch(cpu, context, NULL, now);
	if (is_in_model(context))
		model_pause(context, now);
	if ((context->care & CARE_LINES) != 0)
		lines_leave(vcpu->vm);
	cpu->current = NULL;
	hw_irq_mask(cpu->idle_mask);
}
