/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of a time table (ARINC 653): a major frame of windows, over and over, aligned to the zero of the system
 * counter, so that the tables of several CPUs keep step.
 *
 *   0          frame                2 frame
 *   | A | rest |  B  | A | | A | rest |  B  | A | ...
 *
 * Whoever a window belongs to is a server that becomes active when its window begins, or when it wakes in it. What is
 * left of its budget is what is left of the window, whoever ran in it before. In a window that conserves work best
 * effort has the CPU while the owner waits. Another one is closed: then the *gate* is active, a server without
 * contexts, less urgent than an owner, more urgent than best effort, and the CPU idles. At the end of each window the
 * gate is looked at.
 */
#include "logic/sched/class.h"

#define KEY_OWNER UINT64_C(1)
#define KEY_GATE UINT64_C(2)

uint64_t table_key(const struct sched *s, const struct sched_server *v)
{
	return s->table.gate != SCHED_NONE && v == &s->servers[s->table.gate] ? KEY_GATE : KEY_OWNER;
}

/* The window at a time; *frame is when its frame began. */
static const struct sched_window *window_at(const struct sched *s, uint64_t at, uint64_t *frame)
{
	const struct sched_table *t = &s->table;
	uint64_t offset = at % t->frame;
	uint32_t i = 0;

	*frame = at - offset;
	while (i + 1 < t->count && t->windows[i].end <= offset) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		i++;
	}
	return &t->windows[i];
}

uint64_t table_opens(const struct sched *s, uint32_t server, uint64_t at)
{
	const struct sched_table *t = &s->table;
	uint64_t offset = at % t->frame;
	uint64_t next = TOURNAMENT_NONE; /* in the next frame */

	for (uint32_t i = 0; i < t->count; i++) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		const struct sched_window *w = &t->windows[i];
		if (w->server != server)
			continue;
		if (w->end > offset)
			return at - offset + sched_later(offset, w->start);
		next = sched_earlier(next, w->start);
	}
	return at - offset + t->frame + next;
}

/* A window is over: the gate opens or closes, and looks again at the end of the next one. */
static void gate_look(struct sched *s, uint64_t now)
{
	struct sched_server *gate = &s->servers[s->table.gate];
	uint64_t frame;
	const struct sched_window *w = window_at(s, now, &frame);
	bool is_active = gate->q > 0;

	if (w->is_closed && !is_active)
		servers_enqueue(s, s->table.gate, gate->key);
	else if (!w->is_closed && is_active)
		servers_deactivate(s, s->table.gate);
	gate->q = w->is_closed;
	servers_enter_activation(s, s->table.gate, frame + w->end);
}

void table_begin(struct sched *s, uint32_t server, uint64_t now)
{
	struct sched_server *v = &s->servers[server];
	uint64_t frame;

	if (server == s->table.gate) {
		gate_look(s, now);
		return;
	}
	const struct sched_window *w = window_at(s, now, &frame);
	if (w->server != server) { /* it was told too late */
		v->q = 0;
		servers_enter_activation(s, server, table_opens(s, server, now));
		return;
	}
	v->q = (int64_t)(frame + w->end - now);
	v->key = KEY_OWNER;
	servers_enqueue(s, server, v->key);
}

void table_end(struct sched *s, uint32_t server)
{
	s->servers[server].q = 0;
	servers_enter_activation(s, server, table_opens(s, server, s->now));
}

static bool is_covered(const struct sched_config *config)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < config->window_count; i++) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		const struct sched_window *w = &config->windows[i];
		if (w->start != end || w->end <= w->start ||
		    (w->server != SCHED_NONE && w->server >= config->server_count))
			return false;
		end = w->end;
	}
	return end == config->frame.raw;
}

/* A server with a context here has a window; one that none belongs to is another CPU's. */
static bool has_window(const struct sched_config *config, uint32_t server)
{
	for (uint32_t i = 0; i < config->window_count; i++) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		if (config->windows[i].server == server)
			return true;
	}
	return false;
}

bool table_is_valid(const struct sched_config *config)
{
	bool is_closed = false;

	if (config->window_count == 0 || config->window_count > SCHED_WINDOW_MAX ||
	    config->frame.raw > SCHED_PERIOD_MAX)
		return false;
	for (uint32_t i = 0; i < config->window_count; i++) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		is_closed |= config->windows[i].is_closed;
	}
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		uint32_t server = config->contexts[c].server;
		if (server != SCHED_NONE && !has_window(config, server))
			return false;
	}
	return is_covered(config) && (!is_closed || config->server_count < SCHED_SERVER_MAX);
}

void table_init(struct sched *s, const struct sched_config *config)
{
	struct sched_table *t = &s->table;

	t->gate = SCHED_NONE;
	if (config->policy != SCHED_POLICY_TABLE)
		return;
	t->frame = config->frame.raw;
	t->count = config->window_count;
	for (uint32_t i = 0; i < t->count; i++) {
		LOOP_BOUND(SCHED_WINDOW_MAX);
		t->windows[i] = config->windows[i];
		if (t->windows[i].is_closed)
			t->gate = config->server_count;
	}
	s->weight.is_shared = true; /* the quick ways know no gate */
	s->way_back = 0;            /* windows are what they are */
	if (t->gate == SCHED_NONE)
		return;
	s->servers[t->gate] =
		(struct sched_server){.ready = 1, .at = TOURNAMENT_NONE, .key = KEY_GATE, .turn = SCHED_IDLE};
	servers_enter_activation(s, t->gate, s->now);
}
