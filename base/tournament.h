/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tournament over up to 64 keys: the least key is always at hand, changing one costs a walk to the root of at most
 * three rounds. Four keys meet in each match, so that the cost hardly grows with the number of keys. The owner holds
 * the nodes:
 *
 *      0                      root: the least key
 *      1  2  3  4             children of node i: 4i+1 .. 4i+4
 *      5 ... 20               the last row are the leaves: the keys themselves
 *
 * Pure; the caller owns the nodes. TOURNAMENT_NONE is the key of an empty leaf, and the answer when all are.
 */
#ifndef BASE_TOURNAMENT_H
#define BASE_TOURNAMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"

#define TOURNAMENT_NONE UINT64_MAX
#define TOURNAMENT_ROUNDS 3
#define TOURNAMENT_NODES 85U /* of 64 leaves */

/* The index of the first leaf of a tournament of `count` (1 to 64) keys: it has 1, 4, 16 or 64 leaves. */
static inline uint32_t tournament_first_leaf(uint32_t count)
{
	if (count <= 1)
		return 0;
	if (count <= 4)
		return 1;
	return count <= 16 ? 5 : 21;
}

/* Nodes of a tournament whose first leaf this is: 1, 5, 21 or 85. */
static inline uint32_t tournament_nodes(uint32_t first_leaf) { return 4 * first_leaf + 1; }

static inline uint64_t tournament_less(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Sets the key of a leaf. */
static inline void tournament_set(uint64_t *node, uint32_t first_leaf, uint32_t leaf, uint64_t key)
{
	uint32_t i = first_leaf + leaf;

	node[i] = key;
	while (i != 0) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		i = (i - 1) / 4;
		const uint64_t *child = &node[4 * i + 1];
		uint64_t least =
			tournament_less(tournament_less(child[0], child[1]), tournament_less(child[2], child[3]));
		if (node[i] == least)
			return;
		node[i] = least;
	}
}

/* The leaf that holds the least key, the lowest of equals. There must be a key. */
static inline uint32_t tournament_leaf(const uint64_t *node, uint32_t first_leaf)
{
	uint64_t least = node[0];
	uint32_t i = 0;

	while (i < first_leaf) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		i = 4 * i + 1;
		if (node[i] != least && node[++i] != least && node[++i] != least)
			++i;
	}
	return i - first_leaf;
}

#endif
