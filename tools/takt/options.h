/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that `check` and `build` have in common. */
#ifndef TOOLS_TAKT_OPTIONS_H
#define TOOLS_TAKT_OPTIONS_H

#include <stdbool.h>

#include "tools/takt/build.h"

#define OPTIONS_LIST_MAX 32U

struct options {
	struct build_options build; /* points into the lists */
	const char *paths[OPTIONS_LIST_MAX];
	const char *defines[OPTIONS_LIST_MAX];
	bool json;
};

/*
 * Parses; usage is printed for --help (to stdout) and after a mistake (to stderr). Answers EXIT_KEPT with the
 * description in build.source; EXIT_INPUT after a mistake; or -1 when the command is done (--help, --explain).
 */
int options_parse(struct options *options, int argc, char **argv, const char *usage);

/* Prints what `--explain RULE` answers: an enum exit_code. */
int options_explain(const char *rule);

/* The directory with the boards and examples that come with takt, beside the program; null when there is none. To be
 * freed. */
char *options_systems_dir(void);

#endif
