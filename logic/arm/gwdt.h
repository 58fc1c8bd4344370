/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Generic Watchdog's registers and its two stages (DEN0094, Arm Base System Architecture, appendix on the Generic
 * Watchdog), version 1: the offset has 48 bits. Time is the system counter.
 *
 *             enabled, or any explicit refresh: compare = now + offset
 *                 v
 *            +-> WATCHING --counter > compare--> WS0, compare = now + offset --counter > compare--> WS1
 *            '------- explicit refresh: a write of WRR, WCS or WOR --'--------------------------------'
 *
 * WS0 is a level, the interrupt of the guest; what WS1 does is the caller's business. Who looks late finds one timeout:
 * the second period begins when the first was noticed, so the guest has all of it from the interrupt on.
 *
 * Pure, constant time. The owner says when: gwdt_advance before each access, and at the time that gwdt_due names.
 */
#ifndef LOGIC_ARM_GWDT_H
#define LOGIC_ARM_GWDT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

#define GWDT_FRAME_BYTES 4096U

/* A page of registers each. */
enum gwdt_frame {
	GWDT_REFRESH,
	GWDT_CONTROL,
};

/* All zero: as after a cold reset. */
struct gwdt {
	uint64_t offset;  /* WOR: 48 bits */
	uint64_t compare; /* WCV */
	bool enabled;     /* WCS.EN */
	bool ws0, ws1;    /* the signals; only while it is enabled */
};

/* Takes a timeout, if one has come: at most one in a call. */
void gwdt_advance(struct gwdt *w, ticks_t now);

/* Its period begins anew, and its signals stay: time stood still for the guest. */
void gwdt_restart(struct gwdt *w, ticks_t now);

/* When gwdt_advance has something to do; TICKS_NEVER: not before the next access. */
ticks_t gwdt_due(const struct gwdt *w);

/*
 * A load or store of `bytes`, 1 to 8, at an offset in a frame. Registers are of 4 bytes, and two neighbours may be
 * accessed as one of 8; of others and of smaller parts, loads are zero and stores nothing.
 */
uint64_t gwdt_read(const struct gwdt *w, enum gwdt_frame frame, uint64_t offset, uint32_t bytes);
void gwdt_write(struct gwdt *w, enum gwdt_frame frame, uint64_t offset, uint32_t bytes, uint64_t value, ticks_t now);

#endif
