/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous exceptions given to a guest at EL1, as the hardware would take them (DDI 0487, AArch64.TakeException). */
#include "port/cpu.h"

#include "arch/aarch64/sysreg.h"
#include "logic/arm/decode.h"

#define PSTATE_MODE_EL1T 4U
#define PSTATE_MODE_EL1H 5U
#define PSTATE_AARCH32 BIT64(4)
#define PSTATE_PAN BIT64(22)
#define PSTATE_DIT BIT64(24)
#define SCTLR_SPAN BIT64(23)
#define VECTOR_BYTES UINT64_C(0x200)

/* Offset into the guest's vectors for an exception from this PSTATE. */
static uint64_t vector_offset(uint64_t pstate)
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

/* The class of an abort tells whether it came from the level that takes it: the lower-level class plus one. */
static uint64_t class_at_level(uint64_t esr, bool from_el0)
{
	uint64_t ec = esr_ec(esr);
	if (from_el0 || (ec != ESR_EC_DABT_LOW && ec != ESR_EC_IABT_LOW))
		return esr;
	return bits_set(esr, 31, 26, ec + 1);
}

bool hw_inject_sync(uint64_t syndrome, uint64_t address)
{
	uint64_t pstate = sysreg_read(spsr_el2);
	uint64_t pc = sysreg_read(elr_el2);
	uint64_t offset = vector_offset(pstate);
	uint64_t vector = sysreg_read(vbar_el1) + offset;
	if (pc == vector && offset == VECTOR_BYTES)
		return false;
	uint64_t next = SPSR_EL1H | (pstate & (PSTATE_PAN | PSTATE_DIT));
	bool has_pan = bits_get(sysreg_read(id_aa64mmfr1_el1), 23, 20) != 0;
	if (has_pan && (sysreg_read(sctlr_el1) & SCTLR_SPAN) == 0)
		next |= PSTATE_PAN;
	sysreg_write(esr_el1, class_at_level(syndrome, hw_exit_from_el0()));
	sysreg_write(far_el1, address);
	sysreg_write(spsr_el1, pstate);
	sysreg_write(elr_el1, pc);
	sysreg_write(elr_el2, vector);
	sysreg_write(spsr_el2, next);
	return true;
}
