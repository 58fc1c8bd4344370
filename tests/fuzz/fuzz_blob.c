/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: logic/config.c logic/config_platform.c logic/config_memory.c logic/config_owner.c logic/config_time.c
 *        logic/config_line.c logic/config_rules.c logic/config_event.c logic/arm/stage2.c logic/arm/stage2_store.c
 */
/*
 * Any bytes as a blob. The input is either the blob itself or a list of edits to a good one, after which the checksum
 * is made right so that the checks behind it are reached. What is accepted is then used in full: every index is
 * followed, every segment mapped.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "logic/arm/stage2.h"
#include "logic/config.h"
#include "tests/support/sample_blob.h"

#define TABLE_PAGES 64U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(4096) uint64_t pages[TABLE_PAGES][512];
static volatile uint64_t sink;

static void require(bool ok)
{
	if (!ok)
		abort();
}

/*
 * The owner's map must be buildable; a huge one in 4 KiB pages is left out for time, one that takes too many tables
 * is refused.
 */
static void use_map(const struct blob_segment *segments, uint32_t count)
{
	struct stage2 s2;
	uint32_t needed = stage2_pages_needed(segments, count);

	if (needed > TABLE_PAGES)
		return;
	memset(pages, 0, needed * STAGE2_PAGE_BYTES);
	stage2_init(&s2, pages[0], pa(0x1000), needed);
	for (uint32_t i = 0; i < count; i++)
		require(stage2_map(&s2, ipa(segments[i].ipa), pa(segments[i].pa), segments[i].bytes,
				   segments[i].attr) == STATUS_OK);
	require(s2.used_pages == needed);
}

static void use_vm(const void *blob, const struct blob_vm *vm)
{
	for (uint32_t v = 0; v < vm->vcpu_count; v++)
		sink += config_context(blob, vm->vcpu_context[v])->cpu;
	if (vm->console_service != BLOB_NONE)
		sink += config_service(blob, vm->console_service)->mmio_ipa;
	require(strlen(vm->name) != 0);
	use_map(config_segment(blob, vm->first_segment), vm->segment_count);
}

static void use_context(const void *blob, const struct blob_context *context)
{
	sink += config_cpu(blob, context->cpu)->mpidr;
	if (context->reservation != BLOB_NONE)
		sink += config_reservation(blob, context->reservation)->period_ticks;
	sink += context->kind == BLOB_CONTEXT_DRIVER ? config_service(blob, context->owner)->kind
						     : config_vm(blob, context->owner)->flags;
}

static void use_blob(const void *blob)
{
	const struct blob_header *h = config_header(blob);

	for (uint32_t i = 0; i < h->cpus.count; i++) {
		const struct blob_cpu *cpu = config_cpu(blob, i);
		for (uint32_t n = 0; n < cpu->context_count; n++)
			use_context(blob, config_context(blob, cpu->first_context + n));
	}
	for (uint32_t i = 0; i < h->vms.count; i++)
		use_vm(blob, config_vm(blob, i));
	for (uint32_t i = 0; i < h->services.count; i++) {
		const struct blob_service *service = config_service(blob, i);
		if (service->kind == BLOB_SERVICE_MODEL)
			sink += config_vm(blob, service->vm)->flags;
		use_map(config_segment(blob, service->first_segment), service->segment_count);
	}
	for (uint32_t i = 0; i < h->lines.count; i++) {
		const struct blob_line *line = config_line(blob, i);
		sink += line->kind == BLOB_LINE_VM ? config_vm(blob, line->owner)->flags
						   : config_service(blob, line->owner)->kind;
	}
}

static void check_and_use(void *blob, size_t bytes)
{
	struct blob_header *h = blob;

	if (bytes >= sizeof(*h) && h->size <= bytes && h->size >= sizeof(*h)) {
		h->crc32 = 0;
		h->crc32 = crc32_update(0, blob, h->size);
	}
	struct config_fault f = config_check(blob, bytes, SAMPLE_BLOB_OFFSET, crc32_update);
	sink += (uint64_t)config_rule_name(f.rule)[0] + (uint64_t)config_table_name(f.table)[0];
	if (f.rule == CONFIG_OK)
		use_blob(blob);
}

/* Edits: two bytes of place (in 32-bit words), one of kind, four of value. */
static void edit(struct sample_blob *blob, const uint8_t *data, size_t size)
{
	for (; size >= 7; data += 7, size -= 7) {
		size_t word = (size_t)(data[0] | data[1] << 8) % (sizeof(*blob) / 4);
		uint32_t value, old;
		memcpy(&value, data + 3, 4);
		memcpy(&old, (uint8_t *)blob + word * 4, 4);
		switch (data[2] % 4) {
		case 0:
			break;
		case 1:
			value += old;
			break;
		case 2:
			value = old + (value % 33 - 16) * 0x1000;
			break;
		default:
			memcpy(&value, (uint8_t *)blob + value % (sizeof(*blob) / 4) * 4, 4);
			break;
		}
		memcpy((uint8_t *)blob + word * 4, &value, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0) {
		struct sample_blob *blob = malloc(sizeof(*blob));
		require(blob != NULL);
		sample_make(blob);
		edit(blob, data + 1, size - 1);
		check_and_use(blob, sizeof(*blob));
		free(blob);
		return 0;
	}
	void *copy = malloc(size);
	require(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	check_and_use(copy, size - 1);
	free(copy);
	return 0;
}
