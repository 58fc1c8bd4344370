/* SPDX-License-Identifier: Apache-2.0 */
/* Records to loops. See the header for what is decided; here is why each decision errs on the safe side. */
#include "tools/takt/bound_loop.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

uint64_t bound_sum(uint64_t a, uint64_t b)
{
	uint64_t sum;
	return __builtin_add_overflow(a, b, &sum) || sum > BOUND_LIMIT ? BOUND_LIMIT : sum;
}

uint64_t bound_product(uint64_t a, uint64_t b)
{
	uint64_t product;
	return __builtin_mul_overflow(a, b, &product) || product > BOUND_LIMIT ? BOUND_LIMIT : product;
}

static void own_add(struct bound_own *own, size_t record)
{
	own->records = util_resize(own->records, own->count + 1, sizeof(*own->records));
	own->records[own->count++] = record;
}

void bound_loops_fini(struct bound_loops *loops)
{
	for (int i = 0; i < loops->graph->loop_count; i++)
		free(loops->own[i].records);
	free(loops->own);
}

static const struct bound_record *record_at(const struct bound_loops *s, const struct bound_own *own, size_t k)
{
	return &s->records[own->records[k]];
}

static bool is_first_of_place(const struct bound_loops *s, const struct bound_own *own, size_t k)
{
	for (size_t j = 0; j < k; j++)
		if (strcmp(record_at(s, own, j)->place, record_at(s, own, k)->place) == 0)
			return false;
	return true;
}

static size_t place_count(const struct bound_loops *s, const struct bound_own *own)
{
	size_t places = 0;
	for (size_t k = 0; k < own->count; k++)
		places += is_first_of_place(s, own, k);
	return places;
}

/* The record lies at the head of loop and may as well be the loop's around it. */
static bool is_shared(const struct bound_loops *s, int loop, size_t record)
{
	const struct bound_loop *l = &s->graph->loops[loop];
	return l->parent > 0 && s->records[record].address == s->graph->blocks[l->header].start;
}

static bool has_record(const struct bound_own *own, size_t record)
{
	for (size_t k = 0; k < own->count; k++)
		if (own->records[k] == record)
			return true;
	return false;
}

/* Every record in own is one that loop and its parent share. */
static bool are_all_shared(const struct bound_loops *s, int loop, const struct bound_own *own)
{
	for (size_t k = 0; k < own->count; k++)
		if (!is_shared(s, loop, own->records[k]) || !has_record(&s->own[loop], own->records[k]))
			return false;
	return own->count != 0;
}

/* Removes from own the records of that place which loop and its parent share; never the last place. */
static bool remove_shared(struct bound_loops *s, int loop, struct bound_own *own, const char *place)
{
	size_t kept = 0;
	size_t count = own->count;
	if (place_count(s, own) < 2)
		return false;
	for (size_t k = 0; k < count; k++)
		if (!is_shared(s, loop, own->records[k]) || strcmp(record_at(s, own, k)->place, place) != 0)
			own->records[kept++] = own->records[k];
	own->count = kept;
	return kept != count;
}

/*
 * Of records at one address those emitted first are the outer loop's. An outer loop that has no others owns the first
 * place at least, an inner loop that has no others the last; what one owns the other does not, where it has something
 * else.
 */
static bool settle_pair(struct bound_loops *s, int loop)
{
	struct bound_own *inner = &s->own[loop];
	struct bound_own *outer = &s->own[s->graph->loops[loop].parent];
	bool changed = false;
	if (are_all_shared(s, loop, outer))
		changed |= remove_shared(s, loop, inner, record_at(s, outer, 0)->place);
	if (are_all_shared(s, loop, inner))
		changed |= remove_shared(s, loop, outer, record_at(s, inner, inner->count - 1)->place);
	return changed;
}

void bound_loops_init(struct bound_loops *loops, struct bound_graph *graph, const struct bound_record *records,
		      size_t record_count)
{
	*loops = (struct bound_loops){.graph = graph, .records = records};
	loops->own = util_alloc((size_t)graph->loop_count, sizeof(*loops->own));
	for (size_t i = 0; i < record_count; i++) {
		int at = bound_graph_find(graph, records[i].address);
		if (at < 0)
			continue;
		int loop = graph->blocks[at].loop;
		own_add(&loops->own[loop], i);
		if (is_shared(loops, loop, i))
			own_add(&loops->own[graph->loops[loop].parent], i);
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (int i = 1; i < graph->loop_count; i++)
			if (graph->loops[i].parent > 0)
				changed |= settle_pair(loops, i);
	}
}

/* The greatest bound among the records of the k-th record's place. */
static uint64_t greatest_of_place(const struct bound_loops *s, const struct bound_own *own, size_t k)
{
	uint64_t bound = 0;
	for (size_t j = 0; j < own->count; j++) {
		const struct bound_record *r = record_at(s, own, j);
		if (strcmp(r->place, record_at(s, own, k)->place) == 0 && r->bound > bound)
			bound = r->bound;
	}
	return bound;
}

/* Depth-first search over the nodes between counted ones. */
struct search {
	const struct bound_graph *graph;
	int loop;
	bool *entered;
	bool *left;
	int *order; /* filled from its end */
	int free;
	bool is_cyclic;
};

static void search_from(struct search *s, int node)
{
	const struct bound_loop *l = &s->graph->loops[s->loop];
	s->entered[node] = true;
	for (unsigned via = 0; via < bound_path_way_count(s->graph, s->loop, node); via++) {
		int to = bound_path_way(s->graph, s->loop, node, via).to;
		if (to < 0 || !l->has[to] || l->counted[to])
			continue;
		if (!s->entered[to])
			search_from(s, to);
		else if (!s->left[to])
			s->is_cyclic = true;
	}
	s->left[node] = true;
	s->order[--s->free] = node;
}

int *bound_loops_order(const struct bound_graph *graph, int loop, int *count)
{
	const struct bound_loop *l = &graph->loops[loop];
	size_t blocks = (size_t)graph->block_count;
	struct search s = {.graph = graph, .loop = loop, .free = graph->block_count};
	s.entered = util_alloc(blocks, sizeof(*s.entered));
	s.left = util_alloc(blocks, sizeof(*s.left));
	s.order = util_alloc(blocks, sizeof(*s.order));
	search_from(&s, l->header);
	for (int i = 0; i < graph->block_count; i++)
		if (l->counted[i] && !s.entered[i])
			search_from(&s, i);
	*count = graph->block_count - s.free;
	memmove(s.order, s.order + s.free, (size_t)*count * sizeof(*s.order));
	free(s.entered);
	free(s.left);
	if (!s.is_cyclic)
		return s.order;
	free(s.order);
	return NULL;
}

static bool is_cut(const struct bound_graph *g, int loop)
{
	int count;
	int *order = bound_loops_order(g, loop, &count);
	free(order);
	return order != NULL;
}

static void counted_clear(struct bound_graph *g, int loop)
{
	memset(g->loops[loop].counted, 0, (size_t)g->block_count * sizeof(bool));
}

/*
 * Whoever comes to the node passes the record: it stands behind an instruction of the block, or there is one way into
 * the block. At the header of a loop inside, which stands for that loop: everybody comes from the instruction in front,
 * and so passes all that is at the address.
 */
static bool is_certain(const struct bound_loops *s, int loop, int node, uint64_t record)
{
	const struct bound_graph *g = s->graph;
	int inner = bound_graph_inner(g, loop, node);
	if (inner == loop)
		return record != g->blocks[node].start ||
		       (g->blocks[node].entries == 1 && node != g->loops[loop].header);
	for (int i = 0; i < g->block_count; i++)
		for (unsigned k = 0; k < g->blocks[i].edge_count; k++)
			if (g->blocks[i].edges[k].to == node && !g->loops[inner].has[i] && !g->blocks[i].edges[k].falls)
				return false;
	return node != g->entry;
}

/* Marks the nodes with records of a place, all or the certain ones, and answers how many. */
static uint64_t mark_counted(struct bound_loops *s, int loop, const char *place, bool certain_only, int *last)
{
	struct bound_loop *l = &s->graph->loops[loop];
	const struct bound_own *own = &s->own[loop];
	uint64_t count = 0;
	for (size_t k = 0; k < own->count; k++) {
		const struct bound_record *r = record_at(s, own, k);
		int node = bound_graph_find(s->graph, r->address);
		if (strcmp(r->place, place) != 0 || l->counted[node])
			continue;
		if (certain_only && !is_certain(s, loop, node, r->address))
			continue;
		l->counted[node] = true;
		*last = node;
		count++;
	}
	return count;
}

/* Who comes from the loop's header to node for the first time comes from the instruction in front of it. */
static bool first_visit_falls(const struct bound_graph *g, int loop, int node)
{
	const struct bound_loop *l = &g->loops[loop];
	bool *before = util_alloc((size_t)g->block_count, sizeof(*before));
	bool falls = node != g->entry;
	bool changed = node != l->header;
	before[l->header] = changed;
	while (changed) {
		changed = false;
		for (int i = 0; i < g->block_count; i++)
			for (unsigned k = 0; before[i] && i != node && k < g->blocks[i].edge_count; k++) {
				int to = g->blocks[i].edges[k].to;
				if (to < 0 || !l->has[to] || before[to])
					continue;
				before[to] = true;
				changed = true;
			}
	}
	for (int i = 0; i < g->block_count; i++)
		for (unsigned k = 0; k < g->blocks[i].edge_count; k++)
			if (g->blocks[i].edges[k].to == node && i != node && (before[i] || !l->has[i]))
				falls &= g->blocks[i].edges[k].falls;
	free(before);
	return falls;
}

/*
 * Chooses the counted nodes of a loop with records of one place. A visit of a certain one is a run of the body: N = n.
 * A single uncertain one is left and come back to at most n times, each time around having passed a record somewhere; N
 * = n when its first visit passes the record for sure, else n + 1. Of several, each is visited at most n + 1 times.
 */
static enum bound_loop_fault count_one_place(struct bound_loops *s, int loop)
{
	struct bound_loop *l = &s->graph->loops[loop];
	const struct bound_own *own = &s->own[loop];
	uint64_t bound = greatest_of_place(s, own, 0);
	int last = -1;
	l->visits = bound;
	counted_clear(s->graph, loop);
	if (mark_counted(s, loop, l->place, true, &last) != 0 && is_cut(s->graph, loop))
		return BOUND_LOOP_FINE;
	counted_clear(s->graph, loop);
	uint64_t count = mark_counted(s, loop, l->place, false, &last);
	if (!is_cut(s->graph, loop))
		return BOUND_LOOP_UNCOUNTED;
	if (count != 1 || !first_visit_falls(s->graph, loop, last))
		l->visits = bound_product(bound_sum(bound, 1), count);
	return BOUND_LOOP_FINE;
}

static unsigned ways_back(const struct bound_graph *g, const struct bound_loop *l)
{
	unsigned count = 0;
	for (int i = 0; i < g->block_count; i++)
		for (unsigned k = 0; l->has[i] && k < g->blocks[i].edge_count; k++)
			count += g->blocks[i].edges[k].to == l->header;
	return count;
}

/*
 * Several places: with one way back the loop is one source loop, whichever of those through whose records every way
 * around leads. Else it may be several nested ones.
 */
static enum bound_loop_fault count_header(struct bound_loops *s, int loop)
{
	struct bound_loop *l = &s->graph->loops[loop];
	const struct bound_own *own = &s->own[loop];
	uint64_t greatest = BOUND_NONE;
	uint64_t product = 1;
	int last;
	for (size_t k = 0; k < own->count; k++) {
		if (!is_first_of_place(s, own, k))
			continue;
		uint64_t bound = greatest_of_place(s, own, k);
		counted_clear(s->graph, loop);
		mark_counted(s, loop, record_at(s, own, k)->place, false, &last);
		if (is_cut(s->graph, loop) && (greatest == BOUND_NONE || bound > greatest))
			greatest = bound;
		product = bound_product(product, bound_sum(bound, 1));
	}
	counted_clear(s->graph, loop);
	for (size_t k = 0; k < own->count; k++)
		mark_counted(s, loop, record_at(s, own, k)->place, false, &last);
	if (!is_cut(s->graph, loop))
		return BOUND_LOOP_UNCOUNTED;
	counted_clear(s->graph, loop);
	l->counted[l->header] = true;
	bool is_one = greatest != BOUND_NONE && ways_back(s->graph, l) == 1;
	l->visits = is_one ? bound_sum(greatest, 1) : product;
	return BOUND_LOOP_FINE;
}

static bool is_same_place(const struct bound_loops *s, const struct bound_own *a, const struct bound_own *b)
{
	return strcmp(record_at(s, a, 0)->place, record_at(s, b, 0)->place) == 0;
}

static bool is_child(const struct bound_loops *s, int loop, int inner)
{
	return inner != loop && s->graph->loops[inner].parent == loop && !s->graph->loops[inner].is_part;
}

static void merge(struct bound_loops *s, int loop, int inner)
{
	for (size_t k = 0; k < s->own[inner].count; k++)
		own_add(&s->own[loop], s->own[inner].records[k]);
	s->own[inner].count = 0;
	bound_graph_merge(s->graph, loop, inner);
}

/* The only loop inside through whose records every way around leads, or -1. */
static int only_cutting_child(struct bound_loops *s, int loop)
{
	struct bound_graph *g = s->graph;
	int found = -1;
	for (int i = 1; i < g->loop_count; i++) {
		if (!is_child(s, loop, i) || place_count(s, &s->own[i]) != 1)
			continue;
		counted_clear(g, loop);
		g->loops[loop].counted[g->loops[i].header] = true;
		bool cuts = is_cut(g, loop);
		counted_clear(g, loop);
		if (cuts && found >= 0)
			return -1;
		found = cuts ? i : found;
	}
	return found;
}

static void take_parts(struct bound_loops *s, int loop)
{
	struct bound_own *own = &s->own[loop];
	if (own->count == 0) {
		int inner = only_cutting_child(s, loop);
		if (inner >= 0)
			merge(s, loop, inner);
	}
	for (int i = 1; i < s->graph->loop_count && place_count(s, own) == 1; i++)
		if (is_child(s, loop, i) && place_count(s, &s->own[i]) == 1 && is_same_place(s, own, &s->own[i]))
			merge(s, loop, i);
}

/* What cuts every way around, records or not. */
static void count_headers(struct bound_graph *g, int loop)
{
	struct bound_loop *l = &g->loops[loop];
	counted_clear(g, loop);
	for (int i = 1; i < g->loop_count; i++)
		if (l->has[g->loops[i].header] && (i == loop || g->loops[i].is_part))
			l->counted[g->loops[i].header] = true;
	l->visits = 1;
}

enum bound_loop_fault bound_loops_decide(struct bound_loops *loops, int loop)
{
	struct bound_loop *l = &loops->graph->loops[loop];
	struct bound_own *own = &loops->own[loop];
	enum bound_loop_fault fault = BOUND_LOOP_UNDECLARED;
	l->counted = util_alloc((size_t)loops->graph->block_count, sizeof(*l->counted));
	if (loop == 0)
		return BOUND_LOOP_FINE;
	take_parts(loops, loop);
	if (own->count != 0) {
		l->place = record_at(loops, own, own->count - 1)->place;
		bool is_one_place = place_count(loops, own) == 1;
		fault = is_one_place ? count_one_place(loops, loop) : count_header(loops, loop);
	}
	if (fault != BOUND_LOOP_FINE)
		count_headers(loops->graph, loop);
	return fault;
}
