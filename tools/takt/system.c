/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a whole description: board, shared memory, console driver, domains. */
#include "tools/takt/system.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/util.h"

uint64_t system_number(const struct system *system, int node, const char *property, uint64_t fallback)
{
	const uint32_t *cells = NULL;
	return tree_cells(system->tree, node, property, &cells) == 1 ? tree_cell(cells, 0) : fallback;
}

char *system_find_file(const struct system *system, int node, const char *property, struct diag *diag)
{
	const char *name = tree_string(system->tree, node, property);
	if (name == NULL)
		return NULL;
	char *user = tree_path(system->tree, node);
	struct place place = tree_place(system->tree, user, property);
	char *directory = util_dirname(place.file ? place.file : system->tree->file);
	char *path = name[0] == '/' ? util_copy(name) : util_format("%s/%s", directory, name);
	free(directory);
	for (size_t i = 0; !util_file_exists(path) && i < system->path_count && name[0] != '/'; i++) {
		free(path);
		path = util_format("%s/%s", system->paths[i], name);
	}
	if (!util_file_exists(path)) {
		diag_add(diag, RULE_IMAGE_MISSING, place, user,
			 "%s: there is no file \"%s\" (paths are relative to the file that names them, then to the -I "
			 "directories)",
			 property, name);
		free(path);
		path = NULL;
	}
	free(user);
	return path;
}

static uint64_t time_of(const struct system *system, int node, const char *prefix, const char *name)
{
	char *property = util_format("%s%s", prefix, name);
	uint64_t value = system_number(system, node, property, 0);
	free(property);
	return value;
}

void system_read_reservation(const struct system *system, int node, const char *prefix,
			     struct system_reservation *reservation, struct diag *diag)
{
	uint64_t budget = time_of(system, node, prefix, "budget-ns");
	uint64_t period = time_of(system, node, prefix, "period-ns");
	uint64_t deadline = time_of(system, node, prefix, "deadline-ns");
	*reservation = (struct system_reservation){
		.present = period != 0,
		.budget_ns = budget,
		.period_ns = period,
		.deadline_ns = deadline ? deadline : period,
	};
	char *path = tree_path(system->tree, node);
	char *property = util_format("%s%s", prefix, budget ? "budget-ns" : "deadline-ns");
	struct place place = tree_place(system->tree, path, property);
	if (period == 0 && (budget != 0 || deadline != 0))
		diag_add(diag, RULE_RESERVATION, place, path, "%s without a period (say %speriod-ns too)", property,
			 prefix);
	else if (budget > reservation->deadline_ns || reservation->deadline_ns > period)
		diag_add(diag, RULE_RESERVATION, place, path,
			 "budget %" PRIu64 " ns, deadline %" PRIu64 " ns, period %" PRIu64
			 " ns (budget <= deadline <= period must hold)",
			 budget, reservation->deadline_ns, period);
	free(property);
	free(path);
}

static void read_shared(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	int node;
	if (parent < 0)
		return;
	fdt_for_each_subnode(node, fdt, parent)
	{
		size_t before = diag->count;
		schema_check(system->tree, node, SCHEMA_SHARED, diag);
		struct range range[SYSTEM_RANGE_MAX];
		if (diag->count != before || system_read_ranges(system, node, "reg", range) == 0)
			continue;
		const uint32_t *cells = NULL;
		int count = tree_cells(system->tree, node, "takt,guest-address", &cells);
		system->shared = util_resize(system->shared, system->shared_count + 1, sizeof(*system->shared));
		system->shared[system->shared_count++] = (struct system_shared){
			.node = node,
			.path = tree_path(system->tree, node),
			.range = range[0],
			.ipa = count > 0 ? tree_number(cells, 0, count) : range[0].base,
		};
	}
}

static void read_driver(struct system *system, struct diag *diag)
{
	struct system_driver *driver = &system->driver;
	int node = fdt_path_offset(system->tree->fdt, "/takt,uart-driver");
	driver->reservation = (struct system_reservation){true, 50000, 5000000, 5000000, 0};
	driver->enabled = system->board.has_console;
	driver->path = util_copy("/takt,uart-driver");
	if (node < 0)
		return;
	schema_check(system->tree, node, SCHEMA_UART_DRIVER, diag);
	const char *status = tree_string(system->tree, node, "status");
	driver->enabled = system->board.has_console && !(status && strcmp(status, "disabled") == 0);
	driver->cpu = (uint32_t)system_number(system, node, "cpu", 0);
	if (time_of(system, node, "", "budget-ns") != 0 || time_of(system, node, "", "period-ns") != 0)
		system_read_reservation(system, node, "", &driver->reservation, diag);
	driver->reservation.rank = (uint32_t)system_number(system, node, "rank", 0);
	if (driver->reservation.present && driver->reservation.budget_ns == 0)
		diag_add(diag, RULE_RESERVATION, tree_place(system->tree, driver->path, "period-ns"), driver->path,
			 "period-ns without budget-ns (say both)");
}

static void read_domains(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int parent = fdt_path_offset(fdt, "/domains");
	int node;
	if (parent < 0) {
		diag_add(diag, RULE_MISSING_NODE, tree_place(system->tree, "/", NULL), "/",
			 "there is no /domains (a system has at least one domain)");
		return;
	}
	schema_check(system->tree, parent, SCHEMA_DOMAINS, diag);
	uint32_t count = 0;
	fdt_for_each_subnode(node, fdt, parent) count++;
	if (count == 0 || count > BLOB_VM_MAX)
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, "/domains", NULL), "/domains",
			 "%" PRIu32 " domains (1 to %u are possible)", count, BLOB_VM_MAX);
	system->domains = util_alloc(count, sizeof(*system->domains));
	fdt_for_each_subnode(node, fdt, parent)
	{
		struct system_domain *domain = &system->domains[system->domain_count++];
		domain->node = node;
		system_read_domain(system, domain, diag);
	}
}

/* Nodes of ours at the root that are misspelt would be silently without effect. */
static void check_root(const struct system *system, struct diag *diag)
{
	static const char *const names[] = {"takt,board", "takt,uart-driver", "takt,qemu",       "takt,schedule",
					    "takt,modes", "domains",          "reserved-memory", NULL};
	const void *fdt = system->tree->fdt;
	int node;
	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *name = fdt_get_name(fdt, node, NULL);
		bool known = false;
		for (size_t i = 0; names[i]; i++)
			known = known || strcmp(names[i], name) == 0;
		const char *nearest = schema_nearest(name, names);
		bool is_ours = strncmp(name, "takt,", 5) == 0;
		bool is_misspelt = nearest && fdt_getprop(fdt, node, "compatible", NULL) == NULL &&
				   fdt_getprop(fdt, node, "device_type", NULL) == NULL && strchr(name, '@') == NULL;
		if (known || !(is_ours || is_misspelt))
			continue;
		char *path = tree_path(system->tree, node);
		diag_add(diag, RULE_UNKNOWN_NODE, tree_place(system->tree, path, NULL), path,
			 "unknown node \"%s\" (%s%s)", name,
			 nearest ? "did you mean "
				 : "takt,board, takt,uart-driver, takt,schedule, takt,modes and takt,qemu are known",
			 nearest ? nearest : "");
		free(path);
	}
}

void system_read(struct system *system, const struct tree *tree, const char *const *paths, size_t path_count,
		 struct diag *diag)
{
	*system = (struct system){.tree = tree, .paths = paths, .path_count = path_count};
	check_root(system, diag);
	system_read_board(system, diag);
	read_driver(system, diag);
	system_read_qemu(system, diag);
	read_shared(system, diag);
	read_domains(system, diag);
	system_read_schedule(system, diag);
	system_read_modes(system, diag);
}

void system_fini(struct system *system)
{
	for (uint32_t i = 0; i < system->domain_count; i++)
		system_fini_domain(&system->domains[i]);
	for (uint32_t i = 0; i < system->shared_count; i++)
		free(system->shared[i].path);
	system_fini_qemu(&system->qemu);
	system_fini_schedule(system);
	system_fini_modes(system);
	free(system->domains);
	free(system->shared);
	free(system->driver.path);
	free(system->board.console.path);
	*system = (struct system){0};
}
