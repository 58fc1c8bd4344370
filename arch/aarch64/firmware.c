/* SPDX-License-Identifier: Apache-2.0 */
/* What EL2 asks of firmware, by SMC: PSCI 1.1 (DEN0022), 5.5 to 5.7. Boot, and the end of the system. */
#include "arch/aarch64/mmu.h"
#include "arch/aarch64/sysreg.h"
#include "port/cpu.h"

#define PSCI_SYSTEM_OFF 0x84000008U
#define PSCI_SYSTEM_RESET 0x84000009U
#define PSCI_CPU_ON 0xc4000003U

extern char secondary_entry[];

static uint64_t firmware_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	return x0;
}

/* Its x0 is the index. What it executes before it has the MMU on has been in memory since the image was loaded; tables,
 * stack and data are read with the MMU on alone. */
int64_t hw_cpu_start(uint64_t affinity, uint32_t index)
{
	dsb_ish(); /* what boot wrote is visible to the CPU that starts */
	return (int64_t)firmware_call(PSCI_CPU_ON, affinity, mmu_pa_of(secondary_entry), index);
}

_Noreturn void hw_system_off(void)
{
	firmware_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	hw_halt();
}

_Noreturn void hw_system_reset(void)
{
	firmware_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	hw_halt();
}
