/* SPDX-License-Identifier: Apache-2.0 */
/* What an image is made of, for the reader (IMAGE.map) and for programs (IMAGE.json, whose shape is in build.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "abi/service.h"
#include "base/bits.h"
#include "logic/config.h"
#include "tools/takt/check.h"
#include "tools/takt/loader.h"
#include "tools/takt/project.h"

#define MIB (UINT64_C(1) << 20)
#define QEMU_MEMORY_GRAIN_MIB 64U
#define QEMU_MEMORY_MIN_MIB 256U

static char *context_name(const struct project *p, const struct blob_context *context)
{
	if (context->kind == BLOB_CONTEXT_DRIVER)
		return util_copy("uart");
	if (context->kind == BLOB_CONTEXT_ALARM)
		return util_format("%s/alarm", p->system.domains[context->owner].name);
	return util_format("%s/%" PRIu32, p->system.domains[context->owner].name, context->vcpu);
}

static const char *owner_name(const struct project *p, uint32_t owner)
{
	uint32_t service = p->system.domain_count;
	uint32_t first_loader = service + p->layout.first_loader;
	if (owner < service)
		return p->system.domains[owner].name;
	if (owner >= first_loader)
		return loader_domain(&p->system, owner - first_loader)->name;
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		if (check_has_console(&p->system.domains[i]) && service++ == owner)
			return p->system.domains[i].name;
	}
	return "uart";
}

static const char *service_of(const struct project *p, uint32_t owner)
{
	if (owner < p->system.domain_count)
		return "";
	return owner - p->system.domain_count < p->layout.first_loader ? "service " : "loader ";
}

static void map_line(FILE *out, uint64_t pa, uint64_t bytes, const char *owner, const char *what)
{
	fprintf(out, "%012" PRIx64 " %012" PRIx64 " %10" PRIu64 "  %s: %s\n", pa, pa + bytes - 1, bytes, owner, what);
}

static void map_segments(FILE *out, const struct project *p)
{
	fputs("\nsegments: guest or service address, physical address, bytes, attributes\n", out);
	for (uint32_t i = 0; i < p->layout.segment_count; i++) {
		const struct layout_segment *s = &p->layout.segments[i];
		const struct blob_segment *b = &s->blob;
		fprintf(out, "%012" PRIx64 " %012" PRIx64 " %10" PRIu64 " %c%c%c%c%c %s: %s%s\n", b->ipa, b->pa,
			b->bytes, b->attr & BLOB_SEGMENT_R ? 'r' : '-', b->attr & BLOB_SEGMENT_W ? 'w' : '-',
			b->attr & BLOB_SEGMENT_X ? 'x' : '-', b->attr & BLOB_SEGMENT_DEVICE ? 'd' : '-',
			b->shared ? 's' : '-', owner_name(p, s->owner), service_of(p, s->owner), s->what);
	}
}

static void map_contexts(FILE *out, const struct project *p)
{
	fputs("\ncontexts: CPU, band, name, budget / deadline / period in ticks, or weight\n", out);
	for (uint32_t i = 0; i < p->schedule.context_count; i++) {
		const struct blob_context *context = &p->schedule.contexts[i];
		char *name = context_name(p, context);
		fprintf(out, "%2" PRIu32 " %2" PRIu32 " %s ", context->cpu, context->band, name);
		free(name);
		if (context->reservation == BLOB_NONE) {
			fprintf(out, "weight %" PRIu32 "\n", context->weight);
			continue;
		}
		const struct blob_reservation *r = &p->schedule.reservations[context->reservation];
		fprintf(out, "%" PRIu64 " / %" PRIu64 " / %" PRIu64 "\n", r->budget_ticks, r->deadline_ticks,
			r->period_ticks);
	}
}

int describe_map(const struct project *p, const char *path)
{
	const struct layout *layout = &p->layout;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	if (out == NULL)
		return errno;
	fputs("physical memory: first and last byte, bytes\n", out);
	map_line(out, layout->load_pa, layout->image_bytes, "image", "all that is in the file");
	map_line(out, layout->load_pa, layout->blob_offset, "takt", "EL2");
	map_line(out, layout->load_pa + layout->blob_offset, layout->blob_bytes, "takt", "blob");
	uint32_t models = schedule_driver_service(&p->system);
	map_line(out, layout->consoles_pa + models * SERVICE_CONSOLE_BYTES, SERVICE_CONSOLE_BYTES, "takt", "EL2's log");
	map_line(out, layout->arena_pa, layout->arena_bytes, "takt", "EL2's objects; statistics first");
	map_segments(out, p);
	map_contexts(out, p);
	int error = ferror(out) ? EIO : 0;
	if (fclose(out) != 0 && error == 0)
		error = errno;
	if (error == 0)
		error = util_write_file(path, text, bytes);
	free(text);
	return error;
}

static json_t *json_contexts(const struct project *p)
{
	static const char *const kinds[] = {
		[BLOB_CONTEXT_VCPU] = "vcpu", [BLOB_CONTEXT_DRIVER] = "driver", [BLOB_CONTEXT_ALARM] = "alarm"};
	json_t *list = json_array();
	for (uint32_t i = 0; i < p->schedule.context_count; i++) {
		const struct blob_context *context = &p->schedule.contexts[i];
		bool is_driver = context->kind == BLOB_CONTEXT_DRIVER;
		char *name = context_name(p, context);
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s?, s:i, s:i}", "name", name, "kind",
						      kinds[context->kind], "cpu", (int)context->cpu, "vm",
						      is_driver ? NULL : p->system.domains[context->owner].name, "vcpu",
						      (int)context->vcpu, "band", (int)context->band));
		free(name);
	}
	return list;
}

static json_t *json_reservation(const struct project *p, uint32_t index)
{
	const struct system_reservation *r = &p->system.domains[index].reservation;
	uint64_t budget = r->budget_ns ? r->budget_ns : p->schedule.derived_budget_ns[index];
	if (!r->present)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "budget_ns", (json_int_t)budget, "period_ns", (json_int_t)r->period_ns,
			 "deadline_ns", (json_int_t)r->deadline_ns);
}

/* The absolute path of the ELF file that a VM starts, for its symbols; null when it starts another kind. */
static json_t *json_elf(const struct project *p, uint32_t index)
{
	const struct guest *guest = &p->guests[index];
	bool is_elf = guest->type == KERNEL_ELF && !guest->is_packed;
	char *path = is_elf ? realpath(p->system.domains[index].kernel, NULL) : NULL;
	json_t *json = path ? json_string(path) : json_null();
	free(path);
	return json;
}

/* The board's console is this VM's device. */
static bool has_uart(const struct system *system, const struct system_domain *domain)
{
	for (uint32_t i = 0; i < domain->device_count; i++) {
		if (system->board.has_console && domain->devices[i].node == system->board.console.node)
			return true;
	}
	return false;
}

static json_t *json_vms(const struct project *p)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		const struct system_domain *domain = &p->system.domains[i];
		json_t *contexts = json_array();
		uint64_t memory = 0;
		for (uint32_t v = 0; v < domain->vcpu_count; v++) {
			for (uint32_t j = 0; j < p->schedule.context_count; j++) {
				const struct blob_context *c = &p->schedule.contexts[j];
				if (c->kind == BLOB_CONTEXT_VCPU && c->owner == i && c->vcpu == v)
					json_array_append_new(contexts, json_integer(j));
			}
		}
		for (uint32_t j = 0; j < domain->memory_count; j++)
			memory += domain->memory[j].bytes;
		json_t *vm = json_pack("{s:s, s:i, s:o, s:s?, s:o, s:I, s:o}", "name", domain->name, "vcpus",
				       (int)domain->vcpu_count, "context", contexts, "console",
				       check_has_console(domain) ? domain->name : NULL, "elf", json_elf(p, i),
				       "memory_bytes", (json_int_t)memory, "reservation", json_reservation(p, i));
		if (has_uart(&p->system, domain))
			json_object_set_new(vm, "uart", json_true());
		if (!domain->reservation.present)
			json_object_set_new(vm, "weight", json_integer(domain->weight));
		json_array_append_new(list, vm);
	}
	return list;
}

/* In the order of the blob; a driver's has no VM. */
static json_t *json_lines(const struct project *p)
{
	const void *blob = p->blob.data;
	json_t *list = json_array();
	for (uint32_t i = 0; i < config_header(blob)->lines.count; i++) {
		const struct blob_line *line = config_line(blob, i);
		bool is_vm = line->kind == BLOB_LINE_VM;
		json_array_append_new(list, json_pack("{s:i, s:s?, s:b}", "line", (int)line->intid, "vm",
						      is_vm ? p->system.domains[line->owner].name : NULL, "throttled",
						      line->distance_ticks != 0));
	}
	return list;
}

/* The image may be moved; the files of its disks stay where they are. */
static json_t *json_disks(const struct system_qemu *qemu)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < qemu->disk_count; i++) {
		const struct system_disk *disk = &qemu->disks[i];
		char *path = realpath(disk->file, NULL);
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", disk->name, "file",
						      path ? path : disk->file, "keep_writes", disk->keep_writes));
		free(path);
	}
	return list;
}

static json_t *json_arguments(const struct system_qemu *qemu)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < qemu->argument_count; i++)
		json_array_append_new(list, json_string(qemu->arguments[i]));
	return list;
}

/* QEMU's virt board has its memory from the first address on; no more than is needed, in coarse steps. */
static json_t *json_qemu(const struct project *p)
{
	uint64_t base = p->system.board.memory[0].base;
	uint64_t mib = align_up((p->layout.end_pa - base + MIB - 1) / MIB, QEMU_MEMORY_GRAIN_MIB);
	return json_pack("{s:s, s:i, s:I, s:o, s:o}", "machine", "virt", "cpus", (int)p->schedule.cpu_count,
			 "memory_mib", (json_int_t)(mib < QEMU_MEMORY_MIN_MIB ? QEMU_MEMORY_MIN_MIB : mib), "disks",
			 json_disks(&p->system.qemu), "arguments", json_arguments(&p->system.qemu));
}

/* By their numbers; mode 0 is the description itself. */
static json_t *json_modes(const struct system *system)
{
	json_t *list = json_pack("[s]", "normal");
	for (uint32_t i = 0; i < system->mode_count; i++)
		json_array_append_new(list, json_string(system->modes[i].name));
	return list;
}

int describe_json(const struct project *p, const char *path, const struct build_options *options)
{
	const char *image = util_basename(options->output);
	const struct layout *layout = &p->layout;
	json_t *root =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:o, s:o, s:o, s:o}", "image", image,
			  "format", options->format == BUILD_FIT ? "fit" : "image", "source", options->source,
			  "load_pa", (json_int_t)layout->load_pa, "image_bytes", (json_int_t)layout->image_bytes,
			  "arena_pa", (json_int_t)layout->arena_pa, "arena_bytes", (json_int_t)layout->arena_bytes,
			  "counter_hz", (json_int_t)p->system.board.counter_hz, "cpus", (int)p->schedule.cpu_count,
			  "contexts", json_contexts(p), "vms", json_vms(p), "modes", json_modes(&p->system), "lines",
			  json_lines(p), "qemu", json_qemu(p));
	char *json = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (json == NULL)
		return ENOMEM;
	char *text = util_format("%s\n", json);
	int error = util_write_file(path, text, strlen(text));
	free(json);
	free(text);
	return error;
}
