/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of what a system description may say: every node and property of ours, with type, unit, range, default
 * and text. `takt check` reads it to find what is unknown, misspelt or out of range; `takt help properties` prints it
 * and docs/reference.md is made of it. The board's hardware nodes follow the device tree bindings and are not in it.
 */
#ifndef TOOLS_TAKT_SCHEMA_H
#define TOOLS_TAKT_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/takt/diag.h"
#include "tools/takt/tree.h"

enum schema_type {
	SCHEMA_U32,      /* one cell, min to max */
	SCHEMA_FLAG,     /* present or absent, no value */
	SCHEMA_STRING,   /* one string, not empty */
	SCHEMA_STRINGS,  /* one or several strings */
	SCHEMA_CHOICE,   /* one of the strings in choices, separated by | */
	SCHEMA_ACTION,   /* the same, or two strings: "mode" and the name of one */
	SCHEMA_ADDRESS,  /* one address: #address-cells cells of the node's parent */
	SCHEMA_RANGES,   /* one or several pairs of address and size */
	SCHEMA_CPUS,     /* three cells: a cluster, a mask of its CPUs, the execution mode */
	SCHEMA_PHANDLE,  /* one reference */
	SCHEMA_PHANDLES, /* references */
	SCHEMA_ANY,      /* whatever the binding says; not looked at here */
};

struct schema_property {
	const char *name;
	enum schema_type type;
	uint32_t min, max;    /* of SCHEMA_U32 */
	const char *choices;  /* of SCHEMA_CHOICE */
	const char *fallback; /* what holds when it is absent; null: it must be there */
	const char *text;
};

enum schema_kind {
	SCHEMA_BOARD,
	SCHEMA_DOMAINS,
	SCHEMA_DOMAIN,
	SCHEMA_CHOSEN,
	SCHEMA_IMAGE,
	SCHEMA_ROM,
	SCHEMA_FLASH,
	SCHEMA_IRQ,
	SCHEMA_TASKS,
	SCHEMA_TASK,
	SCHEMA_UART_DRIVER,
	SCHEMA_CPU_SCHEDULE,
	SCHEMA_WINDOW,
	SCHEMA_MODE,
	SCHEMA_MODE_RESERVATION,
	SCHEMA_SHARED,
	SCHEMA_DEVICE,
	SCHEMA_QEMU,
	SCHEMA_DISK,
	SCHEMA_KIND_COUNT
};

/* A property list ends with a null name. */
struct schema_node {
	const char *title;
	const char *where; /* its path, for the reader */
	const char *text;
	const struct schema_property *properties;
};

const struct schema_node *schema_node(enum schema_kind kind);

/* The unit that a property's name ends with: "ns", "hz", ... or "". */
const char *schema_unit(const struct schema_property *property);

/*
 * Checks every property of a node against its table, and that the required ones are there. Of a device only what begins
 * with "takt," is looked at: the rest is its binding's.
 */
void schema_check(const struct tree *tree, int node, enum schema_kind kind, struct diag *diag);

/* The name among `names` (a null ends them) nearest to `wrong`, or null when none is near. */
const char *schema_nearest(const char *wrong, const char *const *names);

/* The whole table as Markdown. */
void schema_print_reference(FILE *out);

#endif
