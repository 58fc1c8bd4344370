/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers of a test (xorshift64*), from a seed that it prints; TAKT_SEED sets it. */
#ifndef TESTS_PROP_RANDOM_H
#define TESTS_PROP_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t seed;

static inline void random_begin(void)
{
	const char *given = getenv("TAKT_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	printf("# TAKT_SEED=%" PRIu64 "\n", seed);
	seed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static inline uint64_t random_word(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static inline uint64_t between(uint64_t low, uint64_t high) { return low + random_word() % (high - low + 1); }

#endif
