/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/admit.c */
/* Admission against definitions that are counted out: supply tick by tick, demand at every point, fixed-priority
 * response at every tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logic/admit.h"

static struct admit_reason why;
static const struct admit_cost no_cost;

static struct admit_reservation reservation(uint64_t q, uint64_t p, uint64_t d)
{
	return (struct admit_reservation){ticks(q), ticks(p), ticks(d)};
}

static struct admit_task task(uint64_t period, uint64_t wcet, uint64_t deadline, uint64_t jitter)
{
	return (struct admit_task){ticks(period), ticks(wcet), ticks(deadline), ticks(jitter)};
}

static uint64_t state = 42;

static uint64_t between(uint64_t low, uint64_t high)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return low + (state >> 33) % (high - low + 1);
}

/* The worst case of EDP: the budget first comes as early as it can, from then on as late; the interval begins when it
 * is used up. */
static uint64_t counted_supply(uint64_t q, uint64_t p, uint64_t d, uint64_t t)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < t; i++) {
		uint64_t at = q + i; /* since the first release */
		sum += at >= p && at % p >= d - q && at % p < d;
	}
	return sum;
}

static void supply_is_as_counted(void **unused)
{
	(void)unused;
	for (unsigned n = 0; n < 300; n++) {
		uint64_t p = between(1, 12), d = between(1, p), q = between(1, d);
		struct admit_reservation r = reservation(q, p, d);
		for (uint64_t t = 0; t < 50; t++) {
			uint64_t supply = admit_supply(&r, 0, t);
			assert_int_equal(supply, counted_supply(q, p, d, t));
			assert_true(admit_supply_linear(&r, 0, t) <= supply);
			if (supply != 0) {
				uint64_t when = admit_supply_time(&r, 0, supply);
				assert_true(when <= t && admit_supply(&r, 0, when) >= supply);
				assert_true(admit_supply(&r, 0, when - 1) < supply);
			}
		}
	}
}

/* Demand at most supply at each t up to a point well past any busy interval of these small sets. */
static bool counted_edf(const struct admit_task *tasks, uint32_t count, const struct admit_reservation *r)
{
	for (uint64_t t = 1; t < 20000; t++) {
		uint64_t demand = 0;
		for (uint32_t k = 0; k < count; k++) {
			uint64_t last = t + tasks[k].jitter.raw;
			if (last >= tasks[k].deadline.raw)
				demand +=
					((last - tasks[k].deadline.raw) / tasks[k].period.raw + 1) * tasks[k].wcet.raw;
		}
		if (demand > admit_supply(r, 0, t))
			return false;
	}
	return true;
}

static bool counted_fixed(const struct admit_task *tasks, uint32_t count, const struct admit_reservation *r)
{
	for (uint32_t i = 0; i < count; i++) {
		bool is_met = false;
		for (uint64_t t = 1; t <= tasks[i].deadline.raw - tasks[i].jitter.raw && !is_met; t++) {
			uint64_t need = tasks[i].wcet.raw;
			for (uint32_t k = 0; k < i; k++)
				need += (t + tasks[k].jitter.raw + tasks[k].period.raw - 1) / tasks[k].period.raw *
					tasks[k].wcet.raw;
			is_met = need <= admit_supply(r, 0, t);
		}
		if (!is_met)
			return false;
	}
	return true;
}

static uint32_t draw_tasks(struct admit_task *tasks)
{
	uint32_t count = (uint32_t)between(1, 4);

	for (uint32_t k = 0; k < count; k++) {
		uint64_t period = between(4, 40), deadline = between(3, period);
		tasks[k] = task(period, between(1, 1 + deadline / 6), deadline, between(0, deadline / 4));
	}
	return count;
}

static void task_tests_are_exact(void **unused)
{
	unsigned accepted = 0, complex_sets = 0;

	(void)unused;
	for (unsigned n = 0; n < 400; n++) {
		struct admit_task tasks[4];
		uint32_t count = draw_tasks(tasks);
		uint64_t p = between(1, 12), d = between(1, p);
		struct admit_reservation r = reservation(between(1, d), p, d);
		bool is_accepted = admit_tasks(tasks, count, ADMIT_EDF, &r, 0, &why);
		accepted += is_accepted;
		complex_sets += why.test == ADMIT_COMPLEX;
		if (why.test != ADMIT_COMPLEX)
			assert_int_equal(is_accepted, counted_edf(tasks, count, &r));
		assert_int_equal(admit_tasks(tasks, count, ADMIT_FIXED_PRIORITY, &r, 0, &why),
				 counted_fixed(tasks, count, &r));
	}
	assert_in_range(accepted, 40, 360);
	assert_in_range(complex_sets, 0, 40);
}

static void an_interface_is_the_smallest(void **unused)
{
	(void)unused;
	for (unsigned n = 0; n < 200; n++) {
		struct admit_task tasks[4];
		uint32_t count = draw_tasks(tasks);
		enum admit_policy policy = n % 2 == 0 ? ADMIT_EDF : ADMIT_FIXED_PRIORITY;
		struct admit_reservation r = reservation(0, between(2, 10), 0);
		r.deadline = r.period;
		if (!admit_interface(tasks, count, policy, 0, &r, &why)) {
			assert_int_not_equal(why.test, ADMIT_OK);
			continue;
		}
		assert_true(admit_tasks(tasks, count, policy, &r, 0, &why));
		r.budget.raw--;
		assert_true(r.budget.raw == 0 || !admit_tasks(tasks, count, policy, &r, 0, &why));
	}
}

static void a_refusal_says_where(void **unused)
{
	struct admit_task tasks[] = {task(10, 2, 10, 0), task(20, 6, 7, 0)};
	struct admit_reservation half = reservation(6, 10, 10), all = reservation(1, 1, 1);

	(void)unused;
	assert_false(admit_tasks(tasks, 2, ADMIT_EDF, &half, 0, &why));
	assert_int_equal(why.test, ADMIT_DEMAND);
	assert_true(why.demand > why.supply && why.supply == admit_supply(&half, 0, why.at));
	assert_false(admit_tasks(tasks, 2, ADMIT_FIXED_PRIORITY, &all, 0, &why));
	assert_int_equal(why.test, ADMIT_RESPONSE);
	assert_int_equal(why.index, 1);
	assert_int_equal(why.at, 7);
	assert_int_equal(why.demand, 8);
	assert_int_equal(why.supply, 7);
	half.budget = ticks(4);
	assert_false(admit_tasks(tasks, 2, ADMIT_EDF, &half, 0, &why));
	assert_int_equal(why.test, ADMIT_UTILISATION);
	tasks[1].wcet = ticks(0);
	assert_false(admit_tasks(tasks, 2, ADMIT_EDF, &half, 0, &why));
	assert_int_equal(why.test, ADMIT_VALUE);
	assert_int_equal(why.index, 1);
}

static void a_cpu_is_filled_exactly(void **unused)
{
	struct admit_reservation thirds[] = {reservation(10, 30, 30), reservation(7, 21, 21), reservation(4, 12, 12)};
	struct admit_reservation tight[] = {reservation(3, 10, 5), reservation(4, 10, 10)};
	struct admit_cost cost = {ticks(0), ticks(0), ticks(1)};

	(void)unused;
	assert_true(admit_cpu(thirds, 3, &no_cost, &why));
	thirds[0].budget = ticks(11);
	assert_false(admit_cpu(thirds, 3, &no_cost, &why));
	assert_true(admit_cpu(tight, 2, &no_cost, &why)); /* at 5: 3 + 2; at 10: 3 + 1 + 4 */
	assert_false(admit_cpu(tight, 2, &cost, &why));
	assert_int_equal(why.test, ADMIT_DEMAND);
	assert_int_equal(why.at, 5);
	assert_int_equal(why.demand, 5 + 3); /* one step under way, and one that each ends with */
	tight[0].deadline = ticks(2);
	assert_false(admit_cpu(tight, 2, &no_cost, &why));
	assert_int_equal(why.test, ADMIT_VALUE);
	assert_true(admit_cpu(NULL, 0, &cost, &why));
}

static void costs_count(void **unused)
{
	struct admit_reservation set[] = {reservation(40, 100, 100), reservation(400, 1000, 1000)};
	struct admit_cost cost = {ticks(5), ticks(3), ticks(2)};

	(void)unused;
	assert_false(admit_cpu(set, 2, &cost, &why));
	assert_int_equal(why.at, 100);
	assert_int_equal(why.demand, 40 + 40 + 3 * 8);
	set[1].budget = ticks(360);
	assert_true(admit_cpu(set, 2, &cost, &why));
	set[0].budget = ticks(41);
	assert_false(admit_cpu(set, 2, &cost, &why));
	assert_true(admit_cpu(set, 2, &no_cost, &why));
	set[0].budget = ticks(40);
	assert_int_equal(admit_lost(set, 2, 0, &cost), 8 + 2 * 8 + 2 * 8);
	assert_int_equal(admit_lost(set, 2, 1, &cost), 8 + 2 * 8 + 11 * 8);
	cost.longest_step = ticks(20);
	assert_int_equal(admit_lost(set, 2, 0, &cost), 20 + 2 * 8 + 2 * 8);
	struct admit_task tasks[] = {task(50, 1, 50, 0), task(100, 1, 100, 1), task(300, 1, 300, 0)};
	assert_int_equal(admit_wakes(tasks, 3, &set[0], &cost), (2 + 2 + 1 - 1) * 8);
	assert_int_equal(admit_wakes(tasks, 0, &set[0], &cost), 0);
}

/* An exchange is no overload; a short deadline of one mode must have room for the other. */
static void changes_fit_in_the_shortest_deadline(void **unused)
{
	struct admit_reservation normal[] = {reservation(70, 100, 100), reservation(20, 100, 100)};
	struct admit_reservation other[] = {reservation(20, 100, 100), reservation(70, 100, 100)};
	struct admit_cost cost = {ticks(0), ticks(0), ticks(3)};

	(void)unused;
	assert_true(admit_change(normal, other, 2, &cost, &why)); /* 90 + 3 steps */
	cost.longest_step = ticks(4);
	assert_false(admit_change(normal, other, 2, &cost, &why));
	assert_int_equal(why.test, ADMIT_DEMAND);
	assert_true(why.demand == 90 + 3 * 4 && why.at == 100);
	cost.longest_step = ticks(1);
	other[0] = reservation(1, 20, 10);
	other[1].budget = ticks(50);
	assert_true(admit_cpu(other, 2, &cost, &why));
	assert_false(admit_change(normal, other, 2, &cost, &why)); /* 7 + 2 and 3 steps; 1 + 5 and 3 would do */
	assert_true(why.demand == 12 && why.at == 10);
	assert_false(admit_change(other, normal, 2, &cost, &why));
	normal[0].budget = ticks(50);
	assert_true(admit_change(normal, other, 2, &cost, &why));
	other[1].budget = ticks(0);
	assert_false(admit_change(normal, other, 2, &cost, &why));
	assert_int_equal(why.test, ADMIT_VALUE);
	assert_true(admit_change(NULL, NULL, 0, &cost, &why));
}

static void changes_of_ranks_count_the_greater_budget(void **unused)
{
	struct admit_reservation normal[] = {reservation(20, 100, 100), reservation(5, 100, 100),
					     reservation(100, 1000, 1000)};
	struct admit_reservation other[] = {reservation(5, 100, 100), reservation(20, 100, 100),
					    reservation(100, 1000, 1000)};
	const uint32_t ranks[] = {1, 2, 3};

	(void)unused;
	assert_true(admit_cpu_fixed(normal, ranks, 3, &no_cost, &why));
	assert_true(admit_change_fixed(normal, other, ranks, 3, &no_cost, &why));
	/* Of 1000 ticks the last one needs Q; the others' bursts 20 + 19 and 20 + 19, and 250 in the long run. */
	normal[2].budget = ticks(672);
	other[2].budget = ticks(672);
	assert_true(admit_cpu_fixed(normal, ranks, 3, &no_cost, &why));
	assert_true(admit_change_fixed(normal, other, ranks, 3, &no_cost, &why));
	other[2].budget = ticks(673);
	assert_true(admit_cpu_fixed(normal, ranks, 3, &no_cost, &why));
	assert_false(admit_change_fixed(normal, other, ranks, 3, &no_cost, &why));
	assert_int_equal(why.test, ADMIT_RESPONSE);
	assert_true(why.index == 2 && why.demand == 1001 && why.at == 1000);
	assert_false(admit_change_fixed(other, normal, ranks, 3, &no_cost, &why));
	/* A set that goes to itself is no more than itself. */
	for (uint64_t q = 1; q <= 1000; q++) {
		normal[2].budget = ticks(q);
		assert_int_equal(admit_change_fixed(normal, normal, ranks, 3, &no_cost, &why),
				 admit_cpu_fixed(normal, ranks, 3, &no_cost, &why));
	}
}

static void commits_are_checked(void **unused)
{
	struct admit_account account = {0, 0};
	struct admit_reservation half = reservation(50, 100, 100), more = reservation(51, 1000, 100),
				 bad = reservation(5, 4, 4);

	(void)unused;
	assert_int_equal(admit_commit(&account, 0, NULL, &half), STATUS_OK);
	assert_int_equal(admit_commit(&account, 0, NULL, &half), STATUS_BUSY);
	assert_int_equal(admit_commit(&account, 1, NULL, &more), STATUS_NO_SPACE);
	assert_int_equal(admit_commit(&account, 1, NULL, &bad), STATUS_RANGE);
	assert_int_equal(admit_commit(&account, 1, &half, &more), STATUS_OK);
	assert_int_equal(admit_commit(&account, 2, &more, NULL), STATUS_OK);
	assert_true(account.density == 0 && account.generation == 3);
	for (unsigned n = 0; n < 1000; n++) {
		uint64_t d = between(1, UINT64_C(1) << between(1, 30)) << between(0, 14),
			 q = between(1, 1000) * d / 1000 + 1;
		struct admit_reservation r = reservation(q < d ? q : d, d, d);
		uint64_t density = admit_density(&r);
		assert_true((__uint128_t)density * d >= (__uint128_t)r.budget.raw << 31);
		assert_true((__uint128_t)(density - 4) * d <= (__uint128_t)r.budget.raw << 31 || density < 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supply_is_as_counted),
		cmocka_unit_test(task_tests_are_exact),
		cmocka_unit_test(an_interface_is_the_smallest),
		cmocka_unit_test(a_refusal_says_where),
		cmocka_unit_test(a_cpu_is_filled_exactly),
		cmocka_unit_test(costs_count),
		cmocka_unit_test(changes_fit_in_the_shortest_deadline),
		cmocka_unit_test(changes_of_ranks_count_the_greater_budget),
		cmocka_unit_test(commits_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
