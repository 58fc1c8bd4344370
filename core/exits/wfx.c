/* SPDX-License-Identifier: Apache-2.0 */
/* EXIT_WFX: a guest waits. WFI gives the CPU away until an interrupt is there; WFE, a spin loop's pause, gives away the
 * rest of the turn. */
#include "core/exits/exits.h"

#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "logic/arm/decode.h"

void exit_wfx(struct cpu *cpu, ticks_t now)
{
	bool is_wfe = esr_is_wfe(hw_exit_syndrome());
	hw_exit_skip();
	if (is_wfe) {
		sched_end_turn(&cpu->sched, cpu->current->local, now);
		cpu->work |= WORK_SCHEDULE;
	} else if (!gic_has_deliverable(cpu, now)) {
		cpu_block(cpu, now);
	}
}
