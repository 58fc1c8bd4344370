/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tournament over up to 64 keys: the least key is always at hand, changing one costs a walk to the root of at most
 * two rounds. Eight keys meet in each match, so that the cost hardly grows with the number of keys; a match is looked
 * at as a whole only when its winner leaves. The owner holds the nodes:
 *
 *      0                      root: the least key
 *      1 ... 8                children of node i: 8i+1 .. 8i+8
 *      9 ... 72               the last row are the leaves: the keys themselves
 *
 * Pure; the caller owns the nodes. TOURNAMENT_NONE is the key of an empty leaf, and the answer when all are.
 */
#ifndef BASE_TOURNAMENT_H
#define BASE_TOURNAMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"

#define TOURNAMENT_NONE UINT64_MAX
#define TOURNAMENT_WIDTH 8U
#define TOURNAMENT_ROUNDS 2U
#define TOURNAMENT_NODES 73U /* of 64 leaves */

/* The index of the first leaf of a tournament of `count` (1 to 64) keys: it has 1, 8 or 64 leaves. */
static inline uint32_t tournament_first_leaf(uint32_t count)
{
	if (count <= 1)
		return 0;
	return count <= TOURNAMENT_WIDTH ? 1 : 1 + TOURNAMENT_WIDTH;
}

/* Nodes of a tournament whose first leaf this is: 1, 9 or 73. */
static inline uint32_t tournament_nodes(uint32_t first_leaf) { return TOURNAMENT_WIDTH * first_leaf + 1; }

static inline uint64_t tournament_less(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* The least of one match. */
static inline uint64_t tournament_match(const uint64_t *key)
{
	uint64_t low = tournament_less(tournament_less(key[0], key[1]), tournament_less(key[2], key[3]));
	uint64_t high = tournament_less(tournament_less(key[4], key[5]), tournament_less(key[6], key[7]));

	return tournament_less(low, high);
}

/*
 * The key `before` of a contender in a match has become *key. False: its winner stays the same; else *key is the new
 * one. It is played again only when its winner has got a higher key.
 */
static inline bool tournament_replay(uint64_t *node, uint32_t match, uint64_t before, uint64_t *key)
{
	uint64_t winner = node[match];

	if (*key > winner) {
		if (before != winner)
			return false;
		*key = tournament_match(&node[TOURNAMENT_WIDTH * match + 1]);
	}
	node[match] = *key;
	return *key != winner;
}

/* The key of leaf node `i` was `before`, and is another: whoever it met is asked again. Out of line: it is called from
 * many places. */
static __attribute__((noinline)) void tournament_climb(uint64_t *node, uint32_t i, uint64_t before)
{
	uint32_t match = (i - 1) / TOURNAMENT_WIDTH;
	uint64_t key = node[i];
	uint64_t winner = node[match];

	if (tournament_replay(node, match, before, &key) && match != 0)
		(void)tournament_replay(node, 0, winner, &key);
}

/* Sets the key of a leaf. */
static inline void tournament_set(uint64_t *node, uint32_t first_leaf, uint32_t leaf, uint64_t key)
{
	uint64_t before = node[first_leaf + leaf];

	node[first_leaf + leaf] = key;
	if (first_leaf != 0)
		tournament_climb(node, first_leaf + leaf, before);
}

/* The first of a match that has the key `least`, which is one of the eight. Without a loop: most winners are early
 * ones, and the last costs no more than three times as much. */
static inline uint32_t tournament_first(const uint64_t *key, uint64_t least)
{
	if (key[0] == least)
		return 0;
	if (key[1] == least)
		return 1;
	if (key[2] == least)
		return 2;
	if (key[3] == least)
		return 3;
	if (key[4] == least)
		return 4;
	if (key[5] == least)
		return 5;
	return key[6] == least ? 6 : 7;
}

/* The leaf that holds the least key, the lowest of equals. There must be a key. */
static inline uint32_t tournament_leaf(const uint64_t *node, uint32_t first_leaf)
{
	uint64_t least = node[0];
	uint32_t i = 0;

	while (i < first_leaf) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		i = TOURNAMENT_WIDTH * i + 1;
		i += tournament_first(&node[i], least);
	}
	return i - first_leaf;
}

#endif
