/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler may call for structs (C11 freestanding). Sizes are those of our own types: a step's longest copy is
 * a few hundred bytes. */
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"

#define COPY_MAX 4096U

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *at, int value, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	for (size_t i = 0; i < bytes; i++) {
		LOOP_BOUND(COPY_MAX);
		t[i] = f[i];
	}
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	uint8_t *t = at;
	for (size_t i = 0; i < bytes; i++) {
		LOOP_BOUND(COPY_MAX);
		t[i] = (uint8_t)value;
	}
	return at;
}
