/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the segments of every VM and service, without a place yet. */
#include <inttypes.h>
#include <stdlib.h>

#include "abi/service.h"
#include "base/bits.h"
#include "base/checked.h"
#include "tools/takt/check.h"
#include "tools/takt/layout.h"
#include "tools/takt/loader.h"

#define ATTR_RW (BLOB_SEGMENT_R | BLOB_SEGMENT_W)
#define ATTR_RX (BLOB_SEGMENT_R | BLOB_SEGMENT_X)
#define ATTR_RWX (BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_X)

/* What all segments of one owner have in common while they are listed. */
struct collector {
	struct layout *layout;
	uint32_t owner;
	uint32_t first;
	bool full;
};

static struct layout_segment *add(struct collector *c, const char *what, uint64_t ipa, uint64_t bytes, uint32_t attr)
{
	static struct layout_segment overflow;
	struct layout *layout = c->layout;
	if (layout->segment_count == BLOB_SEGMENT_MAX || layout->segment_count - c->first == BLOB_VM_SEGMENT_MAX) {
		c->full = true;
		return &overflow;
	}
	struct layout_segment *segment = &layout->segments[layout->segment_count++];
	*segment = (struct layout_segment){
		.blob = {.ipa = ipa, .bytes = bytes, .attr = attr},
		.owner = c->owner,
		.what = what,
	};
	return segment;
}

static void add_ram(struct collector *c, const struct system_domain *domain, const struct guest *guest,
		    struct range ram)
{
	bool is_block = is_aligned(ram.base, BLOCK_BYTES) && ram.bytes >= BLOCK_BYTES;
	uint64_t granule = is_block ? BLOCK_BYTES : PAGE_BYTES;
	uint64_t at = ram.base;
	uint64_t end = ram.base + ram.bytes;
	while (at < end) {
		struct range used;
		bool any = guest_next_run(guest, GUEST_SPAN, (struct range){at, end - at}, granule, &used);
		uint64_t stop = any ? used.base : end;
		if (stop > at) {
			struct layout_segment *rest = add(c, "memory", at, stop - at, ATTR_RWX);
			rest->is_block = is_block;
			rest->fixed = domain->identity;
			rest->blob.pa = domain->identity ? at : 0;
		}
		if (!any)
			break;
		struct layout_segment *image = add(c, "memory with images", used.base, used.bytes, ATTR_RWX);
		image->in_image = true;
		image->is_block = is_block;
		image->fixed = domain->identity;
		image->blob.pa = domain->identity ? used.base : 0;
		at = used.base + used.bytes;
	}
}

static void add_fixed(struct collector *c, const char *what, uint64_t ipa, struct range physical, uint32_t attr,
		      bool shared)
{
	struct layout_segment *segment = add(c, what, ipa, physical.bytes, attr);
	segment->fixed = true;
	segment->blob.pa = physical.base;
	segment->blob.shared = shared;
}

static void add_device(struct collector *c, struct range pages)
{
	add_fixed(c, "device", pages.base, pages, ATTR_RW | BLOB_SEGMENT_DEVICE, false);
}

/* The VM's and its model's: one memory. */
static void add_flash(struct collector *c, uint64_t ipa, uint32_t attr)
{
	struct layout_segment *flash = add(c, "flash", ipa, BLOB_FLASH_BYTES, attr);
	flash->in_image = true;
	flash->is_block = true;
	flash->blob.shared = 1;
}

static void add_vm(struct collector *c, const struct system *system, const struct guest *guest)
{
	const struct system_domain *domain = &system->domains[c->owner];
	for (uint32_t i = 0; i < domain->memory_count; i++)
		add_ram(c, domain, guest, domain->memory[i]);
	for (uint32_t i = 0; i < domain->image_count; i++) {
		const struct system_image *image = &domain->images[i];
		if (image->is_flash)
			add_flash(c, image->ipa, BLOB_SEGMENT_R);
		else if (image->rom_bytes)
			add(c, "read-only memory", image->ipa, image->rom_bytes,
			    image->is_writable ? ATTR_RWX : ATTR_RX)
				->in_image = true;
	}
	for (uint32_t i = 0; i < domain->shared_count; i++) {
		const struct system_shared *shared = &system->shared[domain->shared[i]];
		add_fixed(c, "shared memory", shared->ipa, shared->range, ATTR_RW, true);
	}
	if (domain->stolen_time)
		add(c, "stolen time", GUEST_STOLEN_IPA, GUEST_STOLEN_BYTES, BLOB_SEGMENT_R)->in_image = true;
	for (uint32_t i = 0; i < domain->device_count; i++) {
		const struct system_device *device = &domain->devices[i];
		for (uint32_t j = 0; j < device->range_count; j++)
			add_device(c, device->ranges[j]);
		for (uint32_t j = 0; j < device->window_count; j++)
			add_device(c, device->windows[j].range);
	}
}

/* The private and shared parts that every service has; its consoles come from the caller. */
static void add_service(struct collector *c, const struct service_part *part, uint64_t place)
{
	struct layout_segment *text = add(c, "text", place + SERVICE_TEXT_IPA, part->text.size, ATTR_RX);
	text->in_image = true;
	text->blob.shared = 1;
	if (part->data.size)
		add(c, "data", place + SERVICE_DATA_IPA, part->data.size, ATTR_RW)->in_image = true;
	add(c, "stack", place + SERVICE_STACK_TOP - PAGE_BYTES, PAGE_BYTES, ATTR_RW)->in_image = true;
	add(c, "configuration", place + SERVICE_CONFIG_IPA, PAGE_BYTES, BLOB_SEGMENT_R)->in_image = true;
}

static void add_loader(struct collector *c, const struct system_domain *domain, const struct guest *guest,
		       const struct parts *parts)
{
	struct loader_config config;
	uint64_t bytes = loader_plan(&config, domain, guest);
	if (bytes != 0) {
		struct layout_segment *copies = add(c, "copies of images", LOADER_COPY_IPA, bytes, BLOB_SEGMENT_R);
		copies->in_image = true;
		copies->is_block = bytes >= BLOCK_BYTES;
	}
	add_service(c, &parts->loader, LOADER_IPA);
}

static void add_loaders(struct collector *c, const struct system *system, const struct guest *guests,
			const struct parts *parts)
{
	for (uint32_t i = 0; i < system->domain_count; i++) {
		if (!loader_is_needed(&system->domains[i]))
			continue;
		c->first = c->layout->segment_count;
		add_loader(c, &system->domains[i], &guests[i], parts);
		c->owner++;
	}
}

static void add_console(struct collector *c, uint32_t count)
{
	struct layout_segment *console = add(c, "console", SERVICE_CONSOLE_IPA, count * SERVICE_CONSOLE_BYTES, ATTR_RW);
	console->in_image = true;
	console->blob.shared = 1;
}

static void add_driver(struct collector *c, const struct system *system, const struct parts *parts, uint32_t models)
{
	struct range device = system->board.console.ranges[0];
	add_service(c, &parts->driver, 0);
	add_console(c, models + 1);
	device.bytes = align_up(device.bytes, PAGE_BYTES);
	add_fixed(c, "device", SERVICE_DEVICE_IPA, device, ATTR_RW | BLOB_SEGMENT_DEVICE, false);
}

static int compare(const void *a, const void *b)
{
	const struct layout_segment *x = a;
	const struct layout_segment *y = b;
	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return x->blob.ipa < y->blob.ipa ? -1 : x->blob.ipa > y->blob.ipa;
}

bool layout_collect(struct layout *layout, const struct system *system, const struct guest *guests,
		    const struct parts *parts, struct diag *diag)
{
	uint32_t models = 0;
	for (uint32_t i = 0; i < system->domain_count; i++) {
		struct collector c = {.layout = layout, .owner = i, .first = layout->segment_count};
		add_vm(&c, system, &guests[i]);
		if (c.full) {
			diag_add(diag, RULE_LIMIT, tree_place(system->tree, system->domains[i].path, "memory"),
				 system->domains[i].path,
				 "memory, devices and images make more than %u segments (in all %u): use fewer ranges",
				 BLOB_VM_SEGMENT_MAX, BLOB_SEGMENT_MAX);
			return false;
		}
	}
	struct collector c = {.layout = layout, .owner = system->domain_count};
	for (uint32_t i = 0; i < system->domain_count; i++) {
		if (!check_has_console(&system->domains[i]))
			continue;
		c.first = layout->segment_count;
		add_service(&c, &parts->model, 0);
		add_console(&c, 1);
		if (check_flash_of(&system->domains[i]) != NULL)
			add_flash(&c, SERVICE_FLASH_IPA, ATTR_RW);
		c.owner++;
		models++;
	}
	c.first = layout->segment_count;
	if (system->driver.enabled)
		add_driver(&c, system, parts, models);
	layout->first_loader = models + system->driver.enabled;
	c.owner = system->domain_count + layout->first_loader;
	add_loaders(&c, system, guests, parts);
	layout->service_count = c.owner - system->domain_count;
	if (c.full)
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, "/domains", NULL), "/domains",
			 "the system makes more than %u segments: use fewer domains or ranges", BLOB_SEGMENT_MAX);
	qsort(layout->segments, layout->segment_count, sizeof(layout->segments[0]), compare);
	return !c.full;
}
