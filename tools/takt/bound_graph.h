/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow graph of one procedure: basic blocks reached from an entry, dominators, and the nest of natural loops. What
 * an instruction leads to is asked of the caller, so that this part knows neither images nor calls.
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
	unsigned entries; /* edges that lead here; the procedure's entry has one more */
	int order;        /* in reverse postorder */
	int dominator;    /* immediate; the entry's is itself */
	int loop;         /* the innermost one */
};

/* A way out of a loop, or to one of its counted nodes: the last node on its level, and which of that node's ways out.
 */
struct bound_exit {
	int to;
	uint64_t cost;
	int from;
	unsigned via;
	bool is_counted; /* it leads through counted nodes */
};

/* How a node on a loop's own level is reached by the longest way, from the header or from a counted node. */
struct bound_visit {
	uint64_t distance; /* BOUND_NONE: it isn't */
	int from;          /* the node in front, -1 at the beginning */
	unsigned via;
};

/* What bound_path.h says about costs explains the lower half. */
struct bound_loop {
	int header;
	int parent; /* -1 for loop 0 */
	bool *has;  /* by block */
	size_t size;
	bool is_part;      /* of the loop around it, which stands for both: nothing else here is valid */
	const char *place; /* of its declaration; null without */
	bool *counted;     /* by block: nodes that are visited `visits` times in all */
	uint64_t visits;
	struct bound_visit *first; /* by block: from the header, up to a counted node */
	struct bound_visit *later; /* by block: from a counted node */
	struct bound_exit in;      /* the longest way from the header to a counted node */
	struct bound_exit around;  /* the longest way from a counted node to the next */
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
/*
 * The nodes on a loop's own level are its blocks that are in no loop inside, and the headers of loops inside, each of
 * which stands for its loop. The inner loop of a node is that loop, or the loop itself for a block.
 */
bool bound_graph_is_node(const struct bound_graph *graph, int loop, int block);
int bound_graph_inner(const struct bound_graph *graph, int loop, int block);
/* Makes inner, a child of loop, a part of it. */
void bound_graph_merge(struct bound_graph *graph, int loop, int inner);

#endif
