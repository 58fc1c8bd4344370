/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each instruction is executed in the longest step, under everything that is declared: implicit path
 * enumeration (Li, Malik 1995; Puschner, Schedl 1997). Counts of ways between blocks are the columns of a linear
 * program. What arrives at a block leaves it; a procedure is entered as often as it is called, and left by return or by
 * the step's end as often as its callers need that; counted nodes are visited at most as often as bound_path.h says for
 * each entry into their loop; and places with a STEP_BOUND at most so often in all.
 *
 * Every execution obeys all of that, so its length is at most the program's greatest value. Without STEP_BOUNDs that is
 * the longest path.
 */
#ifndef TOOLS_TAKT_BOUND_COUNT_H
#define TOOLS_TAKT_BOUND_COUNT_H

#include "tools/takt/bound_step.h"

/* Instructions in a row. */
struct bound_count_block {
	uint64_t address;
	uint32_t instructions;
	double times;
};

struct bound_count_loop {
	const char *place;
	double entries;
	double visits; /* of the counted nodes */
};

struct bound_count_call {
	uint64_t entry;
	double times;
	double instructions; /* its own */
};

struct bound_count_claim {
	const char *name;
	uint64_t most;
	double passes;
	double price;     /* instructions by which one pass more would raise the bound */
	unsigned unclear; /* places to which jumps lead, past it perhaps: these do not count as passes */
};

/* Counts are those of one longest step, in parts of a pass where several are equally long. Names are the image's. */
struct bound_counts {
	uint64_t bound;
	struct bound_count_block *blocks;
	size_t block_count;
	struct bound_count_loop *loops;
	size_t loop_count;
	struct bound_count_call *calls;
	size_t call_count;
	struct bound_count_claim *claims;
	size_t claim_count;
};

/* Of a step that has a cost, when nothing was refused. */
struct bound_counts bound_count_step(struct bound_walk *walk, const struct bound_step *step);
/* Of one call of a procedure, in one step, up to its return, or to the end of the step when it does not return. */
struct bound_counts bound_count_procedure(struct bound_walk *walk, const struct bound_procedure *procedure);
void bound_counts_fini(struct bound_counts *counts);

#endif
