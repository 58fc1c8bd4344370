/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-random numbers that are the same in each run: xorshift64* (Marsaglia 2003; Vigna 2016). */
#ifndef GUESTS_RUNTIME_RANDOM_H
#define GUESTS_RUNTIME_RANDOM_H

#include <stdint.h>

/* State must not be 0. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Uniform in [low, high], up to a bias of less than 2^-32; high - low < 2^32. */
static inline uint64_t random_between(uint64_t *state, uint64_t low, uint64_t high)
{
	return low + ((random_next(state) >> 32) * (high - low + 1) >> 32);
}

#endif
