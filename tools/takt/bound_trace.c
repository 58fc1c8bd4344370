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

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

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

/* A loop inside of loop whose header is at, or null. */
static const struct bound_loop *child_at(const struct bound_graph *g, const struct bound_loop *loop, int at)
{
	const struct bound_loop *child = &g->loops[g->blocks[at].loop];
	while (child != loop && &g->loops[child->parent] != loop)
		child = &g->loops[child->parent];
	return child == loop ? NULL : child;
}

static void trace_way(struct tracer *t, const struct bound_graph *g, const struct bound_loop *loop,
		      const struct bound_exit *last, int depth);

static void trace_loop(struct tracer *t, const struct bound_graph *g, const struct bound_loop *loop,
		       const struct bound_exit *exit, int depth)
{
	flush(t);
	fprintf(t->out, "%8llu  %*sloop %s: %llu x %llu, and %llu on the way out\n", (unsigned long long)exit->cost,
		2 * depth, "", loop->place != NULL ? loop->place : "?", (unsigned long long)exit->rounds,
		(unsigned long long)loop->cycle, (unsigned long long)(exit->cost - exit->rounds * loop->cycle));
	if (exit->rounds != 0)
		trace_way(t, g, loop, &loop->around, depth + 1);
	flush(t);
	fprintf(t->out, "%8s  %*sout of it:\n", "", 2 * depth, "");
	trace_way(t, g, loop, exit, depth + 1);
}

static void trace_node(struct tracer *t, const struct bound_graph *g, const struct bound_loop *loop, int at,
		       unsigned via, int depth)
{
	const struct bound_loop *child = child_at(g, loop, at);
	const struct bound_block *b = &g->blocks[at];
	if (child != NULL) {
		trace_loop(t, g, child, &child->exits[via], depth);
		return;
	}
	add_block(t, b, depth);
	const struct bound_procedure *callee = b->edges[via].callee;
	if (callee == NULL)
		return;
	flush(t);
	char *name = bound_image_describe(t->book->image, callee->entry);
	fprintf(t->out, "%8llu  %*scall %s\n", (unsigned long long)(b->edges[via].cost - b->count), 2 * depth, "", name);
	free(name);
	trace_procedure(t, callee, b->edges[via].to == BOUND_TO_END ? BOUND_TO_END : BOUND_TO_RETURN, depth + 1);
}

/* From the header of loop by the longest way to last, which included. */
static void trace_way(struct tracer *t, const struct bound_graph *g, const struct bound_loop *loop,
		      const struct bound_exit *last, int depth)
{
	int *nodes = util_alloc((size_t)g->block_count, sizeof(*nodes));
	unsigned *vias = util_alloc((size_t)g->block_count, sizeof(*vias));
	int count = 0;
	int at = last->from;
	unsigned via = last->via;
	for (;;) {
		nodes[count] = at;
		vias[count++] = via;
		if (at == loop->header)
			break;
		via = g->blocks[at].via;
		at = g->blocks[at].from;
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
		trace_way(t, &p->graph, &p->graph.loops[0], exit, depth);
	flush(t);
}

void bound_trace_print(FILE *out, struct bound_book *book, const struct bound_procedure *procedure, int to)
{
	struct tracer t = {.out = out, .book = book};
	trace_procedure(&t, procedure, to, 0);
}
