/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of a guest. Interrupts go to a hook, at first the dispatcher of gic.h. A synchronous exception ends the
 * guest with a dump, unless it is caught: then it is noted, and execution goes on behind the instruction.
 */
#ifndef GUESTS_RUNTIME_EXCEPTION_H
#define GUESTS_RUNTIME_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

/* As the vectors lay it on the stack; a handler may change what is restored. */
struct exception_frame {
	uint64_t x[31]; /* x[28] of an interrupt: the virtual counter at the vector's first instruction */
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
	uint64_t padding;
};

static inline uint64_t exception_stamp(const struct exception_frame *frame) { return frame->x[28]; }

typedef void (*interrupt_hook)(struct exception_frame *frame);

/* Sets what IRQs call on every CPU, with interrupts masked. */
void exception_hook_irq(interrupt_hook hook);
/* Sets what FIQs (interrupts of group 0) call; without one they end the guest. */
void exception_hook_fiq(interrupt_hook hook);

/* What a caught exception left; syndrome 0 when there was none. */
struct exception_caught {
	uint32_t count;
	uint64_t esr;
	uint64_t far;
	uint64_t elr;
};

/* Catches synchronous exceptions of this CPU from here on, until exception_caught(). */
void exception_catch(void);
/* Ends the catching; answers how many came and the last one's registers. */
struct exception_caught exception_caught(void);

static inline unsigned esr_class_of(uint64_t esr) { return (unsigned)(esr >> 26) & 0x3f; }

#define ESR_CLASS_UNKNOWN 0x00U
#define ESR_CLASS_FP 0x07U
#define ESR_CLASS_SVE 0x19U
#define ESR_CLASS_SYSREG 0x18U
#define ESR_CLASS_FETCH_SAME 0x21U
#define ESR_CLASS_DATA_SAME 0x25U
#define ESR_FSC_EXTERNAL 0x10U

#endif
