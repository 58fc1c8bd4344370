/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that hangs over and over, each time in another way, and is restarted by its watchdog: not too early, and
 * with the watchdog and its interrupt as after a cold reset. Before, the watchdog by its rules: refreshes keep the
 * machine alive, the first stage interrupts. A page that is shared, and so not restored, counts the lives. Built for
 * tests/guest/watchdog.dts.
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/mmio.h"
#include "tests/guest/helper.h"

#define REFRESH 0x09100000UL
#define CONTROL 0x09101000UL
#define WRR (REFRESH + 0x000)
#define WCS (CONTROL + 0x000)
#define WOR (CONTROL + 0x008)
#define WCV (CONTROL + 0x010)
#define IIDR 0xfccU
#define WCS_EN 1U
#define WCS_WS0 2U
#define WCS_WS1 4U
#define INTID 42U
#define UART_FLAGS 0x09000018UL

#define SHARED 0x50000000UL
#define PERIOD_MS 3U /* or what is said by period-ms= on the command line */

struct lives {
	uint64_t count;
	uint64_t hung_at; /* by the counter */
	uint64_t least;   /* ticks from there to the restart */
	uint64_t too_early, wrong_control, wrong_interrupt;
};

static volatile uint32_t stages;
static volatile uint32_t others;

static volatile struct lives *lives(void) { return (volatile struct lives *)SHARED; }
static uint64_t period_ns; /* of each stage */
static uint64_t period(void) { return ticks_from_ns(period_ns); }

static void watch(uint64_t ticks)
{
	mmio_write64(WOR, ticks);
	mmio_write32(WCS, WCS_EN);
}

/* The handler of the first stage: alive after all. */
static void first_stage(void)
{
	stages++;
	mmio_write32(WRR, 1);
}

static void hook(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();
	(void)frame;
	if (intid == INTID)
		first_stage();
	if (intid < 1020)
		gic_end(intid);
}

static void check_registers(void)
{
	uint64_t before = counter_read();
	tap_equal(mmio_read32(CONTROL + IIDR), 0x1043b, "W_IIDR of the control frame: version 1");
	tap_equal(mmio_read32(REFRESH + IIDR), 0x1043b, "W_IIDR of the refresh frame");
	tap_equal(mmio_read32(WCS), 0, "it is disabled at reset");
	mmio_write64(WOR, UINT64_C(0xffff000100000000));
	tap_equal(mmio_read64(WOR), UINT64_C(0x100000000), "the offset has 48 bits");
	mmio_write32(WCS, WCS_EN);
	uint64_t compare = mmio_read64(WCV);
	uint64_t after = counter_read();
	tap_ok(compare >= before + (UINT64_C(1) << 32) && compare <= after + (UINT64_C(1) << 32),
	       "enabling loads the compare value");
	mmio_write32(WCS, 0);
	tap_equal(mmio_read32(WRR), 0, "WRR reads as zero");
}

/* Four periods, with a refresh in every half. */
static void stay_alive(void)
{
	gic_disable(INTID);
	watch(period());
	for (unsigned i = 0; i < 8; i++) {
		timer_delay_ns(period_ns / 2);
		mmio_write32(WRR, 0);
	}
	tap_equal(mmio_read32(WCS), WCS_EN, "refreshed in time, no stage is reached");
	mmio_write32(WCS, 0);
}

/* The interrupt is a level: it stays while nobody refreshes, and is gone when somebody does. */
static void see_first_stage(void)
{
	test_prepare(INTID, 0x80);
	gic_disable(INTID);
	gic_set_edge(INTID, false);
	watch(period());
	timer_delay_ns(period_ns * 7 / 5);
	tap_equal(mmio_read32(WCS), WCS_EN | WCS_WS0, "the first stage is reached");
	tap_ok(gic_is_pending(INTID), "and its interrupt pends");
	gic_clear_pending(INTID);
	tap_ok(gic_is_pending(INTID), "as a level does");
	mmio_write32(WRR, 0);
	tap_ok(!gic_is_pending(INTID), "until the refresh");
	stages = 0;
	exception_hook_irq(hook);
	gic_enable(INTID);
	irq_enable();
	for (unsigned i = 0; i < 4; i++)
		timer_delay_ns(period_ns);
	irq_disable();
	tap_ok(stages >= 2 && stages <= 4, "it interrupts, and a handler that refreshes keeps the machine alive");
	tap_equal(mmio_read32(WCS) & WCS_WS1, 0, "the second stage is never reached");
	mmio_write32(WCS, 0);
}

/* What the last life left, and how long it took to end it. */
static void look(void)
{
	volatile struct lives *all = lives();
	all->wrong_control += mmio_read32(WCS) != 0 || mmio_read64(WOR) != 0;
	all->wrong_interrupt += gic_is_pending(INTID) || gic_is_active(INTID) || gic_is_enabled(INTID);
	if (all->count == 0)
		return;
	uint64_t took = counter_read() - all->hung_at;
	all->too_early += took < all->least;
}

static void about_to_hang(uint64_t ticks)
{
	lives()->hung_at = counter_read();
	lives()->least = 2 * ticks;
	lives()->count++;
	watch(ticks);
}

static void spin(void *argument)
{
	(void)argument;
	test_start_secondary();
	__atomic_fetch_add(&others, 1, __ATOMIC_RELAXED);
	for (;;)
		(void)mmio_read32(WCS);
}

static void start_others(void)
{
	unsigned cpus = test_cpu_count();
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		(void)runtime_start_cpu(cpu, spin, NULL);
	(void)test_wait(&others, cpus - 1);
}

_Noreturn static void hang(unsigned way)
{
	switch (way) {
	case 0: /* computes, deaf */
		for (;;)
			__asm__ volatile("");
	case 1: /* sleeps, deaf */
		gic_disable(INTID);
		for (;;)
			wfi();
	case 2: /* in the handler of the first stage, with its interrupt active */
		test_prepare(INTID, 0x80);
		gic_enable(INTID);
		while (gic_acknowledge() != INTID)
			;
		for (;;)
			(void)smccc_hvc(PSCI_VERSION, 0, 0, 0);
	case 3: /* with its device */
		for (;;)
			(void)mmio_read32(UART_FLAGS);
	case 4: /* on the other CPUs, this one is off or does nothing but wait for events */
		start_others();
		if (test_cpu_count() > 1)
			(void)smccc_hvc(PSCI_CPU_OFF, 0, 0, 0);
		for (;;)
			wfe();
	default: /* with the registers of its watchdog, at no time at all */
		for (;;)
			(void)mmio_read32(WCV);
	}
}

#define WAYS 6U

static void end(void)
{
	volatile struct lives *all = lives();
	tap_equal(all->count, WAYS, "lives");
	tap_equal(all->too_early, 0, "none ended before both periods had");
	tap_equal(all->wrong_control, 0, "each life finds the watchdog disabled");
	tap_equal(all->wrong_interrupt, 0, "and its interrupt inactive");
	watch(period());
	mmio_write32(WCS, 0);
	timer_delay_ns(3 * period_ns);
	tap_equal(mmio_read32(WCS), 0, "who disables it lives on");
	check_registers();
	stay_alive();
	see_first_stage();
	tap_end();
}

void guest_main(void)
{
	test_start();
	period_ns = 1000000 * bootargs_number("period-ms", PERIOD_MS);
	if (lives()->count > WAYS)
		*lives() = (struct lives){0}; /* what the board left */
	look();
	unsigned way = (unsigned)lives()->count;
	if (way == WAYS)
		end();
	about_to_hang(way == WAYS - 1 ? 0 : period());
	hang(way);
}
