/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting and printing diagnostics. */
#define _GNU_SOURCE
#include "tools/takt/diag.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

void diag_add(struct diag *diag, enum rule rule, struct place place, const char *path, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = util_vformat(format, args);
	va_end(args);
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_item *old = &diag->items[i];
		if (old->rule == rule && old->line == place.line && strcmp(old->text, text) == 0 &&
		    strcmp(old->path, path) == 0) {
			free(text);
			return;
		}
	}
	diag->items = util_resize(diag->items, diag->count + 1, sizeof(*diag->items));
	diag->items[diag->count] = (struct diag_item){
		.rule = rule,
		.file = place.file ? util_copy(place.file) : NULL,
		.line = place.line,
		.path = util_copy(path),
		.text = text,
		.order = diag->count,
	};
	diag->count++;
}

static int compare(const void *a, const void *b)
{
	const struct diag_item *x = a;
	const struct diag_item *y = b;
	int files = strcmp(x->file ? x->file : "", y->file ? y->file : "");
	if (files != 0)
		return files;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void sort(struct diag *diag)
{
	if (diag->count > 1)
		qsort(diag->items, diag->count, sizeof(*diag->items), compare);
}

void diag_print(struct diag *diag, FILE *out)
{
	sort(diag);
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_item *item = &diag->items[i];
		if (item->file)
			fprintf(out, "%s:%d: ", item->file, item->line);
		fprintf(out, "error[%s] ", rule_text(item->rule)->name);
		if (item->path[0])
			fprintf(out, "%s: ", item->path);
		fprintf(out, "%s\n", item->text);
	}
}

void diag_print_json(struct diag *diag, FILE *out)
{
	sort(diag);
	json_t *list = json_array();
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_item *item = &diag->items[i];
		json_array_append_new(list, json_pack("{s:s, s:s?, s:i, s:s, s:s}", "rule", rule_text(item->rule)->name,
						      "file", item->file, "line", item->line, "path", item->path,
						      "message", item->text));
	}
	json_t *root = json_pack("{s:o}", "errors", list);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

void diag_fini(struct diag *diag)
{
	for (size_t i = 0; i < diag->count; i++) {
		free(diag->items[i].file);
		free(diag->items[i].path);
		free(diag->items[i].text);
	}
	free(diag->items);
	*diag = (struct diag){0};
}
