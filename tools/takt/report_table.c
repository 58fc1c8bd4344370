/* SPDX-License-Identifier: Apache-2.0 */
/* Reports as tables for a terminal: see report.h. A column is as wide as its widest cell; numbers stand to the right.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/takt/report.h"
#include "tools/takt/util.h"

#define COLUMN_MAX 12

struct table {
	size_t columns;
	size_t rows;
	char **cells; /* rows * columns, owned */
};

static void add_row(struct table *table, char *const *cells)
{
	table->cells = util_resize(table->cells, (table->rows + 1) * table->columns, sizeof(char *));
	memcpy(table->cells + table->rows * table->columns, cells, table->columns * sizeof(char *));
	table->rows++;
}

static void print_row(const struct table *table, const size_t *widths, size_t row, FILE *out)
{
	fputs(" ", out);
	for (size_t c = 0; c < table->columns; c++) {
		const char *cell = table->cells[row * table->columns + c];

		fprintf(out, c == 0 ? " %-*s" : "  %*s", (int)widths[c], cell);
	}
	fputs("\n", out);
}

/* Prints the table, the first row being its head, and frees it. */
static void print_table(struct table *table, FILE *out)
{
	size_t widths[COLUMN_MAX] = {0};

	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t length = strlen(table->cells[i]);

		if (length > widths[i % table->columns])
			widths[i % table->columns] = length;
	}
	for (size_t row = 0; row < table->rows; row++)
		print_row(table, widths, row, out);
	for (size_t i = 0; i < table->rows * table->columns; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){.columns = table->columns};
}

char *report_number(const json_t *value)
{
	char digits[32];
	char cell[48];
	size_t n = 0;

	if (!json_is_number(value))
		return util_copy("-");
	int length = snprintf(digits, sizeof(digits), "%.0f", json_number_value(value));
	for (int i = 0; i < length; i++) {
		if (i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0)
			cell[n++] = ',';
		cell[n++] = digits[i];
	}
	cell[n] = '\0';
	return util_copy(cell);
}

static char *field_cell(const json_t *object, const char *key) { return report_number(json_object_get(object, key)); }

static char *text_cell(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return util_copy(text != NULL ? text : "-");
}

static char *share_cell(const json_t *vm)
{
	json_t *share = json_object_get(vm, "cpu_share");

	return json_is_number(share) ? util_format("%.1f %%", 100 * json_number_value(share)) : util_copy("-");
}

static const char *unit_of(const json_t *report)
{
	return json_is_true(json_object_get(report, "instructions"))
		       ? "in instructions: no cache, memory or bus cost is in them"
		       : "in ticks of the emulator's clock: they say nothing about hardware";
}

void report_print_figures(const json_t *report, FILE *out)
{
	static const char *const head[] = {"figure", "unit", "samples", "min",  "p50",
					   "p99",    "max",  "ceiling", "goal", "verdict"};
	struct table table = {.columns = sizeof(head) / sizeof(head[0])};
	json_t *figures = json_object_get(report, "figures");
	char *cells[COLUMN_MAX] = {NULL};
	size_t i;
	json_t *figure;

	if (json_array_size(figures) == 0)
		return;
	for (i = 0; i < table.columns; i++)
		cells[i] = util_copy(head[i]);
	add_row(&table, cells);
	json_array_foreach(figures, i, figure)
	{
		cells[0] = text_cell(figure, "name");
		cells[1] = text_cell(figure, "unit");
		for (size_t c = 2; c < 9; c++)
			cells[c] = field_cell(figure, head[c]);
		cells[9] = text_cell(figure, "verdict");
		add_row(&table, cells);
	}
	fprintf(out, "Figures, %s\n", unit_of(report));
	print_table(&table, out);
}

void report_print_vms(const json_t *report, FILE *out)
{
	static const char *const head[] = {
		"VM",          "state",       "CPU share",  "deadline misses", "latency samples",
		"latency p50", "latency p99", "latency max"};
	static const char *const latency_keys[] = {"samples", "p50", "p99", "max"};
	struct table table = {.columns = sizeof(head) / sizeof(head[0])};
	char *cells[COLUMN_MAX] = {NULL};
	size_t i;
	json_t *vm;

	for (i = 0; i < table.columns; i++)
		cells[i] = util_copy(head[i]);
	add_row(&table, cells);
	json_array_foreach(json_object_get(report, "vms"), i, vm)
	{
		cells[0] = text_cell(vm, "name");
		cells[1] = text_cell(vm, "state");
		cells[2] = share_cell(vm);
		cells[3] = field_cell(vm, "deadline_misses");
		for (size_t k = 0; k < 4; k++)
			cells[4 + k] = field_cell(json_object_get(vm, "latency"), latency_keys[k]);
		add_row(&table, cells);
	}
	fprintf(out, "VMs, latencies %s\n", unit_of(report));
	print_table(&table, out);
}

/* Adds those of a VM, the table's head before the first. */
static void add_throttled(struct table *table, const json_t *vm)
{
	static const char *const head[] = {"VM", "line", "times throttled"};
	char *cells[COLUMN_MAX] = {NULL};
	size_t i;
	json_t *line;

	json_array_foreach(json_object_get(vm, "throttled"), i, line)
	{
		if (table->rows == 0) {
			for (size_t k = 0; k < table->columns; k++)
				cells[k] = util_copy(head[k]);
			add_row(table, cells);
		}
		cells[0] = text_cell(vm, "name");
		cells[1] = field_cell(line, "line");
		cells[2] = field_cell(line, "episodes");
		add_row(table, cells);
	}
}

void report_print_throttled(const json_t *report, FILE *out)
{
	struct table table = {.columns = 3};
	size_t i;
	json_t *vm;

	json_array_foreach(json_object_get(report, "vms"), i, vm) add_throttled(&table, vm);
	if (table.rows == 0)
		return;
	fputs("Lines with a shortest distance of interrupts\n", out);
	print_table(&table, out);
}

void report_print_exits(const json_t *report, const json_t *bounds, FILE *out)
{
	static const char *const head[] = {"exit class", "count", "longest step", "bound", "since the mark"};
	struct table table = {.columns = sizeof(head) / sizeof(head[0])};
	json_t *exits = json_object_get(report, "exits");
	json_t *since = json_object_get(json_object_get(report, "since_mark"), "exits");
	char *cells[COLUMN_MAX] = {NULL};
	const char *class;
	json_t *item;

	if (json_object_size(exits) == 0)
		return;
	if (since == NULL)
		table.columns--;
	for (size_t i = 0; i < table.columns; i++)
		cells[i] = util_copy(head[i]);
	add_row(&table, cells);
	json_object_foreach(exits, class, item)
	{
		cells[0] = util_copy(class);
		cells[1] = field_cell(item, "count");
		cells[2] = field_cell(item, "longest");
		cells[3] = field_cell(json_object_get(json_object_get(bounds, "classes"), class), "bound");
		if (since != NULL)
			cells[4] = field_cell(since, class);
		add_row(&table, cells);
	}
	fprintf(out, "Exits, steps %s\n", unit_of(report));
	print_table(&table, out);
}
