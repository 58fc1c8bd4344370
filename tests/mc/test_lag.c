/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched */
/*
 * The lag of best effort, over every run: two contexts are always ready, a third one may sleep, wake or give up its
 * turn at any tick, and a reservation may take the CPU. From the beginning all states are visited that can be reached,
 * with time counted from now and virtual time from the class's, until there is no new one: so this holds for runs of
 * any length, for weights that divide virtual time. The lag of the two, over any interval, never exceeds the bound that
 * logic/sched/weight.c proves, and reaches it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logic/sched.h"

#define SEEN_BITS 21
#include "tests/mc/seen.h"

#define UNIT (UINT64_C(1) << 20) /* of a tick at weight 1, as W is summed up */

enum { FIRST, SECOND, THIRD, RESERVED, CONTEXTS };
enum { NOTHING, TURN_THIRD, TURN_RESERVED, YIELD, CHOICES };

struct state {
	struct sched s;
	int64_t lag, low, high; /* W / w of the first less that of the second, and where it was */
};

struct queue {
	struct state *items;
	size_t count, room;
};

static int64_t worst;
static bool is_reached; /* the bound, by some weights */

/* A time relative to now, if it is still to come. */
static uint64_t ahead(uint64_t at, uint64_t now) { return at > now ? at - now : 0; }

/* All that decides what comes next, and no absolute time. */
static uint64_t digest(const struct state *x, uint64_t now)
{
	const struct sched *s = &x->s;
	const struct sched_server *v = &s->servers[0];
	uint64_t h = 1;

	for (uint32_t c = 0; c < CONTEXTS; c++) {
		h = digest_word(h, s->contexts[c].state);
		h = digest_word(h, s->contexts[c].virtual_time > s->weight.virtual_time
					   ? s->contexts[c].virtual_time - s->weight.virtual_time
					   : 0);
	}
	h = digest_word(digest_word(h, s->weight.current), (uint64_t)s->weight.turn_left);
	h = digest_word(digest_word(h, s->running), (uint64_t)v->q);
	h = digest_word(digest_word(h, ahead(v->key, now)), ahead(v->replenish, now));
	h = digest_word(h, s->unchanged <= SCHED_MUST_LOOK ? s->unchanged : ahead(s->unchanged, now) + 2);
	h = digest_word(digest_word(h, (uint64_t)(x->lag - x->low)), (uint64_t)(x->high - x->lag));
	return h | 1;
}

static void push(struct queue *q, const struct state *x)
{
	if (q->count == q->room) {
		q->room = q->room != 0 ? 2 * q->room : 64;
		q->items = realloc(q->items, q->room * sizeof(*q->items));
		if (q->items == NULL)
			exit(1);
	}
	q->items[q->count++] = *x;
}

static void pick(struct state *x, uint64_t now, bool must_pick)
{
	while (must_pick || sched_timer(&x->s, ticks(now)).raw <= now) {
		(void)sched_pick(&x->s, ticks(now));
		must_pick = false;
	}
}

/* False: that is no choice here. */
static bool happen(struct state *x, unsigned choice, uint64_t now)
{
	uint32_t c = choice == TURN_RESERVED ? RESERVED : THIRD;
	bool is_running = sched_running(&x->s) == c;

	if (choice == NOTHING)
		return true;
	if (choice == YIELD && is_running)
		sched_end_turn(&x->s, c, ticks(now));
	else if (choice != YIELD && is_running)
		(void)sched_block(&x->s, c, TICKS_NEVER, ticks(now));
	else if (choice != YIELD && sched_state(&x->s, c) == SCHED_BLOCKED)
		return pick(x, now, sched_wake(&x->s, c, ticks(now))), true;
	else
		return false;
	pick(x, now, true);
	return true;
}

/* One tick passes. */
static void run(struct state *x, const struct sched_context_config *contexts)
{
	uint32_t running = sched_running(&x->s);

	if (running == FIRST)
		x->lag += (int64_t)(UNIT / contexts[FIRST].weight);
	if (running == SECOND)
		x->lag -= (int64_t)(UNIT / contexts[SECOND].weight);
	x->low = x->lag < x->low ? x->lag : x->low;
	x->high = x->lag > x->high ? x->lag : x->high;
	worst = x->high - x->low > worst ? x->high - x->low : worst;
}

static void begin(struct state *x, const struct sched_config *config)
{
	memset(x, 0, sizeof(*x));
	forget();
	worst = 0;
	if (sched_init(&x->s, config, ticks(0)) != STATUS_OK)
		exit(1);
	for (uint32_t c = 0; c < CONTEXTS; c++)
		(void)sched_wake(&x->s, c, ticks(0));
	pick(x, 0, true);
}

static int explore(unsigned number, uint32_t first, uint32_t second, uint32_t third, uint64_t slice)
{
	struct sched_context_config contexts[] = {
		{SCHED_NONE, first}, {SCHED_NONE, second}, {SCHED_NONE, third}, {0, 0}};
	struct sched_server_config server = {ticks(1), ticks(3), ticks(3), 0};
	struct sched_config config = {.context_count = CONTEXTS,
				      .server_count = 1,
				      .contexts = contexts,
				      .servers = &server,
				      .slice = ticks(slice)};
	static struct state x, next;
	struct queue layer = {0}, coming = {0};
	int64_t bound = (int64_t)(slice * (UNIT / first + UNIT / second));

	begin(&x, &config);
	push(&layer, &x);
	for (uint64_t now = 0; layer.count != 0; now++) {
		coming.count = 0;
		for (size_t i = 0; i < layer.count; i++) {
			for (unsigned choice = 0; choice < CHOICES; choice++) {
				next = layer.items[i];
				pick(&next, now, false);
				if (!happen(&next, choice, now))
					continue;
				run(&next, contexts);
				if (is_new(digest(&next, now + 1)))
					push(&coming, &next);
			}
		}
		struct queue swap = layer;
		layer = coming;
		coming = swap;
	}
	free(layer.items);
	free(coming.items);
	bool is_ok = worst <= bound;
	is_reached |= worst == bound;
	printf("%s %u - weights %" PRIu32 ", %" PRIu32 ", %" PRIu32 ", slice %" PRIu64 ": %" PRIu64
	       " states, lag at most %.3f of %.3f\n",
	       is_ok ? "ok" : "not ok", number, first, second, third, slice, states, (double)worst / (double)UNIT,
	       (double)bound / (double)UNIT);
	return is_ok ? 0 : 1;
}

int main(void)
{
	static const struct {
		uint32_t first, second, third;
		uint64_t slice;
	} cases[] = {{1, 1, 1, 2}, {1, 2, 1, 2}, {4, 1, 2, 3}, {1, 4, 1, 4}, {8, 1, 2, 2}, {1, 1, 4, 5}, {2, 8, 1, 3}};
	unsigned count = sizeof(cases) / sizeof(cases[0]);
	int failures = 0;

	printf("1..%u\n", count + 1);
	for (unsigned i = 0; i < count; i++)
		failures += explore(i + 1, cases[i].first, cases[i].second, cases[i].third, cases[i].slice);
	printf("%s %u - the bound is reached\n", is_reached ? "ok" : "not ok", count + 1);
	return failures != 0 || !is_reached;
}
