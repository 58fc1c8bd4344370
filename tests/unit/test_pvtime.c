/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/* Stolen time by example: what begins and ends it, and its conversion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logic/arm/pvtime.h"

#define GHZ UINT64_C(1000000000)
#define YEAR_S (UINT64_C(365) * 86400)

static struct pvtime_record record;
static struct pvtime t;

static int setup(void **state)
{
	(void)state;
	record = (struct pvtime_record){0};
	t = (struct pvtime){0};
	pvtime_init(&t, &record, GHZ);
	return 0;
}

static void test_preempted(void **state)
{
	(void)state;
	pvtime_leave(&t, ticks(100));
	pvtime_wake(&t, ticks(120)); /* it could run all the while */
	assert_true(record.stolen_ns == 0);
	pvtime_come(&t, ticks(150));
	assert_true(record.stolen_ns == 50);
	pvtime_come(&t, ticks(190)); /* it ran */
	assert_true(record.stolen_ns == 50);
	pvtime_leave(&t, ticks(200));
	pvtime_come(&t, ticks(207));
	assert_true(record.stolen_ns == 57);
}

static void test_waits(void **state)
{
	(void)state;
	/* its timer */
	pvtime_leave(&t, ticks(300));
	pvtime_come(&t, ticks(310));
	assert_true(record.stolen_ns == 10);
	/* something else, before */
	pvtime_leave(&t, ticks(1000));
	pvtime_wake(&t, ticks(600));
	pvtime_wake(&t, ticks(700));
	pvtime_come(&t, ticks(705));
	assert_true(record.stolen_ns == 115);
	/* after */
	pvtime_leave(&t, ticks(1000));
	pvtime_wake(&t, ticks(1100));
	pvtime_come(&t, ticks(1200));
	assert_true(record.stolen_ns == 315);
	/* and is back before its timer, without a wake that counts */
	pvtime_leave(&t, ticks(2000));
	pvtime_come(&t, ticks(1500));
	assert_true(record.stolen_ns == 315);
}

static void test_off(void **state)
{
	(void)state;
	pvtime_leave(&t, TICKS_NEVER);
	pvtime_come(&t, ticks(1000));
	assert_true(record.stolen_ns == 0);
	pvtime_leave(&t, TICKS_NEVER);
	pvtime_wake(&t, ticks(2000));
	pvtime_come(&t, ticks(2003));
	assert_true(record.stolen_ns == 3);
	pvtime_leave(&t, ticks(3000));
	pvtime_reset(&t);
	assert_true(record.stolen_ns == 0);
	pvtime_come(&t, ticks(4000));
	assert_true(record.stolen_ns == 0);
}

/* Of a year less than 10 ms are missing, whatever the counter's frequency, and small parts add up. */
static void test_units(void **state)
{
	static const uint64_t hz[] = {1000, 1000000, 19200000, 24000000, 54000000, 62500000, 333333333, GHZ};

	(void)state;
	for (size_t i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		record = (struct pvtime_record){0};
		t = (struct pvtime){0};
		pvtime_init(&t, &record, hz[i]);
		pvtime_leave(&t, ticks(5));
		pvtime_come(&t, ticks(5 + YEAR_S * hz[i]));
		assert_true(record.stolen_ns <= YEAR_S * GHZ && record.stolen_ns > YEAR_S * GHZ - 10000000);
		uint64_t before = record.stolen_ns;
		for (uint64_t n = 0; n < 3000; n++) {
			pvtime_leave(&t, ticks(1000000 + 10 * n));
			pvtime_come(&t, ticks(1000001 + 10 * n));
		}
		uint64_t want = 3000 * GHZ / hz[i];
		assert_in_range(record.stolen_ns - before, want - 1, want + 1);
	}
	assert_true(record.revision == 0 && record.attributes == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_preempted, setup),
		cmocka_unit_test_setup(test_waits, setup),
		cmocka_unit_test_setup(test_off, setup),
		cmocka_unit_test_setup(test_units, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
