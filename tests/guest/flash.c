/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flash as firmware uses it: read as memory by any instruction, programmed and erased by commands, kept over a
 * restart; and what is beside it, memory that can't be written, and memory that can and is restored. Built for
 * tests/guest/flash.dts, whose flash begins with the text of this file.
 */
#include "guests/runtime/mmio.h"
#include "tests/guest/helper.h"

#define ROM 0x02000000UL
#define LOOSE 0x02001000UL
#define FLASH 0x04000000UL
#define FLASH_BYTES 0x200000UL
#define BLOCK 0x40000UL
#define AT (FLASH + BLOCK) /* the block that is played with */
#define KEPT (FLASH + 4 * BLOCK)
#define MARK 0x600dcafeU

#define BOTH(command) ((command) | (command) << 16) /* chips */
#define READY BOTH(0x80U)

static void command(uint64_t at, uint32_t value) { mmio_write32(at, BOTH(value)); }

static void program(uint64_t at, uint32_t value)
{
	command(at, 0x40);
	mmio_write32(at, value);
}

static void erase(uint64_t at)
{
	command(at, 0x20);
	command(at, 0xd0);
}

static void end_command(void) { command(FLASH, 0xff); }

struct pair {
	uint64_t first, second;
};

/* What no syndrome describes. */
static struct pair load_pair(uint64_t at)
{
	struct pair p;
	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(p.first), "=&r"(p.second) : "r"(at) : "memory");
	return p;
}

static void store_pair(uint64_t at) { __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(at) : "memory"); }

static bool faults(void (*access)(uint64_t at), uint64_t at)
{
	exception_catch();
	access(at);
	return exception_caught().count != 0;
}

static void load_as_pair(uint64_t at) { (void)load_pair(at); }
static void store_word(uint64_t at) { mmio_write32(at, 0); }

static void read_as_memory(void)
{
	tap_equal(mmio_read8(FLASH), '/', "it begins with its file");
	tap_equal(mmio_read64(FLASH + FLASH_BYTES - 8), UINT64_MAX, "and is erased behind it");
	struct pair p = load_pair(FLASH);
	tap_ok(p.first == mmio_read64(FLASH) && p.second == mmio_read64(FLASH + 8), "a pair is loaded at once");
}

static void obey(void)
{
	command(AT, 0x70);
	tap_equal(mmio_read32(AT), READY, "its status is ready");
	tap_ok(faults(load_as_pair, AT), "in a command a pair can't be loaded");
	erase(AT);
	program(AT, MARK);
	tap_equal(mmio_read32(AT), READY, "behind a word's programming comes the status");
	end_command();
	tap_equal(mmio_read32(AT), MARK, "then the word is there");
	tap_equal(load_pair(AT).first, UINT64_C(0xffffffff00000000) | MARK, "for a pair too");
	program(AT, 0xffff0000);
	end_command();
	tap_equal(mmio_read32(AT), MARK & 0xffff0000, "programming makes zeros only");
	erase(AT);
	end_command();
	tap_equal(mmio_read64(AT), UINT64_MAX, "erasure makes ones");
	tap_equal(mmio_read8(FLASH), '/', "of its own block only");
}

static void use_buffer(void)
{
	command(AT + 64, 0xe8);
	tap_equal(mmio_read32(AT + 64), READY, "its buffer is free");
	command(AT + 64, 3);
	for (uint32_t i = 0; i < 4; i++)
		mmio_write32(AT + 64 + 4 * i, i);
	command(AT + 64, 0xd0);
	tap_equal(mmio_read32(AT), READY, "the buffer is programmed");
	end_command();
	tap_ok(mmio_read32(AT + 60) == UINT32_MAX && mmio_read32(AT + 64) == 0 && mmio_read32(AT + 76) == 3 &&
		       mmio_read32(AT + 80) == UINT32_MAX,
	       "where it belongs");
	command(AT, 0x20);
	command(AT, 0x70);
	tap_equal(mmio_read32(AT), BOTH(0xb0U), "half a command is an error");
	command(AT, 0x50);
	tap_equal(mmio_read32(AT), READY, "until it is cleared");
	end_command();
}

static void identify(void)
{
	command(FLASH, 0x90);
	tap_equal(mmio_read32(FLASH), BOTH(0x89U), "it is Intel's");
	command(FLASH, 0x98);
	tap_ok(mmio_read32(FLASH + 0x40) == BOTH((uint32_t)'Q') && mmio_read32(FLASH + 0x44) == BOTH((uint32_t)'R') &&
		       mmio_read32(FLASH + 0x48) == BOTH((uint32_t)'Y'),
	       "it answers the common query");
	tap_equal(mmio_read32(FLASH + 4 * 0x27), BOTH(20U), "each chip has 1 MiB");
	end_command();
}

/* None of it keeps the flash from being read afterwards. */
static void abuse(void)
{
	tap_ok(faults(store_word, ROM), "what can't be written can't");
	tap_equal(load_pair(FLASH).first, mmio_read64(FLASH), "and the flash is there behind it");
	tap_ok(faults(store_pair, AT), "a pair can't be stored");
	tap_equal(load_pair(FLASH).first, mmio_read64(FLASH), "and the flash is there behind it");
	__asm__ volatile("dc civac, %0" ::"r"(AT) : "memory");
	tap_equal(mmio_read32(LOOSE), UINT32_MAX, "writable memory is erased at first");
	mmio_write32(LOOSE, MARK);
	tap_equal(mmio_read32(LOOSE), MARK, "and takes what is written");
}

/* The first life leaves something everywhere, and its reset comes in the middle of a command. */
static void first_life(void)
{
	program(KEPT, MARK);
	mmio_write32(LOOSE, MARK);
	command(KEPT, 0x70);
	smccc_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	print("not ok 1 - SYSTEM_RESET came back\n");
}

void guest_main(void)
{
	test_start();
	if (mmio_read32(KEPT) != MARK)
		first_life();
	tap_equal(mmio_read32(KEPT), MARK, "a restart leaves the flash as it was");
	tap_equal(mmio_read32(LOOSE), UINT32_MAX, "and brings back writable memory");
	read_as_memory();
	identify();
	obey();
	use_buffer();
	abuse();
	tap_end();
}
