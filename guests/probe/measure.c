/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt latencies. The interrupt comes with the waiting function anywhere in its course; for WFI the
 * flag is looked at with interrupts masked, so that an interrupt between look and WFI ends the WFI at once.
 */
#include "guests/probe/measure.h"

#include "guests/runtime/gic.h"
#include "guests/runtime/random.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"

static volatile uint64_t arrival; /* the vector's time stamp; 0 until the interrupt came */
static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static void on_timer(unsigned intid, uint64_t stamp)
{
	(void)intid;
	timer_disarm_virtual();
	arrival = stamp;
}

static void on_sgi(unsigned intid, uint64_t stamp)
{
	(void)intid;
	arrival = stamp;
}

void measure_init(void)
{
	runtime_enable_mmu();
	gic_init();
	gic_init_cpu();
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_timer);
	gic_attach(MEASURE_SGI, 0x80, on_sgi);
	irq_enable();
}

void measure_spin(void) {}

void measure_sleep(void)
{
	irq_disable();
	if (arrival == 0)
		wfi();
	irq_enable();
}

void measure_timer(struct histogram *h, uint32_t samples, uint64_t low_ns, uint64_t high_ns, measure_wait wait)
{
	uint64_t low = ticks_from_ns(low_ns);
	uint64_t high = ticks_from_ns(high_ns);

	for (uint32_t i = 0; i < samples; i++) {
		uint64_t cval;

		arrival = 0;
		cval = counter_read() + random_between(&random_state, low, high);
		timer_arm_virtual(cval);
		while (arrival == 0)
			wait();
		histogram_add(h, arrival - cval);
	}
}

void measure_sgi(struct histogram *h, uint32_t samples)
{
	for (uint32_t i = 0; i < samples; i++) {
		uint64_t sent;

		arrival = 0;
		dsb(); /* nothing of before is measured */
		sent = counter_read();
		sysreg_write(ICC_SGI1R, (uint64_t)MEASURE_SGI << 24 | 1);
		isb();
		while (arrival == 0)
			;
		histogram_add(h, arrival - sent);
	}
}
