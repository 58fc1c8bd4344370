/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic changes of words that several CPUs write. The order is part of each name: `publish` makes all that was written
 * before visible to whoever takes or loads the word with `acquire` afterwards; callers name their partner.
 *
 * Each is a loop of one attempt (a load-exclusive and a store-exclusive on Armv8.0) that fails only when another CPU
 * got through in between, or an interrupt took the reservation, which is masked at EL2.
 */
#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"

#define ATOMIC_TRIES 16U /* each of 15 other CPUs gets through once before */

/* One attempt to change *at from *old to value; false: *old is what is there, perhaps the same. */
static inline bool atomic_try64(uint64_t *at, uint64_t *old, uint64_t value)
{
	return __atomic_compare_exchange_n(at, old, value, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Sets bits; what was written before is published with them. Answers what was there. */
static inline uint64_t atomic_publish_bits(uint64_t *at, uint64_t bits)
{
	uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
	while (!atomic_try64(at, &old, old | bits))
		LOOP_BOUND(ATOMIC_TRIES);
	return old;
}

/* Takes all bits away and answers them, with all that was published with them (acquire). */
static inline uint64_t atomic_take_bits(uint64_t *at)
{
	uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
	while (old != 0 && !atomic_try64(at, &old, 0))
		LOOP_BOUND(ATOMIC_TRIES);
	return old;
}

/* Clears some (acquire), and answers those that are left. */
static inline uint64_t atomic_clear_bits(uint64_t *at, uint64_t bits)
{
	uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
	while (!atomic_try64(at, &old, old & ~bits))
		LOOP_BOUND(ATOMIC_TRIES);
	return old & ~bits;
}

/* Changes 0 to value (acquire, release). False: it was something else, and stays it. */
static inline bool atomic_claim(uint64_t *at, uint64_t value)
{
	uint64_t old = 0;
	while (!atomic_try64(at, &old, value)) {
		LOOP_BOUND(ATOMIC_TRIES);
		if (old != 0)
			return false;
	}
	return true;
}

/* Adds modulo 2^64, acquire and release, and answers the sum. */
static inline uint64_t atomic_add(uint64_t *at, uint64_t value)
{
	uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
	while (!atomic_try64(at, &old, old + value))
		LOOP_BOUND(ATOMIC_TRIES);
	return old + value;
}

#endif
