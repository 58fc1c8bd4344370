/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A good blob for tests: VM_COUNT VMs with one vCPU, PL011 model and 64 MiB each, the UART's driver, on two CPUs; the
 * last VM has two vCPUs, and VM 1 a watchdog; there is one mode. The tables are C arrays, to be spoilt by name;
 * sample_seal writes the checksum last.
 */
#ifndef TESTS_SUPPORT_SAMPLE_BLOB_H
#define TESTS_SUPPORT_SAMPLE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "abi/blob.h"
#include "base/crc32.h"

#define SAMPLE_VMS 8U
#define SAMPLE_SERVICES (SAMPLE_VMS + 1U)
#define SAMPLE_DRIVER SAMPLE_VMS
#define SAMPLE_CONTEXTS (SAMPLE_VMS + 3U)
#define SAMPLE_ALARM (SAMPLE_VMS + 1U) /* context of VM 1's */
#define SAMPLE_VM_SEGMENTS 2U
#define SAMPLE_MODEL_SEGMENTS 5U
#define SAMPLE_DRIVER_SEGMENTS 6U
#define SAMPLE_FIRST_MODEL_SEGMENT (SAMPLE_VMS * SAMPLE_VM_SEGMENTS)
#define SAMPLE_FIRST_DRIVER_SEGMENT (SAMPLE_FIRST_MODEL_SEGMENT + SAMPLE_VMS * SAMPLE_MODEL_SEGMENTS)
#define SAMPLE_SEGMENTS (SAMPLE_FIRST_DRIVER_SEGMENT + SAMPLE_DRIVER_SEGMENTS)

#define SAMPLE_WINDOWS 3U

#define SAMPLE_BLOB_OFFSET 0x20000U
#define SAMPLE_LOAD 0x41000000U
#define SAMPLE_CONSOLES (SAMPLE_LOAD + 0x100000U)
#define SAMPLE_RW (BLOB_SEGMENT_R | BLOB_SEGMENT_W)

struct sample_blob {
	struct blob_header header;
	struct blob_cpu cpus[2];
	struct blob_vm vms[SAMPLE_VMS];
	struct blob_service services[SAMPLE_SERVICES];
	struct blob_context contexts[SAMPLE_CONTEXTS];
	struct blob_reservation reservations[3];
	struct blob_segment segments[SAMPLE_SEGMENTS];
	struct blob_line lines[3];
	struct blob_window windows[SAMPLE_WINDOWS];
	struct blob_mode modes[1];
	struct blob_reservation mode_reservations[3];
};

static inline void sample_seal(struct sample_blob *b)
{
	b->header.crc32 = 0;
	b->header.crc32 = crc32_update(0, b, sizeof(*b));
}

static inline void sample_header(struct sample_blob *b)
{
	b->header = (struct blob_header){
		.magic = BLOB_MAGIC,
		.version = BLOB_VERSION,
		.size = sizeof(*b),
		.load_pa = SAMPLE_LOAD,
		.image_bytes = 0x400000,
		.arena_pa = 0x42000000,
		.arena_bytes = 0x200000,
		.log_pa = SAMPLE_CONSOLES + SAMPLE_VMS * 0x2000,
		.counter_hz = 62500000,
		.gicd_pa = 0x08000000,
		.gicr_pa = 0x080a0000,
		.uart_pa = 0x09000000,
		.cpus = {offsetof(struct sample_blob, cpus), 2},
		.vms = {offsetof(struct sample_blob, vms), SAMPLE_VMS},
		.services = {offsetof(struct sample_blob, services), SAMPLE_SERVICES},
		.contexts = {offsetof(struct sample_blob, contexts), SAMPLE_CONTEXTS},
		.reservations = {offsetof(struct sample_blob, reservations), 3},
		.segments = {offsetof(struct sample_blob, segments), SAMPLE_SEGMENTS},
		.lines = {offsetof(struct sample_blob, lines), 3},
		.windows = {offsetof(struct sample_blob, windows), SAMPLE_WINDOWS},
		.modes = {offsetof(struct sample_blob, modes), 1},
		.mode_reservations = {offsetof(struct sample_blob, mode_reservations), 3},
	};
}

static inline void sample_vm(struct sample_blob *b, uint32_t i)
{
	struct blob_vm *vm = &b->vms[i];
	struct blob_segment *s = &b->segments[i * SAMPLE_VM_SEGMENTS];

	*vm = (struct blob_vm){.flags = BLOB_VM_AUTOSTART,
			       .vcpu_count = 1,
			       .first_context = i + 1,
			       .console_service = i,
			       .loader = BLOB_NONE,
			       .on = {[BLOB_ON_RESET] = BLOB_ACTION_STOP,
				      [BLOB_ON_CRASH] = BLOB_ACTION_STOP,
				      [BLOB_ON_WATCHDOG] = BLOB_ACTION_STOP},
			       .alarm = BLOB_NONE,
			       .stolen_segment = BLOB_NONE,
			       .first_segment = i * SAMPLE_VM_SEGMENTS,
			       .segment_count = SAMPLE_VM_SEGMENTS,
			       .entry_ipa = 0x40080000,
			       .dtb_ipa = 0x40000000,
			       .gicd_ipa = 0x08000000,
			       .gicr_ipa = 0x080a0000,
			       .trng_seed = {i, 1}};
	snprintf(vm->name, sizeof(vm->name), "vm%u", i);
	memset(vm->vcpu_context, 0xff, sizeof(vm->vcpu_context));
	vm->vcpu_context[0] = i + 1;
	s[0] = (struct blob_segment){0x0a003000, 0x0a000000 + i * 0x1000, 0x1000, SAMPLE_RW | BLOB_SEGMENT_DEVICE, 0};
	s[1] = (struct blob_segment){0x40000000, 0x50000000 + i * 0x4000000, 0x4000000, SAMPLE_RW | BLOB_SEGMENT_X, 0};
	b->contexts[i + 1] = (struct blob_context){
		.kind = BLOB_CONTEXT_VCPU, .owner = i, .cpu = 0, .reservation = BLOB_NONE, .weight = 100, .band = 11};
}

static inline void sample_service_map(struct blob_segment *s, uint64_t at, uint64_t console_pa, uint64_t console_bytes)
{
	s[0] = (struct blob_segment){0x00010000, at, 0x4000, BLOB_SEGMENT_R | BLOB_SEGMENT_X, 0};
	s[1] = (struct blob_segment){0x00100000, at + 0x4000, 0x1000, SAMPLE_RW, 0};
	s[2] = (struct blob_segment){0x001ff000, at + 0x5000, 0x1000, SAMPLE_RW, 0};
	s[3] = (struct blob_segment){0x00300000, at + 0x6000, 0x1000, BLOB_SEGMENT_R, 0};
	s[4] = (struct blob_segment){0x00400000, console_pa, console_bytes, SAMPLE_RW, 1};
}

static inline void sample_service(struct sample_blob *b, uint32_t i)
{
	struct blob_service *service = &b->services[i];
	bool is_model = i != SAMPLE_DRIVER;

	*service = (struct blob_service){.kind = is_model ? BLOB_SERVICE_MODEL : BLOB_SERVICE_DRIVER,
					 .vm = is_model ? i : BLOB_NONE,
					 .first_segment = SAMPLE_FIRST_MODEL_SEGMENT + i * SAMPLE_MODEL_SEGMENTS,
					 .segment_count = is_model ? SAMPLE_MODEL_SEGMENTS : SAMPLE_DRIVER_SEGMENTS,
					 .entry_ipa = 0x00010000,
					 .stack_ipa = 0x00200000};
	snprintf(service->name, sizeof(service->name), is_model ? "pl011.%u" : "uart", i);
	struct blob_segment *s = &b->segments[service->first_segment];
	sample_service_map(s, SAMPLE_LOAD + 0x40000 + i * 0x8000, SAMPLE_CONSOLES + (is_model ? i * 0x2000 : 0),
			   is_model ? 0x2000 : (SAMPLE_VMS + 1) * 0x2000);
	if (is_model) {
		service->mmio_ipa = 0x09000000;
		service->mmio_bytes = 0x1000;
		service->bound_ticks = 1000;
		service->virq = 33;
	} else {
		s[5] = (struct blob_segment){0x00800000, 0x09000000, 0x1000, SAMPLE_RW | BLOB_SEGMENT_DEVICE, 0};
	}
}

/* The second vCPU of the last VM is the only context of CPU 1, and has windows of its table. */
static inline void sample_time(struct sample_blob *b)
{
	struct blob_vm *last = &b->vms[SAMPLE_VMS - 1];

	b->cpus[0] = (struct blob_cpu){.mpidr = 0, .first_context = 0, .context_count = SAMPLE_CONTEXTS - 1};
	b->cpus[1] = (struct blob_cpu){.mpidr = 1,
				       .first_context = SAMPLE_CONTEXTS - 1,
				       .context_count = 1,
				       .policy = BLOB_POLICY_TABLE,
				       .window_count = SAMPLE_WINDOWS,
				       .frame_ticks = 62500};
	b->windows[0] = (struct blob_window){0, 30000, 2, 0};
	b->windows[1] = (struct blob_window){30000, 40000, BLOB_NONE, 0};
	b->windows[2] = (struct blob_window){40000, 62500, 2, 1};
	b->contexts[0] = (struct blob_context){
		.kind = BLOB_CONTEXT_DRIVER, .owner = SAMPLE_DRIVER, .cpu = 0, .reservation = 1, .band = 5};
	b->contexts[1].reservation = 0;
	b->contexts[1].weight = 0;
	b->contexts[1].band = 0;
	b->contexts[SAMPLE_CONTEXTS - 1] = (struct blob_context){
		.kind = BLOB_CONTEXT_VCPU, .owner = SAMPLE_VMS - 1, .vcpu = 1, .cpu = 1, .reservation = 2};
	last->vcpu_count = 2;
	last->vcpu_context[1] = SAMPLE_CONTEXTS - 1;
	b->reservations[0] = (struct blob_reservation){0, 0, 10000, 62500, 31250};
	b->reservations[1] = (struct blob_reservation){0, 0, 1000, 62500, 62500};
	b->reservations[2] = (struct blob_reservation){1, 0, 62500, 62500, 62500};
	strcpy(b->modes[0].name, "limp-home");
	b->mode_reservations[0] = (struct blob_reservation){0, 0, 5000, 125000, 31250};
	b->mode_reservations[1] = (struct blob_reservation){0, 0, 40000, 62500, 62500};
	b->mode_reservations[2] = b->reservations[2];
}

static inline void sample_watchdog(struct sample_blob *b)
{
	b->vms[1].alarm = SAMPLE_ALARM;
	b->vms[1].watchdog_refresh_ipa = 0x09100000;
	b->vms[1].watchdog_control_ipa = 0x09101000;
	b->vms[1].watchdog_virq = 42;
	b->contexts[SAMPLE_ALARM] = b->contexts[2];
	b->contexts[SAMPLE_ALARM].kind = BLOB_CONTEXT_ALARM;
}

static inline void sample_make(struct sample_blob *b)
{
	memset(b, 0, sizeof(*b));
	sample_header(b);
	for (uint32_t i = 0; i < SAMPLE_VMS; i++)
		sample_vm(b, i);
	for (uint32_t i = 0; i < SAMPLE_SERVICES; i++)
		sample_service(b, i);
	sample_time(b);
	sample_watchdog(b);
	b->lines[0] = (struct blob_line){33, BLOB_LINE_DRIVER, SAMPLE_DRIVER, 0, 0, 0, 0, 0, 0};
	b->lines[1] = (struct blob_line){48, BLOB_LINE_VM, 0, 48, 1, 0, 0, 0, 0};
	b->lines[2] = (struct blob_line){49, BLOB_LINE_VM, 1, 48, 1, 0, 0, 0, 0};
	sample_seal(b);
}

#endif
