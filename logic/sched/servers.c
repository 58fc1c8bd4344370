/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class of reservations: hard servers (Rajkumar et al. 1998), each with a budget that pays for whichever of its
 * contexts runs; these take turns by slice. Which of the active servers runs, what a wake-up is worth and when a budget
 * is released is the policy's to say: edf.c, fixed.c, table.c; one for each CPU.
 *
 *            wake-up, q > 0 or r reached            all blocked
 *   IDLE ---------------------------------> ACTIVE -------------> IDLE
 *    |                                       |  ^
 *    | wake-up, q <= 0, before r        q <= 0  | r reached: q + Q
 *    +-----------------------------------> EXHAUSTED
 *          or can't pay the current one
 *
 * Invariants. An active server (ready != 0, q > 0) is active.current or in active.queue by its key, and current has the
 * least. Every other server that becomes active by itself has an activation, `at`: it is active.next or in
 * active.activation. How it does so, with the key next_key, keeping its budget or with a release, is known in advance,
 * since a server that doesn't run doesn't change; of active.next it is computed when somebody first asks, of the others
 * when they are entered, into foreseen. So whether any event would preempt the running server is a comparison,
 * and one that would not can be left until the next pick: it is then handled as of its own time, which is when it would
 * have been entered into the queue, so that its deadline is not later for it.
 */
#include "base/expect.h"
#include "logic/sched/class.h"

#define ROWS_EXACT 2U

void servers_init(struct sched *s, const struct sched_config *config)
{
	struct sched_active *e = &s->active;

	e->current = SCHED_NONE;
	e->next = SCHED_NONE;
	e->next_at = TOURNAMENT_NONE;
	e->first_leaf =
		tournament_first_leaf(config->server_count + (config->policy == SCHED_POLICY_TABLE)); /* the gate */
	for (uint32_t i = 0; i < TOURNAMENT_NODES; i++) {
		LOOP_BOUND(TOURNAMENT_NODES);
		e->queue[i] = TOURNAMENT_NONE;
		e->activation[i] = TOURNAMENT_NONE;
		s->foreseen[i] = config->policy == SCHED_POLICY_TABLE ? 0 : TOURNAMENT_NONE;
	}
	for (uint32_t j = 0; j < config->server_count; j++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		struct sched_server *v = &s->servers[j];
		v->rank = config->servers[j].rank;
		v->budget = config->servers[j].budget.raw;
		v->period = config->servers[j].period.raw;
		v->deadline = config->servers[j].deadline.raw;
		v->fresh_deadline = v->deadline;
		v->q = (int64_t)v->budget;
		v->at = TOURNAMENT_NONE;
		v->is_shared = s->groups[j].count > 1;
		v->turn = s->order[s->groups[j].first_order % SCHED_CONTEXT_MAX];
	}
}

/* How a server of another policy than EDF becomes active at `at`. */
static __attribute__((noinline)) void foresee_other(const struct sched *s, struct sched_server *v, uint64_t at)
{
	if ((enum sched_policy)s->policy == SCHED_POLICY_TABLE) {
		v->next_key = table_key(s, v);
		return;
	}
	v->next_keeps = v->q > 0 && fixed_keeps(v, at);
	v->next_key = v->rank;
}

/* How a server becomes active at `at`; it has q > 0 only if it is idle, not exhausted. */
static inline void server_foresee(const struct sched *s, struct sched_server *v, uint64_t at)
{
	if (unlikely((enum sched_policy)s->policy != SCHED_POLICY_EDF)) {
		foresee_other(s, v, at);
		return;
	}
	uint64_t kept = v->q > 0 && at < v->replenish ? edf_kept_key(v, at) : SCHED_FRESH;

	v->next_keeps = kept != SCHED_FRESH;
	v->next_key = kept != SCHED_FRESH ? kept : at + v->fresh_deadline;
}

/* The key that a server will have by its activation. */
static inline uint64_t server_next_key(const struct sched *s, struct sched_server *v)
{
	if (v->next_key == 0)
		server_foresee(s, v, v->at);
	return v->next_key;
}

/* TOURNAMENT_NONE: it has none any more. */
static __attribute__((noinline)) void activation_set(struct sched *s, uint32_t server, uint64_t at)
{
	struct sched_active *e = &s->active;

	tournament_set(e->activation, e->first_leaf, server, at);
	if ((enum sched_policy)s->policy == SCHED_POLICY_TABLE)
		return; /* a window comes before whatever runs */
	uint64_t key = at != TOURNAMENT_NONE ? server_next_key(s, &s->servers[server]) : TOURNAMENT_NONE;
	tournament_set(s->foreseen, e->first_leaf, server, key);
}

/* Enters the activation of a server, for which another one may have to leave its place outside the tournament. */
void servers_await_later(struct sched *s, uint32_t server, uint64_t at)
{
	struct sched_active *e = &s->active;

	if (at < e->next_at) {
		uint32_t other = e->next;
		uint64_t other_at = e->next_at;
		e->next = server;
		e->next_at = at;
		server = other;
		at = other_at;
	}
	activation_set(s, server, at);
}

/* Takes a server's activation away, if it has one: TOURNAMENT_NONE: it had none. */
uint64_t servers_withdraw(struct sched *s, uint32_t server)
{
	struct sched_active *e = &s->active;
	struct sched_server *v = &s->servers[server];
	uint64_t at = v->at;

	if (at == TOURNAMENT_NONE)
		return at;
	v->at = TOURNAMENT_NONE;
	if (server == e->next) {
		e->next = SCHED_NONE;
		e->next_at = TOURNAMENT_NONE;
	} else {
		activation_set(s, server, TOURNAMENT_NONE);
	}
	return at;
}

/* The earliest activation with a key below bound in the row of eight servers from `first` on, or `when` if
 * earlier. */
static inline uint64_t row_before(const struct sched *s, uint32_t first, uint64_t bound, uint64_t when)
{
	const uint64_t *at = &s->active.activation[s->active.first_leaf + first];
	const uint64_t *key = &s->foreseen[s->active.first_leaf + first];

	for (uint32_t k = 0; k < TOURNAMENT_WIDTH; k++) {
		LOOP_BOUND(TOURNAMENT_WIDTH);
		if (at[k] < when && key[k] < bound)
			when = at[k];
	}
	return when;
}

/*
 * The earliest activation with a key below bound, or `when` if earlier. Rows without activation before `when`, or
 * without such a key, need no look; of the others the first few are looked at one by one, the rest are taken at their
 * word.
 */
static uint64_t activation_before(struct sched *s, uint64_t bound, uint64_t when)
{
	const uint64_t *row = &s->active.activation[1];
	const uint64_t *key = &s->foreseen[1];
	uint32_t rows = 0;

	if (s->active.next_at < when && server_next_key(s, &s->servers[s->active.next]) < bound)
		when = s->active.next_at;
	if (s->active.activation[0] >= when || s->foreseen[0] >= bound)
		return when;
	if (s->active.first_leaf <= 1)
		return row_before(s, 0, bound, when);
	for (uint32_t k = 0; k < TOURNAMENT_WIDTH; k++) {
		LOOP_BOUND(TOURNAMENT_WIDTH);
		rows |= (uint32_t)(row[k] < when && key[k] < bound) << k;
	}
	for (uint32_t n = 0; n < ROWS_EXACT && rows != 0; n++) {
		LOOP_BOUND(ROWS_EXACT);
		when = row_before(s, bits_lowest(rows) * TOURNAMENT_WIDTH, bound, when);
		rows &= rows - 1;
	}
	while (rows != 0) {
		LOOP_BOUND(TOURNAMENT_WIDTH - ROWS_EXACT);
		when = sched_earlier(when, row[bits_lowest(rows)]);
		rows &= rows - 1;
	}
	return when;
}

void servers_change(struct sched *s, struct sched_server *v)
{
	s->changing &= ~BIT64((uint32_t)(v - s->servers));
	v->budget = v->next_budget;
	v->period = v->next_period;
	v->deadline = v->fresh_deadline;
	v->next_period = 0;
}

static void note_miss(struct sched *s, const struct sched_server *v)
{
	uint64_t bit = BIT64((uint32_t)(v - s->servers));

	s->attention |= bit;
	s->missed |= bit;
}

/* By when the budget under way was promised: a key is no deadline under fixed priorities. */
static uint64_t server_deadline(const struct sched *s, const struct sched_server *v)
{
	return (enum sched_policy)s->policy == SCHED_POLICY_EDF ? v->key : v->replenish - v->period + v->deadline;
}

/*
 * A new budget as of `at`, less the debt; its deadline counts from `at`, however late this is done, or from now if the
 * deadline is past by now: then more was promised than the CPU has, and what was lost is not made up. Answers as of
 * when.
 */
static inline uint64_t server_release(struct sched *s, struct sched_server *v, uint64_t at, uint64_t now)
{
	if (unlikely(v->next_period != 0)) {
		uint64_t bit = BIT64((uint32_t)(v - s->servers));
		servers_change(s, v);
		s->attention |= bit;
		s->changed |= bit;
	}
	if (at + v->deadline <= now) {
		note_miss(s, v);
		at = now;
	}
	v->q += (int64_t)v->budget;
	if (v->q > (int64_t)v->budget)
		v->q = (int64_t)v->budget;
	v->replenish = at + v->period;
	return at;
}

/* A shared server that is idle, and has no activation, becomes active by its next event. */
static void server_await_event(struct sched *s, uint32_t server)
{
	uint64_t at = group_event(s, server);

	if (at != TOURNAMENT_NONE)
		servers_await_event(s, server, at);
}

/* A server that comes before the current one pays that one's way back; false: it can't, and has no budget any more.
 * Apart from a round's rest nothing is lost: the sum of budgets stays. */
static bool server_pay(const struct sched *s, struct sched_server *v, struct sched_server *other)
{
	if (v->q <= (int64_t)s->way_back) {
		v->q = 0;
		return false;
	}
	v->q -= (int64_t)s->way_back;
	other->q += (int64_t)s->way_back;
	return true;
}

/* Among other active ones. Out of line: the usual one comes alone. */
static __attribute__((noinline)) void server_enqueue_among(struct sched *s, uint32_t server, uint64_t key)
{
	struct sched_active *e = &s->active;
	uint64_t current_key = s->servers[e->current].key;

	if (key < current_key) {
		uint32_t current = e->current;
		if (!server_pay(s, &s->servers[server], &s->servers[current])) {
			servers_enter_activation(s, server, s->servers[server].replenish);
			return;
		}
		e->current = server;
		server = current;
		key = current_key;
	}
	tournament_set(e->queue, e->first_leaf, server, key);
}

static inline void server_enqueue(struct sched *s, uint32_t server, uint64_t key)
{
	if (s->active.current == SCHED_NONE)
		s->active.current = server;
	else
		server_enqueue_among(s, server, key);
}

void servers_enqueue(struct sched *s, uint32_t server, uint64_t key) { server_enqueue(s, server, key); }

static inline void server_begin_turn(const struct sched *s, struct sched_server *v, uint32_t context)
{
	v->turn = context;
	v->turn_left = (int64_t)s->slice;
}

static __attribute__((noinline)) void activate_other(struct sched *s, uint32_t server, uint64_t at, uint64_t now)
{
	struct sched_server *v = &s->servers[server];

	if ((enum sched_policy)s->policy == SCHED_POLICY_TABLE) {
		table_begin(s, server, now);
		return;
	}
	foresee_other(s, v, at);
	if (!v->next_keeps)
		(void)server_release(s, v, at, now);
	v->key = v->rank;
	servers_enqueue(s, server, v->key);
}

/* It becomes active as of `at`, as was foreseen. */
static inline __attribute__((always_inline)) void server_activate(struct sched *s, uint32_t server, uint64_t at,
								  uint64_t now)
{
	struct sched_server *v = &s->servers[server];

	if (unlikely((enum sched_policy)s->policy != SCHED_POLICY_EDF)) {
		activate_other(s, server, at, now);
		return;
	}
	if (v->next_key == 0)
		server_foresee(s, v, at);
	if (v->next_keeps)
		v->key = v->next_key;
	else
		v->key = server_release(s, v, at, now) + v->deadline;
	server_enqueue(s, server, v->key);
}

void servers_deactivate(struct sched *s, uint32_t server)
{
	struct sched_active *e = &s->active;

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
void servers_skip_debt(struct sched_server *v)
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

/* A server has no budget left, or still none; under a table, its window is over. */
void servers_exhaust(struct sched *s, uint32_t server, bool was_active)
{
	struct sched_server *v = &s->servers[server];

	if (was_active)
		servers_deactivate(s, server);
	(void)servers_withdraw(s, server);
	if (unlikely((enum sched_policy)s->policy == SCHED_POLICY_TABLE)) {
		table_end(s, server);
		return;
	}
	if (was_active) {
		s->attention |= BIT64(server);
		s->exhausted |= BIT64(server);
		if (s->now > server_deadline(s, v))
			note_miss(s, v);
	}
	if ((uint64_t)-v->q >= v->budget)
		servers_skip_debt(v);
	servers_enter_activation(s, server, v->replenish);
}

/*
 * The first context of an idle server: it becomes active as of now, or as of an event that has come, if it has budget
 * or may have a release; else it waits for that.
 */
static bool server_wake(struct sched *s, uint32_t server, uint64_t now)
{
	struct sched_server *v = &s->servers[server];
	uint64_t at = servers_withdraw(s, server);

	if (now < at) {
		at = now;
		uint64_t opens = server_opens(s, server, now);
		if (opens > now) {
			v->q = v->q < 0 ? v->q : 0;
			servers_enter_activation(s, server, opens);
			return true;
		}
		v->next_key = 0;
	}
	server_activate(s, server, at, now);
	return server == s->active.current || s->servers[server].q <= 0; /* or it waits for a release or its window */
}

bool servers_wake(struct sched *s, uint32_t context, uint64_t now)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];
	uint64_t before = v->ready;

	v->ready = before | BIT64(context);
	if (v->is_shared) {
		group_set_event(s, context, TOURNAMENT_NONE);
		if (before != 0)
			return j == s->active.current && (before & (before - 1)) == 0;
		server_begin_turn(s, v, context);
	}
	return server_wake(s, j, now) || s->running == SCHED_IDLE;
}

/* A server without anybody ready any more gives up its place, or its claim to one. */
void servers_retreat(struct sched *s, uint32_t server)
{
	if (s->servers[server].q > 0)
		servers_deactivate(s, server);
	else
		(void)servers_withdraw(s, server);
}

void servers_remove_shared(struct sched *s, uint32_t context)
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
	servers_retreat(s, j);
	v->idle_since = s->now;
	server_await_event(s, j);
}

static void await_shared(struct sched *s, uint32_t context, uint64_t event)
{
	uint32_t j = s->contexts[context].group;

	group_set_event(s, context, event);
	if (s->servers[j].ready != 0)
		return;
	(void)servers_withdraw(s, j);
	server_await_event(s, j);
}

void servers_await_at_length(struct sched *s, uint32_t context, uint64_t event)
{
	uint32_t j = s->contexts[context].group;

	if (event >= SCHED_EVENT_MAX)
		event = TOURNAMENT_NONE;
	if (s->servers[j].is_shared) {
		await_shared(s, context, event);
		return;
	}
	(void)servers_withdraw(s, j);
	if (event != TOURNAMENT_NONE)
		servers_await_event(s, j, event);
}

void servers_yield(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	if (v->is_shared && ((v->ready & (v->ready - 1)) != 0 || group_event(s, j) <= s->now))
		v->turn_left = 0;
}

/* The earliest activation has come. */
static inline uint32_t activation_take(struct sched *s, uint64_t *at)
{
	struct sched_active *e = &s->active;
	uint32_t server = e->next;

	if (e->next_at <= e->activation[0]) {
		*at = e->next_at;
		e->next = SCHED_NONE;
		e->next_at = TOURNAMENT_NONE;
		s->servers[server].at = TOURNAMENT_NONE;
		return server;
	}
	*at = e->activation[0];
	server = tournament_leaf(e->activation, e->first_leaf);
	activation_set(s, server, TOURNAMENT_NONE);
	s->servers[server].at = TOURNAMENT_NONE;
	return server;
}

/* The event that a server of one context waited for has come. */
static inline void server_take_event(struct sched *s, struct sched_server *v)
{
	s->contexts[v->turn].state = SCHED_READY;
	v->ready = BIT64(v->turn);
}

/* The activation of this server has come, and has been taken away: the server is ready. */
static __attribute__((noinline)) void server_come(struct sched *s, uint32_t server, uint64_t at)
{
	struct sched_server *v = &s->servers[server];

	if (v->ready == 0) {
		if (v->is_shared) {
			server_begin_turn(s, v, group_take_event(s, server));
			v->ready = BIT64(v->turn);
		} else {
			server_take_event(s, v);
		}
	}
	server_activate(s, server, at, s->now);
}

void servers_foresee_anew(struct sched *s, uint32_t server)
{
	uint64_t at = servers_withdraw(s, server);

	if (at != TOURNAMENT_NONE)
		servers_enter_activation(s, server, at);
}

void servers_catch_up(struct sched *s, uint32_t server)
{
	if (s->servers[server].at <= s->now)
		server_come(s, server, servers_withdraw(s, server));
}

void servers_expire(struct sched *s)
{
	uint64_t at;

	if (servers_activation(s) > s->now) {
		uint32_t current = s->active.current;
		s->servers[current].ready |= BIT64(group_take_event(s, current));
		return;
	}
	uint32_t j = activation_take(s, &at);
	server_come(s, j, at);
}

/* Passes the turn on when it has ended, or whoever had it waits. */
uint32_t servers_choose_turn(struct sched *s)
{
	struct sched_server *v = &s->servers[s->active.current];
	uint64_t others = v->ready & ~BIT64(v->turn);

	if (others == v->ready || (others != 0 && v->turn_left <= 0)) {
		uint64_t above = others & ~(BIT64(v->turn) | (BIT64(v->turn) - 1));
		server_begin_turn(s, v, bits_lowest(above != 0 ? above : others));
	}
	return v->turn;
}

uint64_t servers_timer(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	const struct sched_server *v = &s->servers[j];
	uint64_t when = v->q > 0 ? s->now + (uint64_t)v->q : s->now;

	if (v->is_shared) {
		when = sched_earlier(
			when, sched_turn_end(s, v->turn_left, group_event(s, j), (v->ready & (v->ready - 1)) != 0));
	}
	return servers_activation(s) < when ? activation_before(s, v->key, when) : when;
}
