/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler of one CPU: states of contexts, the account of time, and the order of the classes. What a class decides
 * is in logic/sched/. Invariants between calls: at most one context is RUNNING, and it is s->running; a context's event
 * is in the tournament of its group if and only if it is BLOCKED; all time up to s->now is charged. Contract:
 * logic/sched.h.
 */
#include "logic/sched/class.h"

#define EVENT_MAX                                                                                           \
	(UINT64_C(1) << 62) /* a guest may name any time; later than this is never, and sums can't overflow \
			     */

/* An SGI wakes the vCPUs of a VM, eight at most; the interrupt taken before a switch, and a model's caller, one each.
 */
#define WAKES_IN_STEP 10U
/* A VM that ends takes its vCPUs along, eight at most; else one context blocks or ends. */
#define REMOVALS_IN_STEP 8U

static inline void class_charge(struct sched *s, uint32_t context, uint64_t used)
{
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_EDF:
		edf_charge(s, context, used);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_charge(s, context, used);
		break;
	}
}

static inline bool class_wake(struct sched *s, uint32_t context, uint64_t now)
{
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_EDF:
		return edf_wake(s, context, now);
	case SCHED_CLASS_WEIGHT:
		return weight_wake(s, context, now);
	}
	return false;
}

static void class_remove(struct sched *s, uint32_t context)
{
	STEP_BOUND(sched_remove, REMOVALS_IN_STEP);
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_EDF:
		edf_remove(s, context);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_remove(s, context);
		break;
	}
}

static void class_event(struct sched *s, uint32_t context)
{
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_EDF:
		edf_event(s, context);
		break;
	case SCHED_CLASS_WEIGHT:
		break; /* its group's tournament has it */
	}
}

/* Charges the running context up to now. */
static inline void sched_charge(struct sched *s, ticks_t now)
{
	uint64_t before = s->now;

	s->now = now.raw;
	if (s->running == SCHED_IDLE || before == now.raw)
		return;
	STEP_BOUND(sched_charge, 1); /* all of a step happens at one time */
	class_charge(s, s->running, now.raw - before);
}

static bool is_valid_index(const struct sched_config *config)
{
	if (config->context_count > SCHED_CONTEXT_MAX || config->server_count > SCHED_SERVER_MAX)
		return false;
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		uint32_t server = config->contexts[c].server;
		if (server != SCHED_NONE && server >= config->server_count)
			return false;
	}
	return true;
}

static bool is_in_range(const struct sched_config *config)
{
	if (config->slice.raw == 0 || config->slice.raw > SCHED_PERIOD_MAX)
		return false;
	for (uint32_t j = 0; j < config->server_count; j++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		const struct sched_server_config *v = &config->servers[j];
		if (v->budget.raw == 0 || v->budget.raw > v->deadline.raw || v->deadline.raw > v->period.raw ||
		    v->period.raw > SCHED_PERIOD_MAX)
			return false;
	}
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		const struct sched_context_config *x = &config->contexts[c];
		if (x->server == SCHED_NONE && (x->weight == 0 || x->weight > SCHED_WEIGHT_MAX))
			return false;
	}
	return true;
}

/* Lays out the contexts of one group and its tournament behind those before it. */
static void group_init(struct sched *s, uint32_t group, uint32_t *order, uint32_t *node)
{
	struct sched_group *g = &s->groups[group];

	g->first_order = (uint8_t)*order;
	for (uint32_t c = 0; c < s->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		if (s->contexts[c].group != group)
			continue;
		s->contexts[c].leaf = (uint8_t)g->count++;
		s->order[(*order)++] = (uint8_t)c;
	}
	g->node = (uint16_t)*node;
	g->first_leaf = (uint8_t)tournament_first_leaf(g->count);
	if (g->count != 0 || group == SCHED_GROUP_BEST_EFFORT)
		*node += tournament_nodes(g->first_leaf);
}

enum status sched_init(struct sched *s, const struct sched_config *config, ticks_t now)
{
	if (!is_valid_index(config))
		return STATUS_INVALID;
	if (!is_in_range(config))
		return STATUS_RANGE;
	*s = (struct sched){.running = SCHED_IDLE,
			    .context_count = config->context_count,
			    .now = now.raw,
			    .slice = config->slice.raw};
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		bool is_best_effort = config->contexts[c].server == SCHED_NONE;
		s->contexts[c].class_id = is_best_effort ? SCHED_CLASS_WEIGHT : SCHED_CLASS_EDF;
		s->contexts[c].group = (uint8_t)(is_best_effort ? SCHED_GROUP_BEST_EFFORT : config->contexts[c].server);
		s->contexts[c].event = TOURNAMENT_NONE;
	}
	uint32_t order = 0;
	uint32_t node = 0;
	group_init(s, SCHED_GROUP_BEST_EFFORT, &order, &node);
	for (uint32_t g = 0; g < SCHED_SERVER_MAX; g++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		group_init(s, g, &order, &node);
	}
	for (uint32_t i = 0; i < SCHED_EVENT_NODES; i++) {
		LOOP_BOUND(SCHED_EVENT_NODES);
		s->event_node[i] = TOURNAMENT_NONE;
	}
	edf_init(s, config);
	weight_init(s, config);
	return STATUS_OK;
}

/* When the choice of `next` is to be looked at again. */
static inline uint64_t next_look(const struct sched *s, uint32_t next)
{
	if (next == SCHED_IDLE)
		return sched_earlier(edf_activation(s), weight_activation(s));
	switch ((enum sched_class)s->contexts[next].class_id) {
	case SCHED_CLASS_EDF:
		return edf_timer(s, next);
	case SCHED_CLASS_WEIGHT:
		return sched_earlier(edf_activation(s), weight_timer(s));
	}
	return TOURNAMENT_NONE;
}

/* Nothing happened but that a blocked context waits for another event: the choice holds, as long as one was made. */
static inline void look_again(struct sched *s)
{
	if (s->unchanged == 0)
		return;
	STEP_BOUND(sched_look, 1); /* the one that blocked gets its event; later wakes and ends void the choice first */
	s->unchanged = next_look(s, s->running);
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
	s->unchanged = 0;
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

void sched_block(struct sched *s, uint32_t context, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];

	sched_charge(s, now);
	s->running = SCHED_IDLE;
	s->unchanged = 0;
	if (c->event <= now.raw) {
		c->event = TOURNAMENT_NONE;
		c->state = SCHED_READY;
		return;
	}
	c->state = SCHED_BLOCKED;
	class_remove(s, context);
}

void sched_off(struct sched *s, uint32_t context, ticks_t now)
{
	struct sched_context *c = &s->contexts[context];
	uint8_t before = c->state;

	sched_charge(s, now);
	if (s->running == context)
		s->running = SCHED_IDLE;
	c->state = SCHED_OFF;
	c->event = TOURNAMENT_NONE;
	if (before == SCHED_BLOCKED) {
		group_set_event(s, context, TOURNAMENT_NONE);
		class_event(s, context);
		look_again(s);
	} else if (before != SCHED_OFF) {
		class_remove(s, context);
		s->unchanged = 0;
	}
}

void sched_set_event(struct sched *s, uint32_t context, ticks_t when)
{
	struct sched_context *c = &s->contexts[context];

	c->event = when.raw < EVENT_MAX ? when.raw : TOURNAMENT_NONE;
	if (c->state == SCHED_BLOCKED) {
		group_set_event(s, context, c->event);
		class_event(s, context);
		look_again(s);
	}
}

void sched_end_turn(struct sched *s, uint32_t context, ticks_t now)
{
	sched_charge(s, now);
	s->unchanged = 0;
	switch ((enum sched_class)s->contexts[context].class_id) {
	case SCHED_CLASS_EDF:
		edf_yield(s, context);
		break;
	case SCHED_CLASS_WEIGHT:
		weight_yield(s, context);
		break;
	}
}

/* An event has come that the choice depends on: those of best effort count only when no server would run. */
static inline bool is_due(const struct sched *s)
{
	return edf_is_due(s) || (s->edf.current == SCHED_NONE && weight_is_due(s));
}

/* Handles the events that have come, of which there is one at least. */
static void expire(struct sched *s)
{
	uint32_t left = SCHED_EXPIRE_MAX;

	do {
		LOOP_BOUND(SCHED_EXPIRE_MAX);
		if (edf_is_due(s))
			edf_expire(s);
		else
			weight_expire(s);
	} while (--left != 0 && is_due(s));
}

uint32_t sched_pick(struct sched *s, ticks_t now)
{
	if (now.raw < s->unchanged)
		return s->running;
	sched_charge(s, now);
	if (is_due(s))
		expire(s);
	uint32_t next = edf_choose(s);
	if (next == SCHED_IDLE)
		next = weight_choose(s);
	s->unchanged = next_look(s, next);
	if (next == s->running)
		return next;
	if (s->running != SCHED_IDLE)
		s->contexts[s->running].state = SCHED_READY;
	if (next != SCHED_IDLE)
		s->contexts[next].state = SCHED_RUNNING;
	s->running = next;
	return next;
}
