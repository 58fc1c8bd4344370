/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /takt,modes: who has what reservation in which mode. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

#define NORMAL "normal"

uint32_t system_find_mode(const struct system *system, const char *name)
{
	const void *fdt = system->tree->fdt;
	int parent = fdt_path_offset(fdt, "/takt,modes");
	uint32_t mode = 0;
	int node;
	if (strcmp(name, NORMAL) == 0)
		return 0;
	if (parent < 0)
		return BLOB_NONE;
	fdt_for_each_subnode(node, fdt, parent)
	{
		mode++;
		if (strcmp(fdt_get_name(fdt, node, NULL), name) == 0)
			return mode;
	}
	return BLOB_NONE;
}

const struct system_reservation *system_in_mode(const struct system_mode *mode, uint32_t owner)
{
	for (uint32_t i = 0; i < mode->reservation_count; i++) {
		if (mode->reservations[i].owner == owner)
			return &mode->reservations[i].reservation;
	}
	return NULL;
}

static const struct system_reservation *normal_of(const struct system *system, uint32_t owner)
{
	return owner == SYSTEM_OWNER_DRIVER ? &system->driver.reservation : &system->domains[owner].reservation;
}

static bool has_table(const struct system *system, uint32_t owner)
{
	if (owner == SYSTEM_OWNER_DRIVER)
		return system->cpus[system->driver.cpu].policy == BLOB_POLICY_TABLE;
	for (uint32_t v = 0; v < system->domains[owner].vcpu_count; v++) {
		if (system->cpus[system->domains[owner].vcpu_cpu[v]].policy == BLOB_POLICY_TABLE)
			return true;
	}
	return false;
}

/* Why the owner can't have another reservation in this mode, and what to do; NULL: it can. */
static const char *find_fault(const struct system *system, const struct system_mode *mode, uint32_t owner)
{
	if (system_in_mode(mode, owner) != NULL)
		return "the owner has a reservation in this mode already (one node for each owner: remove one)";
	if (owner == SYSTEM_OWNER_DRIVER && !system->driver.enabled)
		return "the console driver is disabled (remove this node, or enable it)";
	if (has_table(system, owner))
		return "the owner is on a CPU with a time table, which is the same in all modes (remove this node)";
	if (!normal_of(system, owner)->present)
		return "the owner has no reservation in the description itself (give it takt,budget-ns and "
		       "takt,period-ns "
		       "there, however small: who is best effort is so in every mode)";
	return NULL;
}

/* What is not said is as in the description. */
static struct system_reservation read_times(const struct system *system, int node, uint32_t owner)
{
	struct system_reservation r = *normal_of(system, owner);
	uint64_t period = system_number(system, node, "period-ns", 0);
	if (period != 0)
		r.deadline_ns = period;
	r.period_ns = period != 0 ? period : r.period_ns;
	r.budget_ns = system_number(system, node, "budget-ns", 0);
	r.deadline_ns = system_number(system, node, "deadline-ns", r.deadline_ns);
	return r;
}

static void read_reservation(struct system *system, struct system_mode *mode, int node, struct diag *diag)
{
	size_t before = diag->count;
	uint32_t owner = BLOB_NONE;
	char *path = tree_path(system->tree, node);
	schema_check(system->tree, node, SCHEMA_MODE_RESERVATION, diag);
	if (diag->count != before || !system_read_owner(system, node, path, RULE_MODE, &owner, diag)) {
		free(path);
		return;
	}
	const char *fault = find_fault(system, mode, owner);
	struct system_reservation r = read_times(system, node, owner);
	if (fault != NULL)
		diag_add(diag, RULE_MODE, tree_place(system->tree, path, "owner"), path, "%s", fault);
	else if (r.budget_ns > r.deadline_ns || r.deadline_ns > r.period_ns)
		diag_add(diag, RULE_RESERVATION, tree_place(system->tree, path, "budget-ns"), path,
			 "budget %" PRIu64 " ns, deadline %" PRIu64 " ns, period %" PRIu64
			 " ns (budget <= deadline <= period must hold)",
			 r.budget_ns, r.deadline_ns, r.period_ns);
	mode->reservations = util_resize(mode->reservations, mode->reservation_count + 1, sizeof(*mode->reservations));
	mode->reservations[mode->reservation_count++] = (struct system_mode_reservation){path, owner, r};
}

static void check_name(const struct system *system, const struct system_mode *mode, const char *name, struct diag *diag)
{
	struct place place = tree_place(system->tree, mode->path, NULL);
	if (strlen(name) >= BLOB_NAME_BYTES)
		diag_add(diag, RULE_NAME_LENGTH, place, mode->path, "the name has %zu characters (at most %u)",
			 strlen(name), BLOB_NAME_BYTES - 1);
	if (strcmp(name, NORMAL) == 0)
		diag_add(diag, RULE_MODE, place, mode->path,
			 "\"normal\" is the description itself (another name, or change the domains)");
}

static void read_mode(struct system *system, int node, struct diag *diag)
{
	const char *name = fdt_get_name(system->tree->fdt, node, NULL);
	char *path = tree_path(system->tree, node);
	int child;
	if (system->mode_count == BLOB_MODE_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, path, NULL), path,
			 "more than %u modes beside the normal one", BLOB_MODE_MAX);
		free(path);
		return;
	}
	struct system_mode *mode = &system->modes[system->mode_count++];
	*mode = (struct system_mode){.path = path};
	memcpy(mode->name, name, strnlen(name, BLOB_NAME_BYTES - 1));
	check_name(system, mode, name, diag);
	schema_check(system->tree, node, SCHEMA_MODE, diag);
	fdt_for_each_subnode(child, system->tree->fdt, node) read_reservation(system, mode, child, diag);
}

void system_read_modes(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int parent = fdt_path_offset(fdt, "/takt,modes");
	int node;
	if (parent < 0)
		return;
	fdt_for_each_subnode(node, fdt, parent) read_mode(system, node, diag);
}

void system_fini_modes(struct system *system)
{
	for (uint32_t m = 0; m < system->mode_count; m++) {
		for (uint32_t i = 0; i < system->modes[m].reservation_count; i++)
			free(system->modes[m].reservations[i].path);
		free(system->modes[m].reservations);
		free(system->modes[m].path);
	}
}
