/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of EL2: from a vector, or from the instruction behind a WFI, to the next ERET or WFI; per exit class, where
 * the dispatch is restricted to that class's handler.
 *
 * The image names them: vector_guest_sync, _irq, _fiq and _serror begin steps; exit_handlers[] holds the handlers in
 * the order of enum exit_class; the function that calls through it lists all of them with CALL_TARGET, and nothing
 * else. It may have copies of that call, but no other indirect call: a step has one class.
 */
#ifndef TOOLS_TAKT_BOUND_STEP_H
#define TOOLS_TAKT_BOUND_STEP_H

#include "abi/stats.h"
#include "tools/takt/bound_walk.h"

/* What a step consists of: a procedure in which it begins, or in which it goes on when another has returned. */
struct bound_leg {
	const struct bound_procedure *procedure;
	bool begins;
	bool is_complete; /* all legs that follow are known */
	size_t *next;     /* legs that follow its return */
	size_t next_count;
	uint64_t cost; /* of the longest way from here to the end of the step; BOUND_NONE */
};

struct bound_step {
	uint64_t cost; /* of the longest path, whatever was claimed of whole steps; BOUND_NONE: no step begins here */
	struct bound_leg *legs;
	size_t leg_count;
};

/* The name of a class as the reports spell it. */
const char *bound_class_name(enum exit_class exit_class);

/* The function that dispatches; null when the image lacks what the comment above says, and then fault is what, to be
 * freed. */
const struct bound_symbol *bound_step_dispatcher(const struct bound_image *image, char **fault);

/* The longest step of the class, whatever vector it came by. The idle class needs what the others found: it comes last.
 */
struct bound_step bound_step_longest(struct bound_walk *walk, enum exit_class exit_class);
void bound_step_fini(struct bound_step *step);

/* The address of a class's entry in exit_handlers, which the image has; and what it holds, 0 when it has no handler. */
uint64_t bound_step_slot(const struct bound_image *image, enum exit_class exit_class);
uint64_t bound_step_handler(const struct bound_image *image, enum exit_class exit_class);

#endif
