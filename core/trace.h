/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a record into this CPU's trace ring, over the oldest one: a handful of instructions, no condition. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/core.h"

#define TRACE_RECORDS 1024U /* of each CPU; a power of two */

static inline void trace(struct cpu *cpu, ticks_t now, enum trace_event event, uint32_t context, uint64_t arg)
{
	struct stats_cpu *stats = cpu->stats;
	uint64_t head = stats->trace_head;
	struct trace_record *record = &cpu->trace[head % TRACE_RECORDS];
	stats->trace_head = head + 1;
	*record = (struct trace_record){now.raw, (uint16_t)event, (uint16_t)context, (uint32_t)arg};
}

#endif
