/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer that is set anew while its interrupt is pending and masked wakes its CPU at the new time, when that waits by
 * CPU_SUSPEND and another one takes the physical CPU meanwhile. A second timer ends the wait when the first was missed.
 */
#include "tests/guest/helper.h"

#define ROUNDS 20U
#define FIRST_NS 500U
#define AGAIN_NS 100000U
#define RESCUE_NS 20000000U
#define LATE_NS 5000000U /* more than the other CPU's turn */

static void spin(void *argument)
{
	(void)argument;
	for (;;)
		isb();
}

/* Whether the wait ended by the virtual timer. */
static bool wait_once(void)
{
	uint64_t cval;

	timer_arm_physical(sysreg_read(cntpct_el0) + ticks_from_ns(RESCUE_NS));
	timer_arm_virtual(counter_read() + ticks_from_ns(FIRST_NS));
	timer_delay_ns(4 * FIRST_NS);
	cval = counter_read() + ticks_from_ns(AGAIN_NS);
	timer_arm_virtual(cval);
	do
		(void)smccc_hvc(PSCI_CPU_SUSPEND_64, 0, 0, 0);
	while (!test_is_virtual_due());
	return counter_read() < cval + ticks_from_ns(LATE_NS);
}

void guest_main(void)
{
	unsigned missed = 0;

	test_start();
	test_attach_timers();
	tap_equal((uint64_t)runtime_start_cpu(1, spin, NULL), PSCI_SUCCESS, "another CPU starts");
	for (unsigned round = 0; round < ROUNDS; round++) {
		missed += !wait_once();
		test_end_timers();
	}
	tap_equal(missed, 0, "a timer set anew while pending wakes at its new time");
	tap_end();
}
