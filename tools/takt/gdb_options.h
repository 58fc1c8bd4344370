/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `takt gdb`. */
#ifndef TOOLS_TAKT_GDB_OPTIONS_H
#define TOOLS_TAKT_GDB_OPTIONS_H

#include "tools/takt/run_options.h"

/* Strings are those of argv. */
struct gdb_options {
	struct run_options run; /* first: what is booted, and how */
	const char *target;     /* "el2" or a VM's name */
	const char *symbols;    /* null: those of EL2, or of the VM's kernel */
	const char *program;    /* gdb */
	char **arguments;       /* of gdb, a null ends them */
};

/* Answers an enum exit_code, or -1 when the command is done (--help). What is wrong was said on stderr. */
int gdb_options_parse(struct gdb_options *options, int argc, char **argv);

#endif
