/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The VM with direct delivery that tests/guest/direct_manager.c commands. It does all that it can to be left alone,
 * counts what wakes it, and sleeps with everything masked: only EL2's wake-up ends that. A life of an odd number ends
 * by itself, in a vector that is not there, when it is told to.
 */
#include "tests/guest/direct_sleeper.h"
#include "tests/guest/helper.h"

#include "abi/stats.h"

#define ALL 0xffffffffU

static void close_all(void)
{
	for (unsigned intid = 0; intid < 32; intid++)
		gic_set_priority(intid, 0);
	gic_write_word(GICD_ICENABLER, 0, ALL);
	gic_write_word(GICD_ISPENDR, 0, ALL);
	for (unsigned word = 1; word < 32; word++)
		gic_write_word(GICD_ICENABLER, 32 * word, ALL);
	mmio_write32(GICD_BASE + GICD_CTLR, 0);
	for (unsigned sgi = 0; sgi < 16; sgi++) {
		gic_send_sgi_set(sgi, 0xffff);
		gic_send_sgi_others(sgi);
	}
	sysreg_write(ICC_PMR, 0);
	isb();
}

static uint64_t count_exits(void)
{
	uint64_t sum = 0;
	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++)
		sum += smccc_hvc(TAKT_EXIT_STATS, class, 0, 0).x1;
	return sum;
}

static _Noreturn void crash(void)
{
	sysreg_write(vbar_el1, UINT64_C(0x48000000));
	isb();
	__asm__ volatile("svc #0");
	for (;;)
		wfi();
}

void guest_main(void)
{
	volatile struct sleeper *page = sleeper();
	test_start();
	page->lives++;
	close_all();
	page->exits = count_exits();
	for (;;) {
		page->wakes++;
		page->is_asleep = true;
		wfi();
		page->is_asleep = false;
		if (page->is_to_crash) {
			page->is_to_crash = false;
			crash();
		}
	}
}
