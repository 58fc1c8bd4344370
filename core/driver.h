/* SPDX-License-Identifier: Apache-2.0 */
/* Services that are programs of their own: how they are told of things, and what they ask for. On their CPU, interrupts
 * masked. */
#ifndef CORE_DRIVER_H
#define CORE_DRIVER_H

#include "core/core.h"

/* Sets bits that SVC_WAIT answers, and ends the wait, from any CPU. Without a driver (NULL) nothing happens. */
void driver_notify(struct cpu *cpu, struct driver *driver, uint32_t bits, ticks_t now);

/* At boot: it begins, on its CPU. */
void driver_start(struct cpu *cpu, struct driver *driver, ticks_t now);

/* Nothing is left for it to do, and not merely no budget to do it with; known on its own CPU, unless it is no more. */
static inline bool driver_is_idle(const struct cpu *cpu, const struct driver *driver)
{
	if (driver == NULL || driver->context.stats->state == STATS_CONTEXT_STOPPED)
		return true;
	/* What another CPU has just told it comes with a kick that is pending; `told` alone is read before that. */
	return driver->context.cpu == cpu && driver->is_waiting &&
	       __atomic_load_n(&driver->told, __ATOMIC_RELAXED) == 0;
}

/* MAIL_START, MAIL_WAKE: it begins; other CPUs have something for it. */
void driver_open(struct cpu *cpu, struct driver *driver, uint64_t mail, ticks_t now);

/* The driver's SVC of this number; its arguments are in its frame. */
void driver_call(struct cpu *cpu, struct driver *driver, uint32_t function, ticks_t now);

/* The driver broke its contract and stays off: its consoles fall silent, VMs go on. */
void driver_fail(struct cpu *cpu, struct driver *driver, ticks_t now);

#endif
