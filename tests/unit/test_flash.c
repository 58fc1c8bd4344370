/* SPDX-License-Identifier: Apache-2.0 */
/* links: services/flash/flash.c */
/* The flash by example: its commands, what it answers in each, and that no store reaches beyond its contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "abi/blob.h"
#include "services/flash/flash.h"

#define BOTH(command) ((command) | (command) << 16)
#define READY BOTH(0x80U)
#define AT (FLASH_BLOCK_BYTES + 0x100U)

static uint8_t *contents; /* of its size to the byte: the sanitizer watches the ends */
static struct flash flash;

static int begin(void **state)
{
	(void)state;
	contents = malloc(BLOB_FLASH_BYTES);
	memset(contents, 0xff, BLOB_FLASH_BYTES);
	memset(&flash, 0, sizeof(flash));
	return contents == NULL;
}

static int end(void **state)
{
	(void)state;
	free(contents);
	return 0;
}

static struct flash_change store(uint32_t at, uint64_t value) { return flash_write(&flash, contents, at, 4, value); }
static struct flash_change command(uint32_t at, uint32_t value) { return store(at, BOTH(value)); }
static uint64_t load(uint32_t at, uint32_t bytes) { return flash_read(&flash, contents, at, bytes); }

static void an_array_answers_its_contents(void **state)
{
	(void)state;
	contents[AT] = 0x12;
	contents[AT + 7] = 0x34;
	assert_true(flash_is_array(&flash));
	assert_int_equal(load(AT, 1), 0x12);
	assert_int_equal(load(AT, 4), 0xffffff12);
	assert_int_equal(load(AT, 8), UINT64_C(0x34ffffffffffff12));
	assert_int_equal(load(BLOB_FLASH_BYTES - 8, 8), UINT64_MAX);
}

static void a_word_is_programmed(void **state)
{
	(void)state;
	assert_int_equal(command(AT, 0x40).bytes, 0);
	struct flash_change change = store(AT, 0x0ff0f00f);
	assert_int_equal(change.offset, AT);
	assert_int_equal(change.bytes, 4);
	assert_false(flash_is_array(&flash));
	assert_int_equal(load(AT, 4), READY);
	command(AT, 0x10);
	store(AT, 0x00ffffff);
	command(0, 0xff);
	assert_int_equal(load(AT, 4), 0x00f0f00f);
	assert_int_equal(load(AT + 4, 4), UINT32_MAX);
}

static void a_block_is_erased(void **state)
{
	(void)state;
	memset(contents, 0, BLOB_FLASH_BYTES);
	command(AT, 0x20);
	struct flash_change change = command(AT, 0xd0);
	assert_int_equal(change.offset, FLASH_BLOCK_BYTES);
	assert_int_equal(change.bytes, FLASH_BLOCK_BYTES);
	command(0, 0xff);
	assert_int_equal(load(FLASH_BLOCK_BYTES - 8, 8), 0);
	assert_int_equal(load(FLASH_BLOCK_BYTES, 8), UINT64_MAX);
	assert_int_equal(load(2 * FLASH_BLOCK_BYTES - 8, 8), UINT64_MAX);
	assert_int_equal(load(2 * FLASH_BLOCK_BYTES, 8), 0);
}

static void a_buffer_is_programmed(void **state)
{
	(void)state;
	command(AT, 0xe8);
	assert_int_equal(load(AT, 4), READY);
	command(AT, FLASH_BUFFER_WORDS - 1);
	for (uint32_t i = 0; i < FLASH_BUFFER_WORDS; i++)
		assert_int_equal(store(AT + 4 * i, i).bytes, 0);
	struct flash_change change = command(AT, 0xd0);
	assert_int_equal(change.offset, AT);
	assert_int_equal(change.bytes, FLASH_BUFFER_BYTES);
	command(0, 0xff);
	for (uint32_t i = 0; i < FLASH_BUFFER_WORDS; i++)
		assert_int_equal(load(AT + 4 * i, 4), i);
	assert_int_equal(load(AT - 4, 4), UINT32_MAX);
	assert_int_equal(load(AT + FLASH_BUFFER_BYTES, 4), UINT32_MAX);
}

static void errors_stand_until_cleared(void **state)
{
	(void)state;
	command(AT, 0x20);
	command(AT, 0xff);
	assert_int_equal(load(AT, 4), BOTH(0xb0U));
	command(AT, 0x70);
	assert_int_equal(load(AT, 4), BOTH(0xb0U));
	command(AT, 0x50);
	assert_int_equal(load(AT, 4), READY);
	command(AT, 0xe8);
	command(AT, FLASH_BUFFER_WORDS); /* one too many */
	assert_int_equal(load(AT, 4), BOTH(0xb0U));
	command(AT, 0x50);
	command(AT, 0xe8);
	command(AT, 1);
	store(AT + FLASH_BUFFER_BYTES, 1); /* of another buffer */
	assert_int_equal(load(AT, 4), BOTH(0x90U));
	command(AT, 0x50);
	command(AT, 0x60);
	command(AT, 0x01);
	assert_int_equal(load(AT, 4), READY);
	command(AT, 0x60);
	command(AT, 0x02);
	assert_int_equal(load(AT, 4), BOTH(0xb0U));
}

static void it_says_what_it_is(void **state)
{
	(void)state;
	command(0, 0x90);
	assert_int_equal(load(0, 4), BOTH(0x89U));
	assert_int_equal(load(4, 4), BOTH(0x18U));
	assert_int_equal(load(FLASH_BLOCK_BYTES + 8, 4), 0);
	command(0, 0x98);
	assert_int_equal(load(0x40, 4), BOTH((uint32_t)'Q'));
	assert_int_equal(load(0x40, 8), (uint64_t)BOTH((uint32_t)'R') << 32 | BOTH((uint32_t)'Q'));
	assert_int_equal(load(0x40, 1), 'Q');
	assert_int_equal(load(4 * 0x27, 4), BOTH(20U));
	/* blocks of a chip less one, and their size in 256 bytes, make the whole of it */
	uint64_t blocks = (load(4 * 0x2d, 1) | load(4 * 0x2e, 1) << 8) + 1;
	uint64_t size = (load(4 * 0x2f, 1) | load(4 * 0x30, 1) << 8) * 256;
	assert_int_equal(blocks * size * 2, BLOB_FLASH_BYTES);
	assert_int_equal(size * 2, FLASH_BLOCK_BYTES);
	assert_int_equal(load(4 * 0x31, 1), 'P');
	assert_int_equal(UINT64_C(2) << load(4 * 0x2a, 1), FLASH_BUFFER_BYTES);
}

/* Random stores at random places, of all sizes: the sanitizers judge. */
static void it_survives_anything(void **state)
{
	static const uint8_t commands[] = {0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90,
					   0x98, 0xd0, 0xe8, 0xff, 0x01, 0x1f};
	uint64_t seed = 42;
	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
		uint32_t bytes = 1U << (seed >> 60 & 3);
		uint32_t at = (uint32_t)(seed >> 33) & (BLOB_FLASH_BYTES - 1) & ~(bytes - 1);
		uint32_t value = commands[(seed >> 20) % sizeof(commands)];
		struct flash_change change = flash_write(&flash, contents, at, bytes, BOTH(value));
		assert_true(change.offset + change.bytes <= BLOB_FLASH_BYTES);
		(void)load(at, bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_array_answers_its_contents, begin, end),
		cmocka_unit_test_setup_teardown(a_word_is_programmed, begin, end),
		cmocka_unit_test_setup_teardown(a_block_is_erased, begin, end),
		cmocka_unit_test_setup_teardown(a_buffer_is_programmed, begin, end),
		cmocka_unit_test_setup_teardown(errors_stand_until_cleared, begin, end),
		cmocka_unit_test_setup_teardown(it_says_what_it_is, begin, end),
		cmocka_unit_test_setup_teardown(it_survives_anything, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
