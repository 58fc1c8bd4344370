/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that interrupts as fast as its owner serves it, and what that costs whom. The device is the board's PL031:
 * its match interrupt rises as soon as the match register is written with the time that it is. By role:
 *
 *   owner      has the device, and raises its line in each handler; `most` interrupts may come, and `least`
 *   urgent     more urgent than the owner: while it runs nothing interrupts it, which its counter of exits says; from
 *              `look_ms` on for `span_ms`
 *   neighbour  best effort: executes what it can, and must have `share` percent of the time
 */
#include "tests/guest/helper.h"

#include "abi/stats.h"
#include "guests/runtime/bootargs.h"
#include "tests/guest/clock.h"

#define NS_PER_MS UINT64_C(1000000)
#define BEGIN_NS UINT64_C(20000000) /* of the storm, by the counter, which starts with the machine */
#define LOOK_NS UINT64_C(50000000)
#define SPAN_NS UINT64_C(100000000) /* from LOOK on it is looked at */
#define PERIOD_NS UINT64_C(10000000)
#define RUN_NS UINT64_C(1000000) /* of the urgent one in each period */

static volatile uint64_t taken; /* while it is looked at */

static void raise(void) { mmio_write32(RTC_MR, mmio_read32(RTC_DR)); }

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();
	uint64_t now = ns_from_ticks(counter_read());

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	if (intid == CLOCK_LINE) {
		mmio_write32(RTC_ICR, 1);
		taken += now >= LOOK_NS && now < LOOK_NS + SPAN_NS;
		if (now < LOOK_NS + SPAN_NS + BEGIN_NS)
			raise();
		dsb();
	} else {
		timer_disarm_virtual();
	}
	gic_end(intid);
}

static void own(void)
{
	uint64_t most = bootargs_number("most", UINT64_MAX);
	uint64_t least = bootargs_number("least", 1);

	test_prepare(CLOCK_LINE, 0x80);
	mmio_write32(RTC_ICR, 1);
	mmio_write32(RTC_IMSC, 1);
	test_sleep_until(ticks_from_ns(BEGIN_NS));
	raise();
	test_sleep_until(ticks_from_ns(LOOK_NS + SPAN_NS + 2 * BEGIN_NS));
	mmio_write32(RTC_IMSC, 0);
	print("# %lu interrupts in %lu us\n", taken, SPAN_NS / 1000);
	tap_ok(taken >= least, "the line interrupts again and again");
	tap_ok(taken <= most, "and no more often than it may");
	tap_end();
}

static uint64_t interrupted(void) { return smccc_hvc(TAKT_EXIT_STATS, EXIT_IRQ, 0, 0).x1; }

static void run_urgently(void)
{
	uint64_t look = bootargs_number("look_ms", LOOK_NS / NS_PER_MS) * NS_PER_MS;
	uint64_t span = bootargs_number("span_ms", SPAN_NS / NS_PER_MS) * NS_PER_MS;
	uint64_t exits = 0;
	unsigned rounds = 0;

	for (uint64_t at = look; at < look + span; at += PERIOD_NS) {
		test_sleep_until(ticks_from_ns(at));
		uint64_t before = interrupted();
		timer_delay_ns(RUN_NS);
		exits += interrupted() - before;
		rounds++;
	}
	print("# %u times %lu us\n", rounds, RUN_NS / 1000);
	tap_equal(exits, 0, "no interrupt of another one ends its run");
	tap_end();
}

/* `chunks` times 1,000 rounds of two instructions. */
static uint64_t execute_until_ns(uint64_t when_ns)
{
	uint64_t when = ticks_from_ns(when_ns);
	uint64_t chunks = 0;

	for (; counter_read() < when; chunks++) {
		uint64_t rounds = 1000;
		__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds)::"cc");
	}
	return chunks * 2000;
}

static void share(void)
{
	uint64_t least = bootargs_number("share", 0);

	test_sleep_until(ticks_from_ns(LOOK_NS));
	uint64_t executed = execute_until_ns(LOOK_NS + SPAN_NS);
	uint64_t percent = executed * 100 / SPAN_NS; /* an instruction is a nanosecond */
	print("# executes in %lu percent of the time\n", percent);
	tap_ok(percent >= least, "the storm takes its owner's reservation only");
	tap_end();
}

void guest_main(void)
{
	test_start();
	exception_hook_irq(on_irq);
	gic_enable(TIMER_VIRTUAL_INTID);
	if (bootargs_is("role", "owner"))
		own();
	if (bootargs_is("role", "urgent"))
		run_urgently();
	share();
}
