/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GICv3 (IHI 0069), affinity routing, Group 1, priority drop and deactivation split (EOImode 1), as
 * port/irq.h promises it. Priorities use the upper four bits only, the least that a board may implement in its
 * non-secure view:
 *
 *     0x10         EL2's own: deadline, maintenance, guest timers
 *     0x20 + 0x10 * band    lines and kicks, by the rank of their owner
 *
 * Kicks have the priority of a band of lines. State: where the register blocks are mapped, written at boot; each CPU
 * knows its redistributor (arch/aarch64/local.h).
 */
#include "port/irq.h"

#include "arch/aarch64/local.h"
#include "arch/aarch64/sysreg.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/bound.h"
#include "drv/gicv3/registers.h"

#define ALL_BITS UINT32_C(0xffffffff)
#define BOOT_POLLS 1000000U /* reads of a status bit before the controller counts as broken */

static volatile uint8_t *gicd;

volatile uint8_t *gic_distributor(void) { return gicd; }

static void wait_clear(volatile uint8_t *base, uint32_t offset, uint32_t bits)
{
	for (uint32_t polls = 0; (read32(base, offset) & bits) != 0; polls++) {
		LOOP_BOUND(BOOT_POLLS);
		ASSERT(polls < BOOT_POLLS);
	}
}

void hw_irq_init(void *distributor)
{
	gicd = distributor;
	write32(gicd, GICD_CTLR, 0);
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	write32(gicd, GICD_CTLR, GICD_CTLR_ARE);
	uint32_t words = (uint32_t)bits_get(read32(gicd, GICD_TYPER), 4, 0) + 1;
	for (uint32_t i = 1; i < words; i++) {
		LOOP_BOUND(32);
		write32(gicd, GICD_ICENABLER + 4 * i, ALL_BITS);
		write32(gicd, GICD_ICPENDR + 4 * i, ALL_BITS);
		write32(gicd, GICD_ICACTIVER + 4 * i, ALL_BITS);
		write32(gicd, GICD_IGROUPR + 4 * i, ALL_BITS);
	}
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	write32(gicd, GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
}

static void interface_init(void)
{
	/* System registers, for EL1 too; then EL1's own switch (ICC_SRE_EL1) traps, for it is not the guests' to turn.
	 */
	__asm__ volatile("msr S3_4_C12_C9_5, %0" ::"r"(UINT64_C(0xf))); /* ICC_SRE_EL2 */
	isb();
	__asm__ volatile("msr S3_0_C12_C12_5, %0" ::"r"(UINT64_C(0x7))); /* ICC_SRE_EL1 */
	isb();
	__asm__ volatile("msr S3_4_C12_C9_5, %0" ::"r"(UINT64_C(0x7)));
	isb();
	__asm__ volatile("msr S3_0_C12_C9_0, %0" ::"r"(UINT64_C(0)));  /* ICC_AP1R0_EL1: nothing is active */
	__asm__ volatile("msr S3_0_C12_C12_4, %0" ::"r"(UINT64_C(2))); /* ICC_CTLR_EL1: EOImode 1 */
	__asm__ volatile(
		"msr S3_0_C12_C12_3, %0" ::"r"(UINT64_C(0))); /* ICC_BPR1_EL1: every implemented bit preempts */
	__asm__ volatile("msr S3_0_C12_C12_7, %0" ::"r"(UINT64_C(1))); /* ICC_IGRPEN1_EL1 */
	hw_irq_mask(hw_irq_mask_of(IRQ_BANDS));
	isb();
}

static const uint64_t no_list_register[16]; /* as many as a CPU can have */

/* Aff3 to Aff0 in one word, as GICR_TYPER has them. */
static uint32_t packed_affinity(void)
{
	uint64_t mpidr = sysreg_read(mpidr_el1);
	return (uint32_t)(bits_get(mpidr, 39, 32) << 24 | bits_get(mpidr, 23, 0));
}

/* Time comes first, so that whatever else EL2 is interrupted for over and over ends with a turn or a budget. */
static uint32_t private_priority(uint32_t intid)
{
	if (intid == IRQ_DEADLINE)
		return PRIORITY_TIME;
	return intid < IRQ_KICKS ? PRIORITY_BAND_FIRST + irq_kick_band(intid) * PRIORITY_STEP : PRIORITY_OWN;
}

void hw_irq_init_cpu(void *redistributor)
{
	volatile uint8_t *gicr = redistributor;
	ASSERT(read32(gicr, GICR_TYPER_AFFINITY) == packed_affinity()); /* in the order of the CPUs, as the blob says */
	local()->redistributor = gicr;
	write32(gicr, GICR_WAKER, read32(gicr, GICR_WAKER) & ~GICR_WAKER_SLEEP);
	wait_clear(gicr, GICR_WAKER, GICR_WAKER_CHILDREN);
	write32(gicr, GICR_SGI_BASE + GICD_ICENABLER, ALL_BITS);
	write32(gicr, GICR_SGI_BASE + GICD_ICPENDR, ALL_BITS);
	write32(gicr, GICR_SGI_BASE + GICD_ICACTIVER, ALL_BITS);
	write32(gicr, GICR_SGI_BASE + GICD_IGROUPR, ALL_BITS);
	for (uint32_t i = 0; i < 32; i++) {
		LOOP_BOUND(32);
		*(gicr + GICR_SGI_BASE + GICD_IPRIORITYR + i) = (uint8_t)private_priority(i);
	}
	interface_init();
	hw_lr_load(no_list_register);
	write32(gicr, GICR_SGI_BASE + GICD_ISENABLER,
		BIT32(IRQ_MAINTENANCE) | BIT32(IRQ_DEADLINE) | IRQ_GUEST_TIMERS | (BIT32(IRQ_KICKS) - 1));
}

uint32_t hw_irq_acknowledge(void)
{
	uint64_t intid;
	__asm__ volatile("mrs %0, S3_0_C12_C12_0" : "=r"(intid)); /* ICC_IAR1_EL1 */
	return (uint32_t)intid;
}

void hw_irq_drop(uint32_t intid)
{
	__asm__ volatile("msr S3_0_C12_C12_1, %0" ::"r"((uint64_t)intid)); /* ICC_EOIR1_EL1 */
}

void hw_irq_deactivate(uint32_t intid)
{
	/* What silenced a level line, a device's register or a system register, is done before it is asked again. */
	__asm__ volatile("dsb sy\n\tisb\n\tmsr S3_0_C12_C11_1, %0" ::"r"((uint64_t)intid) : "memory"); /* ICC_DIR_EL1 */
}

/* Fields of ICC_SGI1R_EL1: an affinity, whose Aff0 is below 16 by the configuration's rules, and a list of one target.
 */
void hw_irq_kick(uint64_t affinity, uint32_t kick)
{
	uint64_t value = bits_get(affinity, 39, 32) << 48 | bits_get(affinity, 23, 16) << 32 |
			 bits_get(affinity, 15, 8) << 16 | UINT64_C(1) << bits_get(affinity, 3, 0) |
			 (uint64_t)kick << 24;
	__asm__ volatile("dsb ishst\n\t"              /* what the kick is for is visible before it */
			 "msr S3_0_C12_C11_5, %0\n\t" /* ICC_SGI1R_EL1 */
			 "isb" ::"r"(value)
			 : "memory");
}

void hw_irq_line_init(uint32_t intid, uint32_t band, bool edge, uint64_t affinity)
{
	uint32_t shift = 2 * (intid % 16);
	uint32_t config = read32(gicd, GICD_ICFGR + 4 * (intid / 16)) & ~(3U << shift);
	write32(gicd, GICD_ICFGR + 4 * (intid / 16), config | (edge ? 2U << shift : 0));
	*(volatile uint8_t *)(gicd + GICD_IPRIORITYR + intid) = (uint8_t)(PRIORITY_BAND_FIRST + band * PRIORITY_STEP);
	*(volatile uint64_t *)(gicd + GICD_IROUTER + 8 * (uint64_t)intid) = affinity;
}

void hw_irq_lines_enable(uint32_t word, uint32_t bits) { write32(gicd, GICD_ISENABLER + 4 * word, bits); }
void hw_irq_lines_disable(uint32_t word, uint32_t bits) { write32(gicd, GICD_ICENABLER + 4 * word, bits); }

bool hw_irq_line_take(uint32_t intid)
{
	uint32_t word = 4 * (intid / 32);
	uint32_t bit = BIT32(intid % 32);
	if ((read32(gicd, GICD_ISPENDR + word) & ~read32(gicd, GICD_ISACTIVER + word) & bit) == 0)
		return false;
	write32(gicd, GICD_ICPENDR + word, bit); /* an edge from here on is another one; a level stays */
	write32(gicd, GICD_ISACTIVER + word, bit);
	return true;
}

void hw_irq_lines_clear(uint32_t word, uint32_t bits)
{
	write32(gicd, GICD_ICPENDR + 4 * word, bits);
	write32(gicd, GICD_ICACTIVER + 4 * word, bits);
}

void hw_irq_private_enable(uint32_t bits) { write32(local()->redistributor, GICR_SGI_BASE + GICD_ISENABLER, bits); }

void hw_irq_private_activate(uint32_t bits)
{
	write32(local()->redistributor, GICR_SGI_BASE + GICD_ISACTIVER, bits);
	__asm__ volatile("dsb sy" ::: "memory"); /* active before the timer that it stands for is loaded and asserts */
}

void hw_irq_private_deactivate(uint32_t bits)
{
	isb(); /* the timers that assert these lines have been stopped before they can be pending again */
	write32(local()->redistributor, GICR_SGI_BASE + GICD_ICACTIVER, bits);
}

/* ICC_PMR_EL1 admits priorities below its value. */
uint64_t hw_irq_mask_of(uint32_t band)
{
	return PRIORITY_BAND_FIRST + (uint64_t)(band < IRQ_BANDS ? band + 1 : IRQ_BANDS + 1) * PRIORITY_STEP;
}

void hw_irq_mask(uint64_t mask) { __asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(mask)); }

bool hw_irq_is_pending(void)
{
	isb(); /* the mask that was written is the one that is asked about */
	return sysreg_read(isr_el1) != 0;
}
