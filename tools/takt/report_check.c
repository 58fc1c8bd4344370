/* SPDX-License-Identifier: Apache-2.0 */
/* The promises in a report, and putting several reports together: see report.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/report.h"
#include "tools/takt/util.h"

static json_t *find_named(const json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		const char *own = json_string_value(json_object_get(item, "name"));

		if (own != NULL && strcmp(own, name) == 0)
			return item;
	}
	return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "?";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void apply_ceiling(json_t *figure, long long ceiling, long long goal)
{
	double max = number_of(figure, "max");
	const char *verdict = max <= (double)goal ? "goal" : max <= (double)ceiling ? "ceiling" : "exceeded";

	json_object_set_new(figure, "ceiling", json_integer(ceiling));
	json_object_set_new(figure, "goal", json_integer(goal));
	json_object_set_new(figure, "verdict", json_string(verdict));
}

/* One line: NAME CEILING GOAL, or nothing, or a comment. False: it is neither. */
static bool take_ceiling(json_t *report, const char *line, json_t *missing)
{
	char name[64];
	char rest[2];
	long long ceiling;
	long long goal;
	int fields = sscanf(line, "%63s %lld %lld %1s", name, &ceiling, &goal, rest);

	if (fields <= 0 || name[0] == '#')
		return true;
	if (fields != 3 || goal < 0 || ceiling < goal)
		return false;
	json_t *figure = find_named(json_object_get(report, "figures"), name);
	if (figure != NULL)
		apply_ceiling(figure, ceiling, goal);
	else if (missing != NULL)
		json_array_append_new(missing, json_string(name));
	return true;
}

int report_apply_ceilings(json_t *report, const char *path, json_t *missing)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	int code = EXIT_KEPT;

	if (file == NULL) {
		fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
		return EXIT_INPUT;
	}
	for (unsigned number = 1; code == EXIT_KEPT && getline(&line, &room, file) >= 0; number++) {
		if (!take_ceiling(report, line, missing)) {
			fprintf(stderr, "%s:%u: error: not NAME CEILING GOAL with the goal at most the ceiling\n", path,
				number);
			code = EXIT_INPUT;
		}
	}
	free(line);
	fclose(file);
	return code;
}

static unsigned check_figures(const json_t *report, FILE *out)
{
	unsigned broken = 0;
	size_t i;
	json_t *figure;

	json_array_foreach(json_object_get(report, "figures"), i, figure)
	{
		if (strcmp(text_of(figure, "verdict"), "exceeded") != 0)
			continue;
		fprintf(out, "broken: %s is %.0f, above its ceiling of %.0f\n", text_of(figure, "name"),
			number_of(figure, "max"), number_of(figure, "ceiling"));
		broken++;
	}
	return broken;
}

static unsigned check_vm(const json_t *vm, FILE *out)
{
	bool must_stop = json_is_true(json_object_get(vm, "expect_stop"));
	const char *name = text_of(vm, "name");
	double misses = number_of(vm, "deadline_misses");
	bool is_stopped = strcmp(text_of(vm, "state"), "stopped") == 0;
	unsigned broken = 0;

	if (misses > 0) {
		fprintf(out, "broken: %s missed %.0f deadline%s\n", name, misses, misses > 1 ? "s" : "");
		broken++;
	}
	if (is_stopped && !must_stop) {
		json_t *fault = json_object_get(vm, "fault");

		fprintf(out,
			"broken: %s was stopped for a fault: pc 0x%" PRIx64 " syndrome 0x%" PRIx64 " address 0x%" PRIx64
			"\n",
			name, (uint64_t)json_integer_value(json_object_get(fault, "pc")),
			(uint64_t)json_integer_value(json_object_get(fault, "syndrome")),
			(uint64_t)json_integer_value(json_object_get(fault, "address")));
		broken++;
	}
	if (!is_stopped && must_stop) {
		fprintf(out, "broken: %s should have been stopped for a fault, and was not\n", name);
		broken++;
	}
	return broken;
}

unsigned report_check(const json_t *report, FILE *out)
{
	unsigned broken = check_figures(report, out);
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(report, "vms"), i, item) broken += check_vm(item, out);
	json_array_foreach(json_object_get(report, "cpus"), i, item)
	{
		if (number_of(item, "sum_check") != 0) {
			fprintf(out, "broken: CPU %zu: %.0f ticks have no payer\n", i, number_of(item, "sum_check"));
			broken++;
		}
	}
	return broken;
}

unsigned report_check_bounds(const json_t *report, const json_t *bounds, FILE *out)
{
	unsigned broken = 0;
	const char *class;
	json_t *exits;

	/* Bounds are instructions; what is measured in ticks of a clock can't be held against them. */
	if (!json_is_true(json_object_get(report, "instructions")))
		return 0;
	json_object_foreach(json_object_get(report, "exits"), class, exits)
	{
		json_t *bound = json_object_get(json_object_get(json_object_get(bounds, "classes"), class), "bound");
		double longest = number_of(exits, "longest");

		if (bound == NULL) {
			fprintf(out, "broken: exits of class %s occur and have no bound\n", class);
			broken++;
		} else if (longest > json_number_value(bound)) {
			fprintf(out, "broken: a step of class %s took %.0f, above its bound of %.0f\n", class, longest,
				json_number_value(bound));
			broken++;
		}
	}
	return broken;
}

static void merge_figure(json_t *figures, json_t *figure)
{
	json_t *known = find_named(figures, text_of(figure, "name"));

	if (known == NULL) {
		json_array_append(figures, figure);
	} else if (number_of(figure, "max") > number_of(known, "max")) {
		json_object_clear(known);
		json_object_update(known, figure);
	}
}

static void merge_exits(json_t *total, json_t *exits)
{
	const char *class;
	json_t *item;

	json_object_foreach(exits, class, item)
	{
		json_t *known = json_object_get(total, class);
		json_int_t count = json_integer_value(json_object_get(item, "count"));
		json_int_t longest = json_integer_value(json_object_get(item, "longest"));
		json_int_t known_longest = json_integer_value(json_object_get(known, "longest"));

		count += json_integer_value(json_object_get(known, "count"));
		json_object_set_new(total, class,
				    json_pack("{s:I,s:I}", "count", count, "longest",
					      longest > known_longest ? longest : known_longest));
	}
}

static void merge_vm(json_t *vms, const json_t *report, json_t *vm)
{
	json_t *copy = json_copy(vm);

	json_object_set(copy, "system", json_object_get(report, "system"));
	json_array_append_new(vms, copy);
}

json_t *report_merge(const json_t *reports)
{
	json_t *figures = json_array();
	json_t *vms = json_array();
	json_t *exits = json_object();
	json_t *systems = json_array();
	bool instructions = true;
	size_t i;
	size_t k;
	json_t *report;
	json_t *item;

	json_array_foreach(reports, i, report)
	{
		instructions = instructions && !json_is_false(json_object_get(report, "instructions"));
		json_array_append(systems, json_object_get(report, "system"));
		json_array_foreach(json_object_get(report, "figures"), k, item) merge_figure(figures, item);
		json_array_foreach(json_object_get(report, "vms"), k, item) merge_vm(vms, report, item);
		merge_exits(exits, json_object_get(report, "exits"));
	}
	return json_pack("{s:s,s:s,s:o,s:b,s:o,s:o,s:o}", "tool", "takt", "version", TAKT_VERSION_TEXT, "systems",
			 systems, "instructions", instructions ? 1 : 0, "figures", figures, "vms", vms, "exits", exits);
}
