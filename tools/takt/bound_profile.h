/* SPDX-License-Identifier: Apache-2.0 */
/* Where the instructions of a longest step are, for --path. */
#ifndef TOOLS_TAKT_BOUND_PROFILE_H
#define TOOLS_TAKT_BOUND_PROFILE_H

#include <stdio.h>

#include "tools/takt/bound_count.h"

/*
 * Source functions by their own instructions, loops by turns, and every name with a STEP_BOUND: passes, and what one
 * more would cost.
 */
void bound_profile_print(FILE *out, struct bound_book *book, const struct bound_counts *counts, const char *name);

#endif
