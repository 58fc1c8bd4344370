/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exhaustion measurement, the more urgent guest: never waits, and leaves its counter in shared memory all the time. So
 * the last stamp in each period is that of the instruction at which its budget ended.
 */
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"
#include "guests/switch/shared.h"

void guest_main(void)
{
	runtime_enable_mmu();
	print("switch: spinner started\n");
	for (;;)
		*switch_stamp() = counter_read();
}
