/* SPDX-License-Identifier: Apache-2.0 */
/* Masks of a physical GICv3 for the VM that has it directly: see direct.h. */
#include "logic/arm/direct.h"

#include "base/bits.h"
#include "base/bound.h"
#include "logic/arm/decode.h"
#include "logic/arm/gicv3.h"

#define CTLR_ARE BIT32(4)
#define CTLR_RWP BIT32(31)
#define REDIST_CTLR_RWP BIT32(3)
#define TYPER_KEPT 0x00f8001fU /* ITLinesNumber, IDbits */
#define TYPER_NO_1_OF_N BIT32(25)
#define REDIST_TYPER_LAST BIT32(4)
#define ALL UINT32_C(0xffffffff)

static struct direct_access answer(uint32_t value) { return (struct direct_access){DIRECT_ANSWER, 0, value}; }

static struct direct_access load(uint32_t mask) { return (struct direct_access){DIRECT_FORWARD, mask, 0}; }

/* One bit for each INTID: in every register but IGROUPR, a zero that is written changes nothing. */
static struct direct_access bits(uint32_t offset, uint32_t owned, bool is_write, uint32_t value)
{
	if (offset < GIC_ISENABLER)
		return answer(owned);
	return is_write ? (struct direct_access){DIRECT_FORWARD, owned, value & owned} : load(owned);
}

static uint32_t floored(uint32_t priority)
{
	return priority < DIRECT_PRIORITY_FLOOR ? DIRECT_PRIORITY_FLOOR : priority;
}

/* A byte for each INTID. */
static struct direct_access priorities(uint32_t intid, uint32_t owned, uint32_t size, bool is_write, uint32_t value)
{
	struct direct_access access = {is_write ? DIRECT_BYTES : DIRECT_FORWARD, 0, 0};
	for (uint32_t i = 0; i < size; i++) {
		LOOP_BOUND(4);
		if ((owned & BIT32(intid % 32 + i)) == 0)
			continue;
		access.mask |= 0xffU << 8 * i;
		access.value |= floored(value >> 8 * i & 0xff) << 8 * i;
	}
	if (!is_write)
		access.value = 0;
	return access;
}

/* Two bits for each INTID: what the lines' description says. */
static struct direct_access triggers(uint32_t intid, uint32_t owned)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < 16; i++) {
		LOOP_BOUND(16);
		if ((owned & BIT32(intid % 32 + i)) != 0)
			mask |= 3U << 2 * i;
	}
	return load(mask);
}

/* The registers that both have, at the distributor's offsets below GIC_ICFGR_END. */
static struct direct_access lines(const struct direct_gic *gic, uint32_t offset, uint32_t size, bool is_write,
				  uint32_t value)
{
	if (offset >= GIC_BITS_END && offset < GIC_IPRIORITYR_END && (size == 1 || size == 4)) {
		uint32_t intid = offset - GIC_BITS_END;
		return priorities(intid, gic->owned[intid / 32], size, is_write, value);
	}
	if (size != 4)
		return answer(0);
	if (offset >= GIC_IGROUPR && offset < GIC_BITS_END)
		return bits(offset, gic->owned[(offset & 0x7f) / 4], is_write, value);
	if (offset >= GIC_ICFGR && offset < GIC_ICFGR_END && !is_write) {
		uint32_t intid = 4 * (offset - GIC_ICFGR);
		return triggers(intid, gic->owned[intid / 32]);
	}
	return answer(0);
}

/* Private interrupts are the redistributor's: word 0 of each register there is nothing here. */
static bool is_private(uint32_t offset)
{
	if (offset < GIC_BITS_END)
		return (offset & 0x7f) < 4;
	return offset < GIC_IPRIORITYR_END ? offset < GIC_BITS_END + 32 : offset < GIC_ICFGR + 8;
}

/* GICD_CTLR, and what says which controller it is. */
static struct direct_access dist_control(struct direct_gic *gic, uint32_t offset, bool is_write, uint32_t value)
{
	switch (offset) {
	case GICD_CTLR:
		if (is_write)
			gic->groups = value & GICD_CTLR_GROUPS;
		return (struct direct_access){DIRECT_FORWARD, CTLR_RWP, CTLR_ARE | gic->groups};
	case GICD_TYPER:
		return (struct direct_access){DIRECT_FORWARD, TYPER_KEPT, TYPER_NO_1_OF_N};
	case GICD_IIDR:
	case GIC_PIDR2:
		return load(ALL);
	default:
		return answer(0);
	}
}

/* It is awake, the last, and the only one. */
static struct direct_access redist_control(uint32_t offset)
{
	if (offset == GICR_CTLR)
		return load(REDIST_CTLR_RWP);
	if (offset == GICR_TYPER)
		return answer(REDIST_TYPER_LAST);
	return offset == GICR_IIDR || offset == GIC_PIDR2 ? load(ALL) : answer(0);
}

/* What no INTID has. All is read-only, but for one register of which the physical one is not written either. */
static struct direct_access control(struct direct_gic *gic, bool is_dist, uint32_t offset, bool is_write,
				    uint32_t value)
{
	struct direct_access access = is_dist ? dist_control(gic, offset, is_write, value) : redist_control(offset);
	return is_write ? answer(0) : access;
}

struct direct_access direct_access(struct direct_gic *gic, bool is_dist, uint32_t offset, uint32_t size, bool is_write,
				   uint64_t value)
{
	uint32_t at = is_dist ? offset : offset - GICR_SGI_BASE;
	if ((offset & (size - 1)) != 0)
		return answer(0);
	if (at - GIC_IGROUPR < GIC_ICFGR_END - GIC_IGROUPR)
		return is_private(at) == is_dist ? answer(0) : lines(gic, at, size, is_write, (uint32_t)value);
	bool is_typer = size == 8 && !is_dist && offset == GICR_TYPER;
	return size == 4 || is_typer ? control(gic, is_dist, offset, is_write, (uint32_t)value) : answer(0);
}

#define ICC(crm, op2) SYSREG_KEY(3, 0, 12, crm, op2)

enum direct_register direct_register(uint16_t key)
{
	switch (key) {
	case SYSREG_KEY(3, 0, 4, 6, 0):
		return DIRECT_PMR;
	case ICC(12, 4):
		return DIRECT_CTLR;
	case ICC(11, 3):
		return DIRECT_RPR;
	case ICC(11, 5):
		return DIRECT_SGI1R;
	case ICC(11, 1):
		return DIRECT_DIR;
	case ICC(11, 6): /* ASGI1R */
	case ICC(11, 7): /* SGI0R */
		return DIRECT_NOTHING;
	default:
		return DIRECT_NO_REGISTER;
	}
}
