/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/direct.c */
/* A direct VM's view of the physical interrupt controller by example, and over every offset: what is another's is never
 * in a mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logic/arm/decode.h"
#include "logic/arm/direct.h"

#define ALL 0xffffffffU
#define SGI 0x10000U
#define TIMERS (1U << 27 | 1U << 30)
#define OWN_PRIVATE (0xffffU | TIMERS)

/* SPIs 33 and 36, its SGIs and timers. */
static struct direct_gic sample(void) { return (struct direct_gic){.owned = {OWN_PRIVATE, 0x12}}; }

static void expect(struct direct_access access, enum direct_kind kind, uint32_t mask, uint32_t value)
{
	assert_int_equal(access.kind, kind);
	assert_int_equal(access.mask, mask);
	assert_int_equal(access.value, value);
}

static struct direct_access dist(uint32_t offset, bool is_write, uint32_t value)
{
	struct direct_gic gic = sample();
	return direct_access(&gic, true, offset, 4, is_write, value);
}

static struct direct_access redist(uint32_t offset, bool is_write, uint32_t value)
{
	struct direct_gic gic = sample();
	return direct_access(&gic, false, offset, 4, is_write, value);
}

static void shared_lines_are_masked(void **state)
{
	(void)state;
	for (uint32_t offset = 0x104; offset < 0x400; offset += 0x80) {
		expect(dist(offset, true, ALL), DIRECT_FORWARD, 0x12, 0x12);
		expect(dist(offset, false, 0), DIRECT_FORWARD, 0x12, 0);
		expect(dist(offset + 4, true, ALL), DIRECT_FORWARD, 0, 0);
	}
	expect(dist(0xc08, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(dist(0xc08, false, 0), DIRECT_FORWARD, 0x30c, 0);
}

static void priorities_have_a_floor(void **state)
{
	struct direct_gic gic = sample();
	(void)state;
	expect(dist(0x420, true, 0xa0a000a0), DIRECT_BYTES, 0xff00, DIRECT_PRIORITY_FLOOR << 8);
	expect(dist(0x424, true, 0x50), DIRECT_BYTES, 0xff, 0x50);
	expect(dist(0x420, false, 0), DIRECT_FORWARD, 0xff00, 0);
	expect(direct_access(&gic, true, 0x424, 1, true, 0x80), DIRECT_BYTES, 0xff, 0x80);
	expect(direct_access(&gic, true, 0x425, 1, true, 0x80), DIRECT_BYTES, 0, 0);
	expect(direct_access(&gic, true, 0x424, 2, true, 0x80), DIRECT_ANSWER, 0, 0);
}

static void groups_and_routes_are_fixed(void **state)
{
	struct direct_gic gic = sample();
	(void)state;
	expect(dist(0x084, false, 0), DIRECT_ANSWER, 0, 0x12);
	expect(dist(0x084, true, 0), DIRECT_ANSWER, 0, 0x12);
	expect(direct_access(&gic, true, 0x6108, 8, true, 1), DIRECT_ANSWER, 0, 0);
	expect(direct_access(&gic, true, 0x6108, 8, false, 0), DIRECT_ANSWER, 0, 0);
}

static void private_registers_are_the_redistributors(void **state)
{
	(void)state;
	for (uint32_t offset = 0x80; offset < 0x400; offset += 0x80)
		expect(dist(offset, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(dist(0x400, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(dist(0xc04, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(redist(SGI + 0x100, true, ALL), DIRECT_FORWARD, OWN_PRIVATE, OWN_PRIVATE);
	expect(redist(SGI + 0x104, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(redist(SGI + 0x418, true, 0xa0a0a0a0), DIRECT_BYTES, 0xff000000, 0xa0000000);
	expect(redist(SGI + 0x420, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(redist(SGI + 0xc04, false, 0), DIRECT_FORWARD, 0x30c00000, 0);
}

static void it_says_what_it_is(void **state)
{
	struct direct_gic gic = sample();
	(void)state;
	expect(direct_access(&gic, true, 0, 4, true, 0x37), DIRECT_ANSWER, 0, 0);
	expect(direct_access(&gic, true, 0, 4, false, 0), DIRECT_FORWARD, 0x80000000, 0x13);
	expect(dist(4, false, 0), DIRECT_FORWARD, 0x00f8001f, 1U << 25);
	expect(dist(8, false, 0), DIRECT_FORWARD, ALL, 0);
	expect(dist(0xffe8, false, 0), DIRECT_FORWARD, ALL, 0);
	expect(dist(0x40, true, ALL), DIRECT_ANSWER, 0, 0); /* SETSPI_NSR */
	expect(redist(0, false, 0), DIRECT_FORWARD, 1U << 3, 0);
	expect(redist(0, true, ALL), DIRECT_ANSWER, 0, 0);
	expect(direct_access(&gic, false, 8, 8, false, 0), DIRECT_ANSWER, 0, 1U << 4);
	expect(redist(0xc, false, 0), DIRECT_ANSWER, 0, 0);
	expect(redist(0x14, true, 2), DIRECT_ANSWER, 0, 0);
	expect(redist(0x14, false, 0), DIRECT_ANSWER, 0, 0);
}

/* Whatever the VM stores, with nothing of its own nothing reaches the controller. */
static void nothing_owned_nothing_stored(void **state)
{
	static const uint32_t sizes[] = {1, 2, 4, 8};
	(void)state;
	for (uint32_t offset = 0; offset < DIRECT_REDIST_BYTES; offset++) {
		for (uint32_t i = 0; i < 4; i++) {
			struct direct_gic gic = {.groups = 0};
			struct direct_access d = {DIRECT_ANSWER, 0, 0};
			if (offset < 0x10000)
				d = direct_access(&gic, true, offset, sizes[i], true, UINT64_MAX);
			assert_true(d.kind == DIRECT_ANSWER || d.mask == 0);
			d = direct_access(&gic, false, offset, sizes[i], true, UINT64_MAX);
			assert_true(d.kind == DIRECT_ANSWER || d.mask == 0);
		}
	}
}

static void registers_that_trap(void **state)
{
	(void)state;
	for (uint32_t key = 0; key < 0x10000; key++) {
		enum direct_register which = direct_register((uint16_t)key);
		bool is_icc = (key & ~0x7ffU) == (SYSREG_KEY(3, 0, 12, 0, 0) & ~0x7ffU);
		if (which != DIRECT_NO_REGISTER)
			assert_true(is_icc || key == SYSREG_KEY(3, 0, 4, 6, 0));
	}
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 4, 6, 0)), DIRECT_PMR);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 12, 4)), DIRECT_CTLR);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 11, 3)), DIRECT_RPR);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 11, 5)), DIRECT_SGI1R);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 11, 1)), DIRECT_DIR);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 11, 6)), DIRECT_NOTHING);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 11, 7)), DIRECT_NOTHING);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 8, 0)), DIRECT_NO_REGISTER);
	assert_int_equal(direct_register(SYSREG_KEY(3, 0, 12, 12, 5)), DIRECT_NO_REGISTER); /* SRE: as for all VMs */
}

static void the_wake_up_is_never_masked(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 0x10000; value++) {
		uint64_t mask = direct_mask(value);
		assert_true(mask >= DIRECT_PRIORITY_FLOOR && mask <= 0xff);
		assert_true((value & 0xff) < DIRECT_PRIORITY_FLOOR || mask == (value & 0xff));
	}
	assert_int_equal(direct_shown_mask(direct_mask(0)), 0);
	assert_int_equal(direct_shown_mask(direct_mask(0xff)), 0xff);
	assert_int_equal(direct_control(UINT64_MAX), 2); /* EOImode alone */
}

static void sgis_reach_itself(void **state)
{
	(void)state;
	assert_true(direct_sends_to_itself(1));
	assert_true(direct_sends_to_itself(UINT64_C(15) << 24 | 0xffff));
	assert_int_equal(direct_sgi(UINT64_C(15) << 24 | 1), 15);
	assert_false(direct_sends_to_itself(2));
	assert_false(direct_sends_to_itself(UINT64_C(1) << 40 | 1)); /* all others */
	for (uint32_t bit = 16; bit < 56; bit++) {
		bool is_affinity = bit < 24 || (bit >= 32 && bit < 40) || bit >= 44;
		if (is_affinity)
			assert_false(direct_sends_to_itself(UINT64_C(1) << bit | 1));
	}
}

static void it_owns_what_it_was_given(void **state)
{
	struct direct_gic gic = sample();
	(void)state;
	for (uint64_t intid = 0; intid < 2048; intid++) {
		bool is_own = intid < 16 || intid == 27 || intid == 30 || intid == 33 || intid == 36;
		assert_int_equal(direct_owns(&gic, intid), is_own);
	}
	assert_false(direct_owns(&gic, UINT64_C(1) << 32 | 27));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_lines_are_masked),
		cmocka_unit_test(priorities_have_a_floor),
		cmocka_unit_test(groups_and_routes_are_fixed),
		cmocka_unit_test(private_registers_are_the_redistributors),
		cmocka_unit_test(it_says_what_it_is),
		cmocka_unit_test(nothing_owned_nothing_stored),
		cmocka_unit_test(registers_that_trap),
		cmocka_unit_test(the_wake_up_is_never_masked),
		cmocka_unit_test(sgis_reach_itself),
		cmocka_unit_test(it_owns_what_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
