/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/stage2.c logic/arm/stage2_store.c */
/* Stage-2 tables: descriptors bit by bit (DDI 0487 D8.3), block sizes, refusals, page counts, VTCR_EL2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "logic/arm/stage2.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define RW (BLOB_SEGMENT_R | BLOB_SEGMENT_W)
#define RWX (RW | BLOB_SEGMENT_X)
#define PAGES 16
#define PAGES_PA 0x7fe00000

static _Alignas(4096) uint64_t pages[PAGES][512];
static struct stage2 s2;

static int setup(void **state)
{
	(void)state;
	memset(pages, 0, sizeof(pages));
	stage2_init(&s2, pages[0], pa(PAGES_PA), PAGES);
	return 0;
}

static enum status map(uint64_t at, uint64_t to, uint64_t bytes, uint32_t attr)
{
	return stage2_map(&s2, ipa(at), pa(to), bytes, attr);
}

static void expect_at(uint64_t at, uint64_t to, uint64_t bytes, uint32_t attr)
{
	struct stage2_mapping m = stage2_lookup(&s2, ipa(at));

	assert_true(m.bytes == bytes);
	if (bytes != 0) {
		assert_true(m.pa.raw == to);
		assert_int_equal(m.attr, attr);
	}
}

static void test_descriptors(void **state)
{
	(void)state;
	assert_int_equal(map(0, 0x80000000, 4 * KIB, RWX), STATUS_OK);
	assert_int_equal(s2.used_pages, 3);
	assert_true(pages[0][0] == (PAGES_PA + 0x1003));
	assert_true(pages[1][0] == (PAGES_PA + 0x2003));
	assert_true(pages[2][0] == 0x800007ff); /* AF, inner-shareable, S2AP 11, MemAttr 1111, page */

	assert_int_equal(map(0x1000, 0x80001000, 4 * KIB, BLOB_SEGMENT_R), STATUS_OK);
	assert_true(pages[2][1] == (UINT64_C(0x40000080001000) | 0x77f)); /* S2AP 01, XN 10 */
	assert_int_equal(map(0x2000, 0x9000000, 4 * KIB, RW | BLOB_SEGMENT_DEVICE), STATUS_OK);
	assert_true(pages[2][2] == (UINT64_C(0x40000009000000) | 0x4c7)); /* MemAttr 0001, SH 00 */
	assert_int_equal(map(2 * MIB, 0x80200000, 2 * MIB, RWX), STATUS_OK);
	assert_true(pages[1][1] == 0x802007fd);
	assert_int_equal(map(GIB, 2 * GIB, GIB, BLOB_SEGMENT_R | BLOB_SEGMENT_X), STATUS_OK);
	assert_true(pages[0][1] == 0x8000077d);
	assert_int_equal(s2.used_pages, 3);
}

static void test_largest_leaves(void **state)
{
	(void)state;
	/* from 4 KiB below a 2 MiB boundary, over a 1 GiB one, to 4 KiB past: 1 page, 1 block, 1 big block, 1 page */
	uint64_t start = GIB - 2 * MIB - 4 * KIB;
	assert_int_equal(map(start, start + 4 * GIB, GIB + 2 * MIB + 8 * KIB, RW), STATUS_OK);
	expect_at(start, start + 4 * GIB, 4 * KIB, RW);
	expect_at(GIB - 2 * MIB, 5 * GIB - 2 * MIB, 2 * MIB, RW);
	expect_at(GIB, 5 * GIB, GIB, RW);
	expect_at(2 * GIB - 1, 6 * GIB - 1, GIB, RW);
	expect_at(2 * GIB, 6 * GIB, 4 * KIB, RW);
	expect_at(2 * GIB + 4 * KIB, 0, 0, 0);
	expect_at(start - 1, 0, 0, 0);
	assert_int_equal(s2.used_pages, 5);
}

static void test_unaligned_against_each_other(void **state)
{
	(void)state;
	assert_int_equal(map(0x40000000, 0x80001000, 4 * MIB, RW), STATUS_OK);
	expect_at(0x40000000, 0x80001000, 4 * KIB, RW);
	expect_at(0x403fffff, 0x80400fff, 4 * KIB, RW);
	assert_int_equal(map(0x80000000, 0x40200000, 4 * MIB, RW), STATUS_OK);
	expect_at(0x80200000, 0x40400000, 2 * MIB, RW);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_int_equal(map(1, 0, 4096, RW), STATUS_INVALID);
	assert_int_equal(map(0, 0x800, 4096, RW), STATUS_INVALID);
	assert_int_equal(map(0, 0, 4095, RW), STATUS_INVALID);
	assert_int_equal(map(0, 0, 0, RW), STATUS_INVALID);
	assert_int_equal(map(0, 0, 4096, BLOB_SEGMENT_W), STATUS_INVALID);
	assert_int_equal(map(0, 0, 4096, RWX | BLOB_SEGMENT_DEVICE), STATUS_INVALID);
	assert_int_equal(map(0, 0, 4096, 0x11), STATUS_INVALID);
	assert_int_equal(map(UINT64_C(1) << 39, 0, 4096, RW), STATUS_RANGE);
	assert_int_equal(map((UINT64_C(1) << 39) - 4096, 0, 8192, RW), STATUS_RANGE);
	assert_int_equal(map(0, UINT64_C(1) << 48, 4096, RW), STATUS_RANGE);
	assert_int_equal(map(0x1000, 0, UINT64_C(0xfffffffffffff000), RW), STATUS_RANGE);
	assert_int_equal(stage2_unmap(&s2, ipa(0), 4096), STATUS_CONFLICT);
	assert_int_equal(stage2_unmap(&s2, ipa(0), 1), STATUS_INVALID);
	assert_int_equal(stage2_protect(&s2, ipa(0), 4096, false), STATUS_CONFLICT);
	assert_int_equal(s2.used_pages, 1);
	expect_at(UINT64_C(1) << 39, 0, 0, 0);
	expect_at(UINT64_MAX, 0, 0, 0);
}

static void test_conflict_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(map(0x40200000, 0x80200000, 2 * MIB, RW), STATUS_OK);
	assert_int_equal(map(0x40000000, 0x90000000, 4 * MIB, RWX), STATUS_CONFLICT);
	expect_at(0x40000000, 0, 0, 0);
	expect_at(0x40200000, 0x80200000, 2 * MIB, RW);
	assert_int_equal(map(0x40201000, 0x90000000, 4096, RWX), STATUS_CONFLICT);
	/* part of a block can't be unmapped, nor a range with a hole */
	assert_int_equal(stage2_unmap(&s2, ipa(0x40200000), 4096), STATUS_CONFLICT);
	assert_int_equal(stage2_unmap(&s2, ipa(0x40201000), 2 * MIB - 4096), STATUS_CONFLICT);
	assert_int_equal(stage2_unmap(&s2, ipa(0x40200000), 4 * MIB), STATUS_CONFLICT);
	expect_at(0x40200000, 0x80200000, 2 * MIB, RW);
}

static void test_no_space_changes_nothing(void **state)
{
	(void)state;
	s2.page_count = 3;
	assert_int_equal(map(0x40000000, 0x80000000, 2 * MIB + 4096, RW), STATUS_OK);
	assert_int_equal(map(0x40400000, 0x90000000, 2 * MIB + 4096, RW), STATUS_NO_SPACE);
	expect_at(0x40400000, 0, 0, 0);
	assert_int_equal(map(0x40400000, 0x90000000, 2 * MIB, RW), STATUS_OK);
}

static void test_unmap_and_map_smaller(void **state)
{
	(void)state;
	assert_int_equal(map(0x40000000, 0x80001000, 4 * MIB, RW), STATUS_OK);
	assert_int_equal(stage2_unmap(&s2, ipa(0x40000000), 4 * MIB), STATUS_OK);
	expect_at(0x40000000, 0, 0, 0);
	uint32_t used = s2.used_pages;
	/* would be blocks, but there are tables: pages fill them */
	assert_int_equal(map(0x40000000, 0x80000000, 6 * MIB, RWX), STATUS_OK);
	expect_at(0x40000000, 0x80000000, 4 * KIB, RWX);
	expect_at(0x403ff000, 0x803ff000, 4 * KIB, RWX);
	expect_at(0x40400000, 0x80400000, 2 * MIB, RWX);
	assert_int_equal(s2.used_pages, used);
}

static void test_protect(void **state)
{
	(void)state;
	assert_int_equal(map(0x40000000, 0x80000000, 2 * MIB + 8192, RWX), STATUS_OK);
	assert_int_equal(stage2_protect(&s2, ipa(0x40000000), 2 * MIB + 4096, false), STATUS_OK);
	expect_at(0x40000000, 0x80000000, 2 * MIB, RWX & ~BLOB_SEGMENT_W);
	expect_at(0x40200000, 0x80200000, 4 * KIB, RWX & ~BLOB_SEGMENT_W);
	expect_at(0x40201000, 0x80201000, 4 * KIB, RWX);
	assert_int_equal(stage2_protect(&s2, ipa(0x40000000), 2 * MIB + 8192, true), STATUS_OK);
	expect_at(0x40000000, 0x80000000, 2 * MIB, RWX);
}

static void test_whole_space(void **state)
{
	(void)state;
	assert_int_equal(map(0, 0, UINT64_C(1) << 39, RWX), STATUS_OK);
	assert_int_equal(s2.used_pages, 1);
	expect_at((UINT64_C(1) << 39) - 1, (UINT64_C(1) << 39) - 1, GIB, RWX);
	assert_int_equal(stage2_unmap(&s2, ipa(0), UINT64_C(1) << 39), STATUS_OK);
	for (unsigned i = 0; i < 512; i++)
		assert_true(pages[0][i] == 0);
}

static void test_pages_needed(void **state)
{
	static const struct blob_segment virt[] = {
		{.ipa = 0x09000000, .pa = 0x09000000, .bytes = 0x1000, .attr = RW},
		{.ipa = 0x09010000, .pa = 0x09010000, .bytes = 0x1000, .attr = RW},
		{.ipa = 0x40000000, .pa = 0x48000000, .bytes = 64 * MIB, .attr = RWX},
	};

	(void)state;
	assert_int_equal(stage2_pages_needed(virt, 0), 1);
	assert_int_equal(stage2_pages_needed(virt, 1), 3);
	assert_int_equal(stage2_pages_needed(virt, 2), 3);
	assert_int_equal(stage2_pages_needed(virt, 3), 4);
}

static void test_registers(void **state)
{
	(void)state;
	/* RES1, PS 010 (40 bits), SH0 11, ORGN0 01, IRGN0 01, SL0 01, T0SZ 25 */
	assert_true(stage2_vtcr(2) == 0x80023559);
	assert_true(stage2_vtcr(5) == 0x80053559);
	assert_true(stage2_vtcr(6) == 0x80053559);
	assert_true(stage2_vttbr(&s2, 7) == (UINT64_C(7) << 48 | PAGES_PA));
}

static void test_leaf(void **state)
{
	(void)state;
	assert_int_equal(stage2_map(&s2, ipa(0x4000000), pa(0x80000000), 0x200000, BLOB_SEGMENT_R), STATUS_OK);
	assert_int_equal(stage2_map(&s2, ipa(0x4200000), pa(0x90001000), 0x2000, BLOB_SEGMENT_R), STATUS_OK);
	uint64_t *slot = stage2_leaf(&s2, ipa(0x4000000), 0x200000);
	assert_non_null(slot);
	uint64_t leaf = *slot;
	*slot = 0;
	assert_int_equal(stage2_lookup(&s2, ipa(0x4000000)).bytes, 0);
	assert_int_equal(stage2_lookup(&s2, ipa(0x4200000)).bytes, 0x1000);
	*slot = leaf;
	assert_int_equal(stage2_lookup(&s2, ipa(0x4100000)).pa.raw, 0x80100000);
	assert_non_null(stage2_leaf(&s2, ipa(0x4201000), 0x1000));
	assert_null(stage2_leaf(&s2, ipa(0x4000000), 0x1000));
	assert_null(stage2_leaf(&s2, ipa(0x4001000), 0x200000));
	assert_null(stage2_leaf(&s2, ipa(0x4200000), 0x200000));
	assert_null(stage2_leaf(&s2, ipa(0x4400000), 0x200000));
	assert_null(stage2_leaf(&s2, ipa(0x40000000), 0x200000));
}

/* Tables and blocks in the root, and what is not mapped. */
static void test_revoke(void **state)
{
	static uint64_t before[512];
	(void)state;
	assert_int_equal(map(0x8000000, 0x80000000, 4 * KIB, RW), STATUS_OK);
	assert_int_equal(map(2 * GIB, 4 * GIB, GIB, RWX), STATUS_OK);
	memcpy(before, pages[0], sizeof(before));
	for (int i = 0; i < 2; i++) { /* again is nothing */
		stage2_validate(&s2, false);
		assert_int_equal(stage2_lookup(&s2, ipa(0x8000000)).bytes, 0);
		assert_int_equal(stage2_lookup(&s2, ipa(2 * GIB)).bytes, 0);
	}
	for (int i = 0; i < 2; i++) {
		stage2_validate(&s2, true);
		assert_memory_equal(before, pages[0], sizeof(before));
	}
	expect_at(2 * GIB, 4 * GIB, GIB, RWX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_descriptors, setup),
		cmocka_unit_test_setup(test_largest_leaves, setup),
		cmocka_unit_test_setup(test_unaligned_against_each_other, setup),
		cmocka_unit_test_setup(test_refusals, setup),
		cmocka_unit_test_setup(test_conflict_changes_nothing, setup),
		cmocka_unit_test_setup(test_no_space_changes_nothing, setup),
		cmocka_unit_test_setup(test_unmap_and_map_smaller, setup),
		cmocka_unit_test_setup(test_protect, setup),
		cmocka_unit_test_setup(test_whole_space, setup),
		cmocka_unit_test_setup(test_pages_needed, setup),
		cmocka_unit_test_setup(test_leaf, setup),
		cmocka_unit_test_setup(test_revoke, setup),
		cmocka_unit_test_setup(test_registers, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
