/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions given to a guest at EL1: see exception.h. */
#include "logic/arm/exception.h"

#include <stdbool.h>

#include "base/bits.h"
#include "logic/arm/decode.h"

#define PSTATE_EL1H_MASKED UINT64_C(0x3c5) /* D, A, I, F; IL, SS, BTYPE, UAO clear */
#define PSTATE_MODE_EL1T 4U
#define PSTATE_MODE_EL1H 5U
#define PSTATE_AARCH32 BIT64(4)
#define PSTATE_SSBS BIT64(12)
#define PSTATE_PAN BIT64(22)
#define PSTATE_DIT BIT64(24)
#define PSTATE_TCO BIT64(25)
#define PSTATE_NZCV MASK64(31, 28)
#define SCTLR_SPAN BIT64(23)
#define SCTLR_DSSBS BIT64(44)
#define VECTOR_BYTES UINT64_C(0x200)

#define ESR_IL BIT64(25)
#define ESR_CM BIT64(8)
#define ESR_S1PTW BIT64(7)
#define ESR_WNR BIT64(6)
#define FSC_EXTERNAL UINT64_C(0x10)
#define FSC_EXTERNAL_ON_WALK UINT64_C(0x14) /* and the level */

static bool has_pan(const struct exception_source *s) { return bits_get(s->mmfr1, 23, 20) != 0; }
static bool has_ssbs(const struct exception_source *s) { return bits_get(s->pfr1, 7, 4) != 0; }
static bool has_mte(const struct exception_source *s) { return bits_get(s->pfr1, 11, 8) != 0; }

uint64_t exception_pstate(const struct exception_source *source)
{
	uint64_t pstate = PSTATE_EL1H_MASKED | (source->pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN));
	if (has_pan(source) && (source->sctlr & SCTLR_SPAN) == 0)
		pstate |= PSTATE_PAN;
	if (has_ssbs(source) && (source->sctlr & SCTLR_DSSBS) != 0)
		pstate |= PSTATE_SSBS;
	if (has_mte(source))
		pstate |= PSTATE_TCO;
	return pstate;
}

uint64_t exception_vector_offset(uint64_t pstate)
{
	if ((pstate & PSTATE_AARCH32) != 0)
		return 3 * VECTOR_BYTES;
	switch (pstate & 0xf) {
	case PSTATE_MODE_EL1H:
		return VECTOR_BYTES;
	case PSTATE_MODE_EL1T:
		return 0;
	default:
		return 2 * VECTOR_BYTES;
	}
}

/* The class of an abort from the level that takes it is that from a lower one plus one. */
uint64_t exception_syndrome(uint64_t esr, uint64_t pstate)
{
	unsigned ec = esr_ec(esr);
	bool is_from_el0 = bits_get(pstate, 3, 2) == 0;
	if (is_from_el0 || (ec != ESR_EC_DABT_LOW && ec != ESR_EC_IABT_LOW))
		return esr;
	return bits_set(esr, 31, 26, ec + 1);
}

uint64_t exception_external_abort(uint64_t esr)
{
	uint64_t data_bits = esr_ec(esr) == ESR_EC_DABT_LOW ? ESR_WNR | ESR_CM : 0;
	uint64_t kept = esr & (MASK64(31, 26) | ESR_IL | data_bits);
	if ((esr & ESR_S1PTW) == 0)
		return kept | FSC_EXTERNAL;
	return kept | FSC_EXTERNAL_ON_WALK | bits_get(esr, 1, 0);
}
