/* SPDX-License-Identifier: Apache-2.0 */
/* Plans what loaders do: see loader.h. */
#include "tools/takt/loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tools/takt/check.h"

_Static_assert(2 * GUEST_PIECE_MAX + SYSTEM_RANGE_MAX <= LOADER_PIECE_MAX, "each image makes two pieces at most");

/* The next page at or behind `from`, below `end`, that holds bytes of an image, and where the run of such pages ends.
 */
static bool next_run(const struct guest *guest, uint64_t from, uint64_t end, struct range *run)
{
	uint64_t first = end;
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		const struct guest_piece *p = &guest->pieces[i];
		uint64_t page = p->ipa & ~(PAGE_BYTES - 1);
		page = page < from ? from : page;
		if (p->size != 0 && p->ipa + p->size > page && page < first)
			first = page;
	}
	uint64_t last = first;
	for (bool grew = true; grew;) {
		grew = false;
		for (uint32_t i = 0; i < guest->piece_count; i++) {
			const struct guest_piece *p = &guest->pieces[i];
			uint64_t stop = align_up(p->ipa + p->size, PAGE_BYTES);
			if (p->size != 0 && (p->ipa & ~(PAGE_BYTES - 1)) <= last && stop > last) {
				last = stop < end ? stop : end;
				grew = stop <= end;
			}
		}
	}
	*run = (struct range){first, last - first};
	return first < end;
}

static void add(struct loader_config *config, uint64_t to, uint64_t bytes, uint64_t from)
{
	if (bytes != 0)
		config->pieces[config->count++] = (struct loader_piece){to, bytes, from};
}

uint64_t loader_plan(struct loader_config *config, const struct system_domain *domain, const struct guest *guest)
{
	uint64_t copied = 0;
	*config = (struct loader_config){0};
	for (uint32_t i = 0; i < domain->memory_count; i++) {
		uint64_t at = domain->memory[i].base;
		uint64_t end = at + domain->memory[i].bytes;
		struct range run;
		while (next_run(guest, at, end, &run)) {
			add(config, at, run.base - at, 0);
			add(config, run.base, run.bytes, LOADER_COPY_IPA + copied);
			copied += run.bytes;
			at = run.base + run.bytes;
		}
		add(config, at, end - at, 0);
	}
	return copied;
}

static void copy_common(uint8_t *to, const struct loader_piece *piece, const struct guest_piece *from)
{
	uint64_t first = from->ipa > piece->to ? from->ipa : piece->to;
	uint64_t from_end = from->ipa + from->size;
	uint64_t end = piece->to + piece->bytes;
	end = from_end < end ? from_end : end;
	if (first < end)
		memcpy(to + (first - piece->to), from->data + (first - from->ipa), end - first);
}

struct bytes loader_make_copies(const struct loader_config *config, uint64_t bytes, const struct guest *guest)
{
	struct bytes copies = {.data = util_alloc(bytes, 1), .size = bytes};
	for (uint32_t i = 0; i < config->count; i++) {
		const struct loader_piece *piece = &config->pieces[i];
		for (uint32_t j = 0; piece->from != 0 && j < guest->piece_count; j++)
			copy_common(copies.data + (piece->from - LOADER_COPY_IPA), piece, &guest->pieces[j]);
	}
	return copies;
}
