/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/* CRC-32 against its published check value and against the definition, bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/crc32.h"

static uint32_t naive(const uint8_t *p, size_t bytes)
{
	uint32_t state = 0xffffffff;

	for (size_t i = 0; i < bytes; i++) {
		state ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			state = state >> 1 ^ ((state & 1) != 0 ? 0xedb88320U : 0);
	}
	return ~state;
}

static void test_check_value(void **state)
{
	(void)state;
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_update(0, "", 0), 0);
}

static void test_lengths_and_splits(void **state)
{
	uint8_t data[67];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 151 + 7);
	for (size_t length = 0; length <= sizeof(data); length++)
		for (size_t split = 0; split <= length; split++) {
			uint32_t crc = crc32_update(0, data, split);
			crc = crc32_update(crc, data + split, length - split);
			assert_int_equal(crc, naive(data, length));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_value),
		cmocka_unit_test(test_lengths_and_splits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
