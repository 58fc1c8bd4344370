/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: what is wrong in a description, in the form of a compiler's messages.
 *
 *     systems/plc.dts:41: error[irq-two-owners] /domains/motion: line 33 ... (give it to one of them)
 *
 * They are collected, so that one run shows all that can be found, and printed once, in the order of the file.
 */
#ifndef TOOLS_TAKT_DIAG_H
#define TOOLS_TAKT_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Every rule of `takt check`. rules.c has the text of each, and systems/bad a description that breaks it. */
enum rule {
	RULE_SYNTAX,
	RULE_UNKNOWN_PROPERTY,
	RULE_UNKNOWN_NODE,
	RULE_PROPERTY_TYPE,
	RULE_VALUE_RANGE,
	RULE_MISSING_PROPERTY,
	RULE_MISSING_NODE,
	RULE_NAME_LENGTH,
	RULE_ID_TWICE,
	RULE_LIMIT,
	RULE_BOARD,
	RULE_CPU_MISSING,
	RULE_CPU_MODE,
	RULE_CPU_DEDICATED,
	RULE_DIRECT,
	RULE_MEMORY_ALIGN,
	RULE_MEMORY_OVERLAP,
	RULE_MEMORY_OUTSIDE,
	RULE_MEMORY_FULL,
	RULE_IMAGE_MISSING,
	RULE_IMAGE_KIND,
	RULE_IMAGE_TOO_BIG,
	RULE_IMAGE_OUTSIDE,
	RULE_DEVICE_UNKNOWN,
	RULE_DEVICE_TWO_OWNERS,
	RULE_DEVICE_PAGE,
	RULE_DEVICE_CLOCK,
	RULE_DEVICE_DMA,
	RULE_FLASH,
	RULE_PMU,
	RULE_IRQ_TWO_OWNERS,
	RULE_IRQ_TWICE,
	RULE_IRQ_UNKNOWN,
	RULE_IRQ_POLLED,
	RULE_IRQ_THROTTLE,
	RULE_RESERVATION,
	RULE_ERROR_ACTION,
	RULE_CPU_OVERLOAD,
	RULE_RANK,
	RULE_TABLE,
	RULE_MODE,
	RULE_TASKS_INFEASIBLE,
	RULE_CONFIG,
	RULE_COUNT
};

struct rule_text {
	const char *name;
	const char *summary; /* one line */
	const char *explain; /* why the rule is there, and what to do */
};

const struct rule_text *rule_text(enum rule rule);
/* The rule of that name, or RULE_COUNT. */
enum rule rule_find(const char *name);

/* A place in a source file. */
struct place {
	const char *file; /* null: no place known */
	int line;
};

struct diag_item {
	enum rule rule;
	char *file; /* may be null */
	int line;
	char *path; /* of the node */
	char *text; /* what is wrong, and in brackets what would be right */
	size_t order;
};

struct diag {
	struct diag_item *items;
	size_t count;
};

__attribute__((format(printf, 5, 6))) void diag_add(struct diag *diag, enum rule rule, struct place place,
						    const char *path, const char *format, ...);
/* All messages, a line each, ordered by place. */
void diag_print(struct diag *diag, FILE *out);
/* The same as {"errors": [...]}. */
void diag_print_json(struct diag *diag, FILE *out);
void diag_fini(struct diag *diag);

#endif
