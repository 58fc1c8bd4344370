/* SPDX-License-Identifier: Apache-2.0 */
/* links: tools/takt/space.c */
/* Free memory: taking ranges out, and finding congruent places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/takt/layout.h"

static struct space make(void)
{
	struct space space = {.count = 0};
	space_add(&space, (struct range){0x9000, 0x1000});
	space_add(&space, (struct range){0x1000, 0x4000});
	return space;
}

static void assert_free(const struct space *space, uint32_t at, uint64_t base, uint64_t bytes)
{
	assert_true(at < space->count);
	assert_int_equal(space->free[at].base, base);
	assert_int_equal(space->free[at].bytes, bytes);
}

static void test_ranges_are_sorted(void **state)
{
	struct space space = make();
	(void)state;
	assert_int_equal(space.count, 2);
	assert_free(&space, 0, 0x1000, 0x4000);
	assert_free(&space, 1, 0x9000, 0x1000);
}

static void test_take_splits(void **state)
{
	struct space space = make();
	(void)state;
	space_take(&space, (struct range){0x2000, 0x1000});
	assert_int_equal(space.count, 3);
	assert_free(&space, 0, 0x1000, 0x1000);
	assert_free(&space, 1, 0x3000, 0x2000);
}

static void test_take_over_several(void **state)
{
	struct space space = make();
	(void)state;
	space_take(&space, (struct range){0x4000, 0x5800});
	assert_int_equal(space.count, 2);
	assert_free(&space, 0, 0x1000, 0x3000);
	assert_free(&space, 1, 0x9800, 0x800);
	space_take(&space, (struct range){0, 0x10000});
	assert_int_equal(space.count, 0);
}

static void test_find_is_congruent(void **state)
{
	struct space space = make();
	uint64_t base;
	(void)state;
	assert_true(space_find(&space, 0x1000, 0x4000, 0x3000, 0, &base));
	assert_int_equal(base, 0x3000);
	assert_free(&space, 0, 0x1000, 0x2000);
	assert_free(&space, 1, 0x4000, 0x1000);
	assert_true(space_find(&space, 0x800, 0x1000, 0, 0x4001, &base));
	assert_int_equal(base, 0x9000);
}

static void test_find_refuses(void **state)
{
	struct space space = make();
	struct space before = space;
	uint64_t base;
	(void)state;
	assert_false(space_find(&space, 0x4001, 1, 0, 0, &base));
	assert_false(space_find(&space, 0x1000, 0x8000, 0, 0, &base));
	assert_false(space_find(&space, 0x1000, 1, 0, 0x9001, &base));
	assert_memory_equal(&space, &before, sizeof(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_are_sorted), cmocka_unit_test(test_take_splits),
		cmocka_unit_test(test_take_over_several), cmocka_unit_test(test_find_is_congruent),
		cmocka_unit_test(test_find_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
