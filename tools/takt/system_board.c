/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the board: its memory, CPUs, interrupt controller and console, from the standard bindings. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

static void board_error(const struct system *system, struct diag *diag, const char *path, const char *text)
{
	diag_add(diag, RULE_BOARD, tree_place(system->tree, path, NULL), path, "%s", text);
}

static void read_memory(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	struct system_board *board = &system->board;
	int node;
	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *type = tree_string(system->tree, node, "device_type");
		struct range ranges[SYSTEM_RANGE_MAX];
		if (type == NULL || strcmp(type, "memory") != 0)
			continue;
		uint32_t count = system_read_ranges(system, node, "reg", ranges);
		for (uint32_t i = 0; i < count && board->memory_count < SYSTEM_RANGE_MAX; i++)
			board->memory[board->memory_count++] = ranges[i];
	}
	if (board->memory_count == 0)
		board_error(system, diag, "/", "the board has no memory node (include a board from systems/boards)");
}

static void read_cpus(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	struct system_board *board = &system->board;
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node;
	if (cpus < 0) {
		board_error(system, diag, "/", "the board has no /cpus node (include a board from systems/boards)");
		return;
	}
	board->cpus_phandle = fdt_get_phandle(fdt, cpus);
	int address = fdt_address_cells(fdt, cpus);
	fdt_for_each_subnode(node, fdt, cpus)
	{
		const char *type = tree_string(system->tree, node, "device_type");
		const uint32_t *cells = NULL;
		if (type == NULL || strcmp(type, "cpu") != 0)
			continue;
		if (tree_cells(system->tree, node, "reg", &cells) != address || board->cpu_count == BLOB_CPU_MAX)
			break;
		board->mpidr[board->cpu_count++] = tree_number(cells, 0, address);
	}
}

static void read_gic(struct system *system, struct diag *diag)
{
	struct range ranges[SYSTEM_RANGE_MAX];
	int node = fdt_node_offset_by_compatible(system->tree->fdt, -1, "arm,gic-v3");
	if (node < 0 || system_read_ranges(system, node, "reg", ranges) < 2) {
		board_error(system, diag, "/", "the board has no GICv3 (a node compatible with \"arm,gic-v3\")");
		return;
	}
	system->board.gicd = ranges[0].base;
	system->board.gicr = ranges[1].base;
}

#define GIC_PPI 1U
#define PPI_PMU 7U /* INTID 23 */

/* Whether a node describes performance monitors of PMUv3: by that name, or as a certain CPU's ("arm,cortex-a72-pmu").
 */
static bool is_pmu(const struct system *system, int node)
{
	static const char suffix[] = "-pmu";
	int count = fdt_stringlist_count(system->tree->fdt, node, "compatible");
	for (int i = 0; i < count; i++) {
		int bytes = 0;
		const char *name = fdt_stringlist_get(system->tree->fdt, node, "compatible", i, &bytes);
		size_t length = (size_t)bytes;
		if (strcmp(name, "arm,armv8-pmuv3") == 0 ||
		    (length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0))
			return true;
	}
	return false;
}

static void read_pmu(struct system *system)
{
	int node;
	fdt_for_each_subnode(node, system->tree->fdt, 0)
	{
		const uint32_t *cells = NULL;
		if (is_pmu(system, node) && tree_cells(system->tree, node, "interrupts", &cells) >= 3 &&
		    tree_cell(cells, 0) == GIC_PPI && tree_cell(cells, 1) == PPI_PMU)
			system->board.has_pmu = true;
	}
}

static uint32_t clock_of(const struct system *system, int node)
{
	const uint32_t *cells = NULL;
	if (tree_cells(system->tree, node, "clocks", &cells) < 1)
		return 0;
	int clock = fdt_node_offset_by_phandle(system->tree->fdt, tree_cell(cells, 0));
	if (clock < 0)
		return 0;
	return (uint32_t)system_number(system, clock, "clock-frequency", 0);
}

static void read_console(struct system *system, int board_node, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	struct system_board *board = &system->board;
	const uint32_t *cells = NULL;
	if (tree_cells(system->tree, board_node, "console", &cells) != 1)
		return;
	int node = fdt_node_offset_by_phandle(fdt, tree_cell(cells, 0));
	if (node < 0 || fdt_node_check_compatible(fdt, node, "arm,pl011") != 0) {
		diag_add(diag, RULE_BOARD, tree_place(system->tree, "/takt,board", "console"), "/takt,board",
			 "console is not a UART that Takt can drive (a node compatible with \"arm,pl011\")");
		return;
	}
	board->has_console = system_read_device(system, &board->console, node, "/takt,board", "console", diag);
	board->console_clock_hz = clock_of(system, node);
}

void system_read_board(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int node = fdt_path_offset(fdt, "/takt,board");
	if (node < 0) {
		diag_add(diag, RULE_MISSING_NODE, tree_place(system->tree, "/", NULL), "/",
			 "there is no /takt,board (include a board: #include \"boards/qemu-virt.dtsi\")");
		return;
	}
	size_t before = diag->count;
	schema_check(system->tree, node, SCHEMA_BOARD, diag);
	if (diag->count != before)
		return;
	const uint32_t *cells = NULL;
	int count = tree_cells(system->tree, node, "load-address", &cells);
	system->board.load_address = tree_number(cells, 0, count);
	system->board.counter_hz = system_number(system, node, "counter-hz", 0);
	system->board.switch_ns = system_number(system, node, "switch-ns", 1000);
	system->board.interrupt_ns = system_number(system, node, "interrupt-ns", 500);
	system->board.longest_step_ns = system_number(system, node, "longest-step-ns", 3000);
	read_memory(system, diag);
	read_cpus(system, diag);
	read_gic(system, diag);
	read_pmu(system);
	read_console(system, node, diag);
}
