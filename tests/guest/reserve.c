/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manager changes a reservation: what is wrong is refused and changes nothing; a greater budget is had, a smaller one
 * too. Built for tests/guest/reserve.dts: VM 0 is itself, best effort; VM 1, the same program with hog=1, counts its
 * rounds in a page that is shared.
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/takt.h"
#include "tests/guest/helper.h"

#define ROUNDS ((volatile uint64_t *)0x50000000UL)
#define SELF 0U
#define HOG 1U
#define SPAN_NS 10000000U /* ten periods */

static struct takt_reservation before;

static int64_t reserve(uint64_t vcpu, uint64_t budget, uint64_t period, uint64_t deadline, uint64_t generation)
{
	struct takt_reservation next = {
		.generation = generation, .budget = budget, .period = period, .deadline = deadline};
	return takt_vm_reserve(HOG, vcpu, &next);
}

static uint64_t rounds_in_a_span(void)
{
	timer_delay_ns(SPAN_NS / 5); /* it has begun */
	uint64_t from = *ROUNDS;
	timer_delay_ns(SPAN_NS);
	return *ROUNDS - from;
}

static void refuse(void)
{
	uint64_t q = before.budget, p = before.period, g = before.generation;
	struct takt_reservation now;
	tap_equal((uint64_t)reserve(0, q, 0, 0, g), (uint64_t)SMCCC_INVALID_PARAMETER, "a period of zero");
	tap_equal((uint64_t)reserve(0, 0, p, p, g), (uint64_t)SMCCC_INVALID_PARAMETER, "a budget of zero");
	tap_equal((uint64_t)reserve(0, q, p, p + 1, g), (uint64_t)SMCCC_INVALID_PARAMETER,
		  "a deadline behind the period");
	tap_equal((uint64_t)reserve(0, q, UINT64_C(1) << 41, p, g), (uint64_t)SMCCC_INVALID_PARAMETER,
		  "too long a period");
	tap_equal((uint64_t)reserve(1, q, p, p, g), (uint64_t)SMCCC_INVALID_PARAMETER, "no such vCPU");
	tap_equal((uint64_t)reserve(0, p, p, p, g), (uint64_t)TAKT_RESERVE_FULL,
		  "more than fits beside the console's driver");
	tap_equal((uint64_t)reserve(0, q, p, p, g + 1), (uint64_t)TAKT_RESERVE_GENERATION,
		  "a generation that isn't this one");
	tap_equal((uint64_t)takt_vm_reservation(SELF, 0, &now), (uint64_t)TAKT_RESERVE_NONE, "best effort has none");
	(void)takt_vm_reservation(HOG, 0, &now);
	tap_ok(now.generation == g && now.budget == q && now.period == p && now.deadline == before.deadline,
	       "nothing has changed");
}

static void change(void)
{
	uint64_t q = before.budget, p = before.period, g = before.generation;
	uint64_t some = rounds_in_a_span();
	tap_equal((uint64_t)reserve(0, 3 * q, p, p, g), SMCCC_OK, "three times the budget");
	tap_equal((uint64_t)reserve(0, q, p, p, g + 1), (uint64_t)TAKT_VM_BUSY, "it waits for its release");
	uint64_t more = rounds_in_a_span();
	tap_ok(more > 2 * some && more < 4 * some, "about three times the work");
	tap_equal((uint64_t)reserve(0, q / 2, p, p, g + 1), SMCCC_OK, "half the budget");
	uint64_t less = rounds_in_a_span();
	tap_ok(less < 3 * some / 4, "less work");
}

void guest_main(void)
{
	if (bootargs_number("hog", 0) != 0) {
		for (;;)
			++*ROUNDS;
	}
	test_start();
	tap_equal((uint64_t)takt_vm_reservation(HOG, 0, &before), SMCCC_OK, "a reservation is shown");
	tap_ok(before.budget == ticks_from_ns(100000) && before.period == ticks_from_ns(1000000), "as it is described");
	refuse();
	change();
	tap_end();
}
