/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switch measurement, the more urgent guest: sleeps in WFI until a timer, again and again, and leaves its counter in
 * shared memory as the last thing before each WFI.
 */
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/random.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"
#include "guests/switch/shared.h"

#define SLEEP_LOW_NS 20000U
#define SLEEP_HIGH_NS 60000U

static void on_timer(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	timer_disarm_virtual();
}

void guest_main(void)
{
	uint64_t random_state = UINT64_C(0x6a09e667f3bcc909);

	runtime_enable_mmu();
	gic_init();
	gic_init_cpu();
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_timer);
	print("switch: sleeper started\n");
	for (;;) {
		uint64_t pause = random_between(&random_state, SLEEP_LOW_NS, SLEEP_HIGH_NS);

		timer_arm_virtual(counter_read() + ticks_from_ns(pause));
		*switch_stamp() = counter_read();
		wfi(); /* interrupts are masked: the timer ends it, and is taken below */
		irq_enable();
		irq_disable();
	}
}
