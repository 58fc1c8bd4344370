/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the source an instruction comes from, by the image's DWARF. For messages only: no bound depends on it. */
#ifndef TOOLS_TAKT_BOUND_SOURCE_H
#define TOOLS_TAKT_BOUND_SOURCE_H

#include <stdint.h>

struct bound_source;

struct bound_place {
	const char *file; /* null when nothing is known; lives as long as the source */
	int line;
	const char *function; /* the innermost one, inlined or not; null when nothing is known */
};

/* An image without debug information gives a source that knows nothing. */
struct bound_source *bound_source_open(const char *path);
void bound_source_close(struct bound_source *source);
struct bound_place bound_source_find(struct bound_source *source, uint64_t address);

#endif
