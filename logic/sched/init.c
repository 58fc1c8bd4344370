/* SPDX-License-Identifier: Apache-2.0 */
/* sched_init: what a description may ask for, and where contexts, their groups and tournaments lie. Boot only. */
#include "logic/sched/class.h"

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
	if (config->slice.raw == 0 || config->slice.raw > SCHED_PERIOD_MAX || config->way_back.raw > SCHED_PERIOD_MAX)
		return false;
	for (uint32_t j = 0; j < config->server_count; j++) {
		LOOP_BOUND(SCHED_SERVER_MAX);
		const struct sched_server_config *v = &config->servers[j];
		if (config->policy == SCHED_POLICY_FIXED && (v->rank == 0 || v->rank > SCHED_RANK_MAX))
			return false;
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
	if (!is_in_range(config) || (config->policy == SCHED_POLICY_TABLE && !table_is_valid(config)))
		return STATUS_RANGE;
	*s = (struct sched){.running = SCHED_IDLE,
			    .context_count = config->context_count,
			    .now = now.raw,
			    .slice = config->slice.raw,
			    .policy = config->policy,
			    .way_back = config->way_back.raw};
	for (uint32_t c = 0; c < config->context_count; c++) {
		LOOP_BOUND(SCHED_CONTEXT_MAX);
		bool is_best_effort = config->contexts[c].server == SCHED_NONE;
		s->contexts[c].class_id = is_best_effort ? SCHED_CLASS_WEIGHT : SCHED_CLASS_SERVERS;
		s->contexts[c].group = (uint8_t)(is_best_effort ? SCHED_GROUP_BEST_EFFORT : config->contexts[c].server);
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
	servers_init(s, config);
	weight_init(s, config);
	table_init(s, config);
	return STATUS_OK;
}
