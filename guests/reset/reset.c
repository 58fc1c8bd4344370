/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for its reset as soon as it runs, with a timer pending, its memory and interrupt controller in use: how it
 * begins again is for others to measure. */
#include "guests/runtime/gic.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/timer.h"

void guest_main(void)
{
	runtime_enable_mmu();
	gic_init();
	gic_init_cpu();
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm_virtual(counter_read());
	smccc_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
}
