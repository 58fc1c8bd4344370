/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the choices that bound_path.c noted, last to first, and prints them first to last. */
#include "tools/takt/bound_trace.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

struct tracer {
	FILE *out;
	struct bound_book *book;
	/* Blocks of one function in a row are one line; this is the one not yet printed. */
	uint64_t cost;
	int depth;
	struct bound_place first;
	int last_line;
	char *where;
};

static void flush(struct tracer *t)
{
	if (t->cost == 0)
		return;
	fprintf(t->out, "%8llu  %*s%s", (unsigned long long)t->cost, 2 * t->depth, "",
		t->first.function != NULL ? t->first.function : t->where);
	if (t->first.file != NULL && t->last_line != t->first.line)
		fprintf(t->out, "  %s:%d..%d", t->first.file, t->first.line, t->last_line);
	else if (t->first.file != NULL)
		fprintf(t->out, "  %s:%d", t->first.file, t->first.line);
	fputc('\n', t->out);
	free(t->where);
	t->where = NULL;
	t->cost = 0;
}

static bool is_same(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

static void add_block(struct tracer *t, const struct bound_block *b, int depth)
{
	struct bound_place place = bound_source_find(t->book->source, b->start);
	bool joins = t->cost != 0 && t->depth == depth && place.function != NULL &&
		     is_same(place.function, t->first.function) && is_same(place.file, t->first.file);
	if (!joins) {
		flush(t);
		t->first = place;
		t->depth = depth;
		t->where = bound_image_describe(t->book->image, b->start);
	}
	t->cost += b->count;
	if (place.line != 0)
		t->last_line = place.line; /* line 0: the compiler's own */
}

static void trace_procedure(struct tracer *t, const struct bound_procedure *p, int to, int depth);

/* The way to the end of exit, over nodes reached in visits. */
static void trace_way(struct tracer *t, const struct bound_graph *g, int loop, const struct bound_visit *visits,
		      const struct bound_exit *exit, int depth);

static void trace_part(struct tracer *t, const struct bound_graph *g, int loop, const struct bound_visit *visits,
		       const struct bound_exit *exit, int depth, const char *title)
{
	if (exit->from < 0)
		return;
	flush(t);
	fprintf(t->out, "%8s  %*s%s\n", "", 2 * depth, "", title);
	trace_way(t, g, loop, visits, exit, depth + 1);
	flush(t);
}

static void trace_loop(struct tracer *t, const struct bound_graph *g, int loop, const struct bound_exit *exit,
		       int depth)
{
	const struct bound_loop *l = &g->loops[loop];
	uint64_t turns = exit->is_counted ? l->visits - 1 : 0;
	flush(t);
	fprintf(t->out, "%8llu  %*sloop %s", (unsigned long long)exit->cost, 2 * depth, "",
		l->place != NULL ? l->place : "?");
	if (turns != 0 && l->around.from >= 0)
		fprintf(t->out, ": %llu times around at %llu", (unsigned long long)turns,
			(unsigned long long)l->around.cost);
	fputc('\n', t->out);
	if (exit->is_counted)
		trace_part(t, g, loop, l->first, &l->in, depth, "in:");
	if (turns != 0)
		trace_part(t, g, loop, l->later, &l->around, depth, "around:");
	trace_part(t, g, loop, exit->is_counted ? l->later : l->first, exit, depth, "out:");
}

static void trace_node(struct tracer *t, const struct bound_graph *g, int loop, int node, unsigned via, int depth)
{
	int inner = bound_graph_inner(g, loop, node);
	const struct bound_block *b = &g->blocks[node];
	if (inner != loop) {
		trace_loop(t, g, inner, &g->loops[inner].exits[via], depth);
		return;
	}
	add_block(t, b, depth);
	const struct bound_procedure *callee = b->edges[via].callee;
	if (callee == NULL)
		return;
	flush(t);
	char *name = bound_image_describe(t->book->image, callee->entry);
	fprintf(t->out, "%8llu  %*scall %s\n", (unsigned long long)(b->edges[via].cost - b->count), 2 * depth, "",
		name);
	free(name);
	bool is_end = b->edges[via].to == BOUND_TO_END;
	trace_procedure(t, callee, is_end ? BOUND_TO_END : BOUND_TO_RETURN, depth + 1);
}

static void trace_way(struct tracer *t, const struct bound_graph *g, int loop, const struct bound_visit *visits,
		      const struct bound_exit *exit, int depth)
{
	int *nodes = util_alloc((size_t)g->block_count, sizeof(*nodes));
	unsigned *vias = util_alloc((size_t)g->block_count, sizeof(*vias));
	int count = 0;
	unsigned via = exit->via;
	for (int node = exit->from; node >= 0; node = visits[node].from) {
		nodes[count] = node;
		vias[count++] = via;
		via = visits[node].via;
	}
	while (count-- > 0)
		trace_node(t, g, loop, nodes[count], vias[count], depth);
	free(nodes);
	free(vias);
}

static void trace_procedure(struct tracer *t, const struct bound_procedure *p, int to, int depth)
{
	if (p->graph.irreducible != 0)
		return;
	const struct bound_exit *exit = bound_path_exit(&p->graph.loops[0], to);
	if (exit != NULL)
		trace_way(t, &p->graph, 0, p->graph.loops[0].first, exit, depth);
	flush(t);
}

void bound_trace_print(FILE *out, struct bound_book *book, const struct bound_procedure *procedure, int to)
{
	struct tracer t = {.out = out, .book = book};
	trace_procedure(&t, procedure, to, 0);
}
