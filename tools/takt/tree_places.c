/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the places of nodes and properties from dtc's annotated output, which has one node or property on each line and
 * ends it by a comment with the source range:
 *
 *     name { / * a.dts:4:2-9:4, b.dtsi:1:3-3:3 * /       (the comment signs without the blanks)
 *             property = <1>; / * a.dts:5:3-5:18 * /
 *     }; / * ... * /
 *
 * A node may have several places, in the order of the source: the last one is that of the description, behind its
 * board.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "tools/takt/tree.h"
#include "tools/takt/util.h"

/* The last comment of a line, cut off from it; null when there is none. */
static char *cut_comment(char *line)
{
	char *comment = NULL;
	for (char *next = strstr(line, "/* "); next; next = strstr(next + 1, "/* "))
		comment = next;
	if (comment == NULL)
		return NULL;
	char *end = strstr(comment, " */");
	if (end == NULL)
		return NULL;
	*end = '\0';
	char *text = comment + strlen("/* ");
	while (comment > line && comment[-1] == ' ')
		comment--;
	*comment = '\0';
	return text;
}

/* "[..., ]FILE:LINE:COLUMN-LINE:COLUMN" to file and line. */
static bool parse_range(char *text, char **file, int *line)
{
	for (char *next = strstr(text, ", "); next; next = strstr(text, ", "))
		text = next + 2;
	char *dash = strrchr(text, '-');
	if (dash == NULL)
		return false;
	*dash = '\0';
	char *column = strrchr(text, ':');
	if (column == NULL)
		return false;
	*column = '\0';
	char *number = strrchr(text, ':');
	if (number == NULL)
		return false;
	*number = '\0';
	*line = atoi(number + 1);
	*file = text;
	return *line > 0;
}

static void add_place(struct tree *tree, const char *path, const char *property, char *comment)
{
	char *file;
	int line;
	if (comment == NULL || !parse_range(comment, &file, &line))
		return;
	tree->places = util_resize(tree->places, tree->place_count + 1, sizeof(*tree->places));
	tree->places[tree->place_count++] = (struct tree_place){
		.path = util_copy(path),
		.property = property ? util_copy(property) : NULL,
		.file = util_copy(file),
		.line = line,
	};
}

/* Labels come before a name as "label: ". */
static char *skip_labels(char *text)
{
	char *colon;
	while ((colon = strstr(text, ": ")) != NULL && strcspn(text, "=;{\"") > (size_t)(colon - text))
		text = colon + 2;
	return text;
}

static char *enter(char *path, const char *name)
{
	char *child = strcmp(name, "/") == 0   ? util_copy("/")
		      : strcmp(path, "/") == 0 ? util_format("/%s", name)
					       : util_format("%s/%s", path, name);
	free(path);
	return child;
}

static void leave(char *path)
{
	char *slash = strrchr(path, '/');
	if (slash && slash != path)
		*slash = '\0';
	else if (slash)
		slash[1] = '\0';
}

void tree_parse_places(struct tree *tree, const char *text)
{
	char *copy = util_copy(text);
	char *path = util_copy("");
	char *state = NULL;
	for (char *line = strtok_r(copy, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		char *comment = cut_comment(line);
		line += strspn(line, " \t");
		if (strcmp(line, "};") == 0) {
			leave(path);
			continue;
		}
		line = skip_labels(line);
		size_t length = strlen(line);
		if (length > 2 && strcmp(line + length - 2, " {") == 0) {
			line[length - 2] = '\0';
			path = enter(path, line);
			add_place(tree, path, NULL, comment);
		} else if (length > 0 && line[0] != '/') {
			line[strcspn(line, " =;")] = '\0';
			add_place(tree, path, line, comment);
		}
	}
	free(path);
	free(copy);
}

struct place tree_place(const struct tree *tree, const char *path, const char *property)
{
	struct place found = {.file = tree->file, .line = 1};
	for (size_t i = 0; i < tree->place_count; i++) {
		const struct tree_place *place = &tree->places[i];
		if (strcmp(place->path, path) != 0)
			continue;
		if (place->property == NULL)
			found = (struct place){place->file, place->line};
		else if (property && strcmp(place->property, property) == 0)
			return (struct place){place->file, place->line};
	}
	return found;
}
