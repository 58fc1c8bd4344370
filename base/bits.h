/* SPDX-License-Identifier: Apache-2.0 */
/* Bits and fields of words. Pure, no state, no branch that depends on more than its arguments. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT32(n) (UINT32_C(1) << (n))
#define BIT64(n) (UINT64_C(1) << (n))
/* The bits hi..lo, both included; 0 <= lo <= hi <= 63. */
#define MASK64(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* The field hi..lo of word, moved down to bit 0. */
static inline uint64_t bits_get(uint64_t word, unsigned hi, unsigned lo) { return (word & MASK64(hi, lo)) >> lo; }

/* Word with its field hi..lo replaced by value, whose higher bits are dropped. */
static inline uint64_t bits_set(uint64_t word, unsigned hi, unsigned lo, uint64_t value)
{
	return (word & ~MASK64(hi, lo)) | ((value << lo) & MASK64(hi, lo));
}

/* Index of the lowest set bit; word must not be 0. */
static inline unsigned bits_lowest(uint64_t word) { return (unsigned)__builtin_ctzll(word); }
/* Index of the highest set bit; word must not be 0. */
static inline unsigned bits_highest(uint64_t word) { return 63U - (unsigned)__builtin_clzll(word); }

static inline bool is_aligned(uint64_t value, uint64_t power_of_two) { return (value & (power_of_two - 1)) == 0; }

static inline uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
	return (value + power_of_two - 1) & ~(power_of_two - 1);
}

#endif
