/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `takt run`. */
#ifndef TOOLS_TAKT_RUN_OPTIONS_H
#define TOOLS_TAKT_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define RUN_TEXT_MAX 32

struct run_texts {
	const char *list[RUN_TEXT_MAX];
	size_t count;
};

/* Strings are those of argv. */
struct run_options {
	const char *input;  /* SYSTEM.dts or IMAGE */
	const char *output; /* where to build the image; null: in a temporary directory */
	const char *qemu;
	const char *cpu;
	bool has_gdb;         /* stops before the first instruction and waits for gdb */
	const char *firmware; /* that loads the image from a disk; null: QEMU loads it */
	bool is_realtime;
	bool is_in_turn; /* several CPUs count instructions, all of them together */
	bool is_interactive;
	double time_s;       /* of the guests' clock; 0: no limit */
	double timeout_s;    /* of the host's; 0: no limit */
	const char *console; /* the VM to show; null: all */
	const char *control; /* socket; NULL: none */
	const char *log_dir;
	const char *report;
	const char *ceilings;
	const char *mark;
	struct run_texts until;
	struct run_texts fail_on;
	struct run_texts expect_stop;
	struct run_texts send;  /* WHEN=TEXT */
	struct run_texts paths; /* for build_system */
	struct run_texts defines;
	const char *el2;
	const char *services;
};

/* Answers an enum exit_code, or -1 when the command is done (--help). What is wrong was said on stderr. */
int run_options_parse(struct run_options *options, int argc, char **argv);

#endif
