/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all walks through one image have in common: the reasons for which a bound is refused, each reported once, and
 * what was found about single instructions.
 */
#ifndef TOOLS_TAKT_BOUND_BOOK_H
#define TOOLS_TAKT_BOUND_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/takt/bound_image.h"
#include "tools/takt/bound_source.h"

enum bound_rule {
	BOUND_RULE_LOOP_UNDECLARED,
	BOUND_RULE_LOOP_UNCOUNTED,
	BOUND_RULE_LOOP_IRREDUCIBLE,
	BOUND_RULE_RECURSION,
	BOUND_RULE_CALL_UNLISTED,
	BOUND_RULE_INSTRUCTION,
	BOUND_RULE_OUTSIDE,
	BOUND_RULE_NO_END,
	BOUND_RULE_RETURN,
	BOUND_RULE_HANDLER,
	BOUND_RULE_COUNT
};

struct bound_refusal {
	enum bound_rule rule;
	uint64_t address;
	char *text; /* what was found there; may be "" */
};

struct bound_book {
	const struct bound_image *image;
	struct bound_source *source;
	uint64_t *terminals; /* addresses of functions behind which nothing counts */
	size_t terminal_count;
	struct bound_refusal *refusals;
	size_t refusal_count;
	bool *valid; /* by word: known to be a valid instruction */
	bool *waits; /* by word: a WFI or STEP_ENDS at which a step ends */
	uintptr_t disassembler;
};

/* False when there is no disassembler. */
bool bound_book_init(struct bound_book *book, const struct bound_image *image);
void bound_book_fini(struct bound_book *book);

/* Every symbol of that name is a terminal. */
void bound_book_add_terminal(struct bound_book *book, const char *name);
bool bound_book_is_terminal(const struct bound_book *book, uint64_t address);
/* The instruction at an address with code is one that the architecture knows. */
bool bound_book_is_valid(struct bound_book *book, uint64_t address);

/* Notes a refusal; the text becomes the book's. The same rule at the same address counts once. */
void bound_book_refuse(struct bound_book *book, enum bound_rule rule, uint64_t address, char *text);
/* Prints all refusals in order of address, with what would be right. */
void bound_book_print(struct bound_book *book, FILE *out);
const char *bound_rule_name(enum bound_rule rule);

#endif
