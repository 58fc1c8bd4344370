/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU with a CPU of its own takes ticks of its virtual timer, waiting in WFI, in WFE and not at all: the hypervisor
 * is entered once for each tick, for the timer's interrupt, and never for anything else. So a deadline of EL2, a kick
 * or the maintenance interrupt would show as an interrupt too many. With direct delivery it is not entered at all.
 */
#include "tests/guest/helper.h"

#include "abi/stats.h"
#include "guests/runtime/bootargs.h"

struct counts {
	uint64_t exits[EXIT_CLASS_COUNT];
};

static uint64_t wanted; /* ticks of this way of waiting */
static uint64_t period; /* in counter ticks */
static uint64_t due;    /* of the next tick */
static volatile uint64_t ticks;

static void on_tick(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	ticks++;
	due += period;
	if (ticks < wanted)
		timer_arm_virtual(due);
	else
		timer_disarm_virtual();
}

/* With interrupts masked: one that comes between look and WFI ends the WFI. */
static void wait_wfi(void)
{
	irq_disable();
	if (ticks < wanted)
		wfi();
	irq_enable();
}

static void wait_wfe(void) { wfe(); }
static void wait_spinning(void) {}

/* Each reading is one HVC. */
static struct counts read_counts(void)
{
	struct counts counts;

	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++)
		counts.exits[class] = smccc_hvc(TAKT_EXIT_STATS, class, 0, 0).x1;
	return counts;
}

/* Takes count ticks; answers the exits between. */
static struct counts take(void (*wait)(void), uint64_t count)
{
	struct counts before = read_counts();
	struct counts after;

	wanted = count;
	ticks = 0;
	due = counter_read() + period;
	timer_arm_virtual(due);
	while (ticks < wanted)
		wait();
	after = read_counts();
	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++)
		after.exits[class] -= before.exits[class];
	after.exits[EXIT_HVC] -= EXIT_CLASS_COUNT; /* the readings from that of HVC to that of HVC */
	return after;
}

static uint64_t exits_but_irqs(const struct counts *counts)
{
	uint64_t sum = 0;

	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++) {
		if (class == EXIT_IRQ || counts->exits[class] == 0)
			continue;
		sum += counts->exits[class];
		print("# %lu exits of class %u\n", counts->exits[class], class);
	}
	return sum;
}

static void check_quiet(const char *how, void (*wait)(void), uint64_t count, uint64_t exits_each)
{
	struct counts counts = take(wait, count);

	print("# %s: %lu ticks, %lu exits for interrupts\n", how, ticks, counts.exits[EXIT_IRQ]);
	tap_equal(ticks, wanted, "the ticks were taken");
	tap_equal(counts.exits[EXIT_IRQ], exits_each * wanted, exits_each == 0 ? "no exit" : "one exit for each");
	tap_equal(exits_but_irqs(&counts), 0, "and no other");
}

/* Where the CPU is not dedicated, WFI is trapped: that the counters show it is what the other results rest on. */
static void check_trapped(uint64_t count)
{
	struct counts counts = take(wait_wfi, count);

	tap_equal(ticks, wanted, "the ticks were taken");
	tap_ok(counts.exits[EXIT_WFX] != 0, "WFI is trapped where the CPU is not dedicated");
}

void guest_main(void)
{
	uint64_t all = bootargs_number("ticks", 10000);
	uint64_t exits_each = bootargs_is("dedicated", "direct") ? 0 : 1;

	period = ticks_from_ns(bootargs_number("period_ns", 10000));
	test_start();
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_tick);
	irq_enable();
	if (!bootargs_is("dedicated", "0")) {
		check_quiet("WFI", wait_wfi, all / 5, exits_each);
		check_quiet("WFE", wait_wfe, all / 10, exits_each);
		check_quiet("spinning", wait_spinning, all - all / 5 - all / 10, exits_each);
	} else {
		check_trapped(all);
	}
	tap_end();
}
