/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class of reservations: earliest deadline first among hard constant-bandwidth servers (Abeni, Buttazzo 1998; hard
 * reservations: Rajkumar et al. 1998). The budget of a server pays for whichever of its contexts runs; these take turns
 * by slice.
 *
 *            wake-up, q > 0 or r reached            all blocked
 *   IDLE ---------------------------------> ACTIVE -------------> IDLE
 *    |                                       |  ^
 *    | wake-up, q <= 0, before r        q <= 0  | r reached: q + Q, d = r + D
 *    +-----------------------------------> EXHAUSTED
 *
 * Invariants. An active server (ready != 0, q > 0) is edf.current or in edf.queue by its deadline, and current has the
 * earliest. Every other server has in edf.activation the time at which it becomes active by itself and the deadline
 * that it will have then; both are known in advance, since a server that doesn't run doesn't change. So whether an
 * event would preempt the running server is a comparison, and one that would not can be left until the next pick: it is
 * then handled as of its own time, which is when it would have been entered into the queue, so that its deadline is not
 * later for it.
 */
#include "logic/sched/class.h"

__extension__ typedef unsigned __int128 wide_t;

#define FRESH UINT64_C(0) /* no deadline */

void edf_init(struct sched *s, const struct sched_config *config)
{
	struct sched_edf *e = &s->edf;

	e->current = SCHED_NONE;
	e->first_leaf = tournament_first_leaf(config->server_count);
	for (uint32_t i = 0; i < TOURNAMENT_NODES; i++) {
		LOOP_BOUND(TOURNAMENT_NODES);
		e->queue[i] = TOURNAMENT_NONE;
		e->activation[i] = (struct sched_activation){TOURNAMENT_NONE, TOURNAMENT_NONE};
	}
	for (uint32_t j = 0; j < config->server_count; j++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		struct sched_server *v = &s->servers[j];
		v->budget = config->servers[j].budget.raw;
		v->period = config->servers[j].period.raw;
		v->deadline = config->servers[j].deadline.raw;
		v->q = (int64_t)v->budget;
	}
}

static void activation_set(struct sched *s, uint32_t server, uint64_t at, uint64_t deadline)
{
	struct sched_activation *a = s->edf.activation;
	uint32_t i = s->edf.first_leaf + server;

	a[i] = (struct sched_activation){at, deadline};
	while (i != 0) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		i = (i - 1) / 4;
		const struct sched_activation *c = &a[4 * i + 1];
		at = sched_earlier(sched_earlier(c[0].at, c[1].at), sched_earlier(c[2].at, c[3].at));
		deadline = sched_earlier(sched_earlier(c[0].deadline, c[1].deadline),
					 sched_earlier(c[2].deadline, c[3].deadline));
		if (a[i].at == at && a[i].deadline == deadline)
			return;
		a[i] = (struct sched_activation){at, deadline};
	}
}

/* The server that becomes active first; there must be one. */
static uint32_t activation_first(const struct sched *s)
{
	const struct sched_activation *a = s->edf.activation;
	uint64_t least = a[0].at;
	uint32_t i = 0;

	while (i < s->edf.first_leaf) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		i = 4 * i + 1;
		if (a[i].at != least && a[++i].at != least && a[++i].at != least)
			++i;
	}
	return i - s->edf.first_leaf;
}

/*
 * The earliest activation with a deadline before bound. It goes down where the earliest is and takes the other children
 * that have such a deadline at their word: exact in the last row, early at worst above it.
 */
static uint64_t activation_before(const struct sched *s, uint64_t bound)
{
	const struct sched_activation *a = s->edf.activation;
	uint64_t others = TOURNAMENT_NONE;
	uint32_t i = 0;

	if (a[0].deadline >= bound)
		return TOURNAMENT_NONE;
	while (i < s->edf.first_leaf) {
		LOOP_BOUND(TOURNAMENT_ROUNDS);
		uint64_t least = TOURNAMENT_NONE;
		uint32_t first = 4 * i + 1;
		for (uint32_t k = first; k < first + 4; k++) {
			LOOP_BOUND(4);
			if (a[k].deadline >= bound)
				continue;
			if (a[k].at < least) {
				others = sched_earlier(others, least);
				least = a[k].at;
				i = k;
			} else {
				others = sched_earlier(others, a[k].at);
			}
		}
	}
	return sched_earlier(others, a[i].at);
}

/* ceil(q D / Q), q <= Q; of long times the last bits are rounded up. */
static uint64_t share_of_deadline(const struct sched_server *v)
{
	uint64_t q = (uint64_t)v->q;
	uint64_t budget = v->budget;
	unsigned bits = bits_highest(q) + bits_highest(v->deadline) + 2;

	if (bits > 64) {
		q = (q >> (bits - 64)) + 1;
		budget >>= bits - 64;
	}
	return sched_earlier((q * v->deadline - 1) / budget + 1, v->deadline);
}

/*
 * The wake-up rule: the deadline with which a server that wakes at `at` with q > 0 keeps its budget, or FRESH. Against
 * the time of its next release: q / (r - at) <= Q / P, else it has run less than its share, and a new budget takes
 * nothing from others. Against its deadline, if that is before r: q / (d - at) <= Q / D, else the deadline moves to
 * where this holds.
 */
static uint64_t kept_deadline(const struct sched_server *v, uint64_t at)
{
	uint64_t q = (uint64_t)v->q;

	if (at >= v->replenish || (wide_t)q * v->period > (wide_t)v->budget * (v->replenish - at))
		return FRESH;
	if (v->deadline == v->period || (at < v->d && (wide_t)q * v->deadline <= (wide_t)v->budget * (v->d - at)))
		return v->d;
	return at + share_of_deadline(v);
}

/*
 * A new budget as of `at`, less the debt; its deadline counts from `at`, however late this is done, or from now if the
 * deadline is past by now: then more was promised than the CPU has, and what was lost is not made up.
 */
static void server_release(struct sched_server *v, uint64_t at, uint64_t now)
{
	if (at + v->deadline <= now)
		at = now;
	v->q += (int64_t)v->budget;
	if (v->q > (int64_t)v->budget)
		v->q = (int64_t)v->budget;
	v->d = at + v->deadline;
	v->replenish = at + v->period;
}

/* Enters the time and deadline of its next activation for a server that is idle or exhausted. */
static void server_arm(struct sched *s, uint32_t server)
{
	const struct sched_server *v = &s->servers[server];
	uint64_t at = v->replenish;
	uint64_t deadline = FRESH;

	if (v->ready == 0) {
		uint64_t event = group_event(s, server);
		if (event == TOURNAMENT_NONE) {
			activation_set(s, server, TOURNAMENT_NONE, TOURNAMENT_NONE);
			return;
		}
		event = sched_later(event, v->idle_since);
		at = v->q > 0 ? event : sched_later(event, at);
		if (v->q > 0)
			deadline = kept_deadline(v, event);
	}
	activation_set(s, server, at, deadline != FRESH ? deadline : at + v->deadline);
}

static void server_activate(struct sched *s, uint32_t server)
{
	struct sched_edf *e = &s->edf;
	uint64_t d = s->servers[server].d;

	if (e->activation[e->first_leaf + server].at != TOURNAMENT_NONE)
		activation_set(s, server, TOURNAMENT_NONE, TOURNAMENT_NONE);
	if (e->current == SCHED_NONE) {
		e->current = server;
	} else if (d < s->servers[e->current].d) {
		tournament_set(e->queue, e->first_leaf, e->current, s->servers[e->current].d);
		e->current = server;
	} else {
		tournament_set(e->queue, e->first_leaf, server, d);
	}
}

static void server_deactivate(struct sched *s, uint32_t server)
{
	struct sched_edf *e = &s->edf;

	if (server == e->current) {
		if (e->queue[0] == TOURNAMENT_NONE) {
			e->current = SCHED_NONE;
			return;
		}
		e->current = tournament_leaf(e->queue, e->first_leaf);
		server = e->current;
	}
	tournament_set(e->queue, e->first_leaf, server, TOURNAMENT_NONE);
}

/* The periods that a debt of a whole budget or more takes are skipped at once: the release that ends it leaves q above
 * 0. */
static void server_skip_debt(struct sched_server *v)
{
	uint64_t periods = (uint64_t)-v->q / v->budget;

	if (periods > SCHED_DEBT_PERIODS_MAX) {
		periods = SCHED_DEBT_PERIODS_MAX;
		v->q = 0;
	} else {
		v->q += (int64_t)(periods * v->budget);
	}
	v->replenish += periods * v->period;
}

bool edf_charge(struct sched *s, uint32_t context, uint64_t used)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];
	bool was_active = v->q > 0;

	v->q -= (int64_t)used;
	v->turn_left -= (int64_t)used;
	if (v->q > 0)
		return false;
	if (was_active) {
		server_deactivate(s, j);
		s->exhausted |= BIT64(j);
	}
	if ((uint64_t)-v->q >= v->budget)
		server_skip_debt(v);
	server_arm(s, j);
	return true;
}

static void server_begin_turn(struct sched *s, struct sched_server *v, uint32_t context)
{
	v->turn = context;
	v->turn_left = (int64_t)s->slice;
}

bool edf_wake(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];
	uint64_t before = v->ready;

	v->ready = before | BIT64(context);
	if (before != 0)
		return j == s->edf.current && (before & (before - 1)) == 0;
	server_begin_turn(s, v, context);
	uint64_t at = sched_earlier(s->edf.activation[s->edf.first_leaf + j].at, s->now);
	uint64_t kept = v->q > 0 ? kept_deadline(v, at) : FRESH;
	if (kept != FRESH)
		v->d = kept;
	else if (v->q > 0 || v->replenish <= at)
		server_release(v, at, s->now);
	if (v->q <= 0) {
		server_arm(s, j);
		return true;
	}
	server_activate(s, j);
	return j == s->edf.current;
}

void edf_remove(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	v->ready &= ~BIT64(context);
	if (v->ready != 0)
		return;
	if (group_event(s, j) <= s->now) {
		/* A sibling's event came while this one was ready: the server was never idle. */
		v->ready = BIT64(group_take_event(s, j));
		return;
	}
	if (v->q > 0)
		server_deactivate(s, j);
	v->idle_since = s->now;
	server_arm(s, j);
}

void edf_event(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;

	if (s->servers[j].ready == 0)
		server_arm(s, j);
}

void edf_yield(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	if ((v->ready & (v->ready - 1)) != 0 || group_event(s, j) <= s->now)
		v->turn_left = 0;
}

/* Handles the earliest activation, which has come. */
static void edf_expire(struct sched *s)
{
	uint32_t j = activation_first(s);
	struct sched_server *v = &s->servers[j];

	if (v->ready == 0) {
		(void)edf_wake(s, group_take_event(s, j));
	} else {
		server_release(v, v->replenish, s->now);
		server_activate(s, j);
	}
}

/* Wakes the current server's siblings whose events have come and passes the turn on when it has ended. */
static void edf_turn(struct sched *s, struct sched_server *v, uint32_t *left)
{
	while (group_event(s, s->edf.current) <= s->now && *left != 0) {
		LOOP_BOUND(SCHED_EXPIRE_MAX);
		(*left)--;
		v->ready |= BIT64(group_take_event(s, s->edf.current));
	}
	uint64_t others = v->ready & ~BIT64(v->turn);
	if (others == v->ready || (others != 0 && v->turn_left <= 0)) {
		uint64_t above = others & ~(BIT64(v->turn) | (BIT64(v->turn) - 1));
		server_begin_turn(s, v, bits_lowest(above != 0 ? above : others));
	}
}

uint32_t edf_pick_due(struct sched *s, uint32_t *left)
{
	while (s->edf.activation[0].at <= s->now && *left != 0) {
		LOOP_BOUND(SCHED_EXPIRE_MAX);
		(*left)--;
		edf_expire(s);
	}
	if (s->edf.current == SCHED_NONE)
		return SCHED_IDLE;
	struct sched_server *v = &s->servers[s->edf.current];
	if (s->groups[s->edf.current].count > 1)
		edf_turn(s, v, left);
	return v->turn;
}

uint64_t edf_timer(const struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	const struct sched_server *v = &s->servers[j];
	uint64_t when = v->q > 0 ? s->now + (uint64_t)v->q : s->now;

	if (s->groups[j].count > 1) {
		when = sched_earlier(
			when, sched_turn_end(s, v->turn_left, group_event(s, j), (v->ready & (v->ready - 1)) != 0));
	}
	return sched_earlier(when, activation_before(s, v->d));
}
