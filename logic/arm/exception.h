/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hardware writes when a synchronous exception is taken to EL1 in AArch64 (DDI 0487, AArch64.TakeException and
 * D1.3.1), for those that EL2 gives a guest. Pure, constant time.
 */
#ifndef LOGIC_ARM_EXCEPTION_H
#define LOGIC_ARM_EXCEPTION_H

#include <stdint.h>

/* Registers that decide, of the guest whose exception it is. */
struct exception_source {
	uint64_t pstate; /* SPSR_EL2: what SPSR_EL1 becomes */
	uint64_t sctlr;  /* SCTLR_EL1 */
	uint64_t pfr1;   /* ID_AA64PFR1_EL1 and ID_AA64MMFR1_EL1 of the CPU, not those that the guest sees */
	uint64_t mmfr1;
};

/* PSTATE, as for SPSR, in the handler: NZCV and DIT are kept, PAN, SSBS and TCO as the CPU and SCTLR_EL1 say, all
 * others of EL1h with exceptions masked. */
uint64_t exception_pstate(const struct exception_source *source);

/* From VBAR_EL1: by the level, the stack pointer and the execution state that it comes from. */
uint64_t exception_vector_offset(uint64_t pstate);

/* ESR_EL1 of the exception that a data or instruction abort taken to EL2 with this syndrome becomes, with the class
 * of the level that it comes from; other syndromes as they are. */
uint64_t exception_syndrome(uint64_t esr, uint64_t pstate);

/*
 * The syndrome (of EL2's classes) of a synchronous external abort in the place of the stage-2 abort esr.
 *
 * What stays is the class, IL, WnR and CM; ISV is clear, FAR valid. In a walk of the guest's tables the status is
 * "external abort on a translation table walk". Its level should be that of the walk, which no register tells: the
 * level that is reported is the one at which stage 2 failed. All four levels are possible for any address where the
 * guest's table may end early, and FAR says nothing of the descriptor either, so software can conclude nothing from it
 * that is wrong.
 */
uint64_t exception_external_abort(uint64_t esr);

#endif
