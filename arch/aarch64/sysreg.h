/* SPDX-License-Identifier: Apache-2.0 */
/* System registers by name, barriers, and the values of the fields that EL2 sets (DDI 0487, D17.2). */
#ifndef ARCH_AARCH64_SYSREG_H
#define ARCH_AARCH64_SYSREG_H

#include <stdint.h>

#include "base/bits.h"

#define sysreg_read(name)                                                 \
	__extension__({                                                   \
		uint64_t sysreg_value_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(sysreg_value_)); \
		sysreg_value_;                                            \
	})
#define sysreg_write(name, value) __asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)))

/*
 * Two registers and two words next to each other in memory, moved by one load or store. `offset` is a constant, in
 * bytes from `base`.
 */
#define sysreg_save_pair(first, second, base, offset)                                                \
	do {                                                                                         \
		uint64_t first_, second_;                                                            \
		__asm__ volatile("mrs %0, " #first "\n\tmrs %1, " #second "\n\tstp %0, %1, [%2, %3]" \
				 : "=&r"(first_), "=&r"(second_)                                     \
				 : "r"(base), "i"(offset)                                            \
				 : "memory");                                                        \
	} while (0)
#define sysreg_load_pair(first, second, base, offset)                                                \
	do {                                                                                         \
		uint64_t first_, second_;                                                            \
		__asm__ volatile("ldp %0, %1, [%2, %3]\n\tmsr " #first ", %0\n\tmsr " #second ", %1" \
				 : "=&r"(first_), "=&r"(second_)                                     \
				 : "r"(base), "i"(offset)                                            \
				 : "memory");                                                        \
	} while (0)

/* What was written to system registers takes effect for what follows. */
static inline void isb(void) { __asm__ volatile("isb" ::: "memory"); }
/* All earlier accesses of this CPU are complete, for itself (nsh) or for all (ish). */
static inline void dsb_nsh(void) { __asm__ volatile("dsb nsh" ::: "memory"); }
static inline void dsb_ish(void) { __asm__ volatile("dsb ish" ::: "memory"); }

#define HCR_VM BIT64(0)
#define HCR_SWIO BIT64(1)
#define HCR_FMO BIT64(3)
#define HCR_IMO BIT64(4)
#define HCR_AMO BIT64(5)
#define HCR_FB BIT64(9)
#define HCR_BSU_INNER BIT64(10)
#define HCR_DC BIT64(12)
#define HCR_TWI BIT64(13)
#define HCR_TWE BIT64(14)
#define HCR_TID3 BIT64(18)
#define HCR_TSC BIT64(19)
#define HCR_TIDCP BIT64(20)
#define HCR_TACR BIT64(21)
#define HCR_TGE BIT64(27)
#define HCR_RW BIT64(31)
#define HCR_TLOR BIT64(35)
#define HCR_TERR BIT64(36)

#define CPTR_RES1 UINT64_C(0x33ff) /* nVHE; where SVE and SME exist, bits 8 (TZ) and 12 (TSM) trap them */
#define CPTR_TFP BIT64(10)
#define CPTR_TTA BIT64(20)

#define MDCR_TPMCR BIT64(5)
#define MDCR_TPM BIT64(6)
#define MDCR_TDE BIT64(8)
#define MDCR_TDA BIT64(9)
#define MDCR_TDOSA BIT64(10)
#define MDCR_TDRA BIT64(11)
#define MDCR_TPMS BIT64(14)
#define MDCR_HPMD BIT64(17) /* no event counts at EL2, whatever its filter says: from PMUv3p1 on */
#define MDCR_TTRF BIT64(19)
#define MDCR_HCCD BIT64(23) /* nor does the cycle counter: from PMUv3p5 on */

#define PMU_V3P1 4U /* ID_AA64DFR0_EL1.PMUVer */
#define PMU_V3P5 6U
#define PMU_OTHER 0xfU /* none that is described */
#define PMCR_E BIT64(0)

#define SCTLR_EL1_RESET UINT64_C(0x30d00800) /* RES1 bits; MMU, caches and alignment checks off (D17.2.118) */
#define SCTLR_EL1_SERVICE (SCTLR_EL1_RESET | BIT64(26) | BIT64(15) | BIT64(14)) /* UCI, UCT, DZE: caches at EL0 */
#define CPTR_TAM BIT64(30)

#define SPSR_EL0T UINT64_C(0x3c0) /* D, A, I, F masked; AArch64 */
#define SPSR_EL1H UINT64_C(0x3c5)
#define SPSR_MODE MASK64(4, 0)
#define SPSR_MODE_EL1H UINT64_C(5)

#define VTCR_RES1 BIT64(31)

#endif
