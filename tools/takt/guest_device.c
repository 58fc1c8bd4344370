/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices that a guest was given, in its device tree: copies of the board's nodes and of the clocks that they need.
 * Child nodes are not copied: what is on a bus that can be asked, such as PCI, is found by the guest.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/guest.h"
#include "tools/takt/writer.h"

#define CLOCK_MAX 64U

#define GIC_SPI 0U
#define TRIGGER_EDGE 1U
#define TRIGGER_LEVEL 4U

struct copier {
	struct writer *writer;
	const struct system *system;
	int clocks[CLOCK_MAX]; /* nodes that are copied */
	uint32_t clock_count;
};

/*
 * What of a device's node is not copied as it is: made anew here, or a reference to what a guest doesn't have. A name
 * that ends in '*' stands for all that begin so, one that begins with it for all that end so.
 */
static const char *const not_copied[] = {
	"reg",
	"ranges",
	"interrupts",
	"interrupts-extended",
	"interrupt-map",
	"interrupt-parent",
	"clocks",
	"phandle",
	"linux,phandle",
	"msi-parent",
	"msi-map*",
	"iommus",
	"iommu-map*",
	"resets",
	"reset-names",
	"power-domains",
	"pinctrl-*",
	"dmas",
	"dma-names",
	"*-gpio",
	"*-gpios",
	"*-supply",
	"phys",
	"phy-names",
	"memory-region",
	"interconnects",
	"takt,*",
	"assigned-clock*",
	"mboxes",
	"nvmem-cells",
	"nvmem-cell-names",
	"status",
};

static bool matches(const char *pattern, const char *name)
{
	size_t pattern_length = strlen(pattern);
	size_t length = strlen(name);
	if (pattern[0] == '*')
		return length >= pattern_length - 1 && strcmp(name + length - (pattern_length - 1), pattern + 1) == 0;
	if (pattern[pattern_length - 1] == '*')
		return strncmp(name, pattern, pattern_length - 1) == 0;
	return strcmp(name, pattern) == 0;
}

static void copy_properties(struct copier *c, int node)
{
	const void *fdt = c->system->tree->fdt;
	int at;
	fdt_for_each_property_offset(at, fdt, node)
	{
		const char *name = NULL;
		int bytes = 0;
		const void *value = fdt_getprop_by_offset(fdt, at, &name, &bytes);
		bool is_copied = true;
		for (size_t i = 0; i < sizeof(not_copied) / sizeof(not_copied[0]); i++)
			is_copied = is_copied && !matches(not_copied[i], name);
		if (is_copied)
			writer_bytes(c->writer, name, value, (size_t)bytes);
	}
	const uint32_t *clocks = NULL;
	int count = tree_cells(c->system->tree, node, "clocks", &clocks);
	if (count > 0)
		writer_bytes(c->writer, "clocks", clocks, (size_t)count * sizeof(clocks[0]));
	if (fdt_get_phandle(fdt, node) != 0)
		writer_u32(c->writer, "phandle", fdt_get_phandle(fdt, node));
}

/* The clocks of a node, and theirs first, each once: copies keep their phandles, so references to them hold. */
static void put_clocks(struct copier *c, int node)
{
	int at = 0;
	for (int clock; (clock = system_clock_provider(c->system, node, &at)) >= 0;) {
		bool is_there = fdt_getprop(c->system->tree->fdt, clock, "reg", NULL) != NULL;
		for (uint32_t i = 0; i < c->clock_count; i++)
			is_there = is_there || c->clocks[i] == clock;
		if (is_there || c->clock_count == CLOCK_MAX)
			continue;
		c->clocks[c->clock_count++] = clock;
		put_clocks(c, clock);
		writer_begin(c->writer, fdt_get_name(c->system->tree->fdt, clock, NULL));
		copy_properties(c, clock);
		writer_end(c->writer);
	}
}

static void put_interrupts(struct copier *c, const struct system_device *device)
{
	uint32_t cells[3 * SYSTEM_DEVICE_LINE_MAX];
	for (uint32_t i = 0; i < device->interrupt_count; i++) {
		cells[3 * i] = GIC_SPI;
		cells[3 * i + 1] = device->lines[i].intid - 32;
		cells[3 * i + 2] = device->lines[i].edge ? TRIGGER_EDGE : TRIGGER_LEVEL;
	}
	if (device->interrupt_count)
		writer_cells(c->writer, "interrupts", cells, 3 * (size_t)device->interrupt_count);
}

/* Bus address and pin as they are; behind them the guest's GIC, at which the line has the same number. */
static void put_interrupt_map(struct copier *c, const struct system_device *device)
{
	struct system_map map;
	if (!system_read_map(c->system, device->node, &map) || map.count == 0)
		return;
	size_t stride = (size_t)map.key + 4;
	uint32_t *cells = util_alloc((size_t)map.count * stride, sizeof(*cells));
	for (int i = 0; i < map.count; i++) {
		uint32_t *to = cells + (size_t)i * stride;
		for (int j = 0; j < map.key; j++)
			to[j] = tree_cell(map.cells, i * map.stride + j);
		to[map.key] = c->writer->gic;
		for (int j = 0; j < 3; j++)
			to[map.key + 1 + j] = tree_cell(map.cells, i * map.stride + map.line + j);
	}
	writer_cells(c->writer, "interrupt-map", cells, (size_t)map.count * stride);
	free(cells);
}

static void put_windows(struct copier *c, const struct system_device *device)
{
	uint32_t cells[(SYSTEM_PCI_ADDRESS_CELLS + 4) * SYSTEM_WINDOW_MAX];
	size_t count = 0;
	for (uint32_t i = 0; i < device->window_count; i++) {
		const struct system_window *window = &device->windows[i];
		for (int j = 0; j < SYSTEM_PCI_ADDRESS_CELLS; j++)
			cells[count++] = window->bus[j];
		cells[count++] = (uint32_t)(window->range.base >> 32);
		cells[count++] = (uint32_t)window->range.base;
		cells[count++] = (uint32_t)(window->range.bytes >> 32);
		cells[count++] = (uint32_t)window->range.bytes;
	}
	if (count)
		writer_cells(c->writer, "ranges", cells, count);
}

/* A copy of what the board says, with what is different for the guest. */
static void put_device(struct copier *c, const struct system_device *device)
{
	const char *name = fdt_get_name(c->system->tree->fdt, device->node, NULL);
	put_clocks(c, device->node);
	writer_begin_format(c->writer, "%.*s@%" PRIx64, (int)strcspn(name, "@"), name, device->ranges[0].base);
	copy_properties(c, device->node);
	writer_ranges(c->writer, device->ranges, device->range_count);
	put_windows(c, device);
	put_interrupts(c, device);
	put_interrupt_map(c, device);
	writer_end(c->writer);
}

void guest_put_devices(struct writer *w, const struct system *system, const struct system_domain *domain)
{
	struct copier c = {.writer = w, .system = system};
	for (uint32_t i = 0; i < domain->device_count; i++)
		put_device(&c, &domain->devices[i]);
}
