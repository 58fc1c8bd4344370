/* SPDX-License-Identifier: Apache-2.0 */
/* takt: the one command. Finds the subcommand and hands over. */
#include <stdio.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/options.h"
#include "tools/takt/schema.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
};

static const struct command commands[] = {
	{"new", cmd_new, "print a system description for a board, to begin with"},
	{"check", cmd_check, "check a system description"},
	{"build", cmd_build, "make a bootable image of a system description"},
	{"run", cmd_run, "boot a description or image in QEMU and record what happens"},
	{"gdb", cmd_gdb, "debug EL2 or a VM in QEMU"},
	{"vm", cmd_vm, "list, stop, start, restart, pause or resume VMs of a running system"},
	{"report", cmd_report, "print, compare and merge reports of runs"},
	{"bound", cmd_bound, "compute the longest path of each kind of exit from EL2's ELF file"},
	{"help", cmd_help, "every property and every rule"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fputs("usage: takt COMMAND [OPTIONS] ...\n\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].text);
	fputs("\n"
	      "  takt COMMAND --help  the options of a command\n"
	      "  takt --explain RULE  more about a message's rule\n"
	      "  takt --version\n"
	      "\n"
	      "Ends with 0 when all promises were kept, 1 when one was broken, 2 on bad input, 3 when the environment\n"
	      "fails: a program is missing, a disk is full.\n",
	      out);
}

static int refuse(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = {0};
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	const char *nearest = schema_nearest(name, names);
	fprintf(stderr, "takt: there is no command \"%s\"", name);
	if (nearest)
		fprintf(stderr, " (did you mean \"%s\"?)", nearest);
	fputs("; `takt --help` lists them\n", stderr);
	return EXIT_INPUT;
}

/* What was printed must have arrived: a full disk behind standard output is an error too. */
static int finish(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("takt: can't write to standard output\n", stderr);
		return code == EXIT_KEPT ? EXIT_ENVIRONMENT : code;
	}
	return code;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_INPUT;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return finish(EXIT_KEPT);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("takt " TAKT_VERSION_TEXT);
		return finish(EXIT_KEPT);
	}
	if (strcmp(argv[1], "--explain") == 0 && argc == 3)
		return finish(options_explain(argv[2]));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	}
	return refuse(argv[1]);
}
