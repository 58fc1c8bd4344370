/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a device of the board: registers, windows, lines and clocks, from the standard bindings (Devicetree
 * Specification 0.4, sections 2.3 and 2.4), at the CPU's addresses: through the `ranges` of every bus above it.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"

#define GIC_SPI 0U
#define GIC_FIRST_SPI 32U
#define GIC_LAST_SPI 1019U
#define GIC_CELLS_MIN 3
#define TRIGGER_EDGE_RISING 1U
#define TRIGGER_EDGE_MASK 3U
#define BUS_DEPTH_MAX 16

/* Who asks for the device, for messages. */
struct asker {
	const struct system *system;
	struct system_device *device;
	const char *user;
	const char *property;
	struct diag *diag;
};

static bool refuse(const struct asker *a, enum rule rule, const char *why)
{
	diag_add(a->diag, rule, tree_place(a->system->tree, a->user, a->property), a->user, "%s %s", a->device->path,
		 why);
	return false;
}

static bool is_cell_count(int count) { return count == 1 || count == 2; }

uint32_t system_read_ranges(const struct system *system, int node, const char *property, struct range *ranges)
{
	const void *fdt = system->tree->fdt;
	const uint32_t *cells = NULL;
	int parent = fdt_parent_offset(fdt, node);
	int address = fdt_address_cells(fdt, parent);
	int size = fdt_size_cells(fdt, parent);
	int count = tree_cells(system->tree, node, property, &cells);
	if (!is_cell_count(address) || !is_cell_count(size))
		return 0;
	uint32_t pairs = 0;
	for (int at = 0; at + address + size <= count && pairs < SYSTEM_RANGE_MAX; at += address + size)
		ranges[pairs++] =
			(struct range){tree_number(cells, at, address), tree_number(cells, at + address, size)};
	return pairs;
}

uint32_t system_count_ranges(const struct system *system, int node, const char *property)
{
	const void *fdt = system->tree->fdt;
	const uint32_t *cells = NULL;
	int parent = fdt_parent_offset(fdt, node);
	int pair = fdt_address_cells(fdt, parent) + fdt_size_cells(fdt, parent);
	int count = tree_cells(system->tree, node, property, &cells);
	return count > 0 && pair > 0 ? (uint32_t)(count / pair) : 0;
}

/* One step up: from the addresses below a bus to those of the bus above it. False: they can't be reached from there. */
static bool translate_step(const struct system *system, int bus, struct range *range)
{
	const void *fdt = system->tree->fdt;
	const uint32_t *cells = NULL;
	int bytes = 0;
	if (fdt_getprop(fdt, bus, "ranges", &bytes) == NULL)
		return false;
	if (bytes == 0)
		return true;
	int child = fdt_address_cells(fdt, bus);
	int above = fdt_address_cells(fdt, fdt_parent_offset(fdt, bus));
	int size = fdt_size_cells(fdt, bus);
	int count = tree_cells(system->tree, bus, "ranges", &cells);
	if (!is_cell_count(child) || !is_cell_count(above) || !is_cell_count(size))
		return false;
	for (int at = 0; at + child + above + size <= count; at += child + above + size) {
		uint64_t from = tree_number(cells, at, child);
		uint64_t length = tree_number(cells, at + child + above, size);
		if (range->base < from || range->base - from >= length || range->bytes > length - (range->base - from))
			continue;
		range->base = tree_number(cells, at + child, above) + (range->base - from);
		return true;
	}
	return false;
}

/* From the addresses of a node's bus to the CPU's. */
static bool translate(const struct system *system, int node, struct range *range)
{
	const void *fdt = system->tree->fdt;
	int bus = fdt_parent_offset(fdt, node);
	for (int depth = 0; bus > 0 && depth < BUS_DEPTH_MAX; depth++) {
		if (!translate_step(system, bus, range))
			return false;
		bus = fdt_parent_offset(fdt, bus);
	}
	return bus == 0;
}

uint32_t system_read_registers(const struct system *system, int node, struct range *ranges)
{
	uint32_t count = system_read_ranges(system, node, "reg", ranges);
	for (uint32_t i = 0; i < count; i++) {
		if (!translate(system, node, &ranges[i]))
			return 0;
	}
	return count;
}

/* The windows of a PCI host (IEEE 1275 PCI binding): `ranges` of three cells of bus address, the CPU's, two of size. */
static bool read_windows(const struct asker *a)
{
	const void *fdt = a->system->tree->fdt;
	struct system_device *device = a->device;
	const uint32_t *cells = NULL;
	int child = fdt_address_cells(fdt, device->node);
	int above = fdt_address_cells(fdt, fdt_parent_offset(fdt, device->node));
	int size = fdt_size_cells(fdt, device->node);
	int count = tree_cells(a->system->tree, device->node, "ranges", &cells);
	if (count <= 0)
		return true;
	if (child != SYSTEM_PCI_ADDRESS_CELLS || !is_cell_count(above) || !is_cell_count(size))
		return refuse(a, RULE_DEVICE_UNKNOWN, "is a bus, and no PCI host: name the devices on it instead");
	for (int at = 0; at + child + above + size <= count; at += child + above + size) {
		struct system_window *window = &device->windows[device->window_count];
		if (device->window_count == SYSTEM_WINDOW_MAX)
			return refuse(a, RULE_LIMIT, "has too many windows in `ranges`");
		for (int i = 0; i < child; i++)
			window->bus[i] = tree_cell(cells, at + i);
		window->range.base = tree_number(cells, at + child, above);
		window->range.bytes = tree_number(cells, at + child + above, size);
		if (!translate(a->system, device->node, &window->range))
			return refuse(a, RULE_DEVICE_UNKNOWN, "has windows that the CPU can't reach");
		device->window_count++;
	}
	return true;
}

static bool add_line(const struct asker *a, const uint32_t *cells, int at, bool only_once)
{
	struct system_device *device = a->device;
	uint32_t intid = tree_cell(cells, at + 1) + GIC_FIRST_SPI;
	if (tree_cell(cells, at) != GIC_SPI || intid > GIC_LAST_SPI)
		return refuse(a, RULE_DEVICE_UNKNOWN,
			      "has an interrupt that belongs to no device (only SPIs can be given away)");
	for (uint32_t i = 0; only_once && i < device->line_count; i++) {
		if (device->lines[i].intid == intid)
			return true;
	}
	if (device->line_count == SYSTEM_DEVICE_LINE_MAX)
		return refuse(a, RULE_LIMIT, "has too many interrupts");
	device->lines[device->line_count++] = (struct system_line){
		.intid = intid,
		.edge = (tree_cell(cells, at + 2) & TRIGGER_EDGE_MASK) == TRIGGER_EDGE_RISING,
	};
	return true;
}

/* The node that a node's interrupts go to: of its own interrupt-parent, or the nearest one above. */
static int interrupt_parent(const struct system *system, int node)
{
	const void *fdt = system->tree->fdt;
	const uint32_t *cells = NULL;
	for (int depth = 0; node >= 0 && depth < BUS_DEPTH_MAX; depth++) {
		if (tree_cells(system->tree, node, "interrupt-parent", &cells) == 1)
			return fdt_node_offset_by_phandle(fdt, tree_cell(cells, 0));
		node = node == 0 ? -1 : fdt_parent_offset(fdt, node);
	}
	return -1;
}

/* Cells of an interrupt at the GIC; 0: this node is none. */
static int gic_cells(const struct system *system, int node)
{
	if (node < 0 || fdt_node_check_compatible(system->tree->fdt, node, "arm,gic-v3") != 0)
		return 0;
	int cells = (int)system_number(system, node, "#interrupt-cells", 0);
	return cells >= GIC_CELLS_MIN ? cells : 0;
}

static bool read_interrupts(const struct asker *a)
{
	static const char not_gic[] = "has interrupts that are not the GIC's";
	const struct system *system = a->system;
	int node = a->device->node;
	const uint32_t *cells = NULL;
	int count = tree_cells(system->tree, node, "interrupts-extended", &cells);
	bool is_extended = count != 0;
	if (!is_extended)
		count = tree_cells(system->tree, node, "interrupts", &cells);
	int stride = gic_cells(system, interrupt_parent(system, node));
	for (int at = 0; at < count; at += stride) {
		if (is_extended)
			stride = gic_cells(system,
					   fdt_node_offset_by_phandle(system->tree->fdt, tree_cell(cells, at++)));
		if (stride == 0 || at + stride > count)
			return refuse(a, RULE_DEVICE_UNKNOWN, not_gic);
		if (!add_line(a, cells, at, false))
			return false;
	}
	a->device->interrupt_count = a->device->line_count;
	return count >= 0 || refuse(a, RULE_DEVICE_UNKNOWN, not_gic);
}

bool system_read_map(const struct system *system, int node, struct system_map *map)
{
	const void *fdt = system->tree->fdt;
	int count = tree_cells(system->tree, node, "interrupt-map", &map->cells);
	map->key = fdt_address_cells(fdt, node) + (int)system_number(system, node, "#interrupt-cells", 1);
	map->count = 0;
	for (int at = 0; at < count; at += map->stride) {
		if (at + map->key >= count)
			return false;
		int gic = fdt_node_offset_by_phandle(fdt, tree_cell(map->cells, at + map->key));
		int cells = gic_cells(system, gic);
		map->line = map->key + 1 + (gic < 0 ? 0 : (int)system_number(system, gic, "#address-cells", 0));
		map->stride = map->line + cells;
		if (cells == 0 || at + map->stride > count)
			return false;
		map->count++;
	}
	return count >= 0;
}

static bool read_mapped_interrupts(const struct asker *a)
{
	struct system_map map;
	if (!system_read_map(a->system, a->device->node, &map))
		return refuse(a, RULE_DEVICE_UNKNOWN, "has an interrupt-map to something else than the GIC");
	for (int i = 0; i < map.count; i++) {
		if (!add_line(a, map.cells, i * map.stride + map.line, true))
			return false;
	}
	return true;
}

bool system_read_device(const struct system *system, struct system_device *device, int node, const char *user,
			const char *property, struct diag *diag)
{
	struct asker a = {system, device, user, property, diag};
	size_t before = diag->count;
	*device = (struct system_device){.node = node, .path = tree_path(system->tree, node)};
	schema_check(system->tree, node, SCHEMA_DEVICE, diag);
	device->has_no_dma = fdt_getprop(system->tree->fdt, node, "takt,no-dma", NULL) != NULL;
	device->range_count = system_read_registers(system, node, device->ranges);
	if (device->range_count == 0)
		return refuse(&a, RULE_DEVICE_UNKNOWN,
			      "is not a device that can be given away (it has no registers that the CPU can reach)");
	if (system_count_ranges(system, node, "reg") > SYSTEM_RANGE_MAX)
		return refuse(&a, RULE_LIMIT, "has too many ranges in `reg`");
	return read_windows(&a) && read_interrupts(&a) && read_mapped_interrupts(&a) && diag->count == before;
}

/* What the domain says of the line; else it is prompt. */
static struct system_line as_described(const struct system_domain *domain, struct system_line line)
{
	for (uint32_t i = 0; i < domain->irq_count; i++) {
		const struct system_irq *irq = &domain->irqs[i];
		if (irq->intid != line.intid)
			continue;
		line.delivery = irq->delivery;
		line.distance_ns = irq->distance_ns;
		line.burst = irq->distance_ns != 0 && irq->burst == 0 ? 1 : irq->burst;
	}
	return line;
}

bool system_needs_alarm(const struct system_domain *domain)
{
	bool has_times = domain->watchdog;
	for (uint32_t i = 0; i < domain->irq_count; i++)
		has_times |= domain->irqs[i].distance_ns != 0 || domain->irqs[i].delivery == BLOB_DELIVERY_POLLED;
	return has_times;
}

uint32_t system_domain_lines(const struct system_domain *domain, struct system_line *lines)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < domain->device_count; i++) {
		const struct system_device *device = &domain->devices[i];
		for (uint32_t j = 0; j < device->line_count; j++) {
			uint32_t k = 0;
			while (k < count && lines[k].intid != device->lines[j].intid)
				k++;
			if (k == count)
				lines[count++] = as_described(domain, device->lines[j]);
		}
	}
	return count;
}

int system_clock_provider(const struct system *system, int node, int *at)
{
	const uint32_t *cells = NULL;
	int count = tree_cells(system->tree, node, "clocks", &cells);
	if (*at >= count)
		return -1;
	int provider = fdt_node_offset_by_phandle(system->tree->fdt, tree_cell(cells, *at));
	*at += 1 + (provider < 0 ? 0 : (int)system_number(system, provider, "#clock-cells", 0));
	return provider;
}
