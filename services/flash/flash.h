/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NOR flash with the Common Flash Interface and Intel's command set, as two chips of 16 bits side by side: QEMU's
 * virt board has such ones, and firmware keeps its variables there. BLOB_FLASH_BYTES in blocks of FLASH_BLOCK_BYTES.
 *
 *   ARRAY --70--> STATUS, --90--> ID, --98--> CFI, --ff--> ARRAY                 from each of these to each other
 *     --40, word--> STATUS      programs: bits go from 1 to 0
 *     --20, d0--> STATUS        erases the block: all bits 1
 *     --60, 01 or d0--> STATUS  locks or unlocks: accepted, and without effect
 *     --e8, count - 1, words, d0--> STATUS    programs up to FLASH_BUFFER_WORDS words of one buffer
 *
 * What takes a real flash time is done when the command ends: the status is always ready. Errors stand in it until 50.
 * A command is the low byte of what is written. Intel 28F128J3 data sheet; JEDEC JESD68.01.
 */
#ifndef SERVICES_FLASH_FLASH_H
#define SERVICES_FLASH_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#define FLASH_BLOCK_BYTES 0x40000U
#define FLASH_BUFFER_WORDS 32U
#define FLASH_BUFFER_BYTES (4U * FLASH_BUFFER_WORDS)

/* All zero: as after a reset. The contents are elsewhere, and stay. */
struct flash {
	uint8_t mode; /* enum flash_mode */
	uint8_t status;
	uint32_t words_left; /* of the buffer, to be written */
	uint32_t base;       /* where the buffer goes */
	uint32_t buffer[FLASH_BUFFER_WORDS];
};

/* It is not in a command: what it answers is its contents. */
bool flash_is_array(const struct flash *f);

/* What a load of `bytes` (1, 2, 4, 8) at an offset answers. */
uint64_t flash_read(const struct flash *f, const uint8_t *contents, uint32_t offset, uint32_t bytes);

/* What of the contents a store has changed. */
struct flash_change {
	uint32_t offset;
	uint32_t bytes; /* 0: nothing */
};

/* A store. At most a block's erasure. */
struct flash_change flash_write(struct flash *f, uint8_t *contents, uint32_t offset, uint32_t bytes, uint64_t value);

#endif
