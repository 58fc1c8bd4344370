/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admission tests. Times are at most 2^44 and counts at most 64, horizons at most 2^56, so that sums of demands fit
 * 64 bits; what could exceed them is checked. Utilisations are parts of 2^32, rounded against the applicant. Contract
 * and sources: logic/admit.h.
 */
#include "logic/admit.h"
#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"

#define ONE (UINT64_C(1) << 32)
#define HORIZON_MAX (UINT64_C(1) << 56)
#define RESPONSE_ROUNDS_MAX 65536U

__extension__ typedef unsigned __int128 wide_t;

/* One source of demand: c ticks every t, each due after d, released up to j late. */
struct item {
	uint64_t t, c, d, j;
};

struct demand {
	struct item items[ADMIT_RESERVATION_MAX];
	uint32_t count;
	uint64_t blocking;
	struct admit_reservation supply;
	uint64_t lost;
};

_Static_assert(ADMIT_TASK_MAX == ADMIT_RESERVATION_MAX, "struct demand holds either");

static bool refuse(struct admit_reason *why, enum admit_test test, uint64_t at, uint64_t demand, uint64_t supply)
{
	*why = (struct admit_reason){.test = test, .index = 0, .at = at, .demand = demand, .supply = supply};
	return false;
}

static bool refuse_item(struct admit_reason *why, uint32_t index)
{
	*why = (struct admit_reason){.test = ADMIT_VALUE, .index = index};
	return false;
}

static bool accept(struct admit_reason *why)
{
	*why = (struct admit_reason){.test = ADMIT_OK};
	return true;
}

/* floor(a b / c), by long division where it must be; UINT64_MAX when it doesn't fit. 0 < c < 2^63. */
static uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	wide_t product = (wide_t)a * b;
	uint64_t rest = 0;
	wide_t quotient = 0;

	if (product >> 64 == 0)
		return (uint64_t)product / c;
	for (unsigned bit = 128; bit-- != 0;) {
		LOOP_BOUND(128);
		rest = rest << 1 | (uint64_t)(product >> bit & 1);
		quotient <<= 1;
		if (rest >= c) {
			rest -= c;
			quotient |= 1;
		}
	}
	return quotient >> 64 != 0 ? UINT64_MAX : (uint64_t)quotient;
}

/* The same, rounded up. */
static uint64_t mul_div_up(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t down = mul_div(a, b, c);

	return down == UINT64_MAX || (wide_t)down * c == (wide_t)a * b ? down : down + 1;
}

/* Parts of 2^32, rounded up. */
static uint64_t ratio_up(uint64_t part, uint64_t whole) { return mul_div_up(part, ONE, whole); }

static bool is_reservation(const struct admit_reservation *r)
{
	return r->budget.raw != 0 && r->budget.raw <= r->deadline.raw && r->deadline.raw <= r->period.raw &&
	       r->period.raw <= ADMIT_TIME_MAX;
}

static bool is_task(const struct admit_task *t, enum admit_policy policy)
{
	return t->wcet.raw != 0 && t->wcet.raw <= t->period.raw && t->period.raw <= ADMIT_TIME_MAX &&
	       t->wcet.raw <= t->deadline.raw && t->deadline.raw <= ADMIT_TIME_MAX && t->jitter.raw < t->deadline.raw &&
	       (policy == ADMIT_EDF || t->deadline.raw <= t->period.raw);
}

/* Supply */

static uint64_t useful_budget(const struct admit_reservation *r, uint64_t lost)
{
	return r->budget.raw > lost ? r->budget.raw - lost : 0;
}

static uint64_t blackout(const struct admit_reservation *r, uint64_t useful)
{
	return r->period.raw + r->deadline.raw - 2 * useful;
}

uint64_t admit_supply(const struct admit_reservation *r, uint64_t lost, uint64_t t)
{
	uint64_t q = useful_budget(r, lost);
	uint64_t first = r->deadline.raw - q;

	if (q == 0 || t < first)
		return 0;
	uint64_t y = (t - first) / r->period.raw;
	uint64_t begins = blackout(r, q) + y * r->period.raw;
	return y * q + (t > begins ? t - begins : 0);
}

uint64_t admit_supply_linear(const struct admit_reservation *r, uint64_t lost, uint64_t t)
{
	uint64_t q = useful_budget(r, lost);
	uint64_t x = blackout(r, q);

	return t > x ? mul_div(t - x, q, r->period.raw) : 0;
}

uint64_t admit_supply_time(const struct admit_reservation *r, uint64_t lost, uint64_t demand)
{
	uint64_t q = useful_budget(r, lost);
	uint64_t whole, time;

	if (demand == 0)
		return 0;
	if (q == 0)
		return UINT64_MAX;
	uint64_t periods = (demand - 1) / q; /* given in full before the one that ends it */
	if (!checked_mul(periods, r->period.raw, &whole) ||
	    !checked_add(whole, blackout(r, q) + (demand - periods * q), &time))
		return UINT64_MAX;
	return time;
}

/* Demand */

static uint64_t item_demand(const struct item *i, uint64_t t)
{
	return t + i->j < i->d ? 0 : ((t + i->j - i->d) / i->t + 1) * i->c;
}

/* All that is due within an interval of length t; saturates. */
static uint64_t total_demand(const struct demand *set, uint64_t t)
{
	uint64_t sum = set->blocking;

	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		if (!checked_add(sum, item_demand(&set->items[k], t), &sum))
			return UINT64_MAX;
	}
	return sum;
}

/* The latest point up to t at which demand steps up; false when there is none. */
static bool last_step(const struct demand *set, uint64_t t, uint64_t *step)
{
	bool has_step = false;

	*step = 0;
	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		const struct item *i = &set->items[k];
		uint64_t first = i->d - i->j;
		if (t < first)
			continue;
		uint64_t at = t - (t - first) % i->t;
		has_step = true;
		*step = at > *step ? at : *step;
	}
	return has_step;
}

/* Demand in the long run in parts of 2^32, rounded up. */
static uint64_t utilisation(const struct demand *set)
{
	uint64_t sum = 0;

	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		sum += ratio_up(set->items[k].c, set->items[k].t);
	}
	return sum;
}

/*
 * Beyond which time demand can't exceed supply any more. Demand is at most blocking + sum of U (t + T - D + J), supply
 * at least A (t - x): they cross before (A x + blocking + sum of U (T - D + J)) / (A - U).
 */
static uint64_t horizon(const struct demand *set, uint64_t gap)
{
	uint64_t q = useful_budget(&set->supply, set->lost);
	uint64_t offset = set->blocking + mul_div(blackout(&set->supply, q), q, set->supply.period.raw) + 1;

	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		const struct item *i = &set->items[k];
		if (i->t + i->j > i->d)
			offset += mul_div(i->t + i->j - i->d, i->c, i->t) + 1;
	}
	return mul_div(offset, ONE, gap);
}

/* Demand <= supply at every step of demand up to the horizon, from there downwards. */
static bool visit_steps(const struct demand *set, uint64_t from, struct admit_reason *why)
{
	uint64_t t;

	if (!last_step(set, from, &t))
		return accept(why);
	for (uint32_t visited = 0; visited < ADMIT_POINTS_MAX; visited++) {
		LOOP_BOUND(ADMIT_POINTS_MAX);
		uint64_t demand = total_demand(set, t);
		uint64_t supply = admit_supply(&set->supply, set->lost, t);
		if (demand > supply)
			return refuse(why, ADMIT_DEMAND, t, demand, supply);
		uint64_t met = admit_supply_time(&set->supply, set->lost, demand);
		if (!last_step(set, met < t ? met : t - 1, &t))
			return accept(why);
	}
	return refuse(why, ADMIT_COMPLEX, t, 0, 0);
}

static bool demand_test(const struct demand *set, struct admit_reason *why)
{
	uint64_t q = useful_budget(&set->supply, set->lost);
	uint64_t given = mul_div(q, ONE, set->supply.period.raw);
	uint64_t used = utilisation(set);

	if (set->count == 0)
		return accept(why);
	if (used >= given + set->count + 2)
		return refuse(why, ADMIT_UTILISATION, 0, used, given);
	if (used >= given)
		return refuse(why, ADMIT_COMPLEX, 0, used, given);
	uint64_t until = horizon(set, given - used);
	if (until > HORIZON_MAX)
		return refuse(why, ADMIT_COMPLEX, until, used, given);
	return visit_steps(set, until, why);
}

/* Reservations on a CPU */

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		LOOP_BOUND(96); /* Lame: below 1.45 log2 of the smaller */
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Sum of C / T <= 1, exactly; false also when the periods' common multiple is too long to count. */
static bool is_at_most_one(const struct demand *set)
{
	uint64_t multiple = 1;
	uint64_t sum = 0;

	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		uint64_t t = set->items[k].t;
		if (!checked_mul(multiple, t / greatest_common_divisor(multiple, t), &multiple))
			return false;
	}
	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		uint64_t part;
		if (!checked_mul(multiple / set->items[k].t, set->items[k].c, &part) || !checked_add(sum, part, &sum))
			return false;
	}
	return sum <= multiple;
}

/* Sum of C / T <= 1, exactly if it can be counted, else in parts of 2^32. */
static bool utilisation_test(const struct demand *set, struct admit_reason *why)
{
	uint64_t used = utilisation(set);

	if (used <= ONE || is_at_most_one(set))
		return accept(why);
	return refuse(why, used > ONE + set->count ? ADMIT_UTILISATION : ADMIT_COMPLEX, 0, used, ONE);
}

/* What a server that suspends itself as it likes can claim of an interval of length t: concave, with a bend at D. */
static uint64_t server_demand(const struct item *i, uint64_t t)
{
	return t < i->d ? mul_div_up(t, i->c, i->d) : i->c + mul_div_up(t - i->d, i->c, i->t);
}

/* Demand is concave, and in the long run not above supply: if it exceeds t anywhere, then at a bend. */
static bool bend_test(const struct demand *set, uint32_t bend, struct admit_reason *why)
{
	uint64_t t = set->items[bend].d;
	uint64_t sum = set->blocking;

	for (uint32_t k = 0; k < set->count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		sum += server_demand(&set->items[k], t);
	}
	return sum <= t ? accept(why) : refuse(why, ADMIT_DEMAND, t, sum, t);
}

static uint64_t switch_to(const struct admit_cost *cost) { return cost->switch_ticks.raw + cost->interrupt_ticks.raw; }

/* The longest step: an exit, or an interrupt with a switch. */
static uint64_t longest_step(const struct admit_cost *cost)
{
	return cost->longest_step.raw > switch_to(cost) ? cost->longest_step.raw : switch_to(cost);
}

/* Whether all values are in range. */
static bool is_set(const struct admit_reservation *set, uint32_t count, const struct admit_cost *cost,
		   struct admit_reason *why)
{
	if (count > ADMIT_RESERVATION_MAX || cost->longest_step.raw > ADMIT_TIME_MAX ||
	    cost->switch_ticks.raw > ADMIT_TIME_MAX || cost->interrupt_ticks.raw > ADMIT_TIME_MAX)
		return refuse_item(why, count);
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		if (!is_reservation(&set[k]))
			return refuse_item(why, k);
	}
	return true;
}

bool admit_cpu(const struct admit_reservation *set, uint32_t count, const struct admit_cost *cost,
	       struct admit_reason *why)
{
	struct demand d = {.count = count};

	if (!is_set(set, count, cost, why))
		return false;
	d.blocking = (count + 1) * longest_step(cost);
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		d.items[k] = (struct item){.t = set[k].period.raw, .c = set[k].budget.raw, .d = set[k].deadline.raw};
	}
	if (!utilisation_test(&d, why))
		return false;
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		if (!bend_test(&d, k, why))
			return false;
	}
	return accept(why);
}

/* What a server takes of any interval of length t from those below it; saturates. */
static uint64_t interference(const struct admit_reservation *r, uint64_t t)
{
	uint64_t c = r->budget.raw;
	uint64_t sum;

	return checked_add(c, mul_div_up(t + r->deadline.raw - c, c, r->period.raw), &sum) ? sum : UINT64_MAX;
}

bool admit_cpu_fixed(const struct admit_reservation *set, const uint32_t *ranks, uint32_t count,
		     const struct admit_cost *cost, struct admit_reason *why)
{
	if (!is_set(set, count, cost, why))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		uint64_t d = set[i].deadline.raw;
		uint64_t demand = set[i].budget.raw + (count + 1) * longest_step(cost);
		for (uint32_t k = 0; k < count; k++) {
			LOOP_BOUND(ADMIT_RESERVATION_MAX);
			if (k != i && ranks[k] <= ranks[i] && !checked_add(demand, interference(&set[k], d), &demand))
				demand = UINT64_MAX;
		}
		if (demand > d) {
			(void)refuse(why, ADMIT_RESPONSE, d, demand, d);
			why->index = i;
			return false;
		}
	}
	return accept(why);
}

/* All densities of a set over an interval no longer than any deadline. */
static uint64_t dense_demand(const struct admit_reservation *set, uint32_t count, uint64_t t)
{
	uint64_t sum = 0;

	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		sum += mul_div_up(t, set[k].budget.raw, set[k].deadline.raw);
	}
	return sum;
}

bool admit_change(const struct admit_reservation *from, const struct admit_reservation *to, uint32_t count,
		  const struct admit_cost *cost, struct admit_reason *why)
{
	uint64_t shortest = UINT64_MAX;

	if (!is_set(from, count, cost, why) || !is_set(to, count, cost, why))
		return false;
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		shortest = from[k].deadline.raw < shortest ? from[k].deadline.raw : shortest;
		shortest = to[k].deadline.raw < shortest ? to[k].deadline.raw : shortest;
	}
	uint64_t before = dense_demand(from, count, shortest);
	uint64_t behind = dense_demand(to, count, shortest);
	uint64_t demand = (before > behind ? before : behind) + (count + 1) * longest_step(cost);
	return count == 0 || demand <= shortest ? accept(why) : refuse(why, ADMIT_DEMAND, shortest, demand, shortest);
}

/* What a server takes over its change beside t times its Q / P. */
static uint64_t change_burst(const struct admit_reservation *a, const struct admit_reservation *b)
{
	uint64_t late = a->deadline.raw - a->budget.raw;
	uint64_t other = b->deadline.raw - b->budget.raw;
	late = late > other ? late : other;
	uint64_t before = mul_div_up(late, a->budget.raw, a->period.raw);
	uint64_t behind = mul_div_up(late, b->budget.raw, b->period.raw);

	return (a->budget.raw > b->budget.raw ? a->budget.raw : b->budget.raw) + (before > behind ? before : behind);
}

/* Server i of `mine` within the deadline that it has there, while those as urgent go from one set to the other. */
static bool change_response(const struct admit_reservation *from, const struct admit_reservation *to,
			    const uint32_t *ranks, uint32_t count, const struct admit_reservation *mine, uint32_t i,
			    uint64_t blocking, struct admit_reason *why)
{
	uint64_t d = mine[i].deadline.raw;
	uint64_t demand = mine[i].budget.raw + blocking;
	uint64_t before = 0;
	uint64_t behind = 0;

	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		if (k == i || ranks[k] > ranks[i])
			continue;
		demand += change_burst(&from[k], &to[k]);
		before += mul_div_up(d, from[k].budget.raw, from[k].period.raw);
		behind += mul_div_up(d, to[k].budget.raw, to[k].period.raw);
	}
	demand += before > behind ? before : behind;
	if (demand <= d)
		return true;
	(void)refuse(why, ADMIT_RESPONSE, d, demand, d);
	why->index = i;
	return false;
}

bool admit_change_fixed(const struct admit_reservation *from, const struct admit_reservation *to, const uint32_t *ranks,
			uint32_t count, const struct admit_cost *cost, struct admit_reason *why)
{
	uint64_t blocking = (count + 1) * longest_step(cost);

	if (!is_set(from, count, cost, why) || !is_set(to, count, cost, why))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		if (!change_response(from, to, ranks, count, from, i, blocking, why) ||
		    !change_response(from, to, ranks, count, to, i, blocking, why))
			return false;
	}
	return accept(why);
}

uint64_t admit_lost(const struct admit_reservation *set, uint32_t count, uint32_t index, const struct admit_cost *cost)
{
	uint64_t within = set[index].deadline.raw;
	uint64_t sum = longest_step(cost) + 2 * switch_to(cost);

	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_RESERVATION_MAX);
		uint64_t releases = (within - 1) / set[k].period.raw + 2;
		uint64_t part;
		if (k == index)
			continue;
		if (!checked_mul(releases, switch_to(cost), &part) || !checked_add(sum, part, &sum))
			return UINT64_MAX;
	}
	return sum;
}

/* Arrivals within a period, each of which may wake it, beyond the one that admit_lost counts. */
uint64_t admit_wakes(const struct admit_task *tasks, uint32_t count, const struct admit_reservation *r,
		     const struct admit_cost *cost)
{
	uint64_t arrivals = 0;
	uint64_t sum;

	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_TASK_MAX);
		arrivals += (r->period.raw + tasks[k].jitter.raw + tasks[k].period.raw - 1) / tasks[k].period.raw;
	}
	if (arrivals == 0)
		return 0;
	return checked_mul(arrivals - 1, switch_to(cost), &sum) ? sum : UINT64_MAX;
}

/* Tasks in a reservation */

static bool edf_test(const struct admit_task *tasks, uint32_t count, const struct admit_reservation *r, uint64_t lost,
		     struct admit_reason *why)
{
	struct demand d = {.count = count, .supply = *r, .lost = lost};

	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_TASK_MAX);
		d.items[k] = (struct item){.t = tasks[k].period.raw,
					   .c = tasks[k].wcet.raw,
					   .d = tasks[k].deadline.raw,
					   .j = tasks[k].jitter.raw};
	}
	return demand_test(&d, why);
}

/* What a task and those above it need within t of its release; saturates. */
static uint64_t request(const struct admit_task *tasks, uint32_t index, uint64_t t)
{
	uint64_t sum = tasks[index].wcet.raw;

	for (uint32_t k = 0; k < index; k++) {
		LOOP_BOUND(ADMIT_TASK_MAX);
		uint64_t arrivals = (t + tasks[k].jitter.raw + tasks[k].period.raw - 1) / tasks[k].period.raw;
		uint64_t part;
		if (!checked_mul(arrivals, tasks[k].wcet.raw, &part) || !checked_add(sum, part, &sum))
			return UINT64_MAX;
	}
	return sum;
}

/* The task is done within its deadline less jitter: the smallest t at which supply meets the request, from below. */
static bool response_test(const struct admit_task *tasks, uint32_t index, const struct admit_reservation *r,
			  uint64_t lost, struct admit_reason *why)
{
	uint64_t until = tasks[index].deadline.raw - tasks[index].jitter.raw;
	uint64_t t = 1;

	for (uint32_t round = 0; round < RESPONSE_ROUNDS_MAX; round++) {
		LOOP_BOUND(RESPONSE_ROUNDS_MAX);
		uint64_t demand = request(tasks, index, t);
		uint64_t done = admit_supply_time(r, lost, demand);
		if (done > until) {
			(void)refuse(why, ADMIT_RESPONSE, until, demand, admit_supply(r, lost, until));
			why->index = index;
			return false;
		}
		if (done <= t)
			return accept(why);
		t = done;
	}
	return refuse(why, ADMIT_COMPLEX, t, 0, 0);
}

bool admit_tasks(const struct admit_task *tasks, uint32_t count, enum admit_policy policy,
		 const struct admit_reservation *r, uint64_t lost, struct admit_reason *why)
{
	if (count > ADMIT_TASK_MAX || !is_reservation(r))
		return refuse_item(why, count);
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_TASK_MAX);
		if (!is_task(&tasks[k], policy))
			return refuse_item(why, k);
	}
	if (policy == ADMIT_EDF)
		return edf_test(tasks, count, r, lost, why);
	for (uint32_t k = 0; k < count; k++) {
		LOOP_BOUND(ADMIT_TASK_MAX);
		if (!response_test(tasks, k, r, lost, why))
			return false;
	}
	return accept(why);
}

bool admit_interface(const struct admit_task *tasks, uint32_t count, enum admit_policy policy, uint64_t lost,
		     struct admit_reservation *r, struct admit_reason *why)
{
	struct admit_reason ignored;
	uint64_t low = 1; /* more budget never supplies less: search by halves */
	uint64_t high = r->deadline.raw;

	r->budget = r->deadline;
	if (!admit_tasks(tasks, count, policy, r, lost, why))
		return false;
	while (low < high) {
		LOOP_BOUND(46);
		uint64_t middle = low + (high - low) / 2;
		r->budget = ticks(middle);
		if (admit_tasks(tasks, count, policy, r, lost, &ignored))
			high = middle;
		else
			low = middle + 1;
	}
	r->budget = ticks(high);
	return accept(why);
}

/* What EL2 commits */

uint64_t admit_density(const struct admit_reservation *r)
{
	unsigned top = bits_highest(r->deadline.raw);
	unsigned shift = top > 31 ? top - 31 : 0;
	uint64_t whole = r->deadline.raw >> shift;
	uint64_t part = (r->budget.raw + (BIT64(shift) - 1)) >> shift;

	return ((part << 31) + whole - 1) / whole;
}

enum status admit_commit(struct admit_account *account, uint64_t generation, const struct admit_reservation *old,
			 const struct admit_reservation *new_one)
{
	uint64_t density = account->density;

	if ((old != NULL && !is_reservation(old)) || (new_one != NULL && !is_reservation(new_one)))
		return STATUS_RANGE;
	if (generation != account->generation)
		return STATUS_BUSY;
	if (old != NULL) {
		if (admit_density(old) > density)
			return STATUS_RANGE;
		density -= admit_density(old);
	}
	if (new_one != NULL)
		density += admit_density(new_one);
	if (density > BIT64(31))
		return STATUS_NO_SPACE;
	account->density = density;
	account->generation++;
	return STATUS_OK;
}
