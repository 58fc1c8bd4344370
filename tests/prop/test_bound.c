/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: tools/takt/bound_graph.c tools/takt/bound_loop.c tools/takt/bound_path.c tools/takt/bound_count.c
 * tools/takt/bound_lp.c tools/takt/bound_walk.c tools/takt/bound_book.c tools/takt/bound_image.c
 * tools/takt/bound_insn.c tools/takt/bound_source.c tools/takt/util.c tools/takt/file.c
 */
/*
 * No run of a program takes longer than its computed bound. Programs are random structured ones, laid out as compilers
 * do it: tests at the top, at the bottom, in the middle with a jump to it, bodies of no instruction, two copies of a
 * body in one loop. Records and entries cost nothing and have no address of their own, so that who jumps past one and
 * who falls through it look alike in the code: the runs know the difference, the bound must do without. A run in which
 * a body runs too often is none. Claims for the whole run (STEP_BOUND) stand anywhere, several of one name, too; a run
 * that breaks one counts for the bound without claims only.
 *
 * TAKT_SEED sets the seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tools/takt/bound_count.h"

#define BASE UINT64_C(0x4000000000)
#define ITEM_MAX 4000
#define LABEL_MAX 1000
#define LOOP_MAX 200
#define STEP_MAX 20000
#define CLAIM_MAX 3
#define PROGRAMS 3000
#define RUNS 300

enum item_kind { ITEM_PLAIN, ITEM_JUMP, ITEM_BRANCH, ITEM_RETURN, ITEM_LABEL, ITEM_RECORD, ITEM_ENTER, ITEM_CLAIM };

struct item {
	enum item_kind kind;
	int argument; /* label, loop or claim */
};

/* A place to go on with continue and break. */
struct around {
	int next;
	int exit;
};

struct program {
	struct item items[ITEM_MAX];
	int item_count;
	int label_count;
	int loop_count;
	uint64_t bounds[LOOP_MAX];
	char places[LOOP_MAX][16];
	uint64_t claims[CLAIM_MAX];
	int label_item[LABEL_MAX];
	int word_item[ITEM_MAX]; /* by instruction */
	int word_count;
};

static uint64_t random_state;
static int refused;

/* xorshift64* (Vigna 2016). */
static unsigned chance(unsigned n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (unsigned)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static void emit(struct program *p, enum item_kind kind, int argument)
{
	assert_true(p->item_count < ITEM_MAX);
	p->items[p->item_count++] = (struct item){kind, argument};
}

static void emit_plain(struct program *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		emit(p, ITEM_PLAIN, 0);
}

static int new_label(struct program *p)
{
	assert_true(p->label_count < LABEL_MAX);
	return p->label_count++;
}

static void emit_statements(struct program *p, unsigned depth, struct around around);

static void emit_if(struct program *p, unsigned depth, struct around around)
{
	int otherwise = new_label(p);
	int end = new_label(p);
	emit_plain(p, chance(2));
	emit(p, ITEM_BRANCH, otherwise);
	emit_statements(p, depth, around);
	if (chance(2) == 0) {
		emit(p, ITEM_JUMP, end);
		emit(p, ITEM_LABEL, otherwise);
		emit_statements(p, depth, around);
	} else {
		emit(p, ITEM_LABEL, otherwise);
	}
	emit(p, ITEM_LABEL, end);
}

static void emit_body(struct program *p, unsigned depth, int loop, struct around around)
{
	emit(p, ITEM_RECORD, loop);
	if (chance(4) != 0)
		emit_statements(p, depth, around);
}

static void emit_loop_top(struct program *p, unsigned depth, int loop, struct around around)
{
	emit(p, ITEM_LABEL, around.next);
	emit_plain(p, chance(3));
	emit(p, ITEM_BRANCH, around.exit);
	emit_body(p, depth, loop, around);
	emit(p, ITEM_JUMP, around.next);
}

static void emit_loop_bottom(struct program *p, unsigned depth, int loop, struct around around)
{
	int top = new_label(p);
	unsigned shape = chance(4);
	if (shape == 0)
		emit(p, ITEM_BRANCH, around.exit);
	if (shape == 1)
		emit(p, ITEM_JUMP, around.next);
	emit(p, ITEM_LABEL, top);
	if (shape == 2) { /* unrolled once */
		struct around first = {new_label(p), around.exit};
		emit_body(p, depth, loop, first);
		emit(p, ITEM_LABEL, first.next);
		emit_plain(p, chance(2));
		emit(p, ITEM_BRANCH, around.exit);
	}
	emit_body(p, depth, loop, around);
	emit(p, ITEM_LABEL, around.next);
	emit_plain(p, chance(3));
	emit(p, ITEM_BRANCH, top);
}

static void emit_loop(struct program *p, unsigned depth)
{
	struct around around = {new_label(p), new_label(p)};
	int loop = p->loop_count++;
	assert_true(loop < LOOP_MAX);
	p->bounds[loop] = 1 + chance(5);
	snprintf(p->places[loop], sizeof(p->places[loop]), "p:%d#0", loop);
	emit(p, ITEM_ENTER, loop);
	if (chance(2) == 0)
		emit_loop_top(p, depth, loop, around);
	else
		emit_loop_bottom(p, depth, loop, around);
	emit(p, ITEM_LABEL, around.exit);
}

static void emit_statement(struct program *p, unsigned depth, struct around around)
{
	unsigned what = chance(10);
	if (chance(8) == 0)
		emit(p, ITEM_CLAIM, (int)chance(CLAIM_MAX));
	if (depth == 0 || what < 4)
		emit_plain(p, chance(4));
	else if (what < 6)
		emit_if(p, depth - 1, around);
	else if (what < 9 || around.exit < 0)
		emit_loop(p, depth - 1);
	else
		emit(p, ITEM_BRANCH,
		     chance(2) == 0 ? around.next : around.exit); /* continue or break, under a condition */
}

static void emit_statements(struct program *p, unsigned depth, struct around around)
{
	unsigned count = 1 + chance(3);
	for (unsigned i = 0; i < count && p->item_count < ITEM_MAX / 2; i++)
		emit_statement(p, depth, around);
}

static void program_make(struct program *p)
{
	*p = (struct program){0};
	for (int i = 0; i < CLAIM_MAX; i++)
		p->claims[i] = chance(6);
	emit_statements(p, 4, (struct around){-1, -1});
	emit(p, ITEM_RETURN, 0);
	for (int i = 0; i < p->item_count; i++) {
		if (p->items[i].kind == ITEM_LABEL)
			p->label_item[p->items[i].argument] = i;
		if (p->items[i].kind <= ITEM_RETURN)
			p->word_item[p->word_count++] = i;
	}
}

/* The address of the first instruction at or behind an item. */
static uint64_t address_of(const struct program *p, int item)
{
	int word = 0;
	while (p->word_item[word] < item)
		word++;
	return BASE + 4 * (uint64_t)word;
}

static struct bound_flow flow_of(void *context, uint64_t address)
{
	const struct program *p = context;
	const struct item *item = &p->items[p->word_item[(address - BASE) / 4]];
	struct bound_flow flow = {.is_plain = item->kind == ITEM_PLAIN};
	if (item->kind == ITEM_RETURN)
		flow.outs[flow.count++] = (struct bound_out){.to = BOUND_TO_RETURN};
	if (item->kind == ITEM_JUMP || item->kind == ITEM_BRANCH)
		flow.outs[flow.count++] = (struct bound_out){.target = address_of(p, p->label_item[item->argument])};
	if (item->kind == ITEM_BRANCH)
		flow.outs[flow.count++] = (struct bound_out){.target = address + 4, .falls = true};
	return flow;
}

static void refuse(void *context, enum bound_loop_fault fault, uint64_t header)
{
	(void)context;
	(void)fault;
	(void)header;
	refused++;
}

struct bounds {
	uint64_t path;
	uint64_t claimed; /* what remains of it by claims */
};

/* By counts: of a walk without calls, only the claims are looked at. */
static uint64_t claimed_bound_of(const struct program *p, const struct bound_graph *graph, uint64_t longest)
{
	static char names[CLAIM_MAX][4] = {"a", "b", "c"};
	struct bound_claim claims[ITEM_MAX];
	struct bound_image image = {.claims = claims};
	struct bound_book book = {.image = &image};
	struct bound_walk walk = {.book = &book};
	struct bound_procedure procedure = {.graph = *graph, .returns = longest, .ends = BOUND_NONE};
	for (int name = 0; name < CLAIM_MAX; name++)
		for (int i = 0; i < p->item_count; i++)
			if (p->items[i].kind == ITEM_CLAIM && p->items[i].argument == name)
				claims[image.claim_count++] =
					(struct bound_claim){address_of(p, i), p->claims[name], names[name], ""};
	struct bound_counts counts = bound_count_procedure(&walk, &procedure);
	uint64_t bound = counts.bound;
	bound_counts_fini(&counts);
	return bound;
}

static struct bounds bounds_of(struct program *p)
{
	struct bound_graph graph;
	struct bound_record records[ITEM_MAX];
	struct bound_code code = {BASE, (size_t)p->word_count};
	size_t count = 0;
	for (int i = 0; i < p->item_count; i++)
		if (p->items[i].kind == ITEM_RECORD)
			records[count++] = (struct bound_record){address_of(p, i), p->bounds[p->items[i].argument],
								 p->places[p->items[i].argument]};
	bound_graph_init(&graph, &code, BASE, flow_of, p);
	assert_int_equal(graph.irreducible, 0);
	bound_path_solve(&graph, records, count, refuse, NULL);
	struct bounds bounds = {.path = bound_path_cost(&graph, BOUND_TO_RETURN)};
	bounds.claimed = claimed_bound_of(p, &graph, bounds.path);
	bound_graph_fini(&graph);
	return bounds;
}

/* The instructions of one random run, 0 when it is none. Branches are taken `taken` times of 8. */
static uint64_t run(const struct program *p, unsigned taken, bool *keeps_claims)
{
	uint64_t counts[LOOP_MAX] = {0};
	uint64_t passes[CLAIM_MAX] = {0};
	uint64_t cost = 0;
	*keeps_claims = true;
	for (int at = 0; cost < STEP_MAX; at++) {
		const struct item *item = &p->items[at];
		cost += item->kind <= ITEM_RETURN;
		if (item->kind == ITEM_RETURN)
			return cost;
		if (item->kind == ITEM_ENTER)
			counts[item->argument] = 0;
		if (item->kind == ITEM_RECORD && ++counts[item->argument] > p->bounds[item->argument])
			return 0;
		if (item->kind == ITEM_CLAIM && ++passes[item->argument] > p->claims[item->argument])
			*keeps_claims = false;
		if (item->kind == ITEM_JUMP || (item->kind == ITEM_BRANCH && chance(8) < taken))
			at = p->label_item[item->argument];
	}
	return 0;
}

static void program_print(const struct program *p)
{
	static const char *const names[] = {"plain", "jump", "branch", "return", "label", "record", "enter", "claim"};
	int word = 0;
	for (int i = 0; i < p->item_count; i++) {
		printf("# %4d: %s %d\n", word, names[p->items[i].kind], p->items[i].argument);
		word += p->items[i].kind <= ITEM_RETURN;
	}
	for (int i = 0; i < p->loop_count; i++)
		printf("# loop %d: at most %llu\n", i, (unsigned long long)p->bounds[i]);
	for (int i = 0; i < CLAIM_MAX; i++)
		printf("# claim %d: at most %llu\n", i, (unsigned long long)p->claims[i]);
}

/* The longest of many runs, of all and of those that keep the claims. */
static struct bounds longest_of(const struct program *p)
{
	struct bounds longest = {0, 0};
	for (int k = 0; k < RUNS; k++) {
		bool keeps_claims;
		uint64_t cost = run(p, 1 + chance(7), &keeps_claims);
		longest.path = cost > longest.path ? cost : longest.path;
		if (keeps_claims && cost > longest.claimed)
			longest.claimed = cost;
	}
	return longest;
}

static void test_no_run_is_longer(void **state)
{
	static struct program p;
	int exact = 0;
	int exact_claimed = 0;
	int ran = 0;
	(void)state;
	for (int i = 0; i < PROGRAMS; i++) {
		program_make(&p);
		int before = refused;
		struct bounds bounds = bounds_of(&p);
		if (refused != before)
			continue;
		struct bounds longest = longest_of(&p);
		if (longest.path > bounds.path || longest.claimed > bounds.claimed) {
			program_print(&p);
			fail_msg("program %d: a run of %llu, bound %llu; with claims %llu, bound %llu", i,
				 (unsigned long long)longest.path, (unsigned long long)bounds.path,
				 (unsigned long long)longest.claimed, (unsigned long long)bounds.claimed);
		}
		exact += longest.path == bounds.path;
		exact_claimed += bounds.claimed < bounds.path && longest.claimed == bounds.claimed;
		ran += longest.path != 0;
	}
	printf("# %d programs ran, %d bounds reached, %d that claims lowered, %d loops refused\n", ran, exact,
	       exact_claimed, refused);
	assert_true(ran > PROGRAMS * 8 / 10);
	assert_true(exact > PROGRAMS / 10);
	assert_true(exact_claimed > PROGRAMS / 100);
}

int main(void)
{
	const char *given = getenv("TAKT_SEED");
	random_state = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
	random_state |= random_state == 0;
	printf("# TAKT_SEED=%#llx\n", (unsigned long long)random_state);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_run_is_longer)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
