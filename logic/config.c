/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a blob as a whole: its frame, then its parts (config_checker.h). */
#include "logic/config.h"

#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "logic/config_checker.h"

#define BLOB_ALIGN 8U

bool config_collide(struct config_checker *c, enum config_rule rule, enum config_table table, uint32_t index,
		    const char *field, uint64_t value, uint32_t other)
{
	c->fault = (struct config_fault){
		.rule = rule, .table = table, .index = index, .other = other, .field = field, .value = value};
	return false;
}

bool config_fail(struct config_checker *c, enum config_rule rule, enum config_table table, uint32_t index,
		 const char *field, uint64_t value)
{
	return config_collide(c, rule, table, index, field, value, CONFIG_NO_INDEX);
}

static uint32_t blob_crc(const struct blob_header *header, config_crc *update)
{
	static const uint32_t zero = 0;
	const uint8_t *start = (const uint8_t *)header;
	const size_t field = offsetof(struct blob_header, crc32);
	const size_t rest = field + sizeof(header->crc32);
	uint32_t crc = update(0, start, field);

	crc = update(crc, &zero, sizeof(zero));
	return update(crc, start + rest, header->size - rest);
}

static bool check_frame(struct config_checker *c, size_t bytes, config_crc *crc)
{
	const struct blob_header *h = c->header;

	if (!is_aligned((uintptr_t)h, BLOB_ALIGN))
		return config_fail(c, CONFIG_BLOB_ALIGN, CONFIG_HEADER, 0, "magic", (uintptr_t)h);
	if (bytes < sizeof(*h))
		return config_fail(c, CONFIG_BLOB_SIZE, CONFIG_HEADER, 0, "size", bytes);
	if (h->magic != BLOB_MAGIC)
		return config_fail(c, CONFIG_BLOB_MAGIC, CONFIG_HEADER, 0, "magic", h->magic);
	if (h->version != BLOB_VERSION)
		return config_fail(c, CONFIG_BLOB_VERSION, CONFIG_HEADER, 0, "version", h->version);
	if (h->size < sizeof(*h) || h->size > bytes || h->size > CRC32_BYTES_MAX)
		return config_fail(c, CONFIG_BLOB_SIZE, CONFIG_HEADER, 0, "size", h->size);
	if (blob_crc(h, crc) != h->crc32)
		return config_fail(c, CONFIG_BLOB_CRC, CONFIG_HEADER, 0, "crc32", h->crc32);
	return true;
}

/* The header's tables in order. */
static const struct table_shape {
	uint16_t entry_bytes;
	uint16_t least;
	uint16_t most;
} shapes[CONFIG_TABLE_KINDS] = {
	[CONFIG_CPUS] = {sizeof(struct blob_cpu), 1, BLOB_CPU_MAX},
	[CONFIG_VMS] = {sizeof(struct blob_vm), 1, BLOB_VM_MAX},
	[CONFIG_SERVICES] = {sizeof(struct blob_service), 0, BLOB_SERVICE_MAX},
	[CONFIG_CONTEXTS] = {sizeof(struct blob_context), 0, BLOB_CONTEXT_MAX},
	[CONFIG_RESERVATIONS] = {sizeof(struct blob_reservation), 0, BLOB_RESERVATION_MAX},
	[CONFIG_SEGMENTS] = {sizeof(struct blob_segment), 0, BLOB_SEGMENT_MAX},
	[CONFIG_LINES] = {sizeof(struct blob_line), 0, BLOB_LINE_MAX},
	[CONFIG_WINDOWS] = {sizeof(struct blob_window), 0, BLOB_WINDOW_MAX},
	[CONFIG_MODES] = {sizeof(struct blob_mode), 0, BLOB_MODE_MAX},
	[CONFIG_MODE_RESERVATIONS] = {sizeof(struct blob_reservation), 0, BLOB_MODE_MAX *BLOB_RESERVATION_MAX},
};

static struct blob_table table_of(const struct blob_header *h, enum config_table table)
{
	switch (table) {
	case CONFIG_CPUS:
		return h->cpus;
	case CONFIG_VMS:
		return h->vms;
	case CONFIG_SERVICES:
		return h->services;
	case CONFIG_CONTEXTS:
		return h->contexts;
	case CONFIG_RESERVATIONS:
		return h->reservations;
	case CONFIG_SEGMENTS:
		return h->segments;
	case CONFIG_LINES:
		return h->lines;
	case CONFIG_WINDOWS:
		return h->windows;
	case CONFIG_MODES:
		return h->modes;
	case CONFIG_MODE_RESERVATIONS:
		return h->mode_reservations;
	case CONFIG_HEADER:
	case CONFIG_TABLE_KINDS:
		break;
	}
	return (struct blob_table){0, 0};
}

/* *end: where the table before this one ends; then, where this one does. */
static bool check_table(struct config_checker *c, enum config_table table, uint64_t *end)
{
	struct blob_table t = table_of(c->header, table);
	struct table_shape shape = shapes[table];
	const char *name = config_table_name(table);

	if (!is_aligned(t.offset, BLOB_ALIGN))
		return config_fail(c, CONFIG_TABLE_ALIGN, table, 0, name, t.offset);
	if (t.offset < *end)
		return config_fail(c, CONFIG_TABLE_ORDER, table, 0, name, t.offset);
	if (t.count < shape.least || t.count > shape.most)
		return config_fail(c, CONFIG_TABLE_COUNT, table, 0, name, t.count);
	*end = (uint64_t)t.offset + (uint64_t)t.count * shape.entry_bytes;
	if (*end > c->header->size)
		return config_fail(c, CONFIG_TABLE_RANGE, table, 0, name, *end);
	return true;
}

static bool check_tables(struct config_checker *c)
{
	const struct blob_header *h = c->header;
	uint64_t end = sizeof(*h);

	for (unsigned i = CONFIG_CPUS; i < CONFIG_TABLE_KINDS; i++) {
		LOOP_BOUND(CONFIG_TABLE_KINDS);
		if (!check_table(c, (enum config_table)i, &end))
			return false;
	}
	c->cpus = config_at(h, h->cpus);
	c->vms = config_at(h, h->vms);
	c->services = config_at(h, h->services);
	c->contexts = config_at(h, h->contexts);
	c->reservations = config_at(h, h->reservations);
	c->segments = config_at(h, h->segments);
	c->lines = config_at(h, h->lines);
	c->windows = config_at(h, h->windows);
	c->modes = config_at(h, h->modes);
	c->mode_reservations = config_at(h, h->mode_reservations);
	return true;
}

/* What EL2 keeps of the image: up to the blob's last page. */
static bool set_el2_bytes(struct config_checker *c, uint64_t blob_offset)
{
	uint64_t end;

	if (!is_aligned(blob_offset, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "size", blob_offset);
	if (!checked_add(blob_offset, c->header->size, &end) || end > c->header->image_bytes)
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, "image_bytes", c->header->image_bytes);
	c->el2_bytes = align_up(end, CONFIG_PAGE_BYTES);
	return true;
}

struct config_fault config_check(const void *blob, size_t bytes, uint64_t blob_offset, config_crc *crc)
{
	struct config_checker c = {.header = blob};

	if (check_frame(&c, bytes, crc) && check_tables(&c) && set_el2_bytes(&c, blob_offset) &&
	    config_check_platform(&c) && config_check_names(&c) && config_check_memory(&c) && config_check_vms(&c) &&
	    config_check_services(&c) && config_check_lines(&c) && config_check_time(&c) && config_check_deliveries(&c))
		c.fault.rule = CONFIG_OK;
	return c.fault;
}
