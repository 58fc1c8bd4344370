/* SPDX-License-Identifier: Apache-2.0 */
/* links: tools/takt/util.c */
/* Edit distance, and SipHash against its published vectors (Aumasson, Bernstein 2012, appendix A and the reference's
 * table). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/takt/util.h"

static void test_edit_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "ab", 1},
		{"abc", "xabc", 1},
		{"abcd", "abdc", 1},
		{"kitten", "sitting", 3},
		{"budget", "bugdet", 1},
		{"wieght", "weight", 1},
		{"a", "b", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(util_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(util_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static void test_siphash(void **state)
{
	static const uint64_t expected[] = {
		UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
		UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
		UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
	};
	static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t data[16];
	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(util_siphash(key, data, i) == expected[i]);
	assert_true(util_siphash(key, data, 15) == UINT64_C(0xa129ca6149be45e5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit_distance),
		cmocka_unit_test(test_siphash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
