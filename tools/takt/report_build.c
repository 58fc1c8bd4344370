/* SPDX-License-Identifier: Apache-2.0 */
/* Building a report from the statistics of EL2 and what guests said: see report.h. */
#include <string.h>

#include "tools/takt/command.h"
#include "tools/takt/report.h"

#define INSTRUCTION_HZ 1000000000U /* of a counter that counts instructions under -icount shift=0 */

const char *report_class_name(enum exit_class class)
{
	static const char *const names[EXIT_CLASS_COUNT] = {
		[EXIT_IRQ] = "irq",       [EXIT_HVC] = "hvc",       [EXIT_SMC] = "smc",         [EXIT_WFX] = "wfx",
		[EXIT_SYSREG] = "sysreg", [EXIT_MMIO] = "mmio",     [EXIT_FETCH] = "fetch",     [EXIT_FP] = "fp",
		[EXIT_DEBUG] = "debug",   [EXIT_SVC] = "svc",       [EXIT_SERVICE] = "service", [EXIT_UNDEF] = "undef",
		[EXIT_SERROR] = "serror", [EXIT_DIRECT] = "direct", [EXIT_IDLE] = "idle",
	};

	return names[class];
}

static json_t *integer(uint64_t value) { return json_integer((json_int_t)value); }

static bool counts_instructions(const struct report_source *source)
{
	return !source->is_realtime && source->system->counter_hz == INSTRUCTION_HZ;
}

static json_t *build_exits(const struct exit_stats exits[EXIT_CLASS_COUNT])
{
	json_t *object = json_object();

	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++) {
		if (exits[class].count != 0)
			json_object_set_new(object, report_class_name(class),
					    json_pack("{s:o,s:o}", "count", integer(exits[class].count), "longest",
						      integer(exits[class].longest_ticks)));
	}
	return object;
}

static json_t *build_counts(const uint64_t counts[EXIT_CLASS_COUNT])
{
	json_t *object = json_object();

	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++) {
		if (counts[class] != 0)
			json_object_set_new(object, report_class_name(class), integer(counts[class]));
	}
	return object;
}

static const char *state_name(uint64_t state)
{
	static const char *const names[] = {
		[STATS_CONTEXT_OFF] = "off",
		[STATS_CONTEXT_ON] = "on",
		[STATS_CONTEXT_STOPPED] = "stopped",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static json_t *build_context(const struct report_source *source, size_t index)
{
	const struct run_context *context = &source->system->contexts[index];
	const struct stats_context *stats = &source->last->contexts[index];

	return json_pack("{s:s,s:I,s:s,s:o,s:o,s:o,s:o}", "context", context->name, "cpu", (json_int_t)context->cpu,
			 "state", state_name(stats->state), "used_ticks", integer(stats->used_ticks), "switches",
			 integer(stats->switches), "model_calls", integer(stats->model_calls), "exits",
			 build_exits(stats->exits));
}

static uint64_t elapsed(const struct stats_cpu *cpu) { return cpu->now_ticks - cpu->start_ticks; }

/* Part of its CPUs that a VM used between two snapshots; since may be null for the beginning. */
static double cpu_share(const struct run_system *system, const struct run_vm *vm, const struct stats *now,
			const struct stats *since)
{
	double share = 0;

	for (size_t i = 0; i < vm->vcpu_count; i++) {
		size_t index = vm->contexts[i];
		size_t cpu = system->contexts[index].cpu;
		uint64_t used = now->contexts[index].used_ticks - (since ? since->contexts[index].used_ticks : 0);
		uint64_t span =
			since ? now->cpus[cpu].now_ticks - since->cpus[cpu].now_ticks : elapsed(&now->cpus[cpu]);

		share += span != 0 ? (double)used / (double)span : 0;
	}
	return share;
}

static const char *vm_state(const struct run_vm *vm, const struct stats *stats)
{
	size_t off = 0;

	for (size_t i = 0; i < vm->vcpu_count; i++) {
		uint64_t state = stats->contexts[vm->contexts[i]].state;

		if (state == STATS_CONTEXT_STOPPED)
			return "stopped";
		off += state == STATS_CONTEXT_OFF ? 1 : 0;
	}
	return off == vm->vcpu_count ? "off" : "running";
}

/* The record that stopped the VM: of the vCPU that has one. */
static void add_fault(json_t *object, const struct run_vm *vm, const struct stats *stats)
{
	for (size_t i = 0; i < vm->vcpu_count; i++) {
		const struct stats_context *c = &stats->contexts[vm->contexts[i]];

		if (c->fault_pc != 0 || c->fault_esr != 0 || c->fault_address != 0) {
			json_object_set_new(object, "fault",
					    json_pack("{s:I,s:o,s:o,s:o}", "vcpu", (json_int_t)i, "pc",
						      integer(c->fault_pc), "syndrome", integer(c->fault_esr),
						      "address", integer(c->fault_address)));
			return;
		}
	}
}

static bool must_stop(const struct report_source *source, const char *name)
{
	for (size_t i = 0; i < source->expect_count; i++) {
		if (strcmp(source->expect_stop[i], name) == 0)
			return true;
	}
	return false;
}

/* How often each of the VM's lines that have a shortest distance came too often. */
static json_t *build_throttled(const struct report_source *source, const struct run_vm *vm)
{
	json_t *list = json_array();
	size_t i;
	json_t *line;

	json_array_foreach(json_object_get(source->system->root, "lines"), i, line)
	{
		const char *owner = json_string_value(json_object_get(line, "vm"));
		if (i < BLOB_LINE_MAX && owner != NULL && strcmp(owner, vm->name) == 0 &&
		    json_is_true(json_object_get(line, "throttled")))
			json_array_append_new(list, json_pack("{s:O,s:o}", "line", json_object_get(line, "line"),
							      "episodes", integer(source->last->throttled[i])));
	}
	return list;
}

static json_t *build_vm(const struct report_source *source, size_t index)
{
	const struct run_vm *vm = &source->system->vms[index];
	json_t *object = json_pack("{s:s}", "name", vm->name);

	json_object_update_missing(object, json_array_get(source->vms, index));
	if (vm->reservation != NULL)
		json_object_set(object, "reservation", vm->reservation);
	if (must_stop(source, vm->name))
		json_object_set_new(object, "expect_stop", json_true());
	if (source->last == NULL)
		return object;
	json_t *vcpus = json_array();
	for (size_t i = 0; i < vm->vcpu_count; i++)
		json_array_append_new(vcpus, build_context(source, vm->contexts[i]));
	json_object_set_new(object, "state", json_string(vm_state(vm, source->last)));
	if (strcmp(vm_state(vm, source->last), "stopped") == 0)
		add_fault(object, vm, source->last);
	json_object_set_new(object, "cpu_share", json_real(cpu_share(source->system, vm, source->last, NULL)));
	json_object_set_new(object, "vcpus", vcpus);
	json_object_set_new(object, "throttled", build_throttled(source, vm));
	return object;
}

static json_t *build_drivers(const struct report_source *source)
{
	json_t *list = json_array();

	for (size_t i = 0; i < source->system->context_count; i++) {
		if (strcmp(source->system->contexts[i].kind, "vcpu") != 0)
			json_array_append_new(list, build_context(source, i));
	}
	return list;
}

static json_t *build_cpu(const struct report_source *source, size_t cpu)
{
	const struct stats_cpu *stats = &source->last->cpus[cpu];
	uint64_t used = 0;
	uint64_t switches = 0;

	for (size_t i = 0; i < source->system->context_count; i++) {
		if (source->system->contexts[i].cpu != cpu)
			continue;
		used += source->last->contexts[i].used_ticks;
		switches += source->last->contexts[i].switches;
	}
	return json_pack("{s:o,s:o,s:o,s:I,s:o}", "elapsed", integer(elapsed(stats)), "idle",
			 integer(stats->idle_ticks), "used", integer(used), "sum_check",
			 (json_int_t)(elapsed(stats) - stats->idle_ticks - used), "switches", integer(switches));
}

/* Exits of all contexts and CPUs: counts added up, the longest of all. */
static void total_exits(const struct report_source *source, const struct stats *stats,
			struct exit_stats total[EXIT_CLASS_COUNT])
{
	memset(total, 0, EXIT_CLASS_COUNT * sizeof(total[0]));
	for (size_t i = 0; i < source->system->context_count; i++) {
		for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++) {
			const struct exit_stats *e = &stats->contexts[i].exits[class];

			total[class].count += e->count;
			if (e->longest_ticks > total[class].longest_ticks)
				total[class].longest_ticks = e->longest_ticks;
		}
	}
	for (size_t cpu = 0; cpu < source->system->cpus; cpu++) {
		total[EXIT_IDLE].count += stats->cpus[cpu].idle.count;
		if (stats->cpus[cpu].idle.longest_ticks > total[EXIT_IDLE].longest_ticks)
			total[EXIT_IDLE].longest_ticks = stats->cpus[cpu].idle.longest_ticks;
	}
}

static json_t *build_vm_since(const struct report_source *source, const struct run_vm *vm)
{
	uint64_t counts[EXIT_CLASS_COUNT] = {0};

	for (size_t i = 0; i < vm->vcpu_count; i++) {
		for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++)
			counts[class] += source->last->contexts[vm->contexts[i]].exits[class].count -
					 source->mark->contexts[vm->contexts[i]].exits[class].count;
	}
	return json_pack("{s:s,s:f,s:o}", "name", vm->name, "cpu_share",
			 cpu_share(source->system, vm, source->last, source->mark), "exits", build_counts(counts));
}

static json_t *build_since_mark(const struct report_source *source)
{
	struct exit_stats last[EXIT_CLASS_COUNT];
	struct exit_stats mark[EXIT_CLASS_COUNT];
	uint64_t counts[EXIT_CLASS_COUNT];
	json_t *cpus = json_array();
	json_t *vms = json_array();

	for (size_t cpu = 0; cpu < source->system->cpus; cpu++) {
		const struct stats_cpu *a = &source->mark->cpus[cpu];
		const struct stats_cpu *b = &source->last->cpus[cpu];

		json_array_append_new(cpus, json_pack("{s:o,s:o}", "elapsed", integer(b->now_ticks - a->now_ticks),
						      "idle", integer(b->idle_ticks - a->idle_ticks)));
	}
	for (size_t i = 0; i < source->system->vm_count; i++)
		json_array_append_new(vms, build_vm_since(source, &source->system->vms[i]));
	total_exits(source, source->last, last);
	total_exits(source, source->mark, mark);
	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++)
		counts[class] = last[class].count - mark[class].count;
	return json_pack("{s:s,s:o,s:o,s:o}", "text", source->mark_text, "cpus", cpus, "vms", vms, "exits",
			 build_counts(counts));
}

/* From the first instruction of EL2 to that of a guest. */
static void add_boot_figure(const struct report_source *source, json_t *figures)
{
	const struct stats_cpu *cpu = &source->last->cpus[0];
	json_int_t ticks = (json_int_t)(cpu->start_ticks + cpu->start.longest_ticks - source->last->reset_ticks);

	if (cpu->start.count == 0)
		return;
	json_array_append_new(figures, json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I}", "name", "boot.first_guest", "unit",
						 "instructions", "samples", 1, "min", ticks, "p50", ticks, "p99", ticks,
						 "max", ticks));
}

/* What was measured in ticks of another clock is no number of instructions, whatever the guest calls it. */
static json_t *build_figures(const struct report_source *source)
{
	json_t *figures = json_deep_copy(source->figures);
	size_t i;
	json_t *figure;

	if (source->last != NULL)
		add_boot_figure(source, figures);
	if (counts_instructions(source))
		return figures;
	json_array_foreach(figures, i, figure)
	{
		const char *unit = json_string_value(json_object_get(figure, "unit"));

		if (unit == NULL || strcmp(unit, "instructions") == 0)
			json_object_set_new(figure, "unit", json_string("ticks"));
	}
	return figures;
}

/* Which mode the system was in last, and when the last change began and was complete. */
static json_t *build_mode(const struct report_source *source)
{
	const struct stats_mode *mode = &source->last->mode;
	const json_t *names = json_object_get(source->system->root, "modes");
	const char *now = json_string_value(json_array_get(names, mode->now));
	const char *entering = json_string_value(json_array_get(names, mode->entering));

	return json_pack("{s:s,s:s,s:o,s:o,s:o}", "now", now != NULL ? now : "?", "entering",
			 entering != NULL ? entering : "?", "changes", integer(mode->changes), "begun_ticks",
			 integer(mode->begun_ticks), "complete_ticks", integer(mode->complete_ticks));
}

static void add_stats(const struct report_source *source, json_t *report)
{
	struct exit_stats total[EXIT_CLASS_COUNT];
	json_t *cpus = json_array();

	for (size_t cpu = 0; cpu < source->system->cpus; cpu++)
		json_array_append_new(cpus, build_cpu(source, cpu));
	total_exits(source, source->last, total);
	json_object_set_new(report, "drivers", build_drivers(source));
	json_object_set_new(report, "cpus", cpus);
	json_object_set_new(report, "exits", build_exits(total));
	if (source->last->mode.changes != 0)
		json_object_set_new(report, "mode", build_mode(source));
	if (source->mark != NULL)
		json_object_set_new(report, "since_mark", build_since_mark(source));
}

json_t *report_build(const struct report_source *source)
{
	json_t *vms = json_array();

	for (size_t i = 0; i < source->system->vm_count; i++)
		json_array_append_new(vms, build_vm(source, i));
	json_t *report = json_pack("{s:s,s:s,s:s,s:s,s:b,s:o,s:o}", "tool", "takt", "version", TAKT_VERSION_TEXT,
				   "system", source->system->source, "stopped", source->stopped, "instructions",
				   counts_instructions(source) ? 1 : 0, "figures", build_figures(source), "vms", vms);
	if (source->last != NULL)
		add_stats(source, report);
	return report;
}

bool report_collect(json_t *figures, json_t *vm, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	if (!json_is_object(object)) {
		json_decref(object);
		return false;
	}
	json_t *name = json_object_get(object, "figure");
	if (name == NULL) {
		json_object_update(vm, object);
	} else {
		json_object_set(object, "name", name);
		json_object_del(object, "figure");
		json_array_append(figures, object);
	}
	json_decref(object);
	return true;
}
