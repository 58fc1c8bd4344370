/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the options of `check` and `build`, and explains rules. */
#define _GNU_SOURCE
#include "tools/takt/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/takt/command.h"
#include "tools/takt/diag.h"
#include "tools/takt/schema.h"
#include "tools/takt/util.h"

enum {
	OPTION_EL2 = 256,
	OPTION_SERVICES,
	OPTION_JSON,
	OPTION_FORMAT,
	OPTION_EXPLAIN,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"path", required_argument, NULL, 'I'},
	{"define", required_argument, NULL, 'D'},
	{"output", required_argument, NULL, 'o'},
	{"quiet", no_argument, NULL, 'q'},
	{"el2", required_argument, NULL, OPTION_EL2},
	{"services", required_argument, NULL, OPTION_SERVICES},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"json", no_argument, NULL, OPTION_JSON},
	{"explain", required_argument, NULL, OPTION_EXPLAIN},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

int options_explain(const char *rule)
{
	const char *names[RULE_COUNT + 1] = {0};
	enum rule found = rule_find(rule);
	if (found != RULE_COUNT) {
		const struct rule_text *text = rule_text(found);
		printf("%s: %s\n\n%s\n", text->name, text->summary, text->explain);
		return EXIT_KEPT;
	}
	for (int i = 0; i < RULE_COUNT; i++)
		names[i] = rule_text((enum rule)i)->name;
	const char *nearest = schema_nearest(rule, names);
	fprintf(stderr, "takt: there is no rule \"%s\"", rule);
	if (nearest)
		fprintf(stderr, " (did you mean \"%s\"?)", nearest);
	fputs("; the rules are:\n", stderr);
	for (int i = 0; i < RULE_COUNT; i++)
		fprintf(stderr, "  %-18s %s\n", names[i], rule_text((enum rule)i)->summary);
	return EXIT_INPUT;
}

char *options_systems_dir(void)
{
	static const char *const places[] = {"../../systems", "../share/takt/systems"};
	char *exe = util_exe_dir();
	char *found = NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && found == NULL; i++) {
		struct stat st;
		char *path = util_format("%s/%s", exe, places[i]);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			found = path;
		else
			free(path);
	}
	free(exe);
	return found;
}

/* Adds to one of the lists; false when it is full. */
static bool add(const char **list, size_t *count, const char *value)
{
	if (*count == OPTIONS_LIST_MAX) {
		fprintf(stderr, "takt: more than %u times the same option\n", OPTIONS_LIST_MAX);
		return false;
	}
	list[(*count)++] = value;
	return true;
}

static bool take_format(struct build_options *build, const char *name)
{
	static const char *const names[] = {[BUILD_IMAGE] = "image", [BUILD_FIT] = "fit"};
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			build->format = (enum build_format)i;
			return true;
		}
	}
	fprintf(stderr, "takt: there is no format \"%s\" (it may be: image, fit)\n", name);
	return false;
}

/* One option. Answers true to go on; else *code is what the command ends with. */
static bool take(struct options *options, int option, const char *usage, int *code)
{
	struct build_options *build = &options->build;
	*code = EXIT_INPUT;
	switch (option) {
	case 'I':
		return add(options->paths, &build->path_count, optarg);
	case 'D':
		return add(options->defines, &build->define_count, optarg);
	case 'o':
		build->output = optarg;
		return true;
	case 'q':
		build->quiet = true;
		return true;
	case OPTION_EL2:
		build->el2 = optarg;
		return true;
	case OPTION_SERVICES:
		build->services = optarg;
		return true;
	case OPTION_FORMAT:
		return take_format(build, optarg);
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_EXPLAIN:
		*code = options_explain(optarg);
		return false;
	case OPTION_HELP:
		fputs(usage, stdout);
		*code = EXIT_KEPT;
		return false;
	default:
		fputs(usage, stderr);
		return false;
	}
}

int options_parse(struct options *options, int argc, char **argv, const char *usage)
{
	int option;
	int code = EXIT_INPUT;
	*options = (struct options){0};
	options->build.paths = options->paths;
	options->build.defines = options->defines;
	optind = 1;
	while ((option = getopt_long(argc, argv, "I:D:o:q", long_options, NULL)) != -1) {
		if (!take(options, option, usage, &code))
			return code == EXIT_KEPT ? -1 : EXIT_INPUT;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "takt: %s needs one description\n%s", argv[0], usage);
		return EXIT_INPUT;
	}
	options->build.source = argv[optind];
	return EXIT_KEPT;
}
