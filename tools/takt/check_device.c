/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on devices that are given away: whole pages, one owner, one owner of each line, clocks, no unguarded DMA. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/checked.h"
#include "logic/arm/stage2.h"
#include "tools/takt/check.h"
#include "tools/takt/util.h"

#define CLOCK_DEPTH_MAX 8

static struct place place_of(const struct system *system, const struct system_domain *domain)
{
	return tree_place(system->tree, domain->path, "access");
}

/* Whether another device of the board has registers in a page of these; answers its path, to be freed, or null. */
static char *page_neighbour(const struct system *system, const struct system_device *device, struct range range)
{
	const void *fdt = system->tree->fdt;
	uint64_t first = range.base & ~(PAGE_BYTES - 1);
	struct range pages = {first, align_up(range.base + range.bytes, PAGE_BYTES) - first};
	for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		struct range ranges[SYSTEM_RANGE_MAX];
		if (node == device->node || fdt_getprop(fdt, node, "compatible", NULL) == NULL)
			continue;
		uint32_t count = system_read_registers(system, node, ranges);
		for (uint32_t i = 0; i < count; i++) {
			if (check_overlap(pages, ranges[i]))
				return tree_path(system->tree, node);
		}
	}
	return NULL;
}

static void check_range(const struct system *system, const struct system_domain *domain,
			const struct system_device *device, struct range range, struct diag *diag)
{
	struct place place = place_of(system, domain);
	char *neighbour = page_neighbour(system, device, range);
	if (!range_within(range.base, range.bytes, UINT64_C(1) << STAGE2_IPA_BITS))
		diag_add(diag, RULE_MEMORY_OUTSIDE, place, domain->path,
			 "%s at 0x%" PRIx64 " of 0x%" PRIx64
			 " bytes ends behind the guest's address space of %u bits (leave that range out of its node)",
			 device->path, range.base, range.bytes, STAGE2_IPA_BITS);
	else if (neighbour)
		diag_add(diag, RULE_DEVICE_PAGE, place, domain->path,
			 "%s shares a page of 4 KiB with %s (a page can't be split: it can't be given away alone)",
			 device->path, neighbour);
	else if (!is_aligned(range.base, PAGE_BYTES))
		diag_add(diag, RULE_DEVICE_PAGE, place, domain->path,
			 "%s begins at 0x%" PRIx64 ", inside a page of 4 KiB (a page can't be split)", device->path,
			 range.base);
	else if (!is_aligned(range.bytes, PAGE_BYTES) || range.bytes == 0)
		diag_add(diag, RULE_DEVICE_PAGE, place, domain->path,
			 "%s has 0x%" PRIx64 " bytes of registers at 0x%" PRIx64
			 ", no whole pages of 4 KiB (if nothing else is there, let its reg say 0x%" PRIx64 ")",
			 device->path, range.bytes, range.base, align_up(range.bytes + !range.bytes, PAGE_BYTES));
	free(neighbour);
}

static void check_pages(const struct system *system, const struct system_domain *domain,
			const struct system_device *device, struct diag *diag)
{
	for (uint32_t i = 0; i < device->range_count; i++)
		check_range(system, domain, device, device->ranges[i], diag);
	for (uint32_t i = 0; i < device->window_count; i++)
		check_range(system, domain, device, device->windows[i].range, diag);
}

static void check_lines(const struct system *system, const struct system_domain *domain,
			const struct system_device *device, struct diag *diag)
{
	struct place place = place_of(system, domain);
	for (uint32_t i = 0; i < device->line_count; i++) {
		uint32_t intid = device->lines[i].intid;
		if (intid >= BLOB_VIRQ_END)
			diag_add(diag, RULE_LIMIT, place, domain->path,
				 "line %" PRIu32 " of %s can't be given to a guest (32 to %u can)", intid, device->path,
				 BLOB_VIRQ_END - 1);
		else if (intid == GUEST_UART_INTID && check_has_console(domain))
			diag_add(diag, RULE_IRQ_TWO_OWNERS, place, domain->path,
				 "line %" PRIu32
				 " of %s is that of the virtual PL011 in the guest (a guest can't have both)",
				 intid, device->path);
		else if (intid == GUEST_WATCHDOG_INTID && domain->watchdog)
			diag_add(diag, RULE_IRQ_TWO_OWNERS, place, domain->path,
				 "line %" PRIu32
				 " of %s is that of the watchdog in the guest (a guest can't have both: remove "
				 "takt,watchdog, or the device from access)",
				 intid, device->path);
	}
}

static bool have_common_line(const struct system_device *a, const struct system_device *b, uint32_t *intid)
{
	for (uint32_t i = 0; i < a->line_count; i++) {
		for (uint32_t j = 0; j < b->line_count; j++) {
			*intid = a->lines[i].intid;
			if (a->lines[i].intid == b->lines[j].intid)
				return true;
		}
	}
	return false;
}

/* Against a device of another owner, or one that the domain has been given already. */
static void check_owner(const struct system *system, const struct system_domain *domain,
			const struct system_device *mine, const char *owner, const struct system_device *device,
			struct diag *diag)
{
	uint32_t intid;
	if (mine->node == device->node)
		diag_add(diag, RULE_DEVICE_TWO_OWNERS, place_of(system, domain), domain->path,
			 "%s belongs to %s already (give it to one of them)", mine->path, owner);
	else if (owner != domain->path && have_common_line(mine, device, &intid))
		diag_add(diag, RULE_IRQ_TWO_OWNERS, place_of(system, domain), domain->path,
			 "line %" PRIu32
			 " of %s is also that of %s, which belongs to %s (give both devices to one owner)",
			 intid, mine->path, device->path, owner);
}

static bool has_device(const struct system_domain *domain, int node)
{
	for (uint32_t i = 0; i < domain->device_count; i++) {
		if (domain->devices[i].node == node)
			return true;
	}
	return false;
}

/* Every clock that a node needs, and the clocks of these, must be a copy without registers or the domain's own. */
static void check_clocks(const struct system *system, const struct system_domain *domain,
			 const struct system_device *device, int node, int depth, struct diag *diag)
{
	int at = 0;
	for (int clock; (clock = system_clock_provider(system, node, &at)) >= 0;) {
		bool has_registers = fdt_getprop(system->tree->fdt, clock, "reg", NULL) != NULL;
		if (has_device(domain, clock))
			continue;
		if (!has_registers && depth < CLOCK_DEPTH_MAX) {
			check_clocks(system, domain, device, clock, depth + 1, diag);
			continue;
		}
		char *path = tree_path(system->tree, clock);
		diag_add(
			diag, RULE_DEVICE_CLOCK, place_of(system, domain), domain->path,
			"%s gets its clock from %s, which this domain does not have (give it that too, or describe the "
			"clock as a fixed one)",
			device->path, path);
		free(path);
	}
}

static void check_dma(const struct system *system, const struct system_domain *domain,
		      const struct system_device *device, struct diag *diag)
{
	struct place place = place_of(system, domain);
	if (device->has_no_dma)
		return;
	if (!domain->unprotected_dma)
		diag_add(diag, RULE_DEVICE_DMA, place, domain->path,
			 "%s may master the bus, and no SMMU stands between it and memory: the guest could read and "
			 "write "
			 "all memory through it, Takt's and every other VM's (trust it with that by "
			 "takt,unprotected-dma and takt,identity-map; or say takt,no-dma in the device's node if it "
			 "masters no bus)",
			 device->path);
	else if (!domain->identity)
		diag_add(diag, RULE_DEVICE_DMA, place, domain->path,
			 "%s uses physical addresses, which are not this guest's (takt,unprotected-dma needs "
			 "takt,identity-map)",
			 device->path);
}

/* The INTIDs of a domain's lines as text, to be freed. */
static char *list_lines(const struct system_line *lines, uint32_t count)
{
	char *text = util_format(count == 0 ? "none" : count == 1 ? "line" : "lines");
	for (uint32_t i = 0; i < count; i++) {
		char *longer = util_format("%s%s%" PRIu32, text, i == 0 ? " " : ", ", lines[i].intid);
		free(text);
		text = longer;
	}
	return text;
}

static bool has_line(const struct system_line *lines, uint32_t count, uint32_t intid)
{
	for (uint32_t i = 0; i < count; i++) {
		if (lines[i].intid == intid)
			return true;
	}
	return false;
}

static void check_throttle(const struct system *system, const struct system_irq *irq, struct diag *diag)
{
	if (irq->delivery == BLOB_DELIVERY_POLLED && irq->distance_ns != 0)
		diag_add(diag, RULE_IRQ_THROTTLE, tree_place(system->tree, irq->path, "min-distance-ns"), irq->path,
			 "min-distance-ns of a polled line, which is taken once in a period (remove "
			 "it)");
	else if (irq->burst != 0 && irq->distance_ns == 0)
		diag_add(diag, RULE_IRQ_THROTTLE, tree_place(system->tree, irq->path, "burst"), irq->path,
			 "burst without min-distance-ns (say the distance that a burst may fall short of, or remove "
			 "burst)");
}

static void check_irq(const struct system *system, const struct system_domain *domain, uint32_t index,
		      struct diag *diag)
{
	const struct system_irq *irq = &domain->irqs[index];
	struct system_line lines[SYSTEM_DOMAIN_LINE_MAX];
	uint32_t count = system_domain_lines(domain, lines);
	struct place place = tree_place(system->tree, irq->path, "line");
	if (!has_line(lines, count, irq->intid)) {
		char *own = list_lines(lines, count);
		diag_add(diag, RULE_IRQ_UNKNOWN, place, irq->path,
			 "line %" PRIu32 " is of no device in the domain's access, which has %s (name a line of these, "
			 "or its device in access; SPI n is line 32 + n)",
			 irq->intid, own);
		free(own);
	}
	for (uint32_t i = 0; i < index; i++) {
		if (domain->irqs[i].intid == irq->intid)
			diag_add(diag, RULE_IRQ_TWICE, place, irq->path,
				 "line %" PRIu32 " is that of %s already (say in one node how it is delivered)",
				 irq->intid, domain->irqs[i].path);
	}
	check_throttle(system, irq, diag);
}

static void check_irqs(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	uint32_t throttled = 0, polled = 0;
	for (uint32_t i = 0; i < domain->irq_count; i++) {
		check_irq(system, domain, i, diag);
		throttled += domain->irqs[i].distance_ns != 0;
		polled += domain->irqs[i].delivery == BLOB_DELIVERY_POLLED;
	}
	if (throttled > BLOB_VM_THROTTLED_MAX)
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, domain->path, NULL), domain->path,
			 "%" PRIu32 " lines with min-distance-ns (a domain has at most %u)", throttled,
			 BLOB_VM_THROTTLED_MAX);
	if (polled > BLOB_VM_POLLED_MAX)
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, domain->path, NULL), domain->path,
			 "%" PRIu32 " polled lines (a domain has at most %u)", polled, BLOB_VM_POLLED_MAX);
	if (throttled == 0 && domain->on[BLOB_ON_STORM] != BLOB_ACTION_NONE)
		diag_add(diag, RULE_ERROR_ACTION, tree_place(system->tree, domain->path, "takt,on-storm"), domain->path,
			 "takt,on-storm of a domain without a line that is throttled (min-distance-ns in a node "
			 "irq-WORD says how often one may interrupt)");
}

void check_devices(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	for (uint32_t i = 0; i < domain->device_count; i++) {
		const struct system_device *mine = &domain->devices[i];
		check_pages(system, domain, mine, diag);
		check_lines(system, domain, mine, diag);
		if (system->driver.enabled)
			check_owner(system, domain, mine, "the console driver", &system->board.console, diag);
		for (const struct system_domain *other = system->domains; other <= domain; other++) {
			uint32_t count = other == domain ? i : other->device_count;
			for (uint32_t j = 0; j < count; j++)
				check_owner(system, domain, mine, other->path, &other->devices[j], diag);
		}
		check_clocks(system, domain, mine, mine->node, 0, diag);
		check_dma(system, domain, mine, diag);
	}
	check_irqs(system, domain, diag);
}
