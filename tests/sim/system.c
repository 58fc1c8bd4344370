/* SPDX-License-Identifier: Apache-2.0 */
/* Systems for the tests of the core: see system.h. */
#include "tests/sim/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/crc32.h"
#include "base/ring.h"
#include "core/boot.h"
#include "core/alarm.h"
#include "port/boot.h"

#define LOAD_PA UINT64_C(0x40200000)
#define BLOB_OFFSET UINT64_C(0x20000)
#define SERVICES_PA (LOAD_PA + 0x40000)
#define SERVICE_BYTES 0x8000U
#define CONFIG_OFFSET 0x6000U /* of a service's page for its configuration */
#define COPY_OFFSET 0x7000U   /* of a loader's copy of its VM's image */
#define STOLEN_PA (LOAD_PA + 0xf0000)
#define STOLEN_BYTES UINT64_C(0x1000)
#define CONSOLES_PA (LOAD_PA + 0x100000)
#define LOG_PA (CONSOLES_PA + SYSTEM_VM_MAX * SERVICE_CONSOLE_BYTES)
#define IMAGE_BYTES 0x400000U
#define ARENA_PA UINT64_C(0x42000000)
#define ARENA_BYTES 0x400000U
#define VMS_PA UINT64_C(0x50000000)
#define UART_PA 0x09000000U
#define MODEL_VMID(service) (BLOB_VM_MAX + 1U + (service))

#define CONTEXT_MAX (SYSTEM_VM_MAX * (BLOB_VM_VCPU_MAX + 1U) + 1U)
#define RESERVATION_MAX (SYSTEM_VM_MAX * HOST_CPU_MAX + 1U)
#define SEGMENT_MAX (2U * SYSTEM_VM_MAX + (2U * SYSTEM_VM_MAX + 1U) * 5U)
#define RW ((uint32_t)(BLOB_SEGMENT_R | BLOB_SEGMENT_W))

struct blob {
	struct blob_header header;
	struct blob_cpu cpus[HOST_CPU_MAX];
	struct blob_vm vms[SYSTEM_VM_MAX];
	struct blob_service services[2U * SYSTEM_VM_MAX + 1U];
	struct blob_context contexts[CONTEXT_MAX];
	struct blob_reservation reservations[RESERVATION_MAX];
	struct blob_segment segments[SEGMENT_MAX];
	struct blob_line lines[8];
	struct blob_mode modes[BLOB_MODE_MAX];
	struct blob_reservation mode_reservations[BLOB_MODE_MAX * RESERVATION_MAX];
};

static struct {
	struct blob blob;
	struct host_config host;
	struct system_vm vms[SYSTEM_VM_MAX];
	uint32_t vm_count;
	host_program *driver;
	uint64_t driver_budget, driver_period;
	uint32_t driver_band;
	uint32_t driver_cpu;
	uint32_t driver_context;
	uint32_t driver_service;
	uint32_t cpu_count;
	uint32_t line_count;
	uint32_t mode_count;
	struct {
		uint64_t budget, period;
	} modes[BLOB_MODE_MAX][SYSTEM_VM_MAX];
	uint32_t vm_of[RESERVATION_MAX]; /* whose a reservation is; SYSTEM_VM_MAX: the driver's */
	bool is_prepared;
	uint32_t segment_count, context_count, service_count, reservation_count;
} system_;

void system_begin(void)
{
	memset(&system_, 0, sizeof(system_));
	system_.host.step_ticks = SYSTEM_STEP;
	system_.cpu_count = 1;
}

void system_set_cpus(uint32_t count, uint64_t pause, uint64_t seed)
{
	assert_in_range(count, 1, HOST_CPU_MAX);
	system_.cpu_count = count;
	system_.host.pause_ticks = pause;
	system_.host.seed = seed;
}

uint32_t system_add_vm(const struct system_vm *vm)
{
	assert_true(system_.vm_count < SYSTEM_VM_MAX);
	struct system_vm *own = &system_.vms[system_.vm_count];
	*own = *vm;
	own->vcpus = vm->vcpus != 0 ? vm->vcpus : 1;
	own->weight = vm->weight != 0 ? vm->weight : 100;
	own->deadline = vm->deadline != 0 ? vm->deadline : vm->period;
	own->model_bound = vm->model_bound != 0 ? vm->model_bound : 1000;
	return system_.vm_count++;
}

void system_add_driver(host_program *program, uint64_t budget, uint64_t period, uint32_t band)
{
	system_.driver = program;
	system_.driver_budget = budget;
	system_.driver_period = period;
	system_.driver_band = band;
}

uint32_t system_add_mode(void)
{
	snprintf(system_.blob.modes[system_.mode_count].name, BLOB_NAME_BYTES, "mode%u", system_.mode_count + 1);
	return ++system_.mode_count;
}

void system_set_mode(uint32_t mode, uint32_t vm, uint64_t budget, uint64_t period)
{
	system_.modes[mode - 1][vm].budget = budget;
	system_.modes[mode - 1][vm].period = period;
}

void system_set_driver_cpu(uint32_t cpu) { system_.driver_cpu = cpu; }

void system_add_line(uint32_t intid, enum blob_line_kind kind, uint32_t owner, uint32_t virq, bool edge)
{
	system_.blob.lines[system_.line_count++] =
		(struct blob_line){intid, (uint32_t)kind, owner, virq, edge ? 1 : 0, 0, 0, 0, 0};
}

static struct blob_line *line_of(uint32_t intid)
{
	uint32_t i = 0;
	while (system_.blob.lines[i].intid != intid)
		i++;
	return &system_.blob.lines[i];
}

void system_set_delivery(uint32_t intid, enum blob_delivery delivery) { line_of(intid)->delivery = (uint32_t)delivery; }

void system_set_throttle(uint32_t intid, uint64_t distance, uint32_t burst)
{
	line_of(intid)->distance_ticks = distance;
	line_of(intid)->burst = burst;
}

void system_watch(void (*ran)(uint32_t vmid, uint32_t vcpu, uint64_t from, uint64_t to)) { system_.host.ran = ran; }
void system_set_settled(void (*settled)(void)) { system_.host.settled = settled; }
void system_set_step(uint64_t step) { system_.host.step_ticks = step; }

static uint32_t add_reservation(uint32_t vm, uint32_t cpu, uint64_t budget, uint64_t period, uint64_t deadline)
{
	if (budget == 0)
		return BLOB_NONE;
	system_.blob.reservations[system_.reservation_count] =
		(struct blob_reservation){cpu, 0, budget, period, deadline};
	system_.vm_of[system_.reservation_count] = vm;
	return system_.reservation_count++;
}

static void make_driver_context(uint32_t cpu)
{
	if (system_.driver == NULL || system_.driver_cpu != cpu)
		return;
	uint32_t reservation = add_reservation(SYSTEM_VM_MAX, cpu, system_.driver_budget, system_.driver_period,
					       system_.driver_period);
	system_.driver_context = system_.context_count;
	system_.blob.contexts[system_.context_count++] = (struct blob_context){
		.kind = BLOB_CONTEXT_DRIVER, .cpu = cpu, .reservation = reservation, .band = system_.driver_band};
}

static bool has_times(uint32_t vm)
{
	bool found = false;
	for (uint32_t i = 0; i < system_.line_count; i++) {
		const struct blob_line *line = &system_.blob.lines[i];
		found |= line->kind == BLOB_LINE_VM && line->owner == vm &&
			 (line->distance_ticks != 0 || line->delivery == BLOB_DELIVERY_POLLED);
	}
	return found;
}

/* Beside vCPU 0. */
static void make_alarm(uint32_t index)
{
	struct blob_vm *out = &system_.blob.vms[index];
	if (system_.vms[index].has_watchdog) {
		out->watchdog_refresh_ipa = VM_WATCHDOG_REFRESH_IPA;
		out->watchdog_control_ipa = VM_WATCHDOG_CONTROL_IPA;
		out->watchdog_virq = VM_WATCHDOG_VIRQ;
	} else if (!has_times(index)) {
		return;
	}
	out->alarm = system_.context_count;
	system_.blob.contexts[system_.context_count] = system_.blob.contexts[out->vcpu_context[0]];
	system_.blob.contexts[system_.context_count++].kind = BLOB_CONTEXT_ALARM;
}

/* A VM's vCPUs on a CPU share a reservation there. */
static void make_vcpus(uint32_t index, uint32_t cpu)
{
	const struct system_vm *vm = &system_.vms[index];
	struct blob_vm *out = &system_.blob.vms[index];
	uint32_t reservation = BLOB_NONE;
	bool is_here = false;
	for (uint32_t i = 0; i < vm->vcpus; i++) {
		if (vm->cpus[i] != cpu)
			continue;
		if (!is_here)
			reservation = add_reservation(index, cpu, vm->budget, vm->period, vm->deadline);
		is_here = true;
		out->vcpu_context[i] = system_.context_count;
		system_.blob.contexts[system_.context_count++] =
			(struct blob_context){.kind = BLOB_CONTEXT_VCPU,
					      .owner = index,
					      .vcpu = i,
					      .cpu = cpu,
					      .reservation = reservation,
					      .weight = reservation == BLOB_NONE ? vm->weight : 0,
					      .band = vm->band};
	}
	if (vm->cpus[0] == cpu)
		make_alarm(index);
}

/* Contexts and reservations are sorted by CPU. */
static void make_cpu(uint32_t cpu)
{
	uint32_t first = system_.context_count;
	make_driver_context(cpu);
	for (uint32_t i = 0; i < system_.vm_count; i++)
		make_vcpus(i, cpu);
	system_.blob.cpus[cpu] = (struct blob_cpu){
		.mpidr = host_affinity(cpu), .first_context = first, .context_count = system_.context_count - first};
}

static uint8_t ending(enum blob_vm_action action)
{
	return (uint8_t)(action != BLOB_ACTION_NONE ? action : BLOB_ACTION_STOP);
}

static void make_stolen(uint32_t index)
{
	struct blob_vm *out = &system_.blob.vms[index];
	out->stolen_segment = system_.segment_count;
	out->segment_count++;
	system_.blob.segments[system_.segment_count++] =
		(struct blob_segment){VM_STOLEN_IPA, STOLEN_PA + index * STOLEN_BYTES, STOLEN_BYTES, BLOB_SEGMENT_R, 0};
}

static void make_vm(uint32_t index)
{
	const struct system_vm *vm = &system_.vms[index];
	struct blob_vm *out = &system_.blob.vms[index];
	*out = (struct blob_vm){
		.flags = BLOB_VM_AUTOSTART | vm->flags,
		.console_service = BLOB_NONE,
		.loader = BLOB_NONE,
		.alarm = BLOB_NONE,
		.stolen_segment = BLOB_NONE,
		.first_segment = system_.segment_count,
		.segment_count = 1,
		.on = {[BLOB_ON_RESET] = ending(vm->on_reset),
		       [BLOB_ON_CRASH] = ending(vm->on_crash),
		       [BLOB_ON_WATCHDOG] = ending(vm->on_watchdog != 0 ? vm->on_watchdog : vm->on_crash),
		       [BLOB_ON_OVERRUN] = (uint8_t)vm->on_overrun,
		       [BLOB_ON_MISS] = (uint8_t)vm->on_miss},
		.entry_ipa = VM_ENTRY_IPA,
		.dtb_ipa = VM_DTB_IPA,
		.gicd_ipa = VM_GICD_IPA,
		.gicr_ipa = VM_GICR_IPA,
		.trng_seed = {index, 1}};
	snprintf(out->name, sizeof(out->name), "vm%u", index);
	if (vm->has_stolen)
		make_stolen(index);
	system_.blob.segments[system_.segment_count++] =
		(struct blob_segment){VM_RAM_IPA, VMS_PA + index * VM_RAM_BYTES, VM_RAM_BYTES, RW | BLOB_SEGMENT_X, 0};
	memset(out->vcpu_context, 0xff, sizeof(out->vcpu_context));
	out->vcpu_count = vm->vcpus;
}

static uint64_t service_pa(uint32_t index) { return SERVICES_PA + index * SERVICE_BYTES; }

/* The map that all services have in common, from `place` on; 0, or LOADER_IPA. */
static struct blob_service *make_service(enum blob_service_kind kind, uint32_t vm, uint64_t place)
{
	uint32_t index = system_.service_count++;
	uint64_t at = service_pa(index);
	struct blob_segment *s = &system_.blob.segments[system_.segment_count];
	struct blob_service *out = &system_.blob.services[index];
	*out = (struct blob_service){.kind = (uint32_t)kind,
				     .vm = vm,
				     .first_segment = system_.segment_count,
				     .segment_count = 4,
				     .entry_ipa = place + SERVICE_TEXT_IPA,
				     .stack_ipa = place + SERVICE_STACK_TOP};
	snprintf(out->name, sizeof(out->name), "service%u", index);
	s[0] = (struct blob_segment){place + SERVICE_TEXT_IPA, at, 0x4000, BLOB_SEGMENT_R | BLOB_SEGMENT_X, 0};
	s[1] = (struct blob_segment){place + SERVICE_DATA_IPA, at + 0x4000, 0x1000, RW, 0};
	s[2] = (struct blob_segment){place + SERVICE_STACK_TOP - 0x1000, at + 0x5000, 0x1000, RW, 0};
	s[3] = (struct blob_segment){place + SERVICE_CONFIG_IPA, at + CONFIG_OFFSET, 0x1000, BLOB_SEGMENT_R, 0};
	system_.segment_count += 4;
	return out;
}

static void add_segment(struct blob_service *service, struct blob_segment segment)
{
	system_.blob.segments[system_.segment_count++] = segment;
	service->segment_count++;
}

static void make_model(uint32_t vm)
{
	system_.blob.vms[vm].console_service = system_.service_count;
	struct blob_service *out = make_service(BLOB_SERVICE_MODEL, vm, 0);
	uint64_t console = CONSOLES_PA + vm * SERVICE_CONSOLE_BYTES;
	add_segment(out, (struct blob_segment){SERVICE_CONSOLE_IPA, console, SERVICE_CONSOLE_BYTES, RW, 1});
	out->mmio_ipa = VM_MODEL_IPA;
	out->mmio_bytes = 0x1000;
	out->bound_ticks = system_.vms[vm].model_bound;
	out->virq = VM_MODEL_VIRQ;
}

static void make_driver(void)
{
	const uint64_t bytes = (SYSTEM_VM_MAX + 1) * SERVICE_CONSOLE_BYTES;
	system_.driver_service = system_.service_count;
	system_.blob.contexts[system_.driver_context].owner = system_.driver_service;
	struct blob_service *out = make_service(BLOB_SERVICE_DRIVER, BLOB_NONE, 0);
	add_segment(out, (struct blob_segment){SERVICE_CONSOLE_IPA, CONSOLES_PA, bytes, RW, 1});
}

/* The copy of the image lies below the rest of its map. */
static void make_loader(uint32_t vm)
{
	uint32_t index = system_.service_count;
	uint32_t first = system_.segment_count++;
	system_.blob.vms[vm].loader = index;
	struct blob_service *out = make_service(BLOB_SERVICE_LOADER, vm, LOADER_IPA);
	system_.blob.segments[first] = (struct blob_segment){LOADER_COPY_IPA, service_pa(index) + COPY_OFFSET,
							     VM_IMAGE_BYTES, BLOB_SEGMENT_R, 0};
	out->first_segment = first;
	out->segment_count++;
}

/* What `takt build` puts into memory: the VM's image, a copy of it, and how the loader makes the one from the other. */
static void fill_loader(uint32_t vm)
{
	uint64_t at = service_pa(system_.blob.vms[vm].loader);
	struct loader_config *config = host_memory(at + CONFIG_OFFSET);
	const uint64_t behind = VM_IMAGE_IPA + VM_IMAGE_BYTES;
	config->count = 3;
	config->pieces[0] = (struct loader_piece){VM_RAM_IPA, VM_IMAGE_IPA - VM_RAM_IPA, 0};
	config->pieces[1] = (struct loader_piece){VM_IMAGE_IPA, VM_IMAGE_BYTES, LOADER_COPY_IPA};
	config->pieces[2] = (struct loader_piece){behind, VM_RAM_IPA + VM_RAM_BYTES - behind, 0};
	memset(host_memory(at + COPY_OFFSET), VM_IMAGE_BYTE, VM_IMAGE_BYTES);
	memset(host_memory(VMS_PA + vm * VM_RAM_BYTES + VM_IMAGE_IPA - VM_RAM_IPA), VM_IMAGE_BYTE, VM_IMAGE_BYTES);
}

static void make_modes(void)
{
	struct blob *b = &system_.blob;
	for (uint32_t i = 0; i < system_.mode_count * system_.reservation_count; i++) {
		uint32_t mode = i / system_.reservation_count;
		uint32_t index = i % system_.reservation_count;
		uint32_t vm = system_.vm_of[index];
		struct blob_reservation *r = &b->mode_reservations[i];
		*r = b->reservations[index];
		if (vm == SYSTEM_VM_MAX || system_.modes[mode][vm].budget == 0)
			continue;
		r->budget_ticks = system_.modes[mode][vm].budget;
		r->period_ticks = system_.modes[mode][vm].period;
		r->deadline_ticks = r->period_ticks;
	}
}

static struct blob_table table(size_t offset, uint32_t count) { return (struct blob_table){(uint32_t)offset, count}; }

static void make_header(void)
{
	struct blob *b = &system_.blob;
	b->header = (struct blob_header){
		.magic = BLOB_MAGIC,
		.version = BLOB_VERSION,
		.size = sizeof(*b),
		.load_pa = LOAD_PA,
		.image_bytes = IMAGE_BYTES,
		.arena_pa = ARENA_PA,
		.arena_bytes = ARENA_BYTES,
		.log_pa = LOG_PA,
		.counter_hz = SYSTEM_HZ,
		.gicd_pa = 0x08000000,
		.gicr_pa = 0x080a0000,
		.uart_pa = UART_PA,
		.cpus = table(offsetof(struct blob, cpus), system_.cpu_count),
		.vms = table(offsetof(struct blob, vms), system_.vm_count),
		.services = table(offsetof(struct blob, services), system_.service_count),
		.contexts = table(offsetof(struct blob, contexts), system_.context_count),
		.reservations = table(offsetof(struct blob, reservations), system_.reservation_count),
		.segments = table(offsetof(struct blob, segments), system_.segment_count),
		.lines = table(offsetof(struct blob, lines), system_.line_count),
		.windows = table(offsetof(struct blob, modes), 0),
		.modes = table(offsetof(struct blob, modes), system_.mode_count),
		.mode_reservations =
			table(offsetof(struct blob, mode_reservations), system_.mode_count * system_.reservation_count),
	};
	b->header.crc32 = crc32_update(0, b, sizeof(*b));
}

static void make_blob(void)
{
	struct blob *b = &system_.blob;
	for (uint32_t i = 0; i < system_.vm_count; i++)
		make_vm(i);
	for (uint32_t i = 0; i < system_.cpu_count; i++)
		make_cpu(i);
	for (uint32_t i = 0; i < system_.vm_count; i++)
		b->vms[i].first_context = b->vms[i].vcpu_context[0];
	for (uint32_t i = 0; i < system_.vm_count; i++)
		if (system_.vms[i].model != NULL)
			make_model(i);
	system_.driver_service = BLOB_NONE;
	if (system_.driver != NULL)
		make_driver();
	for (uint32_t i = 0; i < system_.vm_count; i++)
		if (system_.vms[i].loader != NULL)
			make_loader(i);
	for (uint32_t i = 0; i < system_.line_count; i++)
		if (b->lines[i].kind == BLOB_LINE_DRIVER)
			b->lines[i].owner = system_.driver_service;
	make_modes();
	make_header();
}

uint32_t system_vm_of(uint32_t vmid)
{
	if (vmid <= BLOB_VM_MAX)
		return vmid - 1;
	uint32_t service = vmid - MODEL_VMID(0);
	if (vmid == ALARM_VMID)
		return SYSTEM_ALARM;
	return service == system_.driver_service ? SYSTEM_DRIVER : system_.blob.services[service].vm;
}

static void never(struct host_guest *g)
{
	(void)g;
	host_fail("an alarm has executed something");
}

static host_program *program_of(uint32_t vmid, uint32_t vcpu)
{
	uint32_t vm = system_vm_of(vmid);
	(void)vcpu;
	if (vm == SYSTEM_DRIVER)
		return system_.driver;
	if (vm == SYSTEM_ALARM)
		return never;
	if (vmid <= BLOB_VM_MAX)
		return system_.vms[vm].program;
	bool is_model = system_.blob.services[vmid - MODEL_VMID(0)].kind == BLOB_SERVICE_MODEL;
	return is_model ? system_.vms[vm].model : system_.vms[vm].loader;
}

void system_prepare(void)
{
	make_blob();
	host_reset();
	memset(&machine, 0, sizeof(machine));
	for (uint32_t i = 0; i < system_.vm_count; i++)
		if (system_.vms[i].loader != NULL)
			fill_loader(i);
	system_.is_prepared = true;
}

enum host_end system_run(uint64_t horizon)
{
	if (!system_.is_prepared)
		system_prepare();
	memcpy(host_memory(LOAD_PA + BLOB_OFFSET), &system_.blob, sizeof(system_.blob));
	system_.host.boot = boot_main;
	system_.host.boot_secondary = boot_secondary;
	system_.host.load_pa = LOAD_PA;
	system_.host.blob_offset = BLOB_OFFSET;
	system_.host.blob_bytes = sizeof(system_.blob);
	system_.host.horizon = horizon;
	system_.host.program = program_of;
	enum host_end end = host_run(&system_.host);
	if (end == HOST_HALTED || end == HOST_FAILED)
		print_error("%s\n", host_text());
	return end;
}

void system_run_to(uint64_t horizon)
{
	assert_int_equal(system_run(horizon), HOST_HORIZON);
	system_check_accounts();
}

uint64_t system_stolen(uint32_t vm, uint32_t vcpu)
{
	const struct pvtime_record *records = host_memory(STOLEN_PA + vm * STOLEN_BYTES);
	return records[vcpu].stolen_ns;
}

const struct stats_context *system_stats(uint32_t vm, uint32_t vcpu)
{
	return &machine.stats->contexts[system_.blob.vms[vm].vcpu_context[vcpu]];
}

const struct stats_context *system_alarm_stats(uint32_t vm)
{
	return &machine.stats->contexts[system_.blob.vms[vm].alarm];
}

const struct stats_context *system_driver_stats(void) { return &machine.stats->contexts[system_.driver_context]; }

static void check_account(uint32_t index)
{
	const struct stats_cpu *cpu = &machine.stats->cpus[index];
	const struct blob_cpu *config = &system_.blob.cpus[index];
	uint64_t sum = cpu->idle_ticks;
	for (uint32_t i = 0; i < config->context_count; i++)
		sum += machine.stats->contexts[config->first_context + i].used_ticks;
	assert_int_equal(sum, cpu->now_ticks - cpu->start_ticks);
}

void system_check_accounts(void)
{
	for (uint32_t i = 0; i < system_.cpu_count; i++)
		check_account(i);
}

struct console *system_console(uint32_t vm) { return host_memory(CONSOLES_PA + vm * SERVICE_CONSOLE_BYTES); }

uint32_t system_log(struct log_record *records, uint32_t max)
{
	struct ring copy = ((struct console *)host_memory(LOG_PA))->tx;
	uint32_t count = 0;
	for (; ring_used(&copy) >= LOG_RECORD_BYTES && count < max; count++)
		for (uint32_t i = 0; i < LOG_RECORD_BYTES; i++)
			ring_take(&copy, (uint8_t *)&records[count] + i);
	return count;
}

uint32_t system_log_count(enum log_reason reason, uint32_t vm)
{
	struct log_record records[RING_DATA_BYTES / LOG_RECORD_BYTES];
	uint32_t count = system_log(records, RING_DATA_BYTES / LOG_RECORD_BYTES);
	uint32_t found = 0;
	for (uint32_t i = 0; i < count; i++)
		if (records[i].reason == (uint32_t)reason && records[i].vm == vm)
			found++;
	return found;
}

uint64_t system_seed(const char *test)
{
	const char *given = getenv("TAKT_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	print_message("%s: TAKT_SEED=%llu\n", test, (unsigned long long)seed);
	return seed;
}

uint64_t system_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#define GICD_CTLR 0x0U
#define GIC_IGROUPR 0x80U
#define GIC_ISENABLER 0x100U
#define GICR_SGI_BASE 0x10000U
#define CTLR_GROUPS 3U

void program_init_gic(struct host_guest *g, bool eoi_mode_1)
{
	uint64_t own = VM_GICR_IPA + guest_vcpu(g) * GICR_BYTES + GICR_SGI_BASE;
	guest_store(g, VM_GICD_IPA + GICD_CTLR, 4, CTLR_GROUPS);
	guest_store(g, VM_GICD_IPA + GIC_IGROUPR + 4, 4, UINT32_MAX);
	guest_store(g, VM_GICD_IPA + GIC_ISENABLER + 4, 4, UINT32_MAX);
	guest_store(g, own + GIC_IGROUPR, 4, UINT32_MAX);
	guest_store(g, own + GIC_ISENABLER, 4, BIT32(30) | BIT32(27) | 0xffff);
	guest_gic_enable(g, eoi_mode_1);
	guest_mask(g, false);
}

void program_sleep_until(struct host_guest *g, uint64_t until)
{
	uint32_t intid;
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, until);
	while (host_now() < until)
		guest_wfi(g);
	intid = guest_gic_acknowledge(g);
	guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
}

void system_for_seeds(const char *test, uint32_t count, void (*run)(uint64_t seed))
{
	uint64_t first = system_seed(test);
	uint64_t state = first;
	for (uint32_t i = 0; i < count; i++)
		run(i == 0 ? first : system_random(&state));
}
