/* SPDX-License-Identifier: Apache-2.0 */
/* Flow graphs: blocks, order, dominators, loops. Deterministic: blocks are numbered by address. */
#include "tools/takt/bound_graph.h"

#include <stdlib.h>

#include "tools/takt/util.h"

/* Discovery: what is known of each word of the code. */
struct survey {
	const struct bound_code *code;
	bound_flow_of *flow;
	void *context;
	bool *seen;
	bool *leads;  /* a block begins here */
	int *flow_at; /* 1 + index into flows, for an instruction that ends a block */
	struct bound_flow *flows;
	size_t flow_count;
	uint64_t *todo;
	size_t todo_count;
};

static size_t word_of(const struct bound_code *code, uint64_t address) { return (size_t)((address - code->base) / 4); }

static void survey_lead(struct survey *s, uint64_t address)
{
	size_t word = word_of(s->code, address);
	if (s->leads[word])
		return;
	s->leads[word] = true;
	s->todo = util_resize(s->todo, s->todo_count + 1, sizeof(*s->todo));
	s->todo[s->todo_count++] = address;
}

static void survey_end_block(struct survey *s, size_t word, const struct bound_flow *flow)
{
	s->flows = util_resize(s->flows, s->flow_count + 1, sizeof(*s->flows));
	s->flows[s->flow_count++] = *flow;
	s->flow_at[word] = (int)s->flow_count;
	for (unsigned i = 0; i < flow->count; i++)
		if (flow->outs[i].to == 0)
			survey_lead(s, flow->outs[i].target);
}

static void survey_run(struct survey *s, uint64_t entry)
{
	survey_lead(s, entry);
	while (s->todo_count != 0) {
		uint64_t address = s->todo[--s->todo_count];
		for (size_t word = word_of(s->code, address); word < s->code->word_count && !s->seen[word]; word++) {
			struct bound_flow flow = s->flow(s->context, s->code->base + 4 * word);
			s->seen[word] = true;
			if (!flow.is_plain) {
				survey_end_block(s, word, &flow);
				break;
			}
		}
	}
}

/* Blocks from the survey; edges still hold addresses' words as their target. */
static void blocks_cut(struct bound_graph *g, const struct survey *s)
{
	for (size_t word = 0; word < s->code->word_count; word++) {
		if (!s->seen[word])
			continue;
		if (s->leads[word]) {
			g->blocks = util_resize(g->blocks, (size_t)g->block_count + 1, sizeof(*g->blocks));
			g->blocks[g->block_count++] = (struct bound_block){.start = s->code->base + 4 * word};
		}
		g->blocks[g->block_count - 1].count++;
	}
}

static void block_link(struct bound_graph *g, struct bound_block *b, const struct bound_out *out)
{
	int to = out->to != 0 ? out->to : bound_graph_find(g, out->target);
	b->edges[b->edge_count++] = (struct bound_edge){to, b->count + out->cost, out->callee, out->falls};
	if (to >= 0)
		g->blocks[to].entries++;
}

static void blocks_link(struct bound_graph *g, const struct survey *s)
{
	for (int i = 0; i < g->block_count; i++) {
		struct bound_block *b = &g->blocks[i];
		size_t last = word_of(s->code, b->start) + b->count - 1;
		if (s->flow_at[last] == 0) {
			block_link(g, b,
				   &(struct bound_out){.target = b->start + 4 * (uint64_t)b->count, .falls = true});
			continue;
		}
		const struct bound_flow *flow = &s->flows[s->flow_at[last] - 1];
		for (unsigned k = 0; k < flow->count; k++)
			block_link(g, b, &flow->outs[k]);
	}
}

/* Reverse postorder by depth-first search without recursion. */
static void order_blocks(struct bound_graph *g)
{
	size_t count = (size_t)g->block_count;
	int *stack = util_alloc(count, sizeof(*stack));
	unsigned *next = util_alloc(count, sizeof(*next));
	bool *seen = util_alloc(count, sizeof(*seen));
	int depth = 0;
	int left = g->block_count;
	g->ordered = util_alloc(count, sizeof(*g->ordered));
	stack[depth++] = g->entry;
	seen[g->entry] = true;
	while (depth != 0) {
		int at = stack[depth - 1];
		struct bound_block *b = &g->blocks[at];
		if (next[at] == b->edge_count) {
			b->order = --left;
			g->ordered[left] = at;
			depth--;
			continue;
		}
		int to = b->edges[next[at]++].to;
		if (to >= 0 && !seen[to]) {
			seen[to] = true;
			stack[depth++] = to;
		}
	}
	free(stack);
	free(next);
	free(seen);
}

static int common_dominator(const struct bound_graph *g, int a, int b)
{
	while (a != b) {
		while (g->blocks[a].order > g->blocks[b].order)
			a = g->blocks[a].dominator;
		while (g->blocks[b].order > g->blocks[a].order)
			b = g->blocks[b].dominator;
	}
	return a;
}

/* One round of the data flow; true when something changed. */
static bool dominators_refine(struct bound_graph *g)
{
	bool changed = false;
	for (int i = 0; i < g->block_count; i++) {
		int at = g->ordered[i];
		for (unsigned k = 0; k < g->blocks[at].edge_count; k++) {
			int to = g->blocks[at].edges[k].to;
			if (to < 0 || to == g->entry)
				continue;
			int old = g->blocks[to].dominator;
			int now = old < 0 ? at : common_dominator(g, old, at);
			g->blocks[to].dominator = now;
			changed |= now != old;
		}
	}
	return changed;
}

static void find_dominators(struct bound_graph *g)
{
	for (int i = 0; i < g->block_count; i++)
		g->blocks[i].dominator = -1;
	g->blocks[g->entry].dominator = g->entry;
	while (dominators_refine(g))
		;
}

/* Every way from the entry to block leads through by. */
static bool dominates(const struct bound_graph *g, int by, int block)
{
	while (g->blocks[block].order > g->blocks[by].order)
		block = g->blocks[block].dominator;
	return block == by;
}

static int loop_at(struct bound_graph *g, int header)
{
	for (int i = 1; i < g->loop_count; i++)
		if (g->loops[i].header == header)
			return i;
	g->loops = util_resize(g->loops, (size_t)g->loop_count + 1, sizeof(*g->loops));
	g->loops[g->loop_count] = (struct bound_loop){.header = header, .size = 1};
	g->loops[g->loop_count].has = util_alloc((size_t)g->block_count, sizeof(bool));
	g->loops[g->loop_count].has[header] = true;
	return g->loop_count++;
}

/* Adds what reaches latch without the header: backwards, by rounds over the blocks in falling order. */
static void loop_grow(struct bound_graph *g, struct bound_loop *loop, int latch)
{
	bool changed = !loop->has[latch];
	loop->size += changed;
	loop->has[latch] = true;
	while (changed) {
		changed = false;
		for (int i = g->block_count - 1; i >= 0; i--) {
			int at = g->ordered[i];
			for (unsigned k = 0; k < g->blocks[at].edge_count && !loop->has[at]; k++) {
				int to = g->blocks[at].edges[k].to;
				if (to < 0 || to == loop->header || !loop->has[to])
					continue;
				loop->has[at] = true;
				loop->size++;
				changed = true;
			}
		}
	}
}

static void find_loops(struct bound_graph *g)
{
	g->loops = util_alloc(1, sizeof(*g->loops));
	g->loops[0] = (struct bound_loop){.header = g->entry, .parent = -1, .size = SIZE_MAX};
	g->loops[0].has = util_alloc((size_t)g->block_count, sizeof(bool));
	for (int i = 0; i < g->block_count; i++)
		g->loops[0].has[i] = true;
	g->loop_count = 1;
	for (int i = 0; i < g->block_count; i++) {
		int at = g->ordered[i];
		for (unsigned k = 0; k < g->blocks[at].edge_count; k++) {
			int to = g->blocks[at].edges[k].to;
			if (to < 0 || g->blocks[to].order > g->blocks[at].order)
				continue;
			if (!dominates(g, to, at)) {
				g->irreducible = g->blocks[to].start;
				return;
			}
			int loop = loop_at(g, to);
			loop_grow(g, &g->loops[loop], at);
		}
	}
}

/* The smallest loop with the block, other than except. */
static int innermost(const struct bound_graph *g, int block, int except)
{
	int best = 0;
	for (int i = 1; i < g->loop_count; i++)
		if (i != except && g->loops[i].has[block] && g->loops[i].size < g->loops[best].size)
			best = i;
	return best;
}

static void nest_loops(struct bound_graph *g)
{
	for (int i = 1; i < g->loop_count; i++)
		g->loops[i].parent = innermost(g, g->loops[i].header, i);
	for (int i = 0; i < g->block_count; i++)
		g->blocks[i].loop = innermost(g, i, 0);
}

void bound_graph_init(struct bound_graph *graph, const struct bound_code *code, uint64_t entry, bound_flow_of *flow,
		      void *context)
{
	struct survey s = {.code = code, .flow = flow, .context = context};
	s.seen = util_alloc(code->word_count, sizeof(*s.seen));
	s.leads = util_alloc(code->word_count, sizeof(*s.leads));
	s.flow_at = util_alloc(code->word_count, sizeof(*s.flow_at));
	survey_run(&s, entry);
	*graph = (struct bound_graph){0};
	blocks_cut(graph, &s);
	blocks_link(graph, &s);
	graph->entry = bound_graph_find(graph, entry);
	graph->blocks[graph->entry].entries++;
	order_blocks(graph);
	find_dominators(graph);
	find_loops(graph);
	if (graph->irreducible == 0)
		nest_loops(graph);
	free(s.seen);
	free(s.leads);
	free(s.flow_at);
	free(s.flows);
	free(s.todo);
}

void bound_graph_fini(struct bound_graph *graph)
{
	for (int i = 0; i < graph->loop_count; i++) {
		free(graph->loops[i].has);
		free(graph->loops[i].counted);
		free(graph->loops[i].first);
		free(graph->loops[i].later);
		free(graph->loops[i].exits);
	}
	free(graph->loops);
	free(graph->ordered);
	free(graph->blocks);
	*graph = (struct bound_graph){0};
}

int bound_graph_find(const struct bound_graph *graph, uint64_t address)
{
	int low = 0;
	int high = graph->block_count;
	while (low < high) {
		int middle = low + (high - low) / 2;
		const struct bound_block *b = &graph->blocks[middle];
		if (address < b->start)
			high = middle;
		else if (address >= b->start + 4 * (uint64_t)b->count)
			low = middle + 1;
		else
			return middle;
	}
	return -1;
}

int bound_graph_inner(const struct bound_graph *graph, int loop, int block)
{
	int inner = graph->blocks[block].loop;
	while (inner != loop && graph->loops[inner].parent != loop)
		inner = graph->loops[inner].parent;
	return inner;
}

bool bound_graph_is_node(const struct bound_graph *graph, int loop, int block)
{
	if (!graph->loops[loop].has[block])
		return false;
	int inner = bound_graph_inner(graph, loop, block);
	return inner == loop || graph->loops[inner].header == block;
}

void bound_graph_merge(struct bound_graph *graph, int loop, int inner)
{
	graph->loops[inner].is_part = true;
	for (int i = 0; i < graph->block_count; i++)
		if (graph->blocks[i].loop == inner)
			graph->blocks[i].loop = loop;
	for (int i = 1; i < graph->loop_count; i++)
		if (graph->loops[i].parent == inner)
			graph->loops[i].parent = loop;
}
