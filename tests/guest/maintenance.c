/* SPDX-License-Identifier: Apache-2.0 */
/* Cache, TLB and address-translation instructions of EL1 do what they should, and harm nothing. */
#include "tests/guest/helper.h"

#define BYTES 4096U

static uint64_t memory[BYTES / 8] __attribute__((aligned(4096)));
static uint64_t zeroed[BYTES / 8] __attribute__((aligned(4096)));

static void fill(void)
{
	for (unsigned i = 0; i < BYTES / 8; i++)
		memory[i] = UINT64_C(0x0101010101010101) * (i % 255 + 1);
}

static bool is_intact(void)
{
	for (unsigned i = 0; i < BYTES / 8; i++)
		if (memory[i] != UINT64_C(0x0101010101010101) * (i % 255 + 1))
			return false;
	return true;
}

/* One instruction that takes an address, over the whole page. */
#define FOR_LINES(instruction, base)                                                                   \
	do {                                                                                           \
		for (uintptr_t line = (uintptr_t)(base); line < (uintptr_t)(base) + BYTES; line += 64) \
			__asm__ volatile(instruction ", %0" ::"r"(line) : "memory");                   \
		dsb(); /* complete before the check */                                                 \
	} while (0)

static void check_caches(void)
{
	exception_catch();
	FOR_LINES("dc cvac", memory);
	FOR_LINES("dc cvau", memory);
	FOR_LINES("dc civac", memory);
	FOR_LINES("ic ivau", memory);
	__asm__ volatile("ic iallu\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	tap_equal(exception_caught().count, 0, "cache maintenance by address is allowed");
	tap_ok(is_intact(), "and memory is intact");
	exception_catch();
	__asm__ volatile("dc csw, %0\n\tdc cisw, %0\n\tdc isw, %0\n\tdsb sy" ::"r"(UINT64_C(0)) : "memory");
	tap_equal(exception_caught().count, 0, "cache maintenance by set and way is");
	tap_ok(is_intact(), "and memory is intact");
}

static void check_zeroing(void)
{
	uint64_t dczid = sysreg_read(dczid_el0);
	uintptr_t block = (uintptr_t)4 << (dczid & 0xf);
	uint64_t left = 0;

	if ((dczid & 0x10) != 0) {
		tap_skip("DC ZVA", "prohibited");
		return;
	}
	for (unsigned i = 0; i < BYTES / 8; i++)
		zeroed[i] = UINT64_MAX;
	for (uintptr_t at = (uintptr_t)zeroed; at < (uintptr_t)zeroed + BYTES; at += block)
		__asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
	for (unsigned i = 0; i < BYTES / 8; i++)
		left |= zeroed[i];
	tap_equal(left, 0, "DC ZVA zeroes");
}

static void check_tlb(void)
{
	uint64_t page = (uintptr_t)memory >> 12;

	exception_catch();
	__asm__ volatile("tlbi vmalle1\n\ttlbi vmalle1is\n\ttlbi vae1, %0\n\ttlbi vae1is, %0\n\ttlbi vaae1, %0\n\t"
			 "tlbi vaale1is, %0\n\ttlbi aside1, %1\n\ttlbi aside1is, %1\n\tdsb sy\n\tisb" ::"r"(page),
			 "r"(UINT64_C(0))
			 : "memory");
	tap_equal(exception_caught().count, 0, "TLB maintenance is allowed");
	tap_ok(is_intact(), "and memory is where it was");
}

static void check_translation(void)
{
	uint64_t par;

	exception_catch();
	__asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(memory) : "memory");
	par = sysreg_read(par_el1);
	tap_equal(exception_caught().count, 0, "address translation is allowed");
	tap_equal(par & 1, 0, "it finds the page");
	tap_equal(par & UINT64_C(0xfffffffff000), (uintptr_t)memory, "and answers the guest's physical address");
}

void guest_main(void)
{
	test_start();
	fill();
	check_caches();
	check_zeroing();
	check_tlb();
	check_translation();
	tap_end();
}
