/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched tests/proof/sets.c tests/proof/supply_sim.c logic/admit.c */
/*
 * The promise of a reservation, by experiment: random sets (UUniFast: Bini, Buttazzo 2005) that admit_cpu accepts with
 * the costs of a board, run on the real scheduler with these costs at their worst, contexts sleeping and waking as they
 * like and best effort beside. No server gets less than admit_supply says less admit_lost, in any interval from a
 * wake-up or the end of a turn on; none is late. And the experiment can tell: with the costs left out of admission, or
 * with preemption unpaid, the same sets break promises.
 *
 * A run does not take a hyperperiod, which would be for ever. All wake at once in the beginning, and the habits of the
 * contexts seek out what the promise is made for: a budget used early, the next one late, deadlines that fall together.
 * A promise is tested within two periods, so a run ends after a few of the longest, or 2,000 steps: of servers whose
 * period is a thousand times that of others, often nothing is tested in that run; how many were is printed.
 *
 * The series of sets is the same in every run; TAKT_SEED makes it another one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/proof/sets.h"

#define SETS 100000U
#define SETS_BROKEN 2000U /* of each experiment that has to fail */

enum experiment {
	WITH_COSTS,
	WITHOUT_COSTS, /* in admission: they are there all the same */
	UNPAID,        /* who preempts does not pay for the way back */
};

static struct {
	uint64_t seed;
	uint64_t drawn, admitted, servers, promising, looked, looks, switches, shared, constrained;
} total;

/* False: this one is not admitted. */
static bool make(struct sim_set *set, uint64_t number, enum experiment experiment)
{
	const struct admit_cost nothing = {ticks(0), ticks(0), ticks(0)};

	sets_draw(set, (total.seed << 32) + number);
	const struct admit_cost *cost = experiment == WITHOUT_COSTS ? &nothing : &set->cost;
	if (number % 2 == 0)
		sets_move_to_edge(set, cost);
	if (!sets_is_admitted(set, cost))
		return false;
	sets_promise(set, cost);
	if (experiment != UNPAID)
		set->way_back = set->cost.switch_ticks.raw + set->cost.interrupt_ticks.raw;
	return true;
}

/* Servers that a failure does not need are taken out, as long as some are. */
static void shrink(struct sim_set *set, struct sim_result *result)
{
	for (uint32_t j = 0; j < set->count;) {
		struct sim_set less = *set;
		struct sim_result its;
		less.count--;
		memmove(&less.servers[j], &less.servers[j + 1], (less.count - j) * sizeof(less.servers[0]));
		sets_promise(&less, &less.cost);
		if (less.count != 0)
			sim_run(&less, &its);
		if (less.count != 0 && its.verdict != SIM_KEPT) {
			*set = less;
			*result = its;
			j = 0;
		} else {
			j++;
		}
	}
}

static void print(const struct sim_set *set, uint64_t number, const struct sim_result *r)
{
	printf("# set %" PRIu64 " of TAKT_SEED=%" PRIu64 ": server %" PRIu32 " %s: %" PRIu64 " of %" PRIu64
	       " ticks in [%" PRIu64 ", +%" PRIu64 ")\n",
	       number, total.seed, r->server, r->verdict == SIM_LATE ? "is late" : "gets too little", r->have,
	       r->promised, r->from, r->to - r->from);
	sets_print(set);
}

static void count(const struct sim_set *set, const struct sim_result *r)
{
	total.servers += set->count;
	total.looked += (uint64_t)__builtin_popcountll(r->looked);
	total.looks += r->looks;
	total.switches += r->switches;
	for (uint32_t j = 0; j < set->count; j++) {
		const struct sim_server *v = &set->servers[j];
		total.promising += v->lost < v->r.budget.raw;
		total.shared += v->contexts > 1;
		total.constrained += v->r.deadline.raw < v->r.period.raw;
	}
}

/* How many of so many admitted sets break a promise; of none that should, the first is shown. */
static uint32_t run(enum experiment experiment, uint32_t sets, bool is_shown)
{
	static struct sim_set set;
	uint32_t broken = 0;

	for (uint64_t number = 0; sets != 0; number++) {
		struct sim_result result;
		total.drawn++;
		if (!make(&set, number, experiment))
			continue;
		sets--;
		total.admitted++;
		sim_run(&set, &result);
		count(&set, &result);
		if (result.verdict == SIM_KEPT)
			continue;
		broken++;
		if (is_shown && broken == 1) {
			print(&set, number, &result);
			shrink(&set, &result);
			printf("# and with as few servers as it takes:\n");
			print(&set, number, &result);
		}
	}
	return broken;
}

int main(void)
{
	int failures = 0;

	total.seed = sets_begin(3);
	uint32_t broken = run(WITH_COSTS, SETS, true);
	printf("# %" PRIu64 " sets drawn, %" PRIu64 " admitted, %" PRIu64 " servers (%" PRIu64 " shared, %" PRIu64
	       " with D < P), %" PRIu64 " promised something, %" PRIu64 " tested: %" PRIu64 " intervals, %" PRIu64
	       " switches\n",
	       total.drawn, total.admitted, total.servers, total.shared, total.constrained, total.promising,
	       total.looked, total.looks, total.switches);
	failures +=
		sets_tell(1, "no supply below what was promised", broken == 0 && total.looked > total.promising / 4);
	broken = run(WITHOUT_COSTS, SETS_BROKEN, false);
	printf("# %" PRIu32 " of %u sets admitted without costs break a promise\n", broken, SETS_BROKEN);
	failures += sets_tell(2, "without costs in admission it fails", broken > SETS_BROKEN / 2);
	broken = run(UNPAID, SETS_BROKEN, false);
	printf("# %" PRIu32 " of %u sets break a promise when preemption is not paid\n", broken, SETS_BROKEN);
	failures += sets_tell(3, "with preemption unpaid it fails", broken > SETS_BROKEN / 100);
	return failures != 0;
}
