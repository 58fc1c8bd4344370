/* SPDX-License-Identifier: Apache-2.0 */
/* Plans what loaders do: see loader.h. */
#include "tools/takt/loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tools/takt/check.h"

_Static_assert(2 * GUEST_PIECE_MAX + SYSTEM_RANGE_MAX + SYSTEM_IMAGE_MAX <= LOADER_PIECE_MAX,
	       "each image makes two pieces at most");

const struct system_domain *loader_domain(const struct system *system, uint32_t index)
{
	for (uint32_t i = 0; i < system->domain_count; i++)
		if (loader_is_needed(&system->domains[i]) && index-- == 0)
			return &system->domains[i];
	return NULL;
}

static void add(struct loader_config *config, uint64_t to, uint64_t bytes, uint64_t from)
{
	if (bytes != 0)
		config->pieces[config->count++] = (struct loader_piece){to, bytes, from};
}

/* The pieces of a range of the VM's memory; answers how much of the copies is taken behind. */
static uint64_t plan_range(struct loader_config *config, struct range range, const struct guest *guest, uint64_t copied)
{
	uint64_t at = range.base;
	uint64_t end = at + range.bytes;
	struct range run;
	while (guest_next_run(guest, GUEST_CONTENT, (struct range){at, end - at}, PAGE_BYTES, &run)) {
		add(config, at, run.base - at, 0);
		add(config, run.base, run.bytes, LOADER_COPY_IPA + copied);
		copied += run.bytes;
		at = run.base + run.bytes;
	}
	add(config, at, end - at, 0);
	return copied;
}

uint64_t loader_plan(struct loader_config *config, const struct system_domain *domain, const struct guest *guest)
{
	uint64_t copied = 0;
	*config = (struct loader_config){0};
	for (uint32_t i = 0; i < domain->memory_count; i++)
		copied = plan_range(config, domain->memory[i], guest, copied);
	for (uint32_t i = 0; i < domain->image_count; i++) {
		const struct system_image *image = &domain->images[i];
		if (image->is_writable)
			copied = plan_range(config, (struct range){image->ipa, image->rom_bytes}, guest, copied);
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
