/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time: how long a vCPU could have run and did not, as DEN0057A, chapter 4, tells a guest of it. It begins
 * to count when the vCPU is taken off its CPU while it had more to do, or when what it waited for comes, its own timer
 * or anything else; it ends when the vCPU runs. What it does not count: waiting, a vCPU that is off or paused.
 *
 *   runs --preempted at t--> due = t       --runs--> stolen += now - due
 *   runs --waits until t---> due = t
 *                            due = min(due, now)  when it is woken before
 *
 * Each function some instructions. Caller: the vCPU's CPU; of pvtime_init and pvtime_reset whoever has it while it is
 * off.
 */
#ifndef LOGIC_ARM_PVTIME_H
#define LOGIC_ARM_PVTIME_H

#include <stdint.h>

#include "base/types.h"

/* One for each vCPU, 4.2.2: the guest reads it, in memory of its own map. Little-endian. */
struct pvtime_record {
	uint32_t revision;   /* 0 */
	uint32_t attributes; /* 0 */
	uint64_t stolen_ns;  /* changes by one store */
	uint8_t zero[48];
};

_Static_assert(sizeof(struct pvtime_record) == 64, "the next one is 64-aligned too");

struct pvtime {
	struct pvtime_record *record;
	ticks_t due; /* while it does not run: since when it can, or from when on it could */
	uint64_t stolen_ticks;
	uint64_t ns_per_tick; /* 2^32 to the unit */
};

/* Rounded down: at 1 GHz or less, of a year less than 10 ms are missing. */
static inline void pvtime_init(struct pvtime *t, struct pvtime_record *record, uint64_t counter_hz)
{
	t->record = record;
	t->due = TICKS_NEVER;
	t->ns_per_tick = (UINT64_C(1000000000) << 32) / counter_hz;
}

/* Another life of its VM begins. */
static inline void pvtime_reset(struct pvtime *t)
{
	t->due = TICKS_NEVER;
	t->stolen_ticks = 0;
	__atomic_store_n(&t->record->stolen_ns, 0, __ATOMIC_RELAXED); /* orders nothing: it is one value */
}

/* It runs no more: since when, or when, it could again. */
static inline void pvtime_leave(struct pvtime *t, ticks_t due) { t->due = due; }

/* What it waited for has come. */
static inline void pvtime_wake(struct pvtime *t, ticks_t now) { t->due = ticks_min(t->due, now); }

/* It runs, or can't any more. */
static inline void pvtime_come(struct pvtime *t, ticks_t now)
{
	__extension__ typedef unsigned __int128 wide_t;
	if (!ticks_before(t->due, now))
		return;
	t->stolen_ticks += now.raw - t->due.raw;
	t->due = TICKS_NEVER;
	uint64_t ns = (uint64_t)((wide_t)t->stolen_ticks * t->ns_per_tick >> 32);
	__atomic_store_n(&t->record->stolen_ns, ns, __ATOMIC_RELAXED); /* the guest is told nothing else by it */
}

#endif
