/* SPDX-License-Identifier: Apache-2.0 */
/* For guests that take no interrupts: sleeping until a time. */
#ifndef GUESTS_RUNTIME_SLEEP_H
#define GUESTS_RUNTIME_SLEEP_H

#include <stdint.h>

#include "guests/runtime/gic.h"
#include "guests/runtime/timer.h"

/*
 * With interrupts masked, and TIMER_VIRTUAL_INTID enabled, as the only one. The timer's interrupt ends the WFI and is
 * acknowledged here: one that stays pending while its timer is armed anew would keep the next WFI from sleeping.
 */
static inline void sleep_until(uint64_t when)
{
	unsigned intid;

	timer_arm_virtual(when);
	while (counter_read() < when) /* WFI may end without cause */
		wfi();
	timer_disarm_virtual();
	intid = gic_acknowledge();
	if (intid != GIC_INTID_SPURIOUS)
		gic_end(intid);
}

#endif
