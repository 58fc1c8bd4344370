/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM whose physical interrupts are its own (direct delivery) may do to the physical GICv3 (IHI 0069): every
 * access to its distributor and redistributor is answered here, or becomes a masked access to the same register of the
 * physical one. It has one vCPU, at affinity 0, and INTIDs are physical ones. Pure; the caller makes the access.
 *
 *   its own INTIDs   enable, pending, active, priority: the physical registers, other INTIDs' fields masked
 *   ICFGR            its own read as their lines are; writes ignored: what a line is, its description says
 *   all others       read as zero, writes ignored
 *   IGROUPR          its own read as one: Group 1 is all that it has; writes ignored, as in a non-secure view
 *   IROUTER          reads as zero, its one vCPU; writes ignored
 *   identification   the physical one's, without LPIs, message-based SPIs and Aff3
 */
#ifndef LOGIC_ARM_DIRECT_H
#define LOGIC_ARM_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

#define DIRECT_WORDS 32U
#define DIRECT_DIST_BYTES UINT32_C(0x10000)
#define DIRECT_REDIST_BYTES UINT32_C(0x20000)

/* Priorities that it writes are at least this: EL2's own wake-up, which is above, preempts whatever it does. */
#define DIRECT_PRIORITY_FLOOR 0x20U

struct direct_gic {
	uint32_t owned[DIRECT_WORDS]; /* bit n of word w: INTID 32 w + n; word 0: its SGIs and PPIs */
	uint32_t groups;              /* GICD_CTLR's group enables, as it wrote them: kept for it, they gate nothing */
};

enum direct_kind {
	DIRECT_ANSWER,  /* value is what a load reads; a store is done */
	DIRECT_FORWARD, /* a store: the bits of mask, value within it. A load: the bits of mask, the others are value's
			 */
	DIRECT_BYTES,   /* a store of those bytes that mask covers: each is a register of its own */
};

struct direct_access {
	enum direct_kind kind;
	uint32_t mask;
	uint32_t value;
};

/*
 * The access of the distributor, else of the redistributor, at offset, of size 1, 2, 4 or 8 bytes, aligned or not;
 * value is a store's. Forwarded are accesses of 4 bytes, and of 1 byte to priorities, at the same offset of the
 * physical register block: the others of foreign sizes read as zero and are ignored.
 */
struct direct_access direct_access(struct direct_gic *gic, bool is_dist, uint32_t offset, uint32_t size, bool is_write,
				   uint64_t value);

/* The registers of the CPU interface that Group 0 and 1 have in common, which trap (ICH_HCR_EL2.TC). Those of Group 1
 * alone are the guest's hardware, those of Group 0 undefined, as on a board whose Group 0 is EL3's. */
enum direct_register {
	DIRECT_NO_REGISTER, /* another one */
	DIRECT_PMR,
	DIRECT_CTLR,
	DIRECT_RPR,   /* reads only */
	DIRECT_SGI1R, /* writes only, as the next two */
	DIRECT_DIR,
	DIRECT_NOTHING, /* SGIs to other groups, which nobody has */
};

/* key: SYSREG_KEY of logic/arm/decode.h. */
enum direct_register direct_register(uint16_t key);

/* What the guest may make of ICC_PMR_EL1: EL2's wake-up is never masked; a mask of all that is its own reads as zero,
 * as one of secure priorities does to non-secure software. And of ICC_CTLR_EL1. */
static inline uint64_t direct_mask(uint64_t pmr)
{
	uint64_t priority = bits_get(pmr, 7, 0);
	return priority < DIRECT_PRIORITY_FLOOR ? DIRECT_PRIORITY_FLOOR : priority;
}

static inline uint64_t direct_shown_mask(uint64_t pmr) { return pmr == DIRECT_PRIORITY_FLOOR ? 0 : pmr; }
static inline uint64_t direct_control(uint64_t ctlr) { return ctlr & BIT64(1); /* EOImode */ }

/* A value of ICC_SGI1R_EL1 (12.2.20) names its one vCPU; and the SGI. */
static inline bool direct_sends_to_itself(uint64_t sgi)
{
	uint64_t affinity = MASK64(55, 44) | MASK64(39, 32) | MASK64(23, 16);
	return (sgi & (affinity | BIT64(40) | BIT64(0))) == BIT64(0);
}

static inline uint32_t direct_sgi(uint64_t sgi) { return (uint32_t)bits_get(sgi, 27, 24); }

/* Any 64-bit value. */
static inline bool direct_owns(const struct direct_gic *gic, uint64_t intid)
{
	return intid < 32 * DIRECT_WORDS && (gic->owned[intid / 32] & BIT32(intid % 32)) != 0;
}

#endif
