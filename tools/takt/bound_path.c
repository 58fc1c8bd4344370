/* SPDX-License-Identifier: Apache-2.0 */
/* Longest paths over loops that were decided: on each level a graph without cycles. */
#include "tools/takt/bound_path.h"

#include <stdlib.h>

#include "tools/takt/bound_loop.h"
#include "tools/takt/util.h"

unsigned bound_path_way_count(const struct bound_graph *graph, int loop, int node)
{
	int inner = bound_graph_inner(graph, loop, node);
	return inner == loop ? graph->blocks[node].edge_count : (unsigned)graph->loops[inner].exit_count;
}

struct bound_way bound_path_way(const struct bound_graph *graph, int loop, int node, unsigned via)
{
	int inner = bound_graph_inner(graph, loop, node);
	if (inner == loop)
		return (struct bound_way){graph->blocks[node].edges[via].to, graph->blocks[node].edges[via].cost};
	return (struct bound_way){graph->loops[inner].exits[via].to, graph->loops[inner].exits[via].cost};
}

static struct bound_visit *visits_new(const struct bound_graph *g)
{
	struct bound_visit *visits = util_alloc((size_t)g->block_count, sizeof(*visits));
	for (int i = 0; i < g->block_count; i++)
		visits[i] = (struct bound_visit){BOUND_NONE, -1, 0};
	return visits;
}

static void exit_raise(struct bound_exit *exit, struct bound_exit other)
{
	if (exit->cost == BOUND_NONE || other.cost > exit->cost)
		*exit = other;
}

/* From a node that is reached in visits to where its ways lead; whoever arrives at a counted node raises arrival. */
static void relax(const struct bound_graph *g, int loop, int node, struct bound_visit *visits,
		  struct bound_exit *arrival)
{
	const struct bound_loop *l = &g->loops[loop];
	for (unsigned via = 0; via < bound_path_way_count(g, loop, node); via++) {
		struct bound_way way = bound_path_way(g, loop, node, via);
		uint64_t cost = bound_sum(visits[node].distance, way.cost);
		if (way.to < 0 || !l->has[way.to])
			continue;
		if (l->counted[way.to])
			exit_raise(arrival, (struct bound_exit){way.to, cost, node, via, true});
		else if (visits[way.to].distance == BOUND_NONE || cost > visits[way.to].distance)
			visits[way.to] = (struct bound_visit){cost, node, via};
	}
}

static void exit_add(struct bound_loop *l, struct bound_exit exit)
{
	for (size_t i = 0; i < l->exit_count; i++) {
		if (l->exits[i].to != exit.to)
			continue;
		exit_raise(&l->exits[i], exit);
		return;
	}
	l->exits = util_resize(l->exits, l->exit_count + 1, sizeof(*l->exits));
	l->exits[l->exit_count++] = exit;
}

/* The ways out of a loop from node, reached in visits after `before`. */
static void exits_add(struct bound_graph *g, int loop, int node, const struct bound_visit *visits, uint64_t before)
{
	struct bound_loop *l = &g->loops[loop];
	for (unsigned via = 0; via < bound_path_way_count(g, loop, node); via++) {
		struct bound_way way = bound_path_way(g, loop, node, via);
		if (way.to >= 0 && l->has[way.to])
			continue;
		uint64_t cost = bound_sum(before, bound_sum(visits[node].distance, way.cost));
		exit_add(l, (struct bound_exit){way.to, cost, node, via, visits == l->later});
	}
}

static void solve_loop(struct bound_graph *g, int loop)
{
	struct bound_loop *l = &g->loops[loop];
	int count;
	int *order = bound_loops_order(g, loop, &count);
	l->first = visits_new(g);
	l->later = visits_new(g);
	l->in = (struct bound_exit){.cost = BOUND_NONE, .from = -1};
	l->around = l->in;
	if (l->counted[l->header])
		l->in = (struct bound_exit){.to = l->header, .cost = 0, .from = -1};
	else
		l->first[l->header].distance = 0;
	for (int i = 0; i < g->block_count; i++)
		if (l->counted[i])
			l->later[i].distance = 0;
	for (int i = 0; i < count; i++) {
		if (l->first[order[i]].distance != BOUND_NONE)
			relax(g, loop, order[i], l->first, &l->in);
		if (l->later[order[i]].distance != BOUND_NONE)
			relax(g, loop, order[i], l->later, &l->around);
	}
	uint64_t turn = l->around.cost == BOUND_NONE ? 0 : l->around.cost;
	uint64_t before = bound_sum(l->in.cost, l->visits == 0 ? 0 : bound_product(l->visits - 1, turn));
	for (int i = 0; i < count; i++) {
		if (l->first[order[i]].distance != BOUND_NONE)
			exits_add(g, loop, order[i], l->first, 0);
		if (l->later[order[i]].distance != BOUND_NONE && l->in.cost != BOUND_NONE && l->visits != 0)
			exits_add(g, loop, order[i], l->later, before);
	}
	free(order);
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
	struct bound_loops loops;
	int *list = loops_inner_first(graph);
	bound_loops_init(&loops, graph, records, record_count);
	for (int i = 0; i < graph->loop_count; i++) {
		enum bound_loop_fault fault = bound_loops_decide(&loops, list[i]);
		if (fault != BOUND_LOOP_FINE)
			refuse(context, fault, graph->blocks[graph->loops[list[i]].header].start);
		solve_loop(graph, list[i]);
	}
	bound_loops_fini(&loops);
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
