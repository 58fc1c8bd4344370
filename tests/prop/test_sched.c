/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched tests/prop/sched_model.c logic/admit.c */
/*
 * The scheduler against the naive model: random sets, random wake-ups, waits, events, stops and yields. sched_pick is
 * called only where the contract says, and who runs is checked at every tick, so that a timer that is late by one tick
 * is found. Prints its seed; TAKT_SEED sets it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/bits.h"
#include "logic/admit.h"
#include "tests/prop/random.h"
#include "tests/prop/sched_model.h"

#define TICKS 600U
/* Under PAYING half of the time is reserved, by deadlines so long that what is paid never makes one late: 3 ticks in
 * each 12. */
#define PAYMENT_MAX 3U
#define PAYMENT_DISTANCE 12U
#define PAYING_DEADLINE_MIN 16U

enum flavour {
	IMPLICIT,    /* D = P, as admission accepts */
	CONSTRAINED, /* D <= P, as admission accepts */
	OVERLOAD,    /* anything */
	LATE,        /* like IMPLICIT, and EL2 comes up to 2 ticks late */
	FIXED,       /* by ranks, D <= P, as admission accepts */
	TABLE,       /* windows, some of them closed */
	CHANGING,    /* like CONSTRAINED, and managers change reservations */
	PAYING,      /* like CONSTRAINED or FIXED, and steps of EL2 are for contexts that don't run */
};

struct run {
	struct sched_context_config contexts[SCHED_CONTEXT_MAX];
	struct sched_server_config servers[SCHED_SERVER_MAX];
	struct sched_window windows[SCHED_WINDOW_MAX];
	struct sched_config config;
	enum flavour flavour;
	bool may_yield;
	struct sched s;
	struct model m;
	uint64_t t;
	bool must_pick;
	uint64_t late_until;
	uint64_t pays_next;
	uint32_t best_effort;             /* whose turn it is */
	uint64_t turn;                    /* how long it has had it */
	bool turn_may_end;                /* it waited, stopped or yielded */
	bool was_away[SCHED_CONTEXT_MAX]; /* not ready at some time since the last tick */
	uint64_t pair_low[SCHED_CONTEXT_MAX][SCHED_CONTEXT_MAX], pair_high[SCHED_CONTEXT_MAX][SCHED_CONTEXT_MAX];
	bool pair_on[SCHED_CONTEXT_MAX][SCHED_CONTEXT_MAX];
};

/* Nothing here is allocated, and the leak check of some machines' libraries doesn't survive these many words of data.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static uint64_t picks, idle_picks, changes, payments;

static bool one_in(uint64_t n) { return random_word() % n == 0; }

static void broken(const struct run *r, const char *what)
{
	fail_msg("tick %" PRIu64 ", flavour %d: %s", r->t, r->flavour, what);
}

static bool has_ranks(const struct run *r) { return r->config.policy == SCHED_POLICY_FIXED; }

/* Whether the first count servers fit a CPU without costs. */
static bool is_admitted(const struct run *r, uint32_t count)
{
	struct admit_reservation set[SCHED_SERVER_MAX + 1];
	uint32_t ranks[SCHED_SERVER_MAX + 1];
	struct admit_cost cost = {ticks(0), ticks(0), ticks(0)};
	struct admit_reason why;

	for (uint32_t j = 0; j < count; j++) {
		set[j] = (struct admit_reservation){r->servers[j].budget, r->servers[j].period, r->servers[j].deadline};
		ranks[j] = r->servers[j].rank;
	}
	if (r->flavour == PAYING) { /* what is paid comes before all others */
		set[count] = (struct admit_reservation){ticks(PAYMENT_MAX), ticks(PAYMENT_DISTANCE),
							ticks(PAYMENT_DISTANCE)};
		ranks[count++] = 0;
	}
	return has_ranks(r) ? admit_cpu_fixed(set, ranks, count, &cost, &why) : admit_cpu(set, count, &cost, &why);
}

/*
 * Whether the first count servers claim no more than the CPU of any interval: the sum of Q / D is at most 1. Admission
 * rounds down to ticks, which counts when a deadline is a few of them.
 */
static bool is_feasible(const struct run *r, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t j = 0; j < count; j++)
		sum += (r->servers[j].budget.raw << 48) / r->servers[j].deadline.raw;
	return sum <= UINT64_C(1) << (r->flavour == PAYING ? 47 : 48);
}

static bool fits(const struct run *r, uint32_t count)
{
	return is_admitted(r, count) && (has_ranks(r) || is_feasible(r, count));
}

/* Servers that admission accepts, the last as large as it can be; any under overload. */
static void draw_servers(struct run *r, uint32_t count)
{
	for (uint32_t j = 0; j < count; j++) {
		struct sched_server_config *v = &r->servers[j];
		uint64_t least = r->flavour == PAYING ? PAYING_DEADLINE_MIN : 1;
		uint64_t period = between(least + 1, one_in(4) ? 200 : 40);
		uint64_t deadline = r->flavour == IMPLICIT || r->flavour == LATE ? period : between(least, period);
		*v = (struct sched_server_config){ticks(between(1, deadline)), ticks(period), ticks(deadline),
						  (uint32_t)between(1, 5)};
		while (r->flavour != OVERLOAD && r->flavour != TABLE && v->budget.raw != 0 && !fits(r, j + 1))
			v->budget.raw = j + 1 == count ? v->budget.raw - 1 : v->budget.raw / 2;
		if (v->budget.raw == 0)
			return;
		r->config.server_count = j + 1;
	}
}

/* Each server has a window, some several; what is left over is best effort's. */
static void draw_windows(struct run *r)
{
	uint32_t servers = r->config.server_count < 16 ? r->config.server_count : 16;
	uint32_t count = (uint32_t)between(servers != 0 ? servers : 1, servers * 2 + 1);
	uint64_t end = 0;

	r->config.server_count = servers;
	for (uint32_t i = 0; i < count && i < SCHED_WINDOW_MAX; i++) {
		uint32_t server = i < servers ? i : (uint32_t)between(0, servers);
		r->windows[i] = (struct sched_window){end, end + between(1, 30), server < servers ? server : SCHED_NONE,
						      one_in(3)};
		end = r->windows[i].end;
		r->config.window_count = i + 1;
	}
	r->config.policy = SCHED_POLICY_TABLE;
	r->config.frame = ticks(end);
	r->config.windows = r->windows;
}

static void draw(struct run *r, enum flavour flavour)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 5, 8, 16, 20, 64};
	uint32_t size = sizes[between(0, one_in(3) ? 8 : 5)];

	*r = (struct run){.flavour = flavour, .may_yield = one_in(2), .best_effort = SCHED_IDLE};
	r->config = (struct sched_config){.context_count = (uint32_t)between(1, size),
					  .contexts = r->contexts,
					  .servers = r->servers,
					  .slice = ticks(between(1, 12))};
	if (flavour == FIXED || (flavour == PAYING && one_in(3)))
		r->config.policy = SCHED_POLICY_FIXED;
	draw_servers(r, (uint32_t)between(0, size));
	if (flavour == TABLE)
		draw_windows(r);
	for (uint32_t c = 0; c < r->config.context_count; c++) {
		bool is_reserved = r->config.server_count != 0 && !one_in(3);
		uint32_t server = is_reserved ? (uint32_t)between(0, r->config.server_count - 1) : SCHED_NONE;
		r->contexts[c] = (struct sched_context_config){server, UINT32_C(1) << between(0, 4)};
	}
	model_init(&r->m, &r->config);
	assert_int_equal(sched_init(&r->s, &r->config, ticks(SCHED_NOW_MIN)), STATUS_OK);
}

static uint64_t draw_event(const struct run *r)
{
	return one_in(4) ? UINT64_MAX : r->t + between(0, one_in(3) ? 100 : 15);
}

static uint64_t density(const struct sched_server_config *k) { return (k->budget.raw << 40) / k->deadline.raw + 1; }

/* As core/reserve.c counts: of a change under way the greater of the two. */
static bool has_room(const struct run *r, uint32_t server, const struct sched_server_config *next)
{
	uint64_t sum = 0;

	for (uint32_t j = 0; j < r->config.server_count; j++) {
		const struct model_server *v = &r->m.servers[j];
		const struct sched_server_config *other = v->has_next ? &v->next : &v->k;
		if (j == server)
			other = next;
		sum += density(other) > density(&v->k) ? density(other) : density(&v->k);
	}
	return sum <= UINT64_C(1) << 40;
}

/* The model releases at once what the scheduler leaves until it matters; who was stopped before that never had it. */
static bool has_lost_a_release(const struct run *r, uint32_t server)
{
	const struct sched_server *v = &r->s.servers[server];

	return v->ready == 0 && v->at == TOURNAMENT_NONE && v->replenish != r->m.servers[server].replenish;
}

/* Without this context the server has nobody ready, and its release has come and is left still. */
static bool would_lose_a_release(const struct run *r, uint32_t context)
{
	uint32_t server = r->contexts[context].server;

	return server != SCHED_NONE && r->s.servers[server].ready == BIT64(context) && r->s.servers[server].at <= r->t;
}

static void change_one(struct run *r)
{
	uint32_t j = (uint32_t)between(0, r->config.server_count - 1);
	struct model_server *v = &r->m.servers[j];
	uint64_t period = between(2, one_in(4) ? 200 : 40);
	uint64_t deadline = between(1, period);
	struct sched_server_config next = {ticks(between(1, deadline)), ticks(period), ticks(deadline), 0};

	while (next.budget.raw != 0 && !has_room(r, j, &next))
		next.budget.raw /= 2;
	if (v->has_next || next.budget.raw == 0 || has_lost_a_release(r, j))
		return;
	bool is_done = sched_change(&r->s, j, &next, ticks(r->t));
	model_change(&r->m, j, &next, r->t);
	if (is_done != !v->has_next)
		broken(r, "a change begins at another time");
	r->must_pick = true;
	changes++;
}

/* One thing that happens to a context at r->t. */
static void happen(struct run *r)
{
	uint32_t c = (uint32_t)between(0, r->config.context_count - 1);
	uint32_t running = sched_running(&r->s);
	bool was_ready;

	if (r->flavour == CHANGING && r->config.server_count != 0 && one_in(3)) {
		change_one(r);
		return;
	}

	if (running != SCHED_IDLE && one_in(2))
		c = running;
	was_ready = r->m.contexts[c].is_ready;
	if (c == running && one_in(2)) {
		uint64_t event = draw_event(r);
		r->m.contexts[c].event = event;
		if (sched_block(&r->s, c, ticks(event), ticks(r->t)) == SCHED_IDLE)
			sched_await(&r->s, c, ticks(event));
		model_block(&r->m, c, r->t);
		r->must_pick = true;
		r->turn_may_end |= c == r->best_effort;
		r->was_away[c] = true;
	} else if (c == running && r->may_yield && one_in(2)) {
		sched_end_turn(&r->s, c, ticks(r->t));
		r->m.contexts[c].waits = 0;
		r->must_pick = true;
		r->turn_may_end |= c == r->best_effort;
	} else if (one_in(20) && was_ready == (sched_state(&r->s, c) >= SCHED_READY) &&
		   (r->flavour != PAYING || !would_lose_a_release(r, c))) {
		/* Not one whose event has come and was left: to the model its server has been active meanwhile. Nor one
		 * that loses a release which the model made: without debts both have a full budget from the next
		 * wake-up on, but a debt would have been paid in the model only. */
		sched_off(&r->s, c, ticks(r->t));
		model_off(&r->m, c);
		r->must_pick = true;
		r->turn_may_end |= c == r->best_effort;
	} else if (!r->m.contexts[c].is_ready && r->m.contexts[c].is_on && one_in(2)) {
		uint64_t event = draw_event(r);
		sched_await(&r->s, c, ticks(event));
		r->m.contexts[c].event = event;
	} else if (c != running) {
		if (!sched_resume(&r->s, c, ticks(r->t)))
			r->must_pick |= sched_wake(&r->s, c, ticks(r->t));
		model_wake(&r->m, c, r->t);
	}
	r->was_away[c] |= was_ready && !r->m.contexts[c].is_ready;
}

static void pick(struct run *r)
{
	uint32_t before = sched_running(&r->s);
	uint64_t exhausted = r->s.exhausted;

	for (unsigned round = 0; r->must_pick || (sched_timer(&r->s, ticks(r->t)).raw <= r->t); round++) {
		bool is_timer = !r->must_pick;
		uint32_t next = sched_pick(&r->s, ticks(r->t));
		r->must_pick = false;
		picks += is_timer;
		idle_picks += is_timer && next == before && r->s.exhausted == exhausted;
		if (round > SCHED_CONTEXT_MAX)
			broken(r, "the timer stays due");
	}
	r->s.exhausted = 0;
}

/* A step that is for one who stays out. */
static void pay_one(struct run *r)
{
	uint32_t c = (uint32_t)between(0, r->config.context_count - 1);
	uint64_t spent = between(1, PAYMENT_MAX);

	pick(r);
	if (c == sched_running(&r->s) || r->t < r->pays_next)
		return;
	r->pays_next = r->t + PAYMENT_DISTANCE;
	ticks_t from = ticks(r->t);
	for (uint64_t i = 0; i < spent; i++)
		model_advance(&r->m, ++r->t);
	(void)sched_pay(&r->s, c, from, ticks(r->t));
	model_pay(&r->m, c, spent, r->t);
	model_advance(&r->m, r->t);
	payments++;
}

/* Who has the turn among best effort, and that it is not taken away before the slice ends. */
static void check_turn(struct run *r, uint32_t running)
{
	if (running == SCHED_IDLE || r->contexts[running].server != SCHED_NONE)
		return;
	if (running != r->best_effort) {
		if (r->best_effort != SCHED_IDLE && !r->turn_may_end && r->turn < r->config.slice.raw)
			broken(r, "a turn of best effort ends early");
		r->best_effort = running;
		r->turn = 0;
	}
	r->turn_may_end = false;
	r->turn++;
}

static uint64_t share(const struct run *r, uint32_t c) { return r->m.contexts[c].used * 16 / r->contexts[c].weight; }

/* Run time over weight of two that are both ready drifts apart by at most a slice of each. */
static void check_pair(struct run *r, uint32_t a, uint32_t b)
{
	uint64_t apart = share(r, a) - share(r, b) + (UINT64_C(1) << 40);
	uint64_t bound = r->config.slice.raw * (16 / r->contexts[a].weight + 16 / r->contexts[b].weight);
	bool is_on = r->m.contexts[a].is_ready && r->m.contexts[b].is_ready;

	if (!is_on || !r->pair_on[a][b] || r->was_away[a] || r->was_away[b])
		r->pair_low[a][b] = r->pair_high[a][b] = apart;
	r->pair_on[a][b] = is_on;
	if (apart < r->pair_low[a][b])
		r->pair_low[a][b] = apart;
	if (apart > r->pair_high[a][b])
		r->pair_high[a][b] = apart;
	if (r->pair_high[a][b] - r->pair_low[a][b] > bound)
		broken(r, "best effort is not fair");
}

static void check_shares(struct run *r)
{
	for (uint32_t a = 0; a < r->config.context_count && !r->may_yield; a++)
		for (uint32_t b = 0; b < a; b++)
			if (r->contexts[a].server == SCHED_NONE && r->contexts[b].server == SCHED_NONE)
				check_pair(r, a, b);
	for (uint32_t c = 0; c < r->config.context_count; c++)
		r->was_away[c] = false;
}

/* Siblings in a reservation wait for at most a slice of each other one. */
static void check_siblings(const struct run *r)
{
	uint32_t count[SCHED_SERVER_MAX] = {0};

	for (uint32_t c = 0; c < r->config.context_count; c++)
		if (r->contexts[c].server != SCHED_NONE)
			count[r->contexts[c].server]++;
	for (uint32_t c = 0; c < r->config.context_count; c++) {
		uint32_t j = r->contexts[c].server;
		if (j != SCHED_NONE && r->m.contexts[c].is_ready &&
		    r->m.contexts[c].waits > count[j] * r->config.slice.raw)
			broken(r, "a sibling waits for too long");
	}
}

/* What admission promised: no active server past its deadline, supply from each wake-up on as sbf says. */
static void check_promises(const struct run *r)
{
	for (uint32_t j = 0; j < r->config.server_count; j++) {
		const struct model_server *v = &r->m.servers[j];
		const struct sched_server_config *k = &v->k;
		struct admit_reservation promised = {k->budget, k->period, k->deadline};
		if (!model_is_server_ready(&r->m, j))
			continue;
		if (!has_ranks(r) && v->q > 0 && v->d <= r->t)
			broken(r, "a server misses its deadline");
		if (v->supplied < admit_supply(&promised, 0, r->t - v->ready_since))
			broken(r, "a server gets less than admission assumes");
	}
}

/* The account of a server that is active agrees with the model's. */
static void check_account(const struct run *r)
{
	for (uint32_t j = 0; j < r->config.server_count; j++) {
		const struct sched_server *v = &r->s.servers[j];
		if (v->ready == 0 || v->q <= 0 || r->s.now != r->t)
			continue;
		if (v->q != r->m.servers[j].q)
			broken(r, "a budget is not what it should be");
		if (!has_ranks(r) && v->key != r->m.servers[j].d)
			broken(r, "a deadline is not what it should be");
	}
}

/* In any case: a reservation is a limit as well. */
static void check_limit(const struct run *r)
{
	for (uint32_t j = 0; j < r->config.server_count; j++) {
		const struct sched_server_config *k = &r->servers[j];
		if (r->m.servers[j].used > 2 * k->budget.raw + k->budget.raw * r->t / k->period.raw + 2)
			broken(r, "a server gets more than its share");
	}
}

static void check_tick(struct run *r)
{
	uint32_t running = sched_running(&r->s);
	const char *verdict = model_verdict(&r->m, running, r->t);

	if (r->flavour != TABLE && r->flavour != CHANGING)
		check_limit(r);
	if (r->flavour == LATE || r->flavour == OVERLOAD)
		return;
	if (verdict != NULL)
		broken(r, verdict);
	check_turn(r, running);
	if (r->flavour != PAYING) /* what is paid is not in the shares */
		check_shares(r);
	check_siblings(r);
	if (r->flavour == TABLE)
		return;
	if (r->flavour != PAYING) /* nor in what was promised */
		check_promises(r);
	check_account(r);
}

static void run(enum flavour flavour)
{
	static struct run r;
	uint64_t activity;

	draw(&r, flavour);
	activity = between(2, 12);
	for (r.t = SCHED_NOW_MIN; r.t < TICKS; r.t++) {
		model_advance(&r.m, r.t);
		if (flavour != LATE || one_in(2) || r.t > r.late_until) {
			pick(&r);
			r.late_until = r.t + 2;
		}
		if (flavour == PAYING && one_in(activity))
			pay_one(&r);
		while (one_in(activity)) {
			happen(&r);
			model_advance(&r.m, r.t);
			if (flavour != LATE && !one_in(4))
				pick(&r);
		}
		if (r.must_pick || flavour != LATE)
			pick(&r);
		check_tick(&r);
		model_run(&r.m, sched_running(&r.s));
	}
}

static void many(enum flavour flavour, unsigned runs)
{
	picks = idle_picks = 0;
	for (unsigned i = 0; i < runs; i++)
		run(flavour);
	printf("# %" PRIu64 " timer picks, %" PRIu64 " changed nothing\n", picks, idle_picks);
}

static void implicit_deadlines(void **state)
{
	(void)state;
	many(IMPLICIT, 1500);
}

static void constrained_deadlines(void **state)
{
	(void)state;
	many(CONSTRAINED, 1500);
}

static void overload_stays_within_limits(void **state)
{
	(void)state;
	many(OVERLOAD, 700);
}

static void late_picks_stay_within_limits(void **state)
{
	(void)state;
	many(LATE, 700);
}

static void fixed_priorities(void **state)
{
	(void)state;
	many(FIXED, 1500);
}

/* Each gets what it was promised last, from the release on with which that began. */
static void changes_at_run_time(void **state)
{
	(void)state;
	changes = 0;
	many(CHANGING, 3000);
	printf("# %" PRIu64 " changes\n", changes);
	assert_true(changes > 10000);
}

/* Who pays is the same to the tick, and who runs then. */
static void steps_for_others(void **state)
{
	(void)state;
	payments = 0;
	many(PAYING, 3000);
	printf("# %" PRIu64 " payments\n", payments);
	assert_true(payments > 10000);
}

static void time_tables(void **state)
{
	(void)state;
	many(TABLE, 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(implicit_deadlines),
		cmocka_unit_test(constrained_deadlines),
		cmocka_unit_test(overload_stays_within_limits),
		cmocka_unit_test(late_picks_stay_within_limits),
		cmocka_unit_test(fixed_priorities),
		cmocka_unit_test(time_tables),
		cmocka_unit_test(changes_at_run_time),
		cmocka_unit_test(steps_for_others),
	};

	random_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
