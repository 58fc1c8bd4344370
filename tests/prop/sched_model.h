/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A naive model of the scheduler, typed from its definitions and looked at tick by tick: no queue, no laziness, no
 * clock but the loop's. It doesn't choose: it is told who runs, and says whether the definitions allow it.
 */
#ifndef TESTS_PROP_SCHED_MODEL_H
#define TESTS_PROP_SCHED_MODEL_H

#include "logic/sched.h"

struct model_context {
	bool is_on, is_ready;
	uint64_t event; /* UINT64_MAX: none */
	uint64_t waits; /* group time since it became ready or ran */
	uint64_t used;  /* since the beginning */
};

struct model_server {
	int64_t q;
	uint64_t d, replenish;
	bool was_ready;
	bool has_next; /* from the next release on: */
	struct sched_server_config k, next;
	uint64_t ready_since, supplied; /* of the present interval of being ready */
	uint64_t used;
};

struct model {
	const struct sched_config *config;
	struct model_context contexts[SCHED_CONTEXT_MAX];
	struct model_server servers[SCHED_SERVER_MAX];
};

void model_init(struct model *m, const struct sched_config *config);
/* Time is t now: events come, budgets are released. */
void model_advance(struct model *m, uint64_t t);
void model_wake(struct model *m, uint32_t context, uint64_t t);
void model_block(struct model *m, uint32_t context, uint64_t t);
void model_off(struct model *m, uint32_t context);
/* Another budget, period and deadline, from its next release on. */
void model_change(struct model *m, uint32_t server, const struct sched_server_config *next, uint64_t t);
/* The last `spent` ticks before t, in which nobody ran, are this context's. */
void model_pay(struct model *m, uint32_t context, uint64_t spent, uint64_t t);
/* The context, or SCHED_IDLE, runs from t to t + 1. */
void model_run(struct model *m, uint32_t context);
/* Whether it may. NULL: yes; else what it breaks. */
const char *model_verdict(const struct model *m, uint32_t running, uint64_t t);
bool model_is_server_ready(const struct model *m, uint32_t server);
bool model_is_active(const struct model *m, uint32_t server);
/* The window of a time table that t is in. */
const struct sched_window *model_window(const struct model *m, uint64_t t);

#endif
