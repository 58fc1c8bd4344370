/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of distributor and redistributor: values at reset, and what writes leave (IHI 0069, chapter 12). */
#include "tests/guest/helper.h"

#define WORD_INTID 64U /* of a word of SPIs that no device uses */
#define ALL 0xffffffffU

static uint32_t words_or(unsigned reg, unsigned first, unsigned words)
{
	uint32_t seen = 0;

	for (unsigned i = 0; i < words; i++)
		seen |= gic_read_word(reg, first + 32 * i);
	return seen;
}

static void check_reset_values(void)
{
	uint32_t priorities = 0;
	unsigned words = mmio_read32(GICD_BASE + GICD_TYPER) & 0x1f;

	for (unsigned i = 0; i < 32 * (words + 1); i += 4)
		priorities |= mmio_read32(gic_frame(i) + GICD_IPRIORITYR + i);
	tap_equal(priorities, 0, "all priorities are 0 at reset");
	tap_equal(words_or(GICD_ISENABLER, 32, words), 0, "no SPI is enabled at reset");
	tap_equal(gic_read_word(GICD_ISENABLER, 16) >> 16, 0, "no PPI is enabled at reset");
	tap_equal(words_or(GICD_ISACTIVER, 0, words + 1), 0, "nothing is active at reset");
	tap_equal(words_or(GICD_IGROUPR, 0, words + 1), 0, "all are in group 0 at reset");
	tap_ok((mmio_read32(GICD_BASE + GICD_CTLR) & GICD_CTLR_DS) != 0, "GICD_CTLR.DS is 1: one security state");
	tap_equal(mmio_read32(GICD_BASE + GICD_CTLR) & 3, 0, "both groups are disabled at reset");
}

static void check_identification(void)
{
	uint64_t typer = mmio_read64(gic_redistributor(0) + GICR_TYPER);

	tap_equal(mmio_read32(GICD_BASE + GICD_PIDR2) >> 4 & 0xf, 3, "GICD_PIDR2 says GICv3");
	tap_equal(mmio_read32(GICR_BASE + GICR_PIDR2) >> 4 & 0xf, 3, "GICR_PIDR2 says GICv3");
	/* The emulated board says 7 although it has SPIs up to INTID 287. */
	tap_ok((mmio_read32(GICD_BASE + GICD_TYPER) & 0x1f) >= 7, "GICD_TYPER has at least 224 SPIs");
	tap_equal(typer >> 32, 0, "GICR_TYPER has affinity 0.0.0.0");
	tap_equal(mmio_read32(gic_redistributor(0) + GICR_TYPER + 4), 0, "its upper word can be read alone");
}

static void check_set_and_clear(unsigned set, unsigned clear, unsigned intid, uint32_t bits, const char *what)
{
	gic_write_word(clear, intid, ALL);
	gic_write_word(set, intid, bits);
	gic_write_word(set, intid, 0);
	tap_equal(gic_read_word(set, intid), bits, what);
	tap_equal(gic_read_word(clear, intid), bits, "and the clearing register reads the same");
	gic_write_word(clear, intid, bits & 0x00ff00ffU);
	tap_equal(gic_read_word(set, intid), bits & 0xff00ff00U, "and ones clear, zeros do not");
	gic_write_word(clear, intid, ALL);
	tap_equal(gic_read_word(set, intid), 0, "and all of them");
}

static void check_priorities(void)
{
	uintptr_t address = GICD_BASE + GICD_IPRIORITYR + WORD_INTID;

	mmio_write32(address, 0x40608020U);
	tap_equal(mmio_read32(address), 0x40608020U, "priorities by word");
	mmio_write8(address + 2, 0xa0);
	tap_equal(mmio_read32(address), 0x40a08020U, "a byte changes one priority");
	tap_equal(mmio_read8(address + 3), 0x40, "a byte is read alone");
	mmio_write8(address, 0xff);
	tap_equal(mmio_read8(address) & 0xf8U, 0xf8, "five bits are implemented");
	gic_set_priority(5, 0x38);
	tap_equal(gic_priority(5), 0x38, "priority of an SGI");
}

static void check_configuration(void)
{
	tap_equal(mmio_read32(gic_frame(0) + GICD_ICFGR), 0xaaaaaaaaU, "SGIs are edge-triggered");
	mmio_write32(GICD_BASE + GICD_ICFGR + 4 * (WORD_INTID / 16), 0xffffffffU);
	tap_equal(mmio_read32(GICD_BASE + GICD_ICFGR + 4 * (WORD_INTID / 16)) & 0xaaaaaaaaU, 0xaaaaaaaaU,
		  "SPIs can be edge-triggered");
	mmio_write32(GICD_BASE + GICD_ICFGR + 4 * (WORD_INTID / 16), 0);
	tap_equal(mmio_read32(GICD_BASE + GICD_ICFGR + 4 * (WORD_INTID / 16)), 0, "and level-sensitive");
	mmio_write64(GICD_BASE + GICD_IROUTER + 8 * WORD_INTID, UINT64_C(1) << 31);
	tap_equal(mmio_read64(GICD_BASE + GICD_IROUTER + 8 * WORD_INTID), UINT64_C(1) << 31, "IROUTER keeps IRM");
	mmio_write64(GICD_BASE + GICD_IROUTER + 8 * WORD_INTID, 0);
	tap_equal(mmio_read64(GICD_BASE + GICD_IROUTER + 8 * WORD_INTID), 0, "and affinity 0.0.0.0");
}

static void check_reserved(void)
{
	mmio_write32(GICD_BASE + GICD_ISENABLER, ALL);
	tap_equal(mmio_read32(GICD_BASE + GICD_ISENABLER), 0, "SGIs and PPIs are not in the distributor");
	mmio_write32(GICD_BASE + GICD_ISENABLER + 4 * 20, ALL);
	tap_equal(mmio_read32(GICD_BASE + GICD_ISENABLER + 4 * 20), 0, "there are no enables past the last SPI");
	tap_equal(mmio_read32(GICD_BASE + GICD_CTLR) & GICD_CTLR_RWP, 0, "no write is in progress");
}

void guest_main(void)
{
	check_identification();
	check_reset_values();
	test_start();
	check_set_and_clear(GICD_ISENABLER, GICD_ICENABLER, WORD_INTID, 0xa5c3f00fU, "SPIs are enabled");
	check_set_and_clear(GICD_ISPENDR, GICD_ICPENDR, WORD_INTID, 0x5ac3f00fU, "SPIs are made pending");
	check_set_and_clear(GICD_ISACTIVER, GICD_ICACTIVER, WORD_INTID, 0x5ac3f00fU, "SPIs are made active");
	check_set_and_clear(GICD_ISENABLER, GICD_ICENABLER, 0, 0x4800a55aU, "SGIs and PPIs are enabled");
	check_set_and_clear(GICD_ISACTIVER, GICD_ICACTIVER, 0, 0x0000a55aU, "SGIs are made active");
	gic_write_word(GICD_IGROUPR, WORD_INTID, 0x00ff1234U);
	tap_equal(gic_read_word(GICD_IGROUPR, WORD_INTID), 0x00ff1234U, "IGROUPR keeps what is written");
	check_priorities();
	check_configuration();
	check_reserved();
	tap_end();
}
