/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `takt bound`: the longest path of each exit class of a linked EL2, in instructions, and the sizes of the image. The
 * subcommand itself (cmd_bound) is declared in command.h.
 *
 * The JSON that it writes:
 *
 *     {"image": {"path": "...", "text": 1, "rodata": 1, "data": 1, "bytes": 3}, "unit": "instructions",
 *      "classes": {"irq": {"bound": 123}, "hvc": {...}, ...}, "relied_on": {"NAME": 2, ...}}
 *
 * relied_on has every STEP_BOUND. A class without a step (idle, where EL2 never waits) is not there.
 */
#ifndef TOOLS_TAKT_BOUND_H
#define TOOLS_TAKT_BOUND_H

#include "abi/stats.h"
#include "tools/takt/bound_image.h"

struct bound_result {
	bool has_step;
	uint64_t cost;
};

/* Prints the table; writes the JSON to a file, whole or not at all, and answers 0 or an errno value. */
void bound_print_table(const struct bound_image *image, const struct bound_result results[EXIT_CLASS_COUNT]);
int bound_write_json(const char *path, const struct bound_image *image,
		     const struct bound_result results[EXIT_CLASS_COUNT]);

#endif
