/* SPDX-License-Identifier: Apache-2.0 */
/* EXIT_WFX: a guest waits. WFI gives the CPU away until an interrupt is there; WFE, a spin loop's pause, gives away the
 * rest of the turn. */
#include "core/exits/exits.h"

#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "logic/arm/decode.h"

static __attribute__((noinline)) void wait_at_length(struct cpu *cpu, bool is_wfe, ticks_t now)
{
	hw_exit_skip();
	if (is_wfe) {
		sched_end_turn(&cpu->sched, cpu->current->local, now);
		cpu->work |= WORK_SCHEDULE;
	} else if (!gic_has_deliverable(cpu, now)) {
		gic_wait(cpu, now);
	}
}

void exit_wfx(struct cpu *cpu, ticks_t now)
{
	bool is_wfe = esr_is_wfe(hw_exit_syndrome());
	if (likely(!is_wfe && gic_wait_quietly(cpu)))
		hw_exit_skip();
	else
		wait_at_length(cpu, is_wfe, now);
}
