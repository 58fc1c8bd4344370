/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one domain node. Its properties have passed the schema when the functions here see them. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/schema.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

#define MODE_EL1_NONSECURE 1U

static struct place at(const struct system *system, const struct system_domain *domain, const char *property)
{
	return tree_place(system->tree, domain->path, property);
}

static bool flag(const struct system *system, int node, const char *property)
{
	return fdt_getprop(system->tree->fdt, node, property, NULL) != NULL;
}

static bool says(const struct system *system, int node, const char *property, const char *value)
{
	const char *text = tree_string(system->tree, node, property);
	return text && strcmp(text, value) == 0;
}

/* Deals the vCPUs to the CPUs of the mask in turn. */
static void assign_vcpus(const struct system *system, struct system_domain *domain)
{
	uint32_t cpus[64];
	uint32_t count = 0;
	for (uint32_t cpu = 0; cpu < system->board.cpu_count; cpu++) {
		if (domain->cpu_mask >> cpu & 1)
			cpus[count++] = cpu;
	}
	for (uint32_t i = 0; i < domain->vcpu_count && count > 0; i++)
		domain->vcpu_cpu[i] = cpus[i % count];
}

static void read_cpus(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	const uint32_t *cells = NULL;
	if (tree_cells(system->tree, domain->node, "cpus", &cells) != 3)
		return;
	uint32_t mask = tree_cell(cells, 1);
	uint32_t count = system->board.cpu_count;
	if (system->board.cpus_phandle == 0 || tree_cell(cells, 0) != system->board.cpus_phandle)
		diag_add(diag, RULE_CPU_MISSING, at(system, domain, "cpus"), domain->path,
			 "cpus does not begin with the cluster of the board's CPUs (write <&cpus MASK 1>)");
	else if (mask == 0 || (count < 32 && mask >> count != 0))
		diag_add(diag, RULE_CPU_MISSING, at(system, domain, "cpus"), domain->path,
			 "the CPU mask 0x%" PRIx32 " names CPUs that the board does not have (it has %" PRIu32
			 "; 0x1 to 0x%x are possible)",
			 mask, count, count < 32 ? (1U << count) - 1 : UINT32_MAX);
	if (tree_cell(cells, 2) != MODE_EL1_NONSECURE)
		diag_add(diag, RULE_CPU_MODE, at(system, domain, "cpus"), domain->path,
			 "the execution mode is 0x%" PRIx32 " (a guest runs at EL1, non-secure: 1)",
			 tree_cell(cells, 2));
	domain->cpu_mask = mask;
	uint64_t vcpus = system_number(system, domain->node, "takt,vcpus", (uint64_t)__builtin_popcount(mask));
	if (vcpus > BLOB_VM_VCPU_MAX) {
		diag_add(diag, RULE_LIMIT, at(system, domain, "cpus"), domain->path,
			 "%" PRIu64 " virtual CPUs (a VM has at most %u)", vcpus, BLOB_VM_VCPU_MAX);
		vcpus = BLOB_VM_VCPU_MAX;
	}
	domain->vcpu_count = (uint32_t)vcpus;
	assign_vcpus(system, domain);
}

static void read_kernel(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	static const char *const names[] = {"auto", "linux", "elf", "raw"};
	const char *type = tree_string(system->tree, domain->node, "takt,kernel-type");
	for (unsigned i = 0; type && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(type, names[i]) == 0)
			domain->kernel_type = (enum system_kernel_type)i;
	}
	domain->kernel = system_find_file(system, domain->node, "takt,kernel", diag);
	domain->initrd = system_find_file(system, domain->node, "takt,initrd", diag);
	const uint32_t *cells = NULL;
	domain->has_entry = tree_cells(system->tree, domain->node, "takt,entry", &cells) == 2;
	domain->entry = domain->has_entry ? tree_number(cells, 0, 2) : 0;
	if (!domain->has_entry && !flag(system, domain->node, "takt,kernel"))
		diag_add(diag, RULE_MISSING_PROPERTY, at(system, domain, NULL), domain->path,
			 "takt,kernel is missing (or takt,entry, where firmware in a node rom-WORD starts)");
	domain->load_offset = system_number(system, domain->node, "takt,load-offset", 0);
	domain->seed = tree_string(system->tree, domain->node, "takt,seed");
	if (domain->seed == NULL)
		domain->seed = domain->name;
}

static void read_devices(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	const uint32_t *cells = NULL;
	int count = tree_cells(system->tree, domain->node, "access", &cells);
	if (count > (int)SYSTEM_DEVICE_MAX)
		diag_add(diag, RULE_LIMIT, at(system, domain, "access"), domain->path,
			 "%d devices (a domain has at most %u)", count, SYSTEM_DEVICE_MAX);
	for (int i = 0; i < count && i < (int)SYSTEM_DEVICE_MAX; i++) {
		int node = fdt_node_offset_by_phandle(system->tree->fdt, tree_cell(cells, i));
		system_read_device(system, &domain->devices[domain->device_count++], node, domain->path, "access",
				   diag);
	}
}

static void read_shared(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	const uint32_t *cells = NULL;
	int count = tree_cells(system->tree, domain->node, "reserved-memory", &cells);
	for (int i = 0; i < count && domain->shared_count < SYSTEM_RANGE_MAX; i++) {
		int node = fdt_node_offset_by_phandle(system->tree->fdt, tree_cell(cells, i));
		uint32_t found = BLOB_NONE;
		for (uint32_t j = 0; j < system->shared_count; j++) {
			if (system->shared[j].node == node)
				found = j;
		}
		if (found == BLOB_NONE)
			diag_add(diag, RULE_PROPERTY_TYPE, at(system, domain, "reserved-memory"), domain->path,
				 "reserved-memory must name children of /reserved-memory (reference %d is something "
				 "else)",
				 i);
		else
			domain->shared[domain->shared_count++] = found;
	}
}

static void read_task(const struct system *system, struct system_domain *domain, int node, struct diag *diag)
{
	if (domain->task_count == SYSTEM_TASK_MAX) {
		diag_add(diag, RULE_LIMIT, at(system, domain, NULL), domain->path, "more than %u tasks",
			 SYSTEM_TASK_MAX);
		return;
	}
	struct system_task *task = &domain->tasks[domain->task_count++];
	*task = (struct system_task){.path = tree_path(system->tree, node)};
	schema_check(system->tree, node, SCHEMA_TASK, diag);
	task->period_ns = system_number(system, node, "period-ns", 0);
	task->wcet_ns = system_number(system, node, "wcet-ns", 0);
	task->deadline_ns = system_number(system, node, "deadline-ns", task->period_ns);
	task->jitter_ns = system_number(system, node, "jitter-ns", 0);
	task->has_priority = flag(system, node, "priority");
	task->priority = (uint32_t)system_number(system, node, "priority", 0);
	if (task->wcet_ns > task->deadline_ns || task->deadline_ns > task->period_ns)
		diag_add(diag, RULE_TASKS_INFEASIBLE, tree_place(system->tree, task->path, NULL), task->path,
			 "wcet %" PRIu64 " ns, deadline %" PRIu64 " ns, period %" PRIu64
			 " ns (wcet <= deadline <= period must hold)",
			 task->wcet_ns, task->deadline_ns, task->period_ns);
}

static void read_image(const struct system *system, struct system_domain *domain, int node, enum schema_kind kind,
		       struct diag *diag)
{
	if (domain->image_count == SYSTEM_IMAGE_MAX) {
		diag_add(diag, RULE_LIMIT, at(system, domain, NULL), domain->path,
			 "more than %u nodes image-WORD, rom-WORD and flash-WORD", SYSTEM_IMAGE_MAX);
		return;
	}
	struct system_image *image = &domain->images[domain->image_count++];
	const uint32_t *cells = NULL;
	*image = (struct system_image){.path = tree_path(system->tree, node)};
	schema_check(system->tree, node, kind, diag);
	image->file = system_find_file(system, node, "file", diag);
	image->ipa = tree_cells(system->tree, node, "address", &cells) == 2 ? tree_number(cells, 0, 2) : 0;
	image->rom_bytes = kind == SCHEMA_ROM ? system_number(system, node, "size", 0) : 0;
	image->is_writable = kind == SCHEMA_ROM && flag(system, node, "writable");
	image->is_flash = kind == SCHEMA_FLASH;
	if (image->is_flash)
		image->rom_bytes = BLOB_FLASH_BYTES;
}

static void read_irq(const struct system *system, struct system_domain *domain, int node, struct diag *diag)
{
	if (domain->irq_count == SYSTEM_IRQ_MAX) {
		diag_add(diag, RULE_LIMIT, at(system, domain, NULL), domain->path, "more than %u nodes irq-WORD",
			 SYSTEM_IRQ_MAX);
		return;
	}
	struct system_irq *irq = &domain->irqs[domain->irq_count++];
	*irq = (struct system_irq){.path = tree_path(system->tree, node), .delivery = BLOB_DELIVERY_PROMPT};
	schema_check(system->tree, node, SCHEMA_IRQ, diag);
	irq->intid = (uint32_t)system_number(system, node, "line", 0);
	if (says(system, node, "delivery", "deferred"))
		irq->delivery = BLOB_DELIVERY_DEFERRED;
	if (says(system, node, "delivery", "polled"))
		irq->delivery = BLOB_DELIVERY_POLLED;
	irq->distance_ns = system_number(system, node, "min-distance-ns", 0);
	irq->burst = (uint32_t)system_number(system, node, "burst", 0);
}

static void read_children(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	static const char *const names[] = {"chosen", "tasks", "image-", "rom-", "flash-", "irq-", NULL};
	const void *fdt = system->tree->fdt;
	int node, task;
	fdt_for_each_subnode(node, fdt, domain->node)
	{
		const char *name = fdt_get_name(fdt, node, NULL);
		if (strcmp(name, "chosen") == 0) {
			schema_check(system->tree, node, SCHEMA_CHOSEN, diag);
			domain->bootargs = tree_string(system->tree, node, "bootargs");
		} else if (strcmp(name, "tasks") == 0) {
			schema_check(system->tree, node, SCHEMA_TASKS, diag);
			domain->tasks_edf = says(system, node, "scheduler", "edf");
			fdt_for_each_subnode(task, fdt, node) read_task(system, domain, task, diag);
		} else if (strncmp(name, "image-", strlen("image-")) == 0) {
			read_image(system, domain, node, SCHEMA_IMAGE, diag);
		} else if (strncmp(name, "rom-", strlen("rom-")) == 0) {
			read_image(system, domain, node, SCHEMA_ROM, diag);
		} else if (strncmp(name, "flash-", strlen("flash-")) == 0) {
			read_image(system, domain, node, SCHEMA_FLASH, diag);
		} else if (strncmp(name, "irq-", strlen("irq-")) == 0) {
			read_irq(system, domain, node, diag);
		} else {
			char *path = tree_path(system->tree, node);
			const char *nearest = schema_nearest(name, names);
			diag_add(diag, RULE_UNKNOWN_NODE, tree_place(system->tree, path, NULL), path,
				 "unknown node \"%s\" (a domain may have: chosen, tasks, image-WORD, rom-WORD, "
				 "flash-WORD, irq-WORD%s%s)",
				 name, nearest ? "; did you mean " : "", nearest ? nearest : "");
			free(path);
		}
	}
}

static void read_memory(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	uint32_t count = system_count_ranges(system, domain->node, "memory");
	if (count > SYSTEM_RANGE_MAX)
		diag_add(diag, RULE_LIMIT, at(system, domain, "memory"), domain->path,
			 "%" PRIu32 " ranges of memory (a domain has at most %u)", count, SYSTEM_RANGE_MAX);
	domain->memory_count = system_read_ranges(system, domain->node, "memory", domain->memory);
	domain->identity = flag(system, domain->node, "takt,identity-map");
	domain->unprotected_dma = flag(system, domain->node, "takt,unprotected-dma");
}

/* A task set asks for a reservation: without a period, one of half the shortest task period. */
static void default_period(struct system_domain *domain)
{
	struct system_reservation *r = &domain->reservation;
	uint64_t shortest = UINT64_MAX;
	for (uint32_t i = 0; i < domain->task_count; i++) {
		if (domain->tasks[i].period_ns < shortest)
			shortest = domain->tasks[i].period_ns;
	}
	if (r->present || domain->task_count == 0 || shortest < 2)
		return;
	r->present = true;
	r->period_ns = shortest / 2;
	r->deadline_ns = r->period_ns;
}

/* Budget and weight exclude each other; a period without a budget needs tasks to derive it from. */
static void check_supply(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	const struct system_reservation *r = &domain->reservation;
	if (r->present && flag(system, domain->node, "takt,weight"))
		diag_add(diag, RULE_RESERVATION, at(system, domain, "takt,weight"), domain->path,
			 "takt,weight beside a reservation (a weight is for domains without one: remove one of them)");
	if (r->present && r->budget_ns == 0 && domain->task_count == 0)
		diag_add(diag, RULE_RESERVATION, at(system, domain, "takt,period-ns"), domain->path,
			 "takt,period-ns without takt,budget-ns (say the budget, or give the tasks from which it is "
			 "derived)");
}

static const char *const event_properties[BLOB_ON_COUNT] = {
	[BLOB_ON_RESET] = "takt,on-reset",       [BLOB_ON_CRASH] = "takt,on-crash",
	[BLOB_ON_WATCHDOG] = "takt,on-watchdog", [BLOB_ON_STORM] = "takt,on-storm",
	[BLOB_ON_OVERRUN] = "takt,on-overrun",   [BLOB_ON_MISS] = "takt,on-deadline-miss",
};

static const char *const action_names[] = {
	[BLOB_ACTION_NONE] = "none",       [BLOB_ACTION_RECORD] = "record", [BLOB_ACTION_STOP] = "stop",
	[BLOB_ACTION_RESTART] = "restart", [BLOB_ACTION_SYSTEM] = "system",
};

/* "mode" and its name. */
static void read_mode_action(const struct system *system, struct system_domain *domain, uint32_t event,
			     struct diag *diag)
{
	const void *fdt = system->tree->fdt;
	const char *property = event_properties[event];
	const char *first = fdt_stringlist_get(fdt, domain->node, property, 0, NULL);
	const char *name = fdt_stringlist_get(fdt, domain->node, property, 1, NULL);
	if (first == NULL || name == NULL || strcmp(first, "mode") != 0 || event == BLOB_ON_RESET)
		return;
	uint32_t mode = system_find_mode(system, name);
	if (mode == BLOB_NONE)
		diag_add(diag, RULE_MODE, at(system, domain, property), domain->path,
			 "%s: there is no mode \"%s\" (add a node of that name to /takt,modes, or name another one; "
			 "\"normal\" is the description itself)",
			 property, name);
	else
		domain->on[event] = (uint8_t)(BLOB_ACTION_MODE + mode);
}

/* What follows of which event; words that don't suit are the schema's to refuse. */
static void read_actions(const struct system *system, struct system_domain *domain, struct diag *diag)
{
	domain->on[BLOB_ON_RESET] = BLOB_ACTION_RESTART;
	domain->on[BLOB_ON_CRASH] = BLOB_ACTION_STOP;
	for (uint32_t event = 0; event < BLOB_ON_COUNT; event++) {
		if (event == BLOB_ON_WATCHDOG)
			domain->on[event] = domain->on[BLOB_ON_CRASH];
		for (uint32_t action = 0; action < sizeof(action_names) / sizeof(action_names[0]); action++) {
			if (says(system, domain->node, event_properties[event], action_names[action]))
				domain->on[event] = (uint8_t)action;
		}
		read_mode_action(system, domain, event, diag);
	}
	if (flag(system, domain->node, "takt,on-watchdog") && !domain->watchdog)
		diag_add(diag, RULE_ERROR_ACTION, at(system, domain, "takt,on-watchdog"), domain->path,
			 "takt,on-watchdog of a domain without a watchdog (takt,watchdog gives it one)");
	if (flag(system, domain->node, "takt,on-overrun") && !domain->reservation.present)
		diag_add(diag, RULE_ERROR_ACTION, at(system, domain, "takt,on-overrun"), domain->path,
			 "takt,on-overrun of a domain without a reservation (takt,budget-ns and takt,period-ns give it "
			 "one; best effort has no budget to overrun)");
}

void system_read_domain(struct system *system, struct system_domain *domain, struct diag *diag)
{
	const char *name = fdt_get_name(system->tree->fdt, domain->node, NULL);
	domain->path = tree_path(system->tree, domain->node);
	if (strlen(name) >= BLOB_NAME_BYTES)
		diag_add(diag, RULE_NAME_LENGTH, at(system, domain, NULL), domain->path,
			 "the name has %zu characters (at most %u)", strlen(name), BLOB_NAME_BYTES - 1);
	memcpy(domain->name, name, strnlen(name, BLOB_NAME_BYTES - 1));
	schema_check(system->tree, domain->node, SCHEMA_DOMAIN, diag);
	domain->id = (uint32_t)system_number(system, domain->node, "id", (uint64_t)(domain - system->domains));
	domain->weight = (uint32_t)system_number(system, domain->node, "takt,weight", 100);
	domain->model_bound_ns = system_number(system, domain->node, "takt,model-bound-ns", 1000000);
	domain->dedicated = flag(system, domain->node, "takt,dedicated");
	domain->no_fp = flag(system, domain->node, "takt,no-fp");
	domain->is_manager = flag(system, domain->node, "takt,manager");
	domain->watchdog = flag(system, domain->node, "takt,watchdog");
	domain->pmu = flag(system, domain->node, "takt,pmu");
	domain->direct = says(system, domain->node, "takt,delivery", "direct");
	domain->stolen_time = flag(system, domain->node, "takt,stolen-time");
	domain->console_wait = says(system, domain->node, "takt,console-full", "wait");
	read_memory(system, domain, diag);
	read_cpus(system, domain, diag);
	read_kernel(system, domain, diag);
	read_devices(system, domain, diag);
	read_shared(system, domain, diag);
	system_read_reservation(system, domain->node, "takt,", &domain->reservation, diag);
	domain->reservation.rank = (uint32_t)system_number(system, domain->node, "takt,rank", 0);
	read_children(system, domain, diag);
	default_period(domain);
	check_supply(system, domain, diag);
	read_actions(system, domain, diag);
}

void system_fini_domain(struct system_domain *domain)
{
	for (uint32_t i = 0; i < domain->device_count; i++)
		free(domain->devices[i].path);
	for (uint32_t i = 0; i < domain->task_count; i++)
		free(domain->tasks[i].path);
	for (uint32_t i = 0; i < domain->image_count; i++) {
		free(domain->images[i].path);
		free(domain->images[i].file);
	}
	for (uint32_t i = 0; i < domain->irq_count; i++)
		free(domain->irqs[i].path);
	free(domain->kernel);
	free(domain->initrd);
	free(domain->path);
}
