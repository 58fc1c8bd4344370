/* SPDX-License-Identifier: Apache-2.0 */
/* Checks nodes against the schema, and prints the schema for the reader. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/util.h"

struct context {
	const struct tree *tree;
	int node;
	char *path;
	struct diag *diag;
};

const char *schema_nearest(const char *wrong, const char *const *names)
{
	const char *best = NULL;
	size_t least = strlen(wrong) / 3 + 1;
	for (; *names; names++) {
		size_t distance = util_edit_distance(wrong, *names);
		if (distance <= least && (best == NULL || distance < least)) {
			least = distance;
			best = *names;
		}
	}
	return best;
}

static const struct schema_property *find(const struct schema_node *kind, const char *name)
{
	for (const struct schema_property *p = kind->properties; p->name; p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

static void report_unknown(const struct context *c, const struct schema_node *kind, const char *name)
{
	const char *names[64] = {0};
	size_t count = 0;
	for (const struct schema_property *p = kind->properties; p->name && count < 63; p++)
		names[count++] = p->name;
	const char *nearest = schema_nearest(name, names);
	struct place place = tree_place(c->tree, c->path, name);
	if (nearest)
		diag_add(c->diag, RULE_UNKNOWN_PROPERTY, place, c->path,
			 "unknown property \"%s\" (did you mean \"%s\"?)", name, nearest);
	else
		diag_add(c->diag, RULE_UNKNOWN_PROPERTY, place, c->path,
			 "unknown property \"%s\" (`takt help properties` lists what %s may have)", name, kind->where);
}

__attribute__((format(printf, 3, 4))) static void report_type(const struct context *c, const char *name,
							      const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = util_vformat(format, args);
	va_end(args);
	diag_add(c->diag, RULE_PROPERTY_TYPE, tree_place(c->tree, c->path, name), c->path, "%s must be %s", name, text);
	free(text);
}

static void check_u32(const struct context *c, const struct schema_property *p)
{
	const uint32_t *cells = NULL;
	if (tree_cells(c->tree, c->node, p->name, &cells) != 1) {
		report_type(c, p->name, "one number (<%" PRIu32 "> to <%" PRIu32 ">)", p->min, p->max);
		return;
	}
	uint32_t value = tree_cell(cells, 0);
	if (value < p->min || value > p->max)
		diag_add(c->diag, RULE_VALUE_RANGE, tree_place(c->tree, c->path, p->name), c->path,
			 "%s is %" PRIu32 " (%" PRIu32 " to %" PRIu32 " are possible)", p->name, value, p->min, p->max);
}

static void check_strings(const struct context *c, const struct schema_property *p)
{
	for (int i = 0; i < fdt_stringlist_count(c->tree->fdt, c->node, p->name); i++) {
		int bytes = 0;
		if (fdt_stringlist_get(c->tree->fdt, c->node, p->name, i, &bytes) == NULL || bytes == 0)
			report_type(c, p->name, "strings, none of them empty");
	}
	if (fdt_stringlist_count(c->tree->fdt, c->node, p->name) < 1)
		report_type(c, p->name, "strings, \"...\", \"...\"");
}

static bool is_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);
	for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
		if (strcspn(at, "|") == length && strncmp(at, value, length) == 0)
			return true;
	}
	return false;
}

static void check_choice(const struct context *c, const struct schema_property *p)
{
	const char *value = tree_string(c->tree, c->node, p->name);
	if (value == NULL)
		report_type(c, p->name, "one string of: %s", p->choices);
	else if (!is_choice(p->choices, value))
		diag_add(c->diag, RULE_VALUE_RANGE, tree_place(c->tree, c->path, p->name), c->path,
			 "%s is \"%s\" (it may be: %s)", p->name, value, p->choices);
}

/* Whether there is a mode of that name is known later (system_domain.c). */
static void check_action(const struct context *c, const struct schema_property *p)
{
	const char *first = fdt_stringlist_get(c->tree->fdt, c->node, p->name, 0, NULL);
	bool is_mode = first != NULL && strcmp(first, "mode") == 0;
	if (fdt_stringlist_count(c->tree->fdt, c->node, p->name) != (is_mode ? 2 : 1))
		report_type(c, p->name, "one string of: %s; or \"mode\", \"NAME\"", p->choices);
	else if (!is_mode && !is_choice(p->choices, first))
		diag_add(c->diag, RULE_VALUE_RANGE, tree_place(c->tree, c->path, p->name), c->path,
			 "%s is \"%s\" (it may be: %s; or \"mode\", \"NAME\")", p->name, first, p->choices);
}

/* A list of references, each to a node that exists; dtc has checked the latter. */
static void check_phandles(const struct context *c, const struct schema_property *p)
{
	const uint32_t *cells = NULL;
	int count = tree_cells(c->tree, c->node, p->name, &cells);
	if (count < 1 || (p->type == SCHEMA_PHANDLE && count != 1)) {
		report_type(c, p->name,
			    p->type == SCHEMA_PHANDLE ? "one reference, <&label>" : "references, <&label ...>");
		return;
	}
	for (int i = 0; i < count; i++) {
		if (fdt_node_offset_by_phandle(c->tree->fdt, tree_cell(cells, i)) < 0) {
			report_type(c, p->name, "references to nodes (cell %d is not one)", i);
			return;
		}
	}
}

static void check_ranges(const struct context *c, const struct schema_property *p)
{
	const uint32_t *cells = NULL;
	int parent = fdt_parent_offset(c->tree->fdt, c->node);
	int address = fdt_address_cells(c->tree->fdt, parent);
	int size = p->type == SCHEMA_RANGES ? fdt_size_cells(c->tree->fdt, parent) : 0;
	int count = tree_cells(c->tree, c->node, p->name, &cells);
	bool whole = count > 0 && address + size > 0 && count % (address + size) == 0;
	if (p->type == SCHEMA_ADDRESS && (!whole || count != address))
		report_type(c, p->name, "one address of %d cells", address);
	else if (!whole)
		report_type(c, p->name, "pairs of address (%d cells) and size (%d cells)", address, size);
}

static void check_property(const struct context *c, const struct schema_property *p)
{
	const uint32_t *cells = NULL;
	int bytes = 0;
	switch (p->type) {
	case SCHEMA_U32:
		check_u32(c, p);
		break;
	case SCHEMA_FLAG:
		fdt_getprop(c->tree->fdt, c->node, p->name, &bytes);
		if (bytes != 0)
			report_type(c, p->name, "without a value");
		break;
	case SCHEMA_STRING: {
		const char *text = tree_string(c->tree, c->node, p->name);
		if (text == NULL || text[0] == '\0')
			report_type(c, p->name, "one string, not empty");
		break;
	}
	case SCHEMA_STRINGS:
		check_strings(c, p);
		break;
	case SCHEMA_CHOICE:
		check_choice(c, p);
		break;
	case SCHEMA_ACTION:
		check_action(c, p);
		break;
	case SCHEMA_ADDRESS:
	case SCHEMA_RANGES:
		check_ranges(c, p);
		break;
	case SCHEMA_CPUS:
		if (tree_cells(c->tree, c->node, p->name, &cells) != 3)
			report_type(c, p->name, "three cells, <&cpus MASK MODE>");
		break;
	case SCHEMA_PHANDLE:
	case SCHEMA_PHANDLES:
		check_phandles(c, p);
		break;
	case SCHEMA_ANY:
		break;
	}
}

void schema_check(const struct tree *tree, int node, enum schema_kind which, struct diag *diag)
{
	const struct schema_node *kind = schema_node(which);
	struct context c = {.tree = tree, .node = node, .path = tree_path(tree, node), .diag = diag};
	int at;
	fdt_for_each_property_offset(at, tree->fdt, node)
	{
		const char *name = NULL;
		fdt_getprop_by_offset(tree->fdt, at, &name, NULL);
		const struct schema_property *property = find(kind, name);
		if (property)
			check_property(&c, property);
		else if (strcmp(name, "phandle") != 0 && (which != SCHEMA_DEVICE || strncmp(name, "takt,", 5) == 0))
			report_unknown(&c, kind, name);
	}
	for (const struct schema_property *p = kind->properties; p->name; p++) {
		if (p->fallback == NULL && fdt_getprop(tree->fdt, node, p->name, NULL) == NULL)
			diag_add(diag, RULE_MISSING_PROPERTY, tree_place(tree, c.path, NULL), c.path,
				 "%s is missing (%s must have it)", p->name, kind->where);
	}
	free(c.path);
}
