/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest path through a procedure whose loops have bounds.
 *
 * Loops are collapsed from the innermost outwards. In a loop whose body runs at most n times the nodes with its records
 * are the counted ones: every way around leads through one, and they are visited N times in all, N being n in the
 * common case. With I the longest way from the loop's header to a counted node, W the longest from one to the next, and
 * E the longest from one to an exit, leaving by that exit costs I + (N - 1) * W + E.
 */
#ifndef TOOLS_TAKT_BOUND_PATH_H
#define TOOLS_TAKT_BOUND_PATH_H

#include <stdint.h>

#include "tools/takt/bound_graph.h"

#define BOUND_NONE UINT64_MAX           /* there is no such path */
#define BOUND_LIMIT (UINT64_C(1) << 60) /* costs saturate here */

/* A declaration: the body around address runs at most bound times per entry of its loop. */
struct bound_record {
	uint64_t address;
	uint64_t bound;
	const char *place; /* FILE:LINE#SERIAL, the loop's identity */
};

enum bound_loop_fault {
	BOUND_LOOP_FINE,
	BOUND_LOOP_UNDECLARED, /* no record inside */
	BOUND_LOOP_UNCOUNTED   /* a way around it that passes no record */
};

/* Called for each loop that is not bounded, with the address of its header. */
typedef void bound_loop_refuse(void *context, enum bound_loop_fault fault, uint64_t header);

/*
 * Gives each loop of graph its bound from records (in the order in which they were emitted), then computes every exit's
 * cost; those of loop 0 are the procedure's. A refused loop counts as one that is never gone around, so that one run
 * finds all of them.
 */
void bound_path_solve(struct bound_graph *graph, const struct bound_record *records, size_t record_count,
		      bound_loop_refuse *refuse, void *context);

/* The cost of the longest path to BOUND_TO_RETURN or BOUND_TO_END, or BOUND_NONE. */
uint64_t bound_path_cost(const struct bound_graph *graph, int to);
/* The exit of loop that leads to, or null. */
const struct bound_exit *bound_path_exit(const struct bound_loop *loop, int to);

/* The ways out of a node on a loop's own level: a block's edges, or the exits of the loop that it stands for. */
struct bound_way {
	int to;
	uint64_t cost;
};
unsigned bound_path_way_count(const struct bound_graph *graph, int loop, int node);
struct bound_way bound_path_way(const struct bound_graph *graph, int loop, int node, unsigned via);

/* a + b and a * b, saturating at BOUND_LIMIT. */
uint64_t bound_sum(uint64_t a, uint64_t b);
uint64_t bound_product(uint64_t a, uint64_t b);

#endif
