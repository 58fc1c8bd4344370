/* SPDX-License-Identifier: Apache-2.0 */
/* Runs cpp and dtc over a description and reads what they say. */
#define _GNU_SOURCE
#include "tools/takt/tree.h"

#include <ctype.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/program.h"
#include "tools/takt/util.h"

/* cpp's and dtc's messages: "FILE:LINE[.COLUMNS|:COLUMN]: text", dtc's begun by "Error: " or ended by a place. */
static bool split_message(char *line, struct place *place, char **text)
{
	if (strncmp(line, "Error: ", 7) == 0)
		line += 7;
	char *colon = strchr(line, ':');
	if (colon == NULL || !isdigit((unsigned char)colon[1]))
		return false;
	char *rest = colon + 1;
	long number = strtol(rest, &rest, 10);
	while (*rest && *rest != ' ')
		rest++;
	while (*rest == ' ')
		rest++;
	*colon = '\0';
	*place = (struct place){.file = line, .line = (int)number};
	*text = rest;
	return true;
}

/* The words by which the programs open a message add nothing to ours. */
static const char *without_severity(const char *text)
{
	static const char *const words[] = {"fatal error: ", "error: ", "ERROR: ", "ERROR "};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return text + strlen(words[i]);
	}
	return text;
}

/* dtc's word on a label that nobody has, as ours; else its own words. */
static void report_message(struct place place, const char *text, struct diag *diag)
{
	static const char no_label[] = "Reference to non-existent node or label ";
	const char *label = strstr(text, no_label);
	if (label)
		diag_add(diag, RULE_SYNTAX, place, "",
			 "there is no node with the label %s (labels are those of the board's file, and of this one)",
			 label + sizeof(no_label) - 1);
	else
		diag_add(diag, RULE_SYNTAX, place, "", "%s", without_severity(text));
}

static void report_messages(const struct tree *tree, char *messages, struct diag *diag)
{
	char *state = NULL;
	size_t before = diag->count;
	for (char *line = strtok_r(messages, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		struct place place;
		char *text;
		if (strstr(line, "FATAL ERROR") || strstr(line, "Input tree has errors") ||
		    strstr(line, "compilation terminated") || strstr(line, "included from"))
			continue;
		if (split_message(line, &place, &text))
			report_message(place, text, diag);
		else if (strncmp(line, "ERROR", 5) == 0 || strstr(line, "rror: "))
			diag_add(diag, RULE_SYNTAX, (struct place){tree->file, 1}, "", "%s", without_severity(line));
	}
	if (diag->count == before)
		diag_add(diag, RULE_SYNTAX, (struct place){tree->file, 1}, "", "this is not a device tree source");
}

static int preprocess(const struct tree *tree, const struct tree_options *options, struct bytes *source,
		      struct diag *diag)
{
	struct program program = {.name = "cpp", .package = "cpp"};
	program_add(&program, "-undef");
	program_add(&program, "-nostdinc");
	program_add(&program, "-fno-diagnostics-show-caret");
	program_add(&program, "-x");
	program_add(&program, "assembler-with-cpp");
	program_add(&program, "-D__DTS__");
	for (size_t i = 0; i < options->path_count; i++) {
		program_add(&program, "-I");
		program_add(&program, options->paths[i]);
	}
	for (size_t i = 0; i < options->define_count; i++) {
		program_add(&program, "-D");
		program_add(&program, options->defines[i]);
	}
	program_add(&program, tree->file);
	struct bytes messages;
	int code = program_run(&program, NULL, source, &messages);
	if (code > 0)
		report_messages(tree, (char *)messages.data, diag);
	free(messages.data);
	return code == 0 ? EXIT_KEPT : code > 0 ? EXIT_INPUT : EXIT_ENVIRONMENT;
}

static int compile(const struct tree *tree, const struct bytes *source, bool annotated, struct bytes *result,
		   struct diag *diag)
{
	struct program program = {.name = "dtc", .package = "device-tree-compiler"};
	program_add(&program, "-q");
	program_add(&program, "-I");
	program_add(&program, "dts");
	program_add(&program, "-O");
	program_add(&program, annotated ? "dts" : "dtb");
	if (annotated) {
		program_add(&program, "-T");
		program_add(&program, "-T");
	}
	struct bytes messages;
	int code = program_run(&program, source, result, &messages);
	if (code > 0)
		report_messages(tree, (char *)messages.data, diag);
	free(messages.data);
	return code == 0 ? EXIT_KEPT : code > 0 ? EXIT_INPUT : EXIT_ENVIRONMENT;
}

int tree_load(struct tree *tree, const struct tree_options *options, struct diag *diag)
{
	*tree = (struct tree){.file = util_copy(options->file)};
	if (!util_file_exists(options->file)) {
		diag_add(diag, RULE_SYNTAX, (struct place){tree->file, 1}, "", "there is no such file");
		return EXIT_INPUT;
	}
	struct bytes source = {0};
	struct bytes binary = {0};
	struct bytes text = {0};
	int code = preprocess(tree, options, &source, diag);
	if (code == EXIT_KEPT)
		code = compile(tree, &source, false, &binary, diag);
	if (code == EXIT_KEPT)
		code = compile(tree, &source, true, &text, diag);
	if (code == EXIT_KEPT && fdt_check_full(binary.data, binary.size) != 0) {
		diag_add(diag, RULE_SYNTAX, (struct place){tree->file, 1}, "", "dtc made a broken tree of this");
		code = EXIT_INPUT;
	}
	if (code == EXIT_KEPT) {
		tree->fdt = binary.data;
		binary.data = NULL;
		tree_parse_places(tree, (const char *)text.data);
	}
	free(source.data);
	free(binary.data);
	free(text.data);
	return code;
}

void tree_fini(struct tree *tree)
{
	for (size_t i = 0; i < tree->place_count; i++) {
		free(tree->places[i].path);
		free(tree->places[i].property);
		free(tree->places[i].file);
	}
	free(tree->places);
	free(tree->fdt);
	free(tree->file);
	*tree = (struct tree){0};
}

char *tree_path(const struct tree *tree, int node)
{
	char path[1024];
	if (fdt_get_path(tree->fdt, node, path, sizeof(path)) != 0)
		return util_copy("?");
	return util_copy(path);
}

int tree_cells(const struct tree *tree, int node, const char *property, const uint32_t **cells)
{
	int bytes;
	const void *value = fdt_getprop(tree->fdt, node, property, &bytes);
	if (value == NULL)
		return 0;
	*cells = value;
	return bytes % 4 == 0 && bytes > 0 ? bytes / 4 : -1;
}

uint32_t tree_cell(const uint32_t *cells, int i) { return fdt32_to_cpu(cells[i]); }

uint64_t tree_number(const uint32_t *cells, int at, int count)
{
	uint64_t number = 0;
	for (int i = 0; i < count; i++)
		number = (number << 32) | tree_cell(cells, at + i);
	return number;
}

const char *tree_string(const struct tree *tree, int node, const char *property)
{
	int bytes;
	const char *value = fdt_getprop(tree->fdt, node, property, &bytes);
	if (value == NULL || bytes < 1 || strlen(value) + 1 != (size_t)bytes)
		return NULL;
	return value;
}
