/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps an interrupt back: priority mask, running priority and binary point, enables of interrupt, group and
 * interface. */
#include "tests/guest/helper.h"

#define LOW 96U
#define HIGH 97U
#define MANY 12U /* from LOW on */

static unsigned taken_high_inside_low;

static bool is_taken(unsigned intid)
{
	record_start();
	test_take_interrupts();
	return record_count_of(intid) == 1 && recorded.count == 1;
}

static bool nothing_taken(void)
{
	record_start();
	test_take_interrupts();
	return recorded.count == 0;
}

static void check_mask(void)
{
	test_prepare(LOW, 0x80);
	sysreg_write(ICC_PMR, 0x80);
	gic_set_pending(LOW);
	tap_ok(nothing_taken(), "priority 0x80 does not pass a mask of 0x80");
	tap_ok(gic_is_pending(LOW), "it stays pending");
	sysreg_write(ICC_PMR, 0x88);
	isb();
	tap_equal(sysreg_read(ICC_HPPIR1) & 0xffffff, LOW, "with a mask of 0x88 it is the highest pending interrupt");
	tap_ok(is_taken(LOW), "and is taken");
	sysreg_write(ICC_PMR, 0xff);
	tap_equal(sysreg_read(ICC_PMR) & 0xf8, 0xf8, "the mask reads back");
	tap_equal(gic_running_priority(), 0xff, "the idle running priority is 0xff");
}

static void check_enables(void)
{
	test_prepare(LOW, 0x80);
	gic_disable(LOW);
	gic_set_pending(LOW);
	tap_ok(nothing_taken(), "a disabled interrupt is not taken");
	gic_enable(LOW);
	tap_ok(is_taken(LOW), "it is once enabled");
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE);
	gic_set_pending(LOW);
	tap_ok(nothing_taken(), "none is with the group disabled in the distributor");
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	tap_ok(is_taken(LOW), "it is with the group enabled");
	sysreg_write(ICC_IGRPEN1, 0);
	gic_set_pending(LOW);
	tap_ok(nothing_taken(), "none is with the group disabled in the CPU interface");
	sysreg_write(ICC_IGRPEN1, 1);
	tap_ok(is_taken(LOW), "it is with the group enabled");
	gic_set_pending(LOW);
	gic_clear_pending(LOW);
	tap_ok(nothing_taken(), "what was cleared does not come");
	gic_set_active(LOW);
	gic_set_pending(LOW);
	tap_ok(nothing_taken(), "an active interrupt is not taken again");
	gic_clear_active(LOW);
	tap_ok(is_taken(LOW), "it is when no longer active");
}

static void nest(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	if (intid == LOW) {
		gic_set_pending(HIGH);
		test_take_interrupts();
		taken_high_inside_low = recorded.count;
	} else {
		recorded.count++;
	}
	gic_end(intid);
}

static void check_preemption(unsigned binary_point, uint8_t low, uint8_t high, unsigned expected, const char *what)
{
	test_prepare(LOW, low);
	test_prepare(HIGH, high);
	sysreg_write(ICC_BPR1, binary_point);
	isb();
	record_start();
	exception_hook_irq(nest);
	gic_set_pending(LOW);
	test_take_interrupts();
	tap_equal(taken_high_inside_low, expected, what);
	tap_equal(recorded.count, 1, "and it is taken in the end");
}

static void on_fiq(struct exception_frame *frame)
{
	unsigned intid = (unsigned)sysreg_read(ICC_IAR0) & 0xffffff;

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	recorded.intids[recorded.count++ % RECORD_MAX] = intid;
	sysreg_write(ICC_EOIR0, intid);
	isb();
}

static void check_group0(void)
{
	test_prepare(LOW, 0x80);
	gic_write_word(GICD_IGROUPR, LOW, ~(1U << LOW % 32));
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1 | GICD_CTLR_ENABLE_GRP0);
	sysreg_write(ICC_IGRPEN0, 1);
	exception_hook_fiq(on_fiq);
	gic_set_pending(LOW);
	tap_ok(is_taken(LOW), "an interrupt of group 0 is taken as FIQ");
	tap_ok(!gic_is_active(LOW), "and ended by its own register");
}

/* More than there are list registers. */
static void check_group0_alone(void)
{
	for (unsigned i = 0; i < MANY; i++) {
		test_prepare(LOW + i, 0x80);
		gic_write_word(GICD_IGROUPR, LOW, gic_read_word(GICD_IGROUPR, LOW) & ~(1U << (LOW + i) % 32));
	}
	sysreg_write(ICC_IGRPEN1, 0);
	isb();
	record_start();
	for (unsigned i = 0; i < MANY; i++)
		gic_set_pending(LOW + i);
	test_take_interrupts();
	tap_equal(recorded.count, MANY, "with group 0 alone enabled, twelve of it are taken");
	sysreg_write(ICC_IGRPEN1, 1);
}

void guest_main(void)
{
	test_start();
	check_mask();
	check_enables();
	check_preemption(0, 0x80, 0x78, 1, "one level more urgent preempts");
	check_preemption(0, 0x80, 0x80, 0, "the same priority does not");
	check_preemption(0, 0x80, 0x88, 0, "a less urgent one does not");
	check_preemption(7, 0x70, 0x10, 0, "with binary point 7, the same half of the priorities does not preempt");
	check_preemption(7, 0x90, 0x10, 1, "the other half does");
	sysreg_write(ICC_BPR1, 0);
	check_group0();
	check_group0_alone();
	tap_end();
}
