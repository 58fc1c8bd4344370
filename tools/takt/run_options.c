/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing the command line of `takt run`: see run_options.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/run_options.h"
#include "tools/takt/util.h"

static const char usage[] =
	"usage: takt run SYSTEM.dts|IMAGE [OPTION]...\n"
	"Boots a system in QEMU, shows its consoles and reports what was measured.\n"
	"\n"
	"When to stop (else: when every VM is off):\n"
	"  --until TEXT        when a console has printed TEXT; given more than once: when all have been printed,\n"
	"                        one that is given several times on as many lines\n"
	"  --time SECONDS      after this time on the guests' clock, or shortly after\n"
	"  --timeout SECONDS   after this time of yours, with exit code 3\n"
	"  --fail-on TEXT      when a console has printed TEXT, with exit code 1\n"
	"What to show and keep:\n"
	"  --console VM        only this console\n"
	"  --interactive       type into the consoles: Ctrl-T changes the console, Ctrl-A x quits\n"
	"  --send WHEN=TEXT    types TEXT and Enter when a console has printed WHEN; more than once: one after the "
	"other\n"
	"  --control SOCKET    shares the serial line with `takt vm`, which lists and commands the VMs\n"
	"  --log-dir DIR       one log for each console, and the trace\n"
	"  --report FILE       figures, VMs, CPUs and exits as JSON; `takt report FILE` shows them\n"
	"  --mark TEXT         when TEXT is printed, begins to count for \"since_mark\" in the report\n"
	"What is promised (exit code 1 when it is not kept; a missed deadline and a stopped VM always count):\n"
	"  --ceilings FILE     lines of NAME CEILING GOAL: no figure may exceed its ceiling\n"
	"  --expect-stop VM    this VM must be stopped for a fault, the others must not\n"
	"The machine:\n"
	"  --cpu MODEL         cortex-a53 (default), cortex-a57, cortex-a72, max\n"
	"  --firmware FILE     boots by this firmware, U-Boot, from a disk that has the image and its script\n"
	"  --realtime          runs on your clock; without it, a run repeats exactly and is measured in instructions\n"
	"  --in-turn           several CPUs run in turn, each instruction of any of them counts; else they run on your "
	"clock\n"
	"  --qemu PROGRAM      default: qemu-system-aarch64\n"
	"When a description is given:\n"
	"  -o, --output IMAGE  keeps the image that is built\n"
	"  -I DIR, -D NAME=VALUE, --el2 FILE, --services DIR   as in `takt build`\n";

enum option_id {
	OPT_UNTIL = 256,
	OPT_TIME,
	OPT_TIMEOUT,
	OPT_FAIL_ON,
	OPT_CONSOLE,
	OPT_INTERACTIVE,
	OPT_SEND,
	OPT_CONTROL,
	OPT_LOG_DIR,
	OPT_REPORT,
	OPT_MARK,
	OPT_CEILINGS,
	OPT_EXPECT_STOP,
	OPT_CPU,
	OPT_FIRMWARE,
	OPT_REALTIME,
	OPT_IN_TURN,
	OPT_QEMU,
	OPT_EL2,
	OPT_SERVICES,
};

static const struct option long_options[] = {
	{"help", no_argument, NULL, 'h'},
	{"output", required_argument, NULL, 'o'},
	{"path", required_argument, NULL, 'I'},
	{"define", required_argument, NULL, 'D'},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"time", required_argument, NULL, OPT_TIME},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"console", required_argument, NULL, OPT_CONSOLE},
	{"interactive", no_argument, NULL, OPT_INTERACTIVE},
	{"send", required_argument, NULL, OPT_SEND},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"log-dir", required_argument, NULL, OPT_LOG_DIR},
	{"report", required_argument, NULL, OPT_REPORT},
	{"mark", required_argument, NULL, OPT_MARK},
	{"ceilings", required_argument, NULL, OPT_CEILINGS},
	{"expect-stop", required_argument, NULL, OPT_EXPECT_STOP},
	{"cpu", required_argument, NULL, OPT_CPU},
	{"firmware", required_argument, NULL, OPT_FIRMWARE},
	{"realtime", no_argument, NULL, OPT_REALTIME},
	{"in-turn", no_argument, NULL, OPT_IN_TURN},
	{"qemu", required_argument, NULL, OPT_QEMU},
	{"el2", required_argument, NULL, OPT_EL2},
	{"services", required_argument, NULL, OPT_SERVICES},
	{NULL, 0, NULL, 0},
};

static int refuse(const char *what, const char *text)
{
	fprintf(stderr, "takt run: error: %s%s%s (see `takt run --help`)\n", what, text[0] != '\0' ? ": " : "", text);
	return EXIT_INPUT;
}

static int add_text(struct run_texts *texts, const char *text)
{
	if (texts->count == RUN_TEXT_MAX)
		return refuse("an option is given too often", text);
	if (text[0] == '\0')
		return refuse("an empty text matches everything", "");
	texts->list[texts->count++] = text;
	return EXIT_KEPT;
}

static int add_send(struct run_texts *texts, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text)
		return refuse("--send takes WHEN=TEXT", text);
	return add_text(texts, text);
}

static int parse_seconds(double *value, const char *text)
{
	return util_seconds(text, value) ? EXIT_KEPT : refuse("not a positive number of seconds", text);
}

/* Options with a plain value. True: it was one of them. */
static bool take_value(struct run_options *o, int id, const char *value)
{
	const struct {
		int id;
		const char **field;
	} fields[] = {
		{'o', &o->output},        {OPT_CONSOLE, &o->console},   {OPT_LOG_DIR, &o->log_dir},
		{OPT_REPORT, &o->report}, {OPT_MARK, &o->mark},         {OPT_CEILINGS, &o->ceilings},
		{OPT_CPU, &o->cpu},       {OPT_QEMU, &o->qemu},         {OPT_FIRMWARE, &o->firmware},
		{OPT_EL2, &o->el2},       {OPT_SERVICES, &o->services}, {OPT_CONTROL, &o->control},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].id == id) {
			*fields[i].field = value;
			return true;
		}
	}
	return false;
}

static int take_option(struct run_options *o, int id, const char *value)
{
	switch (id) {
	case 'I':
		return add_text(&o->paths, value);
	case 'D':
		return add_text(&o->defines, value);
	case OPT_UNTIL:
		return add_text(&o->until, value);
	case OPT_FAIL_ON:
		return add_text(&o->fail_on, value);
	case OPT_EXPECT_STOP:
		return add_text(&o->expect_stop, value);
	case OPT_SEND:
		return add_send(&o->send, value);
	case OPT_TIME:
		return parse_seconds(&o->time_s, value);
	case OPT_TIMEOUT:
		return parse_seconds(&o->timeout_s, value);
	case OPT_INTERACTIVE:
		o->is_interactive = true;
		return EXIT_KEPT;
	case OPT_REALTIME:
		o->is_realtime = true;
		return EXIT_KEPT;
	case OPT_IN_TURN:
		o->is_in_turn = true;
		return EXIT_KEPT;
	default:
		return take_value(o, id, value) ? EXIT_KEPT : refuse("unknown option", "");
	}
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	int id;

	*options = (struct run_options){.qemu = "qemu-system-aarch64", .cpu = "cortex-a53"};
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
	if (optind + 1 != argc)
		return refuse("exactly one description or image is needed", "");
	if (options->is_realtime && options->is_in_turn)
		return refuse("--in-turn counts instructions and --realtime does not: leave one of them out", "");
	options->input = argv[optind];
	return EXIT_KEPT;
}
