/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FIFO lock between CPUs, interrupts masked: whoever comes draws a ticket and waits for its turn, in WFE. Which locks
 * there are, in which order they may be taken and how long each is held at most: docs/design.md, section 11.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include "abi/blob.h"
#include "base/atomic.h"
#include "port/cpu.h"

struct lock {
	uint64_t next;   /* the ticket that is drawn next */
	uint64_t served; /* whose turn it is */
};

/*
 * Waits for at most one hold of each CPU that came before. A round of the wait is for an event, and each of those in
 * front sends one when it leaves: BLOB_CPU_MAX rounds. What else wakes a CPU (an event of a guest's SEV) has it look
 * once more, five instructions of the time that it waits anyway.
 */
static inline void lock_take(struct lock *lock)
{
	uint64_t ticket = atomic_add(&lock->next, 1) - 1;
	/* Acquire: what the one before wrote is seen; its partner is the release in lock_leave. */
	while (__atomic_load_n(&lock->served, __ATOMIC_ACQUIRE) != ticket) {
		LOOP_BOUND(BLOB_CPU_MAX);
		hw_event_wait();
	}
}

static inline void lock_leave(struct lock *lock)
{
	/* Release: pairs with the acquire in lock_take. Only the owner writes it. */
	__atomic_store_n(&lock->served, lock->served + 1, __ATOMIC_RELEASE);
	hw_event_send();
}

#endif
