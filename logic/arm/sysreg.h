/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers that EL2 traps and that need no state: what a guest reads from the feature registers, and what
 * happens at every register that a guest does not have. Pure, constant time.
 *
 * Features work by whitelist: a field is shown when EL2 knows that the feature needs nothing of it, and reads as zero
 * ("not there") when it is hidden, unknown, or newer than this file. The list is in sysreg.c, with a reason for every
 * field.
 *
 * Handled by the core, not here: the GIC's ICC_SGI*R_EL1 and ICC_DIR_EL1, and the debug registers (op0 = 2, op1 = 0).
 * Not to be trapped: CTR_EL0, MIDR_EL1, MPIDR_EL1 (VMPIDR_EL2), cache identification, stage-1 controls, set/way
 * maintenance (HCR_EL2.SWIO turns invalidate into clean and invalidate).
 */
#ifndef LOGIC_ARM_SYSREG_H
#define LOGIC_ARM_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/blob.h"
#include "base/bits.h"
#include "logic/arm/decode.h"

#define SYSREG_ACTLR_EL1 SYSREG_KEY(3, 0, 1, 0, 1)
#define SYSREG_ICC_SRE_EL1 SYSREG_KEY(3, 0, 12, 12, 5)
#define SYSREG_ICC_SGI1R_EL1 SYSREG_KEY(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R_EL1 SYSREG_KEY(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R_EL1 SYSREG_KEY(3, 0, 12, 11, 7)
#define SYSREG_ICC_DIR_EL1 SYSREG_KEY(3, 0, 12, 11, 1)

#define SYSREG_ID_FIRST SYSREG_KEY(3, 0, 0, 1, 0)
#define SYSREG_ID_COUNT 56U
/* Index of a feature register by CRm 1 to 7 and op2 0 to 7. */
#define SYSREG_ID(crm, op2) (((crm)-1U) * 8U + (op2))

enum sysreg_id {
	ID_PFR0_EL1 = SYSREG_ID(1, 0),
	ID_PFR1_EL1 = SYSREG_ID(1, 1),
	ID_DFR0_EL1 = SYSREG_ID(1, 2),
	ID_MMFR0_EL1 = SYSREG_ID(1, 4),
	ID_MMFR1_EL1 = SYSREG_ID(1, 5),
	ID_MMFR2_EL1 = SYSREG_ID(1, 6),
	ID_MMFR3_EL1 = SYSREG_ID(1, 7),
	ID_ISAR0_EL1 = SYSREG_ID(2, 0),
	ID_ISAR1_EL1 = SYSREG_ID(2, 1),
	ID_ISAR2_EL1 = SYSREG_ID(2, 2),
	ID_ISAR3_EL1 = SYSREG_ID(2, 3),
	ID_ISAR4_EL1 = SYSREG_ID(2, 4),
	ID_ISAR5_EL1 = SYSREG_ID(2, 5),
	ID_MMFR4_EL1 = SYSREG_ID(2, 6),
	ID_ISAR6_EL1 = SYSREG_ID(2, 7),
	MVFR0_EL1 = SYSREG_ID(3, 0),
	MVFR1_EL1 = SYSREG_ID(3, 1),
	MVFR2_EL1 = SYSREG_ID(3, 2),
	ID_PFR2_EL1 = SYSREG_ID(3, 4),
	ID_AA64PFR0_EL1 = SYSREG_ID(4, 0),
	ID_AA64PFR1_EL1 = SYSREG_ID(4, 1),
	ID_AA64ZFR0_EL1 = SYSREG_ID(4, 4),
	ID_AA64SMFR0_EL1 = SYSREG_ID(4, 5),
	ID_AA64DFR0_EL1 = SYSREG_ID(5, 0),
	ID_AA64DFR1_EL1 = SYSREG_ID(5, 1),
	ID_AA64AFR0_EL1 = SYSREG_ID(5, 4),
	ID_AA64AFR1_EL1 = SYSREG_ID(5, 5),
	ID_AA64ISAR0_EL1 = SYSREG_ID(6, 0),
	ID_AA64ISAR1_EL1 = SYSREG_ID(6, 1),
	ID_AA64ISAR2_EL1 = SYSREG_ID(6, 2),
	ID_AA64MMFR0_EL1 = SYSREG_ID(7, 0),
	ID_AA64MMFR1_EL1 = SYSREG_ID(7, 1),
	ID_AA64MMFR2_EL1 = SYSREG_ID(7, 2),
	ID_AA64MMFR3_EL1 = SYSREG_ID(7, 3),
};

/*
 * ID group 3 (HCR_EL2.TID3). As read from hardware, arch may fill in just the registers named above and leave the
 * others zero: no others are ever shown. As sanitised, what a guest reads.
 */
struct sysreg_ids {
	uint64_t id[SYSREG_ID_COUNT];
};

/*
 * Fills out with what a VM of these flags (enum blob_vm_flags; only BLOB_VM_NO_FP and BLOB_VM_PMU count) sees on this
 * hardware: four results serve all VMs. in and out may be the same. For boot; SYSREG_ID_COUNT iterations.
 */
void sysreg_ids_sanitise(const struct sysreg_ids *in, uint32_t flags, struct sysreg_ids *out);

/* Whether a VM that these were sanitised for has performance monitors (PMUv3). */
static inline bool sysreg_has_pmu(const struct sysreg_ids *ids)
{
	return bits_get(ids->id[ID_AA64DFR0_EL1], 11, 8) != 0;
}

enum sysreg_verdict_kind {
	SYSREG_VALUE,     /* a read: Rt = value */
	SYSREG_IGNORE,    /* a write: no effect */
	SYSREG_UNDEFINED, /* inject an Undefined Instruction exception */
};

struct sysreg_verdict {
	uint64_t value;
	enum sysreg_verdict_kind kind;
};

/* ids is sanitised; key is of a trapped access that the core does not handle itself. One table load at most. */
struct sysreg_verdict sysreg_trapped(const struct sysreg_ids *ids, uint16_t key, bool is_read);

#endif
