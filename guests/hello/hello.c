/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest guest that does something: says hello, then sleeps until the next tenth of a second, ten times; then
 * turns itself off. */
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/sleep.h"
#include "guests/runtime/timer.h"

#define PERIOD_NS 100000000U
#define BEATS 10U

void guest_main(void)
{
	uint64_t period = ticks_from_ns(PERIOD_NS);
	uint64_t next = counter_read();

	gic_init();
	gic_init_cpu();
	gic_enable(TIMER_VIRTUAL_INTID);
	print("hello: EL%u, counter at %lu Hz\n", (unsigned)sysreg_read(currentel) >> 2, counter_hz());
	for (unsigned beat = 1; beat <= BEATS; beat++) {
		next += period;
		sleep_until(next);
		print("hello: beat %u, %lu ns late\n", beat, ns_from_ticks(counter_read() - next));
	}
	print("hello: done\n");
	console_drain();
}
