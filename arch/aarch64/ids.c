/* SPDX-License-Identifier: Apache-2.0 */
/* The feature registers as this CPU has them (ID group 3). Those without a name here are not shown to guests. */
#include "port/cpu.h"

#include "arch/aarch64/sysreg.h"
#include "logic/arm/sysreg.h"

#define ID_REGISTERS(R)                   \
	R(ID_PFR0_EL1, S3_0_C0_C1_0)      \
	R(ID_PFR1_EL1, S3_0_C0_C1_1)      \
	R(ID_DFR0_EL1, S3_0_C0_C1_2)      \
	R(ID_MMFR0_EL1, S3_0_C0_C1_4)     \
	R(ID_MMFR1_EL1, S3_0_C0_C1_5)     \
	R(ID_MMFR2_EL1, S3_0_C0_C1_6)     \
	R(ID_MMFR3_EL1, S3_0_C0_C1_7)     \
	R(ID_ISAR0_EL1, S3_0_C0_C2_0)     \
	R(ID_ISAR1_EL1, S3_0_C0_C2_1)     \
	R(ID_ISAR2_EL1, S3_0_C0_C2_2)     \
	R(ID_ISAR3_EL1, S3_0_C0_C2_3)     \
	R(ID_ISAR4_EL1, S3_0_C0_C2_4)     \
	R(ID_ISAR5_EL1, S3_0_C0_C2_5)     \
	R(ID_MMFR4_EL1, S3_0_C0_C2_6)     \
	R(ID_ISAR6_EL1, S3_0_C0_C2_7)     \
	R(MVFR0_EL1, S3_0_C0_C3_0)        \
	R(MVFR1_EL1, S3_0_C0_C3_1)        \
	R(MVFR2_EL1, S3_0_C0_C3_2)        \
	R(ID_PFR2_EL1, S3_0_C0_C3_4)      \
	R(ID_AA64PFR0_EL1, S3_0_C0_C4_0)  \
	R(ID_AA64PFR1_EL1, S3_0_C0_C4_1)  \
	R(ID_AA64DFR0_EL1, S3_0_C0_C5_0)  \
	R(ID_AA64DFR1_EL1, S3_0_C0_C5_1)  \
	R(ID_AA64ISAR0_EL1, S3_0_C0_C6_0) \
	R(ID_AA64ISAR1_EL1, S3_0_C0_C6_1) \
	R(ID_AA64ISAR2_EL1, S3_0_C0_C6_2) \
	R(ID_AA64MMFR0_EL1, S3_0_C0_C7_0) \
	R(ID_AA64MMFR1_EL1, S3_0_C0_C7_1) \
	R(ID_AA64MMFR2_EL1, S3_0_C0_C7_2)

#define READ(index, name) ids->id[index] = sysreg_read(name);

void hw_ids_read(struct sysreg_ids *ids)
{
	*ids = (struct sysreg_ids){0};
	ID_REGISTERS(READ)
}
