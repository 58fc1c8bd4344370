/* SPDX-License-Identifier: Apache-2.0 */
/* Services that are programs of their own: how they are told of things, and what they ask for. On their CPU, interrupts
 * masked. */
#ifndef CORE_DRIVER_H
#define CORE_DRIVER_H

#include "core/core.h"

/* Sets bits that SVC_WAIT answers, and ends the wait. Without a driver (NULL) nothing happens. */
void driver_notify(struct cpu *cpu, struct driver *driver, uint32_t bits, ticks_t now);

/* Nothing is left for it to do, and not merely no budget to do it with. */
static inline bool driver_is_idle(const struct driver *driver)
{
	return driver == NULL || driver->is_waiting || driver->context.stats->state == STATS_CONTEXT_STOPPED;
}

/* The driver's SVC of this number; its arguments are in its frame. */
void driver_call(struct cpu *cpu, struct driver *driver, uint32_t function, ticks_t now);

/* The driver broke its contract and stays off: its consoles fall silent, VMs go on. */
void driver_fail(struct cpu *cpu, struct driver *driver, ticks_t now);

#endif
