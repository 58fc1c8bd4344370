/* SPDX-License-Identifier: Apache-2.0 */
/* The linear program of a step, built from the graphs that the walk made, and read back. */
#include "tools/takt/bound_count.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/bound_lp.h"
#include "tools/takt/util.h"

/* A loop with more visits has no row: the program has no greatest value then, and the longest path is the bound. */
#define VISITS_LIMIT (UINT64_C(1) << 30)
/* Beyond it the longest path is the bound. */
#define COST_LIMIT (UINT64_C(1) << 32)

/* A procedure in the program. Columns are its edges, block after block; rows are its blocks, then its two ways out. */
struct part {
	const struct bound_procedure *procedure;
	int *first_column; /* by block; one more */
	int first_row;
	int return_row;
	int end_row;
	int *entry_columns; /* what enters it: calls and legs */
	int entry_count;
};

struct builder {
	struct bound_walk *walk;
	struct bound_lp lp;
	struct part *parts;
	size_t part_count;
	int begin_row;   /* a step begins once */
	int *claim_rows; /* by claim, those of one name the same */
};

static size_t part_of(struct builder *b, const struct bound_procedure *p)
{
	for (size_t i = 0; i < b->part_count; i++)
		if (b->parts[i].procedure == p)
			return i;
	struct part part = {.procedure = p, .first_row = b->lp.row_count};
	part.first_column = util_alloc((size_t)p->graph.block_count + 1, sizeof(*part.first_column));
	for (int i = 0; i < p->graph.block_count; i++) {
		part.first_column[i] = b->lp.column_count;
		(void)bound_lp_row(&b->lp, 0, true);
		for (unsigned k = 0; k < p->graph.blocks[i].edge_count; k++)
			(void)bound_lp_column(&b->lp, p->graph.blocks[i].count);
	}
	part.first_column[p->graph.block_count] = b->lp.column_count;
	part.return_row = bound_lp_row(&b->lp, 0, true);
	part.end_row = bound_lp_row(&b->lp, 0, true);
	b->parts = util_resize(b->parts, b->part_count + 1, sizeof(*b->parts));
	b->parts[b->part_count] = part;
	return b->part_count++;
}

/* The column enters the part, to leave it by the row. */
static void part_enter(struct builder *b, size_t part, int column, int out_row)
{
	struct part *p = &b->parts[part];
	bound_lp_add(&b->lp, p->first_row + p->procedure->graph.entry, column, 1);
	bound_lp_add(&b->lp, out_row, column, -1);
	p->entry_columns = util_resize(p->entry_columns, (size_t)p->entry_count + 1, sizeof(*p->entry_columns));
	p->entry_columns[p->entry_count++] = column;
}

struct call_site {
	struct builder *builder;
	int link_row; /* the edge's count is that of all its targets */
	bool is_end;
};

static void add_target(void *context, const struct bound_procedure *target)
{
	const struct call_site *site = context;
	struct builder *b = site->builder;
	if ((site->is_end ? target->ends : target->returns) == BOUND_NONE)
		return;
	size_t part = part_of(b, target);
	int column = bound_lp_column(&b->lp, 0);
	bound_lp_add(&b->lp, site->link_row, column, -1);
	part_enter(b, part, column, site->is_end ? b->parts[part].end_row : b->parts[part].return_row);
}

static void add_edge(struct builder *b, size_t part, int block, unsigned via)
{
	const struct part *p = &b->parts[part];
	const struct bound_block *from = &p->procedure->graph.blocks[block];
	const struct bound_edge *edge = &from->edges[via];
	int column = p->first_column[block] + (int)via;
	bound_lp_add(&b->lp, p->first_row + block, column, -1);
	if (edge->to >= 0)
		bound_lp_add(&b->lp, p->first_row + edge->to, column, 1);
	else
		bound_lp_add(&b->lp, edge->to == BOUND_TO_RETURN ? p->return_row : p->end_row, column, 1);
	if (edge->callee == NULL)
		return;
	struct call_site site = {b, bound_lp_row(&b->lp, 0, true), edge->to == BOUND_TO_END};
	bound_lp_add(&b->lp, site.link_row, column, 1);
	bound_walk_targets(b->walk, from->start + 4 * (uint64_t)(from->count - 1), add_target, &site);
}

/* Calls visit for every column that arrives at block, but for those from inside of a loop; 0: for all. */
typedef void edge_visit(void *context, int column);

static void visit_arrivals(const struct part *p, int block, int loop, edge_visit *visit, void *context)
{
	const struct bound_graph *g = &p->procedure->graph;
	for (int i = 0; i < g->block_count; i++)
		for (unsigned k = 0; k < g->blocks[i].edge_count; k++)
			if (g->blocks[i].edges[k].to == block && (loop == 0 || !g->loops[loop].has[i]))
				visit(context, p->first_column[i] + (int)k);
	for (int i = 0; block == g->entry && i < p->entry_count; i++)
		visit(context, p->entry_columns[i]);
}

struct loop_row {
	struct bound_lp *lp;
	int row;
	int64_t coefficient;
};

static void add_to_row(void *context, int column)
{
	const struct loop_row *r = context;
	bound_lp_add(r->lp, r->row, column, r->coefficient);
}

/* The visits of a counted node: arrivals at a block, or entries of the loop that it stands for. */
static void visit_node(const struct part *p, int loop, int node, edge_visit *visit, void *context)
{
	int inner = bound_graph_inner(&p->procedure->graph, loop, node);
	visit_arrivals(p, node, inner == loop ? 0 : inner, visit, context);
}

static void add_loop(struct builder *b, const struct part *p, int loop)
{
	const struct bound_graph *g = &p->procedure->graph;
	const struct bound_loop *l = &g->loops[loop];
	if (l->visits > VISITS_LIMIT)
		return;
	struct loop_row row = {&b->lp, bound_lp_row(&b->lp, 0, false), 1};
	for (int i = 0; i < g->block_count; i++)
		if (l->counted[i])
			visit_node(p, loop, i, add_to_row, &row);
	row.coefficient = -(int64_t)l->visits;
	visit_arrivals(p, l->header, loop, add_to_row, &row);
}

static bool has_name_in_front(const struct bound_image *image, size_t claim)
{
	return claim != 0 && strcmp(image->claims[claim - 1].name, image->claims[claim].name) == 0;
}

/*
 * The claim's label lies in front of the instruction: who comes to the block has passed it, but for those who jump to
 * its first instruction, from behind the label perhaps. Where there is only one way, it is that of the label.
 */
static bool is_certain(const struct bound_block *block, uint64_t address)
{
	return address != block->start || block->entries == 1;
}

/* Arrivals at the block that have passed the claim for sure. */
static void visit_passes(const struct part *p, int block, uint64_t address, edge_visit *visit, void *context)
{
	const struct bound_graph *g = &p->procedure->graph;
	if (is_certain(&g->blocks[block], address)) {
		visit_arrivals(p, block, 0, visit, context);
		return;
	}
	for (int i = 0; i < g->block_count; i++)
		for (unsigned k = 0; k < g->blocks[i].edge_count; k++)
			if (g->blocks[i].edges[k].to == block && g->blocks[i].edges[k].falls)
				visit(context, p->first_column[i] + (int)k);
}

static void add_claims(struct builder *b)
{
	const struct bound_image *image = b->walk->book->image;
	b->claim_rows = util_alloc(image->claim_count + 1, sizeof(*b->claim_rows));
	for (size_t i = 0; i < image->claim_count; i++) {
		const struct bound_claim *claim = &image->claims[i];
		b->claim_rows[i] = has_name_in_front(image, i) ? b->claim_rows[i - 1]
							       : bound_lp_row(&b->lp, (int64_t)claim->most, false);
		struct loop_row row = {&b->lp, b->claim_rows[i], 1};
		for (size_t k = 0; k < b->part_count; k++) {
			const struct bound_graph *g = &b->parts[k].procedure->graph;
			int at = bound_graph_find(g, claim->address);
			if (at >= 0)
				visit_passes(&b->parts[k], at, claim->address, add_to_row, &row);
		}
	}
}

/* Everything that what is in the program so far may execute. */
static void complete(struct builder *b)
{
	for (size_t i = 0; i < b->part_count; i++)
		for (int k = 0; k < b->parts[i].procedure->graph.block_count; k++)
			for (unsigned via = 0; via < b->parts[i].procedure->graph.blocks[k].edge_count; via++)
				add_edge(b, i, k, via);
	for (size_t i = 0; i < b->part_count; i++)
		for (int loop = 1; loop < b->parts[i].procedure->graph.loop_count; loop++)
			if (!b->parts[i].procedure->graph.loops[loop].is_part)
				add_loop(b, &b->parts[i], loop);
	add_claims(b);
}

static void builder_init(struct builder *b, struct bound_walk *walk)
{
	*b = (struct builder){.walk = walk};
	bound_lp_init(&b->lp);
	b->begin_row = bound_lp_row(&b->lp, 1, false);
}

static void builder_fini(struct builder *b)
{
	for (size_t i = 0; i < b->part_count; i++) {
		free(b->parts[i].first_column);
		free(b->parts[i].entry_columns);
	}
	free(b->parts);
	free(b->claim_rows);
	bound_lp_fini(&b->lp);
}

/* The column enters the part and leaves it by return or by the end of the step. */
static void enter(struct builder *b, size_t part, int front_row, int64_t front, bool is_end, int *column)
{
	*column = bound_lp_column(&b->lp, 0);
	bound_lp_add(&b->lp, front_row, *column, front);
	part_enter(b, part, *column, is_end ? b->parts[part].end_row : b->parts[part].return_row);
}

/* A leg is entered from what is in front of it, a row; when it returns, one of the next legs is. */
static void enter_leg(struct builder *b, const struct bound_leg *leg, int front_row, int64_t front, int return_row)
{
	size_t part = part_of(b, leg->procedure);
	int column;
	if (leg->procedure->ends != BOUND_NONE)
		enter(b, part, front_row, front, true, &column);
	if (leg->procedure->returns == BOUND_NONE)
		return;
	enter(b, part, front_row, front, false, &column);
	bound_lp_add(&b->lp, return_row, column, 1);
}

static void add_legs(struct builder *b, const struct bound_step *step)
{
	int *rows = util_alloc(step->leg_count, sizeof(*rows)); /* returns of a leg are entries of the next */
	for (size_t i = 0; i < step->leg_count; i++)
		rows[i] = bound_lp_row(&b->lp, 0, true);
	for (size_t i = 0; i < step->leg_count; i++) {
		const struct bound_leg *leg = &step->legs[i];
		if (leg->begins)
			enter_leg(b, leg, b->begin_row, 1, rows[i]);
		for (size_t k = 0; k < leg->next_count; k++)
			enter_leg(b, &step->legs[leg->next[k]], rows[i], -1, rows[leg->next[k]]);
	}
	free(rows);
}

static double value_of(const struct builder *b, int column) { return b->lp.values == NULL ? 0 : b->lp.values[column]; }

struct total {
	const struct builder *builder;
	double sum;
};

static void add_to_total(void *context, int column)
{
	struct total *total = context;
	total->sum += value_of(total->builder, column);
}

/* Of one part; the answer is the sum of its instructions. */
static double read_blocks(const struct builder *b, const struct part *p, struct bound_counts *counts)
{
	const struct bound_graph *g = &p->procedure->graph;
	double sum = 0;
	for (int k = 0; k < g->block_count; k++) {
		struct total total = {b, 0};
		visit_arrivals(p, k, 0, add_to_total, &total);
		counts->blocks = util_resize(counts->blocks, counts->block_count + 1, sizeof(*counts->blocks));
		counts->blocks[counts->block_count++] =
			(struct bound_count_block){g->blocks[k].start, g->blocks[k].count, total.sum};
		sum += total.sum * g->blocks[k].count;
	}
	return sum;
}

static void read_loops(const struct builder *b, struct bound_counts *counts)
{
	for (size_t i = 0; i < b->part_count; i++) {
		const struct bound_graph *g = &b->parts[i].procedure->graph;
		for (int k = 1; k < g->loop_count; k++) {
			const struct bound_loop *l = &g->loops[k];
			struct total entries = {b, 0};
			struct total visits = {b, 0};
			if (l->is_part)
				continue;
			visit_arrivals(&b->parts[i], l->header, k, add_to_total, &entries);
			for (int node = 0; node < g->block_count; node++)
				if (l->counted[node])
					visit_node(&b->parts[i], k, node, add_to_total, &visits);
			counts->loops = util_resize(counts->loops, counts->loop_count + 1, sizeof(*counts->loops));
			counts->loops[counts->loop_count++] =
				(struct bound_count_loop){l->place, entries.sum, visits.sum};
		}
	}
}

static void read_parts(const struct builder *b, struct bound_counts *counts)
{
	counts->calls = util_alloc(b->part_count + 1, sizeof(*counts->calls));
	for (size_t i = 0; i < b->part_count; i++) {
		struct total total = {b, 0};
		double own = read_blocks(b, &b->parts[i], counts);
		for (int k = 0; k < b->parts[i].entry_count; k++)
			add_to_total(&total, b->parts[i].entry_columns[k]);
		counts->calls[counts->call_count++] =
			(struct bound_count_call){b->parts[i].procedure->entry, total.sum, own};
	}
}

static struct bound_count_claim *claim_of(struct bound_counts *counts, const struct bound_claim *claim)
{
	size_t last = counts->claim_count - 1;
	if (counts->claim_count != 0 && strcmp(counts->claims[last].name, claim->name) == 0)
		return &counts->claims[last];
	counts->claims = util_resize(counts->claims, counts->claim_count + 1, sizeof(*counts->claims));
	counts->claims[counts->claim_count] = (struct bound_count_claim){.name = claim->name, .most = claim->most};
	return &counts->claims[counts->claim_count++];
}

static void read_claims(const struct builder *b, struct bound_counts *counts)
{
	const struct bound_image *image = b->walk->book->image;
	for (size_t i = 0; i < image->claim_count; i++) {
		struct bound_count_claim *claim = claim_of(counts, &image->claims[i]);
		claim->price = b->lp.prices == NULL ? 0 : b->lp.prices[b->claim_rows[i]];
		for (size_t k = 0; k < b->part_count; k++) {
			const struct bound_graph *g = &b->parts[k].procedure->graph;
			struct total total = {b, 0};
			int at = bound_graph_find(g, image->claims[i].address);
			if (at < 0)
				continue;
			visit_passes(&b->parts[k], at, image->claims[i].address, add_to_total, &total);
			claim->passes += total.sum;
			claim->unclear += !is_certain(&g->blocks[at], image->claims[i].address);
		}
	}
}

/* No part of the step is executed more often than the longest path without claims has instructions. */
static struct bound_counts solve(struct builder *b, uint64_t longest)
{
	struct bound_counts counts = {.bound = longest};
	uint64_t bound;
	complete(b);
	if (longest <= COST_LIMIT && bound_lp_solve(&b->lp, longest, &bound) && bound < longest)
		counts.bound = bound;
	read_parts(b, &counts);
	read_loops(b, &counts);
	read_claims(b, &counts);
	return counts;
}

struct bound_counts bound_count_step(struct bound_walk *walk, const struct bound_step *step)
{
	struct builder b;
	builder_init(&b, walk);
	add_legs(&b, step);
	struct bound_counts counts = solve(&b, step->cost);
	builder_fini(&b);
	return counts;
}

struct bound_counts bound_count_procedure(struct bound_walk *walk, const struct bound_procedure *procedure)
{
	struct builder b;
	int column;
	bool is_end = procedure->returns == BOUND_NONE;
	builder_init(&b, walk);
	enter(&b, part_of(&b, procedure), b.begin_row, 1, is_end, &column);
	struct bound_counts counts = solve(&b, is_end ? procedure->ends : procedure->returns);
	builder_fini(&b);
	return counts;
}

void bound_counts_fini(struct bound_counts *counts)
{
	free(counts->blocks);
	free(counts->loops);
	free(counts->calls);
	free(counts->claims);
	*counts = (struct bound_counts){0};
}
