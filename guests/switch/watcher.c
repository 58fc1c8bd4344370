/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switch measurement, the guest that gets the rest: spins on the counter. When the sleeper's stamp is younger than the
 * previous reading, the CPU was away and has just come from there: a sample from the stamp to this reading.
 */
#include "guests/runtime/histogram.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"
#include "guests/switch/shared.h"

#define SETTLE_NS 300000000U /* until all others are where they stay, and what they printed has left */

/* The figure is SWITCH_NAME. */
#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

static struct histogram times;

void guest_main(void)
{
	uint64_t previous;

	histogram_clear(&times);
	runtime_enable_mmu();
	print("switch: watcher started\n");
	timer_delay_ns(SETTLE_NS);
	previous = counter_read();
	while (times.samples < SWITCH_SAMPLES) {
		uint64_t now = counter_read();
		uint64_t stamp = *switch_stamp();

		if (stamp > previous && stamp < now) {
			histogram_add(&times, now - stamp);
			now = counter_read();
		}
		previous = now;
	}
	histogram_print_figure(&times, TEXT(SWITCH_NAME));
	print("switch done\n");
	console_drain();
}
