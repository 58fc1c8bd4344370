/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where everything lies in physical memory.
 *
 *   load address   EL2 | blob | EL2's log, consoles | services' text, then their private pages |
 *                  small VMs | large VMs' images | large copies of images, for loaders
 *   end of image   arena | what is left of the VMs' RAM, in the free memory
 *
 * Only what has contents lies in the image: of a VM's RAM the pages (or, in a 2 MiB-aligned range, blocks) that its
 * kernel, initial RAM disk and device tree touch. The rest is taken from the first free memory that is large enough;
 * holes inside the image's range count as free. Physical and guest addresses of blocks are congruent modulo 2 MiB, so
 * that EL2 can map them by block descriptors. Identity-mapped domains and shared regions keep their described place,
 * first.
 */
#ifndef TOOLS_TAKT_LAYOUT_H
#define TOOLS_TAKT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/blob.h"
#include "tools/takt/diag.h"
#include "tools/takt/guest.h"
#include "tools/takt/parts.h"
#include "tools/takt/schedule.h"
#include "tools/takt/system.h"

struct layout_segment {
	struct blob_segment blob;
	uint32_t owner; /* index of the VM; services come behind the VMs */
	bool in_image;
	bool fixed;    /* its place is described, not chosen */
	bool is_block; /* its place is congruent modulo 2 MiB */
	const char *what;
};

struct layout {
	struct layout_segment segments[BLOB_SEGMENT_MAX]; /* sorted by owner, then IPA */
	uint32_t segment_count;
	uint64_t load_pa;
	uint64_t blob_offset; /* from load_pa */
	uint64_t blob_bytes;
	uint64_t image_bytes;
	uint64_t arena_pa, arena_bytes;
	uint64_t consoles_pa; /* of the domains that have one, in order; then EL2's own */
	uint64_t end_pa;      /* behind the last byte of memory that is used */
	uint32_t line_count;
	uint32_t service_count; /* models, then the driver, then loaders, each in the order of the domains */
	uint32_t first_loader;
};

/* Memory that is free, as ranges in order. Exposed for its test. */
#define SPACE_MAX 256U
struct space {
	struct range free[SPACE_MAX];
	uint32_t count;
};
void space_add(struct space *space, struct range range);
/* Takes a range out; what of it was not free is ignored. */
void space_take(struct space *space, struct range range);
/*
 * Takes the lowest `bytes` at `min` or above whose address is congruent to `residue` modulo `align` (a power of two);
 * answers false when there is no such place.
 */
bool space_find(struct space *space, uint64_t bytes, uint64_t align, uint64_t residue, uint64_t min, uint64_t *base);

/* guests: one for each domain, as loaded. Answers false, with a message, when memory does not suffice. */
bool layout_build(struct layout *layout, const struct system *system, const struct schedule *schedule,
		  const struct guest *guests, const struct parts *parts, struct diag *diag);

/* The physical place of a byte of an owner's map; it must be in a segment. */
uint64_t layout_pa(const struct layout *layout, uint32_t owner, uint64_t ipa);

/* All segments (layout_segments.c), places not yet chosen. False, with a message, when there are too many. */
bool layout_collect(struct layout *layout, const struct system *system, const struct guest *guests,
		    const struct parts *parts, struct diag *diag);

#endif
