/* SPDX-License-Identifier: Apache-2.0 */
/* The exit class of each exception class of ESR_EL2 (DDI 0487, D17.2.37, table of EC). */
#include "logic/arm/decode.h"

/* clang-format off */
#define UNDEF_4 EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF

const uint8_t esr_classes[ESR_EC_COUNT] = {
	/* 0x00 */ EXIT_UNDEF, EXIT_WFX, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x04 */ EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF, EXIT_FP,
	/* 0x08 */ UNDEF_4,
	/* 0x0c */ UNDEF_4,
	/* 0x10 */ UNDEF_4,
	/* 0x14 */ EXIT_UNDEF, EXIT_UNDEF, EXIT_HVC, EXIT_SMC,
	/* 0x18 */ EXIT_SYSREG, EXIT_FP, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x1c */ UNDEF_4,
	/* 0x20 */ EXIT_FETCH, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x24 */ EXIT_MMIO, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x28 */ UNDEF_4,
	/* 0x2c */ UNDEF_4,
	/* 0x30 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_DEBUG, EXIT_UNDEF,
	/* 0x34 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x38 */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF,
	/* 0x3c */ EXIT_DEBUG, EXIT_UNDEF, EXIT_UNDEF, EXIT_UNDEF,
};
/* clang-format on */
