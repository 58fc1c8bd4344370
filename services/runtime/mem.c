/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory functions that a compiler may call by itself, for services. Compiled with -fno-builtin and
 * -fno-tree-loop-distribute-patterns: a loop here must not become a call of itself.
 */
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int value, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);

void *memset(void *to, int value, size_t bytes)
{
	uint8_t *p = to;

	for (size_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *p = to;
	const uint8_t *q = from;

	for (size_t i = 0; i < bytes; i++)
		p[i] = q[i];
	return to;
}
