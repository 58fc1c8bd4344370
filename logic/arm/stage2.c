/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 tables: see stage2.h. Commands go over the range in runs: consecutive slots of one table that all take, or
 * hold, leaves. Each command goes over its range twice, first checking (and linking empty tables), then storing.
 *
 * Descriptor (DDI 0487, D8.3): bits 1:0 type; 5:2 MemAttr; 7:6 S2AP; 9:8 SH; 10 AF; 47:12 address; 54:53 XN.
 */
#include "logic/arm/stage2.h"

#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"

#define DESC_VALID BIT64(0)
#define DESC_TABLE_OR_PAGE BIT64(1)
#define DESC_TABLE (DESC_VALID | DESC_TABLE_OR_PAGE)
#define DESC_NORMAL_WB (UINT64_C(0xf) << 2)
#define DESC_DEVICE_NGNRE (UINT64_C(0x1) << 2)
#define DESC_MEMATTR MASK64(5, 2)
#define DESC_READ BIT64(6)
#define DESC_WRITE BIT64(7)
#define DESC_INNER_SHAREABLE (UINT64_C(3) << 8)
#define DESC_AF BIT64(10)
#define DESC_XN BIT64(54)
#define DESC_ADDRESS MASK64(47, 12)

#define LEVEL_FIRST 1U
#define LEVEL_LAST 3U
#define LEVEL_COUNT 3U
#define ATTR_ALL ((uint32_t)(BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_X | BLOB_SEGMENT_DEVICE))

/* Runs of any range: a run ends at the latest with its table, or where a table takes a slot. */
#define RUN_MAX (STAGE2_PAGE_WORDS * STAGE2_PAGE_WORDS * STAGE2_PAGE_WORDS)

/* VTCR_EL2 (D17.2.157) */
#define VTCR_RES1 BIT64(31)
#define VTCR_SL0_LEVEL1 (UINT64_C(1) << 6)
#define VTCR_WALK_WB_INNER (UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12)
#define VTCR_PS_SHIFT 16
#define PARANGE_48_BITS 5U

/* A range that is worked on, moving up. pa means something for map only. */
struct span {
	uint64_t ipa;
	uint64_t pa;
	uint64_t bytes;
};

struct run {
	uint64_t *slot;
	uint32_t count;
	unsigned level;
};

static uint64_t leaf_bytes(unsigned level) { return UINT64_C(1) << (12 + 9 * (LEVEL_LAST - level)); }

static uint64_t slot_index(uint64_t address, unsigned level)
{
	return address >> (12 + 9 * (LEVEL_LAST - level)) & (STAGE2_PAGE_WORDS - 1);
}

static bool is_table(uint64_t descriptor, unsigned level)
{
	return level < LEVEL_LAST && (descriptor & DESC_TABLE) == DESC_TABLE;
}

static bool is_leaf(uint64_t descriptor, unsigned level)
{
	return (descriptor & DESC_VALID) != 0 && !is_table(descriptor, level);
}

static uint64_t *table_at(const struct stage2 *s2, uint64_t descriptor)
{
	return s2->pages + ((descriptor & DESC_ADDRESS) - s2->pages_pa.raw) / sizeof(uint64_t);
}

/* Links an empty table into slot; NULL when there is no page. */
static uint64_t *table_link(struct stage2 *s2, uint64_t *slot)
{
	if (s2->used_pages == s2->page_count)
		return NULL;
	uint64_t offset = s2->used_pages * STAGE2_PAGE_BYTES;
	s2->used_pages++;
	stage2_store(slot, (s2->pages_pa.raw + offset) | DESC_TABLE);
	return s2->pages + offset / sizeof(uint64_t);
}

static void span_advance(struct span *span, uint64_t bytes)
{
	span->ipa += bytes;
	span->pa += bytes;
	span->bytes -= bytes;
}

/* The span's next slots of a table, as many as whole leaves of that level fit and the table has. */
static struct run run_of(uint64_t *table, const struct span *span, unsigned level)
{
	uint64_t index = slot_index(span->ipa, level);
	uint64_t left = STAGE2_PAGE_WORDS - index;
	uint64_t whole = span->bytes / leaf_bytes(level);
	return (struct run){.slot = table + index, .count = (uint32_t)(whole < left ? whole : left), .level = level};
}

/*
 * The next run for new leaves: as high a level as alignment and the tables that exist allow. Links tables as needed.
 */
static enum status run_to_map(struct stage2 *s2, const struct span *span, struct run *run)
{
	uint64_t *table = s2->pages;

	for (unsigned level = LEVEL_FIRST; level <= LEVEL_LAST; level++) {
		LOOP_BOUND(LEVEL_COUNT);
		uint64_t *slot = &table[slot_index(span->ipa, level)];
		bool is_fitting =
			is_aligned(span->ipa | span->pa, leaf_bytes(level)) && span->bytes >= leaf_bytes(level);
		if (is_leaf(*slot, level))
			return STATUS_CONFLICT;
		if (is_fitting && !is_table(*slot, level)) {
			*run = run_of(table, span, level);
			return STATUS_OK;
		}
		table = is_table(*slot, level) ? table_at(s2, *slot) : table_link(s2, slot);
		if (table == NULL)
			return STATUS_NO_SPACE;
	}
	return STATUS_INVALID; /* not reached: at the last level every page-aligned span fits */
}

/* The next run of leaves that exist and lie inside the span. */
static enum status run_mapped(const struct stage2 *s2, const struct span *span, struct run *run)
{
	uint64_t *table = s2->pages;

	for (unsigned level = LEVEL_FIRST; level <= LEVEL_LAST; level++) {
		LOOP_BOUND(LEVEL_COUNT);
		uint64_t descriptor = table[slot_index(span->ipa, level)];
		if (is_table(descriptor, level)) {
			table = table_at(s2, descriptor);
			continue;
		}
		if (!is_leaf(descriptor, level) || !is_aligned(span->ipa, leaf_bytes(level)) ||
		    span->bytes < leaf_bytes(level))
			return STATUS_CONFLICT;
		*run = run_of(table, span, level);
		return STATUS_OK;
	}
	return STATUS_CONFLICT;
}

/* How many of the run's slots, from the first on, are in the state asked for. The first one always is. */
static uint32_t run_length(const struct run *run, bool want_leaf)
{
	uint32_t length = 1;

	while (length < run->count) {
		LOOP_BOUND(STAGE2_PAGE_WORDS);
		uint64_t descriptor = run->slot[length];
		if (want_leaf ? !is_leaf(descriptor, run->level) : (descriptor & DESC_VALID) != 0)
			break;
		length++;
	}
	return length;
}

static enum status next_to_map(struct stage2 *s2, const struct span *span, struct run *run)
{
	enum status status = run_to_map(s2, span, run);
	if (status == STATUS_OK)
		run->count = run_length(run, false);
	return status;
}

static enum status next_mapped(const struct stage2 *s2, const struct span *span, struct run *run)
{
	enum status status = run_mapped(s2, span, run);
	if (status == STATUS_OK)
		run->count = run_length(run, true);
	return status;
}

static uint64_t descriptor_of(uint64_t address, uint32_t attr, unsigned level)
{
	uint64_t descriptor = address | DESC_AF | DESC_VALID | DESC_READ;

	if (level == LEVEL_LAST)
		descriptor |= DESC_TABLE_OR_PAGE;
	if ((attr & BLOB_SEGMENT_W) != 0)
		descriptor |= DESC_WRITE;
	if ((attr & BLOB_SEGMENT_X) == 0)
		descriptor |= DESC_XN;
	if ((attr & BLOB_SEGMENT_DEVICE) != 0)
		return descriptor | DESC_DEVICE_NGNRE;
	return descriptor | DESC_NORMAL_WB | DESC_INNER_SHAREABLE;
}

static void fill(const struct run *run, uint64_t address, uint32_t attr)
{
	uint64_t descriptor = descriptor_of(address, attr, run->level);

	for (uint32_t i = 0; i < run->count; i++) {
		LOOP_BOUND(STAGE2_PAGE_WORDS);
		stage2_store(&run->slot[i], descriptor);
		descriptor += leaf_bytes(run->level);
	}
}

static enum status check_span(const struct span *span)
{
	if (!is_aligned(span->ipa | span->pa | span->bytes, STAGE2_PAGE_BYTES) || span->bytes == 0)
		return STATUS_INVALID;
	if (!range_within(span->ipa, span->bytes, BIT64(STAGE2_IPA_BITS)) ||
	    !range_within(span->pa, span->bytes, BIT64(STAGE2_PA_BITS)))
		return STATUS_RANGE;
	return STATUS_OK;
}

static bool is_attr_ok(uint32_t attr)
{
	const uint32_t device_code = BLOB_SEGMENT_X | BLOB_SEGMENT_DEVICE;
	return (attr & ~ATTR_ALL) == 0 && (attr & BLOB_SEGMENT_R) != 0 && (attr & device_code) != device_code;
}

void stage2_init(struct stage2 *s2, uint64_t *pages, pa_t pages_pa, uint32_t page_count)
{
	*s2 = (struct stage2){.pages = pages, .pages_pa = pages_pa, .page_count = page_count, .used_pages = 1};
}

enum status stage2_map(struct stage2 *s2, ipa_t ipa, pa_t pa, uint64_t bytes, uint32_t attr)
{
	struct span todo = {.ipa = ipa.raw, .pa = pa.raw, .bytes = bytes};
	struct span checking = todo;
	enum status status = check_span(&todo);
	struct run run;

	if (status != STATUS_OK)
		return status;
	if (!is_attr_ok(attr))
		return STATUS_INVALID;
	while (checking.bytes != 0) {
		LOOP_BOUND(RUN_MAX);
		status = next_to_map(s2, &checking, &run);
		if (status != STATUS_OK)
			return status;
		span_advance(&checking, run.count * leaf_bytes(run.level));
	}
	while (todo.bytes != 0 && next_to_map(s2, &todo, &run) == STATUS_OK) {
		LOOP_BOUND(RUN_MAX);
		fill(&run, todo.pa, attr);
		span_advance(&todo, run.count * leaf_bytes(run.level));
	}
	return STATUS_OK;
}

/* Checks that all of a span is mapped by leaves inside it. */
static enum status check_mapped(const struct stage2 *s2, struct span span)
{
	enum status status = check_span(&span);
	struct run run;

	while (status == STATUS_OK && span.bytes != 0) {
		LOOP_BOUND(RUN_MAX);
		status = next_mapped(s2, &span, &run);
		if (status == STATUS_OK)
			span_advance(&span, run.count * leaf_bytes(run.level));
	}
	return status;
}

/* Changes every leaf of a span that check_mapped accepted: to (leaf & keep) | set. */
static void change_leaves(const struct stage2 *s2, struct span span, uint64_t keep, uint64_t set)
{
	struct run run;

	while (span.bytes != 0 && next_mapped(s2, &span, &run) == STATUS_OK) {
		LOOP_BOUND(RUN_MAX);
		for (uint32_t i = 0; i < run.count; i++) {
			LOOP_BOUND(STAGE2_PAGE_WORDS);
			uint64_t changed = (run.slot[i] & keep) | set;
			if (changed != run.slot[i])
				stage2_store(&run.slot[i], changed);
		}
		span_advance(&span, run.count * leaf_bytes(run.level));
	}
}

enum status stage2_unmap(struct stage2 *s2, ipa_t ipa, uint64_t bytes)
{
	struct span span = {.ipa = ipa.raw, .bytes = bytes};
	enum status status = check_mapped(s2, span);

	if (status == STATUS_OK)
		change_leaves(s2, span, 0, 0);
	return status;
}

enum status stage2_protect(struct stage2 *s2, ipa_t ipa, uint64_t bytes, bool writable)
{
	struct span span = {.ipa = ipa.raw, .bytes = bytes};
	enum status status = check_mapped(s2, span);

	if (status == STATUS_OK)
		change_leaves(s2, span, ~DESC_WRITE, writable ? DESC_WRITE : 0);
	return status;
}

static uint32_t attr_of(uint64_t descriptor)
{
	uint32_t attr = (descriptor & DESC_READ) != 0 ? BLOB_SEGMENT_R : 0;

	if ((descriptor & DESC_WRITE) != 0)
		attr |= BLOB_SEGMENT_W;
	if ((descriptor & DESC_XN) == 0)
		attr |= BLOB_SEGMENT_X;
	if ((descriptor & DESC_MEMATTR) == DESC_DEVICE_NGNRE)
		attr |= BLOB_SEGMENT_DEVICE;
	return attr;
}

uint64_t *stage2_leaf(const struct stage2 *s2, ipa_t ipa, uint64_t bytes)
{
	uint64_t *table = s2->pages;

	for (unsigned level = LEVEL_FIRST; level <= LEVEL_LAST; level++) {
		LOOP_BOUND(LEVEL_COUNT);
		uint64_t *slot = &table[slot_index(ipa.raw, level)];
		if (is_leaf(*slot, level))
			return leaf_bytes(level) == bytes && is_aligned(ipa.raw, bytes) ? slot : NULL;
		if (!is_table(*slot, level))
			return NULL;
		table = table_at(s2, *slot);
	}
	return NULL;
}

/* An entry whose lowest bit is clear is invalid, whatever the others are (D8.3.1). */
void stage2_validate(const struct stage2 *s2, bool is_valid)
{
	for (unsigned i = 0; i < STAGE2_PAGE_WORDS; i++) {
		LOOP_BOUND(STAGE2_PAGE_WORDS);
		uint64_t entry = s2->pages[i] & ~DESC_VALID;
		if (entry != 0)
			stage2_store(&s2->pages[i], is_valid ? entry | DESC_VALID : entry);
	}
}

struct stage2_mapping stage2_lookup(const struct stage2 *s2, ipa_t ipa)
{
	const struct stage2_mapping nothing = {.bytes = 0};
	const uint64_t *table = s2->pages;

	if (ipa.raw >= BIT64(STAGE2_IPA_BITS))
		return nothing;
	for (unsigned level = LEVEL_FIRST; level <= LEVEL_LAST; level++) {
		LOOP_BOUND(LEVEL_COUNT);
		uint64_t descriptor = table[slot_index(ipa.raw, level)];
		uint64_t offset = ipa.raw & (leaf_bytes(level) - 1);
		if (is_leaf(descriptor, level))
			return (struct stage2_mapping){.pa = {(descriptor & DESC_ADDRESS) + offset},
						       .bytes = leaf_bytes(level),
						       .attr = attr_of(descriptor)};
		if (!is_table(descriptor, level))
			return nothing;
		table = table_at(s2, descriptor);
	}
	return nothing;
}

/*
 * Tables that split regions of a level's leaf size: each region that the segment touches but can't cover with one
 * leaf. Regions below *next are counted already, for segments before this one.
 */
static uint32_t tables_for(const struct blob_segment *segment, unsigned level, uint64_t *next)
{
	uint64_t size = leaf_bytes(level);
	uint64_t end = segment->ipa + segment->bytes;
	uint64_t first = segment->ipa / size;
	uint64_t last = (end - 1) / size;
	uint64_t count = 0;

	if (!is_aligned(segment->ipa ^ segment->pa, size)) {
		uint64_t from = first < *next ? *next : first;
		count = last >= from ? last - from + 1 : 0;
		*next = last >= from ? last + 1 : *next;
		return (uint32_t)count;
	}
	bool is_head_split = !is_aligned(segment->ipa, size);
	bool is_tail_split = !is_aligned(end, size);
	if (is_head_split && first >= *next) {
		count++;
		*next = first + 1;
	}
	if (is_tail_split && last >= *next) {
		count++;
		*next = last + 1;
	}
	return (uint32_t)count;
}

uint32_t stage2_pages_needed(const struct blob_segment *segments, uint32_t count)
{
	uint64_t next_1g = 0;
	uint64_t next_2m = 0;
	uint32_t pages = 1;

	for (uint32_t i = 0; i < count && i < BLOB_SEGMENT_MAX; i++) {
		LOOP_BOUND(BLOB_SEGMENT_MAX);
		pages += tables_for(&segments[i], LEVEL_FIRST, &next_1g);
		pages += tables_for(&segments[i], LEVEL_FIRST + 1, &next_2m);
	}
	return pages;
}

uint64_t stage2_vtcr(uint32_t parange)
{
	uint64_t ps = parange < PARANGE_48_BITS ? parange : PARANGE_48_BITS;
	return VTCR_RES1 | ps << VTCR_PS_SHIFT | VTCR_WALK_WB_INNER | VTCR_SL0_LEVEL1 | (64 - STAGE2_IPA_BITS);
}
