/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical memory, port/boot.h, and the walk of stage-2 tables as the hardware does it (DDI 0487, D8.2: 4 KiB granule,
 * 39 bits, from level 1). Of the arena only what the core has allocated may be touched: hw_zero is how it begins to use
 * a piece.
 */
#include "arch/host/machine.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/crc32.h"

#define DESC_TABLE_BIT UINT64_C(2)
#define DESC_ADDRESS MASK64(47, 12)
#define VTTBR_ADDRESS MASK64(47, 1)

static uint8_t *ram;
uint8_t host_redistributors[HOST_CPU_MAX * HOST_REDISTRIBUTOR_BYTES];

void host_memory_reset(void)
{
	if (ram != NULL) {
		ASAN_UNPOISON_MEMORY_REGION(host_memory(host.arena_pa), host.arena_bytes);
		munmap(ram, HOST_RAM_BYTES);
	}
	ram = mmap(NULL, HOST_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram == MAP_FAILED)
		abort();
	host.arena_pa = HOST_RAM_PA;
	host.arena_bytes = 0;
}

void *host_memory(uint64_t pa)
{
	if (pa - HOST_RAM_PA >= HOST_RAM_BYTES)
		abort();
	return ram + (pa - HOST_RAM_PA);
}

static bool is_ram(uint64_t pa) { return pa - HOST_RAM_PA < HOST_RAM_BYTES; }

struct boot_blob hw_boot_blob(void)
{
	return (struct boot_blob){.offset = host.config->blob_offset, .bytes = host.config->blob_bytes};
}

const void *hw_map_blob(pa_t at, uint64_t bytes)
{
	(void)bytes;
	return host_memory(at.raw);
}

void *hw_map_device(pa_t at, uint64_t bytes)
{
	(void)at;
	(void)bytes;
	return NULL; /* the port's devices have no registers in memory */
}

/* Nothing is behind these addresses either: hw_irq_init_cpu looks at which one it is given. */
void *hw_map_redistributors(pa_t at, uint64_t bytes)
{
	(void)at;
	if (bytes > sizeof(host_redistributors))
		host_fail("the machine has %u redistributors", HOST_CPU_MAX);
	return host_redistributors;
}

void *hw_map_memory(pa_t at, uint64_t bytes)
{
	(void)bytes;
	return host_memory(at.raw);
}

void *hw_map_arena(pa_t at, uint64_t bytes)
{
	host.arena_pa = at.raw;
	host.arena_bytes = bytes;
	memset(host_memory(at.raw), 0xa5, bytes);
	ASAN_POISON_MEMORY_REGION(host_memory(at.raw), bytes);
	return host_memory(at.raw);
}

void hw_map_stack(uint32_t index, pa_t at)
{
	(void)index;
	(void)at;
}

void hw_map_seal(void) {}

uint32_t hw_crc32(uint32_t crc, const void *data, size_t bytes) { return crc32_update(crc, data, bytes); }

void hw_zero(void *at, uint64_t bytes)
{
	ASAN_UNPOISON_MEMORY_REGION(at, bytes);
	memset(at, 0, bytes);
}

/* A leaf: the address within it, and S2AP. */
static struct host_walk leaf(uint64_t descriptor, uint32_t level, uint64_t ipa)
{
	uint64_t offset = ipa & MASK64(38 - 9 * level, 0);
	return (struct host_walk){
		.pa = (descriptor & DESC_ADDRESS & ~MASK64(38 - 9 * level, 0)) | offset,
		.level = level,
		.is_mapped = true,
		.is_readable = bits_get(descriptor, 6, 6) != 0,
		.is_writable = bits_get(descriptor, 7, 7) != 0,
	};
}

struct host_walk host_translate(uint64_t ipa)
{
	uint64_t table = here->world.vttbr & VTTBR_ADDRESS;
	if (bits_get(ipa, 63, 39) != 0)
		return (struct host_walk){.level = 0};
	for (uint32_t level = 1; level <= 3; level++) {
		const uint64_t *entries = host_memory(table);
		uint64_t descriptor = entries[bits_get(ipa, 47 - 9 * level, 39 - 9 * level)];
		bool is_table = (descriptor & DESC_TABLE_BIT) != 0;
		if ((descriptor & 1) == 0 || (level == 3 && !is_table))
			return (struct host_walk){.level = level};
		if (level == 3 || !is_table)
			return leaf(descriptor, level, ipa);
		table = descriptor & DESC_ADDRESS;
		if (!is_ram(table))
			return (struct host_walk){.level = level};
	}
	return (struct host_walk){.level = 3};
}
