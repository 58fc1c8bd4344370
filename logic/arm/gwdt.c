/* SPDX-License-Identifier: Apache-2.0 */
/* See gwdt.h. */
#include "logic/arm/gwdt.h"

#include "base/bits.h"

#define WRR 0x000U /* refresh frame: a write is a refresh */
#define WCS 0x000U /* control frame */
#define WOR_LOW 0x008U
#define WOR_HIGH 0x00cU
#define WCV_LOW 0x010U
#define WCV_HIGH 0x014U
#define W_IIDR 0xfccU /* both frames */

#define WCS_EN BIT32(0)
#define WCS_WS0 BIT32(1)
#define WCS_WS1 BIT32(2)
#define OFFSET_HIGH 0xffffU
#define IIDR_VALUE 0x1043bU /* version 1; implementer and the rest as the interrupt controller's */

void gwdt_advance(struct gwdt *w, ticks_t now)
{
	if (!w->enabled || w->ws1 || now.raw <= w->compare)
		return;
	if (w->ws0) {
		w->ws1 = true;
		return;
	}
	w->ws0 = true;
	w->compare = now.raw + w->offset;
}

void gwdt_restart(struct gwdt *w, ticks_t now)
{
	if (w->enabled)
		w->compare = now.raw + w->offset;
}

ticks_t gwdt_due(const struct gwdt *w)
{
	if (!w->enabled || w->ws1 || w->compare == UINT64_MAX)
		return TICKS_NEVER;
	return ticks(w->compare + 1);
}

static void refresh(struct gwdt *w, ticks_t now)
{
	w->ws0 = false;
	w->ws1 = false;
	w->compare = now.raw + w->offset;
}

static uint32_t read_word(const struct gwdt *w, enum gwdt_frame frame, uint64_t offset)
{
	if (offset == W_IIDR)
		return IIDR_VALUE;
	if (frame == GWDT_REFRESH)
		return 0;
	switch (offset) {
	case WCS:
		return (w->enabled ? WCS_EN : 0) | (w->ws0 ? WCS_WS0 : 0) | (w->ws1 ? WCS_WS1 : 0);
	case WOR_LOW:
		return (uint32_t)w->offset;
	case WOR_HIGH:
		return (uint32_t)(w->offset >> 32);
	case WCV_LOW:
		return (uint32_t)w->compare;
	case WCV_HIGH:
		return (uint32_t)(w->compare >> 32);
	default:
		return 0;
	}
}

static void write_control(struct gwdt *w, uint64_t offset, uint32_t value, ticks_t now)
{
	switch (offset) {
	case WCS:
		w->enabled = (value & WCS_EN) != 0;
		refresh(w, now);
		break;
	case WOR_LOW:
		w->offset = bits_set(w->offset, 31, 0, value);
		refresh(w, now);
		break;
	case WOR_HIGH:
		w->offset = bits_set(w->offset, 47, 32, value & OFFSET_HIGH);
		refresh(w, now);
		break;
	case WCV_LOW:
		w->compare = bits_set(w->compare, 31, 0, value);
		break;
	case WCV_HIGH:
		w->compare = bits_set(w->compare, 63, 32, value);
		break;
	default:
		break;
	}
}

static void write_word(struct gwdt *w, enum gwdt_frame frame, uint64_t offset, uint32_t value, ticks_t now)
{
	if (frame == GWDT_CONTROL)
		write_control(w, offset, value, now);
	else if (offset == WRR)
		refresh(w, now);
}

/* Of 4 or 8 bytes, and aligned to words. */
static bool is_words(uint64_t offset, uint32_t bytes) { return is_aligned(offset, 4) && (bytes == 4 || bytes == 8); }

uint64_t gwdt_read(const struct gwdt *w, enum gwdt_frame frame, uint64_t offset, uint32_t bytes)
{
	if (!is_words(offset, bytes))
		return 0;
	uint64_t value = read_word(w, frame, offset);
	return bytes == 4 ? value : value | (uint64_t)read_word(w, frame, offset + 4) << 32;
}

void gwdt_write(struct gwdt *w, enum gwdt_frame frame, uint64_t offset, uint32_t bytes, uint64_t value, ticks_t now)
{
	if (!is_words(offset, bytes))
		return;
	write_word(w, frame, offset, (uint32_t)value, now);
	if (bytes == 8)
		write_word(w, frame, offset + 4, (uint32_t)(value >> 32), now);
}
