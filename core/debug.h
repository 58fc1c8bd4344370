/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug registers of a vCPU. They are trapped and kept in memory. Until the guest enables something that is all, so
 * that a switch need not move them; from the first breakpoint, watchpoint or single step on they are in the registers
 * too, while the vCPU is.
 */
#ifndef CORE_DEBUG_H
#define CORE_DEBUG_H

#include "core/core.h"
#include "logic/arm/decode.h"

/* The key is one of the debug registers of AArch64 (op0 = 2, op1 = 0; at EL0 op1 = 3). */
static inline bool debug_owns(uint16_t key)
{
	return (key & 0xf800U) == SYSREG_KEY(2, 0, 0, 0, 0) || (key & 0xf800U) == SYSREG_KEY(2, 3, 0, 0, 0);
}

/* The current vCPU's access; false when there is no such register, and nothing happened. */
bool debug_access(struct vcpu *vcpu, struct sysreg_access access);

#endif
