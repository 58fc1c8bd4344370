/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EL2 counts, for `takt run` and for whoever reads the memory: it lies at the start of the arena
 * (blob_header.arena_pa), is written by EL2 only, and every 64-bit word of it may be read at any time. Times are
 * counter ticks.
 */
#ifndef ABI_STATS_H
#define ABI_STATS_H

#include <stdint.h>

#include "blob.h"

#define STATS_MAGIC UINT64_C(0x5354415453544b54) /* "TKTSTATS" */
#define STATS_VERSION 2U

/* Why EL2 was entered. Each class has one handler, a bound (`takt bound`) and a row in every report. */
enum exit_class {
	EXIT_IRQ,     /* a physical interrupt */
	EXIT_HVC,     /* HVC from EL1 */
	EXIT_SMC,     /* SMC from EL1 */
	EXIT_WFX,     /* WFI or WFE */
	EXIT_SYSREG,  /* trapped MSR, MRS or system instruction */
	EXIT_MMIO,    /* stage-2 data abort: emulated registers, device models, nothing there */
	EXIT_FETCH,   /* stage-2 instruction abort */
	EXIT_FP,      /* trapped FP or SIMD */
	EXIT_DEBUG,   /* trapped access to a debug register of AArch32, or a debug exception routed here */
	EXIT_SVC,     /* SVC from a service */
	EXIT_SERVICE, /* any other exception from a service: it has failed */
	EXIT_UNDEF,   /* any other exception of a guest */
	EXIT_SERROR,  /* SError */
	EXIT_DIRECT,  /* of a VM with direct delivery: trapped register, stage-2 abort, recall */
	EXIT_IDLE,    /* not an exit: EL2 woke from its own idle wait, or had cut a step for an interrupt */
	EXIT_CLASS_COUNT
};

struct exit_stats {
	uint64_t count;
	uint64_t longest_ticks; /* from the first clock read after the exit to the last before the entry */
};

enum stats_context_state {
	STATS_CONTEXT_OFF = 0,
	STATS_CONTEXT_ON,
	STATS_CONTEXT_STOPPED, /* its VM was stopped for a fault */
};

struct stats_context {
	struct exit_stats exits[EXIT_CLASS_COUNT];
	uint64_t used_ticks; /* all that it paid: guest, exits, models, switches to it */
	uint64_t switches;   /* times it was switched to */
	uint64_t state;      /* enum stats_context_state */
	uint64_t model_calls;
	uint64_t fault_pc; /* of the record that stopped its VM, if it did */
	uint64_t fault_esr;
	uint64_t fault_address;
};

struct stats_cpu {
	uint64_t start_ticks; /* when accounting began */
	uint64_t now_ticks;   /* the clock when the sums were last brought up to date */
	uint64_t idle_ticks;  /* idle + sum of used_ticks of this CPU's contexts = now - start */
	uint64_t trace_head;  /* records ever written to its trace ring */
	uint64_t trace_pa;
	uint64_t trace_records;  /* size of the ring, a power of two */
	struct exit_stats idle;  /* steps after an idle wait, or a cut */
	struct exit_stats start; /* the first step: from start_ticks to the first entry */
};

/* Of the system's modes, 0 the normal one. */
struct stats_mode {
	uint64_t now;            /* the one that was entered last */
	uint64_t entering;       /* the same, or the one that is being entered */
	uint64_t changes;        /* begun since boot */
	uint64_t begun_ticks;    /* the last one */
	uint64_t complete_ticks; /* the last one that is over; of none: 0 */
};

struct stats {
	uint64_t magic;
	uint64_t version;
	uint64_t bytes;       /* of this struct */
	uint64_t reset_ticks; /* the clock at EL2's first instruction */
	uint64_t cpu_count;
	uint64_t context_count;
	struct stats_cpu cpus[BLOB_CPU_MAX];
	struct stats_context contexts[BLOB_CONTEXT_MAX]; /* by index into the blob's contexts */
	uint64_t throttled[BLOB_LINE_MAX]; /* by index into the blob's lines: how often it was disabled for coming too
					      often */
	struct stats_mode mode;
};

#endif
