/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A description as a tree, with the place in the source of each node and property.
 *
 * cpp (-undef) and dtc do all parsing: once into the binary tree that libfdt reads, once into dtc's own annotated text
 * (dtc -T -T), whose comments name file, line and column of each node and property.
 */
#ifndef TOOLS_TAKT_TREE_H
#define TOOLS_TAKT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/takt/diag.h"

struct tree_place {
	char *path;     /* of the node */
	char *property; /* null: the node itself */
	char *file;
	int line;
};

struct tree {
	void *fdt;
	char *file; /* the description */
	struct tree_place *places;
	size_t place_count;
};

struct tree_options {
	const char *file;
	const char *const *paths; /* -I */
	size_t path_count;
	const char *const *defines; /* -D */
	size_t define_count;
};

/*
 * Answers EXIT_KEPT; or EXIT_INPUT with messages in diag; or EXIT_ENVIRONMENT after having said on stderr what is
 * missing. tree_fini is due in every case.
 */
int tree_load(struct tree *tree, const struct tree_options *options, struct diag *diag);
void tree_fini(struct tree *tree);

/* Where a property stands, or its node when there is no such property or when property is null. */
struct place tree_place(const struct tree *tree, const char *path, const char *property);

/* The path of a node; to be freed. */
char *tree_path(const struct tree *tree, int node);
/* Cells of a property as numbers. Answers their count, 0 when the property is absent, -1 when it is not made of cells.
 */
int tree_cells(const struct tree *tree, int node, const char *property, const uint32_t **cells);
/* Cell number i of a value, in the machine's byte order. */
uint32_t tree_cell(const uint32_t *cells, int i);
/* Reads `count` cells (0 to 2) as one number. */
uint64_t tree_number(const uint32_t *cells, int at, int count);
/* A property that is one string, or null. */
const char *tree_string(const struct tree *tree, int node, const char *property);

/* Parses dtc's annotated text into places; exposed for its test. */
void tree_parse_places(struct tree *tree, const char *text);

#endif
