/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow graph of one procedure: basic blocks reached from an entry, dominators, and the nest of natural loops. What an instruction
 * leads to is asked of the caller, so that this part knows neither images nor calls.
 *
 * Dominators: Cooper, Harvey, Kennedy 2001. Loops with one header are one loop. Loop 0 is the procedure as a whole.
 */
#ifndef TOOLS_TAKT_BOUND_GRAPH_H
#define TOOLS_TAKT_BOUND_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where an edge leads when not to a block. */
#define BOUND_TO_RETURN (-1) /* out of the procedure, to its caller */
#define BOUND_TO_END (-2)    /* the end of the step: ERET, WFI */

struct bound_out {
	uint64_t target;    /* address, when is_block */
	uint64_t cost;      /* of what is called on this way, 0 without a call */
	const void *callee; /* for the one who reports paths; the graph carries it only */
	bool falls;         /* the target is the next instruction, reached because it is the next */
	int to;             /* BOUND_TO_RETURN, BOUND_TO_END, or 0: to the target */
};

/* What an instruction leads to. Without outs: nothing that counts comes behind it. */
struct bound_flow {
	bool is_plain; /* the next instruction and nothing else; outs are not looked at */
	unsigned count;
	struct bound_out outs[3];
};

struct bound_code {
	uint64_t base;     /* address of the first word */
	size_t word_count; /* no address that a flow names lies outside */
};

typedef struct bound_flow bound_flow_of(void *context, uint64_t address);

struct bound_edge {
	int to;        /* a block's index, or BOUND_TO_... */
	uint64_t cost; /* the block's own instructions and what is called */
	const void *callee;
	bool falls;
};

struct bound_block {
	uint64_t start;
	uint32_t count; /* instructions */
	unsigned edge_count;
	struct bound_edge edges[3];
	unsigned entries;  /* edges that lead here; the procedure's entry has one more */
	int order;         /* in reverse postorder */
	int dominator;     /* immediate; the entry's is itself */
	int loop;          /* the innermost one */
	uint64_t distance; /* bound_path.h */
	int from;
	unsigned via;
};

/* A way out of a loop, or once around: the last node on its level, and which of that node's ways out. */
struct bound_exit {
	int to;
	uint64_t cost; /* from the entry of the loop */
	uint64_t rounds;
	int from;
	unsigned via;
};

struct bound_loop {
	int header;
	int parent; /* -1 for loop 0 */
	bool *has;  /* by block */
	size_t size;
	uint64_t bound;    /* the body runs at most so often */
	const char *place; /* of its declaration; null without */
	uint64_t cycle;    /* the longest way once around */
	struct bound_exit around;
	struct bound_exit *exits;
	size_t exit_count;
};

struct bound_graph {
	int entry;
	struct bound_block *blocks; /* by address */
	int block_count;
	int *ordered; /* blocks in reverse postorder */
	struct bound_loop *loops;
	int loop_count;
	uint64_t irreducible; /* address of a second entry into a cycle; 0: none, the rest is valid only then */
};

void bound_graph_init(struct bound_graph *graph, const struct bound_code *code, uint64_t entry, bound_flow_of *flow,
		      void *context);
void bound_graph_fini(struct bound_graph *graph);

/* The block with the instruction at address, or -1. */
int bound_graph_find(const struct bound_graph *graph, uint64_t address);
/* Who comes to the header of loop from outside of it comes from the instruction in front. */
bool bound_graph_falls_into(const struct bound_graph *graph, const struct bound_loop *loop);
/* Every way from the entry to block leads through by. */
bool bound_graph_dominates(const struct bound_graph *graph, int by, int block);

#endif
