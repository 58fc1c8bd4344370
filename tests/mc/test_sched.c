/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched tests/prop/sched_model.c logic/admit.c */
/*
 * Every interleaving of wake-ups, waits, events and time of two servers, one of which may be shared, and one
 * best-effort context, up to a horizon: who runs is allowed by the naive model at every tick of every path, no deadline
 * is missed, and sbf is kept. Where EL2 may come a tick late, it may do so at every tick: then there are debts, and no
 * server has more than what admission counts it to claim, and that tick. States that were seen at the same tick are not
 * explored again (an open hash table of state digests).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logic/admit.h"
#include "tests/prop/sched_model.h"

#define HORIZON_MAX 10U
#define CONTEXTS_MAX 4U
#define CHOICES 4U /* of each context at each tick */
#define SEEN_BITS 23
#include "tests/mc/seen.h"

#define NODES 32U /* of events, that are in use */

struct state {
	struct sched s;
	struct model m;
	bool was_late; /* at the last tick */
};

struct set {
	struct sched_server_config servers[2];
	uint32_t contexts; /* 4: two of them share the second server */
	uint64_t horizon;
	bool may_be_late;
};

static const struct set *set;
static struct state path[HORIZON_MAX + 1][CONTEXTS_MAX + 1];
static uint64_t repeats;
static struct sched_context_config contexts[] = {{0, 0}, {SCHED_NONE, 1}, {1, 0}, {1, 0}};

/* All that decides what comes next. */
static uint64_t digest(const struct state *x, uint64_t t)
{
	uint64_t h = digest_word(1, t);

	for (uint32_t c = 0; c < set->contexts; c++) {
		const struct model_context *k = &x->m.contexts[c];
		h = digest_word(h, (uint64_t)x->s.contexts[c].state << 2 | (uint64_t)k->is_on << 1 |
					   (uint64_t)k->is_ready);
		h = digest_word(h, k->event);
	}
	for (uint32_t j = 0; j < 2; j++) {
		const struct sched_server *v = &x->s.servers[j];
		h = digest_word(digest_word(digest_word(h, (uint64_t)v->q), v->key), v->replenish);
		h = digest_word(digest_word(digest_word(h, v->idle_since), v->at), x->m.servers[j].ready_since);
		h = digest_word(digest_word(h, x->m.servers[j].supplied), x->m.servers[j].used);
		if (v->is_shared)
			h = digest_word(digest_word(digest_word(h, v->turn), (uint64_t)v->turn_left), v->ready);
	}
	for (uint32_t i = 1; i < NODES; i++)
		h = digest_word(h, x->s.event_node[i]);
	h = digest_word(digest_word(digest_word(h, x->s.event_node[0]), x->s.active.next), x->s.unchanged);
	return digest_word(digest_word(h, x->was_late), x->s.running) | 1;
}

static void fail(const struct state *x, uint64_t t, const char *what)
{
	fprintf(stderr, "not ok: tick %" PRIu64 ", running %d: %s\n", t, (int)sched_running(&x->s), what);
	exit(1);
}

static void pick(struct state *x, uint64_t t, bool must_pick)
{
	for (unsigned round = 0; must_pick || (sched_timer(&x->s, ticks(t)).raw <= t); round++) {
		sched_pick(&x->s, ticks(t));
		must_pick = false;
		if (round > 8)
			fail(x, t, "the timer stays due");
	}
}

/* Choices: nothing; wait without event; wait for 3 ticks; be woken. False: that is no choice here. */
static bool can_happen(const struct state *x, uint32_t c, unsigned choice)
{
	if (choice == 0)
		return true;
	return choice == CHOICES - 1 ? !x->m.contexts[c].is_ready : sched_running(&x->s) == c;
}

static void happen(struct state *x, uint32_t c, unsigned choice, uint64_t t)
{
	if (choice == CHOICES - 1) {
		model_wake(&x->m, c, t);
		pick(x, t, sched_wake(&x->s, c, ticks(t)));
	} else if (choice != 0) {
		uint64_t event = choice == 1 ? UINT64_MAX : t + 3;
		x->m.contexts[c].event = event;
		if (sched_block(&x->s, c, ticks(event), ticks(t)) == SCHED_IDLE)
			sched_await(&x->s, c, ticks(event));
		model_block(&x->m, c, t);
		pick(x, t, true);
	}
}

/* Admission's claim of an interval from the beginning, and a tick by which EL2 may be late. */
static void check_claim(const struct state *x, uint64_t t, uint32_t j)
{
	const struct model_server *v = &x->m.servers[j];
	uint64_t q = set->servers[j].budget.raw, p = set->servers[j].period.raw;

	if (v->used > q + (t * q + p - 1) / p + 1)
		fail(x, t, "more than is claimed");
	if (x->s.servers[j].q < -1)
		fail(x, t, "a debt of more than it was late");
}

static void check(const struct state *x, uint64_t t)
{
	const char *verdict = model_verdict(&x->m, sched_running(&x->s), 0);

	if (set->may_be_late) {
		check_claim(x, t, 0);
		check_claim(x, t, 1);
		return;
	}
	if (verdict != NULL)
		fail(x, t, verdict);
	for (uint32_t j = 0; j < 2; j++) {
		const struct model_server *v = &x->m.servers[j];
		const struct sched_server_config *k = &x->m.config->servers[j];
		struct admit_reservation r = {k->budget, k->period, k->deadline};
		if (!model_is_server_ready(&x->m, j))
			continue;
		if (v->q > 0 && v->d <= t)
			fail(x, t, "a deadline is missed");
		if (v->supplied < admit_supply(&r, 0, t - v->ready_since))
			fail(x, t, "less supply than promised");
	}
}

static void explore(uint64_t t);

/* Context c and those after it have still to choose what happens to them at t. */
static void choose(uint64_t t, uint32_t c)
{
	struct state *x = &path[t][c];

	if (c == set->contexts) {
		check(x, t);
		model_run(&x->m, sched_running(&x->s));
		path[t + 1][0] = *x;
		if (is_new(digest(x, t + 1)))
			explore(t + 1);
		else
			repeats++;
		return;
	}
	for (unsigned choice = 0; choice < CHOICES; choice++) {
		if (!can_happen(x, c, choice))
			continue;
		path[t][c + 1] = *x;
		happen(&path[t][c + 1], c, choice, t);
		choose(t, c + 1);
	}
}

static void explore(uint64_t t)
{
	struct state *x = &path[t][0];

	if (t == set->horizon)
		return;
	model_advance(&x->m, t);
	if (set->may_be_late && !x->was_late && sched_timer(&x->s, ticks(t)).raw == t) {
		/* Once without, and what happens to the contexts leads to a choice all the same. */
		static struct state before[HORIZON_MAX + 1];
		before[t] = *x;
		x->was_late = true;
		choose(t, 0);
		*x = before[t];
	}
	x->was_late = false;
	pick(x, t, false);
	choose(t, 0);
}

static void explore_set(void)
{
	const struct sched_server_config *servers = set->servers;
	struct sched_config config = {.context_count = set->contexts,
				      .server_count = 2,
				      .contexts = contexts,
				      .servers = servers,
				      .slice = {2}};

	forget();
	repeats = 0;
	model_init(&path[0][0].m, &config);
	if (sched_init(&path[0][0].s, &config, ticks(0)) != STATUS_OK)
		exit(1);
	explore(0);
	printf("ok - (%d, %d, %d) and (%d, %d, %d)%s%s: %" PRIu64 " states, %" PRIu64 " met again\n",
	       (int)servers[0].budget.raw, (int)servers[0].period.raw, (int)servers[0].deadline.raw,
	       (int)servers[1].budget.raw, (int)servers[1].period.raw, (int)servers[1].deadline.raw,
	       set->contexts == CONTEXTS_MAX ? " shared" : "", set->may_be_late ? ", late" : "", states, repeats);
}

int main(void)
{
	static const struct set sets[] = {
		{{{{1}, {3}, {3}, 0}, {{3}, {5}, {5}, 0}}, 3, 10, false},
		{{{{2}, {5}, {3}, 0}, {{1}, {4}, {4}, 0}}, 3, 10, false},
		{{{{2}, {4}, {4}, 0}, {{2}, {4}, {4}, 0}}, 3, 10, false},
		{{{{1}, {3}, {3}, 0}, {{3}, {5}, {5}, 0}}, 4, 7, false},
		{{{{1}, {4}, {4}, 0}, {{2}, {5}, {3}, 0}}, 4, 7, false},
		{{{{1}, {3}, {3}, 0}, {{2}, {5}, {5}, 0}}, 3, 8, true},
		{{{{2}, {4}, {4}, 0}, {{1}, {4}, {4}, 0}}, 4, 6, true},
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		set = &sets[i];
		explore_set();
	}
	return 0;
}
