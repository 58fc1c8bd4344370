/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pending state of edge-triggered and level-sensitive interrupts (IHI 0069, 4.1.2). The level is the transmit interrupt
 * of the console's PL011, SPI 1, which rises when a byte has been sent and falls when it is cleared.
 */
#include "tests/guest/helper.h"

#define EDGE 96U
#define UART 33U
#define UART_IMSC (PL011_BASE + 0x38)
#define UART_RIS (PL011_BASE + 0x3c)
#define UART_ICR (PL011_BASE + 0x44)
#define UART_TX (1U << 5)

static unsigned again; /* how often the handler shall leave the cause as it is */
static unsigned taken;
static bool pending_inside;

static void on_edge(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	taken++;
	pending_inside = gic_is_pending(intid);
	if (again != 0) {
		again--;
		gic_set_pending(intid);
		gic_set_pending(intid);
	}
	gic_end(intid);
}

static void check_edge(void)
{
	test_prepare(EDGE, 0x80);
	exception_hook_irq(on_edge);
	gic_set_pending(EDGE);
	gic_set_pending(EDGE);
	test_take_interrupts();
	tap_equal(taken, 1, "two edges before the acknowledge are one interrupt");
	tap_ok(!pending_inside, "the acknowledge took the pending state");
	again = 2;
	taken = 0;
	gic_set_pending(EDGE);
	test_take_interrupts();
	tap_equal(taken, 3, "an edge while active is taken after the end");
	tap_ok(!gic_is_pending(EDGE) && !gic_is_active(EDGE), "and nothing is left");
}

static void on_level(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	taken++;
	if (again != 0)
		again--;
	else
		mmio_write32(UART_ICR, UART_TX);
	dsb(); /* the line has fallen before the interrupt ends */
	gic_end(intid);
}

static void raise_level(void)
{
	volatile uint32_t spin = 0;

	print("# a byte is sent\n");
	console_drain();
	while ((mmio_read32(UART_RIS) & UART_TX) == 0 && spin < 100000)
		spin = spin + 1;
}

static void check_level(void)
{
	mmio_write32(UART_ICR, 0x7ff);
	mmio_write32(UART_IMSC, UART_TX);
	gic_disable(UART);
	gic_set_edge(UART, false);
	gic_route(UART, 0);
	gic_set_priority(UART, 0x80);
	mmio_write32(UART_ICR, UART_TX);
	tap_ok(!gic_is_pending(UART), "a low line is not pending");
	mmio_write32(UART_ICR, UART_TX);
	raise_level();
	tap_ok(gic_is_pending(UART), "a high line is pending, also while it is disabled");
	gic_clear_pending(UART);
	tap_ok(gic_is_pending(UART), "clearing does not change that");
	mmio_write32(UART_ICR, UART_TX);
	tap_ok(!gic_is_pending(UART), "it ends when the line falls");
}

static void check_level_taken(void)
{
	bool spurious_pending;

	exception_hook_irq(on_level);
	mmio_write32(UART_ICR, UART_TX);
	raise_level();
	again = 3;
	taken = 0;
	gic_enable(UART);
	test_take_interrupts();
	spurious_pending = gic_is_pending(UART);
	gic_disable(UART);
	mmio_write32(UART_IMSC, 0);
	tap_equal(taken, 4, "a line that stays high is taken again after each end");
	tap_ok(!spurious_pending, "and is not pending once it has fallen");
	taken = 0;
	gic_enable(UART);
	gic_set_pending(UART);
	test_take_interrupts();
	tap_equal(taken, 1, "a low line made pending by a write is taken once");
	gic_disable(UART);
}

void guest_main(void)
{
	test_start();
	check_edge();
	check_level();
	check_level_taken();
	tap_end();
}
