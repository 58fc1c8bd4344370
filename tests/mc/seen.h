/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which states an exploration has met: an open hash table of their digests, 2^SEEN_BITS of them, SEEN_BITS defined by
 * whoever includes this. A full table ends the test.
 */
#ifndef TESTS_MC_SEEN_H
#define TESTS_MC_SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seen[1U << SEEN_BITS];
static uint64_t states; /* met so far */

static uint64_t digest_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Whether a state, by its digest, which is not 0, has not been met before; it has been from now on. */
static bool is_new(uint64_t h)
{
	uint64_t i = h >> (64 - SEEN_BITS);

	for (; seen[i] != 0; i = (i + 1) & ((1U << SEEN_BITS) - 1))
		if (seen[i] == h)
			return false;
	if (++states == (1U << SEEN_BITS) * 3 / 4) {
		fprintf(stderr, "the table is full\n");
		exit(1);
	}
	seen[i] = h;
	return true;
}

static void forget(void)
{
	memset(seen, 0, sizeof(seen));
	states = 0;
}

#endif
