/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler may call for structs (C11 freestanding): by words where both ends lie so, as they do in structs.
 * Sizes are those of our own types: a step's longest copy is a few hundred bytes.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/bound.h"

#define COPY_MAX 4096U
#define WORD_BYTES sizeof(uint64_t)

/* Eight bytes of whatever it is. */
typedef uint64_t __attribute__((may_alias)) word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *at, int value, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	size_t i = 0;
	if (is_aligned((uintptr_t)t | (uintptr_t)f, WORD_BYTES)) {
		for (; i + WORD_BYTES <= bytes; i += WORD_BYTES) {
			LOOP_BOUND(COPY_MAX);
			*(word_t *)(void *)(t + i) = *(const word_t *)(const void *)(f + i);
		}
	}
	for (; i < bytes; i++) {
		LOOP_BOUND(COPY_MAX);
		t[i] = f[i];
	}
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	uint8_t *t = at;
	word_t filled = {UINT64_C(0x0101010101010101) * (uint8_t)value};
	size_t i = 0;
	if (is_aligned((uintptr_t)t, WORD_BYTES)) {
		for (; i + WORD_BYTES <= bytes; i += WORD_BYTES) {
			LOOP_BOUND(COPY_MAX);
			*(word_t *)(void *)(t + i) = filled;
		}
	}
	for (; i < bytes; i++) {
		LOOP_BOUND(COPY_MAX);
		t[i] = (uint8_t)value;
	}
	return at;
}
