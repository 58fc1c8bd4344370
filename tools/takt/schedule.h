/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts and reservations of a system, in counter ticks, in the order of the blob: sorted by CPU.
 *
 * Rounding keeps what a guest was promised: a budget is rounded up, period and deadline are rounded down; admission
 * sees the rounded values. A deadline below a tick's grain is never less than the budget.
 */
#ifndef TOOLS_TAKT_SCHEDULE_H
#define TOOLS_TAKT_SCHEDULE_H

#include <stdint.h>

#include "abi/blob.h"
#include "logic/admit.h"
#include "tools/takt/diag.h"
#include "tools/takt/system.h"

struct schedule {
	uint32_t cpu_count; /* CPUs 0 .. cpu_count-1 are used: up to the highest one that has a context */
	struct blob_context contexts[BLOB_CONTEXT_MAX]; /* most urgent first on each CPU */
	uint32_t context_count;
	struct blob_reservation reservations[BLOB_RESERVATION_MAX];
	uint32_t reservation_count;
	struct blob_reservation mode_reservations[BLOB_MODE_MAX * BLOB_RESERVATION_MAX]; /* mode after mode */
	uint32_t first_context[BLOB_CPU_MAX];
	uint32_t contexts_of_cpu[BLOB_CPU_MAX];
	struct blob_window windows[BLOB_WINDOW_MAX];
	uint32_t window_count;
	uint32_t first_window[BLOB_CPU_MAX];
	uint64_t derived_budget_ns[BLOB_VM_MAX]; /* of a domain whose budget comes from its tasks; else 0 */
};

#define SCHEDULE_BAND_COUNT 12U /* the last one is that of best effort */
#define SCHEDULE_RANK_MAX 11U   /* each rank of fixed priorities has a band */

/* Index of the console driver among the services: behind the models of the domains that have one. */
uint32_t schedule_driver_service(const struct system *system);
/* Index of the domain whose model that service is. */
uint32_t schedule_domain_of_model(const struct system *system, uint32_t model);

uint64_t schedule_ticks_up(uint64_t ns, uint64_t hz);
uint64_t schedule_ticks_down(uint64_t ns, uint64_t hz);

/* A reservation in ticks. A budget that is not known yet counts as one tick. */
struct admit_reservation schedule_reservation(const struct system_reservation *reservation, uint64_t hz);
/* What the hypervisor takes, as the board says it. */
struct admit_cost schedule_cost(const struct system *system);

/* Why a CPU's part of a set of reservations does not fit, to be freed; NULL: it does. */
char *schedule_misfit(const struct system *system, const struct blob_reservation *set, uint32_t count, uint32_t cpu);

/* Builds and checks: every CPU's set must fit in every mode, dedicated CPUs must be alone, task sets must be
 * schedulable. */
void schedule_build(struct schedule *schedule, const struct system *system, struct diag *diag);

#endif
