/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks through an image across calls: what a procedure costs from its entry to its return, and to the end of a step. A
 * jump to another function is part of the procedure that jumps; a call is a procedure of its own, computed once.
 */
#ifndef TOOLS_TAKT_BOUND_WALK_H
#define TOOLS_TAKT_BOUND_WALK_H

#include "tools/takt/bound_book.h"

struct bound_procedure {
	uint64_t entry;
	bool is_solved;
	struct bound_graph graph;
	uint64_t returns; /* instructions of the longest path to its return; BOUND_NONE */
	uint64_t ends;    /* the same to the end of the step inside */
};

/* Where exits are dispatched: the indirect calls of that function reach one handler only. */
struct bound_dispatch {
	const struct bound_symbol *function; /* null: no restriction */
	uint64_t handler;
};

struct bound_walk {
	struct bound_book *book;
	struct bound_dispatch dispatch;
	struct bound_procedure **procedures; /* by word of the entry */
	uint64_t *active;                    /* entries of what is being solved, outermost first */
	size_t active_count;
};

void bound_walk_init(struct bound_walk *walk, struct bound_book *book, struct bound_dispatch dispatch);
void bound_walk_fini(struct bound_walk *walk);

/* The procedure that begins at entry, an address with code. What is refused goes to the book. */
const struct bound_procedure *bound_walk_procedure(struct bound_walk *walk, uint64_t entry);

/*
 * What the call or the indirect jump at site, in code that was walked, may lead to: calls visit for each target that
 * counts.
 */
typedef void bound_walk_visit(void *context, const struct bound_procedure *target);
void bound_walk_targets(struct bound_walk *walk, uint64_t site, bound_walk_visit *visit, void *context);

#endif
