/* SPDX-License-Identifier: Apache-2.0 */
/* The per-CPU loop and what ends a step. Called on the CPU concerned, interrupts masked. */
#ifndef CORE_CPU_CPU_H
#define CORE_CPU_CPU_H

#include "core/core.h"

/* Runs the CPU's contexts for ever. The first step began at `now`, and has only to be settled. */
_Noreturn void cpu_run(struct cpu *cpu, ticks_t now);

/*
 * Does all that cpu->work, which is not 0, says, and clears it: afterwards the CPU can enter cpu->frame, or wait when
 * cpu->current is NULL. Answers 0; or what is left, where an interrupt that the mask admits came before the end: that
 * is to be handled next, in a step of its own, and nothing is to run before.
 */
uint32_t cpu_settle(struct cpu *cpu, ticks_t now);

/* Makes a blocked or stopped context ready. */
void cpu_wake(struct cpu *cpu, struct context *context, ticks_t now);

/*
 * The current context waits for an interrupt, an event or its model, from the end of this step on, unless it is woken
 * before; `until` is when its own timers end that, or TICKS_NEVER.
 */
static inline void cpu_block(struct cpu *cpu, ticks_t until)
{
	cpu->until = until;
	cpu->work |= WORK_BLOCK | WORK_SCHEDULE;
}

/* What the step does is for this context, which pays for it even if it does not run afterwards. Of several in one step
 * the last. One of another CPU can't: whoever is current here pays. */
static inline void cpu_bill(struct cpu *cpu, struct context *context)
{
	if (context == cpu->current || context->cpu != cpu)
		return;
	cpu->payer = context;
	cpu->work |= WORK_PAY | WORK_INTERRUPT;
}

/* Takes a context out of the scheduler's hands. */
void cpu_retire(struct cpu *cpu, struct context *context, ticks_t now, enum stats_context_state why);

/*
 * Takes a vCPU out of the CPU altogether: its books are the truth, nothing of it is in a register, and the scheduler
 * counts it as off until it is woken. If it was the current context, nobody is until the step is settled.
 */
void cpu_set_aside(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* The current context goes on in this frame: its own, or its model's. The caller has parked the one it leaves, if it is
 * to go on. */
void cpu_change_frame(struct cpu *cpu, struct hw_frame *frame, const struct hw_world *world, const uint8_t *classes);

#endif
