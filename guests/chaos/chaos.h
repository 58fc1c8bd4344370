/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chaos: a guest that does what a guest may not, from a seed. Each action is a block of a few instructions, made in its
 * RAM, that begins with chosen registers at a chosen exception level and ends with whatever exception it brings, at
 * the latest with an SVC. The vectors put the CPU back into order and the next action begins.
 *
 *   chaos_execute ---ERET---> block ---exception---> vector: saves, repairs ---> chaos_execute returns
 *
 * What it must not do is hurt itself: its own RAM below the scratch area is read at most, SCTLR_EL1 and VBAR_EL1 keep
 * values with which the vectors can be fetched, and calls that end the VM are left to the end (end= in its
 * arguments).
 */
#ifndef GUESTS_CHAOS_CHAOS_H
#define GUESTS_CHAOS_CHAOS_H

/* Offsets in struct chaos_cpu, for enter.S. */
#define CHAOS_X 0
#define CHAOS_SP 248
#define CHAOS_ELR 256
#define CHAOS_SPSR 264
#define CHAOS_SCTLR 272
#define CHAOS_SLOT 280
#define CHAOS_ESR 288
#define CHAOS_FAR 296
#define CHAOS_INSIDE 304
#define CHAOS_SAVED_SP 312
#define CHAOS_SAVED 320
#define CHAOS_CPU_SHIFT 10

#define CHAOS_SCTLR_RESET_HIGH 0x30d0
#define CHAOS_SCTLR_RESET_LOW 0x0800

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guests/runtime/random.h"
#include "guests/runtime/runtime.h"

#define CHAOS_SCTLR_RESET ((uint64_t)CHAOS_SCTLR_RESET_HIGH << 16 | CHAOS_SCTLR_RESET_LOW)

/* RAM is one block of 2 MiB; its image lies below the scratch area, which may be written by any block. */
#define CHAOS_RAM UINT64_C(0x40000000)
#define CHAOS_SCRATCH UINT64_C(0x40110000)
#define CHAOS_SCRATCH_END UINT64_C(0x40160000)
#define CHAOS_RAM_END UINT64_C(0x40200000)

#define SPSR_EL0 0U
#define SPSR_EL1T 4U
#define SPSR_EL1H 5U
#define SPSR_AARCH32 0x10U
#define SPSR_THUMB 0x20U
#define SPSR_FIQ 0x40U
#define SPSR_IRQ 0x80U
#define SPSR_SERROR 0x100U
#define SPSR_DEBUG 0x200U
#define SPSR_MASKED (SPSR_FIQ | SPSR_IRQ | SPSR_SERROR | SPSR_DEBUG)
#define SPSR_STEP (1U << 21)

#define A64_NOP 0xd503201fU
#define A64_ISB 0xd5033fdfU
#define A64_SVC 0xd4000001U
#define A32_SVC 0xef000000U
#define TRAP_ANY 0xe7ffdefeU /* undefined in A64, A32 and T32, at either halfword's start */

#define BLOCK_WORDS 24U
#define BLOCK_TAIL_WORDS 8U
#define ADDRESS_REGISTER 17U /* of accesses */
#define SP_REGISTER 31U
#define XZR 31U

struct chaos_cpu {
	/* The block's registers: as it begins, then as it ended. */
	uint64_t x[31];
	uint64_t sp; /* SP_EL0 too */
	uint64_t elr;
	uint64_t spsr;
	uint64_t sctlr;
	/* How it ended. */
	uint64_t slot; /* of the vector: 4 * where from + what */
	uint64_t esr;
	uint64_t far;
	/* Of chaos_execute. */
	uint64_t inside;
	uint64_t saved_sp;
	uint64_t saved[12];
	/* Of the actions; they outlive CPU_OFF. */
	uint64_t random;
	uint64_t digest;
	uint64_t done;
	uint64_t goal;
	uint32_t *code; /* a page */
	uint32_t words;
	uint32_t sysreg_next;
	uint32_t system_next;
	uint32_t index;
	uint64_t slots[16];
} __attribute__((aligned(1 << CHAOS_CPU_SHIFT)));

_Static_assert(offsetof(struct chaos_cpu, sp) == CHAOS_SP && offsetof(struct chaos_cpu, elr) == CHAOS_ELR &&
		       offsetof(struct chaos_cpu, spsr) == CHAOS_SPSR &&
		       offsetof(struct chaos_cpu, sctlr) == CHAOS_SCTLR &&
		       offsetof(struct chaos_cpu, slot) == CHAOS_SLOT && offsetof(struct chaos_cpu, esr) == CHAOS_ESR &&
		       offsetof(struct chaos_cpu, far) == CHAOS_FAR &&
		       offsetof(struct chaos_cpu, inside) == CHAOS_INSIDE &&
		       offsetof(struct chaos_cpu, saved_sp) == CHAOS_SAVED_SP &&
		       offsetof(struct chaos_cpu, saved) == CHAOS_SAVED &&
		       sizeof(struct chaos_cpu) == 1 << CHAOS_CPU_SHIFT,
	       "enter.S uses these");

extern struct chaos_cpu chaos_cpus[RUNTIME_CPU_MAX];
extern unsigned chaos_cpu_count;

/* Runs the block from cpu->elr on; returns when it has ended, with interrupts masked and the MMU off. */
void chaos_execute(struct chaos_cpu *cpu);
/* Where CPU_ON lets a sibling begin. */
void chaos_start_secondary(void);

/* Makes a block; registers and state are the usual ones until an action changes them. */
void block_begin(struct chaos_cpu *cpu);
void block_emit(struct chaos_cpu *cpu, uint32_t word);
void block_system(struct chaos_cpu *cpu, uint32_t key, bool is_read, uint32_t rt);
/* Ends it and runs it at EL1 with interrupts masked, or in the state spsr. */
void block_run(struct chaos_cpu *cpu);
void block_run_in(struct chaos_cpu *cpu, uint64_t spsr);

/* MRS, MSR, SYS: op0, op1, CRn, CRm, op2 as they stand in the instruction. */
#define SYSTEM_KEY(op0, op1, crn, crm, op2) \
	((uint32_t)((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5))

static inline uint64_t chaos_below(struct chaos_cpu *cpu, uint64_t limit)
{
	return random_between(&cpu->random, 0, limit - 1);
}
static inline bool chaos_one_in(struct chaos_cpu *cpu, uint64_t n) { return chaos_below(cpu, n) == 0; }

/* A value that code likes to get wrong. */
uint64_t chaos_value(struct chaos_cpu *cpu);
/* An address where something is, or nothing: any, or one that a store may have without hurting this guest. */
uint64_t chaos_address(struct chaos_cpu *cpu);
uint64_t chaos_store_address(struct chaos_cpu *cpu);

/*
 * The virtual timer's interrupt is enabled and not active on every vCPU: one that sleeps may have been left by a
 * sibling with an alarm that never comes. Whoever goes to sleep or off does this before.
 */
void chaos_clear_ways(void);
/* Whatever state the interrupt controller is in, this CPU's virtual timer interrupts after some ticks. */
void chaos_alarm(uint64_t ticks);

/* The actions. */
void action_sysreg(struct chaos_cpu *cpu);
void action_system(struct chaos_cpu *cpu);
void action_pstate(struct chaos_cpu *cpu);
void action_access(struct chaos_cpu *cpu);
void action_words(struct chaos_cpu *cpu);
void action_words_el0(struct chaos_cpu *cpu);
void action_call(struct chaos_cpu *cpu);
void action_power(struct chaos_cpu *cpu);
void action_interrupts(struct chaos_cpu *cpu);
void action_storm(struct chaos_cpu *cpu);
void action_timers(struct chaos_cpu *cpu);
void action_sleep(struct chaos_cpu *cpu);
void action_exception(struct chaos_cpu *cpu);
void action_debug(struct chaos_cpu *cpu);
void action_tables(struct chaos_cpu *cpu);

/* A map for EL0 that keeps it out of this guest's memory: its root. */
uint64_t fence_root(void);
void fence_init(void);
#define FENCE_TCR ((UINT64_C(2) << 32) | (1 << 23) | 25) /* 39 bits from level 1, no TTBR1, 40-bit IPA */
#define FENCE_MAIR 0x04ff                                /* 0: Normal write-back; 1: Device-nGnRE */

#endif
#endif
