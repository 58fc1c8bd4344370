/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous exceptions given to a guest at EL1, as the hardware would take them (DDI 0487, AArch64.TakeException). */
#include "port/cpu.h"

#include "arch/aarch64/sysreg.h"
#include "logic/arm/exception.h"

#define ID_AA64PFR1_EL1 S3_0_C0_C4_1
#define read_named(name) sysreg_read(name)

bool hw_inject_sync(uint64_t syndrome, uint64_t address)
{
	const struct exception_source source = {
		.pstate = sysreg_read(spsr_el2),
		.sctlr = sysreg_read(sctlr_el1),
		.pfr1 = read_named(ID_AA64PFR1_EL1),
		.mmfr1 = sysreg_read(id_aa64mmfr1_el1),
	};
	uint64_t pc = sysreg_read(elr_el2);
	uint64_t vector = sysreg_read(vbar_el1) + exception_vector_offset(source.pstate);
	if (pc == vector && (source.pstate & SPSR_MODE) == SPSR_MODE_EL1H)
		return false;
	sysreg_write(esr_el1, exception_syndrome(syndrome, source.pstate));
	sysreg_write(far_el1, address);
	sysreg_write(spsr_el1, source.pstate);
	sysreg_write(elr_el1, pc);
	sysreg_write(elr_el2, vector);
	sysreg_write(spsr_el2, exception_pstate(&source));
	return true;
}
