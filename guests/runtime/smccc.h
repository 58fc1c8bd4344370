/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to what lies below the guest, after SMCCC 1.2 (DEN0028): x0 to x3 carry results, all else is preserved. */
#ifndef GUESTS_RUNTIME_SMCCC_H
#define GUESTS_RUNTIME_SMCCC_H

#include <stdint.h>

#include "abi/hypercall.h"
#include "guests/runtime/sysreg.h"

struct smccc_result {
	uint64_t x0;
	uint64_t x1;
	uint64_t x2;
	uint64_t x3;
};

/* SMCCC 1.0 allowed x4 to x17 to change; a callee of 1.1 or later keeps them, but this also runs on older ones. */
#define SMCCC_CALL(instruction)                                                                                      \
	register uint64_t x0 __asm__("x0") = function;                                                               \
	register uint64_t x1 __asm__("x1") = a1;                                                                     \
	register uint64_t x2 __asm__("x2") = a2;                                                                     \
	register uint64_t x3 __asm__("x3") = a3;                                                                     \
	__asm__ volatile(instruction                                                                                 \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");                                      \
	return (struct smccc_result) { x0, x1, x2, x3 }

static inline struct smccc_result smccc_hvc(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	SMCCC_CALL("hvc #0");
}

static inline struct smccc_result smccc_smc(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	SMCCC_CALL("smc #0");
}

/* With an immediate that no call has. */
static inline struct smccc_result smccc_hvc_other(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	SMCCC_CALL("hvc #1");
}

static inline struct smccc_result smccc_smc_other(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	SMCCC_CALL("smc #0x8000");
}

_Noreturn static inline void psci_system_off(void)
{
	smccc_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

#endif
