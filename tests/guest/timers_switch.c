/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each CPU runs both of its timers with periods of its own. Where CPUs or VMs share a physical CPU, a timer that
 * belongs to one that does not run must still fire for it, once, and never before its time.
 */
#include "tests/guest/helper.h"

#define TICKS_EACH 300U

struct timer_state {
	uint64_t period;
	uint64_t cval;
	volatile uint32_t count;
	uint32_t early;
};

static struct cpu_state {
	struct timer_state virtual;
	struct timer_state physical;
} cpus[RUNTIME_CPU_MAX];

/* The next deadline is one period behind the last one, so that a late interrupt makes the next ones come at once. */
static bool advance(struct timer_state *t, uint64_t now)
{
	t->early += now < t->cval;
	t->count++;
	t->cval += t->period;
	return t->count < TICKS_EACH;
}

static void on_virtual(unsigned intid, uint64_t stamp)
{
	struct timer_state *t = &cpus[cpu_index()].virtual;

	(void)intid;
	if (advance(t, stamp))
		timer_arm_virtual(t->cval);
	else
		timer_disarm_virtual();
}

static void on_physical(unsigned intid, uint64_t stamp)
{
	struct timer_state *t = &cpus[cpu_index()].physical;

	(void)intid;
	(void)stamp;
	if (advance(t, sysreg_read(cntpct_el0)))
		timer_arm_physical(t->cval);
	else
		timer_disarm_physical();
}

static void run(unsigned cpu)
{
	struct cpu_state *state = &cpus[cpu];

	if (cpu != 0)
		test_start_secondary();
	state->virtual.period = ticks_from_ns(100000 + 17000 * cpu);
	state->physical.period = ticks_from_ns(130000 + 23000 * cpu);
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_virtual);
	gic_attach(TIMER_PHYSICAL_INTID, 0x60, on_physical);
	state->virtual.cval = counter_read() + state->virtual.period;
	state->physical.cval = sysreg_read(cntpct_el0) + state->physical.period;
	timer_arm_virtual(state->virtual.cval);
	timer_arm_physical(state->physical.cval);
	while (state->virtual.count < TICKS_EACH || state->physical.count < TICKS_EACH) {
		uint64_t spin_end = counter_read() + ticks_from_ns(30000);

		irq_enable();
		if (state->virtual.count % 3 != 0) /* now asleep, now at work */
			wfi();
		while (counter_read() < spin_end && state->physical.count < TICKS_EACH)
			isb();
		irq_disable();
		if (state->virtual.count == TICKS_EACH && state->physical.count == TICKS_EACH)
			break;
	}
}

static void report(unsigned cpu)
{
	print("# CPU %u\n", cpu);
	tap_equal(cpus[cpu].virtual.count, TICKS_EACH, "CNTV fires once for each deadline");
	tap_equal(cpus[cpu].physical.count, TICKS_EACH, "CNTP does");
	tap_equal(cpus[cpu].virtual.early + cpus[cpu].physical.early, 0, "none is early");
}

void guest_main(void)
{
	test_start();
	test_run_on_all(run, report);
	tap_end();
}
