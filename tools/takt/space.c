/* SPDX-License-Identifier: Apache-2.0 */
/* Free memory as a sorted list of ranges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/layout.h"

static void insert(struct space *space, uint32_t at, struct range range)
{
	if (space->count == SPACE_MAX) {
		fputs("takt: physical memory is in too many pieces\n", stderr);
		exit(EXIT_INPUT);
	}
	memmove(&space->free[at + 1], &space->free[at], (space->count - at) * sizeof(space->free[0]));
	space->free[at] = range;
	space->count++;
}

static void erase(struct space *space, uint32_t at)
{
	space->count--;
	memmove(&space->free[at], &space->free[at + 1], (space->count - at) * sizeof(space->free[0]));
}

void space_add(struct space *space, struct range range)
{
	uint32_t at = 0;
	while (at < space->count && space->free[at].base < range.base)
		at++;
	insert(space, at, range);
}

void space_take(struct space *space, struct range range)
{
	uint64_t end = range.base + range.bytes;
	for (uint32_t i = 0; i < space->count;) {
		struct range old = space->free[i];
		uint64_t old_end = old.base + old.bytes;
		if (end <= old.base || old_end <= range.base) {
			i++;
			continue;
		}
		erase(space, i);
		if (old.base < range.base)
			insert(space, i++, (struct range){old.base, range.base - old.base});
		if (end < old_end)
			insert(space, i++, (struct range){end, old_end - end});
	}
}

bool space_find(struct space *space, uint64_t bytes, uint64_t align, uint64_t residue, uint64_t min, uint64_t *base)
{
	for (uint32_t i = 0; i < space->count; i++) {
		struct range r = space->free[i];
		uint64_t first = r.base > min ? r.base : min;
		uint64_t place = first + ((residue - first) & (align - 1));
		if (place - r.base > r.bytes || bytes > r.bytes - (place - r.base))
			continue;
		*base = place;
		space_take(space, (struct range){place, bytes});
		return true;
	}
	return false;
}
