/* SPDX-License-Identifier: Apache-2.0 */
/* What the port itself keeps for each CPU; TPIDR_EL2 points at it from the CPU's first instructions at its linked
 * address on. Owned by that CPU. */
#ifndef ARCH_AARCH64_LOCAL_H
#define ARCH_AARCH64_LOCAL_H

#include <stdint.h>

#include "arch/aarch64/sysreg.h"
#include "port/cpu.h"

struct local {
	uint64_t panic_stack_top;        /* where own_exception goes on: at LOCAL_PANIC_STACK (frame.h) */
	volatile uint8_t *redistributor; /* of the interrupt controller */
	const struct hw_vcpu *watched;   /* in the registers, if something of it is HW_VCPU_WATCHES */
	uint64_t reserved;
};

static inline struct local *local(void) { return (struct local *)sysreg_read(tpidr_el2); }

#endif
