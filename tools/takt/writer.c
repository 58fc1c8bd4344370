/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a device tree in sequence: see writer.h. */
#include "tools/takt/writer.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

static void note(struct writer *w, int error)
{
	if (error < 0 && w->error == 0)
		w->error = error;
}

void writer_begin(struct writer *w, const char *name) { note(w, fdt_begin_node(w->fdt, name)); }

void writer_begin_format(struct writer *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *name = util_vformat(format, args);
	va_end(args);
	writer_begin(w, name);
	free(name);
}

void writer_end(struct writer *w) { note(w, fdt_end_node(w->fdt)); }

void writer_bytes(struct writer *w, const char *name, const void *data, size_t bytes)
{
	note(w, fdt_property(w->fdt, name, data, (int)bytes));
}

void writer_string(struct writer *w, const char *name, const char *text)
{
	writer_bytes(w, name, text, strlen(text) + 1);
}

void writer_flag(struct writer *w, const char *name) { writer_bytes(w, name, NULL, 0); }

void writer_cells(struct writer *w, const char *name, const uint32_t *cells, size_t count)
{
	fdt32_t *raw = util_alloc(count, sizeof(*raw));
	for (size_t i = 0; i < count; i++)
		raw[i] = cpu_to_fdt32(cells[i]);
	writer_bytes(w, name, raw, count * sizeof(raw[0]));
	free(raw);
}

void writer_u32(struct writer *w, const char *name, uint32_t value) { writer_cells(w, name, &value, 1); }

void writer_u64(struct writer *w, const char *name, uint64_t value)
{
	writer_cells(w, name, (const uint32_t[]){(uint32_t)(value >> 32), (uint32_t)value}, 2);
}

void writer_ranges(struct writer *w, const struct range *ranges, uint32_t count)
{
	uint32_t cells[4 * SYSTEM_RANGE_MAX];
	for (uint32_t i = 0; i < count; i++) {
		cells[4 * i] = (uint32_t)(ranges[i].base >> 32);
		cells[4 * i + 1] = (uint32_t)ranges[i].base;
		cells[4 * i + 2] = (uint32_t)(ranges[i].bytes >> 32);
		cells[4 * i + 3] = (uint32_t)ranges[i].bytes;
	}
	writer_cells(w, "reg", cells, 4 * (size_t)count);
}
