/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check, the segment table: each segment by itself, the owners' maps, and physical memory. Overlaps are found
 * in an order that makes them linear: an owner's segments must be sorted by IPA; for physical memory an index is
 * sorted here.
 */
#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"
#include "logic/config_checker.h"

#define GAP_COUNT 7U
#define ATTR_ALL ((uint32_t)(BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_X | BLOB_SEGMENT_DEVICE))

const struct blob_segment *config_map_find(struct config_map map, uint64_t ipa)
{
	for (uint32_t i = 0; i < map.count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		if (ipa - map.segments[i].ipa < map.segments[i].bytes)
			return map.segments + i;
	}
	return NULL;
}

bool config_map_overlaps(struct config_map map, uint64_t ipa, uint64_t bytes)
{
	for (uint32_t i = 0; i < map.count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		if (ranges_overlap(map.segments[i].ipa, map.segments[i].bytes, ipa, bytes))
			return true;
	}
	return false;
}

static bool has_attr(const struct blob_segment *s, uint32_t attr) { return (s->attr & attr) == attr; }

/* EL2's own memory is nobody's; its console, which EL2 writes too, is at most shared. */
static bool check_not_el2(struct config_checker *c, uint32_t i)
{
	const struct blob_segment *s = &c->segments[i];

	for (unsigned p = 0; p < PLATFORM_RANGES; p++) {
		LOOP_BOUND(PLATFORM_RANGES);
		if (ranges_overlap(s->pa, s->bytes, c->platform[p].base, c->platform[p].bytes))
			return config_fail(c, CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, i, "pa", s->pa);
	}
	if (s->shared == 0 && ranges_overlap(s->pa, s->bytes, c->header->log_pa, CONFIG_LOG_BYTES))
		return config_fail(c, CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, i, "pa", s->pa);
	return true;
}

static bool check_segment(struct config_checker *c, uint32_t i)
{
	const struct blob_segment *s = &c->segments[i];

	if (!is_aligned(s->ipa, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, i, "ipa", s->ipa);
	if (!is_aligned(s->pa, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, i, "pa", s->pa);
	if (!is_aligned(s->bytes, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, i, "bytes", s->bytes);
	if (s->bytes == 0 || !range_within(s->ipa, s->bytes, BIT64(CONFIG_IPA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, i, "ipa", s->ipa);
	if (!range_within(s->pa, s->bytes, BIT64(CONFIG_PA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, i, "pa", s->pa);
	if ((s->attr & ~ATTR_ALL) != 0 || s->shared > 1)
		return config_fail(c, CONFIG_FLAG, CONFIG_SEGMENTS, i, s->shared > 1 ? "shared" : "attr",
				   s->shared > 1 ? s->shared : s->attr);
	if (!has_attr(s, BLOB_SEGMENT_R) || has_attr(s, BLOB_SEGMENT_X | BLOB_SEGMENT_DEVICE))
		return config_fail(c, CONFIG_SEGMENT_ATTR, CONFIG_SEGMENTS, i, "attr", s->attr);
	return check_not_el2(c, i);
}

/* An owner's part of the table begins at *next, which moves behind it; its segments are sorted and disjoint. */
static bool check_division(struct config_checker *c, enum config_table table, uint32_t index, uint32_t first,
			   uint32_t count, uint32_t *next)
{
	if (first != *next)
		return config_fail(c, CONFIG_SEGMENT_DIVISION, table, index, "first_segment", first);
	if (count > BLOB_VM_SEGMENT_MAX || count > c->header->segments.count - first)
		return config_fail(c, CONFIG_SEGMENT_DIVISION, table, index, "segment_count", count);
	*next = first + count;
	for (uint32_t i = 1; i < count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		const struct blob_segment *s = &c->segments[first + i];
		const struct blob_segment *below = s - 1;
		if (s->ipa < below->ipa)
			return config_collide(c, CONFIG_SEGMENT_ORDER, CONFIG_SEGMENTS, first + i, "ipa", s->ipa,
					      first + i - 1);
		if (s->ipa - below->ipa < below->bytes)
			return config_collide(c, CONFIG_SEGMENT_IPA_OVERLAP, CONFIG_SEGMENTS, first + i, "ipa", s->ipa,
					      first + i - 1);
	}
	return true;
}

/* Services are ours, and are linked so that what they can write they can't execute. */
static bool check_service_code(struct config_checker *c, const struct blob_service *service)
{
	for (uint32_t i = 0; i < service->segment_count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		uint32_t index = service->first_segment + i;
		if (has_attr(&c->segments[index], BLOB_SEGMENT_W | BLOB_SEGMENT_X))
			return config_fail(c, CONFIG_SEGMENT_ATTR, CONFIG_SEGMENTS, index, "attr",
					   c->segments[index].attr);
	}
	return true;
}

static bool check_owners(struct config_checker *c)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < c->header->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		const struct blob_vm *vm = &c->vms[i];
		if (!check_division(c, CONFIG_VMS, i, vm->first_segment, vm->segment_count, &next))
			return false;
	}
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		const struct blob_service *service = &c->services[i];
		if (!check_division(c, CONFIG_SERVICES, i, service->first_segment, service->segment_count, &next) ||
		    !check_service_code(c, service))
			return false;
	}
	if (next != c->header->segments.count)
		return config_fail(c, CONFIG_SEGMENT_DIVISION, CONFIG_SEGMENTS, 0, "segments", next);
	return true;
}

_Static_assert(BLOB_SEGMENT_MAX <= CONFIG_PAGE_BYTES, "an index fits below a page's address");

/* Puts order[i] in its place among order[i - gap], order[i - 2 gap], ..., which are sorted already. */
static void insert_at_gap(uint64_t *order, uint32_t i, uint32_t gap)
{
	uint64_t moved = order[i];

	while (i >= gap && order[i - gap] > moved) {
		LOOP_BOUND(BLOB_SEGMENT_MAX);
		order[i] = order[i - gap];
		i -= gap;
	}
	order[i] = moved;
}

/*
 * order[0 .. count): the segments by rising physical address; each word is the address of a page with the segment's
 * index in its low bits, so that words alone are compared. Shell sort with the gaps of Ciura (2001).
 */
static void sort_by_pa(const struct blob_segment *segments, uint64_t *order, uint32_t count)
{
	static const uint16_t gaps[GAP_COUNT] = {301, 132, 57, 23, 10, 4, 1};

	for (uint32_t i = 0; i < count; i++) {
		LOOP_BOUND(BLOB_SEGMENT_MAX);
		order[i] = segments[i].pa | i;
	}
	for (uint32_t g = 0; g < GAP_COUNT; g++) {
		LOOP_BOUND(GAP_COUNT);
		for (uint32_t i = gaps[g]; i < count; i++) {
			LOOP_BOUND(BLOB_SEGMENT_MAX);
			insert_at_gap(order, i, gaps[g]);
		}
	}
}

/* How far the segments below reach, and which one reaches that far. */
struct reach {
	uint64_t end;
	uint32_t index;
};

static void reach_extend(struct reach *reach, const struct blob_segment *s, uint32_t index)
{
	if (s->pa + s->bytes > reach->end)
		*reach = (struct reach){s->pa + s->bytes, index};
}

static bool check_physical(struct config_checker *c)
{
	uint64_t order[BLOB_SEGMENT_MAX];
	struct reach all = {0, 0};
	struct reach private = {0, 0};

	sort_by_pa(c->segments, order, c->header->segments.count);
	for (uint32_t i = 0; i < c->header->segments.count; i++) {
		LOOP_BOUND(BLOB_SEGMENT_MAX);
		uint32_t index = order[i] & (CONFIG_PAGE_BYTES - 1);
		const struct blob_segment *s = &c->segments[index];
		const struct reach *below = s->shared != 0 ? &private : &all;
		if (s->pa < below->end)
			return config_collide(c, CONFIG_SEGMENT_PA_OVERLAP, CONFIG_SEGMENTS, index, "pa", s->pa,
					      below->index);
		reach_extend(&all, s, index);
		if (s->shared == 0)
			reach_extend(&private, s, index);
	}
	return true;
}

bool config_check_memory(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->segments.count; i++) {
		LOOP_BOUND(BLOB_SEGMENT_MAX);
		if (!check_segment(c, i))
			return false;
	}
	return check_owners(c) && check_physical(c);
}
