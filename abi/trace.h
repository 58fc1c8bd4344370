/* SPDX-License-Identifier: Apache-2.0 */
/* Trace records: one ring for each CPU, written by that CPU only, oldest overwritten. struct stats_cpu says where it
 * lies. */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

enum trace_event {
	TRACE_SWITCH = 1,    /* context: switched to (0xffff: idle); arg: the one before */
	TRACE_IRQ = 2,       /* context: running; arg: physical INTID. Not guest timers, nor EL2's deadline */
	TRACE_EXHAUSTED = 3, /* context: its reservation is out of budget; arg: 0 */
	TRACE_FAULT = 4,     /* context: its VM was stopped; arg: syndrome */
	TRACE_MODEL = 5,     /* context: called its model; arg: offset of the register */
	TRACE_PSCI = 6,      /* context: called PSCI for what changes a vCPU or its VM; arg: function */
};

struct trace_record {
	uint64_t time_ticks;
	uint16_t event;   /* enum trace_event */
	uint16_t context; /* index into the blob's contexts */
	uint32_t arg;
};

#endif
