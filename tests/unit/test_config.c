/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: logic/config.c logic/config_platform.c logic/config_memory.c logic/config_owner.c logic/config_time.c
 * logic/config_line.c logic/config_rules.c logic/config_text.c logic/config_event.c
 */
/*
 * The check of a blob: a good one passes, and for each rule blobs that break just that one are refused, naming rule,
 * table, entry and field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "logic/config.h"
#include "tests/support/sample_blob.h"

#define LAST_VM (SAMPLE_VMS - 1)
#define MODEL0_SEGMENT SAMPLE_FIRST_MODEL_SEGMENT
#define AT(member) offsetof(struct sample_blob, member)
#define SPOIL(rule, table, index, field, member, value)                                                 \
	{                                                                                               \
		rule, table, index, field, AT(member), sizeof(((struct sample_blob *)0)->member), value \
	}

/* One field of the good blob gets another value. */
struct spoilt {
	enum config_rule rule;
	enum config_table table;
	uint32_t index;
	const char *field;
	size_t offset;
	size_t bytes;
	uint64_t value;
};

static const struct spoilt frame_cases[] = {
	SPOIL(CONFIG_BLOB_MAGIC, CONFIG_HEADER, 0, "magic", header.magic, 1),
	SPOIL(CONFIG_BLOB_VERSION, CONFIG_HEADER, 0, "version", header.version, BLOB_VERSION + 1),
	SPOIL(CONFIG_BLOB_SIZE, CONFIG_HEADER, 0, "size", header.size, sizeof(struct sample_blob) + 8),
	SPOIL(CONFIG_BLOB_SIZE, CONFIG_HEADER, 0, "size", header.size, sizeof(struct blob_header) - 8),
	SPOIL(CONFIG_TABLE_ALIGN, CONFIG_CPUS, 0, "cpus", header.cpus.offset, AT(cpus) + 4),
	SPOIL(CONFIG_TABLE_ORDER, CONFIG_CPUS, 0, "cpus", header.cpus.offset, 0),
	SPOIL(CONFIG_TABLE_ORDER, CONFIG_VMS, 0, "vms", header.vms.offset, AT(vms) - 8),
	SPOIL(CONFIG_TABLE_ORDER, CONFIG_SEGMENTS, 0, "segments", header.segments.offset, AT(contexts)),
	SPOIL(CONFIG_TABLE_RANGE, CONFIG_MODE_RESERVATIONS, 0, "mode_reservations", header.mode_reservations.offset,
	      AT(mode_reservations) + 8),
	SPOIL(CONFIG_TABLE_RANGE, CONFIG_MODE_RESERVATIONS, 0, "mode_reservations", header.mode_reservations.offset,
	      0xfffffff8),
	SPOIL(CONFIG_TABLE_RANGE, CONFIG_MODE_RESERVATIONS, 0, "mode_reservations", header.mode_reservations.count, 4),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_CPUS, 0, "cpus", header.cpus.count, 0),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_CPUS, 0, "cpus", header.cpus.count, BLOB_CPU_MAX + 1),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_VMS, 0, "vms", header.vms.count, 0),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_VMS, 0, "vms", header.vms.count, BLOB_VM_MAX + 1),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_SERVICES, 0, "services", header.services.count, BLOB_SERVICE_MAX + 1),
	SPOIL(CONFIG_TABLE_COUNT, CONFIG_LINES, 0, "lines", header.lines.count, 0xffffffff),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "load_pa", header.load_pa, SAMPLE_LOAD + 0x1000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "arena_pa", header.arena_pa, 0x42100000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "arena_bytes", header.arena_bytes, 0x1000),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, "arena_pa", header.arena_bytes, 0),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, "arena_pa", header.arena_pa, UINT64_C(1) << 48),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, "image_bytes", header.image_bytes, SAMPLE_BLOB_OFFSET),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, "load_pa", header.image_bytes, UINT64_C(1) << 50),
	SPOIL(CONFIG_IMAGE_PLACE, CONFIG_HEADER, 0, "load_pa", header.load_pa, UINT64_C(256) << 30),
	SPOIL(CONFIG_IMAGE_PLACE, CONFIG_HEADER, 0, "load_pa", header.load_pa, (UINT64_C(257) << 30) - 0x200000),
	SPOIL(CONFIG_IMAGE_PLACE, CONFIG_HEADER, 0, "load_pa", header.load_pa, UINT64_C(512) << 30),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "gicd_pa", header.gicd_pa, 0x08001000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "gicr_pa", header.gicr_pa, 0x080a1000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "uart_pa", header.uart_pa, 0x09000004),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "log_pa", header.log_pa, SAMPLE_CONSOLES + 4),
	SPOIL(CONFIG_COUNTER, CONFIG_HEADER, 0, "counter_hz", header.counter_hz, 0),
	SPOIL(CONFIG_COUNTER, CONFIG_HEADER, 0, "counter_hz", header.counter_hz, UINT64_MAX),
	SPOIL(CONFIG_PLATFORM_OVERLAP, CONFIG_HEADER, 0, "arena_pa", header.arena_pa, SAMPLE_LOAD),
	SPOIL(CONFIG_PLATFORM_OVERLAP, CONFIG_HEADER, 0, "gicd_pa", header.gicd_pa, 0x42010000),
	SPOIL(CONFIG_PLATFORM_OVERLAP, CONFIG_HEADER, 0, "gicr_pa", header.gicr_pa, 0x08000000),
	SPOIL(CONFIG_PLATFORM_OVERLAP, CONFIG_HEADER, 0, "uart_pa", header.uart_pa, 0x080a1000),
	SPOIL(CONFIG_LOG_PLACE, CONFIG_HEADER, 0, "log_pa", header.log_pa, SAMPLE_LOAD + SAMPLE_BLOB_OFFSET),
	SPOIL(CONFIG_LOG_PLACE, CONFIG_HEADER, 0, "log_pa", header.log_pa, SAMPLE_LOAD + 0x400000 - 0x1000),
	SPOIL(CONFIG_LOG_PLACE, CONFIG_HEADER, 0, "log_pa", header.log_pa, UINT64_C(0xfffffffffffff000)),
};

static const struct spoilt time_cases[] = {
	SPOIL(CONFIG_CPU_MPIDR, CONFIG_CPUS, 1, "mpidr", cpus[1].mpidr, 0x80000001),
	SPOIL(CONFIG_CPU_MPIDR, CONFIG_CPUS, 1, "mpidr", cpus[1].mpidr, 0),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CPUS, 1, "first_context", cpus[1].first_context, 0),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CPUS, 1, "context_count", cpus[1].context_count, 2),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CPUS, 0, "context_count", cpus[0].context_count, 0xffffffff),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CONTEXTS, SAMPLE_CONTEXTS - 1, "cpu", cpus[1].context_count, 0),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CONTEXTS, 3, "cpu", contexts[3].cpu, 1),
	SPOIL(CONFIG_CPU_CONTEXTS, CONFIG_CONTEXTS, 3, "cpu", contexts[3].cpu, 99),
	SPOIL(CONFIG_RESERVATION_CPU, CONFIG_RESERVATIONS, 2, "cpu", reservations[2].cpu, 2),
	SPOIL(CONFIG_RESERVATION_CPU, CONFIG_RESERVATIONS, 1, "cpu", reservations[0].cpu, 1),
	SPOIL(CONFIG_RESERVATION_RANK, CONFIG_RESERVATIONS, 0, "rank", reservations[0].rank, 1),
	SPOIL(CONFIG_RESERVATION_RANK, CONFIG_RESERVATIONS, 0, "rank", cpus[0].policy, BLOB_POLICY_FIXED),
	SPOIL(CONFIG_RESERVATION_RANK, CONFIG_RESERVATIONS, 2, "rank", reservations[2].rank, 1),
	SPOIL(CONFIG_FLAG, CONFIG_CPUS, 0, "policy", cpus[0].policy, 3),
	SPOIL(CONFIG_RESERVED, CONFIG_CPUS, 1, "reserved", cpus[1].reserved, 1),
	SPOIL(CONFIG_WINDOW_DIVISION, CONFIG_CPUS, 1, "window_count", cpus[1].policy, BLOB_POLICY_EDF),
	SPOIL(CONFIG_WINDOW_DIVISION, CONFIG_CPUS, 0, "window_count", cpus[0].policy, BLOB_POLICY_TABLE),
	SPOIL(CONFIG_WINDOW_DIVISION, CONFIG_CPUS, 1, "window_count", cpus[1].window_count, 4),
	SPOIL(CONFIG_WINDOW_DIVISION, CONFIG_CPUS, 1, "window_count", cpus[1].window_count, 0),
	SPOIL(CONFIG_WINDOW_DIVISION, CONFIG_CPUS, 1, "first_window", cpus[1].first_window, 1),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_CPUS, 1, "frame_ticks", cpus[1].frame_ticks, 62501),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_CPUS, 1, "frame_ticks", cpus[1].frame_ticks, CONFIG_TICKS_MAX + 1),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_CPUS, 0, "frame_ticks", cpus[0].frame_ticks, 1),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_WINDOWS, 2, "end_ticks", cpus[1].frame_ticks, 62499),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_WINDOWS, 0, "end_ticks", windows[0].start_ticks, 1),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_WINDOWS, 1, "end_ticks", windows[1].start_ticks, 30001),
	SPOIL(CONFIG_WINDOW_COVER, CONFIG_WINDOWS, 1, "end_ticks", windows[1].end_ticks, 30000),
	SPOIL(CONFIG_WINDOW_OWNER, CONFIG_WINDOWS, 1, "reservation", windows[1].reservation, 3),
	SPOIL(CONFIG_WINDOW_OWNER, CONFIG_RESERVATIONS, 0, "cpu", windows[1].reservation, 0),
	SPOIL(CONFIG_FLAG, CONFIG_WINDOWS, 1, "closed", windows[1].closed, 2),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_RESERVATIONS, 0, "budget_ticks", reservations[0].budget_ticks, 0),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_RESERVATIONS, 0, "budget_ticks", reservations[0].budget_ticks, 31251),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_RESERVATIONS, 0, "deadline_ticks", reservations[0].deadline_ticks,
	      62501),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_RESERVATIONS, 0, "period_ticks", reservations[0].period_ticks,
	      CONFIG_TICKS_MAX + 1),
	SPOIL(CONFIG_RESERVATION_SUM, CONFIG_RESERVATIONS, 1, "budget_ticks", reservations[1].budget_ticks, 42501),
	SPOIL(CONFIG_RESERVATION_SUM, CONFIG_RESERVATIONS, 1, "budget_ticks", reservations[0].budget_ticks, 31250),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODES, 0, "mode_reservations", header.mode_reservations.count, 2),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODES, 0, "mode_reservations", header.modes.count, 0),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, 2, "cpu", mode_reservations[2].cpu, 0),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, 0, "cpu", mode_reservations[0].rank, 1),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, 2, "budget_ticks", mode_reservations[2].budget_ticks, 62499),
	SPOIL(CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, 2, "budget_ticks", mode_reservations[2].period_ticks, 62501),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_MODE_RESERVATIONS, 0, "budget_ticks", mode_reservations[0].budget_ticks,
	      0),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_MODE_RESERVATIONS, 0, "budget_ticks", mode_reservations[0].budget_ticks,
	      31251),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_MODE_RESERVATIONS, 1, "deadline_ticks",
	      mode_reservations[1].deadline_ticks, 62501),
	SPOIL(CONFIG_RESERVATION_TIMES, CONFIG_MODE_RESERVATIONS, 0, "period_ticks", mode_reservations[0].period_ticks,
	      CONFIG_TICKS_MAX + 1),
	SPOIL(CONFIG_RESERVATION_SUM, CONFIG_MODE_RESERVATIONS, 1, "budget_ticks", mode_reservations[1].budget_ticks,
	      52501),
	SPOIL(CONFIG_FLAG, CONFIG_CONTEXTS, 3, "dedicated", contexts[3].dedicated, 2),
	SPOIL(CONFIG_FLAG, CONFIG_CONTEXTS, 0, "kind", contexts[0].kind, 3),
	SPOIL(CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, 0, "owner", contexts[0].owner, 0),
	SPOIL(CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, 0, "owner", contexts[0].owner, 1000),
	SPOIL(CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, 0, "owner", contexts[0].vcpu, 1),
	SPOIL(CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, 0, "owner", contexts[0].kind, BLOB_CONTEXT_VCPU),
	SPOIL(CONFIG_CONTEXT_BAND, CONFIG_CONTEXTS, 4, "band", contexts[4].band, 12),
	SPOIL(CONFIG_CONTEXT_DEDICATED, CONFIG_CONTEXTS, 4, "dedicated", contexts[4].dedicated, 1),
	SPOIL(CONFIG_CONTEXT_DEDICATED, CONFIG_CONTEXTS, SAMPLE_CONTEXTS - 1, "dedicated",
	      contexts[SAMPLE_CONTEXTS - 1].dedicated, 1),
	SPOIL(CONFIG_CONTEXT_DEDICATED, CONFIG_CONTEXTS, 0, "dedicated", contexts[0].dedicated, 1),
	SPOIL(CONFIG_CONTEXT_RESERVATION, CONFIG_CONTEXTS, 0, "reservation", contexts[0].reservation, BLOB_NONE),
	SPOIL(CONFIG_CONTEXT_RESERVATION, CONFIG_CONTEXTS, 0, "reservation", contexts[0].reservation, 3),
	SPOIL(CONFIG_CONTEXT_RESERVATION, CONFIG_CONTEXTS, 0, "reservation", contexts[0].reservation, 2),
	SPOIL(CONFIG_CONTEXT_WEIGHT, CONFIG_CONTEXTS, 0, "weight", contexts[0].weight, 1),
	SPOIL(CONFIG_CONTEXT_WEIGHT, CONFIG_CONTEXTS, 3, "weight", contexts[3].weight, 0),
	SPOIL(CONFIG_CONTEXT_WEIGHT, CONFIG_CONTEXTS, 3, "weight", contexts[3].weight, 1001),
};

static const struct spoilt memory_cases[] = {
	SPOIL(CONFIG_SEGMENT_DIVISION, CONFIG_VMS, 1, "first_segment", vms[1].first_segment, 3),
	SPOIL(CONFIG_SEGMENT_DIVISION, CONFIG_VMS, 0, "segment_count", vms[0].segment_count, 33),
	SPOIL(CONFIG_SEGMENT_DIVISION, CONFIG_VMS, 1, "first_segment", vms[0].segment_count, 1),
	SPOIL(CONFIG_SEGMENT_DIVISION, CONFIG_SERVICES, SAMPLE_DRIVER, "segment_count",
	      services[SAMPLE_DRIVER].segment_count, 7),
	SPOIL(CONFIG_SEGMENT_DIVISION, CONFIG_SEGMENTS, 0, "segments", services[SAMPLE_DRIVER].segment_count, 5),
	SPOIL(CONFIG_SEGMENT_ORDER, CONFIG_SEGMENTS, 1, "ipa", segments[1].ipa, 0x0a000000),
	SPOIL(CONFIG_SEGMENT_IPA_OVERLAP, CONFIG_SEGMENTS, 1, "ipa", segments[0].ipa, 0x40000000),
	SPOIL(CONFIG_SEGMENT_IPA_OVERLAP, CONFIG_SEGMENTS, MODEL0_SEGMENT + 2, "ipa", segments[MODEL0_SEGMENT + 1].ipa,
	      0x001ff000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, 1, "ipa", segments[1].ipa, 0x40000800),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, 1, "pa", segments[1].pa, 0x50000001),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_SEGMENTS, 1, "bytes", segments[1].bytes, 0x4000001),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, 1, "ipa", segments[1].bytes, 0),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, 1, "ipa", segments[1].ipa, (UINT64_C(1) << 39) - 0x1000),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, 1, "ipa", segments[1].bytes, UINT64_C(0xfffffffffffff000)),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SEGMENTS, 1, "pa", segments[1].pa, (UINT64_C(1) << 48) - 0x1000),
	SPOIL(CONFIG_FLAG, CONFIG_SEGMENTS, 1, "attr", segments[1].attr, 0x17),
	SPOIL(CONFIG_FLAG, CONFIG_SEGMENTS, 1, "shared", segments[1].shared, 2),
	SPOIL(CONFIG_SEGMENT_ATTR, CONFIG_SEGMENTS, 1, "attr", segments[1].attr, BLOB_SEGMENT_X),
	SPOIL(CONFIG_SEGMENT_ATTR, CONFIG_SEGMENTS, 0, "attr", segments[0].attr,
	      SAMPLE_RW | BLOB_SEGMENT_X | BLOB_SEGMENT_DEVICE),
	SPOIL(CONFIG_SEGMENT_ATTR, CONFIG_SEGMENTS, MODEL0_SEGMENT, "attr", segments[MODEL0_SEGMENT].attr,
	      SAMPLE_RW | BLOB_SEGMENT_X),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, SAMPLE_LOAD),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, SAMPLE_LOAD + SAMPLE_BLOB_OFFSET + 0x1000),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, 0x421ff000),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, 0x08000000),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, 0x080df000),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 1, "pa", segments[1].pa, 0x40000000),
	SPOIL(CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, SAMPLE_FIRST_DRIVER_SEGMENT + 4, "pa",
	      segments[SAMPLE_FIRST_DRIVER_SEGMENT + 4].shared, 0),
};

static const struct spoilt overlap_cases[] = {
	SPOIL(CONFIG_SEGMENT_PA_OVERLAP, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, 0x53fff000),
	SPOIL(CONFIG_SEGMENT_PA_OVERLAP, CONFIG_SEGMENTS, 3, "pa", segments[1].bytes, 0x4001000),
	SPOIL(CONFIG_SEGMENT_PA_OVERLAP, CONFIG_SEGMENTS, 0, "pa", segments[0].pa, 0x6ffff000),
};

static const struct spoilt vm_cases[] = {
	SPOIL(CONFIG_NAME, CONFIG_VMS, 2, "name", vms[2].name[0], 0),
	SPOIL(CONFIG_NAME, CONFIG_VMS, 2, "name", vms[2].name[31], 'x'),
	SPOIL(CONFIG_NAME, CONFIG_VMS, 2, "name", vms[2].name[1], '\n'),
	SPOIL(CONFIG_NAME, CONFIG_VMS, 2, "name", vms[2].name[1], 0x80),
	SPOIL(CONFIG_NAME, CONFIG_MODES, 0, "name", modes[0].name[0], 0),
	SPOIL(CONFIG_VM_ACTION, CONFIG_VMS, 2, "on", vms[2].on[BLOB_ON_MISS], BLOB_ACTION_MODE + 2),
	SPOIL(CONFIG_FLAG, CONFIG_VMS, 2, "flags", vms[2].flags, 32),
	SPOIL(CONFIG_VM_ACTION, CONFIG_VMS, 2, "on", vms[2].on[BLOB_ON_RESET], BLOB_ACTION_RECORD),
	SPOIL(CONFIG_VM_LOADER, CONFIG_VMS, 2, "loader", vms[2].on[BLOB_ON_RESET], BLOB_ACTION_RESTART),
	SPOIL(CONFIG_VM_LOADER, CONFIG_VMS, 2, "loader", vms[2].on[BLOB_ON_MISS], BLOB_ACTION_RESTART),
	SPOIL(CONFIG_VM_LOADER, CONFIG_VMS, 2, "loader", vms[2].loader, SAMPLE_DRIVER),
	SPOIL(CONFIG_VM_LOADER, CONFIG_VMS, 2, "loader", vms[2].loader, SAMPLE_SERVICES),
	SPOIL(CONFIG_VM_STOLEN, CONFIG_VMS, 2, "stolen_segment", vms[2].stolen_segment, SAMPLE_SEGMENTS),
	SPOIL(CONFIG_VM_STOLEN, CONFIG_VMS, 2, "stolen_segment", vms[2].stolen_segment, 2 * SAMPLE_VM_SEGMENTS - 1),
	SPOIL(CONFIG_VM_STOLEN, CONFIG_VMS, 2, "stolen_segment", vms[2].stolen_segment, 3 * SAMPLE_VM_SEGMENTS),
	SPOIL(CONFIG_VM_STOLEN, CONFIG_VMS, 2, "stolen_segment", vms[2].stolen_segment, 2 * SAMPLE_VM_SEGMENTS),
	SPOIL(CONFIG_VM_ACTION, CONFIG_VMS, 2, "on", vms[2].on[BLOB_ON_CRASH], BLOB_ACTION_NONE),
	SPOIL(CONFIG_VM_ACTION, CONFIG_VMS, 2, "on", vms[2].on[BLOB_ON_OVERRUN], BLOB_ACTION_SYSTEM + 1),
	SPOIL(CONFIG_VM_ACTION, CONFIG_VMS, 2, "on", vms[2].on[BLOB_ON_COUNT], BLOB_ACTION_STOP),
	SPOIL(CONFIG_VM_CONSOLE, CONFIG_VMS, 2, "console_service", vms[2].console_service, 3),
	SPOIL(CONFIG_VM_CONSOLE, CONFIG_VMS, 2, "console_service", vms[2].console_service, SAMPLE_DRIVER),
	SPOIL(CONFIG_VM_CONSOLE, CONFIG_VMS, 2, "console_service", vms[2].console_service, SAMPLE_SERVICES),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "vcpu_count", vms[2].vcpu_count, 0),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "vcpu_count", vms[2].vcpu_count, 9),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "vcpu_context", vms[2].vcpu_count, 2),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "first_context", vms[2].first_context, 0),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, LAST_VM, "vcpu_context", vms[LAST_VM].vcpu_context[1], LAST_VM + 1),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, LAST_VM, "vcpu_context", vms[LAST_VM].vcpu_context[1], 1000),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "vcpu_context", vms[2].vcpu_context[7], 0),
	SPOIL(CONFIG_VM_VCPUS, CONFIG_VMS, 2, "vcpu_context", contexts[3].owner, 3),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", vms[1].alarm, SAMPLE_CONTEXTS),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", vms[1].alarm, 2),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", vms[1].alarm, BLOB_NONE),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 2, "alarm", vms[2].watchdog_virq, 42),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", contexts[SAMPLE_ALARM].owner, 2),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", contexts[SAMPLE_ALARM].weight, 99),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", contexts[SAMPLE_ALARM].band, 10),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 1, "alarm", contexts[SAMPLE_ALARM].reservation, 0),
	SPOIL(CONFIG_VM_ALARM, CONFIG_VMS, 2, "alarm", vms[2].alarm, SAMPLE_ALARM),
	SPOIL(CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, SAMPLE_ALARM, "owner", contexts[SAMPLE_ALARM].vcpu, 1),
	SPOIL(CONFIG_VIRQ, CONFIG_VMS, 1, "watchdog_virq", vms[1].watchdog_virq, 31),
	SPOIL(CONFIG_VIRQ_TWICE, CONFIG_SERVICES, 1, "virq", vms[1].watchdog_virq, 33),
	SPOIL(CONFIG_VIRQ_TWICE, CONFIG_LINES, 2, "virq", vms[1].watchdog_virq, 48),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_VMS, 1, "watchdog_control_ipa", vms[1].watchdog_control_ipa, 0x09101004),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_VMS, 1, "watchdog_control_ipa", vms[1].watchdog_control_ipa,
	      UINT64_C(1) << 39),
	SPOIL(CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, 1, "watchdog_refresh_ipa", vms[1].watchdog_refresh_ipa, 0x09101000),
	SPOIL(CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, 1, "watchdog_refresh_ipa", vms[1].watchdog_refresh_ipa, 0x09000000),
	SPOIL(CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, 1, "watchdog_control_ipa", vms[1].watchdog_control_ipa, 0x080b0000),
	SPOIL(CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, 1, "watchdog_control_ipa", vms[1].watchdog_control_ipa, 0x40000000),
	SPOIL(CONFIG_ENTRY, CONFIG_VMS, 2, "entry_ipa", vms[2].entry_ipa, 0x3ffffffc),
	SPOIL(CONFIG_ENTRY, CONFIG_VMS, 2, "entry_ipa", vms[2].entry_ipa, 0x40000002),
	SPOIL(CONFIG_ENTRY, CONFIG_VMS, 2, "entry_ipa", vms[2].entry_ipa, 0x0a003000),
	SPOIL(CONFIG_DTB, CONFIG_VMS, 2, "dtb_ipa", vms[2].dtb_ipa, 0x44000000),
	SPOIL(CONFIG_DTB, CONFIG_VMS, 2, "dtb_ipa", vms[2].dtb_ipa, 0x40000004),
	SPOIL(CONFIG_DTB, CONFIG_VMS, 2, "dtb_ipa", vms[2].dtb_ipa, 0x0a003000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_VMS, 2, "gicd_ipa", vms[2].gicd_ipa, 0x08001000),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_VMS, 2, "gicr_ipa", vms[2].gicr_ipa, 0x080a1000),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_VMS, 2, "gicd_ipa", vms[2].gicd_ipa, UINT64_C(1) << 39),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_VMS, 2, "gicr_ipa", vms[2].gicr_ipa, (UINT64_C(1) << 39) - 0x10000),
	SPOIL(CONFIG_VGIC_OVERLAP, CONFIG_VMS, 2, "gicd_ipa", vms[2].gicd_ipa, 0x40010000),
	SPOIL(CONFIG_VGIC_OVERLAP, CONFIG_VMS, 2, "gicr_ipa", vms[2].gicr_ipa, 0x3fff0000),
	SPOIL(CONFIG_VGIC_OVERLAP, CONFIG_VMS, 2, "gicr_ipa", vms[2].gicr_ipa, 0x07ff0000),
};

static const struct spoilt service_cases[] = {
	SPOIL(CONFIG_NAME, CONFIG_SERVICES, 3, "name", services[3].name[0], 0),
	SPOIL(CONFIG_FLAG, CONFIG_SERVICES, SAMPLE_DRIVER, "kind", services[SAMPLE_DRIVER].kind, 3),
	SPOIL(CONFIG_RESERVED, CONFIG_SERVICES, 3, "flash_ipa", services[3].flash_ipa, 0x04000000),
	SPOIL(CONFIG_FLAG, CONFIG_SERVICES, 3, "has_flash", services[3].has_flash, 2),
	SPOIL(CONFIG_FLAG, CONFIG_SERVICES, SAMPLE_DRIVER, "has_flash", services[SAMPLE_DRIVER].has_flash, 1),
	SPOIL(CONFIG_MODEL_FLASH, CONFIG_SERVICES, 3, "flash_ipa", services[3].has_flash, 1),
	SPOIL(CONFIG_ENTRY, CONFIG_SERVICES, 3, "entry_ipa", services[3].entry_ipa, 0x00100000),
	SPOIL(CONFIG_STACK, CONFIG_SERVICES, 3, "stack_ipa", services[3].stack_ipa, 0x00200008),
	SPOIL(CONFIG_STACK, CONFIG_SERVICES, 3, "stack_ipa", services[3].stack_ipa, 0),
	SPOIL(CONFIG_STACK, CONFIG_SERVICES, 3, "stack_ipa", services[3].stack_ipa, 0x00301000),
	SPOIL(CONFIG_STACK, CONFIG_SERVICES, SAMPLE_DRIVER, "stack_ipa", services[SAMPLE_DRIVER].stack_ipa, 0x00801000),
	SPOIL(CONFIG_SERVICE_VM, CONFIG_SERVICES, SAMPLE_DRIVER, "vm", services[SAMPLE_DRIVER].vm, 0),
	SPOIL(CONFIG_MODEL_BOUND, CONFIG_SERVICES, 3, "bound_ticks", services[3].bound_ticks, 0),
	SPOIL(CONFIG_MODEL_BOUND, CONFIG_SERVICES, 3, "bound_ticks", services[3].bound_ticks, UINT64_MAX),
	SPOIL(CONFIG_VIRQ, CONFIG_SERVICES, 3, "virq", services[3].virq, 31),
	SPOIL(CONFIG_VIRQ, CONFIG_SERVICES, 3, "virq", services[3].virq, BLOB_VIRQ_END),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_ipa, 0x09000004),
	SPOIL(CONFIG_ADDRESS_ALIGN, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_bytes, 0x1001),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_bytes, 0),
	SPOIL(CONFIG_ADDRESS_RANGE, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_ipa, UINT64_C(1) << 39),
	SPOIL(CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_ipa, 0x3ffff800),
	SPOIL(CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_ipa, 0x0800fff8),
	SPOIL(CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, 3, "mmio_ipa", services[3].mmio_ipa, 0x080bf000),
};

static const struct spoilt line_cases[] = {
	SPOIL(CONFIG_LINE_INTID, CONFIG_LINES, 0, "intid", lines[0].intid, 31),
	SPOIL(CONFIG_LINE_INTID, CONFIG_LINES, 2, "intid", lines[2].intid, 1020),
	SPOIL(CONFIG_LINE_ORDER, CONFIG_LINES, 1, "intid", lines[0].intid, 100),
	SPOIL(CONFIG_LINE_TWO_OWNERS, CONFIG_LINES, 2, "intid", lines[2].intid, 48),
	SPOIL(CONFIG_FLAG, CONFIG_LINES, 2, "kind", lines[2].kind, 2),
	SPOIL(CONFIG_FLAG, CONFIG_LINES, 2, "edge", lines[2].edge, 2),
	SPOIL(CONFIG_LINE_INTID, CONFIG_LINES, 2, "intid", lines[2].intid, BLOB_VM_LINE_END),
	SPOIL(CONFIG_LINE_DELIVERY, CONFIG_LINES, 2, "delivery", lines[2].delivery, BLOB_DELIVERY_POLLED + 1),
	SPOIL(CONFIG_LINE_POLLED, CONFIG_LINES, 2, "delivery", lines[2].delivery, BLOB_DELIVERY_POLLED),
	SPOIL(CONFIG_LINE_THROTTLE, CONFIG_LINES, 2, "burst", lines[2].burst, 1),
	SPOIL(CONFIG_LINE_THROTTLE, CONFIG_LINES, 2, "burst", lines[2].distance_ticks, 1),
	SPOIL(CONFIG_LINE_THROTTLE, CONFIG_LINES, 0, "burst", lines[0].distance_ticks, 1),
	SPOIL(CONFIG_RESERVED, CONFIG_LINES, 2, "reserved", lines[2].reserved, 1),
	SPOIL(CONFIG_LINE_DELIVERY, CONFIG_LINES, 0, "delivery", lines[0].delivery, BLOB_DELIVERY_DEFERRED),
	SPOIL(CONFIG_LINE_OWNER, CONFIG_LINES, 2, "owner", lines[2].owner, SAMPLE_VMS),
	SPOIL(CONFIG_LINE_OWNER, CONFIG_LINES, 0, "owner", lines[0].owner, 0),
	SPOIL(CONFIG_LINE_OWNER, CONFIG_LINES, 0, "owner", lines[0].owner, SAMPLE_SERVICES),
	SPOIL(CONFIG_VIRQ, CONFIG_LINES, 2, "virq", lines[2].virq, 16),
	SPOIL(CONFIG_VIRQ, CONFIG_LINES, 2, "virq", lines[2].virq, BLOB_VIRQ_END),
	SPOIL(CONFIG_VIRQ, CONFIG_LINES, 0, "virq", lines[0].virq, 32),
	SPOIL(CONFIG_VIRQ_TWICE, CONFIG_LINES, 2, "virq", lines[2].owner, 0),
	SPOIL(CONFIG_VIRQ_TWICE, CONFIG_LINES, 1, "virq", lines[1].virq, 33),
};

static struct sample_blob good, bad;
static bool is_seen[CONFIG_RULE_COUNT];

static int setup(void **state)
{
	(void)state;
	sample_make(&good);
	bad = good;
	return 0;
}

static struct config_fault check_bad(void)
{
	sample_seal(&bad);
	return config_check(&bad, sizeof(bad), SAMPLE_BLOB_OFFSET, crc32_update);
}

static void expect(struct config_fault f, enum config_rule rule, enum config_table table, uint32_t index,
		   const char *field)
{
	is_seen[f.rule] = true;
	assert_string_equal(config_rule_name(f.rule), config_rule_name(rule));
	assert_string_equal(config_table_name(f.table), config_table_name(table));
	assert_int_equal(f.index, index);
	assert_string_equal(f.field, field);
}

static void run(const struct spoilt *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct spoilt *s = &cases[i];
		bad = good;
		memcpy((uint8_t *)&bad + s->offset, &s->value, s->bytes);
		expect(check_bad(), s->rule, s->table, s->index, s->field);
	}
}

static void test_good(void **state)
{
	struct config_fault f = config_check(&good, sizeof(good), SAMPLE_BLOB_OFFSET, crc32_update);

	(void)state;
	is_seen[CONFIG_OK] = true;
	assert_string_equal(config_rule_name(f.rule), "ok");
	assert_ptr_equal(config_vm(&good, 3), &good.vms[3]);
	assert_ptr_equal(config_cpu(&good, 1), &good.cpus[1]);
	assert_ptr_equal(config_service(&good, 3), &good.services[3]);
	assert_ptr_equal(config_context(&good, 3), &good.contexts[3]);
	assert_ptr_equal(config_reservation(&good, 2), &good.reservations[2]);
	assert_ptr_equal(config_segment(&good, 9), &good.segments[9]);
	assert_ptr_equal(config_line(&good, 2), &good.lines[2]);
	assert_int_equal(config_mode_count(&good), 2);
	assert_ptr_equal(config_mode(&good, 1), &good.modes[0]);
	assert_ptr_equal(config_mode_reservation(&good, 0, 2), &good.reservations[2]);
	assert_ptr_equal(config_mode_reservation(&good, 1, 2), &good.mode_reservations[2]);
}

/* The last VM has direct delivery on CPU 1; its first vCPU and its model have become another one's. */
static void make_direct(void)
{
	struct blob_vm *vm = &bad.vms[SAMPLE_VMS - 1];
	struct blob_vm *other = &bad.vms[SAMPLE_VMS - 2];
	uint32_t context = SAMPLE_CONTEXTS - 1;

	bad = good;
	bad.header.windows.count = 0;
	bad.cpus[1] = (struct blob_cpu){.mpidr = 1, .first_context = context, .context_count = 1};
	bad.contexts[SAMPLE_VMS].owner = SAMPLE_VMS - 2;
	bad.contexts[SAMPLE_VMS].vcpu = 1;
	other->vcpu_count = 2;
	other->vcpu_context[1] = SAMPLE_VMS;
	bad.services[SAMPLE_VMS - 1].vm = SAMPLE_VMS - 2;
	bad.services[SAMPLE_VMS - 1].mmio_ipa = 0x09800000;
	bad.services[SAMPLE_VMS - 1].virq = 34;
	bad.contexts[context] = (struct blob_context){.kind = BLOB_CONTEXT_VCPU,
						      .owner = SAMPLE_VMS - 1,
						      .cpu = 1,
						      .reservation = BLOB_NONE,
						      .weight = 100,
						      .band = 11,
						      .dedicated = 1};
	vm->flags |= BLOB_VM_DIRECT;
	vm->vcpu_count = 1;
	vm->first_context = context;
	vm->vcpu_context[0] = context;
	vm->vcpu_context[1] = BLOB_NONE;
	vm->console_service = BLOB_NONE;
}

static void test_direct(void **state)
{
	struct blob_context *context = &bad.contexts[SAMPLE_CONTEXTS - 1];

	(void)state;
	make_direct();
	assert_string_equal(config_rule_name(check_bad().rule), "ok");
	context->dedicated = 0;
	expect(check_bad(), CONFIG_VM_DIRECT, CONFIG_VMS, SAMPLE_VMS - 1, "flags");
	make_direct();
	context->reservation = 2;
	context->weight = 0;
	expect(check_bad(), CONFIG_VM_DIRECT, CONFIG_VMS, SAMPLE_VMS - 1, "flags");
	make_direct();
	bad.services[SAMPLE_VMS - 1].vm = SAMPLE_VMS - 1;
	expect(check_bad(), CONFIG_VM_DIRECT, CONFIG_VMS, SAMPLE_VMS - 1, "flags");
	make_direct();
	bad.vms[SAMPLE_VMS - 1].alarm = SAMPLE_ALARM;
	expect(check_bad(), CONFIG_VM_DIRECT, CONFIG_VMS, SAMPLE_VMS - 1, "flags");
	make_direct();
	bad.vms[SAMPLE_VMS - 2].flags |= BLOB_VM_DIRECT; /* two vCPUs */
	expect(check_bad(), CONFIG_VM_DIRECT, CONFIG_VMS, SAMPLE_VMS - 2, "flags");
}

#define COUNT(cases) (sizeof(cases) / sizeof((cases)[0]))
static void test_frame(void **state)
{
	(void)state;
	run(frame_cases, COUNT(frame_cases));
}
static void test_time(void **state)
{
	(void)state;
	run(time_cases, COUNT(time_cases));
}
static void test_memory(void **state)
{
	(void)state;
	run(memory_cases, COUNT(memory_cases));
}
static void test_overlap(void **state)
{
	(void)state;
	run(overlap_cases, COUNT(overlap_cases));
}
static void test_vms(void **state)
{
	(void)state;
	run(vm_cases, COUNT(vm_cases));
}
static void test_services(void **state)
{
	(void)state;
	run(service_cases, COUNT(service_cases));
}
static void test_lines(void **state)
{
	(void)state;
	run(line_cases, COUNT(line_cases));
}

static void test_bytes_given(void **state)
{
	static _Alignas(8) uint8_t moved[sizeof(struct sample_blob) + 8];

	(void)state;
	expect(config_check(&good, sizeof(good) - 1, SAMPLE_BLOB_OFFSET, crc32_update), CONFIG_BLOB_SIZE, CONFIG_HEADER,
	       0, "size");
	expect(config_check(&good, 0, SAMPLE_BLOB_OFFSET, crc32_update), CONFIG_BLOB_SIZE, CONFIG_HEADER, 0, "size");
	memcpy(moved + 4, &good, sizeof(good));
	expect(config_check(moved + 4, sizeof(good), SAMPLE_BLOB_OFFSET, crc32_update), CONFIG_BLOB_ALIGN,
	       CONFIG_HEADER, 0, "magic");
	expect(config_check(&good, sizeof(good), 0x20800, crc32_update), CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0,
	       "size");
	expect(config_check(&good, sizeof(good), UINT64_C(0xfffffffffffff000), crc32_update), CONFIG_ADDRESS_RANGE,
	       CONFIG_HEADER, 0, "image_bytes");
}

/* The checksum finds every single-bit error. */
static void test_crc(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(good) * 8; bit += 13) {
		bad = good;
		((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1U << bit % 8);
		struct config_fault f = config_check(&bad, sizeof(bad), SAMPLE_BLOB_OFFSET, crc32_update);
		is_seen[f.rule] = true;
		assert_true(f.rule == CONFIG_BLOB_CRC || f.rule == CONFIG_BLOB_MAGIC || f.rule == CONFIG_BLOB_VERSION ||
			    f.rule == CONFIG_BLOB_SIZE);
	}
}

/* Rules that take more than one field to break alone. */
/* VM 1 has VM 0's reservation in its place. */
static void move_reservation(void)
{
	struct blob_context from = bad.contexts[1];
	bad.contexts[1] = bad.contexts[2];
	bad.contexts[2] = from;
	bad.contexts[1].owner = 0;
	bad.contexts[2].owner = 1;
	bad.contexts[SAMPLE_ALARM].reservation = from.reservation;
	bad.contexts[SAMPLE_ALARM].weight = from.weight;
	bad.contexts[SAMPLE_ALARM].band = from.band;
}

static void test_relations(void **state)
{
	(void)state;
	/* a driver without a context: its context becomes one more vCPU's */
	bad.vms[0].vcpu_count = 2;
	bad.vms[0].vcpu_context[1] = 0;
	bad.contexts[0].kind = BLOB_CONTEXT_VCPU;
	bad.contexts[0].owner = 0;
	bad.contexts[0].vcpu = 1;
	expect(check_bad(), CONFIG_SERVICE_CONTEXT, CONFIG_SERVICES, SAMPLE_DRIVER, "kind");

	/* a model without a VM that exists: no VM has it as its console */
	bad = good;
	bad.vms[3].console_service = BLOB_NONE;
	bad.services[3].vm = SAMPLE_VMS;
	expect(check_bad(), CONFIG_SERVICE_VM, CONFIG_SERVICES, 3, "vm");

	/* two models of one VM, at the same place, then at the same interrupt */
	bad = good;
	bad.vms[3].console_service = BLOB_NONE;
	bad.services[3].vm = 2;
	struct config_fault f = check_bad();
	expect(f, CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, 3, "mmio_ipa");
	assert_int_equal(f.other, 2);
	bad.services[3].mmio_ipa = 0x09001000;
	expect(check_bad(), CONFIG_VIRQ_TWICE, CONFIG_SERVICES, 3, "virq");
	bad.services[3].virq = 34;
	assert_int_equal(check_bad().rule, CONFIG_OK);

	/* a loader: of the VM that names it, above all that this VM has */
	bad = good;
	bad.vms[3].console_service = BLOB_NONE;
	bad.vms[3].loader = 3;
	bad.services[3].kind = BLOB_SERVICE_LOADER;
	expect(check_bad(), CONFIG_LOADER_MAP, CONFIG_SERVICES, 3, "segment");
	bad.services[3].vm = 2;
	expect(check_bad(), CONFIG_VM_LOADER, CONFIG_VMS, 3, "loader");
	bad.services[3].vm = 3;
	bad.vms[3].loader = BLOB_NONE;
	expect(check_bad(), CONFIG_SERVICE_VM, CONFIG_SERVICES, 3, "vm");

	/* a line that is polled, or throttled, and what its VM must have for that */
	bad = good;
	bad.lines[1].delivery = BLOB_DELIVERY_POLLED;
	expect(check_bad(), CONFIG_VM_ALARM, CONFIG_VMS, 0, "alarm");
	bad.lines[1].owner = 1;
	bad.lines[2].owner = 0;
	expect(check_bad(), CONFIG_LINE_POLLED, CONFIG_LINES, 1, "delivery");
	move_reservation();
	assert_int_equal(check_bad().rule, CONFIG_OK);
	bad.lines[1].distance_ticks = 1;
	bad.lines[1].burst = 1;
	expect(check_bad(), CONFIG_LINE_THROTTLE, CONFIG_LINES, 1, "burst");
	bad = good;
	bad.lines[1].distance_ticks = BLOB_DISTANCE_MAX;
	bad.lines[1].burst = BLOB_BURST_MAX;
	expect(check_bad(), CONFIG_VM_ALARM, CONFIG_VMS, 0, "alarm");
	bad.lines[1].owner = 1;
	bad.lines[2].owner = 0;
	assert_int_equal(check_bad().rule, CONFIG_OK);
	bad.lines[1].distance_ticks++;
	expect(check_bad(), CONFIG_LINE_THROTTLE, CONFIG_LINES, 1, "burst");
	bad.lines[1].distance_ticks--;
	bad.lines[1].burst++;
	expect(check_bad(), CONFIG_LINE_THROTTLE, CONFIG_LINES, 1, "burst");

	/* two lines on one bit of a driver */
	bad = good;
	bad.lines[1] = (struct blob_line){48, BLOB_LINE_DRIVER, SAMPLE_DRIVER, 0, 0, 0, 0, 0, 0};
	expect(check_bad(), CONFIG_VIRQ_TWICE, CONFIG_LINES, 1, "virq");
	bad.lines[1].virq = 31;
	assert_int_equal(check_bad().rule, CONFIG_OK);
}

/* VM `vm` has a page of stolen time instead of its device. */
static struct blob_segment *give_stolen(uint32_t vm)
{
	struct blob_segment *s = &bad.segments[vm * SAMPLE_VM_SEGMENTS];
	bad = good;
	*s = (struct blob_segment){0x09102000, SAMPLE_LOAD + 0x200000, 0x1000, BLOB_SEGMENT_R, 0};
	bad.vms[vm].stolen_segment = vm * SAMPLE_VM_SEGMENTS;
	return s;
}

/* EL2 writes it: so it is memory of the image, and the VM's alone to read. */
static void test_stolen(void **state)
{
	(void)state;
	(void)give_stolen(3);
	assert_int_equal(check_bad().rule, CONFIG_OK);
	give_stolen(3)->attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W;
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->attr = BLOB_SEGMENT_R | BLOB_SEGMENT_DEVICE;
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->shared = 1;
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->bytes = 0x2000;
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->pa = 0x48000000; /* behind the image */
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->pa = SAMPLE_LOAD - 0x1000;
	expect(check_bad(), CONFIG_VM_STOLEN, CONFIG_VMS, 3, "stolen_segment");
	give_stolen(3)->pa = SAMPLE_LOAD + 0x1000;
	expect(check_bad(), CONFIG_SEGMENT_EL2, CONFIG_SEGMENTS, 3 * SAMPLE_VM_SEGMENTS, "pa");
	give_stolen(3)->pa = SAMPLE_LOAD + 0x40000; /* a service's */
	assert_int_equal(check_bad().rule, CONFIG_SEGMENT_PA_OVERLAP);
}

/* VM `vm` has a flash instead of its device. */
static struct blob_segment *give_flash(uint32_t vm)
{
	struct blob_segment *s = &bad.segments[vm * SAMPLE_VM_SEGMENTS];
	bad = good;
	*s = (struct blob_segment){0x04000000, 0x80000000, BLOB_FLASH_BYTES, BLOB_SEGMENT_R, 1};
	bad.services[vm].has_flash = 1;
	bad.services[vm].flash_ipa = 0x04000000;
	return s;
}

static void test_flash(void **state)
{
	(void)state;
	give_flash(2);
	assert_int_equal(check_bad().rule, CONFIG_OK);
	give_flash(2)->attr |= BLOB_SEGMENT_W;
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, 2, "flash_ipa");
	give_flash(2)->shared = 0;
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, 2, "flash_ipa");
	give_flash(2)->pa += 0x1000;
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, 2, "flash_ipa");
	give_flash(2)->bytes += 0x1000;
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, 2, "flash_ipa");
	give_flash(2);
	bad.services[2].flash_ipa = 0x04001000;
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, 2, "flash_ipa");
	give_flash(SAMPLE_VMS - 1); /* which is on two CPUs */
	expect(check_bad(), CONFIG_MODEL_FLASH, CONFIG_SERVICES, SAMPLE_VMS - 1, "vm");
}

static void test_shared_memory(void **state)
{
	(void)state;
	bad.segments[1].pa = bad.segments[3].pa;
	struct config_fault f = check_bad();
	assert_int_equal(f.rule, CONFIG_SEGMENT_PA_OVERLAP);
	assert_int_equal(f.index + f.other, 4);
	bad.segments[1].shared = 1;
	assert_int_equal(check_bad().rule, CONFIG_SEGMENT_PA_OVERLAP);
	bad.segments[3].shared = 1;
	assert_int_equal(check_bad().rule, CONFIG_OK);
}

/* Physical overlap against the definition, over random places. */
static void test_overlap_by_definition(void **state)
{
	const char *given = getenv("TAKT_SEED");
	uint32_t rng = given != NULL ? (uint32_t)strtoul(given, NULL, 0) | 1 : 12345;

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		bool is_ok = true;
		bad = good;
		for (unsigned i = 1; i < 16; i += 2) {
			rng = rng * 1664525 + 1013904223;
			bad.segments[i].pa = 0x50000000 + (uint64_t)(rng >> 18) * 0x4000;
			bad.segments[i].bytes = 0x100000 + (uint64_t)(rng >> 8 & 0x3ff) * 0x4000;
			bad.segments[i].shared = (rng >> 4 & 7) != 0;
		}
		for (unsigned i = 1; i < 16; i += 2)
			for (unsigned j = 1; j < i; j += 2) {
				const struct blob_segment *a = &bad.segments[i], *b = &bad.segments[j];
				if (a->pa < b->pa + b->bytes && b->pa < a->pa + a->bytes && (!a->shared || !b->shared))
					is_ok = false;
			}
		struct config_fault f = check_bad();
		assert_int_equal(f.rule, is_ok ? CONFIG_OK : CONFIG_SEGMENT_PA_OVERLAP);
	}
}

/* Sums that are just whole, just over, and long times that need scaling. */
static void test_shares(void **state)
{
	(void)state;
	bad.reservations[0] = (struct blob_reservation){0, 0, 1, 2, 2};
	bad.reservations[1] = (struct blob_reservation){0, 0, 500, 1000, 1000};
	assert_int_equal(check_bad().rule, CONFIG_OK);
	bad.reservations[1].budget_ticks = 501;
	assert_int_equal(check_bad().rule, CONFIG_RESERVATION_SUM);
	bad.reservations[0] = (struct blob_reservation){0, 0, UINT64_C(1) << 38, UINT64_C(1) << 40, UINT64_C(1) << 39};
	bad.reservations[1] = (struct blob_reservation){0, 0, UINT64_C(1) << 39, UINT64_C(1) << 40, UINT64_C(1) << 40};
	assert_int_equal(check_bad().rule, CONFIG_OK);
	bad.reservations[1].budget_ticks += 1;
	assert_int_equal(check_bad().rule, CONFIG_RESERVATION_SUM);
	bad.reservations[1].budget_ticks -= UINT64_C(1) << 20;
	assert_int_equal(check_bad().rule, CONFIG_OK);
}

static void test_every_rule_was_broken(void **state)
{
	(void)state;
	for (unsigned rule = 0; rule < CONFIG_RULE_COUNT; rule++) {
		if (!is_seen[rule])
			print_message("no test breaks %s\n", config_rule_name((enum config_rule)rule));
		assert_true(is_seen[rule]);
		assert_true(strlen(config_rule_text((enum config_rule)rule)) > 10);
		for (unsigned other = 0; other < rule; other++)
			assert_string_not_equal(config_rule_name((enum config_rule)rule),
						config_rule_name((enum config_rule)other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_frame, setup),
		cmocka_unit_test_setup(test_time, setup),
		cmocka_unit_test_setup(test_memory, setup),
		cmocka_unit_test_setup(test_overlap, setup),
		cmocka_unit_test_setup(test_vms, setup),
		cmocka_unit_test_setup(test_services, setup),
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_bytes_given, setup),
		cmocka_unit_test_setup(test_crc, setup),
		cmocka_unit_test_setup(test_relations, setup),
		cmocka_unit_test_setup(test_stolen, setup),
		cmocka_unit_test_setup(test_flash, setup),
		cmocka_unit_test_setup(test_shared_memory, setup),
		cmocka_unit_test_setup(test_overlap_by_definition, setup),
		cmocka_unit_test_setup(test_shares, setup),
		cmocka_unit_test_setup(test_direct, setup),
		cmocka_unit_test_setup(test_every_rule_was_broken, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
