/* SPDX-License-Identifier: Apache-2.0 */
/* A reservation pays for what was done for it while it did not run, into debt if need be. */
#include "logic/sched/class.h"

/* An idle server pays: a debt of whole budgets puts its next release off, and it wakes with what is left. With less
 * budget it may keep an earlier deadline: what was known of its activation is not any more. */
static void pay_idle(struct sched *s, uint32_t server)
{
	struct sched_server *v = &s->servers[server];
	uint64_t at = servers_withdraw(s, server);

	if (v->q <= 0 && (uint64_t)-v->q >= v->budget) {
		v->replenish = sched_later(v->replenish, s->now);
		servers_skip_debt(v);
	}
	if (at != TOURNAMENT_NONE)
		servers_await_event(s, server, at);
}

/* What became active meanwhile did so before it pays: else its budget would be released, or kept, as of a later state.
 */
uint64_t servers_pay(struct sched *s, uint32_t context, uint64_t used)
{
	uint32_t j = s->contexts[context].group;
	struct sched_server *v = &s->servers[j];
	bool has_come = v->at <= s->now;

	servers_catch_up(s, j);
	int64_t before = v->q;
	v->q = before - (int64_t)used;
	if (v->ready == 0)
		pay_idle(s, j);
	else if (v->q <= 0)
		servers_exhaust(s, j, before > 0);
	return has_come ? SCHED_MUST_PICK : SCHED_MUST_LOOK; /* the look finds a sibling that runs without budget */
}
