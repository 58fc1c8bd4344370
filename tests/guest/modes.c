/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes, as VMs see them. Built for tests/guest/modes.dts: VM 0 is a manager; FALLS and RISES (hog=1, hog=2), which
 * never wait, exchange their budgets in the mode; the radio (radio=1) notes each frame that was not ready by the
 * deadline of its budget; VICTIM (victim=1) crashes when it is told to, and its description has the system go to the
 * mode for that. All share a page.
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/sleep.h"
#include "guests/runtime/takt.h"
#include "tests/guest/helper.h"

#define SPAN_NS 10000000U /* ten periods */
#define FRAME_NS 1000000U
#define DUE_NS 250000U  /* the deadline of the radio's budget */
#define STEPS_NS 15000U /* as its neighbours' steps may delay that (docs/design.md, admission) */
#define WORK 5000U      /* instructions, about */

enum { NORMAL, LIMP_HOME, NO_MODE };
enum { TEST, FALLS, RISES, RADIO, VICTIM };

struct page {
	uint64_t rounds[3];
	uint64_t frames, missed, denied;
	uint64_t crash;
};

static volatile struct page *const page = (volatile struct page *)0x50000000UL;

static void count(uint64_t hog)
{
	for (;;)
		++page->rounds[hog];
}

static void work(void)
{
	for (volatile unsigned i = 0; i < WORK / 5; i++)
		;
}

static void receive_frames(void)
{
	page->denied = takt_mode(LIMP_HOME) == SMCCC_DENIED;
	gic_init();
	gic_init_cpu();
	gic_enable(TIMER_VIRTUAL_INTID);
	for (uint64_t at = counter_read() + ticks_from_ns(FRAME_NS);; at += ticks_from_ns(FRAME_NS)) {
		sleep_until(at);
		work();
		page->missed += counter_read() > at + ticks_from_ns(DUE_NS + STEPS_NS);
		page->frames++;
	}
}

/* Its exception vector can't be executed. */
static void be_victim(void)
{
	while (page->crash == 0)
		wfe();
	sysreg_write(vbar_el1, 0);
	isb();
	__asm__ volatile("brk #0");
}

static uint64_t state_of(uint64_t mode)
{
	struct takt_vm info;
	takt_mode_info(mode, &info);
	return info.answer == SMCCC_OK ? info.state : UINT64_MAX;
}

static bool comes(uint64_t mode)
{
	for (unsigned i = 0; i < 100; i++) {
		if (state_of(mode) == TAKT_MODE_NOW)
			return true;
		timer_delay_ns(FRAME_NS / 10);
	}
	return false;
}

struct work {
	uint64_t falls, rises;
};

static struct work work_in_a_span(void)
{
	uint64_t falls = page->rounds[FALLS], rises = page->rounds[RISES];
	timer_delay_ns(SPAN_NS);
	return (struct work){page->rounds[FALLS] - falls, page->rounds[RISES] - rises};
}

static bool is_about(uint64_t part, uint64_t whole) { return 10 * part > 9 * whole && 9 * part < 10 * whole; }

static void refuse(void)
{
	struct takt_vm info;
	takt_mode_info(LIMP_HOME, &info);
	tap_ok(info.answer == SMCCC_OK && info.name[0] == 'l' && info.name[8] == 'e' && info.name[9] == '\0',
	       "a mode has its name");
	tap_equal((uint64_t)takt_mode(NO_MODE), (uint64_t)SMCCC_INVALID_PARAMETER, "there is no such mode");
	tap_equal((uint64_t)takt_mode(UINT64_MAX), (uint64_t)SMCCC_INVALID_PARAMETER, "nor one of a wide number");
	tap_equal(state_of(NO_MODE), UINT64_MAX, "and nothing is known of it");
	tap_ok(page->denied != 0, "a VM that is no manager is denied");
	tap_equal(state_of(NORMAL), TAKT_MODE_NOW, "nothing has changed");
}

static void change(const struct work *normal)
{
	struct takt_reservation r;
	(void)takt_vm_reservation(FALLS, 0, &r);
	int64_t first = takt_mode(LIMP_HOME); /* what is printed in between takes longer than the change */
	int64_t second = takt_mode(NORMAL);
	int64_t reserve = takt_vm_reserve(FALLS, 0, &r);
	uint64_t state = state_of(LIMP_HOME);
	tap_equal((uint64_t)first, SMCCC_OK, "a manager's change is accepted");
	tap_equal((uint64_t)second, (uint64_t)TAKT_VM_BUSY, "another one has to wait");
	tap_equal((uint64_t)reserve, (uint64_t)TAKT_VM_BUSY, "as has a reservation");
	tap_equal(state, TAKT_MODE_ENTERING, "it is entered");
	tap_ok(comes(LIMP_HOME), "and complete");
	struct work limp = work_in_a_span();
	tap_ok(is_about(limp.falls, normal->rises) && is_about(limp.rises, normal->falls), "the budgets are exchanged");
	(void)takt_vm_reservation(FALLS, 0, &r);
	tap_equal(r.budget, ticks_from_ns(100000), "and shown so");
	tap_equal((uint64_t)takt_mode(NORMAL), SMCCC_OK, "and back");
	tap_ok(comes(NORMAL), "which ends too");
	struct work again = work_in_a_span();
	tap_ok(is_about(again.falls, normal->falls) && is_about(again.rises, normal->rises), "as it was");
}

static void crash(const struct work *normal)
{
	struct takt_vm info;
	page->crash = 1;
	tap_ok(comes(LIMP_HOME), "a crash has the system limp home");
	takt_vm_info(VICTIM, &info);
	tap_equal(info.state, TAKT_VM_FAILED, "without who crashed");
	struct work limp = work_in_a_span();
	tap_ok(is_about(limp.falls, normal->rises) && is_about(limp.rises, normal->falls), "the budgets are exchanged");
}

void guest_main(void)
{
	uint64_t hog = bootargs_number("hog", 0);
	if (hog != 0)
		count(hog);
	if (bootargs_number("radio", 0) != 0)
		receive_frames();
	if (bootargs_number("victim", 0) != 0)
		be_victim();
	test_start();
	timer_delay_ns(SPAN_NS / 5); /* all have begun */
	struct work normal = work_in_a_span();
	tap_ok(normal.falls > 4 * normal.rises, "one has five times the other's budget");
	refuse();
	change(&normal);
	crash(&normal);
	tap_ok(page->frames > 4 * SPAN_NS / FRAME_NS, "the radio has frames all the while");
	tap_equal(page->missed, 0, "and each of them in time");
	tap_end();
}
