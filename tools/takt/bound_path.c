/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which record bounds which loop.
 *
 * A record is an address, and costs no instruction: two nested loops whose bodies begin at one address are one machine loop, or the outer
 * loop's record seems to lie in the inner one. So:
 * - records of one place in a loop are copies that the compiler made; the loop is bounded by the greatest of them. Each way around
 *   passes at least one of the copies, and together they run at most n times, so that n stays right for an unrolled loop;
 * - several places at a loop's header, under a loop without records: the first emitted is the outer loop's;
 * - else several places bound one machine loop that was several nested ones: the product of all n + 1.
 * What a record can't show is a source loop without one whose header another one's record shares: that each loop in
 * the source has its LOOP_BOUND is for a check of the source.
 */
#include "tools/takt/bound_path.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

/* The records of one loop: indices in order of emission. */
struct own {
	size_t *records;
	size_t count;
};

struct solver {
	struct bound_graph *graph;
	const struct bound_record *records;
	struct own *own; /* by loop */
	bool *marked;    /* by block: a record of the loop at hand lies in it */
};

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

static void own_add(struct own *own, size_t record)
{
	own->records = util_resize(own->records, own->count + 1, sizeof(*own->records));
	own->records[own->count++] = record;
}

static void records_assign(struct solver *s, size_t record_count)
{
	for (size_t i = 0; i < record_count; i++) {
		int at = bound_graph_find(s->graph, s->records[i].address);
		if (at < 0)
			continue;
		own_add(&s->own[s->graph->blocks[at].loop], i);
	}
}

static bool is_first_of_place(const struct solver *s, const struct own *own, size_t k)
{
	for (size_t j = 0; j < k; j++)
		if (strcmp(s->records[own->records[j]].place, s->records[own->records[k]].place) == 0)
			return false;
	return true;
}

static size_t place_count(const struct solver *s, const struct own *own)
{
	size_t places = 0;
	for (size_t k = 0; k < own->count; k++)
		places += is_first_of_place(s, own, k);
	return places;
}

/* Moves records at the header of a loop with several places out to a parent without any, first emitted first. */
static void records_lift(struct solver *s, int loop)
{
	const struct bound_loop *l = &s->graph->loops[loop];
	struct own *own = &s->own[loop];
	if (l->parent <= 0 || s->own[l->parent].count != 0)
		return;
	uint64_t header = s->graph->blocks[l->header].start;
	size_t kept = 0;
	size_t places = place_count(s, own);
	for (size_t k = 0; k < own->count; k++) {
		bool lift = places > 1 && s->records[own->records[k]].address == header;
		if (lift) {
			own_add(&s->own[l->parent], own->records[k]);
			places--;
		} else {
			own->records[kept++] = own->records[k];
		}
	}
	own->count = kept;
}

/* The greatest bound among the records of the k-th record's place. */
static uint64_t greatest_of_place(const struct solver *s, const struct own *own, size_t k)
{
	uint64_t bound = 0;
	for (size_t j = 0; j < own->count; j++) {
		const struct bound_record *r = &s->records[own->records[j]];
		if (strcmp(r->place, s->records[own->records[k]].place) == 0 && r->bound > bound)
			bound = r->bound;
	}
	return bound;
}

static uint64_t bound_of(const struct solver *s, const struct own *own)
{
	if (place_count(s, own) == 1)
		return greatest_of_place(s, own, 0);
	uint64_t bound = 1;
	for (size_t k = 0; k < own->count; k++)
		if (is_first_of_place(s, own, k))
			bound = bound_product(bound, bound_sum(greatest_of_place(s, own, k), 1));
	return bound;
}

/* The loop one level inside of loop that the block is in, or loop itself; the block is in loop. */
static int node_loop(const struct bound_graph *g, int loop, int at)
{
	int inner = g->blocks[at].loop;
	while (inner != loop && g->loops[inner].parent != loop)
		inner = g->loops[inner].parent;
	return inner;
}

/* The block is a node on the loop's own level: in no loop inside, or the header that stands for one. */
static bool is_node(const struct bound_graph *g, int loop, int at)
{
	if (!g->loops[loop].has[at])
		return false;
	int inner = node_loop(g, loop, at);
	return inner == loop || g->loops[inner].header == at;
}

struct way {
	int to;
	uint64_t cost;
};

static unsigned way_count(const struct bound_graph *g, int loop, int at)
{
	int inner = node_loop(g, loop, at);
	return inner == loop ? g->blocks[at].edge_count : (unsigned)g->loops[inner].exit_count;
}

static struct way way_of(const struct bound_graph *g, int loop, int at, unsigned via)
{
	int inner = node_loop(g, loop, at);
	if (inner == loop)
		return (struct way){g->blocks[at].edges[via].to, g->blocks[at].edges[via].cost};
	return (struct way){g->loops[inner].exits[via].to, g->loops[inner].exits[via].cost};
}

/* Some way from the loop's header back to it passes no marked node. */
static bool has_unmarked_cycle(const struct solver *s, int loop)
{
	const struct bound_graph *g = s->graph;
	const struct bound_loop *l = &g->loops[loop];
	bool *reached = util_alloc((size_t)g->block_count, sizeof(*reached));
	bool found = false;
	reached[l->header] = true;
	for (int i = 0; i < g->block_count; i++) {
		int at = g->ordered[i];
		if (!reached[at] || s->marked[at] || !is_node(g, loop, at))
			continue;
		for (unsigned via = 0; via < way_count(g, loop, at); via++) {
			int to = way_of(g, loop, at, via).to;
			found |= to == l->header;
			if (to >= 0 && l->has[to])
				reached[to] = true;
		}
	}
	free(reached);
	return found;
}

static void mark_records(struct solver *s, int loop, bool value)
{
	for (size_t k = 0; k < s->own[loop].count; k++)
		s->marked[bound_graph_find(s->graph, s->records[s->own[loop].records[k]].address)] = value;
}

static enum bound_loop_fault loop_bound(struct solver *s, int loop)
{
	struct bound_loop *l = &s->graph->loops[loop];
	struct own *own = &s->own[loop];
	l->bound = 1;
	if (own->count == 0)
		return BOUND_LOOP_UNDECLARED;
	if (has_unmarked_cycle(s, loop))
		return BOUND_LOOP_UNCOUNTED;
	l->bound = bound_of(s, own);
	l->place = s->records[own->records[own->count - 1]].place;
	return BOUND_LOOP_FINE;
}

static uint64_t distance_of(const struct bound_graph *g, int loop, int at)
{
	return at == g->loops[loop].header ? 0 : g->blocks[at].distance;
}

static void solve_distances(struct bound_graph *g, int loop)
{
	struct bound_loop *l = &g->loops[loop];
	for (int i = 0; i < g->block_count; i++)
		if (is_node(g, loop, i))
			g->blocks[i].distance = BOUND_NONE;
	for (int i = 0; i < g->block_count; i++) {
		int at = g->ordered[i];
		if (!is_node(g, loop, at) || distance_of(g, loop, at) == BOUND_NONE)
			continue;
		for (unsigned via = 0; via < way_count(g, loop, at); via++) {
			struct way way = way_of(g, loop, at, via);
			uint64_t cost = bound_sum(distance_of(g, loop, at), way.cost);
			if (way.to == l->header && cost > l->cycle) {
				l->cycle = cost;
				l->around = (struct bound_exit){.to = way.to, .cost = cost, .from = at, .via = via};
			}
			if (way.to < 0 || !l->has[way.to] || way.to == l->header)
				continue;
			struct bound_block *b = &g->blocks[way.to];
			if (b->distance != BOUND_NONE && b->distance >= cost)
				continue;
			b->distance = cost;
			b->from = at;
			b->via = via;
		}
	}
}

static void exit_add(struct bound_loop *l, const struct bound_exit *exit)
{
	for (size_t i = 0; i < l->exit_count; i++) {
		if (l->exits[i].to != exit->to)
			continue;
		if (exit->cost > l->exits[i].cost)
			l->exits[i] = *exit;
		return;
	}
	l->exits = util_resize(l->exits, l->exit_count + 1, sizeof(*l->exits));
	l->exits[l->exit_count++] = *exit;
}

/*
 * Whoever comes into the block has passed the record, or passes it before leaving. A record at a block's first address may stand on one
 * of the ways in only; but who comes from the instruction in front passes everything at that address.
 */
static bool is_passed(const struct solver *s, int block, uint64_t record)
{
	const struct bound_block *b = &s->graph->blocks[block];
	const struct bound_loop *inner = &s->graph->loops[b->loop];
	if (record != b->start)
		return true;
	return b->loop != 0 && inner->header == block ? bound_graph_falls_into(s->graph, inner) : b->entries == 1;
}

/*
 * The pass of the loop on which somebody reaches the node is one of those that its record counts. At the loop's own header the record is
 * passed on the way in; every further pass costs one more.
 */
static bool is_counted(const struct solver *s, int loop, int at)
{
	const struct own *own = &s->own[loop];
	if (place_count(s, own) != 1)
		return false;
	for (size_t k = 0; k < own->count; k++) {
		uint64_t address = s->records[own->records[k]].address;
		int in = bound_graph_find(s->graph, address);
		if (is_passed(s, in, address) && bound_graph_dominates(s->graph, in, at))
			return true;
	}
	return false;
}

static void solve_exits(const struct solver *s, int loop)
{
	struct bound_graph *g = s->graph;
	struct bound_loop *l = &g->loops[loop];
	for (int i = 0; i < g->block_count; i++) {
		int at = g->ordered[i];
		if (!is_node(g, loop, at) || distance_of(g, loop, at) == BOUND_NONE)
			continue;
		uint64_t rounds = l->bound;
		if (loop != 0 && rounds != 0 && is_counted(s, loop, at))
			rounds--;
		for (unsigned via = 0; via < way_count(g, loop, at); via++) {
			struct way way = way_of(g, loop, at, via);
			if (way.to >= 0 && l->has[way.to])
				continue;
			uint64_t pass = bound_sum(distance_of(g, loop, at), way.cost);
			uint64_t cost = bound_sum(bound_product(rounds, l->cycle), pass);
			exit_add(l, &(struct bound_exit){way.to, cost, rounds, at, via});
		}
	}
}

/* Loops, those inside before those around them. */
static int *loops_inner_first(const struct bound_graph *g)
{
	int *list = util_alloc((size_t)g->loop_count, sizeof(*list));
	for (int i = 0; i < g->loop_count; i++) {
		int k = i;
		for (; k > 0 && g->loops[list[k - 1]].size > g->loops[i].size; k--)
			list[k] = list[k - 1];
		list[k] = i;
	}
	return list;
}

void bound_path_solve(struct bound_graph *graph, const struct bound_record *records, size_t record_count,
		      bound_loop_refuse *refuse, void *context)
{
	struct solver s = {.graph = graph, .records = records};
	s.own = util_alloc((size_t)graph->loop_count, sizeof(*s.own));
	s.marked = util_alloc((size_t)graph->block_count, sizeof(*s.marked));
	records_assign(&s, record_count);
	int *list = loops_inner_first(graph);
	for (int i = 0; i < graph->loop_count; i++) {
		int loop = list[i];
		if (loop != 0) {
			records_lift(&s, loop);
			mark_records(&s, loop, true);
			enum bound_loop_fault fault = loop_bound(&s, loop);
			mark_records(&s, loop, false);
			if (fault != BOUND_LOOP_FINE)
				refuse(context, fault, graph->blocks[graph->loops[loop].header].start);
		}
		solve_distances(graph, loop);
		solve_exits(&s, loop);
	}
	for (int i = 0; i < graph->loop_count; i++)
		free(s.own[i].records);
	free(s.own);
	free(s.marked);
	free(list);
}

const struct bound_exit *bound_path_exit(const struct bound_loop *loop, int to)
{
	for (size_t i = 0; i < loop->exit_count; i++)
		if (loop->exits[i].to == to)
			return &loop->exits[i];
	return NULL;
}

uint64_t bound_path_cost(const struct bound_graph *graph, int to)
{
	const struct bound_exit *exit = bound_path_exit(&graph->loops[0], to);
	return exit == NULL ? BOUND_NONE : exit->cost;
}
