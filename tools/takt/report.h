/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what a run measured, as JSON, and what `takt report` makes of them.
 *
 *     {
 *       "tool": "takt", "version": "...", "system": "systems/demo.dts", "stopped": "every text was seen",
 *       "instructions": true,                times are instructions: counter at 1 GHz under -icount; else ticks
 *       "figures": [{"name", "unit", "samples", "min", "p50", "p99", "max", "histogram"?, "ceiling"?, "goal"?,
 * "verdict"?}], "vms": [{"name", "state": "running" | "off" | "stopped", "fault"?: {"vcpu", "pc", "syndrome",
 *                "address"}, "expect_stop"?: true, "cpu_share",
 *                "reservation", ...what the guest reported: "deadline_misses", "latency": {...}...,
 *                "vcpus": [{"context", "cpu", "state", "used_ticks", "switches", "model_calls", "exits": {CLASS:
 * {"count", "longest"}}}]}], "drivers": [...as a vCPU], "cpus": [{"elapsed", "idle", "used", "sum_check",
 * "switches"}], "exits": {CLASS: {"count", "longest"}}, "since_mark"?: {"text", "cpus": [{"elapsed", "idle"}],
 * "vms": [{"name", "cpu_share", "exits": {CLASS: count}}], "exits": {CLASS: count}}
 *     }
 *
 * sum_check is elapsed - idle - used, which is 0. An exit class that did not occur is left out. verdict is "goal",
 * "ceiling" or "exceeded". All functions return new references.
 */
#ifndef TOOLS_TAKT_REPORT_H
#define TOOLS_TAKT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "abi/stats.h"
#include "tools/takt/run_system.h"

struct report_source {
	const struct run_system *system;
	bool is_realtime;
	const char *stopped;      /* why the run ended */
	json_t *figures;          /* what guests reported: objects with "name" */
	json_t *vms;              /* an object for each VM: what it reported of itself */
	const struct stats *last; /* null: could not be read */
	const struct stats *mark; /* null: no mark, or not seen */
	const char *mark_text;
	const char *const *expect_stop; /* names of VMs that must be stopped for a fault */
	size_t expect_count;
};

const char *report_class_name(enum exit_class class);

/* The whole report. */
json_t *report_build(const struct report_source *source);

/* Takes one line of a guest (without CONSOLE_REPORT) into figures, or into the object of its VM. False: it is not JSON.
 */
bool report_collect(json_t *figures, json_t *vm, const char *line);

/* Puts ceiling, goal and verdict into the figures that the file names. Answers an enum exit_code: EXIT_INPUT, with a
 * message, when the file can't be used. missing: null, or a list to which names without a figure are added. */
int report_apply_ceilings(json_t *report, const char *path, json_t *missing);

/* Says on `out` which promises of the report are broken: figures above their ceiling, deadline misses, VMs stopped for
 * a fault without "expect_stop", or not stopped in spite of it, time without a payer. Answers how many. */
unsigned report_check(const json_t *report, FILE *out);

/* The longest steps that are above their bound, given by `takt bound --json`. Answers how many. */
unsigned report_check_bounds(const json_t *report, const json_t *bounds, FILE *out);

/* Tables for people: figures and VMs; and the exits, with bounds where they are known (null: not). */
void report_print_figures(const json_t *report, FILE *out);
void report_print_vms(const json_t *report, FILE *out);
/* Nothing where no line is ever throttled. */
void report_print_throttled(const json_t *report, FILE *out);
void report_print_exits(const json_t *report, const json_t *bounds, FILE *out);

/* One report of several: of figures of one name the one with the highest maximum; VMs of all; exits added up. Times are
 * instructions unless a report says that its own are not. */
json_t *report_merge(const json_t *reports);

/* A number with commas between thousands, "-" for what is none; to be freed. */
char *report_number(const json_t *value);

/* A self-contained page. */
void report_write_html(const json_t *report, FILE *out);

#endif
