/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of a step: who runs next, what must be in the registers for it, when EL2 must look again.
 *
 * Accounts: from one change of context to the next all time is the outgoing one's, its exits included; the step that
 * changes is paid by the incoming one from its first clock read on. So used + idle is the elapsed time, to the tick.
 */
#include "core/cpu/cpu.h"

#include "core/driver.h"
#include "core/exits/exits.h"
#include "core/gic.h"
#include "core/model.h"
#include "core/trace.h"

/* Brings the account of whoever ran up to `now`. */
static void account(struct cpu *cpu, ticks_t now)
{
	uint64_t spent = now.raw - cpu->since.raw;
	if (cpu->current != NULL)
		cpu->current->stats->used_ticks += spent;
	else
		cpu->stats->idle_ticks += spent;
	cpu->since = now;
	cpu->stats->now_ticks = now.raw;
}

/* A linked timer's line would interrupt: it is not active for the vCPU already. */
static bool can_fire(const struct vcpu *vcpu, uint32_t intid)
{
	return (vgic_save_linked_active(vcpu->gic) & (UINT32_C(1) << intid)) == 0;
}

/* When the blocked vCPU's timers will make it ready: the earlier of those that would interrupt and have not yet. */
static ticks_t timer_event(const struct vcpu *vcpu)
{
	const struct hw_timers *t = &vcpu->timers;
	ticks_t when = TICKS_NEVER;
	if ((t->virtual_control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE &&
	    can_fire(vcpu, IRQ_GUEST_VIRTUAL_TIMER))
		when = ticks(t->virtual_compare);
	if ((t->physical_control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE &&
	    can_fire(vcpu, IRQ_GUEST_PHYSICAL_TIMER))
		when = ticks_min(when, ticks(t->physical_compare));
	return when;
}

/* A timer that expired while its vCPU was away is pending before it runs again, without an interrupt being taken for
 * it. */
static void raise_expired(struct vcpu *vcpu, ticks_t now)
{
	const struct hw_timers *t = &vcpu->timers;
	if ((t->virtual_control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE && t->virtual_compare <= now.raw &&
	    can_fire(vcpu, IRQ_GUEST_VIRTUAL_TIMER))
		gic_raise_parked(vcpu, IRQ_GUEST_VIRTUAL_TIMER);
	if ((t->physical_control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE && t->physical_compare <= now.raw &&
	    can_fire(vcpu, IRQ_GUEST_PHYSICAL_TIMER))
		gic_raise_parked(vcpu, IRQ_GUEST_PHYSICAL_TIMER);
}

/* The books are folded while the timers still run, for it looks at them; lines go inactive when they are stopped. */
static void vcpu_unload(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = cpu->loaded;
	gic_fold(cpu, now);
	hw_timers_save(&vcpu->timers);
	gic_unload(vcpu, now);
	hw_vcpu_save(&vcpu->state);
	/* One that was preempted is ready as it is. */
	if (sched_state(&cpu->sched, vcpu->context.local) == SCHED_BLOCKED)
		sched_set_event(&cpu->sched, vcpu->context.local, timer_event(vcpu));
}

/* From here on its own timers wake it: the event that stood for them while it was away is void. */
static void vcpu_load(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	sched_set_event(&cpu->sched, vcpu->context.local, TICKS_NEVER);
	hw_vcpu_load(&vcpu->state);
	raise_expired(vcpu, now);
	gic_load(cpu, vcpu);
	hw_timers_load(&vcpu->timers);
	cpu->loaded = vcpu;
}

/* vCPUs of one VM share its VMID: what one of them left in this CPU's TLB is not for another. */
static void flush_sibling(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	if (vm->last_vcpu == vcpu)
		return;
	hw_world_load(&vcpu->world); /* not its model's, which has a VMID of its own */
	hw_tlb_flush_local();
	vm->last_vcpu = vcpu;
}

/* A service must not run under the system controls and breakpoints of the guest whose registers are in the CPU. */
static void lend_registers(struct cpu *cpu, const struct context *next)
{
	if (cpu->loaded == NULL)
		return;
	if (next->world == &cpu->loaded->world)
		hw_vcpu_take_back(&cpu->loaded->state);
	else
		hw_vcpu_lend(&cpu->loaded->state);
}

/* Parks whoever's registers are in the CPU, and loads the next one's; a vCPU's whole state only when another vCPU
 * comes. */
static void change_resident(struct cpu *cpu, struct context *next, ticks_t now)
{
	if (cpu->resident != NULL)
		hw_frame_park(cpu->resident->active);
	if (next->kind == BLOB_CONTEXT_VCPU && cpu->loaded != vcpu_of(next)) {
		if (cpu->loaded != NULL)
			vcpu_unload(cpu, now);
		vcpu_load(cpu, vcpu_of(next), now);
	}
	if (next->kind == BLOB_CONTEXT_VCPU)
		flush_sibling(vcpu_of(next));
	lend_registers(cpu, next);
	hw_frame_resume(next->active);
	hw_world_load(next->world);
	cpu->resident = next;
}

/* Whom the account, the statistics and the trace call current from now on; NULL: idleness. Registers are not touched
 * for that. */
static void change_context(struct cpu *cpu, struct context *next, ticks_t now)
{
	struct context *last = cpu->current;
	account(cpu, now);
	trace(cpu, now, TRACE_SWITCH, next != NULL ? next->index : UINT16_MAX, last != NULL ? last->index : UINT16_MAX);
	cpu->stats->switches++;
	if (last != NULL && is_in_model(last))
		model_pause(last, now);
	cpu->current = next;
	if (next == NULL) {
		if (machine.vms_not_off == 0 && driver_is_idle(machine.console_driver))
			hw_system_off();
		return;
	}
	if (cpu->resident != next)
		change_resident(cpu, next, now);
	if (is_in_model(next))
		model_resume(next, now);
	next->stats->switches++;
	cpu->frame = next->active;
	cpu->classes = next->classes;
	cpu->exits = next->stats->exits;
}

static struct context *pick(struct cpu *cpu, ticks_t now)
{
	uint32_t local = sched_pick(&cpu->sched, now);
	if (cpu->sched.exhausted != 0) {
		trace(cpu, now, TRACE_EXHAUSTED, cpu->current != NULL ? cpu->current->index : UINT16_MAX, 0);
		cpu->sched.exhausted = 0;
	}
	return local != SCHED_IDLE ? cpu->contexts[local] : NULL;
}

/*
 * The new mask comes before the switch: what it admits and is pending may change the choice, and a whole switch would
 * be for nothing. Looked at once: what comes later interrupts the next frame.
 */
static void schedule(struct cpu *cpu, ticks_t now)
{
	struct context *next = pick(cpu, now);
	if (next != cpu->current) {
		hw_irq_mask(next != NULL ? next->irq_mask : cpu->idle_mask);
		if (hw_irq_is_pending()) {
			irq_handle(cpu, now);
			next = pick(cpu, now);
			hw_irq_mask(next != NULL ? next->irq_mask : cpu->idle_mask);
		}
	}
	cpu->work &= ~(uint32_t)WORK_SCHEDULE; /* decided; whoever is woken from here on asks anew */
	if (next != cpu->current)
		change_context(cpu, next, now);
	cpu->armed = sched_timer(&cpu->sched, now);
	hw_timer_arm(next != NULL && is_in_model(next) ? ticks_min(cpu->armed, model_limit(next)) : cpu->armed);
}

void cpu_settle(struct cpu *cpu, ticks_t now)
{
	if ((cpu->work & WORK_SCHEDULE) != 0)
		schedule(cpu, now);
	if (cpu->current != NULL && cpu->current->kind == BLOB_CONTEXT_VCPU)
		model_settle(cpu, now);
	gic_settle(cpu, now);
	if ((cpu->work & WORK_SCHEDULE) != 0)
		hw_timer_arm(now); /* somebody became ready after the choice: the next step comes at once */
	cpu->work = 0;
}

/* From idleness back to the context whose registers are all still here: nothing is loaded, nothing armed anew. */
static void resume(struct cpu *cpu, struct context *context, ticks_t now)
{
	hw_irq_mask(context->irq_mask);
	account(cpu, now);
	trace(cpu, now, TRACE_SWITCH, context->index, UINT16_MAX);
	cpu->stats->switches++;
	context->stats->switches++;
	cpu->current = context;
}

void cpu_wake(struct cpu *cpu, struct context *context, ticks_t now)
{
	if (cpu->current == NULL && context == cpu->resident && context->call == MODEL_CALL_NONE &&
	    sched_resume(&cpu->sched, context->local, now)) {
		resume(cpu, context, now);
		context->stats->state = STATS_CONTEXT_READY;
		return;
	}
	if (sched_wake(&cpu->sched, context->local, now))
		cpu->work |= WORK_SCHEDULE;
	context->stats->state = STATS_CONTEXT_READY;
}

void cpu_block(struct cpu *cpu, ticks_t now)
{
	sched_block(&cpu->sched, cpu->current->local, now);
	cpu->current->stats->state = STATS_CONTEXT_BLOCKED;
	cpu->work |= WORK_SCHEDULE;
}

void cpu_retire(struct cpu *cpu, struct context *context, ticks_t now, enum stats_context_state why)
{
	sched_off(&cpu->sched, context->local, now);
	context->stats->state = why;
	cpu->work |= WORK_SCHEDULE;
}

void cpu_change_frame(struct cpu *cpu, struct hw_frame *frame, const struct hw_world *world, const uint8_t *classes)
{
	struct context *context = cpu->current;
	if (frame == &context->frame)
		hw_vcpu_take_back(&vcpu_of(context)->state);
	else
		hw_vcpu_lend(&vcpu_of(context)->state);
	hw_frame_resume(frame);
	hw_world_load(world);
	context->active = frame;
	context->world = world;
	context->classes = classes;
	cpu->frame = frame;
	cpu->classes = classes;
}
