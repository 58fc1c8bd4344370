/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes, and the changes from each to each other. A change has reservations give before others take (core/mode.h), so
 * it is admitted by the two modes and the shortest deadline of both (admit_change). A guest's tasks see its old
 * reservation up to a release and the new one behind it: releases no further apart than the longer period, each of at
 * least the smaller budget, by the longer deadline, so the supply of such a reservation is what they can be sure of.
 */
#include "tools/takt/modes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/takt/tasks.h"
#include "tools/takt/util.h"

/* One CPU's reservations in two modes. */
struct pair {
	uint32_t count;
	uint32_t owners[BLOB_RESERVATION_MAX];
	uint32_t ranks[BLOB_RESERVATION_MAX];
	struct admit_reservation from[BLOB_RESERVATION_MAX];
	struct admit_reservation to[BLOB_RESERVATION_MAX];
};

static uint32_t owner_of(const struct schedule *schedule, uint32_t reservation)
{
	for (uint32_t i = 0; i < schedule->context_count; i++) {
		const struct blob_context *x = &schedule->contexts[i];
		if (x->reservation == reservation)
			return x->kind == BLOB_CONTEXT_DRIVER ? SYSTEM_OWNER_DRIVER : x->owner;
	}
	return BLOB_NONE;
}

static const struct blob_reservation *set_of(const struct schedule *schedule, uint32_t mode)
{
	return mode == 0 ? schedule->reservations
			 : &schedule->mode_reservations[(mode - 1) * schedule->reservation_count];
}

static const char *name_of(const struct system *system, uint32_t mode)
{
	return mode == 0 ? "normal" : system->modes[mode - 1].name;
}

static void fill(struct schedule *schedule, const struct system *system, uint32_t mode)
{
	for (uint32_t i = 0; i < schedule->reservation_count; i++) {
		struct blob_reservation *r = &schedule->mode_reservations[mode * schedule->reservation_count + i];
		const struct system_reservation *said = system_in_mode(&system->modes[mode], owner_of(schedule, i));
		*r = schedule->reservations[i];
		if (said == NULL)
			continue;
		struct admit_reservation in_ticks = schedule_reservation(said, system->board.counter_hz);
		r->budget_ticks = in_ticks.budget.raw;
		r->period_ticks = in_ticks.period.raw;
		r->deadline_ticks = in_ticks.deadline.raw;
	}
}

static struct admit_reservation in_admission(const struct blob_reservation *r)
{
	return (struct admit_reservation){ticks(r->budget_ticks), ticks(r->period_ticks), ticks(r->deadline_ticks)};
}

static void collect(struct pair *pair, const struct schedule *schedule, uint32_t a, uint32_t b, uint32_t cpu)
{
	const struct blob_reservation *from = set_of(schedule, a);
	const struct blob_reservation *to = set_of(schedule, b);
	pair->count = 0;
	for (uint32_t i = 0; i < schedule->reservation_count; i++) {
		if (from[i].cpu != cpu)
			continue;
		pair->owners[pair->count] = owner_of(schedule, i);
		pair->ranks[pair->count] = from[i].rank;
		pair->from[pair->count] = in_admission(&from[i]);
		pair->to[pair->count++] = in_admission(&to[i]);
	}
}

/* Each mode by itself. */
static bool check_sets(const struct schedule *schedule, const struct system *system, struct diag *diag)
{
	size_t before = diag->count;
	for (uint32_t mode = 1; mode <= system->mode_count; mode++) {
		const char *path = system->modes[mode - 1].path;
		for (uint32_t cpu = 0; cpu < schedule->cpu_count; cpu++) {
			char *text = schedule_misfit(system, set_of(schedule, mode), schedule->reservation_count, cpu);
			if (text)
				diag_add(diag, RULE_MODE, tree_place(system->tree, path, NULL), path,
					 "the reservations of CPU %" PRIu32
					 " do not fit in this mode: %s (lower budgets or lengthen "
					 "deadlines in it; who is not named has what the description says)",
					 cpu, text);
			free(text);
		}
	}
	return diag->count == before;
}

static void check_change(const struct system *system, const struct pair *pair, uint32_t a, uint32_t b, uint32_t cpu,
			 struct diag *diag)
{
	struct admit_cost cost = schedule_cost(system);
	struct admit_reason why;
	bool is_fixed = system->cpus[cpu].policy == BLOB_POLICY_FIXED;
	const char *path = system->modes[b - 1].path;
	if (is_fixed ? admit_change_fixed(pair->from, pair->to, pair->ranks, pair->count, &cost, &why)
		     : admit_change(pair->from, pair->to, pair->count, &cost, &why))
		return;
	diag_add(diag, RULE_MODE, tree_place(system->tree, path, NULL), path,
		 "the change between \"%s\" and \"%s\" does not fit on CPU %" PRIu32
		 ": with the hypervisor's costs, %" PRIu64 " ticks may be due within %" PRIu64
		 " ticks%s (lengthen the shortest deadlines, or lower budgets in one of "
		 "the modes)",
		 name_of(system, a), name_of(system, b), cpu, why.demand, why.at,
		 is_fixed ? "" : ", the shortest deadline of both");
}

/* Of the pair what a guest can be sure of, and of the others what comes most often; index `mine` is the guest's. */
static void blend(const struct pair *pair, uint32_t mine, struct admit_reservation *set)
{
	for (uint32_t i = 0; i < pair->count; i++) {
		struct admit_reservation x = pair->from[i];
		struct admit_reservation y = pair->to[i];
		bool is_mine = i == mine;
		set[i] = (struct admit_reservation){
			.budget = x.budget.raw < y.budget.raw ? x.budget : y.budget,
			.period = (x.period.raw > y.period.raw) == is_mine ? x.period : y.period,
			.deadline = (x.deadline.raw > y.deadline.raw) == is_mine ? x.deadline : y.deadline,
		};
	}
}

/* The steps of a change may interrupt the least urgent one. */
static uint64_t steps_of(const struct system *system, const struct pair *pair, uint32_t mine)
{
	struct admit_cost cost = schedule_cost(system);
	for (uint32_t i = 0; i < pair->count; i++) {
		bool is_less_urgent = pair->ranks[i] != 0 ? pair->ranks[i] > pair->ranks[mine]
							  : pair->from[i].deadline.raw > pair->from[mine].deadline.raw;
		if (is_less_urgent)
			return 0;
	}
	return (2 * pair->count + 4) * cost.longest_step.raw;
}

static void check_tasks(const struct system *system, const struct pair *pair, uint32_t a, uint32_t b, struct diag *diag)
{
	struct admit_reservation set[BLOB_RESERVATION_MAX];
	const char *path = system->modes[b - 1].path;
	for (uint32_t i = 0; i < pair->count; i++) {
		const struct system_domain *domain =
			pair->owners[i] < system->domain_count ? &system->domains[pair->owners[i]] : NULL;
		if (domain == NULL || domain->task_count == 0 || domain->vcpu_count != 1)
			continue;
		blend(pair, i, set);
		if (!tasks_fit(system, domain, set, pair->count, i, steps_of(system, pair, i)))
			diag_add(diag, RULE_MODE, tree_place(system->tree, path, NULL), path,
				 "the tasks of %s may miss deadlines between \"%s\" and \"%s\" (a larger budget or a "
				 "shorter period for it in both, or longer periods for others)",
				 domain->path, name_of(system, a), name_of(system, b));
	}
}

void modes_build(struct schedule *schedule, const struct system *system, struct diag *diag)
{
	struct pair *pair;
	if (diag->count != 0 || system->mode_count == 0)
		return;
	if (schedule->reservation_count == 0)
		diag_add(diag, RULE_MODE, tree_place(system->tree, system->modes[0].path, NULL), system->modes[0].path,
			 "a mode of a system without reservations (give domains takt,budget-ns and takt,period-ns, or "
			 "remove it)");
	for (uint32_t mode = 0; mode < system->mode_count; mode++)
		fill(schedule, system, mode);
	if (!check_sets(schedule, system, diag))
		return;
	pair = util_alloc(1, sizeof(*pair));
	for (uint32_t b = 1; b <= system->mode_count; b++) {
		for (uint32_t a = 0; a < b; a++) {
			for (uint32_t cpu = 0; cpu < schedule->cpu_count; cpu++) {
				collect(pair, schedule, a, b, cpu);
				if (system->cpus[cpu].policy == BLOB_POLICY_TABLE)
					continue;
				check_change(system, pair, a, b, cpu, diag);
				check_tasks(system, pair, a, b, diag);
			}
		}
	}
	free(pair);
}
