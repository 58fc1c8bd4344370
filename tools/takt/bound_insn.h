/* SPDX-License-Identifier: Apache-2.0 */
/* What an AArch64 instruction does to the flow of control: DDI 0487 C4.1.66, branches, exception generation and hints.
 */
#ifndef TOOLS_TAKT_BOUND_INSN_H
#define TOOLS_TAKT_BOUND_INSN_H

#include <stdint.h>

enum bound_insn_kind {
	BOUND_INSN_PLAIN,         /* goes on with the next; SMC too, which comes back */
	BOUND_INSN_HINT,          /* the same, without an effect: NOP, YIELD, WFE, SEV, ... */
	BOUND_INSN_WAIT,          /* WFI */
	BOUND_INSN_JUMP,          /* B */
	BOUND_INSN_BRANCH,        /* B.cond, CBZ, CBNZ, TBZ, TBNZ: to the target or the next */
	BOUND_INSN_CALL,          /* BL */
	BOUND_INSN_CALL_INDIRECT, /* BLR */
	BOUND_INSN_JUMP_INDIRECT, /* BR */
	BOUND_INSN_RETURN,        /* RET X30 */
	BOUND_INSN_ERET,
	BOUND_INSN_TRAP,   /* BRK, HLT: where the compiler proved that nothing comes */
	BOUND_INSN_REFUSED /* SVC and HVC (an exception to EL2 itself), UDF, RET by another register, PAuth, DRPS */
};

struct bound_insn {
	enum bound_insn_kind kind;
	uint64_t target; /* of a direct jump, branch or call */
};

struct bound_insn bound_insn_decode(uint32_t word, uint64_t address);

#endif
