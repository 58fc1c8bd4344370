/* SPDX-License-Identifier: Apache-2.0 */
/* `takt report`: shows, checks and joins the reports of runs. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/report.h"

static const char usage[] =
	"usage: takt report FILE... [OPTION]...\n"
	"Shows what `takt run --report` has written.\n"
	"\n"
	"  --merge OUT      writes one report: of a figure that several have, the worst\n"
	"  --html OUT       writes a page with tables and histograms\n"
	"  --ceilings FILE  lines of NAME CEILING GOAL; exit code 1 when a figure exceeds its ceiling\n"
	"                   or is missing\n"
	"  --bounds FILE    of `takt bound --json`; exit code 1 when a step was longer than its bound\n"
	"  --quiet          no tables\n";

struct report_options {
	const char *merge;
	const char *html;
	const char *ceilings;
	const char *bounds;
	bool is_quiet;
};

static const struct option long_options[] = {
	{"help", no_argument, NULL, 'h'},
	{"merge", required_argument, NULL, 'm'},
	{"html", required_argument, NULL, 'w'},
	{"ceilings", required_argument, NULL, 'c'},
	{"bounds", required_argument, NULL, 'b'},
	{"quiet", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

/* Answers an enum exit_code, or -1 when the command is done. */
static int parse(struct report_options *options, int argc, char **argv)
{
	int id;

	*options = (struct report_options){0};
	optind = 0;
	while ((id = getopt_long(argc, argv, "hq", long_options, NULL)) != -1) {
		switch (id) {
		case 'h':
			fputs(usage, stdout);
			return -1;
		case 'm':
			options->merge = optarg;
			break;
		case 'w':
			options->html = optarg;
			break;
		case 'c':
			options->ceilings = optarg;
			break;
		case 'b':
			options->bounds = optarg;
			break;
		case 'q':
			options->is_quiet = true;
			break;
		default:
			return EXIT_INPUT;
		}
	}
	if (optind == argc) {
		fputs("takt report: error: no report is given (see `takt report --help`)\n", stderr);
		return EXIT_INPUT;
	}
	return EXIT_KEPT;
}

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *json = json_load_file(path, 0, &error);

	if (json == NULL)
		fprintf(stderr, "%s:%d: error: %s\n", path, error.line, error.text);
	return json;
}

/* The one report, or all of them as one; null after a message. */
static json_t *load_reports(char *const *paths, int count)
{
	json_t *list = json_array();
	json_t *report = NULL;

	for (int i = 0; i < count; i++) {
		json_t *one = load(paths[i]);

		if (one != NULL && !json_is_array(json_object_get(one, "figures"))) {
			fprintf(stderr, "%s: error: not a report of `takt run`\n", paths[i]);
			json_decref(one);
			one = NULL;
		}
		if (one == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, one);
	}
	report = count == 1 ? json_incref(json_array_get(list, 0)) : report_merge(list);
	json_decref(list);
	return report;
}

static int write_failed(const char *path)
{
	fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int write_html(const json_t *report, const char *path)
{
	FILE *out = fopen(path, "w");

	if (out == NULL)
		return write_failed(path);
	report_write_html(report, out);
	if (ferror(out) != 0 || fclose(out) != 0)
		return write_failed(path);
	return EXIT_KEPT;
}

static int write_files(const struct report_options *options, const json_t *report)
{
	if (options->merge != NULL && json_dump_file(report, options->merge, JSON_INDENT(1)) != 0)
		return write_failed(options->merge);
	return options->html != NULL ? write_html(report, options->html) : EXIT_KEPT;
}

static unsigned say_missing(const json_t *missing)
{
	size_t i;
	json_t *name;

	json_array_foreach(missing, i, name) fprintf(stderr, "broken: %s was not measured\n", json_string_value(name));
	return (unsigned)json_array_size(missing);
}

static void print(const json_t *report, const json_t *bounds)
{
	report_print_figures(report, stdout);
	report_print_vms(report, stdout);
	report_print_throttled(report, stdout);
	report_print_exits(report, bounds, stdout);
	fflush(stdout);
}

static int judge(const struct report_options *options, json_t *report, const json_t *bounds)
{
	json_t *missing = json_array();
	unsigned broken = 0;
	int code = EXIT_KEPT;

	if (options->ceilings != NULL)
		code = report_apply_ceilings(report, options->ceilings, missing);
	if (code == EXIT_KEPT) {
		code = write_files(options, report);
		if (!options->is_quiet)
			print(report, bounds);
		broken += say_missing(missing);
		broken += report_check(report, stderr);
		broken += bounds != NULL ? report_check_bounds(report, bounds, stderr) : 0;
	}
	json_decref(missing);
	return code == EXIT_KEPT && broken != 0 ? EXIT_BROKEN : code;
}

int cmd_report(int argc, char **argv)
{
	struct report_options options;
	json_t *bounds = NULL;
	int code = parse(&options, argc, argv);

	if (code != EXIT_KEPT)
		return code < 0 ? EXIT_KEPT : code;
	json_t *report = load_reports(argv + optind, argc - optind);
	if (options.bounds != NULL)
		bounds = load(options.bounds);
	code = report == NULL || (options.bounds != NULL && bounds == NULL) ? EXIT_INPUT
									    : judge(&options, report, bounds);
	json_decref(report);
	json_decref(bounds);
	return code;
}
