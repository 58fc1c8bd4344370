/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoint and watchpoint values of each CPU stay its own while others run, and a breakpoint of one does not hit
 * another. */
#include "tests/guest/helper.h"

#define ROUNDS 2000U
#define VALUE_COUNT 4U
#define OSLAR_UNLOCK 0

static struct {
	uint32_t wrong;
} cpus[RUNTIME_CPU_MAX];

static void load(const uint64_t *values)
{
	sysreg_write(dbgbvr0_el1, values[0]);
	sysreg_write(dbgbvr1_el1, values[1]);
	sysreg_write(dbgwvr0_el1, values[2]);
	sysreg_write(dbgwvr1_el1, values[3]);
	isb();
}

static void store(uint64_t *values)
{
	values[0] = sysreg_read(dbgbvr0_el1);
	values[1] = sysreg_read(dbgbvr1_el1);
	values[2] = sysreg_read(dbgwvr0_el1);
	values[3] = sysreg_read(dbgwvr1_el1);
}

static void run(unsigned cpu)
{
	uint64_t base = ((counter_read() & 0xffffff) << 12 | (cpu + 1) << 8) & ~UINT64_C(7);
	uint64_t expected[VALUE_COUNT];

	sysreg_write(oslar_el1, OSLAR_UNLOCK);
	isb();
	for (unsigned i = 0; i < VALUE_COUNT; i++)
		expected[i] = base + 16 * i;
	load(expected);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint64_t seen[VALUE_COUNT];

		store(seen);
		for (unsigned i = 0; i < VALUE_COUNT; i++)
			cpus[cpu].wrong += seen[i] != expected[i];
		wfe();
	}
}

static void report(unsigned cpu) { tap_equal(cpus[cpu].wrong, 0, "debug registers keep their values"); }

void guest_main(void)
{
	test_start();
	test_run_on_all(run, report);
	tap_end();
}
