/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest has of the hardware's features. Field positions: DDI 0487, D19.2 (ID_*_EL1), and the AArch32 ones in
 * G8.2.
 *
 * A field is kept when software at EL1 and EL0 can use the feature and nothing of it traps to EL2, needs an enable
 * there, or holds state that a switch would have to carry. Fields that are "not there" when all ones (signed) are
 * kept, so that they can say so.
 */
#include "logic/arm/sysreg.h"

#include "base/bits.h"
#include "base/bound.h"

#define FIELD(lsb) (UINT64_C(0xf) << (lsb))
#define NOT_IMPLEMENTED UINT64_C(0xf)
#define WORD32 UINT64_C(0xffffffff)

#define PFR0_FP 16
#define PFR0_ADVSIMD 20
#define PFR0_GIC 24
#define PFR1_32_GIC 28
#define EL0_WITH_AARCH32 2U
#define GIC_SYSREG_V3 UINT64_C(1)
#define ID_GROUP_AARCH32_END SYSREG_ID(4, 0)

/* Fields that are kept. A register without a line reads as zero. */
static const uint64_t kept[SYSREG_ID_COUNT] = {
	/* AArch32 exists at EL0 only, and there these describe instructions and nothing that EL2 sees, but for: */
	[ID_PFR0_EL1] =
		FIELD(0) | FIELD(4) | FIELD(8) | FIELD(12) | FIELD(16) | FIELD(24), /* State0-3 CSV2 DIT; no AMU RAS */
	[ID_PFR1_EL1] = FIELD(0) | FIELD(8) | FIELD(16), /* ProgMod MProgMod GenTimer; no Security Virtualization */
	[ID_DFR0_EL1] = FIELD(0),                        /* CopDbg; no trace, PMU */
	[ID_MMFR0_EL1] = WORD32,
	[ID_MMFR1_EL1] = WORD32,
	[ID_MMFR2_EL1] = WORD32,
	[ID_MMFR3_EL1] = WORD32,
	[ID_ISAR0_EL1] = WORD32,
	[ID_ISAR1_EL1] = WORD32,
	[ID_ISAR2_EL1] = WORD32,
	[ID_ISAR3_EL1] = WORD32,
	[ID_ISAR4_EL1] = WORD32 & ~FIELD(12), /* no SMC: there is no EL3 */
	[ID_ISAR5_EL1] = WORD32,
	[ID_MMFR4_EL1] = WORD32 & ~FIELD(0), /* no SpecSEI */
	[ID_ISAR6_EL1] = WORD32,
	[MVFR0_EL1] = WORD32,
	[MVFR1_EL1] = WORD32,
	[MVFR2_EL1] = WORD32,
	[ID_PFR2_EL1] = FIELD(0) | FIELD(4), /* CSV3 SSBS; no RAS_frac */

	/* EL0 EL1 FP AdvSIMD DIT CSV2 CSV3; no EL2 EL3 RAS SVE SEL2 MPAM AMU RME; GIC is set below */
	[ID_AA64PFR0_EL1] = FIELD(0) | FIELD(4) | FIELD(16) | FIELD(20) | FIELD(48) | FIELD(56) | FIELD(60),
	/* BT SSBS; no MTE RAS_frac MPAM_frac SME RNDR_trap CSV2_frac NMI */
	[ID_AA64PFR1_EL1] = FIELD(0) | FIELD(4),
	/* DebugVer BRPs WRPs CTX_CMPs DoubleLock; no trace, PMU, SPE, TRBE, BRBE */
	[ID_AA64DFR0_EL1] = FIELD(0) | FIELD(12) | FIELD(20) | FIELD(28) | FIELD(36),
	/* AES SHA1 SHA2 CRC32 Atomic RDM SHA3 SM3 SM4 DP FHM TS TLB RNDR; no TME */
	[ID_AA64ISAR0_EL1] = FIELD(4) | FIELD(8) | FIELD(12) | FIELD(16) | FIELD(20) | FIELD(28) | FIELD(32) |
			     FIELD(36) | FIELD(40) | FIELD(44) | FIELD(48) | FIELD(52) | FIELD(56) | FIELD(60),
	/* DPB JSCVT FCMA LRCPC FRINTTS SB SPECRES BF16 DGH I8MM; no APA API GPA GPI (keys are state), XS LS64
	   (HCRX_EL2) */
	[ID_AA64ISAR1_EL1] = FIELD(0) | FIELD(12) | FIELD(16) | FIELD(20) | FIELD(32) | FIELD(36) | FIELD(40) |
			     FIELD(44) | FIELD(48) | FIELD(52),
	/* RPRES BC CSSC; no WFxT (a timed wait that EL2 would have to time), GPA3 APA3 PAC_frac, MOPS (HCRX_EL2) */
	[ID_AA64ISAR2_EL1] = FIELD(4) | FIELD(20) | FIELD(52),
	/* PARange ASIDBits TGran16 TGran64 TGran4 ExS; no SNSMem, stage-2 granules, FGT ECV; no BigEnd BigEndEL0: EL2
	   answers accesses of emulated registers as little-endian ones */
	[ID_AA64MMFR0_EL1] = FIELD(0) | FIELD(4) | FIELD(20) | FIELD(24) | FIELD(28) | FIELD(44),
	/* HAFDBS HPDS PAN ETS AFP nTLBPA ECBHB; no VMIDBits VH LO SpecSEI XNX TWED HCX TIDCP1 CMOW (EL2's) */
	[ID_AA64MMFR1_EL1] = FIELD(0) | FIELD(12) | FIELD(20) | FIELD(36) | FIELD(44) | FIELD(48) | FIELD(60),
	/* CnP UAO LSM VARange CCIDX ST AT IDS TTL BBM E0PD; no IESB (RAS) NV FWB EVT (EL2's) */
	[ID_AA64MMFR2_EL1] = FIELD(0) | FIELD(4) | FIELD(8) | FIELD(16) | FIELD(20) | FIELD(28) | FIELD(32) |
			     FIELD(36) | FIELD(48) | FIELD(52) | FIELD(60),
};

/*
 * The highest value shown of a kept, unsigned field: what a later revision adds is not known to need nothing of EL2.
 * Fields without a line here name instructions only, or are signed.
 */
static const struct id_cap {
	uint8_t id;
	uint8_t lsb;
	uint8_t max;
} caps[] = {
	{ID_PFR0_EL1, 16, 1},      /* CSV2: 2 brings SCXTNUM_ELx, which are state */
	{ID_AA64PFR0_EL1, 4, 1},   /* EL1: AArch64 only */
	{ID_AA64PFR0_EL1, 0, 2},   /* EL0 */
	{ID_AA64PFR0_EL1, 56, 1},  /* CSV2: as above */
	{ID_AA64PFR1_EL1, 4, 2},   /* SSBS */
	{ID_AA64DFR0_EL1, 0, 8},   /* DebugVer: up to Armv8.2; later ones have enables in MDCR_EL2 */
	{ID_AA64ISAR1_EL1, 40, 1}, /* SPECRES: 2 adds COSP, with a trap at EL2 */
	{ID_AA64ISAR1_EL1, 20, 3}, /* LRCPC */
	{ID_AA64MMFR0_EL1, 0, 2},  /* PARange: 40 bits are more than any IPA here */
	{ID_AA64MMFR0_EL1, 20, 1}, /* TGran16: without 52 bits (LPA2) */
	{ID_AA64MMFR1_EL1, 0, 2},  /* HAFDBS: 3 (HAFT) has enables in EL2's tables */
	{ID_AA64MMFR1_EL1, 12, 2}, /* HPDS */
	{ID_AA64MMFR1_EL1, 20, 3}, /* PAN */
	{ID_AA64MMFR2_EL1, 16, 1}, /* VARange */
};

#define CAP_COUNT (sizeof(caps) / sizeof(caps[0]))
#define TGRAN4_LSB 28
#define TGRAN4_52BIT 1U /* signed field: 0 is there, 1 is there with LPA2, all ones is not there */

static void set_field(struct sysreg_ids *ids, enum sysreg_id id, unsigned lsb, uint64_t value)
{
	ids->id[id] = bits_set(ids->id[id], lsb + 3, lsb, value);
}

static uint64_t get_field(const struct sysreg_ids *ids, enum sysreg_id id, unsigned lsb)
{
	return bits_get(ids->id[id], lsb + 3, lsb);
}

static void cap_fields(struct sysreg_ids *ids)
{
	for (unsigned i = 0; i < CAP_COUNT; i++) {
		LOOP_BOUND(CAP_COUNT);
		enum sysreg_id id = (enum sysreg_id)caps[i].id;
		if (get_field(ids, id, caps[i].lsb) > caps[i].max)
			set_field(ids, id, caps[i].lsb, caps[i].max);
	}
	if (get_field(ids, ID_AA64MMFR0_EL1, TGRAN4_LSB) == TGRAN4_52BIT)
		set_field(ids, ID_AA64MMFR0_EL1, TGRAN4_LSB, 0);
}

static void hide_fp(struct sysreg_ids *ids)
{
	set_field(ids, ID_AA64PFR0_EL1, PFR0_FP, NOT_IMPLEMENTED);
	set_field(ids, ID_AA64PFR0_EL1, PFR0_ADVSIMD, NOT_IMPLEMENTED);
	ids->id[MVFR0_EL1] = 0;
	ids->id[MVFR1_EL1] = 0;
	ids->id[MVFR2_EL1] = 0;
}

/*
 * The monitors up to PMUv3p8: what they hold a switch carries, for the registers are moved with all their 64 bits. What
 * is later has registers of its own. All ones: monitors that no manual describes.
 */
#define DFR0_PMU 8
#define DFR0_32_PMU 24
#define PMU_V3P8 UINT64_C(8)

static uint64_t shown_pmu(uint64_t version)
{
	if (version == NOT_IMPLEMENTED)
		return 0;
	return version < PMU_V3P8 ? version : PMU_V3P8;
}

static void show_pmu(struct sysreg_ids *out, uint64_t version, uint64_t version32)
{
	set_field(out, ID_AA64DFR0_EL1, DFR0_PMU, version);
	set_field(out, ID_DFR0_EL1, DFR0_32_PMU, version != 0 ? version32 : 0);
}

void sysreg_ids_sanitise(const struct sysreg_ids *in, uint32_t flags, struct sysreg_ids *out)
{
	/* Without AArch32 at EL0 its registers are UNKNOWN: zero is as good, and the same everywhere. */
	uint64_t pmu = shown_pmu(get_field(in, ID_AA64DFR0_EL1, DFR0_PMU));
	uint64_t pmu32 = shown_pmu(get_field(in, ID_DFR0_EL1, DFR0_32_PMU));
	bool has_aarch32 = get_field(in, ID_AA64PFR0_EL1, 0) >= EL0_WITH_AARCH32;

	for (unsigned i = 0; i < SYSREG_ID_COUNT; i++) {
		LOOP_BOUND(SYSREG_ID_COUNT);
		bool is_shown = has_aarch32 || i >= ID_GROUP_AARCH32_END;
		out->id[i] = is_shown ? in->id[i] & kept[i] : 0;
	}
	cap_fields(out);
	set_field(out, ID_AA64PFR0_EL1, PFR0_GIC, GIC_SYSREG_V3);
	if (has_aarch32)
		set_field(out, ID_PFR1_EL1, PFR1_32_GIC, GIC_SYSREG_V3);
	if ((flags & BLOB_VM_NO_FP) != 0)
		hide_fp(out);
	if ((flags & BLOB_VM_PMU) != 0)
		show_pmu(out, pmu, has_aarch32 ? pmu32 : 0);
}

struct sysreg_verdict sysreg_trapped(const struct sysreg_ids *ids, uint16_t key, bool is_read)
{
	const struct sysreg_verdict undefined = {.kind = SYSREG_UNDEFINED};
	const struct sysreg_verdict ignored = {.kind = SYSREG_IGNORE};
	unsigned id = (unsigned)key - SYSREG_ID_FIRST;

	if (id < SYSREG_ID_COUNT)
		return is_read ? (struct sysreg_verdict){.value = ids->id[id], .kind = SYSREG_VALUE} : undefined;
	if (key == SYSREG_ICC_SRE_EL1) /* SRE DFB DIB: all ones, writes ignored (no GICv2 interface, no bypass) */
		return is_read ? (struct sysreg_verdict){.value = 7, .kind = SYSREG_VALUE} : ignored;
	if (key == SYSREG_ACTLR_EL1)
		return is_read ? (struct sysreg_verdict){.value = 0, .kind = SYSREG_VALUE} : ignored;
	return undefined;
}
