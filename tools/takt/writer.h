/* SPDX-License-Identifier: Apache-2.0 */
/* A device tree under construction, by libfdt's sequential writer. The first error is kept, and looked at once at the
 * end. */
#ifndef TOOLS_TAKT_WRITER_H
#define TOOLS_TAKT_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "tools/takt/system.h"

struct writer {
	void *fdt;
	int error;    /* of libfdt, or 0 */
	uint32_t gic; /* phandles of the guest's own nodes; no node that is copied from the board has them */
	uint32_t uart_clock;
};

void writer_begin(struct writer *w, const char *name);
__attribute__((format(printf, 2, 3))) void writer_begin_format(struct writer *w, const char *format, ...);
void writer_end(struct writer *w);
void writer_bytes(struct writer *w, const char *name, const void *data, size_t bytes);
void writer_string(struct writer *w, const char *name, const char *text);
void writer_flag(struct writer *w, const char *name);
void writer_cells(struct writer *w, const char *name, const uint32_t *cells, size_t count);
void writer_u32(struct writer *w, const char *name, uint32_t value);
void writer_u64(struct writer *w, const char *name, uint64_t value);
/* `reg`, of two cells each. */
void writer_ranges(struct writer *w, const struct range *ranges, uint32_t count);

#endif
