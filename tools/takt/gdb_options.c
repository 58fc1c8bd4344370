/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing the command line of `takt gdb`: see gdb_options.h. */
#include "tools/takt/gdb_options.h"

#include <getopt.h>
#include <stdio.h>

#include "tools/takt/command.h"

static const char usage[] = "usage: takt gdb SYSTEM.dts|IMAGE el2|VM [OPTION]... [-- ARGUMENT...]\n"
			    "Boots a system in QEMU, stopped before its first instruction, and starts gdb on EL2 or on "
			    "a VM. Breakpoints hold\n"
			    "there only, at its own virtual addresses, and may be set before there is code. Arguments "
			    "behind -- are gdb's.\n"
			    "\n"
			    "  --symbols FILE      instead of EL2's, or of the VM's kernel when that is an ELF file\n"
			    "  --gdb PROGRAM       default: gdb-multiarch\n"
			    "  --log-dir DIR       one log for each console\n"
			    "  --cpu MODEL, --realtime, --qemu PROGRAM, --firmware FILE   as in `takt run`\n"
			    "  -o IMAGE, -I DIR, -D NAME=VALUE, --el2 FILE, --services DIR   as in `takt build`\n"
			    "\n"
			    "In gdb:\n"
			    "  takt-cpus           where each CPU is, and which VM and vCPU is loaded there\n"
			    "  takt-return         goes on to where EL2 was entered from, when a step has ended in it\n"
			    "  takt-contexts       what EL2 schedules, with state and time\n"
			    "  takt-trace [N]      the last N records of its trace (20)\n"
			    "\n"
			    "Ends as gdb does; with 2 on bad input, 3 when gdb or QEMU can't be run.\n";

enum option_id {
	OPT_SYMBOLS = 256,
	OPT_GDB,
	OPT_LOG_DIR,
	OPT_CPU,
	OPT_REALTIME,
	OPT_QEMU,
	OPT_FIRMWARE,
	OPT_EL2,
	OPT_SERVICES,
};

static const struct option long_options[] = {
	{"help", no_argument, NULL, 'h'},
	{"output", required_argument, NULL, 'o'},
	{"path", required_argument, NULL, 'I'},
	{"define", required_argument, NULL, 'D'},
	{"symbols", required_argument, NULL, OPT_SYMBOLS},
	{"gdb", required_argument, NULL, OPT_GDB},
	{"log-dir", required_argument, NULL, OPT_LOG_DIR},
	{"cpu", required_argument, NULL, OPT_CPU},
	{"realtime", no_argument, NULL, OPT_REALTIME},
	{"qemu", required_argument, NULL, OPT_QEMU},
	{"firmware", required_argument, NULL, OPT_FIRMWARE},
	{"el2", required_argument, NULL, OPT_EL2},
	{"services", required_argument, NULL, OPT_SERVICES},
	{NULL, 0, NULL, 0},
};

static int refuse(const char *what)
{
	fprintf(stderr, "takt gdb: error: %s (see `takt gdb --help`)\n", what);
	return EXIT_INPUT;
}

static int add_text(struct run_texts *texts, const char *text)
{
	if (texts->count == RUN_TEXT_MAX)
		return refuse("an option is given too often");
	texts->list[texts->count++] = text;
	return EXIT_KEPT;
}

static int take_option(struct gdb_options *o, int id, const char *value)
{
	const struct {
		int id;
		const char **field;
	} fields[] = {
		{'o', &o->run.output},          {OPT_SYMBOLS, &o->symbols}, {OPT_GDB, &o->program},
		{OPT_CPU, &o->run.cpu},         {OPT_QEMU, &o->run.qemu},   {OPT_FIRMWARE, &o->run.firmware},
		{OPT_LOG_DIR, &o->run.log_dir}, {OPT_EL2, &o->run.el2},     {OPT_SERVICES, &o->run.services},
	};

	if (id == 'I')
		return add_text(&o->run.paths, value);
	if (id == 'D')
		return add_text(&o->run.defines, value);
	if (id == OPT_REALTIME)
		o->run.is_realtime = true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].id == id)
			*fields[i].field = value;
	}
	return EXIT_KEPT;
}

int gdb_options_parse(struct gdb_options *options, int argc, char **argv)
{
	int id;

	*options = (struct gdb_options){
		.run = {.qemu = "qemu-system-aarch64", .cpu = "cortex-a53", .has_gdb = true},
		.program = "gdb-multiarch",
	};
	optind = 0;
	while ((id = getopt_long(argc, argv, "ho:I:D:", long_options, NULL)) != -1) {
		if (id == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (id == '?')
			return EXIT_INPUT;
		int code = take_option(options, id, optarg);
		if (code != EXIT_KEPT)
			return code;
	}
	if (optind + 2 > argc)
		return refuse("needed are a description or image, and `el2` or a VM");
	options->run.input = argv[optind];
	options->target = argv[optind + 1];
	options->arguments = argv + optind + 2;
	return EXIT_KEPT;
}
