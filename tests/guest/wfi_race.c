/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer that expires at any moment around a WFI ends it: the distance from arming to expiry moves through the WFI,
 * its exit and the way back, one nanosecond at a time. A second timer ends the wait when the first one was missed.
 */
#include "tests/guest/helper.h"

#define DISTANCES_NS 800U
#define RESCUE_NS 1000000U
#define LATE_NS 500000U

/* Whether the wait ended by the virtual timer. */
static bool wait_once(unsigned distance_ns)
{
	uint64_t cval;

	timer_arm_physical(sysreg_read(cntpct_el0) + ticks_from_ns(RESCUE_NS));
	cval = counter_read() + ticks_from_ns(distance_ns);
	timer_arm_virtual(cval);
	do
		wfi();
	while (!test_is_virtual_due());
	return counter_read() < cval + ticks_from_ns(LATE_NS);
}

void guest_main(void)
{
	unsigned missed = 0;

	test_start();
	test_attach_timers();
	for (unsigned distance = 1; distance <= DISTANCES_NS; distance++) {
		missed += !wait_once(distance);
		test_end_timers();
	}
	tap_equal(missed, 0, "a timer that expires around a WFI ends it");
	tap_end();
}
