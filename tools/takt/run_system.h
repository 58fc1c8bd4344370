/* SPDX-License-Identifier: Apache-2.0 */
/* What IMAGE.json (tools/takt/build.h) says of a built system: where its statistics lie and who is who in them. */
#ifndef TOOLS_TAKT_RUN_SYSTEM_H
#define TOOLS_TAKT_RUN_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "abi/blob.h"
#include "tools/takt/console.h"
#include "tools/takt/system.h"

struct run_context {
	const char *name;
	const char *kind; /* "vcpu" or "driver" */
	size_t cpu;
};

struct run_vm {
	const char *name;
	const char *elf;     /* the file that it starts, or null */
	json_t *reservation; /* as in the file, or null */
	size_t vcpu_count;
	size_t contexts[BLOB_VM_VCPU_MAX]; /* of its vCPUs */
};

struct run_disk {
	const char *name;
	const char *file;
	int keep_writes;
};

/* Strings live as long as root. */
struct run_system {
	json_t *root;
	char *image; /* path of the image */
	bool is_fit; /* it is a FIT: a firmware must start it */
	const char *source;
	const char *machine;
	uint64_t arena_pa;
	uint64_t counter_hz;
	unsigned cpus;
	unsigned qemu_cpus;
	unsigned memory_mib;
	struct run_disk disks[SYSTEM_DISK_MAX];
	size_t disk_count;
	json_t *qemu_arguments; /* strings for QEMU's command line, or null */
	size_t context_count;
	size_t vm_count;
	struct run_context contexts[BLOB_CONTEXT_MAX];
	struct run_vm vms[BLOB_VM_MAX];
	const char *consoles[CONSOLE_MAX]; /* one for each VM by its name, then "takt" */
	size_t console_count;
	size_t plain_console; /* of what the serial line says without a prefix: EL2's, or that of the VM with the UART
			       */
};

/* Reads IMAGE.json beside an image. Answers an enum exit_code; what is wrong was said on stderr. */
int run_system_load(struct run_system *system, const char *image);
void run_system_fini(struct run_system *system);

/* Index of a VM, or vm_count. */
size_t run_system_find_vm(const struct run_system *system, const char *name);

#endif
