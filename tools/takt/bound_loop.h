/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records bound which loop, and how often its counted nodes are visited.
 *
 * A record is an address and costs no instruction. So the record of an outer loop whose body begins with an inner loop
 * seems to lie in the inner one; two nested loops can be one machine loop; and a compiler makes several machine loops,
 * also nested ones, of one source loop, or none of an inner one that it unrolled:
 * - records of one place in a loop are copies that the compiler made; together they run at most n times;
 * - a record at a loop's head may be that of the loop around it. Each loop has one, and outer ones are emitted first:
 * where that tells whose it is, it is his; else it counts for both;
 * - a loop inside a loop with the same place, or inside a loop without records every way around which leads through it,
 * is a part of that loop: one source loop. (No function calls itself, so none is inlined into a loop of its own);
 * - a loop with records of several places and one way back is one source loop, and the greatest n is safe; with several
 * ways back it may be several nested ones: the product of all n + 1.
 *
 * This relies on one thing that no image shows: each loop in the source has a LOOP_BOUND as its first statement.
 */
#ifndef TOOLS_TAKT_BOUND_LOOP_H
#define TOOLS_TAKT_BOUND_LOOP_H

#include "tools/takt/bound_path.h"

/* The records of one loop: indices, in order of emission. */
struct bound_own {
	size_t *records;
	size_t count;
};

struct bound_loops {
	struct bound_graph *graph;
	const struct bound_record *records;
	struct bound_own *own; /* by loop */
};

void bound_loops_init(struct bound_loops *loops, struct bound_graph *graph, const struct bound_record *records,
		      size_t record_count);
void bound_loops_fini(struct bound_loops *loops);

/*
 * Decides the loop's parts, counted nodes, visits and place; the loops inside were decided and solved before. In a loop
 * with a fault the headers are counted, and visited once.
 */
enum bound_loop_fault bound_loops_decide(struct bound_loops *loops, int loop);

/*
 * The nodes of the loop that are reached from its header and its counted nodes without passing a counted one, each
 * before those that it leads to; to be freed. Null when there is a way around without a counted node.
 */
int *bound_loops_order(const struct bound_graph *graph, int loop, int *count);

#endif
