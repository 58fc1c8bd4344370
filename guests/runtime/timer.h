/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic timers of EL1: virtual (CNTV, PPI 27) and physical (CNTP, PPI 30), and the unit of their counters.
 * Compare values are absolute, so that periodic work does not drift.
 */
#ifndef GUESTS_RUNTIME_TIMER_H
#define GUESTS_RUNTIME_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/runtime/sysreg.h"

#define TIMER_VIRTUAL_INTID 27U
#define TIMER_PHYSICAL_INTID 30U

#define TIMER_CTL_ENABLE 1U
#define TIMER_CTL_IMASK 2U
#define TIMER_CTL_ISTATUS 4U

#define NS_PER_SECOND UINT64_C(1000000000)

static inline uint64_t counter_read(void) { return sysreg_read(cntvct_el0); }
static inline uint64_t counter_hz(void) { return sysreg_read(cntfrq_el0); }

/* Rounds down; the span may be years. */
static inline uint64_t ticks_from_ns(uint64_t ns)
{
	uint64_t hz = counter_hz();

	return ns / NS_PER_SECOND * hz + ns % NS_PER_SECOND * hz / NS_PER_SECOND;
}

static inline uint64_t ns_from_ticks(uint64_t ticks)
{
	uint64_t hz = counter_hz();

	return ticks / hz * NS_PER_SECOND + ticks % hz * NS_PER_SECOND / hz;
}

/* Arms the virtual timer for an absolute counter value. */
static inline void timer_arm_virtual(uint64_t cval)
{
	sysreg_write(cntv_cval_el0, cval);
	sysreg_write(cntv_ctl_el0, TIMER_CTL_ENABLE);
	isb();
}

static inline void timer_disarm_virtual(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static inline void timer_arm_physical(uint64_t cval)
{
	sysreg_write(cntp_cval_el0, cval);
	sysreg_write(cntp_ctl_el0, TIMER_CTL_ENABLE);
	isb();
}

static inline void timer_disarm_physical(void)
{
	sysreg_write(cntp_ctl_el0, 0);
	isb();
}

/* Spins until the counter has advanced by ns. */
static inline void timer_delay_ns(uint64_t ns)
{
	uint64_t end = counter_read() + ticks_from_ns(ns);

	while (counter_read() < end)
		isb();
}

#endif
