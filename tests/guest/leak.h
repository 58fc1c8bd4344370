/* SPDX-License-Identifier: Apache-2.0 */
/* The FP state of one CPU. No compiled code of a test guest uses it between load and store. */
#ifndef TESTS_GUEST_LEAK_H
#define TESTS_GUEST_LEAK_H

#include <stdint.h>

struct leak_fp {
	uint64_t q[64]; /* 32 registers of 128 bits */
	uint64_t fpcr;
	uint64_t fpsr;
};

void leak_fp_load(const struct leak_fp *from);
void leak_fp_store(struct leak_fp *to);

#endif
