/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator. Boot CPU, boot only. */
#include "core/arena.h"

#include "base/assert.h"
#include "base/bits.h"
#include "port/cpu.h"

#define LINE_BYTES 64U
#define PAGE_BYTES 4096U

static struct {
	uint8_t *base;
	pa_t base_pa;
	uint64_t bytes;
	uint64_t used;
} arena;

void arena_init(void *base, pa_t base_pa, uint64_t bytes)
{
	arena.base = base;
	arena.base_pa = base_pa;
	arena.bytes = bytes;
	arena.used = 0;
}

static void *take(uint64_t bytes, uint64_t alignment)
{
	uint64_t at = align_up(arena.used, alignment);
	uint64_t size = align_up(bytes, LINE_BYTES);
	ASSERT(size <= arena.bytes && at <= arena.bytes - size);
	arena.used = at + size;
	hw_zero(arena.base + at, size);
	return arena.base + at;
}

void *arena_alloc(uint64_t bytes) { return take(bytes, LINE_BYTES); }
void *arena_alloc_pages(uint32_t pages) { return take((uint64_t)pages * PAGE_BYTES, PAGE_BYTES); }

pa_t arena_pa(const void *at) { return pa_add(arena.base_pa, (uint64_t)((const uint8_t *)at - arena.base)); }
