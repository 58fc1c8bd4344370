/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/stage2.c */
/*
 * Stage 2 after every single store, against a naive map that is a list of pieces. This program supplies stage2_store
 * and so sees each one. After each store, every sampled address must be mapped as before the command or as after it,
 * no valid descriptor may have changed but to invalid or in its write permission, and a table must be empty when it
 * is linked.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "logic/arm/stage2.h"

#define PAGES 48U
#define PAGES_PA UINT64_C(0x123456000)
#define PIECES_MAX 512U
#define SAMPLES 24U
#define ROUNDS 60U
#define COMMANDS 60U
#define W_BIT (UINT64_C(1) << 7)

struct piece {
	uint64_t ipa, pa, bytes;
	uint32_t attr;
};

struct model {
	struct piece pieces[PIECES_MAX];
	unsigned count;
};

static _Alignas(4096) uint64_t pages[PAGES][512];
static struct stage2 s2;
static struct model before, after;
static uint64_t samples[SAMPLES];
static uint64_t seed, rng;
static unsigned long stores;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	printf("not ok - %s (TAKT_SEED=%" PRIu64 ", store %lu)\n", what, seed, stores);
	exit(1);
}

static uint64_t next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static uint64_t below(uint64_t n) { return next_random() % n; }

static const struct piece *model_find(const struct model *m, uint64_t ipa)
{
	for (unsigned i = 0; i < m->count; i++)
		if (ipa - m->pieces[i].ipa < m->pieces[i].bytes)
			return &m->pieces[i];
	return NULL;
}

static bool is_as(const struct model *m, uint64_t at, struct stage2_mapping got)
{
	const struct piece *p = model_find(m, at);

	if (p == NULL)
		return got.bytes == 0;
	return got.bytes != 0 && got.pa.raw == p->pa + (at - p->ipa) && got.attr == p->attr;
}

static void check_transition(uint64_t last, uint64_t next, const uint64_t *slot)
{
	unsigned page = (unsigned)((slot - &pages[0][0]) / 512);
	bool is_new_table = (next & 3) == 3 && (next & (UINT64_C(1) << 10)) == 0;

	check(page < s2.used_pages, "the slot is in a linked table");
	if ((last & 1) != 0) {
		check(next == 0 || (last & ~W_BIT) == (next & ~W_BIT),
		      "a valid descriptor changes only to invalid or in W");
		check(!((last & 3) == 3 && (last & (UINT64_C(1) << 10)) == 0), "a table stays linked");
	}
	if (is_new_table) {
		uint64_t index = ((next & ~UINT64_C(0xfff)) - PAGES_PA) / 4096;
		check(index != 0 && index < s2.used_pages, "a new table is one of our pages");
		for (unsigned i = 0; i < 512; i++)
			check(pages[index][i] == 0, "a new table is empty");
	}
}

void stage2_store(uint64_t *slot, uint64_t descriptor)
{
	stores++;
	check_transition(*slot, descriptor, slot);
	*slot = descriptor;
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct stage2_mapping got = stage2_lookup(&s2, ipa(samples[i]));
		check(is_as(&before, samples[i], got) || is_as(&after, samples[i], got), "mapped as before or after");
	}
}

static void model_add(struct model *m, struct piece p)
{
	check(m->count < PIECES_MAX, "the model has room");
	m->pieces[m->count++] = p;
}

/* Cuts [ipa, ipa + bytes) out of every piece; what was cut comes back with attr, when that is not 0. */
static void model_cut(struct model *m, uint64_t at, uint64_t bytes, bool keep, bool writable)
{
	static struct model out;

	out.count = 0;
	for (unsigned i = 0; i < m->count; i++) {
		struct piece p = m->pieces[i];
		uint64_t end = p.ipa + p.bytes;
		uint64_t from = p.ipa > at ? p.ipa : at;
		uint64_t to = end < at + bytes ? end : at + bytes;
		if (from >= to) {
			model_add(&out, p);
			continue;
		}
		if (p.ipa < from)
			model_add(&out, (struct piece){p.ipa, p.pa, from - p.ipa, p.attr});
		if (keep)
			model_add(&out, (struct piece){from, p.pa + (from - p.ipa), to - from,
						       (p.attr & ~(uint32_t)BLOB_SEGMENT_W) |
							       (writable ? (uint32_t)BLOB_SEGMENT_W : 0)});
		if (to < end)
			model_add(&out, (struct piece){to, p.pa + (to - p.ipa), end - to, p.attr});
	}
	*m = out;
}

static bool model_is_free(const struct model *m, uint64_t at, uint64_t bytes)
{
	for (unsigned i = 0; i < m->count; i++)
		if (at < m->pieces[i].ipa + m->pieces[i].bytes && m->pieces[i].ipa < at + bytes)
			return false;
	return true;
}

static bool model_is_full(const struct model *m, uint64_t at, uint64_t bytes)
{
	uint64_t covered = 0;

	for (unsigned i = 0; i < m->count; i++) {
		uint64_t end = m->pieces[i].ipa + m->pieces[i].bytes;
		uint64_t from = m->pieces[i].ipa > at ? m->pieces[i].ipa : at;
		uint64_t to = end < at + bytes ? end : at + bytes;
		covered += from < to ? to - from : 0;
	}
	return covered == bytes;
}

/* Sizes and places that are interesting to three levels of tables. */
static uint64_t random_bytes(void)
{
	static const uint64_t units[] = {0x1000, 0x1000, 0x200000, 0x200000, 0x40000000};
	uint64_t bytes = units[below(5)] * (1 + below(3));
	return below(3) == 0 ? bytes + 0x1000 * (1 + below(2)) : bytes;
}

static uint64_t random_place(void)
{
	static const uint64_t grains[] = {0x40000000, 0x200000, 0x1000};
	uint64_t place = 0x40000000 * below(6);
	place += below(2) != 0 ? 0x200000 * below(4) : 0;
	place += below(2) != 0 ? 0x40000000 - 0x200000 * (1 + below(2)) : 0;
	place += below(3) == 0 ? 0x1000 * below(4) : 0;
	return place & ~(grains[below(3)] - 1);
}

static void choose_samples(uint64_t at, uint64_t bytes)
{
	static const uint64_t edges[] = {0x1000, 0x200000, 0x40000000};

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t sample = at + below(bytes);
		if (i < 4)
			sample = i < 2 ? at - i : at + bytes - (i - 2);
		else if (i < 10)
			sample = (sample & ~(edges[i % 3] - 1)) - i % 2;
		else if (i < 14)
			sample = random_place();
		samples[i] = sample & ((UINT64_C(1) << 39) - 1);
	}
}

static void check_state(const struct model *m)
{
	for (unsigned i = 0; i < SAMPLES; i++)
		check(is_as(m, samples[i], stage2_lookup(&s2, ipa(samples[i]))), "the command did what it answered");
}

static void do_map(uint64_t at, uint64_t bytes)
{
	static const uint32_t attrs[] = {1, 3, 5, 7, 9, 11};
	uint64_t to = below(2) != 0 ? at + 0x40000000 * below(8) : random_place();
	uint32_t attr = attrs[below(6)];
	bool is_free = model_is_free(&before, at, bytes);

	model_add(&after, (struct piece){at, to, bytes, attr});
	enum status status = stage2_map(&s2, ipa(at), pa(to), bytes, attr);
	check(is_free ? status == STATUS_OK || status == STATUS_NO_SPACE
		      : status == STATUS_CONFLICT || status == STATUS_NO_SPACE,
	      "map answers by what is there");
	if (status == STATUS_OK)
		before = after;
	else
		after = before;
	check_state(&before);
}

static void do_change(uint64_t at, uint64_t bytes, bool is_piece)
{
	bool keep = below(2) != 0;
	bool writable = below(2) != 0;

	model_cut(&after, at, bytes, keep, writable);
	enum status status = keep ? stage2_protect(&s2, ipa(at), bytes, writable) : stage2_unmap(&s2, ipa(at), bytes);
	check(status == STATUS_OK || status == STATUS_CONFLICT, "unmap and protect answer OK or CONFLICT");
	check(status != STATUS_OK || model_is_full(&before, at, bytes), "only what is mapped can change");
	check(!is_piece || status == STATUS_OK, "what was mapped by one call can change");
	if (status == STATUS_OK)
		before = after;
	else
		after = before;
	check_state(&before);
}

static void do_command(void)
{
	uint64_t at = random_place();
	uint64_t bytes = random_bytes();
	bool is_piece = before.count != 0 && below(3) == 0;

	if (is_piece) {
		const struct piece *p = &before.pieces[below(before.count)];
		at = p->ipa;
		bytes = p->bytes;
	}
	choose_samples(at, bytes);
	if (is_piece || below(4) == 0)
		do_change(at, bytes, is_piece);
	else
		do_map(at, bytes);
}

static void reset(void)
{
	memset(pages, 0, sizeof(pages));
	stage2_init(&s2, &pages[0][0], pa(PAGES_PA), PAGES);
	before.count = 0;
	after.count = 0;
}

/* Random sorted segments into an empty map take exactly the pages that were foretold. */
static void check_pages_needed(void)
{
	struct blob_segment segments[8];
	uint64_t at = 0;
	uint32_t count = 1 + (uint32_t)below(8);

	reset();
	for (uint32_t i = 0; i < count; i++) {
		uint64_t place = random_place();
		at = place > at ? place : at;
		segments[i] =
			(struct blob_segment){.ipa = at, .pa = random_place(), .bytes = random_bytes(), .attr = 3};
		if (below(2) != 0)
			segments[i].pa = at + 0x40000000;
		at += segments[i].bytes;
	}
	uint32_t needed = stage2_pages_needed(segments, count);
	for (uint32_t i = 0; i < count; i++) {
		choose_samples(segments[i].ipa, segments[i].bytes);
		model_add(&after, (struct piece){segments[i].ipa, segments[i].pa, segments[i].bytes, 3});
		enum status status = stage2_map(&s2, ipa(segments[i].ipa), pa(segments[i].pa), segments[i].bytes, 3);
		if (needed > PAGES && status == STATUS_NO_SPACE)
			return;
		check(status == STATUS_OK, "segments can be mapped in the pages foretold");
		before = after;
	}
	check(s2.used_pages == needed, "pages_needed is exact");
}

int main(void)
{
	const char *given = getenv("TAKT_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	rng = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	printf("# TAKT_SEED=%" PRIu64 "\n", seed);
	for (unsigned round = 0; round < ROUNDS; round++) {
		reset();
		for (unsigned i = 0; i < COMMANDS; i++)
			do_command();
		for (unsigned i = 0; i < 4; i++)
			check_pages_needed();
	}
	printf("ok - stage 2 after each of %lu stores\n", stores);
	return 0;
}
