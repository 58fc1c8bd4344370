/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the scheduler (logic/sched.c), its classes, one file each: servers.c, weight.c, and the policies among
 * servers: edf.c, fixed.c, table.c. Private to logic/sched.
 *
 * The scheduler owns the contexts' states, the clock (s->now: up to here all is charged) and the events of the groups;
 * a class owns the queues of its contexts. What each class CLASS provides:
 *
 *   CLASS_init(s, config)    its queues empty; contexts and groups are set up already
 *   CLASS_charge(s, c, used) c has run; when its budget is used up, CLASS_choose takes another one
 *   CLASS_pay(s, c, used)    c pays for what was done for it while it did not run; servers': what the choice needs then
 *   CLASS_wake(s, c, now)    c has become ready; true: what is picked or timed may have changed
 *   CLASS_remove(s, c)       c is no longer ready, and waits for nothing yet
 *   CLASS_await(s, c, event) c, which is not ready, becomes so at event and not before; SCHED_EVENT_MAX up: never
 *   CLASS_yield(s, c)        c, which runs, ends its turn
 *   CLASS_is_due(s)          an event has come that the choice depends on
 *   CLASS_expire(s)          handles it
 *   CLASS_choose(s)          whom it would run, or SCHED_IDLE
 *   CLASS_timer(s, c)        c of this class runs: when its turn ends or others of the class take it away
 *   CLASS_activation(s)      nobody of this class runs: when one of it becomes ready by itself
 *
 * Inline is what is enough in the common case: nothing is due, and one context is alone in its reservation or class.
 *
 * Another class is one more such file, one more value of enum sched_class, and its line in each dispatch of
 * logic/sched.c. Another policy among servers is a file, a value of enum sched_policy, and its place in foresee_other
 * and activate_other of servers.c.
 */
#ifndef LOGIC_SCHED_CLASS_H
#define LOGIC_SCHED_CLASS_H

#include "base/bits.h"
#include "base/expect.h"
#include "logic/sched.h"

/* A policy says what key a server has; where several are active, the least runs. No key is this one: */
#define SCHED_FRESH UINT64_C(0)

/* A guest may name any time: this one and later ones never come, so that sums can't overflow. */
#define SCHED_EVENT_MAX (UINT64_C(1) << 62)

#define SCHED_GROUP_BEST_EFFORT SCHED_SERVER_MAX

void servers_init(struct sched *s, const struct sched_config *config);
void servers_exhaust(struct sched *s, uint32_t server, bool was_active);
bool servers_wake(struct sched *s, uint32_t context, uint64_t now);
void servers_remove_shared(struct sched *s, uint32_t context);
void servers_retreat(struct sched *s, uint32_t server);
void servers_await_at_length(struct sched *s, uint32_t context, uint64_t event);
void servers_await_later(struct sched *s, uint32_t server, uint64_t at);
uint64_t servers_withdraw(struct sched *s, uint32_t server);
void servers_skip_debt(struct sched_server *v); /* which is a whole budget or more */
void servers_yield(struct sched *s, uint32_t context);
void servers_expire(struct sched *s);
uint64_t servers_pay(struct sched *s, uint32_t context, uint64_t used);
uint32_t servers_choose_turn(struct sched *s);
uint64_t servers_timer(struct sched *s, uint32_t context);

void servers_catch_up(struct sched *s, uint32_t server);      /* its activation, if it has come and was left */
void servers_foresee_anew(struct sched *s, uint32_t server);  /* its activation, if it has one, with what has changed */
void servers_change(struct sched *s, struct sched_server *v); /* a change that waited holds from here on */

void servers_enqueue(struct sched *s, uint32_t server, uint64_t key);
void servers_deactivate(struct sched *s, uint32_t server);

/* The key with which a server that wakes at `at`, before its release, with q > 0 keeps its budget; SCHED_FRESH: it has
 * a release instead. */
uint64_t edf_kept_key(const struct sched_server *v, uint64_t at);
/* Whether it keeps it. */
bool fixed_keeps(const struct sched_server *v, uint64_t at);

bool table_is_valid(const struct sched_config *config);
void table_init(struct sched *s, const struct sched_config *config); /* behind the classes */
uint64_t table_key(const struct sched *s, const struct sched_server *v);
/* The earliest time from `at` on that is in a window of the server's. */
uint64_t table_opens(const struct sched *s, uint32_t server, uint64_t at);
/* It is ready and, unless it is told too late, in its window. Of the gate: a window is over. */
void table_begin(struct sched *s, uint32_t server, uint64_t now);
void table_end(struct sched *s, uint32_t server); /* its window is over */

void weight_init(struct sched *s, const struct sched_config *config);
void weight_charge_shared(struct sched *s, uint32_t context, uint64_t used);
void weight_pay_shared(struct sched *s, uint32_t context, uint64_t used);
bool weight_wake_shared(struct sched *s, uint32_t context, uint64_t now);
void weight_remove_shared(struct sched *s, uint32_t context);
void weight_yield(struct sched *s, uint32_t context);
void weight_expire(struct sched *s);
uint32_t weight_choose_turn(struct sched *s);

static inline uint64_t sched_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t sched_earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/*
 * When a turn ends of which `left` ticks are left: at once when that is over, or when an event in the group has come
 * that the last pick had to leave; never before another one of the group is ready, now or by its event.
 */
static inline uint64_t sched_turn_end(const struct sched *s, int64_t left, uint64_t event, bool others_ready)
{
	uint64_t end = left > 0 ? s->now + (uint64_t)left : s->now;

	if (event <= s->now)
		return s->now;
	return others_ready ? end : sched_later(end, event);
}

/* The earliest event of the blocked contexts of a group that is shared or best effort, or TOURNAMENT_NONE. */
static inline uint64_t group_event(const struct sched *s, uint32_t group)
{
	return s->event_node[s->groups[group].node];
}

/* Enters what a context waits for into its group's tournament; TOURNAMENT_NONE: nothing. */
static inline void group_set_event(struct sched *s, uint32_t context, uint64_t event)
{
	const struct sched_context *c = &s->contexts[context];
	const struct sched_group *g = &s->groups[c->group];

	tournament_set(&s->event_node[g->node], g->first_leaf, c->leaf, event);
}

/* The context of the earliest event, which has come: the event is cleared, the context is READY; its class must be
 * told. */
static inline uint32_t group_take_event(struct sched *s, uint32_t group)
{
	const struct sched_group *g = &s->groups[group];
	uint32_t context = s->order[g->first_order + tournament_leaf(&s->event_node[g->node], g->first_leaf)];

	group_set_event(s, context, TOURNAMENT_NONE);
	s->contexts[context].state = SCHED_READY;
	return context;
}

static inline void servers_charge(struct sched *s, uint32_t context, uint64_t used)
{
	struct sched_server *v = &s->servers[s->contexts[context].group];
	int64_t before = v->q;

	v->q = before - (int64_t)used;
	v->turn_left -= (int64_t)used;
	if (v->q <= 0)
		servers_exhaust(s, s->contexts[context].group, before > 0);
}

static inline void servers_remove(struct sched *s, uint32_t context)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	if (v->is_shared) {
		servers_remove_shared(s, context);
		return;
	}
	v->ready = 0;
	v->idle_since = s->now;
	servers_retreat(s, j);
}

/* Enters the activation of a server that has none. */
static inline void servers_enter_activation(struct sched *s, uint32_t server, uint64_t at)
{
	struct sched_server *v = &s->servers[server];

	v->next_key = 0;
	v->at = at;
	if (s->active.next == SCHED_NONE) {
		s->active.next = server;
		s->active.next_at = at;
	} else {
		servers_await_later(s, server, at);
	}
}

/* When a server that is ready from `at` on becomes active; under a table it may turn out that it has to wait longer. */
static inline uint64_t server_opens(const struct sched *s, uint32_t server, uint64_t at)
{
	const struct sched_server *v = &s->servers[server];

	if (v->q > 0)
		return at;
	if (unlikely((enum sched_policy)s->policy == SCHED_POLICY_TABLE))
		return table_opens(s, server, at);
	return sched_later(at, v->replenish);
}

/* A server that is idle, and has no activation, becomes active at `at`, when it has budget or a release. */
static inline void servers_await_event(struct sched *s, uint32_t server, uint64_t at)
{
	at = sched_later(at, s->servers[server].idle_since);
	servers_enter_activation(s, server, server_opens(s, server, at));
}

/* Answers when the server of c becomes active, or that more must be looked at. */
static inline uint64_t servers_await(struct sched *s, uint32_t context, uint64_t event)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];

	if (v->is_shared || v->at != TOURNAMENT_NONE || event >= SCHED_EVENT_MAX) {
		servers_await_at_length(s, context, event);
		return SCHED_MUST_LOOK;
	}
	servers_await_event(s, j, event);
	return v->at;
}

static inline uint64_t servers_activation(const struct sched *s)
{
	return sched_earlier(s->active.next_at, s->active.activation[0]);
}

/*
 * Charge, removal and await in one, for a server without siblings that leaves budget, while no other one is active and
 * nothing is due; so it is the current one. Answers the earliest activation from then on; 0: nothing was done.
 */
static inline uint64_t servers_block(struct sched *s, uint32_t server, uint64_t event, uint64_t now)
{
	struct sched_active *e = &s->active;
	struct sched_server *v = &s->servers[server];
	int64_t left = v->q - (int64_t)(now - s->now);
	uint64_t at = sched_later(event, now);
	uint64_t earliest = servers_activation(s);

	if (v->is_shared || left <= 0 || e->queue[0] != TOURNAMENT_NONE || earliest <= now)
		return 0;
	v->q = left;
	v->ready = 0;
	v->idle_since = now;
	e->current = SCHED_NONE;
	if (event >= SCHED_EVENT_MAX)
		return earliest;
	servers_enter_activation(s, server, at);
	return sched_earlier(earliest, at);
}

/* Events of the siblings of the one that would run count as well, for the order of turns. */
static inline bool servers_is_due(const struct sched *s)
{
	uint32_t current = s->active.current;

	if (servers_activation(s) <= s->now)
		return true;
	return current != SCHED_NONE && s->servers[current].is_shared && group_event(s, current) <= s->now;
}

static inline uint32_t servers_choose(struct sched *s)
{
	uint32_t current = s->active.current;

	if (current == SCHED_NONE)
		return SCHED_IDLE;
	return s->servers[current].is_shared ? servers_choose_turn(s) : s->servers[current].turn;
}

/* The class needs to know nothing of an event before it comes. */
static inline uint64_t weight_activation(const struct sched *s) { return s->event_node[0]; }

static inline void weight_charge(struct sched *s, uint32_t context, uint64_t used)
{
	if (s->weight.is_shared)
		weight_charge_shared(s, context, used);
}

static inline void weight_pay(struct sched *s, uint32_t context, uint64_t used)
{
	if (s->weight.is_shared)
		weight_pay_shared(s, context, used);
}

static inline bool weight_wake(struct sched *s, uint32_t context, uint64_t now)
{
	if (s->weight.is_shared)
		return weight_wake_shared(s, context, now);
	s->event_node[0] = TOURNAMENT_NONE;
	s->weight.current = context;
	return s->running == SCHED_IDLE;
}

static inline void weight_remove(struct sched *s, uint32_t context)
{
	if (s->weight.is_shared)
		weight_remove_shared(s, context);
	else
		s->weight.current = SCHED_IDLE;
}

static inline void weight_await(struct sched *s, uint32_t context, uint64_t event)
{
	if (event >= SCHED_EVENT_MAX)
		event = TOURNAMENT_NONE;
	if (s->weight.is_shared)
		group_set_event(s, context, event);
	else
		s->event_node[0] = event;
}

static inline bool weight_is_due(const struct sched *s) { return weight_activation(s) <= s->now; }

/* It is shared, and would choose whom it chose last. */
static inline bool weight_keeps_turn(const struct sched *s, uint64_t now)
{
	const struct sched_weight *w = &s->weight;

	return !w->yielded && (w->turn_left > 0 || w->queue[0] == TOURNAMENT_NONE) && weight_activation(s) > now;
}

static inline uint32_t weight_choose(struct sched *s)
{
	return s->weight.is_shared ? weight_choose_turn(s) : s->weight.current;
}

static inline uint64_t weight_timer(const struct sched *s)
{
	if (!s->weight.is_shared)
		return TOURNAMENT_NONE;
	return sched_turn_end(s, s->weight.turn_left, weight_activation(s), s->weight.queue[0] != TOURNAMENT_NONE);
}

#endif
