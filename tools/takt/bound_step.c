/* SPDX-License-Identifier: Apache-2.0 */
/* Where steps begin, what they dispatch to, and where they go on when the function that they began in returns. */
#include "tools/takt/bound_step.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/bound_insn.h"
#include "tools/takt/util.h"

/* Returns through so many functions before a step must have ended. */
#define LEG_LIMIT 16

static const char *const vectors[] = {"vector_guest_sync", "vector_guest_irq", "vector_guest_fiq",
				      "vector_guest_serror"};
#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

static const char *const class_names[EXIT_CLASS_COUNT] = {
	[EXIT_IRQ] = "irq",       [EXIT_HVC] = "hvc",       [EXIT_SMC] = "smc",         [EXIT_WFX] = "wfx",
	[EXIT_SYSREG] = "sysreg", [EXIT_MMIO] = "mmio",     [EXIT_FETCH] = "fetch",     [EXIT_FP] = "fp",
	[EXIT_DEBUG] = "debug",   [EXIT_SVC] = "svc",       [EXIT_SERVICE] = "service", [EXIT_UNDEF] = "undef",
	[EXIT_SERROR] = "serror", [EXIT_DIRECT] = "direct", [EXIT_IDLE] = "idle",
};

const char *bound_class_name(enum exit_class exit_class) { return class_names[exit_class]; }

uint64_t bound_step_slot(const struct bound_image *image, enum exit_class exit_class)
{
	return bound_image_symbol(image, "exit_handlers")->address + 8 * (uint64_t)exit_class;
}

uint64_t bound_step_handler(const struct bound_image *image, enum exit_class exit_class)
{
	uint64_t handler = 0;
	return bound_image_read(image, bound_step_slot(image, exit_class), &handler) ? handler : 0;
}

static bool lists_target(const struct bound_image *image, const struct bound_symbol *function, uint64_t target)
{
	for (size_t i = 0; i < image->target_count; i++) {
		const struct bound_target *t = &image->targets[i];
		if (t->target == target && t->address >= function->address &&
		    t->address - function->address < function->size)
			return true;
	}
	return false;
}

static bool lists_all_handlers(const struct bound_image *image, const struct bound_symbol *function)
{
	for (unsigned c = 0; c < EXIT_CLASS_COUNT; c++) {
		uint64_t handler = bound_step_handler(image, (enum exit_class)c);
		if (handler != 0 && !lists_target(image, function, handler))
			return false;
	}
	return true;
}

static bool lists_handlers_only(const struct bound_image *image, const struct bound_symbol *function)
{
	for (size_t i = 0; i < image->target_count; i++) {
		const struct bound_target *t = &image->targets[i];
		bool is_handler = false;
		if (t->address < function->address || t->address - function->address >= function->size)
			continue;
		for (unsigned c = 0; c < EXIT_CLASS_COUNT; c++)
			is_handler |= bound_step_handler(image, (enum exit_class)c) == t->target;
		if (!is_handler)
			return false;
	}
	return true;
}

static char *check_symbols(const struct bound_image *image)
{
	bool has_vector = false;
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		has_vector |= bound_image_symbol(image, vectors[i]) != NULL;
	if (!has_vector)
		return util_copy("no step begins in it: it has no symbol vector_guest_sync, _irq, _fiq or _serror");
	if (bound_image_symbol(image, "exit_handlers") == NULL)
		return util_copy("it has no table exit_handlers, indexed by enum exit_class");
	return NULL;
}

const struct bound_symbol *bound_step_dispatcher(const struct bound_image *image, char **fault)
{
	const struct bound_symbol *found = NULL;
	*fault = check_symbols(image);
	for (size_t i = 0; i < image->symbol_count && *fault == NULL; i++) {
		const struct bound_symbol *s = &image->symbols[i];
		if (!s->is_function || bound_image_function(image, s->address) != s || !lists_all_handlers(image, s))
			continue;
		if (found != NULL)
			*fault = util_format(
				"both %s and %s list every entry of exit_handlers with CALL_TARGET: a step has "
				"one dispatch",
				found->name, s->name);
		else if (!lists_handlers_only(image, s))
			*fault =
				util_format("%s lists other targets beside the entries of exit_handlers: put its other "
					    "indirect calls into a function that is not inlined",
					    s->name);
		found = s;
	}
	if (*fault == NULL && found == NULL)
		*fault = util_copy("no function lists every entry of exit_handlers with CALL_TARGET");
	return *fault == NULL ? found : NULL;
}

/* A list of addresses without duplicates. */
struct sites {
	uint64_t *list;
	size_t count;
};

static bool sites_add(struct sites *sites, uint64_t address)
{
	for (size_t i = 0; i < sites->count; i++)
		if (sites->list[i] == address)
			return false;
	sites->list = util_resize(sites->list, sites->count + 1, sizeof(*sites->list));
	sites->list[sites->count++] = address;
	return true;
}

static bool may_call_indirectly(const struct bound_image *image, uint64_t site, uint64_t target)
{
	const struct bound_symbol *function = bound_image_function(image, site);
	return function != NULL && lists_target(image, function, target);
}

/* Adds where each call of the function entered at entry comes back to; functions that jump to it are in turn added to
 * jumpers. */
static void sites_of(const struct bound_image *image, uint64_t entry, struct sites *back, struct sites *jumpers)
{
	for (size_t word = 0; word < image->code.word_count; word++) {
		uint64_t at = image->code.base + 4 * word;
		struct bound_insn insn = bound_insn_decode(image->words[word], at);
		bool calls = insn.kind == BOUND_INSN_CALL && insn.target == entry;
		bool jumps = (insn.kind == BOUND_INSN_JUMP || insn.kind == BOUND_INSN_BRANCH) && insn.target == entry;
		calls |= insn.kind == BOUND_INSN_CALL_INDIRECT && may_call_indirectly(image, at, entry);
		jumps |= insn.kind == BOUND_INSN_JUMP_INDIRECT && may_call_indirectly(image, at, entry);
		const struct bound_symbol *in = bound_image_function(image, at);
		if (calls)
			sites_add(back, at + 4);
		if (jumps && in != NULL)
			sites_add(jumpers, in->address);
	}
}

/* Where a procedure that was not entered at a function's beginning may return to. */
static struct sites returns_of(const struct bound_image *image, const struct bound_procedure *p)
{
	struct sites back = {NULL, 0};
	struct sites functions = {NULL, 0};
	for (int i = 0; i < p->graph.block_count; i++) {
		const struct bound_block *b = &p->graph.blocks[i];
		const struct bound_symbol *in = bound_image_function(image, b->start);
		for (unsigned k = 0; k < b->edge_count && in != NULL; k++)
			if (b->edges[k].to == BOUND_TO_RETURN)
				sites_add(&functions, in->address);
	}
	for (size_t i = 0; i < functions.count; i++)
		sites_of(image, functions.list[i], &back, &functions);
	free(functions.list);
	return back;
}

static size_t leg_of(struct bound_step *step, const struct bound_procedure *p)
{
	for (size_t i = 0; i < step->leg_count; i++)
		if (step->legs[i].procedure == p)
			return i;
	step->legs = util_resize(step->legs, step->leg_count + 1, sizeof(*step->legs));
	step->legs[step->leg_count] = (struct bound_leg){.procedure = p, .cost = p->ends};
	return step->leg_count++;
}

static uint64_t greater(uint64_t a, uint64_t b) { return a == BOUND_NONE || (b != BOUND_NONE && b > a) ? b : a; }

static void leg_follow(struct bound_step *step, size_t leg, size_t next)
{
	struct bound_leg *l = &step->legs[leg];
	uint64_t rest = step->legs[next].cost;
	l->next = util_resize(l->next, l->next_count + 1, sizeof(*l->next));
	l->next[l->next_count++] = next;
	if (rest != BOUND_NONE)
		l->cost = greater(l->cost, bound_sum(l->procedure->returns, rest));
}

/* The step goes on at an address, in the middle of some function, after so many returns. */
static size_t step_from(struct bound_walk *walk, struct bound_step *step, uint64_t address, unsigned depth)
{
	const struct bound_procedure *p = bound_walk_procedure(walk, address);
	size_t leg = leg_of(step, p);
	if (p->returns == BOUND_NONE || step->legs[leg].is_complete)
		return leg;
	struct sites back = returns_of(walk->book->image, p);
	if (back.count == 0 || depth == LEG_LIMIT)
		bound_book_refuse(walk->book, BOUND_RULE_RETURN, address, util_copy(""));
	for (size_t i = 0; i < back.count && depth < LEG_LIMIT; i++)
		leg_follow(step, leg, step_from(walk, step, back.list[i], depth + 1));
	free(back.list);
	step->legs[leg].is_complete = true;
	return leg;
}

static void step_begin(struct bound_walk *walk, struct bound_step *step, uint64_t address)
{
	size_t leg = step_from(walk, step, address, 0);
	step->legs[leg].begins = true;
	step->cost = greater(step->cost, step->legs[leg].cost);
}

static struct bound_step step_of_vectors(struct bound_walk *walk)
{
	struct bound_step step = {BOUND_NONE, NULL, 0};
	uint64_t first = 0;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct bound_symbol *s = bound_image_symbol(walk->book->image, vectors[i]);
		if (s == NULL || !bound_image_is_code(walk->book->image, s->address))
			continue;
		step_begin(walk, &step, s->address);
		first = first != 0 ? first : s->address;
	}
	if (step.cost == BOUND_NONE && walk->book->refusal_count == 0)
		bound_book_refuse(walk->book, BOUND_RULE_NO_END, first, util_copy(""));
	return step;
}

/* A step from a wait may find further waits: until all are done. */
static struct bound_step step_of_waits(struct bound_walk *walk)
{
	struct bound_step step = {BOUND_NONE, NULL, 0};
	struct sites done = {NULL, 0};
	bool changed = true;
	while (changed) {
		changed = false;
		for (size_t word = 0; word < walk->book->image->code.word_count; word++) {
			uint64_t next = walk->book->image->code.base + 4 * word + 4;
			if (!walk->book->waits[word] || !bound_image_is_code(walk->book->image, next))
				continue;
			if (!sites_add(&done, next))
				continue;
			step_begin(walk, &step, next);
			changed = true;
		}
	}
	free(done.list);
	return step;
}

struct bound_step bound_step_longest(struct bound_walk *walk, enum exit_class exit_class)
{
	return exit_class == EXIT_IDLE ? step_of_waits(walk) : step_of_vectors(walk);
}

void bound_step_fini(struct bound_step *step)
{
	for (size_t i = 0; i < step->leg_count; i++)
		free(step->legs[i].next);
	free(step->legs);
	*step = (struct bound_step){BOUND_NONE, NULL, 0};
}
