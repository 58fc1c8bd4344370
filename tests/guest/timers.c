/* SPDX-License-Identifier: Apache-2.0 */
/* Both timers of EL1: status, interrupt level and pending state, and that they are never early (DDI 0487, D11.2.4). */
#include "tests/guest/helper.h"

struct timer {
	const char *name;
	unsigned intid;
	uint64_t (*counter)(void);
	void (*set_cval)(uint64_t cval);
	void (*set_ctl)(uint64_t ctl);
	uint64_t (*ctl)(void);
	void (*set_tval)(uint64_t tval);
	uint64_t (*tval)(void);
};

#define TIMER_FUNCTIONS(kind, count)                                                        \
	static uint64_t kind##_counter(void) { return sysreg_read(count); }                 \
	static void kind##_set_cval(uint64_t cval) { sysreg_write(kind##_cval_el0, cval); } \
	static void kind##_set_ctl(uint64_t ctl)                                            \
	{                                                                                   \
		sysreg_write(kind##_ctl_el0, ctl);                                          \
		isb();                                                                      \
	}                                                                                   \
	static uint64_t kind##_ctl(void) { return sysreg_read(kind##_ctl_el0); }            \
	static void kind##_set_tval(uint64_t tval) { sysreg_write(kind##_tval_el0, tval); } \
	static uint64_t kind##_tval(void) { return sysreg_read(kind##_tval_el0); }

TIMER_FUNCTIONS(cntv, cntvct_el0)
TIMER_FUNCTIONS(cntp, cntpct_el0)

static const struct timer timers[] = {
	{"CNTV", TIMER_VIRTUAL_INTID, cntv_counter, cntv_set_cval, cntv_set_ctl, cntv_ctl, cntv_set_tval, cntv_tval},
	{"CNTP", TIMER_PHYSICAL_INTID, cntp_counter, cntp_set_cval, cntp_set_ctl, cntp_ctl, cntp_set_tval, cntp_tval},
};

static const struct timer *current;
static unsigned taken;
static unsigned again; /* how often the handler shall leave the condition as it is */
static uint64_t cval;
static unsigned early;
static bool active_inside;

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	taken++;
	early += current->counter() < cval;
	active_inside = gic_is_active(intid);
	if (again != 0)
		again--;
	else
		current->set_ctl(0);
	gic_end(intid);
}

static void arm(uint64_t ahead_ns, uint64_t ctl)
{
	cval = current->counter() + ticks_from_ns(ahead_ns);
	current->set_cval(cval);
	current->set_ctl(ctl);
}

static void check_pending(void)
{
	unsigned intid = current->intid;

	gic_disable(intid);
	arm(50000000, TIMER_CTL_ENABLE);
	tap_equal(current->ctl(), TIMER_CTL_ENABLE, "before its time the status is clear");
	tap_ok(!gic_is_pending(intid), "and nothing is pending");
	arm(1000, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
	timer_delay_ns(5000);
	tap_equal(current->ctl(), TIMER_CTL_ENABLE | TIMER_CTL_IMASK | TIMER_CTL_ISTATUS, "masked: the status is set");
	tap_ok(!gic_is_pending(intid), "and nothing is pending");
	current->set_ctl(TIMER_CTL_ENABLE);
	tap_ok(gic_is_pending(intid), "unmasked: pending, while the interrupt is disabled");
	gic_clear_pending(intid);
	tap_ok(gic_is_pending(intid), "clearing does not change that");
	current->set_cval(current->counter() + ticks_from_ns(100000000));
	isb();
	tap_ok(!gic_is_pending(intid), "a later compare value ends it");
	arm(0, TIMER_CTL_ENABLE);
	tap_ok(gic_is_pending(intid), "a passed one begins it at once");
	current->set_ctl(0);
	tap_ok(!gic_is_pending(intid), "disabling the timer ends it");
	current->set_tval((uint64_t)-5);
	tap_ok((int32_t)current->tval() <= -5, "the timer value counts down, through 0");
}

static void check_interrupts(void)
{
	taken = early = again = 0;
	gic_set_priority(current->intid, 0x80);
	gic_enable(current->intid);
	for (unsigned i = 0; i < 200; i++) {
		arm(1000 + 37 * i, TIMER_CTL_ENABLE);
		irq_enable();
		while (taken == i && current->counter() < cval + ticks_from_ns(1000000))
			isb();
		irq_disable();
	}
	tap_equal(taken, 200, "each of 200 deadlines is one interrupt");
	tap_equal(early, 0, "none is early");
	tap_ok(active_inside, "it is active in its handler");
	tap_ok(!gic_is_active(current->intid), "and inactive after it");
	again = 4;
	taken = 0;
	arm(1000, TIMER_CTL_ENABLE);
	test_take_interrupts();
	tap_equal(taken, 5, "with the condition left true it is taken again after each end");
	arm(1000, TIMER_CTL_ENABLE);
	timer_delay_ns(5000);
	current->set_ctl(0);
	taken = 0;
	/* In a VM the interrupt was signalled already, and setting a timer is no exit: looking at the controller is. */
	tap_ok(!gic_is_pending(current->intid), "a condition that has gone is not pending");
	test_take_interrupts();
	tap_equal(taken, 0, "and not taken");
	gic_disable(current->intid);
}

static void check_sleep(void)
{
	uint64_t start = current->counter();
	unsigned wakes = 0;
	unsigned pending = 0;

	gic_enable(current->intid);
	for (unsigned i = 0; i < 100; i++) {
		arm(20000, TIMER_CTL_ENABLE);
		while ((current->ctl() & TIMER_CTL_ISTATUS) == 0) {
			wfi(); /* masked: it wakes and is not taken; WFI may also end without cause */
			wakes++;
		}
		early += current->counter() < cval;
		current->set_ctl(0);
		pending +=
			gic_is_pending(current->intid); /* see check_interrupts: what was signalled is withdrawn here */
	}
	tap_equal(pending, 0, "a timer that is off is not pending");
	tap_ok(early == 0 && current->counter() - start >= ticks_from_ns(100 * 20000),
	       "sleep in WFI lasts until the deadline");
	tap_ok(wakes <= 110, "and WFI seldom ends without cause");
	tap_ok(current->counter() - start < ticks_from_ns(100 * 200000), "and not much longer");
	gic_disable(current->intid);
}

void guest_main(void)
{
	test_start();
	exception_hook_irq(on_irq);
	for (unsigned i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		current = &timers[i];
		print("# %s\n", current->name);
		check_pending();
		check_interrupts();
		check_sleep();
	}
	tap_end();
}
