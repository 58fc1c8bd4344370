/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor: each CPU runs this loop for ever, interrupts masked. One turn is one step: a frame runs until it
 * exits (nothing, where the step before was cut), the exit's handler decides, what it left to do is settled, the step
 * is measured. See core/cpu/settle.c for the second half of a step.
 */
#include "core/cpu/cpu.h"

#include "base/bound.h"
#include "base/expect.h"
#include "core/exits/exits.h"

exit_handler *const exit_handlers[EXIT_CLASS_COUNT] = {
	[EXIT_IRQ] = exit_irq,       [EXIT_HVC] = exit_hvc,         [EXIT_SMC] = exit_smc,
	[EXIT_WFX] = exit_wfx,       [EXIT_SYSREG] = exit_sysreg,   [EXIT_MMIO] = exit_mmio,
	[EXIT_FETCH] = exit_fetch,   [EXIT_FP] = exit_fp,           [EXIT_DEBUG] = exit_debug,
	[EXIT_SVC] = exit_svc,       [EXIT_SERVICE] = exit_service, [EXIT_UNDEF] = exit_undef,
	[EXIT_SERROR] = exit_serror, [EXIT_DIRECT] = exit_direct,   [EXIT_IDLE] = exit_idle,
};

static inline void declare_targets(void)
{
	CALL_TARGET(exit_irq);
	CALL_TARGET(exit_hvc);
	CALL_TARGET(exit_smc);
	CALL_TARGET(exit_wfx);
	CALL_TARGET(exit_sysreg);
	CALL_TARGET(exit_mmio);
	CALL_TARGET(exit_fetch);
	CALL_TARGET(exit_fp);
	CALL_TARGET(exit_debug);
	CALL_TARGET(exit_svc);
	CALL_TARGET(exit_service);
	CALL_TARGET(exit_undef);
	CALL_TARGET(exit_serror);
	CALL_TARGET(exit_direct);
	CALL_TARGET(exit_idle);
}

/* Why the frame exited. */
static inline enum exit_class classify(const struct cpu *cpu, enum hw_exit exit)
{
	if (likely(exit == HW_EXIT_SYNC))
		return (enum exit_class)cpu->classes[esr_ec(hw_exit_syndrome())];
	return exit == HW_EXIT_SERROR ? EXIT_SERROR : EXIT_IRQ;
}

static inline void measure(struct exit_stats *row, ticks_t start)
{
	uint64_t step = hw_now().raw - start.raw;
	row->count++;
	if (step > row->longest_ticks)
		row->longest_ticks = step;
}

/* The step was cut short for an interrupt that is pending: the next one begins with that, and nothing has run. */
static __attribute__((noinline)) ticks_t cut(struct exit_stats *row, ticks_t start)
{
	measure(row, start);
	STEP_ENDS();
	return hw_now();
}

/* What ran is over, a frame or the sleep: what was it, who pays for the step, when does it begin. */
static inline enum exit_class run(struct cpu *cpu, struct exit_stats **row, ticks_t *now)
{
	if (unlikely(cpu->current == NULL)) {
		hw_wait();
		*now = hw_now();
		*row = &cpu->stats->idle;
		return EXIT_IDLE;
	}
	enum hw_exit exit = hw_enter(cpu->frame);
	*now = hw_now();
	enum exit_class class = classify(cpu, exit);
	*row = &cpu->exits[class];
	return class;
}

_Noreturn void cpu_run(struct cpu *cpu, ticks_t now)
{
	struct exit_stats *row = &cpu->stats->start;
	declare_targets();
	for (;;) {
		if (cpu->work != 0 && unlikely(cpu_settle(cpu, now) != 0)) {
			now = cut(row, now);
			row = &cpu->stats->idle;
			exit_idle(cpu, now);
			continue;
		}
		measure(row, now);
		enum exit_class class = run(cpu, &row, &now);
		exit_handlers[class](cpu, now);
	}
}
