/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched tests/proof/sets.c tests/proof/supply_sim.c logic/admit.c */
/*
 * Changes of modes, by experiment, as tests/proof/test_supply.c: pairs of random sets, each admitted, whose change
 * admit_change admits too, with the costs of a board. The real scheduler goes from one to the other in the order of
 * core/mode.h while contexts sleep and wake as they like. No server gets less than its old reservation promises before
 * its change, its new one behind it, and the lesser of both over it; none is late. And the experiment can tell: where
 * everybody changes at once the same pairs break promises.
 *
 * The series of sets is the same in every run; TAKT_SEED makes it another one.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/proof/sets.h"

#define PAIRS 20000U
#define PAIRS_BROKEN 2000U
#define STEPS 4000U

static struct {
	uint64_t seed;
	uint64_t drawn, refused, changed, there, looks;
} total;

static uint64_t longest_period(const struct sim_set *set)
{
	uint64_t longest = 0;
	for (uint32_t j = 0; j < set->count; j++)
		longest = longest > set->servers[j].r.period.raw ? longest : set->servers[j].r.period.raw;
	return longest;
}

/* The servers exchange their parts of the CPU, and want all of them: what one takes another has to have given. */
static void exchange(struct sim_set *set, struct sim_set *other)
{
	for (uint32_t j = 0; j < set->count; j++) {
		const struct admit_reservation *its = &set->servers[set->count - 1 - j].r;
		struct admit_reservation r = set->servers[j].r;
		double part = (double)its->budget.raw / (double)its->deadline.raw;
		uint64_t q = (uint64_t)(part * (double)r.deadline.raw);
		r.budget = ticks(q == 0 ? 1 : q);
		other->servers[j].r = r;
		set->servers[j].habit = SIM_BUSY;
	}
}

/* The second set is of the first one's servers; false: something is not admitted. */
static bool make(struct sim_set *set, struct sim_mode *mode, uint64_t number, bool is_at_once)
{
	static struct sim_set other;
	uint64_t seed = number + 1;

	sets_draw(set, (total.seed << 32) + 2 * number);
	sets_draw(&other, (total.seed << 32) + 2 * number + 1);
	if (set->count > other.count)
		set->count = other.count;
	other.count = set->count;
	if (set->count < 2)
		return false;
	if (number % 4 != 0) {
		sets_move_to_edge(set, &set->cost);
		sets_move_to_edge(&other, &set->cost);
	}
	if (number % 2 == 0 || is_at_once)
		exchange(set, &other);
	if (!sets_is_admitted(set, &set->cost) || !sets_is_admitted(&other, &set->cost))
		return false;
	sets_promise(set, &set->cost);
	set->way_back = set->cost.switch_ticks.raw + set->cost.interrupt_ticks.raw;
	if (!sets_change(set, &other, mode)) {
		total.refused++;
		return false;
	}
	mode->begins = (uint32_t)sim_between(&seed, 1, STEPS / 4);
	mode->is_at_once = is_at_once;
	set->mode = mode;
	set->steps = STEPS;
	set->until = 10 * (longest_period(set) + longest_period(&other));
	return true;
}

static uint32_t run(uint32_t pairs, bool is_at_once)
{
	static struct sim_set set;
	static struct sim_mode mode;
	uint32_t broken = 0;

	for (uint64_t number = 0; pairs != 0; number++) {
		struct sim_result r;
		total.drawn++;
		if (!make(&set, &mode, number, is_at_once))
			continue;
		pairs--;
		sim_run(&set, &r);
		total.changed += r.changed;
		total.there += r.is_there;
		total.looks += r.looks;
		if (r.verdict == SIM_KEPT)
			continue;
		if (broken++ == 0 && !is_at_once) {
			printf("# pair %" PRIu64 " of TAKT_SEED=%" PRIu64 ": server %" PRIu32 " %s: %" PRIu64
			       " of %" PRIu64 " ticks in [%" PRIu64 ", +%" PRIu64 "), changed %" PRIu32 "\n",
			       number, total.seed, r.server, r.verdict == SIM_LATE ? "is late" : "gets too little",
			       r.have, r.promised, r.from, r.to - r.from, r.changed);
			sets_print(&set);
			for (uint32_t j = 0; j < set.count; j++)
				printf("#   then %" PRIu32 ": Q %" PRIu64 ", P %" PRIu64 ", D %" PRIu64
				       ", lost %" PRIu64 "\n",
				       j, mode.next[j].budget.raw, mode.next[j].period.raw, mode.next[j].deadline.raw,
				       mode.lost[j]);
		}
	}
	return broken;
}

int main(void)
{
	int failures = 0;

	total.seed = sets_begin(2);
	uint32_t broken = run(PAIRS, false);
	printf("# %" PRIu64 " pairs drawn, %" PRIu64 " changes of two admitted sets refused, %" PRIu64
	       " servers changed, %" PRIu64 " of %u changes complete, %" PRIu64 " intervals\n",
	       total.drawn, total.refused, total.changed, total.there, PAIRS, total.looks);
	failures += sets_tell(1, "no supply below the lesser of both modes", broken == 0 && total.there > PAIRS / 3);
	broken = run(PAIRS_BROKEN, true);
	printf("# %" PRIu32 " of %u pairs break a promise where all change at once\n", broken, PAIRS_BROKEN);
	failures += sets_tell(2, "where all change at once it fails", broken > PAIRS_BROKEN / 100);
	return failures != 0;
}
