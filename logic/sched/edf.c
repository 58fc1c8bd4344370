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
 *          or can't pay the current one
 *
 * Invariants. An active server (ready != 0, q > 0) is edf.current or in edf.queue by its deadline, and current has the
 * earliest. Every other server that becomes active by itself has an activation, `at`: it is edf.next or in
 * edf.activation. How it does so, with the deadline next_d, keeping its budget or with a release, is known in advance,
 * since a server that doesn't run doesn't change; it is computed when somebody first asks. So whether an event would
 * preempt the running server is a comparison, and one that would not can be left until the next pick: it is then
 * handled as of its own time, which is when it would have been entered into the queue, so that its deadline is not
 * later for it.
 */
#include "logic/sched/class.h"

__extension__ typedef unsigned __int128 wide_t;

#define FRESH UINT64_C(0) /* no deadline */
#define ROWS_EXACT 2U

void edf_init(struct sched *s, const struct sched_config *config)
{
	struct sched_edf *e = &s->edf;

	e->current = SCHED_NONE;
	e->next = SCHED_NONE;
	e->next_at = TOURNAMENT_NONE;
	e->first_leaf = tournament_first_leaf(config->server_count);
	for (uint32_t i = 0; i < TOURNAMENT_NODES; i++) {
		LOOP_BOUND(TOURNAMENT_NODES);
		e->queue[i] = TOURNAMENT_NONE;
		e->activation[i] = TOURNAMENT_NONE;
	}
	for (uint32_t j = 0; j < config->server_count; j++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		struct sched_server *v = &s->servers[j];
		v->budget = config->servers[j].budget.raw;
		v->period = config->servers[j].period.raw;
		v->deadline = config->servers[j].deadline.raw;
		v->q = (int64_t)v->budget;
		v->at = TOURNAMENT_NONE;
		v->is_shared = s->groups[j].count > 1;
		v->turn = s->order[s->groups[j].first_order % SCHED_CONTEXT_MAX];
	}
}

static inline void activation_set(struct sched *s, uint32_t server, uint64_t at)
{
	tournament_set(s->edf.activation, s->edf.first_leaf, server, at);
}

/* Enters the activation of a server, for which another one may have to leave its place outside the tournament. */
void edf_await_later(struct sched *s, uint32_t server, uint64_t at)
{
	struct sched_edf *e = &s->edf;

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
uint64_t edf_withdraw(struct sched *s, uint32_t server)
{
	struct sched_edf *e = &s->edf;
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

/* How a server becomes active at `at`; it has q > 0 only if it is idle, not exhausted. */
static void server_foresee(struct sched_server *v, uint64_t at)
{
	uint64_t kept = v->q > 0 ? kept_deadline(v, at) : FRESH;

	v->next_keeps = kept != FRESH;
	v->next_d = kept != FRESH ? kept : at + v->deadline;
}

/* The deadline that a server will have by its activation. */
static inline uint64_t server_next_deadline(struct sched_server *v)
{
	if (v->next_d == 0)
		server_foresee(v, v->at);
	return v->next_d;
}

/* The earliest activation with a deadline before bound in the row of eight servers from `first` on, or `when` if
 * earlier. */
static inline uint64_t row_before(struct sched *s, uint32_t first, uint64_t bound, uint64_t when)
{
	const uint64_t *at = &s->edf.activation[s->edf.first_leaf + first];

	for (uint32_t k = 0; k < TOURNAMENT_WIDTH; k++) {
		LOOP_BOUND(TOURNAMENT_WIDTH);
		if (at[k] < when && server_next_deadline(&s->servers[first + k]) < bound)
			when = at[k];
	}
	return when;
}

/*
 * The earliest activation with a deadline before bound, or `when` if earlier. Rows without activation before `when`
 * need no look; of the others the first few are looked at one by one, the rest are taken at their word.
 */
static uint64_t activation_before(struct sched *s, uint64_t bound, uint64_t when)
{
	const uint64_t *row = &s->edf.activation[1];
	uint32_t rows = 0;

	if (s->edf.next_at < when && server_next_deadline(&s->servers[s->edf.next]) < bound)
		when = s->edf.next_at;
	if (s->edf.activation[0] >= when)
		return when;
	if (s->edf.first_leaf <= 1)
		return row_before(s, 0, bound, when);
	for (uint32_t k = 0; k < TOURNAMENT_WIDTH; k++) {
		LOOP_BOUND(TOURNAMENT_WIDTH);
		rows |= (uint32_t)(row[k] < when) << k;
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

/* A server that is exhausted, whose context may be ready, becomes active at its next release. */
static inline void server_await_release(struct sched *s, uint32_t server)
{
	struct sched_server *v = &s->servers[server];

	edf_enter_activation(s, server, v->replenish);
}

/* A shared server that is idle, and has no activation, becomes active by its next event. */
static void server_await_event(struct sched *s, uint32_t server)
{
	uint64_t at = group_event(s, server);

	if (at != TOURNAMENT_NONE)
		edf_await_event(s, server, at);
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
static __attribute__((noinline)) void server_enqueue_among(struct sched *s, uint32_t server, uint64_t d)
{
	struct sched_edf *e = &s->edf;
	uint64_t current_d = s->servers[e->current].d;

	if (d < current_d) {
		uint32_t current = e->current;
		if (!server_pay(s, &s->servers[server], &s->servers[current])) {
			server_await_release(s, server);
			return;
		}
		e->current = server;
		server = current;
		d = current_d;
	}
	tournament_set(e->queue, e->first_leaf, server, d);
}

static inline void server_enqueue(struct sched *s, uint32_t server, uint64_t d)
{
	if (s->edf.current == SCHED_NONE)
		s->edf.current = server;
	else
		server_enqueue_among(s, server, d);
}

static inline void server_begin_turn(const struct sched *s, struct sched_server *v, uint32_t context)
{
	v->turn = context;
	v->turn_left = (int64_t)s->slice;
}

/* It becomes active as of `at`, as was foreseen. */
static inline void server_activate(struct sched *s, uint32_t server, uint64_t at, uint64_t now)
{
	struct sched_server *v = &s->servers[server];

	if (v->next_d == 0)
		server_foresee(v, at);
	if (v->next_keeps)
		v->d = v->next_d;
	else
		server_release(v, at, now);
	server_enqueue(s, server, v->d);
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

/* A server has no budget left, or still none. */
void edf_exhaust(struct sched *s, uint32_t server, bool was_active)
{
	struct sched_server *v = &s->servers[server];

	if (was_active) {
		server_deactivate(s, server);
		s->exhausted |= BIT64(server);
	}
	if ((uint64_t)-v->q >= v->budget)
		server_skip_debt(v);
	(void)edf_withdraw(s, server);
	server_await_release(s, server);
}

/*
 * The first context of an idle server: it becomes active as of now, or as of an event that has come, if it has budget
 * or may have a release; else it waits for that.
 */
static bool server_wake(struct sched *s, uint32_t server, uint64_t now)
{
	struct sched_server *v = &s->servers[server];
	uint64_t at = edf_withdraw(s, server);

	if (now < at) {
		at = now;
		if (v->q <= 0 && now < v->replenish) {
			server_await_release(s, server);
			return true;
		}
		v->next_d = 0;
	}
	server_activate(s, server, at, now);
	return server == s->edf.current || v->q <= 0;
}

bool edf_wake(struct sched *s, uint32_t context, uint64_t now)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];
	uint64_t before = v->ready;

	v->ready = before | BIT64(context);
	if (v->is_shared) {
		group_set_event(s, context, TOURNAMENT_NONE);
		if (before != 0)
			return j == s->edf.current && (before & (before - 1)) == 0;
		server_begin_turn(s, v, context);
	}
	return server_wake(s, j, now) || s->running == SCHED_IDLE;
}

/* A server without anybody ready any more gives up its place, or its claim to one. */
void edf_retreat(struct sched *s, uint32_t server)
{
	if (s->servers[server].q > 0)
		server_deactivate(s, server);
	else
		(void)edf_withdraw(s, server);
}

void edf_remove_shared(struct sched *s, uint32_t context)
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
	edf_retreat(s, j);
	v->idle_since = s->now;
	server_await_event(s, j);
}

static void await_shared(struct sched *s, uint32_t context, uint64_t event)
{
	uint32_t j = s->contexts[context].group;

	group_set_event(s, context, event);
	if (s->servers[j].ready != 0)
		return;
	(void)edf_withdraw(s, j);
	server_await_event(s, j);
}

void edf_await_at_length(struct sched *s, uint32_t context, uint64_t event)
{
	uint32_t j = s->contexts[context].group;

	if (event >= SCHED_EVENT_MAX)
		event = TOURNAMENT_NONE;
	if (s->servers[j].is_shared) {
		await_shared(s, context, event);
		return;
	}
	(void)edf_withdraw(s, j);
	if (event != TOURNAMENT_NONE)
		edf_await_event(s, j, event);
}

void edf_yield(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	if (v->is_shared && ((v->ready & (v->ready - 1)) != 0 || group_event(s, j) <= s->now))
		v->turn_left = 0;
}

/* The earliest activation has come. */
static inline uint32_t activation_take(struct sched *s, uint64_t *at)
{
	struct sched_edf *e = &s->edf;
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

void edf_expire(struct sched *s)
{
	uint64_t at;

	if (edf_activation(s) > s->now) {
		uint32_t current = s->edf.current;
		s->servers[current].ready |= BIT64(group_take_event(s, current));
		return;
	}
	uint32_t j = activation_take(s, &at);
	struct sched_server *v = &s->servers[j];
	if (v->ready == 0) {
		if (v->is_shared) {
			server_begin_turn(s, v, group_take_event(s, j));
			v->ready = BIT64(v->turn);
		} else {
			server_take_event(s, v);
		}
	}
	server_activate(s, j, at, s->now);
}

/* Passes the turn on when it has ended, or whoever had it waits. */
uint32_t edf_choose_turn(struct sched *s)
{
	struct sched_server *v = &s->servers[s->edf.current];
	uint64_t others = v->ready & ~BIT64(v->turn);

	if (others == v->ready || (others != 0 && v->turn_left <= 0)) {
		uint64_t above = others & ~(BIT64(v->turn) | (BIT64(v->turn) - 1));
		server_begin_turn(s, v, bits_lowest(above != 0 ? above : others));
	}
	return v->turn;
}

uint64_t edf_timer(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	const struct sched_server *v = &s->servers[j];
	uint64_t when = v->q > 0 ? s->now + (uint64_t)v->q : s->now;

	if (v->is_shared) {
		when = sched_earlier(
			when, sched_turn_end(s, v->turn_left, group_event(s, j), (v->ready & (v->ready - 1)) != 0));
	}
	return edf_activation(s) < when ? activation_before(s, v->d, when) : when;
}
