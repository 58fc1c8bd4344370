/* SPDX-License-Identifier: Apache-2.0 */
/* The longest path, for a reader: which functions and lines it goes through, and what each costs. */
#ifndef TOOLS_TAKT_BOUND_TRACE_H
#define TOOLS_TAKT_BOUND_TRACE_H

#include <stdio.h>

#include "tools/takt/bound_walk.h"

/* Prints the longest path of procedure to BOUND_TO_RETURN or BOUND_TO_END. */
void bound_trace_print(FILE *out, struct bound_book *book, const struct bound_procedure *procedure, int to);

#endif
