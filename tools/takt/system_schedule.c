/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /takt,schedule: the policy of each CPU, and the windows of its table. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

bool system_read_owner(const struct system *system, int node, const char *path, enum rule rule, uint32_t *owner,
		       struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	const uint32_t *cells = NULL;
	*owner = BLOB_NONE;
	if (tree_cells(system->tree, node, "owner", &cells) != 1)
		return true;
	int target = fdt_node_offset_by_phandle(fdt, tree_cell(cells, 0));
	if (target >= 0 && target == fdt_path_offset(fdt, "/takt,uart-driver"))
		*owner = SYSTEM_OWNER_DRIVER;
	for (uint32_t i = 0; i < system->domain_count; i++) {
		if (system->domains[i].node == target)
			*owner = i;
	}
	if (*owner != BLOB_NONE)
		return true;
	diag_add(diag, rule, tree_place(system->tree, path, "owner"), path,
		 "owner is no domain (refer to a node below /domains, or to /takt,uart-driver)");
	return false;
}

static void read_slot(struct system *system, struct system_cpu *cpu, int node, struct diag *diag)
{
	size_t before = diag->count;
	schema_check(system->tree, node, SCHEMA_WINDOW, diag);
	if (diag->count != before)
		return;
	if (cpu->slot_count == BLOB_CPU_WINDOW_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, cpu->path, NULL), cpu->path, "more than %u windows",
			 BLOB_CPU_WINDOW_MAX);
		return;
	}
	struct system_slot slot = {
		.path = tree_path(system->tree, node),
		.start_ns = system_number(system, node, "start-ns", 0),
		.length_ns = system_number(system, node, "length-ns", 0),
		.closed = fdt_getprop(system->tree->fdt, node, "closed", NULL) != NULL,
	};
	if (!system_read_owner(system, node, slot.path, RULE_TABLE, &slot.owner, diag)) {
		free(slot.path);
		return;
	}
	uint32_t at = cpu->slot_count++;
	for (; at > 0 && cpu->slots[at - 1].start_ns > slot.start_ns; at--)
		cpu->slots[at] = cpu->slots[at - 1];
	cpu->slots[at] = slot;
}

static enum blob_policy read_policy(const struct system *system, int node)
{
	const char *policy = tree_string(system->tree, node, "policy");
	if (policy != NULL && strcmp(policy, "fixed-priority") == 0)
		return BLOB_POLICY_FIXED;
	return policy != NULL && strcmp(policy, "table") == 0 ? BLOB_POLICY_TABLE : BLOB_POLICY_EDF;
}

/* Windows in order, each where the one before it ended. */
static void check_cover(const struct system *system, const struct system_cpu *cpu, struct diag *diag)
{
	uint64_t end = 0;
	for (uint32_t i = 0; i < cpu->slot_count; i++) {
		const struct system_slot *slot = &cpu->slots[i];
		if (slot->start_ns != end)
			diag_add(diag, RULE_TABLE, tree_place(system->tree, slot->path, "start-ns"), slot->path,
				 "the window begins at %" PRIu64 " ns, but %s %" PRIu64 " ns: %s of %" PRIu64
				 " ns (windows follow one another; a window without owner is best effort's)",
				 slot->start_ns, i == 0 ? "the frame at" : "the one before ends at", end,
				 slot->start_ns > end ? "a gap" : "an overlap",
				 slot->start_ns > end ? slot->start_ns - end : end - slot->start_ns);
		end = slot->start_ns + slot->length_ns;
	}
	if (end != cpu->frame_ns)
		diag_add(diag, RULE_TABLE, tree_place(system->tree, cpu->path, "frame-ns"), cpu->path,
			 "the windows end at %" PRIu64 " ns, the frame of %" PRIu64 " ns %s (%s)", end, cpu->frame_ns,
			 end < cpu->frame_ns ? "is longer" : "is shorter",
			 end < cpu->frame_ns ? "add a window; one without owner is best effort's"
					     : "shorten the windows");
}

static void read_cpu(struct system *system, int node, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	size_t before = diag->count;
	schema_check(system->tree, node, SCHEMA_CPU_SCHEDULE, diag);
	if (diag->count != before)
		return;
	char *path = tree_path(system->tree, node);
	uint32_t index = (uint32_t)system_number(system, node, "cpu", 0);
	struct system_cpu *cpu = &system->cpus[index];
	if (index >= system->board.cpu_count || cpu->path != NULL) {
		diag_add(diag, RULE_TABLE, tree_place(system->tree, path, "cpu"), path,
			 cpu->path != NULL ? "CPU %" PRIu32 " has a schedule already (one for each CPU)"
					   : "the board has no CPU %" PRIu32,
			 index);
		free(path);
		return;
	}
	cpu->path = path;
	cpu->policy = read_policy(system, node);
	cpu->frame_ns = system_number(system, node, "frame-ns", 0);
	int child;
	fdt_for_each_subnode(child, fdt, node) read_slot(system, cpu, child, diag);
	bool is_table = cpu->policy == BLOB_POLICY_TABLE;
	if (!is_table && (cpu->frame_ns != 0 || cpu->slot_count != 0))
		diag_add(diag, RULE_TABLE, tree_place(system->tree, path, NULL), path,
			 "a frame or windows without a table (say policy = \"table\", or remove them)");
	if (is_table && cpu->frame_ns == 0)
		diag_add(diag, RULE_TABLE, tree_place(system->tree, path, NULL), path,
			 "a table without a frame (say frame-ns, the sum of its windows)");
	else if (is_table && diag->count == before)
		check_cover(system, cpu, diag);
}

void system_read_schedule(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int parent = fdt_path_offset(fdt, "/takt,schedule");
	int node;
	if (parent < 0)
		return;
	fdt_for_each_subnode(node, fdt, parent) read_cpu(system, node, diag);
}

void system_fini_schedule(struct system *system)
{
	for (uint32_t c = 0; c < BLOB_CPU_MAX; c++) {
		for (uint32_t i = 0; i < system->cpus[c].slot_count; i++)
			free(system->cpus[c].slots[i].path);
		free(system->cpus[c].path);
	}
}
