/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class of best effort: start-time fair queueing (Goyal, Guo, Vin 1996) by turns. A context's virtual time advances
 * by what it runs over its weight; the one with the least goes first and keeps the CPU for a slice, whoever wakes in
 * between, so that neighbours that wake often can't take its caches away.
 *
 * The class's virtual time V is the one at which the current turn began; it never goes back. A context that wakes
 * begins at V or at its own, whichever is later: sleep earns nothing, and what was used ahead is owed until nobody is
 * ready.
 *
 * The lag. Let a turn take at most S: a slice, and what EL2 is late by. For every ready context i that does not yield,
 *
 *     0 <= x_i <= S / w_i, where x_i = v_i - V.
 *
 * A turn begins only with the least v of all ready ones, so that V = v_i <= v_j then; it adds at most S / w_i to v_i,
 * and nothing to the others or to V, which is left behind by v_i alone. When the turn ends, another one begins at the
 * least v again: V does not pass a ready one, and as it does not go back, no x grows but in its own turn. One that
 * wakes enters with v_i = V, or with what it had when it slept, which was in these bounds of a V that was no later.
 * Alone, V goes along with it, so x stays below what it was. One that yields is moved up to the first other one, and
 * forfeits that: it has no claim, and the x of the others do not change. Time that reservations take changes nothing.
 * So of two contexts that are ready throughout [a, b] and do not yield, since W_i / w_i = v_i(b) - v_i(a),
 *
 *     W_i / w_i - W_j / w_j = (x_i(b) - x_i(a)) - (x_j(b) - x_j(a)),   | ... | <= S / w_i + S / w_j
 *
 * for any length of [a, b], and one unit of virtual time for each, in which v is compared. tests/mc/test_lag.c reaches
 * it, tests/prop/test_lag.c measures it. Virtual time has an integer for 1 / w: a weight counts as 2^20 / floor(2^20 /
 * w), less than w / 2^20 above w, a thousandth at most.
 *
 * Virtual time is in units of 2^-4 tick at weight 1, with 16 more bits in `fraction`: a counter at 1 GHz takes 34 years
 * to wrap it.
 */
#include "logic/sched/class.h"

#define WEIGHT_INVERSE_ONE (UINT32_C(1) << 20) /* of weight 1 */
#define WEIGHT_FRACTION_BITS 16
#define WEIGHT_CHARGE_MAX (UINT64_C(1) << 40) /* alone for longer, it has no one to be behind or ahead of */

void weight_init(struct sched *s, const struct sched_config *config)
{
	s->weight.current = SCHED_IDLE;
	s->weight.is_shared = s->groups[SCHED_GROUP_BEST_EFFORT].count > 1;
	for (uint32_t i = 0; i < TOURNAMENT_NODES; i++) {
		LOOP_BOUND(TOURNAMENT_NODES);
		s->weight.queue[i] = TOURNAMENT_NONE;
	}
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		if (config->contexts[c].server == SCHED_NONE)
			s->contexts[c].inverse = WEIGHT_INVERSE_ONE / config->contexts[c].weight;
	}
}

static void queue_set(struct sched *s, uint32_t context, uint64_t key)
{
	tournament_set(s->weight.queue, s->groups[SCHED_GROUP_BEST_EFFORT].first_leaf, s->contexts[context].leaf, key);
}

static void weight_begin_turn(struct sched *s, uint32_t context)
{
	s->weight.current = context;
	s->weight.turn_left = (int64_t)s->slice;
	s->weight.virtual_time = s->contexts[context].virtual_time;
}

/* The turn goes to the first of the queue, which is not empty. */
static void weight_take_first(struct sched *s)
{
	const struct sched_group *g = &s->groups[SCHED_GROUP_BEST_EFFORT];
	uint32_t context = s->order[g->first_order + tournament_leaf(s->weight.queue, g->first_leaf)];

	queue_set(s, context, TOURNAMENT_NONE);
	weight_begin_turn(s, context);
}

/*
 * The running one has been alone: the class's time goes along, up to an event that has come meanwhile and
 * will be handled at the next pick.
 */
static void weight_advance(struct sched *s, const struct sched_context *c)
{
	uint64_t event = weight_activation(s);
	uint64_t beyond = event < s->now ? sched_earlier(s->now - event, WEIGHT_CHARGE_MAX) : 0;
	uint64_t alone = c->virtual_time - (beyond * c->inverse >> WEIGHT_FRACTION_BITS);

	if ((int64_t)(alone - s->weight.virtual_time) > 0)
		s->weight.virtual_time = alone;
}

void weight_charge_shared(struct sched *s, uint32_t context, uint64_t used)
{
	struct sched_context *c = &s->contexts[context];
	uint64_t counted = sched_earlier(used, WEIGHT_CHARGE_MAX);
	uint64_t sum = counted * c->inverse + c->fraction;

	c->virtual_time += sum >> WEIGHT_FRACTION_BITS;
	c->fraction = (uint32_t)(sum & ((1U << WEIGHT_FRACTION_BITS) - 1));
	s->weight.turn_left -= (int64_t)used;
	if (s->weight.queue[0] == TOURNAMENT_NONE)
		weight_advance(s, c);
}

void weight_pay_shared(struct sched *s, uint32_t context, uint64_t used)
{
	struct sched_weight *w = &s->weight;
	struct sched_context *c = &s->contexts[context];

	if (c->state < SCHED_READY) /* as if it had been ready for as long */
		c->virtual_time = sched_later(c->virtual_time, w->virtual_time);
	uint64_t sum = sched_earlier(used, WEIGHT_CHARGE_MAX) * c->inverse + c->fraction;
	c->virtual_time += sum >> WEIGHT_FRACTION_BITS;
	c->fraction = (uint32_t)(sum & ((1U << WEIGHT_FRACTION_BITS) - 1));
	if (c->state < SCHED_READY)
		w->finish = sched_later(w->finish, c->virtual_time);
	else if (context != w->current)
		queue_set(s, context, c->virtual_time);
}

/* A context that became ready gets its place. */
static void weight_enter(struct sched *s, uint32_t context)
{
	struct sched_weight *w = &s->weight;
	struct sched_context *c = &s->contexts[context];

	c->virtual_time = sched_later(c->virtual_time, w->virtual_time);
	if (w->current == SCHED_IDLE && w->queue[0] == TOURNAMENT_NONE)
		weight_begin_turn(s, context);
	else
		queue_set(s, context, c->virtual_time);
}

/* The one of the class that runs is charged first: where the new one begins depends on how far it is. */
bool weight_wake_shared(struct sched *s, uint32_t context, uint64_t now)
{
	struct sched_weight *w = &s->weight;
	bool is_running = s->running != SCHED_IDLE && s->running == w->current;
	bool was_alone = w->queue[0] == TOURNAMENT_NONE;

	if (is_running) {
		uint64_t used = now - s->now;
		s->now = now;
		weight_charge_shared(s, s->running, used);
	}
	group_set_event(s, context, TOURNAMENT_NONE);
	weight_enter(s, context);
	return s->running == SCHED_IDLE || (is_running && was_alone);
}

void weight_remove_shared(struct sched *s, uint32_t context)
{
	struct sched_weight *w = &s->weight;

	w->finish = sched_later(w->finish, s->contexts[context].virtual_time);
	if (context == w->current) {
		w->current = SCHED_IDLE;
		w->yielded = false;
	} else {
		queue_set(s, context, TOURNAMENT_NONE);
	}
	if (w->current == SCHED_IDLE && w->queue[0] == TOURNAMENT_NONE && weight_activation(s) > s->now)
		w->virtual_time = w->finish;
}

void weight_yield(struct sched *s, uint32_t context)
{
	if (context == s->weight.current) {
		s->weight.turn_left = 0;
		s->weight.yielded = s->weight.is_shared;
	}
}

/* The turn has ended and others are ready: the one with the least virtual time goes on, or the first other one after a
 * yield. */
static void weight_rotate(struct sched *s)
{
	struct sched_weight *w = &s->weight;
	struct sched_context *c = &s->contexts[w->current];
	uint32_t before = w->current;

	if (w->yielded)
		c->virtual_time = sched_later(c->virtual_time, w->queue[0]);
	if (w->queue[0] > c->virtual_time) {
		weight_begin_turn(s, before);
		return;
	}
	weight_take_first(s);
	queue_set(s, before, c->virtual_time);
}

void weight_expire(struct sched *s)
{
	uint32_t context = group_take_event(s, SCHED_GROUP_BEST_EFFORT);

	if (s->weight.is_shared)
		weight_enter(s, context);
	else
		s->weight.current = context;
}

uint32_t weight_choose_turn(struct sched *s)
{
	struct sched_weight *w = &s->weight;

	if (w->queue[0] != TOURNAMENT_NONE) {
		if (w->current == SCHED_IDLE)
			weight_take_first(s);
		else if (w->turn_left <= 0 &&
			 !weight_is_due(s)) /* who has come belongs among those that it may go to */
			weight_rotate(s);
	} else if (w->yielded) {
		weight_begin_turn(s, w->current);
	}
	w->yielded = false;
	return w->current;
}
