/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every CPU of this machine keeps values of its own in all FP registers and in all system registers that it may write,
 * and looks at them again and again while others run. Several VMs with this guest on one CPU, or one VM with several
 * vCPUs, must never see each other's: each seeds its values from its counter and number. The checker is checked at the
 * end: it must object to a register that was changed.
 */
#include "tests/guest/helper.h"
#include "tests/guest/state.h"

#define ROUNDS 4000U
#define CVAL_MASK ((UINT64_C(1) << 56) - 1)

static struct {
	struct state_check check;
	uint32_t wrong_timers;
	uint32_t rounds;
} cpus[RUNTIME_CPU_MAX];

static void run(unsigned cpu)
{
	uint64_t seed = counter_read() << 8 | (cpu + 1);
	uint64_t cval = seed * UINT64_C(0x9e3779b97f4a7c15) & CVAL_MASK;

	state_fill(&cpus[cpu].check, seed);
	sysreg_write(cntv_cval_el0, cval);
	sysreg_write(cntp_cval_el0, cval ^ CVAL_MASK);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		state_check(&cpus[cpu].check);
		cpus[cpu].wrong_timers += sysreg_read(cntv_cval_el0) != cval;
		cpus[cpu].wrong_timers += sysreg_read(cntp_cval_el0) != (cval ^ CVAL_MASK);
		cpus[cpu].rounds++;
		if (i % 4 == 0)
			wfe(); /* lets the others run at once, where they share this CPU; else a slice ends somewhere */
	}
}

static void report(unsigned cpu)
{
	print("# CPU %u\n", cpu);
	tap_equal(cpus[cpu].rounds, ROUNDS, "all rounds have run");
	tap_equal(cpus[cpu].check.wrong_fp, 0, "FP registers keep their values");
	tap_equal(cpus[cpu].check.wrong_registers, 0, "system registers keep theirs");
	tap_equal(cpus[cpu].wrong_timers, 0, "timers' compare values do");
	state_explain(&cpus[cpu].check);
}

/* With this CPU's state as run() left it. */
static void check_checker(void)
{
	struct state_check *check = &cpus[0].check;

	sysreg_write(tpidr_el0, ~check->expected.registers[0]);
	state_check(check);
	tap_ok(check->wrong_registers != 0, "a system register that was changed is found");
	check->expected.fp.q[63] ^= 1;
	state_check(check);
	tap_ok(check->wrong_fp != 0, "an FP register that differs in its last bit is found");
}

void guest_main(void)
{
	test_start();
	test_run_on_all(run, report);
	check_checker();
	tap_end();
}
