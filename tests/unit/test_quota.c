/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/quota.c */
/* Quotas by example: what a span holds, when the next one begins, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logic/quota.h"

#define LIMIT 3U
#define SPAN 1000U

static bool take(struct quota *quota, uint64_t now) { return quota_take(quota, LIMIT, ticks(SPAN), ticks(now)); }

static void a_span_holds_its_limit(void **state)
{
	struct quota quota = {0};

	(void)state;
	for (uint32_t i = 0; i < LIMIT; i++)
		assert_true(take(&quota, 5 + i));
	assert_false(take(&quota, 8));
	assert_false(take(&quota, 5 + SPAN - 1));
	assert_int_equal(quota_refused(&quota), 2);
	assert_int_equal(quota_refused(&quota), 0);
}

static void the_next_one_begins_when_it_has_ended(void **state)
{
	struct quota quota = {0};

	(void)state;
	for (uint32_t i = 0; i < LIMIT + 1; i++)
		take(&quota, 5);
	assert_true(take(&quota, 5 + SPAN));
	assert_true(take(&quota, 4 + 2 * SPAN));
	assert_true(take(&quota, 4 + 2 * SPAN));
	assert_false(take(&quota, 4 + 2 * SPAN));
	assert_int_equal(quota_refused(&quota), 2);
}

static void a_clock_that_is_behind_begins_no_span(void **state)
{
	struct quota quota = {0};

	(void)state;
	for (uint32_t i = 0; i < LIMIT; i++)
		assert_true(take(&quota, SPAN));
	assert_false(take(&quota, SPAN - 1));
}

static void the_count_saturates(void **state)
{
	struct quota quota = {.until = ticks(SPAN), .used = LIMIT, .refused = UINT32_MAX - 1};

	(void)state;
	assert_false(take(&quota, 0));
	assert_false(take(&quota, 0));
	assert_int_equal(quota_refused(&quota), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_holds_its_limit),
		cmocka_unit_test(the_next_one_begins_when_it_has_ended),
		cmocka_unit_test(a_clock_that_is_behind_begins_no_span),
		cmocka_unit_test(the_count_saturates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
