/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow of control as it counts for a step. Nothing counts behind a terminal function, BRK or HLT, or in a loop of
 * hints that goes on for ever: these are our own bugs, and the machine stops there.
 */
#include "tools/takt/bound_walk.h"

#include <stdlib.h>
#include <string.h>

#include "tools/takt/bound_insn.h"
#include "tools/takt/util.h"

/* Hints that a loop which stops the machine may consist of. */
#define HALT_WORDS 4

static const struct bound_flow flow_none = {.is_plain = false, .count = 0};

/* Stands for the target of a call that was refused, so that what follows it is looked at, too. */
static const struct bound_procedure procedure_unknown = {.is_solved = true, .returns = 0, .ends = BOUND_NONE};

static size_t word_of(const struct bound_walk *walk, uint64_t address)
{
	return (size_t)((address - walk->book->image->code.base) / 4);
}

static struct bound_insn insn_at(const struct bound_walk *walk, uint64_t address)
{
	return bound_insn_decode(bound_image_word(walk->book->image, address), address);
}

/* The flow may go on at target, and that counts. */
static bool can_enter(struct bound_walk *walk, uint64_t from, uint64_t target)
{
	if (!bound_image_is_code(walk->book->image, target)) {
		bound_book_refuse(walk->book, BOUND_RULE_OUTSIDE, from,
				  util_format("to 0x%llx", (unsigned long long)target));
		return false;
	}
	return !bound_book_is_terminal(walk->book, target);
}

/* From address on there are hints only, up to a jump back to one of them. */
static bool is_halt(const struct bound_walk *walk, uint64_t address)
{
	uint64_t at = address;
	for (unsigned i = 0; i < HALT_WORDS && bound_image_is_code(walk->book->image, at); i++, at += 4) {
		struct bound_insn insn = insn_at(walk, at);
		if (insn.kind == BOUND_INSN_HINT || insn.kind == BOUND_INSN_WAIT)
			continue;
		if (insn.kind != BOUND_INSN_JUMP || insn.target > at || at - insn.target >= 4 * HALT_WORDS)
			return false;
		for (uint64_t k = insn.target; k < at; k += 4)
			if (!bound_image_is_code(walk->book->image, k) ||
			    (insn_at(walk, k).kind != BOUND_INSN_HINT && insn_at(walk, k).kind != BOUND_INSN_WAIT))
				return false;
		return true;
	}
	return false;
}

static void flow_add(struct bound_flow *flow, struct bound_out out) { flow->outs[flow->count++] = out; }

static void flow_add_target(struct bound_walk *walk, struct bound_flow *flow, uint64_t from, uint64_t target)
{
	if (can_enter(walk, from, target))
		flow_add(flow, (struct bound_out){.target = target});
}

static struct bound_flow flow_next(struct bound_walk *walk, uint64_t address)
{
	struct bound_flow flow = {.is_plain = can_enter(walk, address, address + 4)};
	return flow;
}

static struct bound_flow flow_to(int to)
{
	struct bound_flow flow = flow_none;
	flow_add(&flow, (struct bound_out){.to = to});
	return flow;
}

void bound_walk_targets(struct bound_walk *walk, uint64_t site, bound_walk_visit *visit, void *context)
{
	const struct bound_image *image = walk->book->image;
	const struct bound_symbol *function = bound_image_function(image, site);
	struct bound_insn insn = insn_at(walk, site);
	bool is_dispatch = function != NULL && walk->dispatch.function == function;
	uint64_t only = insn.kind == BOUND_INSN_CALL ? insn.target : walk->dispatch.handler;
	if (insn.kind == BOUND_INSN_CALL || is_dispatch) {
		if (can_enter(walk, site, only))
			visit(context, bound_walk_procedure(walk, only));
		return;
	}
	for (size_t i = 0; function != NULL && i < image->target_count; i++) {
		const struct bound_target *t = &image->targets[i];
		if (t->address < function->address || t->address - function->address >= function->size)
			continue;
		if (can_enter(walk, site, t->target))
			visit(context, bound_walk_procedure(walk, t->target));
	}
}

/* What a call may lead to: the dearest of its targets by either way. */
struct call {
	const struct bound_procedure *returns;
	const struct bound_procedure *ends;
};

static void call_add(void *context, const struct bound_procedure *p)
{
	struct call *call = context;
	if (p->returns != BOUND_NONE && (call->returns == NULL || p->returns > call->returns->returns))
		call->returns = p;
	if (p->ends != BOUND_NONE && (call->ends == NULL || p->ends > call->ends->ends))
		call->ends = p;
}

static bool is_listed(const struct bound_walk *walk, uint64_t site)
{
	const struct bound_image *image = walk->book->image;
	const struct bound_symbol *function = bound_image_function(image, site);
	for (size_t i = 0; function != NULL && i < image->target_count; i++)
		if (image->targets[i].address >= function->address &&
		    image->targets[i].address - function->address < function->size)
			return true;
	return false;
}

static struct call call_at(struct bound_walk *walk, uint64_t site)
{
	struct call call = {NULL, NULL};
	bound_walk_targets(walk, site, call_add, &call);
	if (insn_at(walk, site).kind != BOUND_INSN_CALL && !is_listed(walk, site)) {
		bound_book_refuse(walk->book, BOUND_RULE_CALL_UNLISTED, site, util_copy(""));
		call.returns = &procedure_unknown;
	}
	return call;
}

/* Behind the call the flow goes on at next, or returns when next is 0. */
static struct bound_flow flow_call(struct bound_walk *walk, uint64_t site, uint64_t next)
{
	struct bound_flow flow = flow_none;
	struct call call = call_at(walk, site);
	if (call.ends != NULL)
		flow_add(&flow, (struct bound_out){.to = BOUND_TO_END, .cost = call.ends->ends, .callee = call.ends});
	if (call.returns == NULL)
		return flow;
	struct bound_out out = {.target = next, .cost = call.returns->returns, .callee = call.returns, .falls = true};
	if (next == 0)
		out.to = BOUND_TO_RETURN;
	if (next == 0 || can_enter(walk, site, next))
		flow_add(&flow, out);
	return flow;
}

static struct bound_flow flow_of_branch(struct bound_walk *walk, uint64_t address, uint64_t target)
{
	struct bound_flow flow = flow_none;
	flow_add_target(walk, &flow, address, target);
	if (can_enter(walk, address, address + 4))
		flow_add(&flow, (struct bound_out){.target = address + 4, .falls = true});
	return flow;
}

static struct bound_flow flow_of_wait(struct bound_walk *walk, uint64_t address)
{
	walk->book->waits[word_of(walk, address)] = true;
	return flow_to(BOUND_TO_END);
}

static struct bound_flow flow_refused(struct bound_walk *walk, uint64_t address)
{
	uint32_t word = bound_image_word(walk->book->image, address);
	bound_book_refuse(walk->book, BOUND_RULE_INSTRUCTION, address, util_format("0x%08x", word));
	return flow_none;
}

static struct bound_flow flow_of_jump(struct bound_walk *walk, uint64_t address, uint64_t target)
{
	struct bound_flow flow = flow_none;
	flow_add_target(walk, &flow, address, target);
	return flow;
}

static struct bound_flow flow_of(void *context, uint64_t address)
{
	struct bound_walk *walk = context;
	struct bound_insn insn = insn_at(walk, address);
	bool may_halt = insn.kind == BOUND_INSN_HINT || insn.kind == BOUND_INSN_WAIT || insn.kind == BOUND_INSN_JUMP;
	if (may_halt && is_halt(walk, address))
		return flow_none;
	if (bound_image_is_end(walk->book->image, address))
		return flow_of_wait(walk, address);
	switch (insn.kind) {
	case BOUND_INSN_PLAIN:
		return bound_book_is_valid(walk->book, address) ? flow_next(walk, address)
								: flow_refused(walk, address);
	case BOUND_INSN_HINT:
		return flow_next(walk, address);
	case BOUND_INSN_WAIT:
		return flow_of_wait(walk, address);
	case BOUND_INSN_JUMP:
		return flow_of_jump(walk, address, insn.target);
	case BOUND_INSN_BRANCH:
		return flow_of_branch(walk, address, insn.target);
	case BOUND_INSN_CALL:
	case BOUND_INSN_CALL_INDIRECT:
		return flow_call(walk, address, address + 4);
	case BOUND_INSN_JUMP_INDIRECT:
		return flow_call(walk, address, 0);
	case BOUND_INSN_RETURN:
		return flow_to(BOUND_TO_RETURN);
	case BOUND_INSN_ERET:
		return flow_to(BOUND_TO_END);
	case BOUND_INSN_TRAP:
		return flow_none;
	case BOUND_INSN_REFUSED:
		return flow_refused(walk, address);
	}
	return flow_none;
}

static void refuse_loop(void *context, enum bound_loop_fault fault, uint64_t header)
{
	struct bound_walk *walk = context;
	enum bound_rule rule = fault == BOUND_LOOP_UNDECLARED ? BOUND_RULE_LOOP_UNDECLARED : BOUND_RULE_LOOP_UNCOUNTED;
	bound_book_refuse(walk->book, rule, header, util_copy(""));
}

/* The calls from an entry back to itself. */
static char *recursion_text(const struct bound_walk *walk, uint64_t entry)
{
	char *text = bound_image_describe(walk->book->image, entry);
	size_t first = walk->active_count;
	while (first > 0 && walk->active[first - 1] != entry)
		first--;
	for (size_t i = first; i < walk->active_count; i++) {
		char *name = bound_image_describe(walk->book->image, walk->active[i]);
		char *longer = util_format("%s -> %s", text, name);
		free(name);
		free(text);
		text = longer;
	}
	char *closed = util_format("%s%s", text, first == walk->active_count ? " -> itself" : " -> the first");
	free(text);
	return closed;
}

static void procedure_solve(struct bound_walk *walk, struct bound_procedure *p)
{
	const struct bound_image *image = walk->book->image;
	walk->active = util_resize(walk->active, walk->active_count + 1, sizeof(*walk->active));
	walk->active[walk->active_count++] = p->entry;
	bound_graph_init(&p->graph, &image->code, p->entry, flow_of, walk);
	walk->active_count--;
	p->is_solved = true;
	if (p->graph.irreducible != 0) {
		bound_book_refuse(walk->book, BOUND_RULE_LOOP_IRREDUCIBLE, p->graph.irreducible, util_copy(""));
		p->returns = 0;
		return;
	}
	bound_path_solve(&p->graph, image->records, image->record_count, refuse_loop, walk);
	p->returns = bound_path_cost(&p->graph, BOUND_TO_RETURN);
	p->ends = bound_path_cost(&p->graph, BOUND_TO_END);
}

const struct bound_procedure *bound_walk_procedure(struct bound_walk *walk, uint64_t entry)
{
	struct bound_procedure **slot = &walk->procedures[word_of(walk, entry)];
	if (*slot == NULL) {
		*slot = util_alloc(1, sizeof(**slot));
		**slot = (struct bound_procedure){.entry = entry, .returns = 0, .ends = BOUND_NONE};
		procedure_solve(walk, *slot);
	} else if (!(*slot)->is_solved) {
		bound_book_refuse(walk->book, BOUND_RULE_RECURSION, entry, recursion_text(walk, entry));
	}
	return *slot;
}

void bound_walk_init(struct bound_walk *walk, struct bound_book *book, struct bound_dispatch dispatch)
{
	*walk = (struct bound_walk){.book = book, .dispatch = dispatch};
	walk->procedures = util_alloc(book->image->code.word_count, sizeof(struct bound_procedure *));
}

void bound_walk_fini(struct bound_walk *walk)
{
	for (size_t i = 0; i < walk->book->image->code.word_count; i++) {
		if (walk->procedures[i] == NULL)
			continue;
		bound_graph_fini(&walk->procedures[i]->graph);
		free(walk->procedures[i]);
	}
	free(walk->procedures);
	free(walk->active);
	*walk = (struct bound_walk){0};
}
