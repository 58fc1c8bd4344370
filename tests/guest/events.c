/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows the errors of VMs: this one reports that it missed a deadline, and is restarted for it; the other one,
 * the same program with hog=1, is restarted for each budget that it overruns. Built for tests/guest/events.dts. A page
 * that is shared, and so not restored, counts the lives of both.
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/smccc.h"
#include "tests/guest/helper.h"

#define SHARED 0x50000000UL
#define LIVES 4U

enum who { TEST, HOG };

static volatile uint64_t *lives(enum who who) { return (volatile uint64_t *)SHARED + who; }

/* Whatever else the VM does, and if it does nothing more. */
static void wait_for_the_end(void)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * WAIT_MS);
	while (counter_read() < end)
		;
}

void guest_main(void)
{
	if (bootargs_number("hog", 0) != 0) {
		++*lives(HOG);
		for (;;)
			;
	}
	test_start();
	if (++*lives(TEST) < LIVES) {
		if (smccc_hvc(TAKT_REPORT, TAKT_ERROR_DEADLINE, 0, 0).x0 != 0)
			print("not ok - the report is refused\n");
		wait_for_the_end();
		print("not ok - it goes on after its report\n");
	}
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	while (*lives(HOG) < LIVES && counter_read() < end)
		;
	tap_equal(*lives(TEST), LIVES, "each report has ended a life");
	tap_ok(*lives(HOG) >= LIVES, "and each budget that the other has overrun");
	tap_equal(smccc_hvc(TAKT_REPORT, TAKT_ERROR_DEADLINE + 1, 0, 0).x0, (uint64_t)SMCCC_INVALID_PARAMETER,
		  "another error is EL2's to find");
	wait_for_the_end();
	tap_equal(*lives(TEST), LIVES, "and a report of it is nothing");
	tap_end();
}
