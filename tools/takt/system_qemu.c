/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /takt,qemu: what `takt run` gives to the emulated board. */
#include <libfdt.h>
#include <stdlib.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

#define NODE "/takt,qemu"

static void read_disk(struct system *system, int node, struct diag *diag)
{
	struct system_qemu *qemu = &system->qemu;
	if (qemu->disk_count == SYSTEM_DISK_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, NODE, NULL), NODE, "more than %u disks",
			 SYSTEM_DISK_MAX);
		return;
	}
	schema_check(system->tree, node, SCHEMA_DISK, diag);
	qemu->disks[qemu->disk_count++] = (struct system_disk){
		.name = util_copy(fdt_get_name(system->tree->fdt, node, NULL)),
		.file = system_find_file(system, node, "file", diag),
		.keep_writes = fdt_getprop(system->tree->fdt, node, "keep-writes", NULL) != NULL,
	};
}

static void read_arguments(struct system *system, int node, struct diag *diag)
{
	struct system_qemu *qemu = &system->qemu;
	const void *fdt = system->tree->fdt;
	int count = fdt_stringlist_count(fdt, node, "arguments");
	if (count > (int)SYSTEM_ARGUMENT_MAX)
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, NODE, "arguments"), NODE,
			 "%d arguments (at most %u are possible)", count, SYSTEM_ARGUMENT_MAX);
	for (int i = 0; i < count && i < (int)SYSTEM_ARGUMENT_MAX; i++)
		qemu->arguments[qemu->argument_count++] = fdt_stringlist_get(fdt, node, "arguments", i, NULL);
}

void system_read_qemu(struct system *system, struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	int node = fdt_path_offset(fdt, NODE);
	int disk;
	if (node < 0)
		return;
	schema_check(system->tree, node, SCHEMA_QEMU, diag);
	fdt_for_each_subnode(disk, fdt, node) read_disk(system, disk, diag);
	read_arguments(system, node, diag);
}

void system_fini_qemu(struct system_qemu *qemu)
{
	for (uint32_t i = 0; i < qemu->disk_count; i++) {
		free(qemu->disks[i].name);
		free(qemu->disks[i].file);
	}
}
