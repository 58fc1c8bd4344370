/* SPDX-License-Identifier: Apache-2.0 */
/* takt new: a description to begin with. takt help: the reference. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/diag.h"
#include "tools/takt/options.h"
#include "tools/takt/schema.h"
#include "tools/takt/util.h"

static const char new_usage[] =
	"usage: takt new BOARD > FILE.dts\n"
	"       takt new\n"
	"\n"
	"Prints a system description for a board, to begin with; without a board, lists the boards.\n";

static const char template[] =
	"/* A system for %s. `takt help properties` tells all that can be said here. */\n"
	"/dts-v1/;\n"
	"#include \"boards/%s.dtsi\"\n"
	"\n"
	"/ {\n"
	"\tdomains {\n"
	"\t\t/* The guest with deadlines: 200 us of CPU 0 in every millisecond, each within 500 us. */\n"
	"\t\tcontrol {\n"
	"\t\t\tcompatible = \"openamp,domain-v1\";\n"
	"\t\t\tcpus = <&cpus 0x1 1>;\n"
	"\t\t\tmemory = <0x0 0x40000000 0x0 0x200000>;\n"
	"\t\t\ttakt,kernel = \"control.elf\";\n"
	"\t\t\ttakt,budget-ns = <200000>;\n"
	"\t\t\ttakt,deadline-ns = <500000>;\n"
	"\t\t\ttakt,period-ns = <1000000>;\n"
	"\t\t};\n"
	"\n"
	"\t\t/* Everything else, in the time that is left. */\n"
	"\t\tlinux {\n"
	"\t\t\tcompatible = \"openamp,domain-v1\";\n"
	"\t\t\tcpus = <&cpus 0x1 1>;\n"
	"\t\t\tmemory = <0x0 0x40000000 0x0 0xa000000>;\n"
	"\t\t\tos,type = \"linux\";\n"
	"\t\t\ttakt,kernel = \"Image\";\n"
	"\t\t\ttakt,initrd = \"initrd.cpio.gz\";\n"
	"\t\t\tchosen {\n"
	"\t\t\t\tbootargs = \"console=ttyAMA0 rdinit=/init\";\n"
	"\t\t\t};\n"
	"\t\t};\n"
	"\t};\n"
	"};\n";

#define BOARD_MAX 63U

/* The boards' names, sorted, ended by a null; answers false when there is no directory of boards. */
static bool list_boards(char *names[BOARD_MAX + 1])
{
	size_t count = 0;
	char *systems = options_systems_dir();
	char *path = util_format("%s/boards", systems ? systems : ".");
	struct dirent **entries;
	int found = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < found; i++) {
		const char *end = strstr(entries[i]->d_name, ".dtsi");
		if (end && count < BOARD_MAX)
			names[count++] = util_format("%.*s", (int)(end - entries[i]->d_name), entries[i]->d_name);
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
	free(path);
	free(systems);
	return found >= 0;
}

static int print_new(const char *board, char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		if (strcmp(names[i], board) == 0) {
			printf(template, board, board);
			return EXIT_KEPT;
		}
	}
	const char *nearest = schema_nearest(board, (const char *const *)names);
	fprintf(stderr, "takt: there is no board \"%s\"", board);
	if (nearest)
		fprintf(stderr, " (did you mean \"%s\"?)", nearest);
	fputs("; `takt new` lists the boards\n", stderr);
	return EXIT_INPUT;
}

int cmd_new(int argc, char **argv)
{
	char *names[BOARD_MAX + 1] = {0};
	int code = EXIT_KEPT;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(new_usage, stdout);
		return EXIT_KEPT;
	}
	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fputs(new_usage, stderr);
		return EXIT_INPUT;
	}
	if (!list_boards(names)) {
		fputs("takt: the directory of the boards (systems/boards) is not where the program expects it\n",
		      stderr);
		return EXIT_ENVIRONMENT;
	}
	if (argc == 2)
		code = print_new(argv[1], names);
	for (size_t i = 0; names[i]; i++) {
		if (argc == 1)
			puts(names[i]);
		free(names[i]);
	}
	return code;
}

static void print_rules(void)
{
	for (int i = 0; i < RULE_COUNT; i++)
		printf("%-18s %s\n", rule_text((enum rule)i)->name, rule_text((enum rule)i)->summary);
}

int cmd_help(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "properties") == 0) {
		schema_print_reference(stdout);
		return EXIT_KEPT;
	}
	if (argc == 2 && strcmp(argv[1], "rules") == 0) {
		print_rules();
		return EXIT_KEPT;
	}
	fputs("usage: takt help properties   every node and property of a system description\n"
	      "       takt help rules        every rule of `takt check`; `takt check --explain RULE` says more\n"
	      "       takt COMMAND --help    the options of a command\n",
	      argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
	return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_KEPT : EXIT_INPUT;
}
