/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner of a line that is deferred or polled sleeps when its device, the board's PL031, interrupts: at a full
 * second, while the CPU idles or, with `beside`, another VM runs. The line is taken when something else has woken its
 * owner, or as its next period begins, and once.
 */
#include "tests/guest/helper.h"

#include "abi/stats.h"
#include "guests/runtime/bootargs.h"
#include "tests/guest/clock.h"

#define NS_PER_MS UINT64_C(1000000)
#define SLEEP_MS 1300U /* over a full second, wherever in a second it begins */

static volatile unsigned count;
static volatile uint64_t taken_at;

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	if (intid == CLOCK_LINE) {
		count++;
		taken_at = counter_read();
		mmio_write32(RTC_ICR, 1);
		dsb();
	} else {
		timer_disarm_virtual();
	}
	gic_end(intid);
}

static uint64_t interrupted(void) { return smccc_hvc(TAKT_EXIT_STATS, EXIT_IRQ, 0, 0).x1; }

/* When a full second begins, to a millisecond; the device has interrupted before and is silent. */
static uint64_t find_second(void)
{
	uint32_t second = mmio_read32(RTC_DR);

	while (mmio_read32(RTC_DR) == second)
		test_sleep_until(counter_read() + ticks_from_ns(NS_PER_MS));
	return counter_read();
}

void guest_main(void)
{
	uint64_t latest = ticks_from_ns(bootargs_number("latest_ms", 0) * NS_PER_MS);
	bool is_polled = bootargs_is("delivery", "polled");

	test_start();
	exception_hook_irq(on_irq);
	gic_enable(TIMER_VIRTUAL_INTID);
	test_prepare(CLOCK_LINE, 0x80);
	uint64_t begin = find_second();
	uint64_t second = begin + ticks_from_ns(1000 * NS_PER_MS);
	uint64_t wake = begin + ticks_from_ns(SLEEP_MS * NS_PER_MS);
	mmio_write32(RTC_ICR, 1);
	mmio_write32(RTC_MR, mmio_read32(RTC_DR) + 1);
	mmio_write32(RTC_IMSC, 1);
	uint64_t before = interrupted();
	test_sleep_until(wake);
	irq_enable();
	isb();
	irq_disable();
	uint64_t exits = interrupted() - before;
	print("# %lu us behind the second, %lu exits\n", ns_from_ticks(taken_at - second) / 1000, exits);
	tap_equal(count, 1, "it was taken once");
	tap_ok(count == 0 || taken_at + ticks_from_ns(NS_PER_MS) >= (is_polled ? second : wake),
	       "and not before it may");
	tap_ok(taken_at <= (is_polled ? second : wake) + latest, "nor later");
	tap_equal(gic_is_pending(CLOCK_LINE) || gic_is_active(CLOCK_LINE), 0, "nothing of it is left");
	tap_end();
}
