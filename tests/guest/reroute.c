/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SPI that is pending again while active, and routed to a sleeping CPU meanwhile, wakes that one when it is ended
 * here.
 */
#include "tests/guest/helper.h"

#define SPI 40U
#define LONGEST_NS 20000000U

static volatile uint32_t taken;
static volatile uint32_t is_up;

static void on_spi(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	taken++;
}

static void sleep(void *argument)
{
	(void)argument;
	test_start_secondary();
	is_up = 1;
	for (;;) {
		irq_enable();
		wfi();
		irq_disable();
	}
}

void guest_main(void)
{
	uint64_t end;

	test_start();
	gic_attach(SPI, 0x80, on_spi);
	gic_route(SPI, 0);
	tap_equal((uint64_t)runtime_start_cpu(1, sleep, NULL), PSCI_SUCCESS, "another CPU starts");
	tap_ok(test_wait(&is_up, 1), "it runs");
	timer_delay_ns(3000000);
	gic_set_pending(SPI);
	timer_delay_ns(10000);
	tap_equal(gic_acknowledge(), SPI, "the interrupt comes here");
	gic_set_pending(SPI);
	gic_route(SPI, 1);
	timer_delay_ns(3000000);
	gic_end(SPI);
	end = counter_read() + ticks_from_ns(LONGEST_NS);
	while (counter_read() < end && taken == 0)
		wfe();
	tap_equal(taken, 1, "then it wakes the CPU that it was routed to");
	tap_end();
}
