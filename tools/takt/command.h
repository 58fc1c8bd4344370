/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands of takt. Each gets the arguments from its own name on (argv[0] is "run", ...) and answers the exit
 * code of the process.
 */
#ifndef TOOLS_TAKT_COMMAND_H
#define TOOLS_TAKT_COMMAND_H

enum exit_code {
	EXIT_KEPT = 0,        /* all promises kept */
	EXIT_BROKEN = 1,      /* a promise broken: a missed deadline, an exceeded bound */
	EXIT_INPUT = 2,       /* bad input: the description, a file it names, or the command line */
	EXIT_ENVIRONMENT = 3, /* the environment: a program is missing, a disk is full */
};

int cmd_new(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_gdb(int argc, char **argv);
int cmd_vm(int argc, char **argv);
int cmd_bound(int argc, char **argv);

#define TAKT_VERSION_TEXT "0.2"

#endif
