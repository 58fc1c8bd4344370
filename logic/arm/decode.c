/* SPDX-License-Identifier: Apache-2.0 */
/* The exit class of each exception class of ESR_EL2 (DDI 0487, D17.2.37, table of EC), and conditions of AArch32. */
#include "logic/arm/decode.h"

/* clang-format off */
#define UNDEF_4 EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF

#define CLASSES(sysreg, fetch, mmio) { \
	/* 0x00 */ EXIT_UNDEF, EXIT_WFX, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x04 */ EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, EXIT_FP, \
	/* 0x08 */ UNDEF_4, \
	/* 0x0c */ UNDEF_4, \
	/* 0x10 */ UNDEF_4, \
	/* 0x14 */ EXIT_UNDEF, EXIT_UNDEF, EXIT_HVC, EXIT_SMC, \
	/* 0x18 */ sysreg, EXIT_FP, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x1c */ UNDEF_4, \
	/* 0x20 */ fetch, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x24 */ mmio, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x28 */ UNDEF_4, \
	/* 0x2c */ UNDEF_4, \
	/* 0x30 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_DEBUG, EXIT_UNDEF, \
	/* 0x34 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x38 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, \
	/* 0x3c */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, \
}

const uint8_t esr_classes[ESR_EC_COUNT] = CLASSES(EXIT_SYSREG, EXIT_FETCH, EXIT_MMIO);
const uint8_t esr_direct_classes[ESR_EC_COUNT] = CLASSES(EXIT_DIRECT, EXIT_DIRECT, EXIT_DIRECT);
/* clang-format on */

#define COND_ALWAYS 14U
#define PSTATE_AARCH32 BIT64(4)
#define PSTATE_THUMB BIT64(5)

/* Classes whose ISS has CV and COND, but for WFx. */
#define CONDITIONAL_CLASSES                                                                              \
	(BIT64(ESR_EC_CP15_32) | BIT64(ESR_EC_CP15_64) | BIT64(ESR_EC_CP14_32) | BIT64(ESR_EC_CP14_LS) | \
	 BIT64(ESR_EC_FP) | BIT64(ESR_EC_CP10_ID) | BIT64(ESR_EC_CP14_64))

/* Without CV the condition is that of the IT block, or none (ISS.COND). */
static unsigned condition_of(uint64_t esr, uint64_t pstate)
{
	if (bits_get(esr, 24, 24) != 0)
		return (unsigned)bits_get(esr, 23, 20);
	uint64_t it = bits_get(pstate, 15, 10) << 2 | bits_get(pstate, 26, 25);
	return (pstate & PSTATE_THUMB) != 0 && it != 0 ? (unsigned)(it >> 4) : COND_ALWAYS;
}

/* ConditionHolds: the upper three bits choose, the lowest inverts, but for 0b1111. */
static bool flags_hold(unsigned condition, uint64_t pstate)
{
	bool n = bits_get(pstate, 31, 31) != 0;
	bool z = bits_get(pstate, 30, 30) != 0;
	bool c = bits_get(pstate, 29, 29) != 0;
	bool v = bits_get(pstate, 28, 28) != 0;
	const bool holds[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
	return condition >= COND_ALWAYS || holds[condition >> 1] != ((condition & 1) != 0);
}

bool decode_condition_holds(uint64_t esr, uint64_t pstate)
{
	if ((pstate & PSTATE_AARCH32) == 0 || (CONDITIONAL_CLASSES & BIT64(esr_ec(esr))) == 0)
		return true;
	return flags_hold(condition_of(esr, pstate), pstate);
}
