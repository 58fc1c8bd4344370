/* SPDX-License-Identifier: Apache-2.0 */
/* The names of rules and tables. Arrays of bytes, not of pointers: they need no relocation, wherever the image lies. */
#include "logic/config.h"

#define TABLE_NAME_BYTES 18U

#define RULE_NAME(rule, name, text) [rule] = name,
static const char rule_names[CONFIG_RULE_COUNT][CONFIG_RULE_NAME_BYTES] = {CONFIG_RULES(RULE_NAME)};
#undef RULE_NAME

static const char table_names[CONFIG_TABLE_KINDS][TABLE_NAME_BYTES] = {
	[CONFIG_HEADER] = "header",
	[CONFIG_CPUS] = "cpus",
	[CONFIG_VMS] = "vms",
	[CONFIG_SERVICES] = "services",
	[CONFIG_CONTEXTS] = "contexts",
	[CONFIG_RESERVATIONS] = "reservations",
	[CONFIG_SEGMENTS] = "segments",
	[CONFIG_LINES] = "lines",
	[CONFIG_WINDOWS] = "windows",
	[CONFIG_MODES] = "modes",
	[CONFIG_MODE_RESERVATIONS] = "mode_reservations",
};

const char *config_rule_name(enum config_rule rule) { return rule < CONFIG_RULE_COUNT ? rule_names[rule] : "?"; }

const char *config_table_name(enum config_table table) { return table < CONFIG_TABLE_KINDS ? table_names[table] : "?"; }
