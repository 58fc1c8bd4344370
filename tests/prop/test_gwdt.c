/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/gwdt.c */
/*
 * The Generic Watchdog against its pseudocode, which looks at every tick. The product is looked at only when an access
 * comes and when it said itself, so a due time that is late by one tick is found; and it says none too early. Random
 * accesses. Prints its seed; TAKT_SEED sets it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "logic/arm/gwdt.h"

#define RUNS 2000U
#define TICKS 2000U

static uint64_t seed;

static uint64_t random_below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % limit;
}

/* The registers as the specification has them. */
struct model {
	uint64_t compare, offset;
	bool enable, ws0, ws1;
};

static void model_tick(struct model *m, uint64_t counter, bool explicit_refresh)
{
	bool timeout = counter > m->compare && m->enable && !m->ws1;
	if (explicit_refresh) {
		m->compare = counter + m->offset;
		m->ws0 = false;
		m->ws1 = false;
	} else if (timeout && !m->ws0) {
		m->compare = counter + m->offset;
		m->ws0 = true;
	} else if (timeout) {
		m->ws1 = true;
	}
}

static void model_write(struct model *m, bool is_control, uint32_t at, uint32_t value, uint64_t counter)
{
	bool refresh = is_control ? at == 0x0 || at == 0x8 || at == 0xc : at == 0;
	if (is_control && at == 0x0)
		m->enable = (value & 1) != 0;
	if (is_control && at == 0x8)
		m->offset = (m->offset & ~UINT64_C(0xffffffff)) | value;
	if (is_control && at == 0xc)
		m->offset = (m->offset & 0xffffffff) | (uint64_t)(value & 0xffff) << 32;
	if (is_control && at == 0x10)
		m->compare = (m->compare & ~UINT64_C(0xffffffff)) | value;
	if (is_control && at == 0x14)
		m->compare = (m->compare & 0xffffffff) | (uint64_t)value << 32;
	if (refresh)
		model_tick(m, counter, true);
}

static uint32_t value_for(uint32_t at, uint64_t counter)
{
	if (at == 0x0)
		return random_below(8) != 0;
	if (at == 0x8)
		return (uint32_t)random_below(60);
	if (at == 0x10)
		return (uint32_t)(counter + random_below(100)) - 40U;
	return random_below(10) == 0;
}

static void compare(const struct gwdt *w, const struct model *m)
{
	uint64_t wcs = (m->enable ? 1U : 0U) | (m->ws0 ? 2U : 0U) | (m->ws1 ? 4U : 0U);
	assert_int_equal(gwdt_read(w, GWDT_CONTROL, 0, 4), wcs);
	assert_int_equal(gwdt_read(w, GWDT_CONTROL, 0x8, 8), m->offset);
	assert_int_equal(gwdt_read(w, GWDT_CONTROL, 0x10, 8), m->compare);
}

static void run(void)
{
	static const uint32_t places[] = {0x0, 0x8, 0xc, 0x10, 0x14, 0x4, 0x18, 0xfcc};
	struct gwdt w = {0};
	struct model m = {0};
	for (uint64_t now = 1000; now < 1000 + TICKS; now++) {
		model_tick(&m, now, false);
		if (ticks_reached(gwdt_due(&w), ticks(now))) {
			uint64_t before = gwdt_read(&w, GWDT_CONTROL, 0, 4);
			gwdt_advance(&w, ticks(now));
			assert_true(gwdt_read(&w, GWDT_CONTROL, 0, 4) != before);
		}
		compare(&w, &m);
		if (random_below(40) != 0)
			continue;
		bool is_control = random_below(3) != 0;
		uint32_t at = places[random_below(sizeof(places) / sizeof(places[0]))];
		uint32_t value = value_for(at, now);
		gwdt_write(&w, is_control ? GWDT_CONTROL : GWDT_REFRESH, at, 4, value, ticks(now));
		model_write(&m, is_control, at, value, now);
		compare(&w, &m);
	}
}

static void it_is_its_pseudocode(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RUNS; i++)
		run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_its_pseudocode)};
	const char *given = getenv("TAKT_SEED");
	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	printf("TAKT_SEED=%" PRIu64 "\n", seed);
	seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
