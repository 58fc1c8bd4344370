/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of one CPU that nobody else may see or change: all FP registers, and all system registers that a guest with its
 * MMU on and interrupts masked may set to anything. No compiled code of a test guest uses FP registers.
 */
#ifndef TESTS_GUEST_STATE_H
#define TESTS_GUEST_STATE_H

#include <stdint.h>

#define STATE_REGISTER_MAX 32U

struct state_fp {
	uint64_t q[64]; /* 32 registers of 128 bits */
	uint64_t fpcr;
	uint64_t fpsr;
};

struct state {
	uint64_t registers[STATE_REGISTER_MAX];
	struct state_fp fp;
};

struct state_check {
	struct state expected;
	struct state seen; /* at the last check that failed, or the last one */
	uint32_t wrong_fp;
	uint32_t wrong_registers;
};

/* Puts random values into all of them; what then reads back is what is expected. seed must not be 0. */
void state_fill(struct state_check *check, uint64_t seed);
/* Compares all with what is expected, and counts differences. */
void state_check(struct state_check *check);
/* Prints a comment line for each register that differed at the last failed check. */
void state_explain(const struct state_check *check);

/* state_fp.c */
void state_fp_load(const struct state_fp *from);
void state_fp_store(struct state_fp *to);

#endif
