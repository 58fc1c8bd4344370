/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of a blob (abi/blob.h): the same code in `takt` and at boot. A blob that config_check accepts can be read
 * through the accessors below without another look: every index is in its table, every range within its address
 * space, and what EL2 relies on for isolation and time holds.
 *
 * Bounded by the limits in abi/blob.h, close to linear in the size of the blob. Reads the blob and nothing else;
 * needs about 2 KiB of stack.
 */
#ifndef LOGIC_CONFIG_H
#define LOGIC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/blob.h"
#include "logic/config_rules.h"

#define CONFIG_NO_INDEX UINT32_C(0xffffffff)
#define CONFIG_TICKS_MAX (UINT64_C(1) << 40) /* of periods and bounds, so that sums can't overflow */

enum config_table {
	CONFIG_HEADER,
	CONFIG_CPUS,
	CONFIG_VMS,
	CONFIG_SERVICES,
	CONFIG_CONTEXTS,
	CONFIG_RESERVATIONS,
	CONFIG_SEGMENTS,
	CONFIG_LINES,
	CONFIG_WINDOWS,
	CONFIG_MODES,
	CONFIG_MODE_RESERVATIONS,
	CONFIG_TABLE_KINDS
};

/* The first rule that is broken, and where. */
struct config_fault {
	enum config_rule rule; /* CONFIG_OK: the blob is good, and the rest says nothing */
	enum config_table table;
	uint32_t index;    /* in the table; for a table's own fields, 0 */
	uint32_t other;    /* in the same table: what it collides with, or CONFIG_NO_INDEX */
	const char *field; /* as in abi/blob.h */
	uint64_t value;    /* what the field holds */
};

/* What crc32_update of base/crc32.h answers; a machine may have instructions for it. */
typedef uint32_t config_crc(uint32_t crc, const void *data, size_t bytes);

/*
 * Checks the blob at an 8-aligned address, of which at most bytes may be read. blob_offset is how far behind load_pa
 * it lies (struct image_info): [load_pa, load_pa + blob_offset + size), rounded up to a page, is EL2's alone.
 */
struct config_fault config_check(const void *blob, size_t bytes, uint64_t blob_offset, config_crc *crc);

/* "irq-two-owners"; never NULL for a rule below CONFIG_RULE_COUNT. */
const char *config_rule_name(enum config_rule rule);
/* What the rule demands, as a sentence without a stop. */
const char *config_rule_text(enum config_rule rule);
/* "segments" */
const char *config_table_name(enum config_table table);

/* Accessors: blob as accepted by config_check, index below the table's count. */

static inline const struct blob_header *config_header(const void *blob) { return blob; }

static inline const void *config_at(const void *blob, struct blob_table table)
{
	return (const uint8_t *)blob + table.offset;
}

static inline const struct blob_cpu *config_cpu(const void *blob, uint32_t index)
{
	return (const struct blob_cpu *)config_at(blob, config_header(blob)->cpus) + index;
}

static inline const struct blob_vm *config_vm(const void *blob, uint32_t index)
{
	return (const struct blob_vm *)config_at(blob, config_header(blob)->vms) + index;
}

static inline const struct blob_service *config_service(const void *blob, uint32_t index)
{
	return (const struct blob_service *)config_at(blob, config_header(blob)->services) + index;
}

static inline const struct blob_context *config_context(const void *blob, uint32_t index)
{
	return (const struct blob_context *)config_at(blob, config_header(blob)->contexts) + index;
}

static inline const struct blob_reservation *config_reservation(const void *blob, uint32_t index)
{
	return (const struct blob_reservation *)config_at(blob, config_header(blob)->reservations) + index;
}

static inline const struct blob_segment *config_segment(const void *blob, uint32_t index)
{
	return (const struct blob_segment *)config_at(blob, config_header(blob)->segments) + index;
}

/* A VM's loader restores it: the VM's own memory. What is shared is not its own, a device's registers are no memory. */
static inline bool config_is_restored(const struct blob_segment *s)
{
	return (s->attr & (BLOB_SEGMENT_W | BLOB_SEGMENT_DEVICE)) == BLOB_SEGMENT_W && s->shared == 0;
}

static inline const struct blob_line *config_line(const void *blob, uint32_t index)
{
	return (const struct blob_line *)config_at(blob, config_header(blob)->lines) + index;
}

static inline const struct blob_window *config_window(const void *blob, uint32_t index)
{
	return (const struct blob_window *)config_at(blob, config_header(blob)->windows) + index;
}

static inline uint32_t config_mode_count(const void *blob) { return config_header(blob)->modes.count + 1; }

/* Of a mode that is not the normal one. */
static inline const struct blob_mode *config_mode(const void *blob, uint32_t mode)
{
	return (const struct blob_mode *)config_at(blob, config_header(blob)->modes) + (mode - 1);
}

/* A reservation as it is in a mode. */
static inline const struct blob_reservation *config_mode_reservation(const void *blob, uint32_t mode, uint32_t index)
{
	const struct blob_header *h = config_header(blob);
	if (mode == 0)
		return config_reservation(blob, index);
	return (const struct blob_reservation *)config_at(blob, h->mode_reservations) +
	       (mode - 1) * h->reservations.count + index;
}

#endif
