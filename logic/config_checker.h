/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the parts of config_check only. The parts run in the order below, and each may use what those before it
 * have checked. Every one answers true, or false after config_fail has said why.
 */
#ifndef LOGIC_CONFIG_CHECKER_H
#define LOGIC_CONFIG_CHECKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "logic/config.h"

#define CONFIG_IPA_BITS 39 /* of guests and services; as logic/arm/stage2.h */
#define CONFIG_PA_BITS 48
#define CONFIG_PAGE_BYTES UINT64_C(4096)
#define CONFIG_LOG_BYTES UINT64_C(0x2000) /* a struct console (abi/service.h) */
#define CONFIG_GICD_BYTES UINT64_C(0x10000)
#define CONFIG_GICR_BYTES UINT64_C(0x20000)

struct config_range {
	uint64_t base;
	uint64_t bytes;
};

enum config_platform_range { PLATFORM_EL2, PLATFORM_ARENA, PLATFORM_GICD, PLATFORM_GICR, PLATFORM_RANGES };

struct config_checker {
	const struct blob_header *header;
	const struct blob_cpu *cpus;
	const struct blob_vm *vms;
	const struct blob_service *services;
	const struct blob_context *contexts;
	const struct blob_reservation *reservations;
	const struct blob_segment *segments;
	const struct blob_line *lines;
	const struct blob_window *windows;
	const struct blob_mode *modes;
	const struct blob_reservation *mode_reservations;
	uint64_t el2_bytes;                            /* from load_pa: EL2 and the blob */
	struct config_range platform[PLATFORM_RANGES]; /* physical memory that no segment may hold */
	struct config_fault fault;
};

/* A segment table's part that belongs to one owner. */
struct config_map {
	const struct blob_segment *segments;
	uint32_t count;
};

/* Records the fault; answers false, for the caller to pass on. */
bool config_fail(struct config_checker *c, enum config_rule rule, enum config_table table, uint32_t index,
		 const char *field, uint64_t value);

/* The same for a collision with entry `other` of the same table. */
bool config_collide(struct config_checker *c, enum config_rule rule, enum config_table table, uint32_t index,
		    const char *field, uint64_t value, uint32_t other);

/* The segment of the owner that holds the address, or NULL. */
const struct blob_segment *config_map_find(struct config_map map, uint64_t ipa);

/* Whether a range shares a byte with a segment of the owner. The range must not wrap. */
bool config_map_overlaps(struct config_map map, uint64_t ipa, uint64_t bytes);

static inline struct config_map config_vm_map(const struct config_checker *c, const struct blob_vm *vm)
{
	return (struct config_map){c->segments + vm->first_segment, vm->segment_count};
}

static inline struct config_map config_service_map(const struct config_checker *c, const struct blob_service *service)
{
	return (struct config_map){c->segments + service->first_segment, service->segment_count};
}

/* config_platform.c: the header's addresses, and names. */
bool config_check_platform(struct config_checker *c);
bool config_check_names(struct config_checker *c);

/* config_memory.c: the segment table. */
bool config_check_memory(struct config_checker *c);

/* config_owner.c: VMs, services, lines. */
bool config_check_vms(struct config_checker *c);
bool config_check_services(struct config_checker *c);
bool config_check_lines(struct config_checker *c);

/* config_time.c: CPUs, reservations, contexts. */
bool config_check_deliveries(struct config_checker *c); /* behind all others */
bool config_check_time(struct config_checker *c);

#endif
