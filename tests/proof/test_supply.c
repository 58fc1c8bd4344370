/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/proof/supply_sim.c logic/sched.c logic/sched/edf.c logic/sched/weight.c logic/admit.c */
/*
 * The promise of a reservation, by experiment: random sets (UUniFast: Bini, Buttazzo 2005) that admit_cpu accepts with
 * the costs of a board, run on the real scheduler with these costs at their worst, contexts sleeping and waking as they
 * like and best effort beside. No server gets less than admit_supply says less admit_lost, in any interval from a
 * wake-up or the end of a turn on; none is late. And the experiment can tell: with the costs left out of admission, or
 * with preemption unpaid, the same sets break promises.
 *
 * A run does not take a hyperperiod, which would be for ever. All wake at once in the beginning, and the habits of the
 * contexts seek out what the promise is made for: a budget used early, the next one late, deadlines that fall together.
 * A promise is tested within two periods, so a run ends after a few of the longest, or STEPS steps: of servers whose
 * period is a thousand times that of others, often nothing is tested in that run; how many were is printed.
 *
 * The series of sets is the same in every run; TAKT_SEED makes it another one.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proof/supply_sim.h"

#define SETS 100000U
#define SETS_BROKEN 2000U /* of each experiment that has to fail */
#define STEPS 2000U
#define MICROSECOND 1e-6

enum experiment {
	WITH_COSTS,
	WITHOUT_COSTS, /* in admission: they are there all the same */
	UNPAID,        /* who preempts does not pay for the way back */
};

static struct {
	uint64_t seed;
	uint64_t drawn, admitted, servers, promising, looked, looks, switches, shared, constrained;
} total;

/* 0 to 1, both excluded. */
static double unit(uint64_t *seed) { return ((double)(sim_random(seed) & 0xffffffffffU) + 0.5) / 0x1p40; }

/* low to high, each order of magnitude alike. */
static double spread(uint64_t *seed, double low, double high) { return low * pow(high / low, unit(seed)); }

static struct admit_reservation reservation(double budget, double period, double deadline)
{
	uint64_t q = budget < 1 ? 1 : (uint64_t)budget;
	uint64_t d = deadline < (double)q ? q : (uint64_t)deadline;
	uint64_t p = period < (double)d ? d : (uint64_t)period;

	return (struct admit_reservation){ticks(q), ticks(p), ticks(d)};
}

/* Shares of a total that are uniform over all ways to divide it; periods over up to five orders of magnitude. */
static void draw_servers(struct sim_set *set, uint64_t *seed, double hz)
{
	double low = spread(seed, 10 * MICROSECOND, 0.1);
	double high = spread(seed, low, 1);
	double left = unit(seed);
	bool is_implicit = sim_random(seed) % 2 == 0;
	uint64_t plan = sim_random(seed) % 4;

	for (uint32_t j = 0; j < set->count; j++) {
		uint32_t rest = set->count - j - 1;
		double next = rest != 0 ? left * pow(unit(seed), 1.0 / rest) : 0;
		double period = spread(seed, low, high) * hz;
		double budget = (left - next) * period;
		double deadline = is_implicit ? period : budget + (period - budget) * unit(seed);
		left = next;
		struct sim_server *v = &set->servers[j];
		v->r = reservation(budget, period, deadline);
		v->habit = plan == 0 ? sim_random(seed) % SIM_HABITS : SIM_BUSY;
		if (plan != 0 && j != 0)
			v->habit = plan == 1 ? SIM_FLUTTER : plan == 2 ? SIM_MISER : SIM_RANDOM;
		v->contexts = sim_random(seed) % 8 == 0 ? 2 : 1;
		v->seed = sim_random(seed);
	}
	set->together = (uint64_t)(spread(seed, low, high) * hz) + 1;
}

/* A short deadline beside many that plot against it. */
static void draw_plot(struct sim_set *set, uint64_t *seed, double hz)
{
	double period = spread(seed, 1e-3, 0.1) * hz;

	for (uint32_t j = 0; j < set->count; j++) {
		double p = j != 0 ? period : period / (3 + 30 * unit(seed));
		double q = j != 0 ? p * 0.3 * unit(seed) / set->count : p * unit(seed);
		set->servers[j] =
			(struct sim_server){reservation(q, p, p), j != 0 ? SIM_PLOT : SIM_BUSY, 1, 0, sim_random(seed)};
	}
	set->together = (uint64_t)period;
}

/* One that always wants to run, beside one that is more urgent, has more, and sleeps and wakes all the time. */
static void draw_theft(struct sim_set *set, uint64_t *seed, double hz)
{
	double period = spread(seed, 1e-4, 0.1) * hz;
	double share = 0.05 + 0.25 * unit(seed);
	double earlier = period / (1 + 3 * unit(seed));

	set->count = 2;
	set->servers[0] =
		(struct sim_server){reservation(share * period, period, period), SIM_BUSY, 1, 0, sim_random(seed)};
	set->servers[1] = (struct sim_server){reservation(2 * share * earlier, earlier, earlier), SIM_FLUTTER, 1, 0,
					      sim_random(seed)};
	set->together = 1;
}

static void draw(struct sim_set *set, uint64_t number)
{
	uint64_t seed = (total.seed + number) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	(void)sim_random(&seed);
	double hz = sim_random(&seed) % 2 == 0 ? 62.5e6 : 1e9;
	uint64_t longest = 0;

	*set = (struct sim_set){.count = (uint32_t)spread(&seed, 1, SIM_SERVER_MAX + 1),
				.hogs = (uint32_t)(sim_random(&seed) % 3),
				.slice = (uint64_t)(hz / 1000),
				.seed = sim_random(&seed),
				.steps = STEPS};
	/* What a board has that says nothing. */
	set->cost = (struct admit_cost){ticks((uint64_t)ceil(1 * MICROSECOND * hz)),
					ticks((uint64_t)ceil(0.5 * MICROSECOND * hz)),
					ticks((uint64_t)ceil(3 * MICROSECOND * hz))};
	uint64_t kind = sim_random(&seed) % 16;
	if (kind == 0)
		draw_theft(set, &seed, hz);
	else if (kind == 1 && set->count > 1)
		draw_plot(set, &seed, hz);
	else
		draw_servers(set, &seed, hz);
	for (uint32_t j = 0; j < set->count; j++)
		longest = longest > set->servers[j].r.period.raw ? longest : set->servers[j].r.period.raw;
	set->until = 5 * longest;
}

static bool is_admitted(const struct sim_set *set, const struct admit_cost *cost)
{
	struct admit_reservation r[SIM_SERVER_MAX];
	struct admit_reason why;

	for (uint32_t j = 0; j < set->count; j++)
		r[j] = set->servers[j].r;
	return admit_cpu(r, set->count, cost, &why);
}

static void scale(struct sim_set *set, const struct sim_set *from, uint32_t parts)
{
	for (uint32_t j = 0; j < set->count; j++) {
		uint64_t q = from->servers[j].r.budget.raw * parts >> 12;
		uint64_t d = from->servers[j].r.deadline.raw;
		set->servers[j].r.budget = ticks(q == 0 ? 1 : q > d ? d : q);
	}
}

/* The largest budgets in the same proportions that are admitted. */
static void move_to_edge(struct sim_set *set, const struct admit_cost *cost)
{
	struct sim_set from = *set;
	uint32_t low = 0, high = 1U << 20;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		scale(set, &from, middle);
		if (is_admitted(set, cost))
			low = middle;
		else
			high = middle;
	}
	scale(set, &from, low);
}

static void promise(struct sim_set *set, const struct admit_cost *cost)
{
	struct admit_reservation r[SIM_SERVER_MAX];

	for (uint32_t j = 0; j < set->count; j++)
		r[j] = set->servers[j].r;
	for (uint32_t j = 0; j < set->count; j++)
		set->servers[j].lost = admit_lost(r, set->count, j, cost);
}

/* False: this one is not admitted. */
static bool make(struct sim_set *set, uint64_t number, enum experiment experiment)
{
	const struct admit_cost nothing = {ticks(0), ticks(0), ticks(0)};

	draw(set, number);
	const struct admit_cost *cost = experiment == WITHOUT_COSTS ? &nothing : &set->cost;
	if (number % 2 == 0)
		move_to_edge(set, cost);
	if (!is_admitted(set, cost))
		return false;
	promise(set, cost);
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
		promise(&less, &less.cost);
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
	printf("# switch %" PRIu64 ", interrupt %" PRIu64 ", step %" PRIu64 ", slice %" PRIu64 ", hogs %" PRIu32
	       ", together %" PRIu64 ", seed %#" PRIx64 "\n",
	       set->cost.switch_ticks.raw, set->cost.interrupt_ticks.raw, set->cost.longest_step.raw, set->slice,
	       set->hogs, set->together, set->seed);
	for (uint32_t j = 0; j < set->count; j++) {
		const struct sim_server *v = &set->servers[j];
		printf("#   server %" PRIu32 ": Q %" PRIu64 ", P %" PRIu64 ", D %" PRIu64 ", lost %" PRIu64
		       ", habit %d, contexts %" PRIu32 ", seed %#" PRIx64 "\n",
		       j, v->r.budget.raw, v->r.period.raw, v->r.deadline.raw, v->lost, (int)v->habit, v->contexts,
		       v->seed);
	}
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

static int tell(unsigned number, const char *what, bool is_ok)
{
	printf("%s %u - %s\n", is_ok ? "ok" : "not ok", number, what);
	fflush(stdout);
	return is_ok ? 0 : 1;
}

int main(void)
{
	const char *given = getenv("TAKT_SEED");
	int failures = 0;

	total.seed = given != NULL ? strtoull(given, NULL, 0) : 1;
	printf("# TAKT_SEED=%" PRIu64 "\n1..3\n", total.seed);
	uint32_t broken = run(WITH_COSTS, SETS, true);
	printf("# %" PRIu64 " sets drawn, %" PRIu64 " admitted, %" PRIu64 " servers (%" PRIu64 " shared, %" PRIu64
	       " with D < P), %" PRIu64 " promised something, %" PRIu64 " tested: %" PRIu64 " intervals, %" PRIu64
	       " switches\n",
	       total.drawn, total.admitted, total.servers, total.shared, total.constrained, total.promising,
	       total.looked, total.looks, total.switches);
	failures += tell(1, "no supply below what was promised", broken == 0 && total.looked > total.promising / 4);
	broken = run(WITHOUT_COSTS, SETS_BROKEN, false);
	printf("# %" PRIu32 " of %u sets admitted without costs break a promise\n", broken, SETS_BROKEN);
	failures += tell(2, "without costs in admission it fails", broken > SETS_BROKEN / 2);
	broken = run(UNPAID, SETS_BROKEN, false);
	printf("# %" PRIu32 " of %u sets break a promise when preemption is not paid\n", broken, SETS_BROKEN);
	failures += tell(3, "with preemption unpaid it fails", broken > SETS_BROKEN / 100);
	return failures != 0;
}
