/* SPDX-License-Identifier: Apache-2.0 */
/* The naive scheduler: tests/prop/sched_model.h. */
#include "tests/prop/sched_model.h"

#include <string.h>

void model_init(struct model *m, const struct sched_config *config)
{
	memset(m, 0, sizeof(*m));
	m->config = config;
	for (uint32_t c = 0; c < config->context_count; c++)
		m->contexts[c].event = UINT64_MAX;
	for (uint32_t j = 0; j < config->server_count; j++)
		m->servers[j] =
			(struct model_server){.q = (int64_t)config->servers[j].budget.raw, .k = config->servers[j]};
}

bool model_is_server_ready(const struct model *m, uint32_t server)
{
	for (uint32_t c = 0; c < m->config->context_count; c++)
		if (m->config->contexts[c].server == server && m->contexts[c].is_ready)
			return true;
	return false;
}

bool model_is_active(const struct model *m, uint32_t server)
{
	return m->servers[server].q > 0 && model_is_server_ready(m, server);
}

/* What the policy goes by. */
static uint64_t model_key(const struct model *m, uint32_t server)
{
	return m->config->policy == SCHED_POLICY_FIXED ? m->servers[server].k.rank : m->servers[server].d;
}

static void take_next(struct model_server *v, uint64_t t)
{
	if (!v->has_next)
		return;
	v->k = v->next;
	v->has_next = false;
	v->ready_since = t; /* what it is promised begins anew */
	v->supplied = 0;
}

void model_change(struct model *m, uint32_t server, const struct sched_server_config *next, uint64_t t)
{
	struct model_server *v = &m->servers[server];

	v->next = *next;
	v->has_next = true;
	if (!model_is_server_ready(m, server) && t >= v->replenish)
		take_next(v, t);
}

static void release(struct model *m, uint32_t j, uint64_t at)
{
	struct model_server *v = &m->servers[j];
	const struct sched_server_config *k = &v->k;

	take_next(v, at);
	v->q = (int64_t)k->budget.raw + (v->q < 0 ? v->q : 0);
	v->d = at + k->deadline.raw;
	v->replenish = at + k->period.raw;
}

static void make_ready(struct model *m, uint32_t context, uint64_t t)
{
	uint32_t j = m->config->contexts[context].server;
	bool was_ready = j == SCHED_NONE || model_is_server_ready(m, j);

	m->contexts[context].is_ready = true;
	m->contexts[context].waits = 0;
	if (was_ready)
		return;
	struct model_server *v = &m->servers[j];
	const struct sched_server_config *k = &v->k;
	if (v->q > 0) {
		uint64_t q = (uint64_t)v->q;
		if (t >= v->replenish || q * k->period.raw > k->budget.raw * (v->replenish - t))
			release(m, j, t);
		else if (m->config->policy == SCHED_POLICY_EDF &&
			 (t >= v->d || q * k->deadline.raw > k->budget.raw * (v->d - t)))
			v->d = t + (q * k->deadline.raw + k->budget.raw - 1) / k->budget.raw;
	} else if (v->replenish <= t) {
		release(m, j, t);
	}
	v->ready_since = t;
	v->supplied = 0;
}

void model_advance(struct model *m, uint64_t t)
{
	for (uint32_t c = 0; c < m->config->context_count; c++) {
		struct model_context *x = &m->contexts[c];
		if (x->is_on && !x->is_ready && x->event <= t) {
			x->event = UINT64_MAX;
			make_ready(m, c, t);
		}
	}
	for (uint32_t j = 0; j < m->config->server_count; j++)
		if (m->servers[j].q <= 0 && m->servers[j].replenish <= t && model_is_server_ready(m, j))
			release(m, j, m->servers[j].replenish);
}

void model_wake(struct model *m, uint32_t context, uint64_t t)
{
	m->contexts[context].is_on = true;
	if (!m->contexts[context].is_ready)
		make_ready(m, context, t);
}

void model_block(struct model *m, uint32_t context, uint64_t t)
{
	struct model_context *x = &m->contexts[context];

	x->is_ready = false;
	if (x->event > t)
		return;
	x->event = UINT64_MAX;
	make_ready(m, context, t);
}

void model_off(struct model *m, uint32_t context)
{
	m->contexts[context] = (struct model_context){.event = UINT64_MAX, .used = m->contexts[context].used};
}

void model_pay(struct model *m, uint32_t context, uint64_t spent, uint64_t t)
{
	uint32_t server = m->config->contexts[context].server;

	if (server == SCHED_NONE)
		return;
	struct model_server *v = &m->servers[server];
	int64_t budget = (int64_t)v->k.budget.raw;
	v->q -= (int64_t)spent;
	if (v->q <= -budget && !model_is_server_ready(m, server) && v->replenish < t)
		v->replenish = t;
	for (; v->q <= -budget; v->q += budget)
		v->replenish += v->k.period.raw; /* whole budgets that the debt takes */
}

void model_run(struct model *m, uint32_t context)
{
	uint32_t server = context == SCHED_IDLE ? SCHED_NONE : m->config->contexts[context].server;

	if (context == SCHED_IDLE)
		return;
	m->contexts[context].used++;
	for (uint32_t c = 0; c < m->config->context_count; c++)
		if (m->config->contexts[c].server == server && m->contexts[c].is_ready)
			m->contexts[c].waits++;
	m->contexts[context].waits = 0;
	if (server == SCHED_NONE)
		return;
	m->servers[server].q--;
	m->servers[server].used++;
	m->servers[server].supplied++;
}

/* The least key of an active server, UINT64_MAX: none is active. */
static uint64_t least_key(const struct model *m)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t j = 0; j < m->config->server_count; j++)
		if (model_is_active(m, j) && model_key(m, j) < least)
			least = model_key(m, j);
	return least;
}

static bool is_best_effort_ready(const struct model *m)
{
	for (uint32_t c = 0; c < m->config->context_count; c++)
		if (m->config->contexts[c].server == SCHED_NONE && m->contexts[c].is_ready)
			return true;
	return false;
}

const struct sched_window *model_window(const struct model *m, uint64_t t)
{
	const struct sched_window *w = m->config->windows;

	while (w->end <= t % m->config->frame.raw)
		w++;
	return w;
}

static const char *table_verdict(const struct model *m, uint32_t running, uint64_t t)
{
	const struct sched_window *w = model_window(m, t);
	bool is_owner_ready = w->server != SCHED_NONE && model_is_server_ready(m, w->server);

	if (running == SCHED_IDLE)
		return is_owner_ready || (!w->is_closed && is_best_effort_ready(m)) ? "idles though one is ready"
										    : NULL;
	if (!m->contexts[running].is_ready)
		return "runs one that is not ready";
	if (is_owner_ready)
		return m->config->contexts[running].server != w->server ? "runs another one than the window's owner"
									: NULL;
	if (w->is_closed)
		return "runs one in a closed window";
	return m->config->contexts[running].server != SCHED_NONE ? "runs one out of its window" : NULL;
}

const char *model_verdict(const struct model *m, uint32_t running, uint64_t t)
{
	if (m->config->policy == SCHED_POLICY_TABLE)
		return table_verdict(m, running, t);
	uint64_t key = least_key(m);
	if (running == SCHED_IDLE)
		return key != UINT64_MAX || is_best_effort_ready(m) ? "idles though one is ready" : NULL;
	if (!m->contexts[running].is_ready)
		return "runs one that is not ready";
	uint32_t server = m->config->contexts[running].server;
	if (key == UINT64_MAX)
		return server != SCHED_NONE ? "runs one without budget" : NULL;
	if (server == SCHED_NONE)
		return "runs best effort before a reservation";
	if (m->servers[server].q <= 0)
		return "runs one without budget";
	return model_key(m, server) != key ? "runs a less urgent one first" : NULL;
}
