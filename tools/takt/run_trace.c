/* SPDX-License-Identifier: Apache-2.0 */
/* The trace rings (abi/trace.h) as text: one line for each record, all CPUs in the order of time. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/trace.h"
#include "tools/takt/command.h"
#include "tools/takt/run.h"
#include "tools/takt/util.h"

#define RECORDS_MAX (1U << 20) /* of one ring that is believed */

struct entry {
	struct trace_record record;
	size_t cpu;
};

struct trace {
	struct entry *entries;
	size_t count;
};

const char *trace_event_name(unsigned event)
{
	static const char *const names[] = {
		[TRACE_SWITCH] = "switch", [TRACE_IRQ] = "irq",     [TRACE_EXHAUSTED] = "exhausted",
		[TRACE_FAULT] = "fault",   [TRACE_MODEL] = "model", [TRACE_PSCI] = "psci",
	};

	return event < sizeof(names) / sizeof(names[0]) && names[event] != NULL ? names[event] : NULL;
}

static const char *context_name(const struct run_system *system, unsigned context)
{
	return context < system->context_count ? system->contexts[context].name
	       : context == 0xffff             ? "idle"
					       : "unknown";
}

/* Appends the records of a CPU's ring, oldest first. */
static void read_ring(struct run_session *session, const struct stats_cpu *stats, size_t cpu, struct trace *trace)
{
	uint64_t size = stats->trace_records;
	uint64_t head = stats->trace_head;
	uint64_t count = head < size ? head : size;

	if (count == 0 || size > RECORDS_MAX || (size & (size - 1)) != 0)
		return;
	struct trace_record *ring = util_alloc(size, sizeof(*ring));
	if (session_read_memory(session, stats->trace_pa, ring, size * sizeof(*ring))) {
		trace->entries = util_resize(trace->entries, trace->count + count, sizeof(*trace->entries));
		for (uint64_t i = head - count; i < head; i++)
			trace->entries[trace->count++] = (struct entry){ring[i % size], cpu};
	}
	free(ring);
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	if (x->record.time_ticks != y->record.time_ticks)
		return x->record.time_ticks < y->record.time_ticks ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void print_entry(const struct run_system *system, const struct entry *entry, FILE *out)
{
	const struct trace_record *r = &entry->record;

	const char *name = trace_event_name(r->event);

	fprintf(out, "%14" PRIu64 " cpu%zu %-9s %-16s ", r->time_ticks, entry->cpu, name != NULL ? name : "unknown",
		context_name(system, r->context));
	if (r->event == TRACE_SWITCH)
		fprintf(out, "from %s\n", context_name(system, r->arg));
	else if (r->event == TRACE_IRQ)
		fprintf(out, "%" PRIu32 "\n", r->arg);
	else
		fprintf(out, "0x%" PRIx32 "\n", r->arg);
}

int trace_write(struct run_session *session, const struct stats *stats)
{
	char *path = util_format("%s/trace.txt", session->options->log_dir);
	FILE *out = fopen(path, "w");
	struct trace trace = {0};
	int code = EXIT_KEPT;

	for (size_t cpu = 0; cpu < session->system->cpus; cpu++)
		read_ring(session, &stats->cpus[cpu], cpu, &trace);
	if (trace.count != 0)
		qsort(trace.entries, trace.count, sizeof(*trace.entries), by_time);
	for (size_t i = 0; out != NULL && i < trace.count; i++)
		print_entry(session->system, &trace.entries[i], out);
	if (out == NULL || ferror(out) != 0 || fclose(out) != 0) {
		fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
		code = EXIT_ENVIRONMENT;
	}
	free(trace.entries);
	free(path);
	return code;
}
