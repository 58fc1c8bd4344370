/* SPDX-License-Identifier: Apache-2.0 */
/* The physical GICv3 for a VM that has its interrupts directly, as port/direct.h promises it. */
#include "port/direct.h"

#include "arch/aarch64/local.h"
#include "arch/aarch64/sysreg.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/bound.h"
#include "drv/gicv3/registers.h"
#include "port/irq.h"

#define ICC_PMR S3_0_C4_C6_0
#define ICC_AP1R0 S3_0_C12_C9_0
#define ICC_RPR S3_0_C12_C11_3
#define ICC_BPR1 S3_0_C12_C12_3
#define ICC_CTLR S3_0_C12_C12_4
#define ICC_IGRPEN1 S3_0_C12_C12_7

#define ICH_HCR_TC BIT64(10)
#define ICH_HCR_TALL0 BIT64(11)
#define CTLR_PRIORITY_BITS_MAX 5U /* of which ICC_AP1R0_EL1 has a bit for each value */

static void interface_set(const struct hw_direct *interface)
{
	WRITE(ICC_AP1R0, interface->active);
	WRITE(ICC_CTLR, interface->control);
	WRITE(ICC_BPR1, interface->binary_point);
	WRITE(ICC_IGRPEN1, interface->enable);
	WRITE(ICC_PMR, interface->mask);
	isb();
}

static const struct hw_direct own = {.mask = HW_DIRECT_MASK, .control = ICC_CTLR_EOIMODE, .enable = 1};

bool hw_direct_is_possible(void) { return bits_get(READ(ICC_CTLR), 10, 8) < CTLR_PRIORITY_BITS_MAX; }

static uint32_t gicr(uint32_t offset) { return GICR_SGI_BASE + offset; }

void hw_direct_load(const struct hw_direct *interface)
{
	write32(local()->redistributor, gicr(GICD_ICENABLER), BIT32(IRQ_DEADLINE));
	hw_vgic_control_set(ICH_HCR_TC | ICH_HCR_TALL0);
	interface_set(interface);
}

void hw_direct_save(struct hw_direct *interface)
{
	*interface =
		(struct hw_direct){READ(ICC_PMR), READ(ICC_CTLR), READ(ICC_BPR1), READ(ICC_IGRPEN1), READ(ICC_AP1R0)};
	interface_set(&own);
	hw_vgic_control_set(0);
	write32(local()->redistributor, gicr(GICD_ISENABLER), BIT32(IRQ_DEADLINE));
}

void hw_direct_clear(uint32_t word, uint32_t bits)
{
	volatile uint8_t *frame = word != 0 ? gic_distributor() : local()->redistributor + GICR_SGI_BASE;
	write32(frame, GICD_ICENABLER + 4 * word, bits);
	write32(frame, GICD_ICPENDR + 4 * word, bits);
	write32(frame, GICD_ICACTIVER + 4 * word, bits);
	for (; bits != 0; bits &= bits - 1) {
		LOOP_BOUND(32);
		*(frame + GICD_IPRIORITYR + 32 * word + bits_lowest(bits)) = PRIORITY_BAND_FIRST;
	}
}

volatile uint8_t *hw_direct_block(bool is_dist) { return is_dist ? gic_distributor() : local()->redistributor; }

uint32_t hw_direct_read(const volatile uint8_t *block, uint32_t offset) { return read32(block, offset); }
void hw_direct_write(volatile uint8_t *block, uint32_t offset, uint32_t value) { write32(block, offset, value); }
void hw_direct_write_byte(volatile uint8_t *block, uint32_t offset, uint8_t value) { *(block + offset) = value; }

uint64_t hw_direct_register(enum hw_direct_register which)
{
	switch (which) {
	case HW_DIRECT_PMR:
		return READ(ICC_PMR);
	case HW_DIRECT_CTLR:
		return READ(ICC_CTLR);
	case HW_DIRECT_RPR:
		break;
	}
	return READ(ICC_RPR);
}

void hw_direct_register_set(enum hw_direct_register which, uint64_t value)
{
	if (which == HW_DIRECT_PMR)
		WRITE(ICC_PMR, value);
	else if (which == HW_DIRECT_CTLR)
		WRITE(ICC_CTLR, value);
}

void hw_direct_recall(void *redistributor)
{
	__asm__ volatile("dsb ishst" ::: "memory"); /* what it is for is visible before it */
	write32(redistributor, gicr(GICD_ISPENDR), BIT32(IRQ_MAINTENANCE));
	write32(redistributor, gicr(GICD_ISENABLER), BIT32(IRQ_MAINTENANCE));
}

/* Disabled first, and that complete: a pending one that is cleared may have been forwarded already (12.1.7). */
void hw_direct_recalled(void)
{
	volatile uint8_t *redistributor = local()->redistributor;
	write32(redistributor, gicr(GICD_ICENABLER), BIT32(IRQ_MAINTENANCE));
	for (uint32_t polls = 0; (read32(redistributor, GICR_CTLR) & GICR_CTLR_RWP) != 0; polls++) {
		LOOP_BOUND(HW_DIRECT_POLLS);
		ASSERT(polls < HW_DIRECT_POLLS);
	}
	write32(redistributor, gicr(GICD_ICPENDR), BIT32(IRQ_MAINTENANCE));
}
