/* SPDX-License-Identifier: Apache-2.0 */
/* Random sets of reservations: tests/proof/sets.h. */
#include "tests/proof/sets.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 2000U
#define MICROSECOND 1e-6

/* 0 to 1, both excluded. */
double sets_unit(uint64_t *seed) { return ((double)(sim_random(seed) & 0xffffffffffU) + 0.5) / 0x1p40; }

/* low to high, each order of magnitude alike. */
double sets_spread(uint64_t *seed, double low, double high) { return low * pow(high / low, sets_unit(seed)); }

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
	double low = sets_spread(seed, 10 * MICROSECOND, 0.1);
	double high = sets_spread(seed, low, 1);
	double left = sets_unit(seed);
	bool is_implicit = sim_random(seed) % 2 == 0;
	uint64_t plan = sim_random(seed) % 4;

	for (uint32_t j = 0; j < set->count; j++) {
		uint32_t rest = set->count - j - 1;
		double next = rest != 0 ? left * pow(sets_unit(seed), 1.0 / rest) : 0;
		double period = sets_spread(seed, low, high) * hz;
		double budget = (left - next) * period;
		double deadline = is_implicit ? period : budget + (period - budget) * sets_unit(seed);
		left = next;
		struct sim_server *v = &set->servers[j];
		v->r = reservation(budget, period, deadline);
		v->habit = plan == 0 ? sim_random(seed) % SIM_HABITS : SIM_BUSY;
		if (plan != 0 && j != 0)
			v->habit = plan == 1 ? SIM_FLUTTER : plan == 2 ? SIM_MISER : SIM_RANDOM;
		v->contexts = sim_random(seed) % 8 == 0 ? 2 : 1;
		v->seed = sim_random(seed);
	}
	set->together = (uint64_t)(sets_spread(seed, low, high) * hz) + 1;
}

static struct sim_server server(struct admit_reservation r, enum sim_habit habit, uint64_t *seed)
{
	return (struct sim_server){.r = r, .habit = habit, .contexts = 1, .seed = sim_random(seed)};
}

/* A short deadline beside many that plot against it. */
static void draw_plot(struct sim_set *set, uint64_t *seed, double hz)
{
	double period = sets_spread(seed, 1e-3, 0.1) * hz;

	for (uint32_t j = 0; j < set->count; j++) {
		double p = j != 0 ? period : period / (3 + 30 * sets_unit(seed));
		double q = j != 0 ? p * 0.3 * sets_unit(seed) / set->count : p * sets_unit(seed);
		set->servers[j] = server(reservation(q, p, p), j != 0 ? SIM_PLOT : SIM_BUSY, seed);
	}
	set->together = (uint64_t)period;
}

/* One that always wants to run, beside one that is more urgent, has more, and sleeps and wakes all the time. */
static void draw_theft(struct sim_set *set, uint64_t *seed, double hz)
{
	double period = sets_spread(seed, 1e-4, 0.1) * hz;
	double share = 0.05 + 0.25 * sets_unit(seed);
	double earlier = period / (1 + 3 * sets_unit(seed));

	set->count = 2;
	set->servers[0] = server(reservation(share * period, period, period), SIM_BUSY, seed);
	set->servers[1] = server(reservation(2 * share * earlier, earlier, earlier), SIM_FLUTTER, seed);
	set->together = 1;
}

void sets_draw(struct sim_set *set, uint64_t number)
{
	uint64_t seed = number * UINT64_C(0x9e3779b97f4a7c15) | 1;
	(void)sim_random(&seed);
	double hz = sim_random(&seed) % 2 == 0 ? 62.5e6 : 1e9;
	uint64_t longest = 0;

	*set = (struct sim_set){.count = (uint32_t)sets_spread(&seed, 1, SIM_SERVER_MAX + 1),
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

bool sets_is_admitted(const struct sim_set *set, const struct admit_cost *cost)
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
void sets_move_to_edge(struct sim_set *set, const struct admit_cost *cost)
{
	struct sim_set from = *set;
	uint32_t low = 0, high = 1U << 20;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		scale(set, &from, middle);
		if (sets_is_admitted(set, cost))
			low = middle;
		else
			high = middle;
	}
	scale(set, &from, low);
}

void sets_promise(struct sim_set *set, const struct admit_cost *cost)
{
	struct admit_reservation r[SIM_SERVER_MAX];

	for (uint32_t j = 0; j < set->count; j++)
		r[j] = set->servers[j].r;
	for (uint32_t j = 0; j < set->count; j++)
		set->servers[j].lost = admit_lost(r, set->count, j, cost);
}

static ticks_t lesser(ticks_t a, ticks_t b) { return a.raw < b.raw ? a : b; }
static ticks_t greater(ticks_t a, ticks_t b) { return a.raw > b.raw ? a : b; }

/* As tools/takt/modes.c: the least of both for itself, what comes most often for others. */
static void blend(const struct sim_set *from, const struct sim_set *to, uint32_t mine, struct admit_reservation *r)
{
	for (uint32_t j = 0; j < from->count; j++) {
		const struct admit_reservation *a = &from->servers[j].r;
		const struct admit_reservation *b = &to->servers[j].r;
		r[j] = (struct admit_reservation){
			lesser(a->budget, b->budget),
			j == mine ? greater(a->period, b->period) : lesser(a->period, b->period),
			j == mine ? greater(a->deadline, b->deadline) : lesser(a->deadline, b->deadline)};
	}
}

static bool is_least_urgent(const struct sim_set *set, uint32_t mine)
{
	for (uint32_t j = 0; j < set->count; j++)
		if (set->servers[j].r.deadline.raw > set->servers[mine].r.deadline.raw)
			return false;
	return true;
}

bool sets_change(const struct sim_set *from, const struct sim_set *to, struct sim_mode *mode)
{
	struct admit_reservation a[SIM_SERVER_MAX], b[SIM_SERVER_MAX], r[SIM_SERVER_MAX];
	struct admit_reason why;

	for (uint32_t j = 0; j < from->count; j++) {
		a[j] = from->servers[j].r;
		b[j] = to->servers[j].r;
		mode->next[j] = b[j];
	}
	if (!admit_change(a, b, from->count, &from->cost, &why))
		return false;
	for (uint32_t j = 0; j < from->count; j++) {
		blend(from, to, j, r);
		mode->sure[j] = r[j];
		mode->lost[j] = admit_lost(r, from->count, j, &from->cost);
		if (is_least_urgent(from, j))
			mode->lost[j] += (2 * from->count + 4) * from->cost.longest_step.raw;
	}
	return true;
}

void sets_print(const struct sim_set *set)
{
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

uint64_t sets_begin(unsigned tests)
{
	const char *given = getenv("TAKT_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 1;

	printf("# TAKT_SEED=%" PRIu64 "\n1..%u\n", seed, tests);
	return seed;
}

int sets_tell(unsigned number, const char *what, bool is_ok)
{
	printf("%s %u - %s\n", is_ok ? "ok" : "not ok", number, what);
	fflush(stdout);
	return is_ok ? 0 : 1;
}
