/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers for guests, behind the SMCCC TRNG interface (DEN0098) and wherever EL2 needs some.
 *
 * All entropy is the 128-bit seed of the VM in the blob: the numbers are as secret as the image and start anew at
 * each boot; the counter value mixed into each block adds the little that timing holds. On a board with a hardware
 * source the guest should prefer that.
 *
 * Each block is SipHash (Aumasson, Bernstein 2012; 2 rounds to absorb, 4 to squeeze) keyed with the seed, over a
 * block counter and the clock, squeezed for up to three words as SipHash-128 does for two. The generator belongs to
 * one vCPU: no lock.
 */
#ifndef LOGIC_ARM_TRNG_H
#define LOGIC_ARM_TRNG_H

#include <stdint.h>

#include "base/types.h"

#define TRNG_WORD_MAX 3U

struct trng {
	uint64_t key[2];
	uint64_t counter; /* of blocks; the stream in its top byte */
};

/* Streams with different numbers (0 to 255) under one seed are independent: one for each vCPU. */
void trng_init(struct trng *trng, const uint64_t seed[2], uint32_t stream);

/* Fills words[0 .. count) with count 1 to TRNG_WORD_MAX. At most 16 SipHash rounds. */
void trng_generate(struct trng *trng, ticks_t now, uint64_t *words, uint32_t count);

#endif
