/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/gwdt.c */
/* The Generic Watchdog by example: both frames' registers, both stages, and what ends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logic/arm/gwdt.h"

#define WRR 0x000U
#define WCS 0x000U
#define WOR 0x008U
#define WCV 0x010U
#define IIDR 0xfccU
#define ENABLED 1U
#define WS0 2U
#define WS1 4U

static uint64_t load(const struct gwdt *w, uint64_t offset) { return gwdt_read(w, GWDT_CONTROL, offset, 4); }

static void store(struct gwdt *w, uint64_t offset, uint64_t value, uint64_t now)
{
	gwdt_write(w, GWDT_CONTROL, offset, 4, value, ticks(now));
}

static void refresh(struct gwdt *w, uint64_t now) { gwdt_write(w, GWDT_REFRESH, WRR, 4, 0, ticks(now)); }

/* Enabled at 1000, with 100 ticks to each stage. */
static struct gwdt started(void)
{
	struct gwdt w = {0};
	store(&w, WOR, 100, 900);
	store(&w, WCS, ENABLED, 1000);
	return w;
}

static void it_does_nothing_until_it_is_enabled(void **state)
{
	struct gwdt w = {0};
	(void)state;
	assert_true(ticks_is_never(gwdt_due(&w)));
	store(&w, WOR, 100, 5);
	refresh(&w, 6);
	gwdt_advance(&w, ticks(1000));
	assert_int_equal(load(&w, WCS), 0);
	assert_true(ticks_is_never(gwdt_due(&w)));
}

static void registers_answer(void **state)
{
	struct gwdt w = started();
	(void)state;
	assert_int_equal(load(&w, WCS), ENABLED);
	assert_int_equal(load(&w, WOR), 100);
	assert_int_equal(load(&w, WOR + 4), 0);
	assert_int_equal(load(&w, WCV), 1100);
	assert_int_equal(load(&w, WCV + 4), 0);
	assert_int_equal(load(&w, IIDR), 0x1043b);
	assert_int_equal(gwdt_read(&w, GWDT_REFRESH, IIDR, 4), 0x1043b);
	assert_int_equal(gwdt_read(&w, GWDT_REFRESH, WRR, 4), 0);
	assert_int_equal(gwdt_read(&w, GWDT_REFRESH, WOR, 4), 0);
	assert_int_equal(load(&w, 0x100), 0);
}

static void two_stages(void **state)
{
	struct gwdt w = started();
	(void)state;
	assert_int_equal(gwdt_due(&w).raw, 1101);
	gwdt_advance(&w, ticks(1100));
	assert_int_equal(load(&w, WCS), ENABLED);
	gwdt_advance(&w, ticks(1101));
	assert_int_equal(load(&w, WCS), ENABLED | WS0);
	assert_int_equal(load(&w, WCV), 1201);
	assert_int_equal(gwdt_due(&w).raw, 1202);
	gwdt_advance(&w, ticks(1201));
	assert_int_equal(load(&w, WCS), ENABLED | WS0);
	gwdt_advance(&w, ticks(1202));
	assert_int_equal(load(&w, WCS), ENABLED | WS0 | WS1);
	assert_int_equal(load(&w, WCV), 1201);
	assert_true(ticks_is_never(gwdt_due(&w)));
}

/* However late the look, it finds the first stage, and leaves the whole second period. */
static void one_timeout_at_a_time(void **state)
{
	struct gwdt w = started();
	(void)state;
	gwdt_advance(&w, ticks(5000));
	assert_int_equal(load(&w, WCS), ENABLED | WS0);
	assert_int_equal(load(&w, WCV), 5100);
}

static void explicit_refreshes(void **state)
{
	static const uint64_t offsets[] = {WCS, WOR, WOR + 4};
	(void)state;
	for (unsigned i = 0; i <= sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct gwdt w = started();
		gwdt_advance(&w, ticks(1101));
		gwdt_advance(&w, ticks(1300));
		assert_true(w.ws0 && w.ws1);
		if (i == 3)
			refresh(&w, 1310);
		else
			store(&w, offsets[i], offsets[i] == WCS ? ENABLED : load(&w, offsets[i]), 1310);
		assert_int_equal(load(&w, WCS), ENABLED);
		assert_int_equal(load(&w, WCV), 1410);
	}
}

/* Not by what only looks, nor by the compare value, which stands as it was written. */
static void others_do_not_refresh(void **state)
{
	struct gwdt w = started();
	(void)state;
	gwdt_advance(&w, ticks(1101));
	store(&w, IIDR, 1, 1110);
	gwdt_write(&w, GWDT_REFRESH, 8, 4, 1, ticks(1110));
	gwdt_write(&w, GWDT_REFRESH, WRR, 2, 1, ticks(1110));
	gwdt_write(&w, GWDT_CONTROL, WCS, 1, 1, ticks(1110));
	gwdt_write(&w, GWDT_CONTROL, WOR + 2, 4, 1, ticks(1110));
	assert_int_equal(load(&w, WCV), 1201);
	store(&w, WCV, 7000, 1110);
	store(&w, WCV + 4, 3, 1110);
	assert_int_equal(w.compare, UINT64_C(0x300001b58));
	assert_int_equal(load(&w, WCS), ENABLED | WS0);
	assert_int_equal(gwdt_due(&w).raw, UINT64_C(0x300001b59));
}

static void disabling_ends_both(void **state)
{
	struct gwdt w = started();
	(void)state;
	gwdt_advance(&w, ticks(1101));
	store(&w, WCS, 0, 1150);
	assert_int_equal(load(&w, WCS), 0);
	assert_true(ticks_is_never(gwdt_due(&w)));
	gwdt_advance(&w, ticks(9000));
	assert_int_equal(load(&w, WCS), 0);
}

static void a_pause_costs_no_period(void **state)
{
	struct gwdt w = started();
	(void)state;
	gwdt_advance(&w, ticks(1101));
	gwdt_restart(&w, ticks(5000));
	assert_int_equal(load(&w, WCS), ENABLED | WS0);
	assert_int_equal(gwdt_due(&w).raw, 5101);
	store(&w, WCS, 0, 6000);
	gwdt_restart(&w, ticks(7000));
	assert_int_equal(load(&w, WCV), 6100);
}

static void the_offset_has_48_bits(void **state)
{
	struct gwdt w = started();
	(void)state;
	store(&w, WOR + 4, 0xffff0002, 2000);
	assert_int_equal(load(&w, WOR + 4), 2);
	assert_int_equal(w.compare, 2000 + UINT64_C(0x200000064));
}

static void two_words_at_once(void **state)
{
	struct gwdt w = started();
	(void)state;
	gwdt_write(&w, GWDT_CONTROL, WOR, 8, UINT64_C(0xffff000300000005), ticks(3000));
	assert_int_equal(gwdt_read(&w, GWDT_CONTROL, WOR, 8), UINT64_C(0x300000005));
	assert_int_equal(gwdt_read(&w, GWDT_CONTROL, WCV, 8), 3000 + UINT64_C(0x300000005));
	gwdt_write(&w, GWDT_CONTROL, WCV, 8, UINT64_MAX, ticks(3001));
	assert_true(ticks_is_never(gwdt_due(&w)));
	gwdt_advance(&w, ticks(UINT64_MAX));
	assert_int_equal(load(&w, WCS), ENABLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_does_nothing_until_it_is_enabled),
		cmocka_unit_test(registers_answer),
		cmocka_unit_test(two_stages),
		cmocka_unit_test(one_timeout_at_a_time),
		cmocka_unit_test(explicit_refreshes),
		cmocka_unit_test(others_do_not_refresh),
		cmocka_unit_test(disabling_ends_both),
		cmocka_unit_test(a_pause_costs_no_period),
		cmocka_unit_test(the_offset_has_48_bits),
		cmocka_unit_test(two_words_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
