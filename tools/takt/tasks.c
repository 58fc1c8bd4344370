/* SPDX-License-Identifier: Apache-2.0 */
/* Asks logic/admit about a domain's tasks. */
#include "tools/takt/tasks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "logic/admit.h"
#include "tools/takt/check.h"
#include "tools/takt/schedule.h"
#include "tools/takt/util.h"

#define NS_PER_SECOND UINT64_C(1000000000)

struct task_set {
	struct admit_task tasks[SYSTEM_TASK_MAX];
	const struct system_task *source[SYSTEM_TASK_MAX];
	uint32_t count;
};

static bool is_more_urgent(const struct system_task *a, const struct system_task *b)
{
	if (a->has_priority && b->has_priority)
		return a->priority < b->priority;
	if (a->has_priority != b->has_priority)
		return a->has_priority;
	return a->deadline_ns < b->deadline_ns;
}

/* From the most urgent; among equals, in the order of the description. Times are rounded to the guest's disadvantage.
 */
static void collect(struct task_set *set, const struct system *system, const struct system_domain *domain)
{
	uint64_t hz = system->board.counter_hz;
	for (uint32_t i = 0; i < domain->task_count; i++) {
		uint32_t at = set->count++;
		for (; at > 0 && is_more_urgent(&domain->tasks[i], set->source[at - 1]); at--)
			set->source[at] = set->source[at - 1];
		set->source[at] = &domain->tasks[i];
	}
	for (uint32_t i = 0; i < set->count; i++) {
		const struct system_task *t = set->source[i];
		set->tasks[i] = (struct admit_task){
			.period = ticks(schedule_ticks_down(t->period_ns, hz)),
			.wcet = ticks(schedule_ticks_up(t->wcet_ns, hz)),
			.deadline = ticks(schedule_ticks_down(t->deadline_ns, hz)),
			.jitter = ticks(schedule_ticks_up(t->jitter_ns, hz)),
		};
	}
}

/* What switches and interrupts may take of each budget, for the company that the domain has on its CPU, and for its own
 * tasks. */
static uint64_t lost_ticks(const struct system *system, const struct system_domain *domain,
			   const struct task_set *tasks, const struct admit_reservation *mine)
{
	struct admit_reservation set[BLOB_VM_MAX + 1] = {*mine};
	struct admit_cost cost = schedule_cost(system);
	uint64_t hz = system->board.counter_hz;
	uint32_t count = 1;
	uint32_t cpu = domain->vcpu_cpu[0];
	for (uint32_t i = 0; i < system->domain_count; i++) {
		const struct system_domain *other = &system->domains[i];
		if (other != domain && other->reservation.present && (other->cpu_mask >> cpu & 1))
			set[count++] = schedule_reservation(&other->reservation, hz);
	}
	if (system->driver.enabled && system->driver.cpu == cpu)
		set[count++] = schedule_reservation(&system->driver.reservation, hz);
	uint64_t lost = admit_lost(set, count, 0, &cost);
	uint64_t wakes = admit_wakes(tasks->tasks, tasks->count, mine, &cost);
	return lost > UINT64_MAX - wakes ? UINT64_MAX : lost + wakes;
}

static uint64_t to_ns(uint64_t count, uint64_t hz)
{
	return count / hz * NS_PER_SECOND + (count % hz * NS_PER_SECOND + hz - 1) / hz;
}

static void refuse(const struct system *system, const struct system_domain *domain, const struct task_set *set,
		   const struct admit_reason *why, bool derived, struct diag *diag)
{
	uint64_t hz = system->board.counter_hz;
	char *tasks = util_format("%s/tasks", domain->path);
	const char *advice =
		derived ? "even with the whole CPU" : "a larger takt,budget-ns, or none, so that it is computed";
	struct place place = tree_place(system->tree, tasks, NULL);
	switch (why->test) {
	case ADMIT_OK:
		break;
	case ADMIT_VALUE:
		diag_add(diag, RULE_TASKS_INFEASIBLE, place, tasks, "%s: a time of this task is out of range",
			 set->source[why->index]->path);
		break;
	case ADMIT_UTILISATION:
		diag_add(diag, RULE_TASKS_INFEASIBLE, place, tasks,
			 "the tasks need %" PRIu64 ".%02" PRIu64 " %% of the CPU, but get %" PRIu64 ".%02" PRIu64
			 " %% (%s)",
			 why->demand * 100 >> 32, (why->demand * 10000 >> 32) % 100, why->supply * 100 >> 32,
			 (why->supply * 10000 >> 32) % 100, advice);
		break;
	case ADMIT_DEMAND:
		diag_add(diag, RULE_TASKS_INFEASIBLE, place, tasks,
			 "in some %" PRIu64 " ns the tasks need %" PRIu64 " ns, but are only sure of %" PRIu64
			 " ns (%s)",
			 to_ns(why->at, hz), to_ns(why->demand, hz), to_ns(why->supply, hz), advice);
		break;
	case ADMIT_RESPONSE:
		diag_add(diag, RULE_TASKS_INFEASIBLE, place, tasks,
			 "%s needs %" PRIu64 " ns of CPU within %" PRIu64 " ns, but is only sure of %" PRIu64
			 " ns (%s)",
			 set->source[why->index]->path, to_ns(why->demand, hz), to_ns(why->at, hz),
			 to_ns(why->supply, hz), advice);
		break;
	case ADMIT_COMPLEX:
		diag_add(diag, RULE_TASKS_INFEASIBLE, place, tasks, "the tasks fit too closely to prove it (%s)",
			 advice);
		break;
	}
	free(tasks);
}

static bool can_be_analysed(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	if (domain->vcpu_count == 1)
		return true;
	diag_add(diag, RULE_TASKS_INFEASIBLE, tree_place(system->tree, domain->path, NULL), domain->path,
		 "a task set is analysed for one virtual CPU, and the domain has %" PRIu32
		 " (give it one, or remove tasks)",
		 domain->vcpu_count);
	return false;
}

uint64_t tasks_budget(const struct system *system, const struct system_domain *domain,
		      struct system_reservation *reservation, struct diag *diag)
{
	struct task_set set = {.count = 0};
	struct admit_reason why;
	uint64_t hz = system->board.counter_hz;
	enum admit_policy policy = domain->tasks_edf ? ADMIT_EDF : ADMIT_FIXED_PRIORITY;
	bool derive = reservation->budget_ns == 0;
	if (!reservation->present || !can_be_analysed(system, domain, diag))
		return 0;
	collect(&set, system, domain);
	struct admit_reservation r = schedule_reservation(reservation, hz);
	uint64_t lost = lost_ticks(system, domain, &set, &r);
	bool fits = derive ? admit_interface(set.tasks, set.count, policy, lost, &r, &why)
			   : admit_tasks(set.tasks, set.count, policy, &r, lost, &why);
	if (!fits) {
		refuse(system, domain, &set, &why, derive, diag);
		if (derive)
			reservation->budget_ns = 1;
		return 0;
	}
	if (!derive)
		return 0;
	reservation->budget_ns = to_ns(r.budget.raw, hz);
	return reservation->budget_ns;
}

bool tasks_fit(const struct system *system, const struct system_domain *domain, const struct admit_reservation *set,
	       uint32_t count, uint32_t mine, uint64_t extra)
{
	struct task_set tasks = {.count = 0};
	struct admit_cost cost = schedule_cost(system);
	struct admit_reason why;
	collect(&tasks, system, domain);
	uint64_t lost = admit_lost(set, count, mine, &cost);
	uint64_t wakes = admit_wakes(tasks.tasks, tasks.count, &set[mine], &cost);
	if (lost == UINT64_MAX || wakes == UINT64_MAX)
		return false;
	return admit_tasks(tasks.tasks, tasks.count, domain->tasks_edf ? ADMIT_EDF : ADMIT_FIXED_PRIORITY, &set[mine],
			   lost + wakes + extra, &why);
}
