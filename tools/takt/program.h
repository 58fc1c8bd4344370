/* SPDX-License-Identifier: Apache-2.0 */
/* Running another program with its input from memory and its output into memory. */
#ifndef TOOLS_TAKT_PROGRAM_H
#define TOOLS_TAKT_PROGRAM_H

#include <stddef.h>

#include "tools/takt/util.h"

#define PROGRAM_ARGUMENT_MAX 128

struct program {
	const char *name;
	const char *package; /* the Debian package that has it */
	const char *arguments[PROGRAM_ARGUMENT_MAX];
	size_t count;
};

/* Adds an argument, borrowed until program_run. */
void program_add(struct program *program, const char *argument);

/*
 * Runs it with `input` (null: nothing) as its standard input. Answers its exit code with what it wrote, both terminated
 * by a zero byte and to be freed; or -1 when it can't be run, after having said so on stderr, with the package to
 * install.
 */
int program_run(const struct program *program, const struct bytes *input, struct bytes *output, struct bytes *messages);

#endif
