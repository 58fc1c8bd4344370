/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, barriers and masks of the CPU that a guest runs on. Each accessor is one instruction. */
#ifndef GUESTS_RUNTIME_SYSREG_H
#define GUESTS_RUNTIME_SYSREG_H

#include <stdint.h>

#define SYSREG_TEXT_OF(name) #name
#define SYSREG_TEXT(name) SYSREG_TEXT_OF(name) /* expands the names below */
/* Reads a system register by its assembler name; volatile: neither merged nor moved across others. */
#define sysreg_read(name)                                                                      \
	__extension__({                                                                        \
		uint64_t sysreg_value;                                                         \
		__asm__ volatile("mrs %0, " SYSREG_TEXT(name) : "=r"(sysreg_value)::"memory"); \
		sysreg_value;                                                                  \
	})
#define sysreg_write(name, value) \
	__asm__ volatile("msr " SYSREG_TEXT(name) ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* CPU interface of the GICv3, by encoding: assemblers know the names only with an extension. */
#define ICC_PMR S3_0_C4_C6_0
#define ICC_IAR0 S3_0_C12_C8_0
#define ICC_EOIR0 S3_0_C12_C8_1
#define ICC_BPR0 S3_0_C12_C8_3
#define ICC_AP0R0 S3_0_C12_C8_4
#define ICC_AP1R0 S3_0_C12_C9_0
#define ICC_DIR S3_0_C12_C11_1
#define ICC_RPR S3_0_C12_C11_3
#define ICC_SGI1R S3_0_C12_C11_5
#define ICC_IAR1 S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_HPPIR1 S3_0_C12_C12_2
#define ICC_BPR1 S3_0_C12_C12_3
#define ICC_CTLR S3_0_C12_C12_4
#define ICC_SRE S3_0_C12_C12_5
#define ICC_IGRPEN0 S3_0_C12_C12_6
#define ICC_IGRPEN1 S3_0_C12_C12_7

static inline void isb(void) { __asm__ volatile("isb" ::: "memory"); }
static inline void dsb(void) { __asm__ volatile("dsb sy" ::: "memory"); }
static inline void wfi(void) { __asm__ volatile("wfi" ::: "memory"); }
static inline void wfe(void) { __asm__ volatile("wfe" ::: "memory"); }
static inline void sev(void) { __asm__ volatile("sev" ::: "memory"); }

static inline void irq_enable(void) { __asm__ volatile("msr daifclr, #3" ::: "memory"); }
static inline void irq_disable(void) { __asm__ volatile("msr daifset, #3" ::: "memory"); }

/* Aff0 of the executing CPU: its index in the VM. */
static inline unsigned cpu_index(void) { return (unsigned)(sysreg_read(mpidr_el1) & 0xff); }

#endif
