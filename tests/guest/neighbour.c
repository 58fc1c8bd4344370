/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neighbour for other test guests: wakes by a timer at random times, as the more urgent one preempts them anywhere,
 * and keeps values of its own in every register. It runs for ever and says something only when it finds what is wrong.
 */
#include "guests/runtime/random.h"
#include "tests/guest/helper.h"
#include "tests/guest/state.h"

#define SLEEP_LOW_NS 20000U
#define SLEEP_HIGH_NS 90000U

static struct state_check check;

void guest_main(void)
{
	uint64_t random_state = UINT64_C(0x243f6a8885a308d3);

	test_start();
	gic_enable(TIMER_VIRTUAL_INTID);
	print("# neighbour started\n");
	state_fill(&check, counter_read() << 8 | 0x80);
	for (;;) {
		uint64_t cval =
			counter_read() + ticks_from_ns(random_between(&random_state, SLEEP_LOW_NS, SLEEP_HIGH_NS));

		timer_arm_virtual(cval);
		while (!test_is_virtual_due())
			wfi(); /* masked: the pending timer ends it, and is not taken; it may also end without cause */
		if (counter_read() < cval)
			print("not ok - the neighbour's timer is early\n");
		timer_disarm_virtual();
		state_check(&check);
		if (check.wrong_fp + check.wrong_registers != 0) {
			print("not ok - the neighbour's registers keep their values\n");
			state_explain(&check);
			check.wrong_fp = check.wrong_registers = 0;
		}
	}
}
