/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the first C instruction to the first guest: checks the blob, maps what EL2 needs, makes all objects in the
 * arena, starts the other CPUs, seals the map and starts the VMs. Boot CPU, but for boot_secondary; interrupts masked,
 * not yet bounded as a step. Nothing is allocated afterwards.
 *
 * A CPU that is started finds its objects made. It initialises what is its own, says that it is up, and enters its
 * loop, where it idles until the boot CPU's mail starts its vCPUs.
 */
#include "core/boot.h"

#include "abi/image.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/bound.h"
#include "base/crc32.h"
#include "core/alarm.h"
#include "core/arena.h"
#include "core/cpu/cpu.h"
#include "core/direct.h"
#include "core/driver.h"
#include "core/exits/exits.h"
#include "core/flash.h"
#include "core/lines.h"
#include "core/mail.h"
#include "core/panic.h"
#include "core/reserve.h"
#include "core/stolen.h"
#include "core/trace.h"
#include "core/vm.h"
#include "logic/config.h"
#include "port/boot.h"

#define GICD_BYTES 0x10000U
#define PAGE_BYTES 4096U

_Static_assert(BLOB_VIRQ_END == VGIC_INTID_MAX, "what a description may say is what a VM has");

struct machine machine;

#define REMEDY                                                                                            \
	"takt: the image is damaged or cut off, or of parts of different versions: copy it anew, or make" \
	" it anew with `takt build`\n"

/* Nothing of it was used. */
static _Noreturn void refuse(const struct config_fault *fault)
{
	hw_early_print("takt: system description refused: ");
	hw_early_print(config_table_name(fault->table));
	hw_early_print(".");
	hw_early_print(fault->field);
	hw_early_print(": ");
	hw_early_print(config_rule_name(fault->rule));
	hw_early_print("\n" REMEDY);
	panic("at entry", fault->index);
}

/* Where the image's header says that the blob is, it can be looked at. */
static void check_place(const struct boot_blob *found)
{
	if (found->offset == 0)
		panic("this image holds no system: make one with `takt build`", 0);
	if (is_aligned(found->offset, PAGE_BYTES) && found->offset <= IMAGE_EL2_BYTES_MAX &&
	    found->bytes <= CRC32_BYTES_MAX)
		return;
	hw_early_print("takt: the image's header is wrong about where the system description lies\n" REMEDY);
	panic("its offset is", found->offset);
}

/* The blob, after the check that `takt build` made too: a fault here means that something damaged it on the way. */
static const struct blob_header *open_blob(pa_t image)
{
	struct boot_blob found = hw_boot_blob();
	if (found.uart_pa != 0 && is_aligned(found.uart_pa, PAGE_BYTES))
		hw_early_console_init(hw_map_device(pa(found.uart_pa), PAGE_BYTES));
	check_place(&found);
	const struct blob_header *blob = hw_map_blob(pa_add(image, found.offset), found.bytes);
	struct config_fault fault = config_check(blob, found.bytes, found.offset, hw_crc32);
	if (fault.rule != CONFIG_OK)
		refuse(&fault);
	if (blob->load_pa != image.raw)
		panic("the image was loaded at another address than it was built for; it lies at", image.raw);
	if (config_cpu(blob, 0)->mpidr != hw_cpu_affinity())
		panic("the CPU that boots is not the first one described; its affinity is", hw_cpu_affinity());
	return blob;
}

static void init_stats(ticks_t reset)
{
	const struct blob_header *blob = machine.blob;
	struct stats *stats = arena_alloc(sizeof(struct stats));
	stats->magic = STATS_MAGIC;
	stats->version = STATS_VERSION;
	stats->bytes = sizeof(struct stats);
	stats->reset_ticks = reset.raw;
	stats->cpu_count = blob->cpus.count;
	stats->context_count = blob->contexts.count;
	machine.stats = stats;
}

/* Stage-2 tables for some segments, sorted by IPA. */
static void init_stage2(struct stage2 *stage2, const struct blob_segment *segments, uint32_t count)
{
	uint32_t pages = stage2_pages_needed(segments, count);
	uint64_t *tables = arena_alloc_pages(pages);
	stage2_init(stage2, tables, arena_pa(tables), pages);
	for (uint32_t i = 0; i < count; i++) {
		LOOP_BOUND(2 * BLOB_VM_SEGMENT_MAX);
		const struct blob_segment *s = &segments[i];
		enum status status = stage2_map(stage2, ipa(s->ipa), pa(s->pa), s->bytes, s->attr);
		ASSERT(status == STATUS_OK);
	}
}

static void init_context(struct context *context, uint32_t index, const struct hw_world *world, const uint8_t *classes)
{
	const struct blob_context *config = config_context(machine.blob, index);
	context->active = &context->frame;
	context->world = world;
	context->classes = classes;
	context->stats = &machine.stats->contexts[index];
	context->index = index;
	context->local = index - config_cpu(machine.blob, config->cpu)->first_context;
	context->irq_mask = hw_irq_mask_of(config->band);
	context->kind = (uint16_t)config->kind;
	context->kick = irq_kick_of(config->band);
	context->cpu = machine.cpus[config->cpu];
	context->cpu->contexts[context->local] = context;
	struct context *last = context->cpu->least_urgent;
	if (config->reservation != BLOB_NONE && config->kind != BLOB_CONTEXT_ALARM &&
	    (last == NULL || last->kick <= context->kick))
		context->cpu->least_urgent = context;
}

static void init_vcpu(struct vm *vm, uint32_t index)
{
	uint32_t context_index = vm->config->vcpu_context[index];
	uint32_t dedicated = config_context(machine.blob, context_index)->dedicated;
	bool no_fp = (vm->config->flags & BLOB_VM_NO_FP) != 0;
	bool pmu = (vm->config->flags & BLOB_VM_PMU) != 0;
	struct vcpu *vcpu = arena_alloc(sizeof(struct vcpu));
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->gic = &vm->gics[index];
	vcpu->state.uncommon = (no_fp ? HW_VCPU_NO_FP : 0U) | (pmu ? HW_VCPU_PMU : 0U);
	if (pmu)
		vcpu->state.pmu = arena_alloc(sizeof(struct hw_pmu));
	trng_init(&vcpu->trng, vm->config->trng_seed, index);
	hw_world_init(&vcpu->world, vm->stage2.pages_pa, BLOB_VM_VMID(vm->index),
		      (no_fp ? HW_WORLD_NO_FP : 0U) | (dedicated != 0 ? HW_WORLD_DEDICATED : 0U) |
			      (pmu ? HW_WORLD_PMU : 0U));
	init_context(&vcpu->context, context_index, &vcpu->world, esr_classes);
	vm->vcpus[index] = vcpu;
	if ((vm->config->flags & BLOB_VM_DIRECT) != 0)
		direct_init(vcpu, (no_fp ? HW_WORLD_NO_FP : 0U) | (pmu ? HW_WORLD_PMU : 0U));
}

/* Where the VM's vCPUs are: those on one CPU share a note of which ran last there. */
static void init_places(struct vm *vm)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		uint32_t first = 0;
		while (vm->vcpus[first]->context.cpu != vm->vcpus[i]->context.cpu) {
			LOOP_BOUND(BLOB_VM_VCPU_MAX);
			first++;
		}
		vm->vcpus[i]->last_here = &vm->last_vcpu[first];
		vm->is_spread |= first != 0;
	}
	if (vm->is_spread)
		vgic_vm_spread(&vm->gic);
}

static void init_vm(uint32_t index)
{
	const struct blob_vm *config = config_vm(machine.blob, index);
	struct vm *vm = arena_alloc(sizeof(struct vm) + config->vcpu_count * sizeof(struct vgic_vcpu));
	vm->config = config;
	vm->index = index;
	vm->ids = &machine.ids[(config->flags & BLOB_VM_NO_FP) != 0][(config->flags & BLOB_VM_PMU) != 0];
	vm->calls.vcpu_count = config->vcpu_count;
	vm->calls.managed = (config->flags & BLOB_VM_MANAGER) != 0 ? machine.blob->vms.count : 0;
	vm->calls.segments = config_segment(machine.blob, config->first_segment);
	vm->calls.segment_count = config->segment_count;
	init_stage2(&vm->stage2, config_segment(machine.blob, config->first_segment), config->segment_count);
	vgic_vm_init(&vm->gic, vm->gics, config->vcpu_count, hw_lr_count());
	if ((config->flags & BLOB_VM_PMU) != 0)
		vgic_link_private(&vm->gic, IRQ_GUEST_PMU);
	for (uint32_t i = 0; i < config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		init_vcpu(vm, i);
	}
	init_places(vm);
	stolen_init(vm);
	machine.vms[index] = vm;
}

static struct hw_world service_world(const struct blob_service *config, uint32_t index)
{
	struct stage2 stage2;
	struct hw_world world;
	init_stage2(&stage2, config_segment(machine.blob, config->first_segment), config->segment_count);
	hw_world_init(&world, stage2.pages_pa, BLOB_VM_MAX + 1 + index, HW_WORLD_SERVICE);
	return world;
}

static void init_model(uint32_t index)
{
	const struct blob_service *config = config_service(machine.blob, index);
	struct model *model = arena_alloc(sizeof(struct model));
	model->config = config;
	model->bound = ticks(config->bound_ticks);
	model->world = service_world(config, index);
	if (config->has_flash != 0)
		flash_init(model, &machine.vms[config->vm]->stage2);
	machine.vms[config->vm]->model = model;
	for (uint32_t i = 0; i < machine.vms[config->vm]->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		machine.vms[config->vm]->vcpus[i]->context.model = model;
	}
}

/* It sees the VM's memory at the VM's addresses, which are below its own, and can't execute it. */
static void init_loader(uint32_t index)
{
	static struct blob_segment segments[2 * BLOB_VM_SEGMENT_MAX];
	const struct blob_service *config = config_service(machine.blob, index);
	struct vm *vm = machine.vms[config->vm];
	struct loader *loader = arena_alloc(sizeof(struct loader));
	struct stage2 stage2;
	uint32_t count = 0;
	for (uint32_t i = 0; i < vm->config->segment_count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		const struct blob_segment *s = config_segment(machine.blob, vm->config->first_segment + i);
		if (!config_is_restored(s))
			continue;
		segments[count] = *s;
		segments[count].attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W;
		count++;
	}
	for (uint32_t i = 0; i < config->segment_count; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		segments[count] = *config_segment(machine.blob, config->first_segment + i);
		count++;
	}
	init_stage2(&stage2, segments, count);
	hw_world_init(&loader->world, stage2.pages_pa, BLOB_VM_MAX + 1 + index, HW_WORLD_SERVICE);
	loader->config = config;
	vm->loader = loader;
}

static void init_driver(uint32_t context_index)
{
	uint32_t index = config_context(machine.blob, context_index)->owner;
	const struct blob_service *config = config_service(machine.blob, index);
	struct driver *driver = arena_alloc(sizeof(struct driver));
	driver->world = service_world(config, index);
	hw_frame_call(&driver->context.frame, config->entry_ipa, config->stack_ipa);
	init_context(&driver->context, context_index, &driver->world, service_classes);
	machine.drivers[index] = driver;
	machine.console_driver = driver;
}

/* An address space with nothing in it, which all alarms share, and a frame that begins there: its fetch fails. */
static void init_alarm(uint32_t context_index)
{
	struct vm *vm = machine.vms[config_context(machine.blob, context_index)->owner];
	struct alarm *alarm = arena_alloc(sizeof(struct alarm));
	if (machine.nowhere.pages == NULL)
		init_stage2(&machine.nowhere, NULL, 0);
	alarm->vm = vm;
	alarm->looks_at = TICKS_NEVER;
	hw_world_init(&alarm->world, machine.nowhere.pages_pa, ALARM_VMID, HW_WORLD_SERVICE);
	hw_frame_call(&alarm->context.frame, 0, 0);
	init_context(&alarm->context, context_index, &alarm->world, service_classes);
	vm->alarm = alarm;
}

static void init_line(uint32_t index)
{
	const struct blob_line *config = config_line(machine.blob, index);
	const struct context *context;
	struct line *line = &machine.lines[config->intid];
	*line = (struct line){(uint8_t)config->kind, (uint8_t)config->owner, (uint16_t)config->virq, 0};
	if (config->kind == BLOB_LINE_VM) {
		struct vm *vm = machine.vms[config->owner];
		vgic_link(&vm->gic, config->virq, config->intid, config->edge != 0);
		context = &vm->vcpus[0]->context;
	} else {
		struct driver *driver = machine.drivers[config->owner];
		ASSERT(driver->line_count < DRIVER_LINE_MAX);
		driver->lines[driver->line_count].intid = config->intid;
		driver->lines[driver->line_count].bit = config->virq;
		driver->line_count++;
		context = &driver->context;
	}
	uint32_t band = config_context(machine.blob, context->index)->band;
	hw_irq_line_init(config->intid, band, config->edge != 0, context->cpu->affinity);
	if (config->kind == BLOB_LINE_VM && machine.vms[config->owner]->direct != NULL)
		direct_own(machine.vms[config->owner], config->intid); /* its guest enables it */
	else if (config->kind == BLOB_LINE_VM)
		line->gate = lines_add(machine.vms[config->owner], index);
	else
		hw_irq_lines_enable(config->intid / 32, BIT32(config->intid % 32));
}

static void init_objects(void)
{
	const struct blob_header *blob = machine.blob;
	for (uint32_t i = 0; i < blob->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		init_vm(i);
	}
	for (uint32_t i = 0; i < blob->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		if (config_service(blob, i)->kind == BLOB_SERVICE_MODEL)
			init_model(i);
		else if (config_service(blob, i)->kind == BLOB_SERVICE_LOADER)
			init_loader(i);
	}
	for (uint32_t i = 0; i < blob->contexts.count; i++) {
		LOOP_BOUND(BLOB_CONTEXT_MAX);
		if (config_context(blob, i)->kind == BLOB_CONTEXT_DRIVER)
			init_driver(i);
		else if (config_context(blob, i)->kind == BLOB_CONTEXT_ALARM)
			init_alarm(i);
	}
	for (uint32_t i = 0; i < LINE_COUNT; i++) {
		LOOP_BOUND(LINE_COUNT);
		machine.lines[i].kind = LINE_NONE;
	}
	for (uint32_t i = 0; i < blob->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		init_line(i);
	}
}

_Static_assert(BLOB_POLICY_FIXED == (int)SCHED_POLICY_FIXED && BLOB_POLICY_TABLE == (int)SCHED_POLICY_TABLE &&
		       BLOB_NONE == SCHED_NONE && BLOB_CPU_WINDOW_MAX == SCHED_WINDOW_MAX,
	       "the scheduler's words are the blob's");

/* The scheduler's configuration of this CPU, from the blob. */
static void init_sched(struct cpu *cpu, ticks_t now)
{
	static struct sched_context_config contexts[BLOB_CPU_CONTEXT_MAX];
	static struct sched_server_config servers[BLOB_RESERVATION_MAX];
	static struct sched_window windows[BLOB_CPU_WINDOW_MAX];
	const struct blob_header *blob = machine.blob;
	const struct blob_cpu *config = config_cpu(blob, cpu->index);
	for (uint32_t i = 0; i < config->context_count; i++) {
		LOOP_BOUND(BLOB_CPU_CONTEXT_MAX);
		const struct blob_context *c = config_context(blob, config->first_context + i);
		contexts[i].server = c->reservation != BLOB_NONE ? c->reservation : SCHED_NONE;
		contexts[i].weight = c->weight;
	}
	for (uint32_t i = 0; i < blob->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		const struct blob_reservation *r = config_reservation(blob, i);
		servers[i] = (struct sched_server_config){ticks(r->budget_ticks), ticks(r->period_ticks),
							  ticks(r->deadline_ticks), r->rank};
	}
	for (uint32_t i = 0; i < config->window_count; i++) {
		LOOP_BOUND(BLOB_CPU_WINDOW_MAX);
		const struct blob_window *w = config_window(blob, config->first_window + i);
		windows[i] = (struct sched_window){w->start_ticks, w->end_ticks, w->reservation, w->closed};
	}
	reserve_init(cpu);
	enum status status = sched_init(&cpu->sched,
					&(struct sched_config){
						.context_count = config->context_count,
						.server_count = blob->reservations.count,
						.contexts = contexts,
						.servers = servers,
						.slice = ticks(blob->counter_hz / SLICES_PER_SECOND),
						.policy = (enum sched_policy)config->policy,
						.frame = ticks(config->frame_ticks),
						.window_count = config->window_count,
						.windows = windows,
						.way_back = ticks(blob->way_back_ticks),
					},
					now);
	ASSERT(status == STATUS_OK);
}

static void init_cpu(uint32_t index, ticks_t now)
{
	struct cpu *cpu = arena_alloc(sizeof(struct cpu));
	cpu->index = index;
	cpu->affinity = config_cpu(machine.blob, index)->mpidr;
	cpu->idle_mask = hw_irq_mask_of(IRQ_BANDS);
	cpu->armed = TICKS_NEVER;
	cpu->stats = &machine.stats->cpus[index];
	cpu->trace = arena_alloc(TRACE_RECORDS * sizeof(struct trace_record));
	cpu->stats->trace_pa = arena_pa(cpu->trace).raw;
	cpu->stats->trace_records = TRACE_RECORDS;
	init_sched(cpu, now);
	machine.cpus[index] = cpu;
}

static void init_ids(void)
{
	struct sysreg_ids ids;
	hw_ids_read(&ids);
	for (uint32_t i = 0; i < 4; i++) {
		LOOP_BOUND(4);
		uint32_t flags = (i & 2 ? BLOB_VM_NO_FP : 0U) | (i & 1 ? BLOB_VM_PMU : 0U);
		sysreg_ids_sanitise(&ids, flags, &machine.ids[i >> 1][i & 1]);
	}
}

/* The description said of the board that it has one; the CPU knows better. */
static void init_pmu(void)
{
	const struct blob_header *blob = machine.blob;
	for (uint32_t i = 0; i < blob->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if ((config_vm(blob, i)->flags & BLOB_VM_PMU) == 0)
			continue;
		if (!sysreg_has_pmu(&machine.ids[0][1]))
			panic("a VM has takt,pmu, and this CPU has no PMUv3: leave takt,pmu out; it is VM", i);
		machine.has_pmu = true;
	}
	if (machine.has_pmu)
		hw_irq_private_enable(BIT32(IRQ_GUEST_PMU));
}

static void init_cpus(ticks_t now)
{
	for (uint32_t i = 0; i < machine.blob->cpus.count; i++) {
		LOOP_BOUND(BLOB_CPU_MAX);
		init_cpu(i, now);
	}
}

/* Accounting begins. */
static ticks_t begin_accounts(struct cpu *cpu)
{
	ticks_t now = hw_now();
	cpu->stats->start_ticks = now.raw;
	cpu->stats->now_ticks = now.raw;
	cpu->since = now;
	return now;
}

#define START_SECONDS 10U
#define START_POLLS 4000000000U

/* CPUs without a context stay off. */
static void start_cpu(uint32_t index)
{
	struct cpu *cpu = machine.cpus[index];
	uint64_t patience = START_SECONDS * machine.blob->counter_hz;
	ticks_t begin = hw_now();
	if (config_cpu(machine.blob, index)->context_count == 0)
		return;
	hw_map_stack(index, arena_pa(arena_alloc_pages(HW_STACK_PAGES)));
	if (hw_cpu_start(cpu->affinity, index) != 0)
		panic("firmware does not start the CPU of affinity", cpu->affinity);
	/* Acquire: the CPU has left the identity map; pairs with boot_secondary. */
	while (__atomic_load_n(&cpu->is_up, __ATOMIC_ACQUIRE) == 0) {
		LOOP_BOUND(START_POLLS);
		if (hw_now().raw - begin.raw > patience)
			panic("started by firmware and not heard of since: the CPU of affinity", cpu->affinity);
		hw_event_wait();
	}
}

static void start_cpus(void)
{
	for (uint32_t i = 1; i < machine.blob->cpus.count; i++) {
		LOOP_BOUND(BLOB_CPU_MAX);
		start_cpu(i);
	}
}

_Noreturn void boot_secondary(uint32_t index)
{
	struct cpu *cpu = machine.cpus[index];
	hw_cpu_init();
	hw_irq_init_cpu(redistributor_of(cpu));
	if (machine.has_pmu)
		hw_irq_private_enable(BIT32(IRQ_GUEST_PMU));
	ticks_t now = begin_accounts(cpu);
	__atomic_store_n(&cpu->is_up, 1, __ATOMIC_RELEASE); /* pairs with start_cpu */
	hw_event_send();
	cpu_run(cpu, now);
}

/* The first step of the boot CPU begins. The driver comes behind the VMs: its CPU may be another one, which powers the
 * system off when the driver has nothing to do and all VMs are off. */
static ticks_t start(struct cpu *cpu)
{
	const struct blob_header *blob = machine.blob;
	struct driver *driver = machine.console_driver;
	ticks_t now = begin_accounts(cpu);
	for (uint32_t i = 0; i < blob->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if ((config_vm(blob, i)->flags & BLOB_VM_AUTOSTART) != 0)
			vm_start(cpu, machine.vms[i], now);
	}
	if (driver != NULL) {
		driver->context.stats->state = STATS_CONTEXT_ON;
		driver_start(cpu, driver, now);
	}
	return now;
}

_Noreturn void boot_main(uint64_t image, uint64_t reset)
{
	const struct blob_header *blob = open_blob(pa(image));
	machine.blob = blob;
	machine.log = hw_map_memory(pa(blob->log_pa), sizeof(struct console));
	arena_init(hw_map_arena(pa(blob->arena_pa), blob->arena_bytes), pa(blob->arena_pa), blob->arena_bytes);
	init_stats(ticks(reset));
	hw_cpu_init();
	hw_irq_init(hw_map_device(pa(blob->gicd_pa), GICD_BYTES));
	machine.redistributors = hw_map_redistributors(pa(blob->gicr_pa), (uint64_t)GICR_BYTES * blob->cpus.count);
	hw_irq_init_cpu(machine.redistributors);
	init_ids();
	init_pmu();
	init_cpus(hw_now());
	init_objects();
	start_cpus();
	hw_map_seal();
	cpu_run(machine.cpus[0], start(machine.cpus[0]));
}
