/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with direct delivery uses all of its physical interrupt controller, and tries to use what is not its own:
 * priorities and masks that would hide it from EL2, SGIs to other CPUs, EL2's interrupts and lines of others. Without a
 * hypervisor, what only Takt refuses is skipped.
 */
#include "tests/guest/helper.h"

#define FLOOR 0x20U
#define SGI 3U
#define UART_INTID 33U
#define EL2_MAINTENANCE 25U
#define EL2_DEADLINE 26U
#define OWN_PRIVATE (0xffffU | 1U << TIMER_VIRTUAL_INTID | 1U << TIMER_PHYSICAL_INTID)
#define ALL 0xffffffffU
#define SPI_WORDS 9U
#define SGI_IRM (UINT64_C(1) << 40)

#define ICC_ASGI1R S3_0_C12_C11_6
#define ICC_SGI0R S3_0_C12_C11_7

static void use_timer(void)
{
	record_start();
	gic_set_priority(TIMER_VIRTUAL_INTID, 0x80);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm_virtual(counter_read());
	tap_ok(test_is_virtual_due(), "the timer is due");
	tap_ok(gic_is_pending(TIMER_VIRTUAL_INTID), "its interrupt is pending");
	sysreg_write(ICC_PMR, 0x80);
	isb();
	test_take_interrupts();
	tap_equal(recorded.count, 0, "a mask of its priority holds it");
	sysreg_write(ICC_PMR, 0);
	isb();
	test_take_interrupts();
	tap_equal(recorded.count, 0, "a mask of all holds it");
	tap_equal(sysreg_read(ICC_PMR) & 0xff, 0, "and is read back");
	timer_disarm_virtual();
	sysreg_write(ICC_PMR, 0xff);
	isb();
}

static void end_in_two_steps(void)
{
	gic_set_eoimode(true);
	gic_enable(SGI);
	gic_set_pending(SGI);
	tap_equal(gic_acknowledge(), SGI, "an SGI that is made pending is acknowledged");
	tap_equal(gic_running_priority(), 0xa0, "its priority runs");
	gic_end(SGI);
	tap_ok(gic_running_priority() == 0xff && gic_is_active(SGI), "dropped, it is active still");
	gic_deactivate(EL2_MAINTENANCE);
	gic_deactivate(SGI);
	tap_ok(!gic_is_active(SGI), "and inactive by ICC_DIR_EL1");
	sysreg_write(ICC_CTLR, 0x43);
	isb();
	tap_equal(sysreg_read(ICC_CTLR) & 0x43, ICC_CTLR_EOIMODE, "of ICC_CTLR_EL1 EOImode alone is its own");
	gic_set_eoimode(false);
}

static void send(void)
{
	record_start();
	gic_send_sgi(SGI, 0);
	test_take_interrupts();
	tap_equal(record_count_of(SGI), 1, "an SGI to itself");
	gic_send_sgi_set(SGI, 0xfffe);
	gic_send_sgi_others(SGI);
	sysreg_write(ICC_SGI1R, UINT64_C(1) << 16 | (uint64_t)SGI << 24 | 1);
	sysreg_write(ICC_SGI0R, (uint64_t)SGI << 24 | 1);
	sysreg_write(ICC_ASGI1R, (uint64_t)SGI << 24 | 1);
	isb();
	test_take_interrupts();
	tap_equal(recorded.count, 1, "SGIs to all other CPUs and groups reach nobody");
}

/* Its own line, which nothing asserts. */
static void use_line(void)
{
	record_start();
	gic_set_edge(UART_INTID, true);
	gic_set_priority(UART_INTID, 0x40);
	gic_enable(UART_INTID);
	gic_set_pending(UART_INTID);
	test_take_interrupts();
	tap_equal(record_count_of(UART_INTID), 1, "its own line interrupts");
	gic_set_edge(UART_INTID, false);
	gic_disable(UART_INTID);
	tap_ok(!gic_is_enabled(UART_INTID), "and is disabled");
	gic_set_priority(UART_INTID, 0);
	tap_equal(gic_priority(UART_INTID), FLOOR, "no priority is above EL2's wake-up");
}

static uint32_t bits_of_others(unsigned reg)
{
	uint32_t found = gic_read_word(reg, 0) & ~OWN_PRIVATE;
	for (unsigned word = 1; word < SPI_WORDS; word++)
		found |= gic_read_word(reg, 32 * word) & ~(word == 1 ? 1U << (UART_INTID % 32) : 0);
	return found;
}

static void take_from_others(void)
{
	static const unsigned written[] = {GICD_ISENABLER, GICD_ISPENDR, GICD_ISACTIVER};
	record_start();
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned word = 0; word < SPI_WORDS; word++)
			gic_write_word(written[i], 32 * word, word == 0 ? ~OWN_PRIVATE : word == 1 ? ~(1U << 1) : ALL);
		tap_equal(bits_of_others(written[i]), 0, "what is not its own can't be set");
	}
	for (unsigned intid = 64; intid < 96; intid++)
		gic_set_priority(intid, 0);
	gic_set_priority(EL2_MAINTENANCE, 0xff);
	gic_set_priority(EL2_DEADLINE, 0xff);
	gic_route(40, 0);
	mmio_write32(GICD_BASE + GICD_CTLR, 0); /* for all VMs? */
	mmio_write32(gic_redistributor(0) + GICR_WAKER, 2);
	tap_equal(gic_priority(EL2_MAINTENANCE), 0, "nor read");
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	gic_send_sgi(SGI, 0);
	test_take_interrupts();
	tap_equal(recorded.count, 1, "its own still come, and no other");
}

static void use_group_0(void)
{
	exception_catch();
	sysreg_write(ICC_AP0R0, 1);
	sysreg_write(ICC_IGRPEN0, 1);
	(void)sysreg_read(ICC_IAR0);
	tap_equal(exception_caught().count, 3, "there is nothing of group 0");
}

void guest_main(void)
{
	test_start();
	use_timer();
	end_in_two_steps();
	send();
	use_line();
	take_from_others();
	use_group_0();
	tap_end();
}
