/* SPDX-License-Identifier: Apache-2.0 */
/* See flash.h. */
#include "services/flash/flash.h"

#include <stddef.h>

#define COMMAND_PROGRAM_OLD 0x10U
#define COMMAND_ERASE 0x20U
#define COMMAND_PROGRAM 0x40U
#define COMMAND_CLEAR_STATUS 0x50U
#define COMMAND_LOCK 0x60U
#define COMMAND_STATUS 0x70U
#define COMMAND_ID 0x90U
#define COMMAND_CFI 0x98U
#define COMMAND_CONFIRM 0xd0U
#define COMMAND_BUFFER 0xe8U
#define LOCK_SET 0x01U

#define STATUS_READY 0x80U
#define STATUS_SEQUENCE 0x30U /* erase and program errors together: no such sequence of commands */
#define STATUS_PROGRAM 0x10U

#define ID_MANUFACTURER 0x89U
#define ID_DEVICE 0x18U

enum flash_mode {
	FLASH_ARRAY = 0,
	FLASH_STATUS,
	FLASH_ID,
	FLASH_CFI,
	FLASH_PROGRAM, /* the next store is the word */
	FLASH_ERASE,   /* ... confirms */
	FLASH_LOCK,
	FLASH_BUFFER_COUNT,
	FLASH_BUFFER_DATA,
	FLASH_BUFFER_CONFIRM,
};

/* Of one chip, from word 0x10 on: 1 MiB, blocks of 128 KiB, a buffer of 64 bytes. */
static const uint8_t cfi[] = {
	'Q',  'R',  'Y',  0x01, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, /* 10: Intel's extended command set, at 31 */
	0x27, 0x36, 0x00, 0x00, 0x01, 0x06, 0x09, 0x00, 0x01, 0x01, 0x01, 0x00, /* 1b: voltages and times */
	0x14, 0x01, 0x00, 0x06, 0x00, 0x01, 0x07, 0x00, 0x00, 0x02,             /* 27: sizes; 8 blocks of 512 * 256 */
	'P',  'R',  'I',  '1',  '0',  0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x27, 0x00, /* 31 */
};
#define CFI_FIRST 0x10U

bool flash_is_array(const struct flash *f) { return f->mode == FLASH_ARRAY; }

static uint64_t contents_at(const uint8_t *contents, uint32_t offset, uint32_t bytes)
{
	uint64_t value = 0;
	for (uint32_t i = 0; i < bytes; i++)
		value |= (uint64_t)contents[offset + i] << 8 * i;
	return value;
}

/* What a chip answers for one of its words. */
static uint16_t chip_answer(const struct flash *f, uint32_t word)
{
	if (f->mode == FLASH_CFI)
		return word - CFI_FIRST < sizeof(cfi) ? cfi[word - CFI_FIRST] : 0;
	if (f->mode != FLASH_ID)
		return (uint16_t)(STATUS_READY | f->status);
	switch (word & 3) {
	case 0:
		return ID_MANUFACTURER;
	case 1:
		return ID_DEVICE;
	default:
		return 0; /* not locked */
	}
}

uint64_t flash_read(const struct flash *f, const uint8_t *contents, uint32_t offset, uint32_t bytes)
{
	uint64_t value = 0;
	if (flash_is_array(f))
		return contents_at(contents, offset, bytes);
	for (uint32_t i = 0; i < bytes; i++) {
		uint32_t at = offset + i;
		uint32_t answer = chip_answer(f, (at >> 2) & 0xff);
		value |= (uint64_t)(answer >> 8 * (at & 1) & 0xff) << 8 * i;
	}
	return value;
}

static struct flash_change program(uint8_t *contents, uint32_t offset, uint32_t bytes, uint64_t value)
{
	for (uint32_t i = 0; i < bytes; i++)
		contents[offset + i] &= (uint8_t)(value >> 8 * i);
	return (struct flash_change){offset, bytes};
}

static struct flash_change erase(uint8_t *contents, uint32_t offset)
{
	uint32_t first = offset & ~(FLASH_BLOCK_BYTES - 1);
	uint64_t *block = (uint64_t *)(void *)(contents + first);
	for (uint32_t i = 0; i < FLASH_BLOCK_BYTES / 8; i++)
		block[i] = UINT64_MAX;
	return (struct flash_change){first, FLASH_BLOCK_BYTES};
}

static void begin(struct flash *f, uint32_t offset, uint32_t command)
{
	switch (command) {
	case COMMAND_PROGRAM_OLD:
	case COMMAND_PROGRAM:
		f->mode = FLASH_PROGRAM;
		break;
	case COMMAND_ERASE:
		f->mode = FLASH_ERASE;
		break;
	case COMMAND_LOCK:
		f->mode = FLASH_LOCK;
		break;
	case COMMAND_BUFFER:
		f->mode = FLASH_BUFFER_COUNT;
		f->base = offset & ~(FLASH_BUFFER_BYTES - 1);
		for (uint32_t i = 0; i < FLASH_BUFFER_WORDS; i++)
			f->buffer[i] = UINT32_MAX;
		break;
	case COMMAND_CLEAR_STATUS:
		f->status = 0;
		break;
	case COMMAND_STATUS:
		f->mode = FLASH_STATUS;
		break;
	case COMMAND_ID:
		f->mode = FLASH_ID;
		break;
	case COMMAND_CFI:
		f->mode = FLASH_CFI;
		break;
	default:
		f->mode = FLASH_ARRAY;
		break;
	}
}

static void fail(struct flash *f, uint8_t error)
{
	f->status |= error;
	f->mode = FLASH_STATUS;
}

static void buffer_count(struct flash *f, uint32_t count)
{
	f->words_left = count + 1;
	if (f->words_left > FLASH_BUFFER_WORDS)
		fail(f, STATUS_SEQUENCE);
	else
		f->mode = FLASH_BUFFER_DATA;
}

static void buffer_data(struct flash *f, uint32_t offset, uint32_t bytes, uint32_t value)
{
	uint32_t at = offset - f->base;
	if (at >= FLASH_BUFFER_BYTES || at % 4 != 0 || bytes != 4) {
		fail(f, STATUS_PROGRAM);
		return;
	}
	f->buffer[at / 4] = value;
	if (--f->words_left == 0)
		f->mode = FLASH_BUFFER_CONFIRM;
}

static struct flash_change buffer_program(const struct flash *f, uint8_t *contents)
{
	for (uint32_t i = 0; i < FLASH_BUFFER_WORDS; i++)
		(void)program(contents, f->base + 4 * i, 4, f->buffer[i]);
	return (struct flash_change){f->base, FLASH_BUFFER_BYTES};
}

/* The store that ends a command of two. */
static struct flash_change finish(struct flash *f, uint8_t *contents, uint32_t offset, uint32_t command)
{
	uint8_t mode = f->mode;
	f->mode = FLASH_STATUS;
	if (mode == FLASH_LOCK && command == LOCK_SET)
		return (struct flash_change){0, 0};
	if (command != COMMAND_CONFIRM)
		fail(f, STATUS_SEQUENCE);
	else if (mode == FLASH_ERASE)
		return erase(contents, offset);
	else if (mode == FLASH_BUFFER_CONFIRM)
		return buffer_program(f, contents);
	return (struct flash_change){0, 0};
}

struct flash_change flash_write(struct flash *f, uint8_t *contents, uint32_t offset, uint32_t bytes, uint64_t value)
{
	switch ((enum flash_mode)f->mode) {
	case FLASH_PROGRAM:
		f->mode = FLASH_STATUS;
		return program(contents, offset, bytes, value);
	case FLASH_ERASE:
	case FLASH_LOCK:
	case FLASH_BUFFER_CONFIRM:
		return finish(f, contents, offset, (uint32_t)value & 0xff);
	case FLASH_BUFFER_COUNT:
		buffer_count(f, (uint32_t)value & 0xffff);
		break;
	case FLASH_BUFFER_DATA:
		buffer_data(f, offset, bytes, (uint32_t)value);
		break;
	case FLASH_ARRAY:
	case FLASH_STATUS:
	case FLASH_ID:
	case FLASH_CFI:
		begin(f, offset, (uint32_t)value & 0xff);
		break;
	}
	return (struct flash_change){0, 0};
}
