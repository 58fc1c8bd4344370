/* SPDX-License-Identifier: Apache-2.0 */
/* All FP and SIMD registers at once, for state.c: filled from memory and stored to it in one go each. */
#include "tests/guest/state.h"

/* clang-format off */
#define FOR_PAIRS(text) \
	text(0, 1, 0) \
	text(2, 3, 32) \
	text(4, 5, 64) \
	text(6, 7, 96) \
	text(8, 9, 128) \
	text(10, 11, 160) \
	text(12, 13, 192) \
	text(14, 15, 224) \
	text(16, 17, 256) \
	text(18, 19, 288) \
	text(20, 21, 320) \
	text(22, 23, 352) \
	text(24, 25, 384) \
	text(26, 27, 416) \
	text(28, 29, 448) \
	text(30, 31, 480)
/* clang-format on */
#define LOAD(a, b, offset) "ldp q" #a ", q" #b ", [%0, #" #offset "]\n\t"
#define STORE(a, b, offset) "stp q" #a ", q" #b ", [%0, #" #offset "]\n\t"

void state_fp_load(const struct state_fp *from)
{
	__asm__ volatile(FOR_PAIRS(LOAD) "msr fpcr, %1\n\tmsr fpsr, %2" ::"r"(from->q), "r"(from->fpcr), "r"(from->fpsr)
			 : "memory");
}

void state_fp_store(struct state_fp *to)
{
	__asm__ volatile(FOR_PAIRS(STORE) "mrs %1, fpcr\n\tmrs %2, fpsr"
			 : "+r"(to), "=&r"(to->fpcr), "=&r"(to->fpsr)::"memory");
}
