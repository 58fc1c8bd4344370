/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32 of IEEE 802.3 (reflected polynomial 0xedb88320, initial value and final inversion all ones), by a table of 64
 * bytes: about ten instructions a byte. Pure; no alignment is asked for.
 *
 *     crc32_update(crc32_update(0, a, n), b, m) is the CRC of a followed by b.
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"

#define CRC32_BYTES_MAX (1U << 20) /* more than any blob; what `takt bound` counts with */

/* The CRC of what crc already covers (0: nothing) followed by bytes of data, at most CRC32_BYTES_MAX. */
static inline uint32_t crc32_update(uint32_t crc, const void *data, size_t bytes)
{
	/* The remainder of each value of four bits. */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *p = data;
	uint32_t state = ~crc;

	for (size_t i = 0; i < bytes; i++) {
		LOOP_BOUND(CRC32_BYTES_MAX);
		state ^= p[i];
		state = table[state & 0xf] ^ state >> 4;
		state = table[state & 0xf] ^ state >> 4;
	}
	return ~state;
}

#endif
