/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest path through a procedure whose loops have bounds.
 *
 * Loops are collapsed from the innermost outwards. With n the bound of a loop, C the longest way once around and E the longest way from
 * its header to an exit, leaving by that exit costs n * C + E: the body ran n times, then a last partial pass. It is (n - 1) * C + E
 * where that last pass runs through the declaration for sure, because then it was one of the n.
 */
#ifndef TOOLS_TAKT_BOUND_PATH_H
#define TOOLS_TAKT_BOUND_PATH_H

#include <stdint.h>

#include "tools/takt/bound_graph.h"

#define BOUND_NONE UINT64_MAX         /* there is no such path */
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

/* Called for each loop that is not bounded; header and latch are addresses of instructions. */
typedef void bound_loop_refuse(void *context, enum bound_loop_fault fault, uint64_t header);

/*
 * Gives each loop of graph its bound from records (in the order in which they were emitted), then computes every exit's cost; those of
 * loop 0 are the procedure's. A refused loop counts as one that runs once, so that one run finds all of them.
 */
void bound_path_solve(struct bound_graph *graph, const struct bound_record *records, size_t record_count,
		      bound_loop_refuse *refuse, void *context);

/* The cost of the longest path to BOUND_TO_RETURN or BOUND_TO_END, or BOUND_NONE. */
uint64_t bound_path_cost(const struct bound_graph *graph, int to);
/* The exit of loop that leads to, or null. */
const struct bound_exit *bound_path_exit(const struct bound_loop *loop, int to);

/* a + b and a * b, saturating at BOUND_LIMIT. */
uint64_t bound_sum(uint64_t a, uint64_t b);
uint64_t bound_product(uint64_t a, uint64_t b);

#endif
