/* SPDX-License-Identifier: Apache-2.0 */
/* Many more pending interrupts than list registers: 16 SGIs and 20 SPIs at once. Each arrives once, in order of
 * priority. */
#include "tests/guest/helper.h"

#define SGI_COUNT 16U
#define SPI_FIRST 64U
#define SPI_COUNT 20U
#define TOTAL (SGI_COUNT + SPI_COUNT)

static unsigned intid_of(unsigned index) { return index < SGI_COUNT ? index : SPI_FIRST + index - SGI_COUNT; }

/* 31 levels that PMR 0xff lets pass, spread so that neighbours in INTID are not neighbours in priority. */
static uint8_t priority_of(unsigned index) { return (uint8_t)(index * 11U % 31U * 8U); }

static void run(bool by_register)
{
	for (unsigned i = 0; i < TOTAL; i++)
		test_prepare(intid_of(i), priority_of(i));
	record_start();
	for (unsigned i = 0; i < SGI_COUNT; i++) {
		if (by_register)
			gic_set_pending(i);
		else
			gic_send_sgi(i, cpu_index());
	}
	gic_write_word(GICD_ISPENDR, SPI_FIRST, (1U << SPI_COUNT) - 1);
	timer_delay_ns(10000);
	test_take_interrupts();
}

static void check(void)
{
	unsigned once = 0;
	unsigned disorder = 0;
	unsigned last = 0;

	for (unsigned i = 0; i < TOTAL; i++)
		once += record_count_of(intid_of(i)) == 1;
	for (unsigned i = 0; i < recorded.count && i < RECORD_MAX; i++) {
		unsigned intid = recorded.intids[i];
		unsigned priority = priority_of(intid < SGI_COUNT ? intid : intid - SPI_FIRST + SGI_COUNT);

		disorder += priority < last;
		last = priority;
	}
	tap_equal(once, TOTAL, "each of 36 pending interrupts is taken once");
	tap_equal(recorded.count, TOTAL, "and nothing else is");
	tap_equal(disorder, 0, "in order of priority");
}

void guest_main(void)
{
	test_start();
	for (unsigned round = 0; round < 3; round++) {
		run(false);
		check();
		run(true);
		check();
	}
	tap_equal(gic_read_word(GICD_ISPENDR, SPI_FIRST) | gic_read_word(GICD_ISPENDR, 0), 0,
		  "nothing is left pending");
	tap_equal(gic_read_word(GICD_ISACTIVER, SPI_FIRST) | gic_read_word(GICD_ISACTIVER, 0), 0, "or active");
	tap_end();
}
