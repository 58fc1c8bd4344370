/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler of one CPU: states of contexts, the account of time, and the order of the classes. What a class decides
 * is in logic/sched/. Invariants between calls: at most one context is RUNNING, and it is s->running; a context waits
 * for an event only while it is BLOCKED; all time up to s->now is charged. Contract: logic/sched.h.
 */
#include "base/expect.h"
#include "logic/sched/class.h"

/*
 * Each time that interrupts have become pending one vCPU is woken in the step, several are by mail: by what the list
 * registers tell, by the exit, by the interrupt that is taken before a switch, by who leaves. An alarm's exit is four
 * polled lines and a watchdog instead; who comes may have four lines more. A model's caller, the alarm of a line that
 * is throttled, and the console's driver are one each.
 */
#define WAKES_IN_STEP 15U
/* A VM that ends takes its vCPUs along, eight at most, and the alarm that ended it blocks; else one context blocks
 * or ends. A kick before a switch stops one, or sets it aside. */
#define REMOVALS_IN_STEP 10U

static inline void class_charge(struct sched *s, uint32_t context, uint64_t used)
{
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_SERVERS:
		servers_charge(s, context, used);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_charge(s, context, used);
		break;
	}
}

static inline bool class_wake(struct sched *s, uint32_t context, uint64_t now)
{
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_SERVERS:
		return servers_wake(s, context, now);
	case SCHED_CLASS_WEIGHT:
		return weight_wake(s, context, now);
	}
	return false;
}

static void class_remove(struct sched *s, uint32_t context)
{
	STEP_BOUND(sched_remove, REMOVALS_IN_STEP);
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_SERVERS:
		servers_remove(s, context);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_remove(s, context);
		break;
	}
}

/* Charges the running context up to now. */
static __attribute__((noinline)) void sched_charge(struct sched *s, ticks_t now)
{
	uint64_t before = s->now;

	s->now = now.raw;
	if (s->running == SCHED_IDLE || before == now.raw)
		return;
	STEP_BOUND(sched_charge, 2); /* a step happens at one time, but for a second pick */
	class_charge(s, s->running, now.raw - before);
}

/* When the choice of `next` is to be looked at again. */
static inline uint64_t next_look(struct sched *s, uint32_t next)
{
	if (next == SCHED_IDLE && s->active.current != SCHED_NONE)
		return servers_activation(s); /* the gate of a table */
	if (next == SCHED_IDLE)
		return sched_earlier(servers_activation(s), weight_activation(s));
	switch ((enum sched_class)s->contexts[next].class_id) {
	case SCHED_CLASS_SERVERS:
		return servers_timer(s, next);
	case SCHED_CLASS_WEIGHT:
		return sched_earlier(servers_activation(s), weight_timer(s));
	}
	return TOURNAMENT_NONE;
}

bool sched_wake(struct sched *s, uint32_t context, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];

	if (c->state >= SCHED_READY)
		return false;
	STEP_BOUND(sched_wake, WAKES_IN_STEP);
	c->state = SCHED_READY;
	if (!class_wake(s, context, now.raw))
		return false;
	s->unchanged = SCHED_MUST_PICK;
	return true;
}

bool sched_resume(struct sched *s, uint32_t context, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];

	if (c->state != SCHED_BLOCKED || c->class_id != SCHED_CLASS_WEIGHT || s->weight.is_shared ||
	    s->running != SCHED_IDLE || now.raw >= s->unchanged)
		return false;
	c->state = SCHED_RUNNING;
	(void)weight_wake(s, context, now.raw);
	s->running = context;
	s->now = now.raw;
	return true;
}

void sched_off(struct sched *s, uint32_t context, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];

	sched_charge(s, now);
	if (s->running == context)
		s->running = SCHED_IDLE;
	if (c->state == SCHED_BLOCKED) {
		sched_await(s, context, TICKS_NEVER);
	} else if (c->state != SCHED_OFF) {
		class_remove(s, context);
		s->unchanged = SCHED_MUST_PICK;
	}
	c->state = SCHED_OFF;
}

/* While no server is active each activation matters, and what was known of the others holds. */
void sched_await(struct sched *s, uint32_t context, ticks_t when)
{
	uint64_t look = SCHED_MUST_LOOK;

	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_SERVERS:
		look = servers_await(s, context, when.raw);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_await(s, context, when.raw);
		break;
	}
	if (s->active.current != SCHED_NONE)
		look = SCHED_MUST_LOOK;
	s->unchanged = sched_earlier(s->unchanged, look);
}

ticks_t sched_next_release(const struct sched *s, uint32_t context, ticks_t now)
{
	const struct sched_server *v = &s->servers[s->contexts[context].group];
	return ticks(v->replenish > now.raw ? v->replenish : now.raw + v->period);
}

void sched_end_turn(struct sched *s, uint32_t context, ticks_t now)
{
	sched_charge(s, now);
	s->unchanged = SCHED_MUST_PICK;
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_SERVERS:
		servers_yield(s, context);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_yield(s, context);
		break;
	}
}

/* It has been idle past its release since: the change holds. */
static bool change_if_due(struct sched *s, uint32_t server, ticks_t now)
{
	struct sched_server *v = &s->servers[server];

	if (v->ready != 0 || now.raw < v->replenish || v->next_period == 0)
		return false;
	servers_change(s, v);
	return true;
}

struct sched_note sched_take_note(struct sched *s, ticks_t now)
{
	uint64_t behind = s->attention & ~s->noted;
	uint32_t server = bits_lowest(behind != 0 ? behind : s->attention);
	uint64_t bit = BIT64(server);
	struct sched_note note = {.context = s->servers[server].turn,
				  .server = server,
				  .is_exhausted = (s->exhausted & bit) != 0,
				  .is_miss = (s->missed & bit) != 0};

	s->noted = (bit << 1) - 1;
	note.is_changed = (s->changed & bit) != 0 || change_if_due(s, server, now);
	note.is_overrun = note.is_exhausted && s->servers[server].ready != 0;
	s->exhausted &= ~bit;
	s->missed &= ~bit;
	s->changed &= ~bit;
	s->attention = (s->attention & ~bit) | s->changing;
	return note;
}

ticks_t sched_await_changes(struct sched *s, ticks_t now)
{
	uint64_t when = TOURNAMENT_NONE;
	uint64_t rest = s->changing;

	while (rest != 0) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		const struct sched_server *v = &s->servers[bits_lowest(rest)];
		if (v->ready == 0)
			when = sched_earlier(when, sched_later(v->replenish, now.raw));
		rest &= rest - 1;
	}
	s->unchanged = sched_earlier(s->unchanged, when);
	return ticks(when);
}

bool sched_change(struct sched *s, uint32_t server, const struct sched_server_config *next, ticks_t now)
{
	struct sched_server *v = &s->servers[server];

	sched_charge(s, now);
	servers_catch_up(s, server); /* as of its own time, with the old values */
	v->next_budget = next->budget.raw;
	v->next_period = next->period.raw;
	v->fresh_deadline = next->deadline.raw;
	servers_foresee_anew(s, server); /* with the new deadline */
	s->unchanged = SCHED_MUST_PICK;
	s->changing |= BIT64(server);
	bool is_due = change_if_due(s, server, now);
	s->attention |= s->changing;
	return is_due;
}

/* An event has come that the choice depends on: those of best effort count only when no server would run. */
static inline bool is_due(const struct sched *s)
{
	return servers_is_due(s) || (s->active.current == SCHED_NONE && weight_is_due(s));
}

/* Handles the events that have come, of which there is one at least. */
static void expire(struct sched *s)
{
	uint32_t left = SCHED_EXPIRE_MAX;

	do {
		LOOP_BOUND(SCHED_EXPIRE_MAX);
		if (servers_is_due(s))
			servers_expire(s);
		else
			weight_expire(s);
	} while (--left != 0 && is_due(s));
}

/* next is the choice, until `look`. */
static inline uint32_t choose(struct sched *s, uint32_t next, uint64_t look)
{
	s->unchanged = look;
	if (next == s->running)
		return next;
	if (s->running != SCHED_IDLE)
		s->contexts[s->running].state = SCHED_READY;
	if (next != SCHED_IDLE)
		s->contexts[next].state = SCHED_RUNNING;
	s->running = next;
	return next;
}

static __attribute__((noinline)) uint32_t choose_at_length(struct sched *s)
{
	if (is_due(s))
		expire(s);
	uint32_t next = servers_choose(s);
	if (next == SCHED_IDLE && s->active.current == SCHED_NONE)
		next = weight_choose(s);
	return choose(s, next, SCHED_MUST_LOOK);
}

/* The usual choice is a look: kept apart, it needs no stack. */
static inline uint32_t choose_quickly(struct sched *s)
{
	uint32_t current = s->active.current;
	uint64_t servers = servers_activation(s);

	if (unlikely(servers <= s->now))
		return choose_at_length(s);
	if (current == SCHED_NONE) {
		uint64_t weight = weight_activation(s);
		if (s->weight.is_shared || weight <= s->now)
			return choose_at_length(s);
		return choose(s, s->weight.current, sched_earlier(servers, weight));
	}
	if (s->servers[current].is_shared)
		return choose_at_length(s);
	return choose(s, s->servers[current].turn, SCHED_MUST_LOOK);
}

static __attribute__((noinline)) uint32_t block_at_length(struct sched *s, uint32_t context, ticks_t until, ticks_t now)
{
	sched_charge(s, now);
	s->running = SCHED_IDLE;
	s->unchanged = SCHED_MUST_PICK;
	s->contexts[context].state = SCHED_BLOCKED;
	class_remove(s, context);
	uint32_t next = choose_at_length(s);
	if (next != SCHED_IDLE)
		sched_await(s, context, until);
	return next;
}

/* The context waits, next, of best effort, runs: the choice holds until `look`. */
static inline uint32_t go_on(struct sched *s, struct sched_context *blocked, uint32_t next, uint64_t look, ticks_t now)
{
	blocked->state = SCHED_BLOCKED;
	s->contexts[next].state = SCHED_RUNNING;
	s->running = next;
	s->now = now.raw;
	s->unchanged = look;
	return next;
}

/* The same where best effort is shared, and goes on with the turn in which it was preempted. */
static __attribute__((noinline)) uint32_t block_to_turn(struct sched *s, uint32_t context, ticks_t until, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];
	uint32_t next = s->weight.current;
	uint64_t look = weight_keeps_turn(s, now.raw) ? servers_block(s, c->group, until.raw, now.raw) : 0;

	if (unlikely(look == 0))
		return block_at_length(s, context, until, now);
	(void)go_on(s, c, next, look, now);
	s->unchanged = sched_earlier(look, weight_timer(s));
	return next;
}

/* The usual way: from a reservation to best effort, both without others in their place, in one piece. */
uint32_t sched_block(struct sched *s, uint32_t context, ticks_t until, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];
	uint32_t next = s->weight.current;
	uint64_t look = 0;

	if (likely((enum sched_class)c->class_id == SCHED_CLASS_SERVERS && next != SCHED_IDLE)) {
		if (unlikely(s->weight.is_shared))
			return block_to_turn(s, context, until, now);
		look = servers_block(s, c->group, until.raw, now.raw);
	}
	if (unlikely(look == 0))
		return block_at_length(s, context, until, now);
	return go_on(s, c, next, look, now);
}

uint32_t sched_pick(struct sched *s, ticks_t now)
{
	if (now.raw < s->unchanged)
		return s->running;
	sched_charge(s, now);
	return choose_quickly(s);
}

ticks_t sched_timer(struct sched *s, ticks_t now)
{
	if (s->unchanged == SCHED_MUST_LOOK) {
		STEP_BOUND(sched_look,
			   1); /* it is known then, and what happens later in the step makes it pick first */
		s->unchanged = next_look(s, s->running);
	}
	return ticks_reached(ticks(s->unchanged), now) ? now : ticks(s->unchanged);
}

/* A window of a table ends when it does: who had it loses the time. */
bool sched_pay(struct sched *s, uint32_t context, ticks_t from, ticks_t to)
{
	if (s->policy == SCHED_POLICY_TABLE)
		return false;
	sched_charge(s, from);
	s->now = to.raw;
	if ((enum sched_class)s->contexts[context].class_id == SCHED_CLASS_WEIGHT) {
		weight_pay(s, context, to.raw - from.raw);
		return false;
	}
	s->unchanged = sched_earlier(s->unchanged, servers_pay(s, context, to.raw - from.raw));
	return true;
}
