/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched tests/proof/sets.c tests/proof/supply_sim.c logic/admit.c */
/*
 * The promise to a task, from end to end: a guest in one of the reservations of a random set schedules sporadic tasks
 * by EDF or by fixed priority, and admit_tasks has accepted them with what admit_lost and admit_wakes say. No task
 * misses a deadline, on the real scheduler with all costs at their worst and the others doing what test_supply has them
 * do. The tasks arrive together, at any time of the server's period, when the guest may have used up its budget for
 * nothing; from then on as densely as they may. When no task is ready the guest sleeps, or goes on for nothing. Half of
 * the task sets need as much as is admitted. With nothing lost in admission, tasks miss deadlines.
 *
 * The series of systems is the same in every run; TAKT_SEED makes it another one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/proof/sets.h"

#define SYSTEMS 10000U
#define SYSTEMS_BROKEN 2000U
#define TASKS 6U
#define PENDING 16U

struct task {
	struct admit_task is;
	uint64_t arrives, releases; /* the next one */
	uint64_t arrived[PENDING];  /* of those not done, in turn */
	uint32_t first, pending;
	uint64_t left; /* of the first */
};

struct guest {
	struct sim_guest face; /* first: it is cast to this */
	struct task tasks[TASKS];
	struct admit_task set[TASKS];
	uint32_t count;
	enum admit_policy policy;
	bool is_idle_busy; /* goes on for nothing when no task is ready */
	uint64_t seed;
	uint64_t done;
	struct task *late; /* NULL: none */
};

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void release(struct guest *g, uint64_t now)
{
	for (uint32_t k = 0; k < g->count; k++) {
		struct task *t = &g->tasks[k];
		while (t->releases <= now && t->pending < PENDING) {
			if (t->pending++ == 0)
				t->left = t->is.wcet.raw;
			t->arrived[(t->first + t->pending - 1) % PENDING] = t->arrives;
			t->arrives += t->is.period.raw;
			if (sim_random(&g->seed) % 8 == 0)
				t->arrives += sim_any(&g->seed, t->is.period.raw);
			uint64_t jitter = sim_random(&g->seed) % 2 ? 0 : sim_between(&g->seed, 0, t->is.jitter.raw);
			t->releases = later(t->arrives + jitter, t->releases);
		}
	}
}

static uint64_t deadline(const struct task *t) { return t->arrived[t->first] + t->is.deadline.raw; }

/* The most urgent, or NULL. */
static struct task *choose(struct guest *g)
{
	struct task *best = NULL;

	for (uint32_t k = 0; k < g->count; k++) {
		struct task *t = &g->tasks[k];
		if (t->pending == 0)
			continue;
		if (best == NULL || (g->policy == ADMIT_EDF && deadline(t) < deadline(best)))
			best = t;
	}
	return best;
}

static uint64_t next_release(const struct guest *g)
{
	uint64_t at = UINT64_MAX;

	for (uint32_t k = 0; k < g->count; k++)
		at = earlier(at, g->tasks[k].releases);
	return at;
}

static uint64_t wants(struct sim_guest *face, uint64_t now, uint64_t *wake)
{
	struct guest *g = (struct guest *)face;
	release(g, now);
	const struct task *t = choose(g);

	*wake = next_release(g);
	if (t != NULL)
		return earlier(t->left, *wake - now);
	return g->is_idle_busy ? *wake - now : 0;
}

static void ran(struct sim_guest *face, uint64_t from, uint64_t now)
{
	struct guest *g = (struct guest *)face;
	struct task *t = choose(g);

	if (t == NULL)
		return;
	t->left -= now - from;
	if (t->left != 0)
		return;
	g->done++;
	if (deadline(t) < now)
		g->late = t;
	t->first = (t->first + 1) % PENDING;
	t->left = --t->pending != 0 ? t->is.wcet.raw : 0;
}

/* Those that were due by the end and are not done. */
static void look_at_the_rest(struct guest *g, uint64_t now)
{
	for (uint32_t k = 0; k < g->count; k++)
		if (g->tasks[k].pending != 0 && deadline(&g->tasks[k]) < now)
			g->late = &g->tasks[k];
}

static void sort(struct guest *g)
{
	for (uint32_t i = 1; i < g->count; i++)
		for (uint32_t k = i; k > 0 && g->set[k].deadline.raw < g->set[k - 1].deadline.raw; k--) {
			struct admit_task t = g->set[k];
			g->set[k] = g->set[k - 1];
			g->set[k - 1] = t;
		}
}

/* Execution times in parts of 2^16 of their deadlines. */
static bool fits(struct guest *g, const uint32_t *share, uint32_t scale, const struct sim_server *v,
		 const struct admit_cost *cost, uint64_t lost)
{
	struct admit_reason why;

	for (uint32_t k = 0; k < g->count; k++) {
		uint64_t d = g->set[k].deadline.raw - g->set[k].jitter.raw;
		uint64_t c = (uint64_t)((unsigned __int128)d * share[k] * scale >> 32);
		g->set[k].wcet = ticks(c == 0 ? 1 : c > d ? d : c);
	}
	uint64_t wakes = cost != NULL ? admit_wakes(g->set, g->count, &v->r, cost) : 0;
	return admit_tasks(g->set, g->count, g->policy, &v->r, lost + wakes, &why);
}

/* False: the reservation is not worth a task. */
static bool draw_guest(struct guest *g, const struct sim_set *set, uint32_t j, bool is_costly)
{
	const struct sim_server *v = &set->servers[j];
	const struct admit_cost *cost = is_costly ? &set->cost : NULL;
	uint64_t lost = is_costly ? v->lost : 0;
	uint32_t share[TASKS], low = 0, high = 1U << 16;
	double p = (double)v->r.period.raw;

	*g = (struct guest){.face = {wants, ran}, .seed = v->seed | 1};
	g->count = (uint32_t)sim_between(&g->seed, 1, TASKS);
	g->policy = sim_random(&g->seed) % 2 ? ADMIT_EDF : ADMIT_FIXED_PRIORITY;
	g->is_idle_busy = sim_random(&g->seed) % 2;
	for (uint32_t k = 0; k < g->count; k++) {
		uint64_t period = (uint64_t)sets_spread(&g->seed, p, 10 * p) + 2;
		uint64_t due = sim_between(&g->seed, period / 2 + 1, period);
		uint64_t jitter = sim_random(&g->seed) % 2 ? 0 : sim_between(&g->seed, 0, due / 4);
		g->set[k] = (struct admit_task){ticks(period), ticks(1), ticks(due), ticks(jitter)};
		share[k] = (uint32_t)sim_between(&g->seed, 1, 1U << 16);
	}
	sort(g);
	if (!fits(g, share, 0, v, cost, lost))
		return false;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		if (fits(g, share, middle, v, cost, lost))
			low = middle;
		else
			high = middle;
	}
	if (sim_random(&g->seed) % 2)
		low = (uint32_t)sim_between(&g->seed, 0, low);
	(void)fits(g, share, low, v, cost, lost);
	uint64_t begin = sim_between(&g->seed, 0, 2 * v->r.period.raw);
	for (uint32_t k = 0; k < g->count; k++)
		g->tasks[k] =
			(struct task){.is = g->set[k], .arrives = begin, .releases = begin + g->set[k].jitter.raw};
	return true;
}

static void print(const struct sim_set *set, const struct guest *g, uint32_t j, uint64_t number, uint64_t base)
{
	printf("# system %" PRIu64 " of TAKT_SEED=%" PRIu64 ": a task of server %" PRIu32 " is late\n", number, base,
	       j);
	sets_print(set);
	for (uint32_t k = 0; k < g->count; k++)
		printf("#   task %" PRIu32 ": T %" PRIu64 ", C %" PRIu64 ", D %" PRIu64 ", J %" PRIu64 "%s\n", k,
		       g->set[k].period.raw, g->set[k].wcet.raw, g->set[k].deadline.raw, g->set[k].jitter.raw,
		       &g->tasks[k] == g->late ? ", late" : "");
	printf("#   by %s, %s\n", g->policy == ADMIT_EDF ? "EDF" : "priority",
	       g->is_idle_busy ? "never sleeps" : "sleeps");
}

static struct {
	uint64_t seed, done, tasks, edf;
} total;

static uint32_t run(uint32_t systems, bool is_costly, bool is_shown)
{
	static struct sim_set set;
	static struct guest guest;
	uint32_t broken = 0;

	for (uint64_t number = 0; systems != 0; number++) {
		struct sim_result result;
		sets_draw(&set, (total.seed << 32) + number);
		uint32_t j = (uint32_t)(number % set.count);
		if (number % 3 == 0)
			sets_move_to_edge(&set, &set.cost);
		if (!sets_is_admitted(&set, &set.cost))
			continue;
		sets_promise(&set, &set.cost);
		if (!draw_guest(&guest, &set, j, is_costly))
			continue;
		systems--;
		set.servers[j].contexts = 1;
		set.servers[j].habit = SIM_TASKS;
		set.servers[j].guest = &guest.face;
		set.way_back = set.cost.switch_ticks.raw + set.cost.interrupt_ticks.raw;
		set.until = 30 * set.servers[j].r.period.raw;
		sim_run(&set, &result);
		look_at_the_rest(&guest, result.to);
		total.done += guest.done;
		total.tasks += guest.count;
		total.edf += guest.policy == ADMIT_EDF;
		if (guest.late == NULL && result.verdict == SIM_KEPT)
			continue;
		if (broken++ == 0 && is_shown)
			print(&set, &guest, j, number, total.seed);
	}
	return broken;
}

int main(void)
{
	int failures = 0;

	total.seed = sets_begin(2);
	uint32_t broken = run(SYSTEMS, true, true);
	printf("# %u systems (%" PRIu64 " by EDF) of %" PRIu64 " tasks in all, which ran %" PRIu64 " times\n", SYSTEMS,
	       total.edf, total.tasks, total.done);
	failures +=
		sets_tell(1, "no task that was admitted misses a deadline", broken == 0 && total.done > 10 * SYSTEMS);
	broken = run(SYSTEMS_BROKEN, false, false);
	printf("# in %" PRIu32 " of %u systems admitted as if nothing were lost a task is late\n", broken,
	       SYSTEMS_BROKEN);
	failures += sets_tell(2, "with nothing lost in admission it fails", broken != 0);
	return failures != 0;
}
