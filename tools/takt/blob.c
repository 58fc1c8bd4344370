/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the blob (abi/blob.h) and has it checked by the code that EL2 will run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "abi/service.h"
#include "base/bits.h"
#include "base/crc32.h"
#include "logic/config.h"
#include "tools/takt/check.h"
#include "tools/takt/loader.h"
#include "tools/takt/project.h"
#include "tools/takt/schedule.h"

/* The blob while its tables are appended. */
struct writer {
	uint8_t *data;
	uint32_t size;
};

static void *append(struct writer *w, struct blob_table *table, uint32_t count, size_t entry)
{
	*table = (struct blob_table){.offset = w->size, .count = count};
	void *start = w->data + w->size;
	w->size += (uint32_t)align_up(count * entry, 8);
	return start;
}

static void fill_cpus(struct blob_cpu *cpus, const struct project *p)
{
	for (uint32_t i = 0; i < p->schedule.cpu_count; i++)
		cpus[i] = (struct blob_cpu){
			.mpidr = p->system.board.mpidr[i],
			.first_context = p->schedule.first_context[i],
			.context_count = p->schedule.contexts_of_cpu[i],
			.policy = p->system.cpus[i].policy,
			.first_window = p->schedule.first_window[i],
			.window_count = p->system.cpus[i].slot_count,
			.frame_ticks = schedule_ticks_down(p->system.cpus[i].frame_ns, p->system.board.counter_hz),
		};
}

static void find_segments(const struct layout *layout, uint32_t owner, uint32_t *first, uint32_t *count)
{
	*first = 0;
	*count = 0;
	for (uint32_t i = 0; i < layout->segment_count; i++) {
		if (layout->segments[i].owner < owner)
			*first = i + 1;
		*count += layout->segments[i].owner == owner;
	}
}

/* The owner's segment that begins there. */
static uint32_t find_segment(const struct layout *layout, uint32_t owner, uint64_t ipa)
{
	uint32_t i = 0;
	while (layout->segments[i].owner != owner || layout->segments[i].blob.ipa != ipa)
		i++;
	return i;
}

static void fill_contexts(struct blob_vm *vm, uint32_t index, const struct schedule *schedule)
{
	for (uint32_t i = 0; i < BLOB_VM_VCPU_MAX; i++)
		vm->vcpu_context[i] = BLOB_NONE;
	for (uint32_t i = 0; i < schedule->context_count; i++) {
		const struct blob_context *context = &schedule->contexts[i];
		if (context->kind == BLOB_CONTEXT_VCPU && context->owner == index)
			vm->vcpu_context[context->vcpu] = i;
		if (context->kind == BLOB_CONTEXT_ALARM && context->owner == index)
			vm->alarm = i;
	}
	vm->first_context = vm->vcpu_context[0];
}

static void fill_vms(struct blob_vm *vms, const struct project *p)
{
	uint32_t service = 0;
	uint32_t loader = p->layout.first_loader;
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		const struct system_domain *domain = &p->system.domains[i];
		struct blob_vm *vm = &vms[i];
		*vm = (struct blob_vm){
			.flags = BLOB_VM_AUTOSTART | (domain->no_fp ? BLOB_VM_NO_FP : 0U) |
				 (domain->is_manager ? BLOB_VM_MANAGER : 0U) | (domain->pmu ? BLOB_VM_PMU : 0U) |
				 (domain->direct ? BLOB_VM_DIRECT : 0U),
			.vcpu_count = domain->vcpu_count,
			.console_service = check_has_console(domain) ? service++ : BLOB_NONE,
			.loader = loader_is_needed(domain) ? loader++ : BLOB_NONE,
			.alarm = BLOB_NONE,
			.watchdog_refresh_ipa = domain->watchdog ? GUEST_WATCHDOG_REFRESH_IPA : 0,
			.watchdog_control_ipa = domain->watchdog ? GUEST_WATCHDOG_CONTROL_IPA : 0,
			.watchdog_virq = domain->watchdog ? GUEST_WATCHDOG_INTID : 0,
			.stolen_segment =
				domain->stolen_time ? find_segment(&p->layout, i, GUEST_STOLEN_IPA) : BLOB_NONE,
			.entry_ipa = p->guests[i].entry_ipa,
			.dtb_ipa = p->guests[i].dtb_ipa,
			.gicd_ipa = GUEST_GICD_IPA,
			.gicr_ipa = GUEST_GICR_IPA,
			.trng_seed = {p->guests[i].seed[0], p->guests[i].seed[1]},
		};
		memcpy(vm->name, domain->name, sizeof(vm->name));
		memcpy(vm->on, domain->on, sizeof(vm->on));
		fill_contexts(vm, i, &p->schedule);
		find_segments(&p->layout, i, &vm->first_segment, &vm->segment_count);
	}
}

static void fill_service(struct blob_service *service, const struct project *p, uint32_t index,
			 const struct service_part *part, uint64_t place)
{
	find_segments(&p->layout, p->system.domain_count + index, &service->first_segment, &service->segment_count);
	service->entry_ipa = part->entry;
	service->stack_ipa = place + SERVICE_STACK_TOP;
}

static void fill_services(struct blob_service *services, const struct project *p)
{
	uint32_t next = 0;
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		const struct system_domain *domain = &p->system.domains[i];
		if (!check_has_console(domain))
			continue;
		struct blob_service *model = &services[next];
		*model = (struct blob_service){
			.name = "pl011",
			.kind = BLOB_SERVICE_MODEL,
			.vm = i,
			.mmio_ipa = GUEST_UART_IPA,
			.mmio_bytes = GUEST_UART_BYTES,
			.bound_ticks = schedule_ticks_up(domain->model_bound_ns, p->system.board.counter_hz),
			.virq = GUEST_UART_INTID,
		};
		const struct system_image *flash = check_flash_of(domain);
		model->has_flash = flash != NULL;
		model->flash_ipa = flash != NULL ? flash->ipa : 0;
		fill_service(model, p, next++, &p->parts.model, 0);
	}
	if (p->system.driver.enabled) {
		services[next] = (struct blob_service){.name = "uart", .kind = BLOB_SERVICE_DRIVER, .vm = BLOB_NONE};
		fill_service(&services[next], p, next, &p->parts.driver, 0);
		next++;
	}
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		if (!loader_is_needed(&p->system.domains[i]))
			continue;
		services[next] = (struct blob_service){.name = "loader", .kind = BLOB_SERVICE_LOADER, .vm = i};
		fill_service(&services[next], p, next, &p->parts.loader, LOADER_IPA);
		next++;
	}
}

static int compare_lines(const void *a, const void *b)
{
	const struct blob_line *x = a;
	const struct blob_line *y = b;
	return x->intid < y->intid ? -1 : x->intid > y->intid;
}

static void fill_lines(struct blob_line *lines, const struct project *p)
{
	struct system_line own[SYSTEM_DOMAIN_LINE_MAX];
	uint32_t next = 0;
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		const struct system_domain *domain = &p->system.domains[i];
		uint32_t count = system_domain_lines(domain, own);
		for (uint32_t j = 0; j < count; j++)
			lines[next++] = (struct blob_line){
				.intid = own[j].intid,
				.kind = BLOB_LINE_VM,
				.owner = i,
				.virq = own[j].intid,
				.edge = own[j].edge,
				.delivery = own[j].delivery,
				.distance_ticks = schedule_ticks_up(own[j].distance_ns, p->system.board.counter_hz),
				.burst = own[j].burst,
			};
	}
	const struct system_device *console = &p->system.board.console;
	for (uint32_t i = 0; p->system.driver.enabled && i < console->line_count; i++)
		lines[next++] = (struct blob_line){
			.intid = console->lines[i].intid,
			.kind = BLOB_LINE_DRIVER,
			.owner = schedule_driver_service(&p->system),
			.virq = i, /* line 0 is CONSOLE_WAIT_LINE */
			.edge = console->lines[i].edge,
		};
	qsort(lines, next, sizeof(lines[0]), compare_lines);
}

static void fill_header(struct blob_header *header, const struct project *p)
{
	const struct layout *layout = &p->layout;
	struct admit_cost cost = schedule_cost(&p->system);
	*header = (struct blob_header){
		.magic = BLOB_MAGIC,
		.version = BLOB_VERSION,
		.way_back_ticks = (uint32_t)(cost.switch_ticks.raw + cost.interrupt_ticks.raw),
		.load_pa = layout->load_pa,
		.image_bytes = layout->image_bytes,
		.arena_pa = layout->arena_pa,
		.arena_bytes = layout->arena_bytes,
		.log_pa = layout->consoles_pa + schedule_driver_service(&p->system) * SERVICE_CONSOLE_BYTES,
		.counter_hz = p->system.board.counter_hz,
		.gicd_pa = p->system.board.gicd,
		.gicr_pa = p->system.board.gicr,
		.uart_pa = p->system.driver.enabled ? p->system.board.console.ranges[0].base : 0,
	};
}

struct bytes blob_make(const struct project *p)
{
	struct writer w = {.data = util_alloc(p->layout.blob_bytes, 1), .size = sizeof(struct blob_header)};
	struct blob_header *header = (struct blob_header *)(void *)w.data;
	const struct schedule *schedule = &p->schedule;
	fill_header(header, p);
	fill_cpus(append(&w, &header->cpus, schedule->cpu_count, sizeof(struct blob_cpu)), p);
	fill_vms(append(&w, &header->vms, p->system.domain_count, sizeof(struct blob_vm)), p);
	fill_services(append(&w, &header->services, p->layout.service_count, sizeof(struct blob_service)), p);
	void *contexts = append(&w, &header->contexts, schedule->context_count, sizeof(struct blob_context));
	memcpy(contexts, schedule->contexts, schedule->context_count * sizeof(struct blob_context));
	void *reservations =
		append(&w, &header->reservations, schedule->reservation_count, sizeof(struct blob_reservation));
	memcpy(reservations, schedule->reservations, schedule->reservation_count * sizeof(struct blob_reservation));
	struct blob_segment *segments =
		append(&w, &header->segments, p->layout.segment_count, sizeof(struct blob_segment));
	for (uint32_t i = 0; i < p->layout.segment_count; i++)
		segments[i] = p->layout.segments[i].blob;
	fill_lines(append(&w, &header->lines, p->layout.line_count, sizeof(struct blob_line)), p);
	void *windows = append(&w, &header->windows, schedule->window_count, sizeof(struct blob_window));
	memcpy(windows, schedule->windows, schedule->window_count * sizeof(struct blob_window));
	struct blob_mode *modes = append(&w, &header->modes, p->system.mode_count, sizeof(struct blob_mode));
	for (uint32_t i = 0; i < p->system.mode_count; i++)
		memcpy(modes[i].name, p->system.modes[i].name, sizeof(modes[i].name));
	uint32_t of_modes = p->system.mode_count * schedule->reservation_count;
	void *sets = append(&w, &header->mode_reservations, of_modes, sizeof(struct blob_reservation));
	memcpy(sets, schedule->mode_reservations, of_modes * sizeof(struct blob_reservation));
	header->size = w.size;
	header->crc32 = (uint32_t)crc32(0, w.data, w.size);
	return (struct bytes){.data = w.data, .size = w.size};
}

bool blob_check(struct project *project)
{
	const struct bytes *blob = &project->blob;
	struct config_fault fault = config_check(blob->data, blob->size, project->layout.blob_offset, crc32_update);
	if (fault.rule == CONFIG_OK)
		return true;
	diag_add(&project->diag, RULE_CONFIG, tree_place(&project->tree, "/domains", NULL), "/domains",
		 "EL2 would refuse this system: [%s] %s: %s[%" PRIu32 "].%s is 0x%" PRIx64,
		 config_rule_name(fault.rule), config_rule_text(fault.rule), config_table_name(fault.table),
		 fault.index, fault.field, fault.value);
	return false;
}
