/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the physical place of everything. */
#define _GNU_SOURCE
#include "tools/takt/layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/service.h"
#include "base/bits.h"
#include "logic/arm/stage2.h"
#include "logic/config.h"
#include "tools/takt/check.h"
#include "tools/takt/loader.h"

/* Memory of EL2's own objects: VM and vCPU state, trace rings. Stage-2 tables come on top. */
#define ARENA_BASE_BYTES (UINT64_C(4) << 20)
#define ARENA_VM_BYTES (UINT64_C(64) << 10)

struct placer {
	struct layout *layout;
	const struct system *system;
	struct space space;
	struct diag *diag;
};

static uint64_t table_bytes(uint64_t count, uint64_t entry) { return align_up(count * entry, 8); }

static uint64_t blob_bytes(const struct layout *layout, const struct system *system, const struct schedule *schedule)
{
	return sizeof(struct blob_header) + table_bytes(schedule->cpu_count, sizeof(struct blob_cpu)) +
	       table_bytes(system->domain_count, sizeof(struct blob_vm)) +
	       table_bytes(layout->service_count, sizeof(struct blob_service)) +
	       table_bytes(schedule->context_count, sizeof(struct blob_context)) +
	       table_bytes(schedule->reservation_count, sizeof(struct blob_reservation)) +
	       table_bytes(layout->segment_count, sizeof(struct blob_segment)) +
	       table_bytes(layout->line_count, sizeof(struct blob_line)) +
	       table_bytes(schedule->window_count, sizeof(struct blob_window)) +
	       table_bytes(system->mode_count, sizeof(struct blob_mode)) +
	       table_bytes((uint64_t)system->mode_count * schedule->reservation_count, sizeof(struct blob_reservation));
}

static uint32_t count_lines(const struct system *system)
{
	struct system_line lines[SYSTEM_DOMAIN_LINE_MAX];
	uint32_t count = system->driver.enabled ? system->board.console.line_count : 0;
	for (uint32_t i = 0; i < system->domain_count; i++)
		count += system_domain_lines(&system->domains[i], lines);
	return count;
}

static bool refuse_full(const struct placer *p, const char *path, uint64_t bytes, const char *what)
{
	uint64_t largest = 0;
	for (uint32_t i = 0; i < p->space.count; i++)
		largest = p->space.free[i].bytes > largest ? p->space.free[i].bytes : largest;
	diag_add(p->diag, RULE_MEMORY_FULL, tree_place(p->system->tree, path, "memory"), path,
		 "no room for %" PRIu64 " KiB of %s in the board's memory: the largest free piece has %" PRIu64
		 " KiB (give the domains less)",
		 bytes >> 10, what, largest >> 10);
	return false;
}

static const char *owner_path(const struct placer *p, const struct layout_segment *segment)
{
	return segment->owner < p->system->domain_count ? p->system->domains[segment->owner].path : "/domains";
}

static void note_end(struct layout *layout, const struct blob_segment *s, bool in_image)
{
	uint64_t end = s->pa + s->bytes;
	if (in_image && end - layout->load_pa > layout->image_bytes)
		layout->image_bytes = end - layout->load_pa;
}

/* The free memory, without what has its place already. */
static void open_space(struct placer *p)
{
	const struct system_board *board = &p->system->board;
	for (uint32_t i = 0; i < board->memory_count; i++)
		space_add(&p->space, board->memory[i]);
	space_take(&p->space, (struct range){0, board->load_address});
	for (uint32_t i = 0; i < p->system->shared_count; i++)
		space_take(&p->space, p->system->shared[i].range);
	for (uint32_t i = 0; i < p->layout->segment_count; i++) {
		const struct layout_segment *s = &p->layout->segments[i];
		if (s->fixed)
			space_take(&p->space, (struct range){s->blob.pa, s->blob.bytes});
		if (s->fixed && s->in_image)
			note_end(p->layout, &s->blob, true);
	}
}

static bool place_core(struct placer *p, const struct parts *parts)
{
	struct layout *layout = p->layout;
	layout->blob_offset = parts->el2.size;
	uint64_t consoles = (schedule_driver_service(p->system) + 1) * SERVICE_CONSOLE_BYTES;
	uint64_t bytes = parts->el2.size + align_up(layout->blob_bytes, PAGE_BYTES) + consoles;
	uint64_t base;
	if (!space_find(&p->space, bytes, 1, 0, layout->load_pa, &base))
		return refuse_full(p, "/domains", bytes, "Takt itself");
	if (base != layout->load_pa) {
		diag_add(p->diag, RULE_MEMORY_OVERLAP, tree_place(p->system->tree, "/domains", NULL), "/domains",
			 "Takt itself takes 0x%" PRIx64 " to 0x%" PRIx64
			 ", where a domain with takt,identity-map or shared memory lies (move that)",
			 layout->load_pa, layout->load_pa + bytes - 1);
		return false;
	}
	layout->consoles_pa = base + bytes - consoles;
	layout->image_bytes = bytes > layout->image_bytes ? bytes : layout->image_bytes;
	return true;
}

/* Text is one for all models, and for all loaders; consoles were placed with EL2, in the order of the models. */
static bool place_special(struct placer *p, struct layout_segment *segment)
{
	struct layout *layout = p->layout;
	uint32_t service = segment->owner - p->system->domain_count;
	bool is_driver = p->system->driver.enabled && service == schedule_driver_service(p->system);
	if (strcmp(segment->what, "console") == 0) {
		segment->blob.pa = layout->consoles_pa + (is_driver ? 0 : service * SERVICE_CONSOLE_BYTES);
		return true;
	}
	if (strcmp(segment->what, "flash") == 0) {
		uint32_t vm = schedule_domain_of_model(p->system, service);
		segment->blob.pa = layout_pa(layout, vm, check_flash_of(&p->system->domains[vm])->ipa);
		return true;
	}
	bool is_loader = service >= layout->first_loader;
	uint32_t first = is_loader ? layout->first_loader : 0;
	if (strcmp(segment->what, "text") != 0 || is_driver || service == first)
		return false;
	segment->blob.pa = layout_pa(layout, p->system->domain_count + first, segment->blob.ipa);
	return true;
}

static bool place_segment(struct placer *p, struct layout_segment *segment)
{
	uint64_t align = segment->is_block ? BLOCK_BYTES : PAGE_BYTES;
	uint64_t bytes = segment->blob.bytes;
	if (!space_find(&p->space, bytes, align, segment->blob.ipa & (align - 1), p->layout->load_pa,
			&segment->blob.pa))
		return refuse_full(p, owner_path(p, segment), bytes, segment->what);
	note_end(p->layout, &segment->blob, segment->in_image);
	return true;
}

/* One pass over the segments that are not placed yet, of one kind. */
static bool place_all(struct placer *p, bool in_image, bool is_block, bool services)
{
	for (uint32_t i = 0; i < p->layout->segment_count; i++) {
		struct layout_segment *s = &p->layout->segments[i];
		bool is_service = s->owner >= p->system->domain_count;
		if (s->fixed || s->in_image != in_image || s->is_block != is_block || is_service != services)
			continue;
		if (is_service && place_special(p, s))
			continue;
		if (!place_segment(p, s))
			return false;
	}
	return true;
}

/* An owner's segments, as badly placed as they can be; with restored_only, what its loader maps of them. Answers how
 * many there are behind. */
static uint32_t append_worst(const struct layout *layout, uint32_t owner, bool restored_only,
			     struct blob_segment *segments, uint32_t count)
{
	for (uint32_t i = 0; i < layout->segment_count; i++) {
		const struct layout_segment *s = &layout->segments[i];
		if (s->owner != owner || (restored_only && !config_is_restored(&s->blob)))
			continue;
		segments[count] = s->blob;
		if (!s->fixed)
			segments[count].pa = s->blob.ipa + (s->is_block ? BLOCK_BYTES : PAGE_BYTES);
		count++;
	}
	return count;
}

/*
 * Stage-2 tables of all VMs and services, before most of their memory has its place: a block is placed so that it is
 * one for stage 2 too, but none of 1 GiB need be; pages are taken to lie as badly as they can. A loader maps its VM's
 * memory, then its own.
 */
static uint64_t table_pages(const struct layout *layout, const struct system *system)
{
	struct blob_segment segments[2 * BLOB_VM_SEGMENT_MAX];
	uint32_t first_loader = system->domain_count + layout->first_loader;
	uint64_t pages = 0;
	for (uint32_t owner = 0; owner < system->domain_count + layout->service_count; owner++) {
		uint32_t count = 0;
		if (owner >= first_loader) {
			const struct system_domain *domain = loader_domain(system, owner - first_loader);
			count = append_worst(layout, (uint32_t)(domain - system->domains), true, segments, 0);
		}
		count = append_worst(layout, owner, false, segments, count);
		pages += stage2_pages_needed(segments, count);
	}
	return pages;
}

static bool place_arena(struct placer *p)
{
	struct layout *layout = p->layout;
	layout->arena_bytes = align_up(ARENA_BASE_BYTES + ARENA_VM_BYTES * p->system->domain_count +
					       table_pages(layout, p->system) * PAGE_BYTES,
				       BLOCK_BYTES);
	if (!space_find(&p->space, layout->arena_bytes, BLOCK_BYTES, 0, layout->load_pa + layout->image_bytes,
			&layout->arena_pa))
		return refuse_full(p, "/domains", layout->arena_bytes, "EL2's own memory");
	return true;
}

static void find_end(struct layout *layout)
{
	layout->end_pa = layout->arena_pa + layout->arena_bytes;
	for (uint32_t i = 0; i < layout->segment_count; i++) {
		const struct blob_segment *s = &layout->segments[i].blob;
		if (!(s->attr & BLOB_SEGMENT_DEVICE) && s->pa + s->bytes > layout->end_pa)
			layout->end_pa = s->pa + s->bytes;
	}
}

bool layout_build(struct layout *layout, const struct system *system, const struct schedule *schedule,
		  const struct guest *guests, const struct parts *parts, struct diag *diag)
{
	*layout = (struct layout){.load_pa = system->board.load_address, .line_count = count_lines(system)};
	struct placer p = {.layout = layout, .system = system, .diag = diag};
	if (!layout_collect(layout, system, guests, parts, diag))
		return false;
	layout->blob_bytes = blob_bytes(layout, system, schedule);
	open_space(&p);
	if (!place_core(&p, parts) || !place_all(&p, true, false, true) || !place_all(&p, true, false, false) ||
	    !place_all(&p, true, true, false) || !place_all(&p, true, true, true) || !place_arena(&p) ||
	    !place_all(&p, false, false, false) || !place_all(&p, false, true, false))
		return false;
	layout->image_bytes = align_up(layout->image_bytes, PAGE_BYTES);
	find_end(layout);
	return true;
}

uint64_t layout_pa(const struct layout *layout, uint32_t owner, uint64_t ipa)
{
	for (uint32_t i = 0; i < layout->segment_count; i++) {
		const struct layout_segment *s = &layout->segments[i];
		if (s->owner == owner && ipa >= s->blob.ipa && ipa - s->blob.ipa < s->blob.bytes)
			return s->blob.pa + (ipa - s->blob.ipa);
	}
	abort(); /* the caller named a byte that it did not list */
}
