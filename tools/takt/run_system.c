/* SPDX-License-Identifier: Apache-2.0 */
/* Reading IMAGE.json: see run_system.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/run_system.h"
#include "tools/takt/util.h"

static int refuse(const char *path, const char *what)
{
	fprintf(stderr, "%s: error: %s (build the image again with `takt build`)\n", path, what);
	return EXIT_INPUT;
}

static const char *read_contexts(struct run_system *system)
{
	json_t *list = json_object_get(system->root, "contexts");
	size_t i;
	json_t *item;

	if (!json_is_array(list) || json_array_size(list) > BLOB_CONTEXT_MAX)
		return "\"contexts\" is not a list that fits";
	json_array_foreach(list, i, item)
	{
		struct run_context *context = &system->contexts[i];
		json_int_t cpu;

		if (json_unpack(item, "{s:s,s:s,s:I}", "name", &context->name, "kind", &context->kind, "cpu", &cpu) !=
		    0)
			return "a context lacks its name, kind or CPU";
		if (cpu < 0 || cpu >= (json_int_t)BLOB_CPU_MAX)
			return "a context is on a CPU that can't be";
		context->cpu = (size_t)cpu;
	}
	system->context_count = json_array_size(list);
	return NULL;
}

static const char *read_vm(struct run_system *system, struct run_vm *vm, json_t *item)
{
	json_t *list;
	json_t *index;
	size_t i;

	if (json_unpack(item, "{s:s,s:o}", "name", &vm->name, "context", &list) != 0)
		return "a VM lacks its name or contexts";
	if (json_array_size(list) == 0 || json_array_size(list) > BLOB_VM_VCPU_MAX)
		return "a VM has more vCPUs than there can be, or none";
	json_array_foreach(list, i, index)
	{
		json_int_t value = json_integer_value(index);

		if (value < 0 || (size_t)value >= system->context_count)
			return "a VM names a context that does not exist";
		vm->contexts[i] = (size_t)value;
	}
	vm->vcpu_count = json_array_size(list);
	vm->elf = json_string_value(json_object_get(item, "elf"));
	vm->reservation = json_object_get(item, "reservation");
	return NULL;
}

static const char *read_vms(struct run_system *system)
{
	json_t *list = json_object_get(system->root, "vms");
	const char *wrong = NULL;
	size_t i;
	json_t *item;

	if (!json_is_array(list) || json_array_size(list) > BLOB_VM_MAX)
		return "\"vms\" is not a list that fits";
	system->plain_console = json_array_size(list);
	json_array_foreach(list, i, item)
	{
		if (wrong == NULL)
			wrong = read_vm(system, &system->vms[i], item);
		system->consoles[i] = system->vms[i].name;
		if (json_is_true(json_object_get(item, "uart")))
			system->plain_console = i;
	}
	system->vm_count = json_array_size(list);
	system->consoles[system->vm_count] = "takt";
	system->console_count = system->vm_count + 1;
	return wrong;
}

static const char *read_disks(struct run_system *system, json_t *list)
{
	size_t i;
	json_t *item;

	if (json_array_size(list) > SYSTEM_DISK_MAX)
		return "there are more disks than there can be";
	json_array_foreach(list, i, item)
	{
		struct run_disk *disk = &system->disks[system->disk_count++];

		if (json_unpack(item, "{s:s,s:s,s:b}", "name", &disk->name, "file", &disk->file, "keep_writes",
				&disk->keep_writes) != 0)
			return "a disk lacks its name or file";
	}
	return NULL;
}

static const char *read_arguments(struct run_system *system)
{
	size_t i;
	json_t *item;

	system->qemu_arguments = json_object_get(json_object_get(system->root, "qemu"), "arguments");
	json_array_foreach(system->qemu_arguments, i, item)
	{
		if (!json_is_string(item))
			return "an argument of QEMU is no string";
	}
	return NULL;
}

static const char *read_machine(struct run_system *system)
{
	json_int_t arena_pa;
	json_int_t counter_hz;
	json_int_t cpus;
	json_int_t qemu_cpus;
	json_int_t memory_mib;

	if (json_unpack(system->root, "{s:I,s:I,s:I,s:{s:s,s:I,s:I}}", "arena_pa", &arena_pa, "counter_hz", &counter_hz,
			"cpus", &cpus, "qemu", "machine", &system->machine, "cpus", &qemu_cpus, "memory_mib",
			&memory_mib) != 0)
		return "it lacks \"arena_pa\", \"counter_hz\", \"cpus\" or \"qemu\"";
	if (counter_hz <= 0 || cpus <= 0 || cpus > (json_int_t)BLOB_CPU_MAX || qemu_cpus <= 0 || qemu_cpus > 512 ||
	    memory_mib <= 0 || memory_mib > 1 << 24)
		return "a number is out of range";
	system->arena_pa = (uint64_t)arena_pa;
	system->counter_hz = (uint64_t)counter_hz;
	system->cpus = (unsigned)cpus;
	system->qemu_cpus = (unsigned)qemu_cpus;
	system->memory_mib = (unsigned)memory_mib;
	const char *format = json_string_value(json_object_get(system->root, "format"));
	system->is_fit = format != NULL && strcmp(format, "fit") == 0;
	system->source = json_string_value(json_object_get(system->root, "source"));
	if (system->source == NULL)
		system->source = "";
	return NULL;
}

/* Answers an enum exit_code. */
static int find_disks(const struct run_system *system)
{
	for (size_t i = 0; i < system->disk_count; i++) {
		const struct run_disk *disk = &system->disks[i];

		if (!util_file_exists(disk->file)) {
			fprintf(stderr, "takt run: error: there is no file %s, which is the disk \"%s\" of %s\n",
				disk->file, disk->name, system->image);
			return EXIT_INPUT;
		}
	}
	return EXIT_KEPT;
}

int run_system_load(struct run_system *system, const char *image)
{
	char *path = util_format("%s.json", image);
	const char *wrong;
	json_error_t error;
	int code;

	*system = (struct run_system){.image = util_copy(image)};
	system->root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (system->root == NULL) {
		fprintf(stderr, "%s:%d: error: %s (IMAGE.json is written by `takt build`)\n", path, error.line,
			error.text);
		free(path);
		return EXIT_INPUT;
	}
	wrong = read_machine(system);
	if (wrong == NULL)
		wrong = read_disks(system, json_object_get(json_object_get(system->root, "qemu"), "disks"));
	if (wrong == NULL)
		wrong = read_arguments(system);
	if (wrong == NULL)
		wrong = read_contexts(system);
	if (wrong == NULL)
		wrong = read_vms(system);
	code = wrong != NULL ? refuse(path, wrong) : find_disks(system);
	free(path);
	return code;
}

void run_system_fini(struct run_system *system)
{
	json_decref(system->root);
	free(system->image);
}

size_t run_system_find_vm(const struct run_system *system, const char *name)
{
	size_t i = 0;

	while (i < system->vm_count && strcmp(system->vms[i].name, name) != 0)
		i++;
	return i;
}
