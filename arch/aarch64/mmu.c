/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds EL2's translation tables: 4 KiB granule, 39-bit addresses (D8.3). No page is both writable and executable
 * (SCTLR_EL2.WXN enforces it), nothing of a guest is mapped. Boot CPU only.
 */
#include "arch/aarch64/mmu.h"

#include <stddef.h>

#include "abi/blob.h"
#include "abi/image.h"
#include "arch/aarch64/frame.h"
#include "arch/aarch64/local.h"
#include "arch/aarch64/sysreg.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/bound.h"
#include "port/boot.h"
#include "port/cpu.h"

#define TABLE_ENTRIES 512U
#define PAGE_BYTES UINT64_C(0x1000)
#define BLOCK_BYTES UINT64_C(0x200000)
#define WINDOW_ENTRIES 512U

#define DESC_TABLE UINT64_C(3)
#define DESC_PAGE UINT64_C(3)
#define DESC_BLOCK UINT64_C(1)
#define DESC_DEVICE BIT64(2) /* MAIR_EL2 attribute 1 */
#define DESC_AP1 BIT64(6)    /* RES1 at EL2 */
#define DESC_READ_ONLY BIT64(7)
#define DESC_INNER (UINT64_C(3) << 8)
#define DESC_ACCESSED BIT64(10)
#define DESC_NO_EXECUTE BIT64(54)

#define NORMAL_RX (DESC_AP1 | DESC_READ_ONLY | DESC_INNER | DESC_ACCESSED)
#define NORMAL_RO (NORMAL_RX | DESC_NO_EXECUTE)
#define NORMAL_RW (DESC_AP1 | DESC_INNER | DESC_ACCESSED | DESC_NO_EXECUTE)
#define DEVICE_RW (DESC_AP1 | DESC_ACCESSED | DESC_NO_EXECUTE | DESC_DEVICE)

struct table {
	_Alignas(4096) uint64_t entry[TABLE_ENTRIES];
};

#define IN_TABLES __attribute__((section(".bss.tables")))
struct table level1 IN_TABLES; /* start.S begins other CPUs with it */
static struct table level2 IN_TABLES;
static struct table identity2 IN_TABLES;
static struct table image3 IN_TABLES;
static struct table blob3 IN_TABLES;
static struct table device3 IN_TABLES;
static struct table redist3 IN_TABLES;
static struct table stack3 IN_TABLES;

extern const uint64_t image_blob_offset, image_blob_bytes, image_uart_pa; /* filled in by `takt build` */
extern char image_start[], text_end[], rodata_end[], data_end[], tables_start[], tables_end[];
extern char boot_stack[], boot_stack_top[], panic_stack[], panic_stack_top[];

/* Where the image lies; written before the MMU is on, read after. */
static uint64_t image_base_pa;
static uint32_t device_pages_used;

struct local locals[BLOB_CPU_MAX]; /* by CPU; start.S has TPIDR_EL2 point into it */

_Static_assert(sizeof(struct local) == 1U << LOCAL_BYTES_SHIFT, "start.S indexes it");
_Static_assert(offsetof(struct local, panic_stack_top) == LOCAL_PANIC_STACK, "vectors.S uses this offset");

static unsigned level1_index(uint64_t va) { return (unsigned)bits_get(va, 38, 30); }
static unsigned level2_index(uint64_t va) { return (unsigned)bits_get(va, 29, 21); }

/* Physical address of a table, whether the MMU is on or not: the offset in the image is the same. */
static uint64_t table_pa(uint64_t image_pa, const struct table *t)
{
	return image_pa + (uint64_t)((const char *)t - image_start);
}

/* Maps the pages of the image from offset `from` to `to`, which are addresses of linker symbols. */
static void map_image(uint64_t image_pa, const char *from, const char *to, uint64_t attributes)
{
	uint64_t offset = (uint64_t)(from - image_start);
	uint64_t end = (uint64_t)(to - image_start);
	for (; offset < end; offset += PAGE_BYTES) {
		LOOP_BOUND(512);
		image3.entry[offset / PAGE_BYTES] = (image_pa + offset) | attributes | DESC_PAGE;
	}
}

/* Says why, with the MMU off. */
static _Noreturn void refuse(void)
{
	if (image_uart_pa != 0)
		hw_early_console_init((void *)image_uart_pa);
	hw_early_print("takt: the image must begin at a multiple of 2 MiB below 512 GiB, and not at 256 GiB\n");
	hw_halt();
}

uint64_t mmu_build(uint64_t image_pa)
{
	if (!IMAGE_PA_IS_OK(image_pa))
		refuse();
	image_base_pa = image_pa;
	map_image(image_pa, image_start, text_end, NORMAL_RX);
	map_image(image_pa, text_end, rodata_end, NORMAL_RO);
	map_image(image_pa, rodata_end, data_end, NORMAL_RW);
	map_image(image_pa, boot_stack, boot_stack_top, NORMAL_RW);
	map_image(image_pa, panic_stack, panic_stack_top, NORMAL_RW);

	level1.entry[level1_index(EL2_VA_IMAGE)] = table_pa(image_pa, &level2) | DESC_TABLE;
	level2.entry[level2_index(EL2_VA_IMAGE)] = table_pa(image_pa, &image3) | DESC_TABLE;
	level2.entry[level2_index(EL2_VA_BLOB)] = table_pa(image_pa, &blob3) | DESC_TABLE;
	level2.entry[level2_index(EL2_VA_DEVICE)] = table_pa(image_pa, &device3) | DESC_TABLE;
	level2.entry[level2_index(EL2_VA_REDIST)] = table_pa(image_pa, &redist3) | DESC_TABLE;
	level2.entry[level2_index(EL2_VA_STACKS)] = table_pa(image_pa, &stack3) | DESC_TABLE;

	level1.entry[level1_index(image_pa)] = table_pa(image_pa, &identity2) | DESC_TABLE;
	identity2.entry[level2_index(image_pa)] = image_pa | NORMAL_RX | DESC_BLOCK;
	return table_pa(image_pa, &level1);
}

struct boot_blob hw_boot_blob(void)
{
	return (struct boot_blob){.offset = image_blob_offset, .bytes = image_blob_bytes, .uart_pa = image_uart_pa};
}

/* Maps pages into a level-3 table from its entry `first`; the entries were invalid, so no TLB entry can be stale. */
static void map_pages(struct table *t, uint32_t first, pa_t at, uint64_t bytes, uint64_t attributes)
{
	uint64_t pages = align_up(bytes, PAGE_BYTES) / PAGE_BYTES;
	ASSERT(is_aligned(at.raw, PAGE_BYTES) && first + pages <= TABLE_ENTRIES);
	for (uint64_t i = 0; i < pages; i++) {
		LOOP_BOUND(512);
		t->entry[first + i] = (at.raw + i * PAGE_BYTES) | attributes | DESC_PAGE;
	}
	dsb_ish(); /* the stores before the walks of the accesses that follow */
	isb();
}

const void *hw_map_blob(pa_t at, uint64_t bytes)
{
	map_pages(&blob3, 0, at, bytes, NORMAL_RO);
	return (const void *)EL2_VA_BLOB;
}

static void *map_device_window(pa_t at, uint64_t bytes, uint64_t attributes)
{
	uint32_t first = device_pages_used;
	map_pages(&device3, first, at, bytes, attributes);
	device_pages_used += (uint32_t)(align_up(bytes, PAGE_BYTES) / PAGE_BYTES);
	return (void *)(EL2_VA_DEVICE + first * PAGE_BYTES);
}

void *hw_map_device(pa_t at, uint64_t bytes) { return map_device_window(at, bytes, DEVICE_RW); }
void *hw_map_memory(pa_t at, uint64_t bytes) { return map_device_window(at, bytes, NORMAL_RW); }

void *hw_map_redistributors(pa_t at, uint64_t bytes)
{
	map_pages(&redist3, 0, at, bytes, DEVICE_RW);
	return (void *)EL2_VA_REDIST;
}

_Static_assert(HW_STACK_PAGES == 3, "two of a stack, one of the panic stack");

void hw_map_stack(uint32_t index, pa_t at)
{
	uint32_t slot_pages = (1U << EL2_STACK_SLOT_SHIFT) / (uint32_t)PAGE_BYTES;
	uint32_t first = index * slot_pages;
	map_pages(&stack3, first + 1, at, PAGE_BYTES, NORMAL_RW);
	map_pages(&stack3, first + slot_pages - 2, pa_add(at, PAGE_BYTES), 2 * PAGE_BYTES, NORMAL_RW);
	locals[index].panic_stack_top = EL2_VA_STACKS + (first + 2) * PAGE_BYTES;
}

void *hw_map_arena(pa_t at, uint64_t bytes)
{
	ASSERT(is_aligned(at.raw, BLOCK_BYTES) && bytes <= EL2_VA_END - EL2_VA_ARENA);
	for (uint64_t done = 0; done < bytes; done += BLOCK_BYTES) {
		LOOP_BOUND(512);
		level2.entry[level2_index(EL2_VA_ARENA + done)] = (at.raw + done) | NORMAL_RW | DESC_BLOCK;
	}
	dsb_ish(); /* as in map_pages */
	isb();
	return (void *)EL2_VA_ARENA;
}

uint64_t mmu_pa_of(const char *symbol) { return image_base_pa + (uint64_t)(symbol - image_start); }

void hw_map_seal(void)
{
	level1.entry[level1_index(image_base_pa)] = 0;
	map_image(image_base_pa, tables_start, tables_end, NORMAL_RO);
	dsb_ish();                                     /* the stores before the invalidation */
	__asm__ volatile("tlbi alle2is" ::: "memory"); /* the other CPUs have walked these tables too */
	dsb_ish();                                     /* the invalidation before what follows */
	isb();
}
