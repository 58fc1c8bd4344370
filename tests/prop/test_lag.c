/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched */
/*
 * How far best effort drifts apart: contexts of any weights, some always ready, others that sleep, wake and give up
 * turns as they like, reservations that come and go, EL2 late by up to a quarter of a slice. Over any interval the run
 * times over weight of two that are always ready differ by no more than logic/sched/weight.c proves; the largest part
 * of that which was met is printed. Prints its seed; TAKT_SEED sets it.
 */
#include "logic/sched.h"
#include "tests/prop/random.h"

#define RUNS 3000U
#define EVENTS 1500U
#define BEST_EFFORT 8U
#define RESERVED 2U
#define INVERSE (UINT64_C(1) << 20)  /* as virtual time has it */
#define ROUNDING (UINT64_C(1) << 17) /* comparisons are of whole units */

struct run {
	struct sched_context_config contexts[BEST_EFFORT + RESERVED];
	struct sched_server_config servers[RESERVED];
	struct sched s;
	uint32_t count, steady; /* best effort; the first of it are always ready */
	uint64_t slice, late, now;
	int64_t used[BEST_EFFORT]; /* over weight, as virtual time counts */
	int64_t low[BEST_EFFORT][BEST_EFFORT], high[BEST_EFFORT][BEST_EFFORT];
};

static double largest;

static void draw(struct run *r)
{
	*r = (struct run){.count = (uint32_t)between(2, BEST_EFFORT), .slice = UINT64_C(1) << between(4, 16)};
	r->steady = (uint32_t)between(2, r->count);
	r->late = between(0, 1) * between(0, r->slice / 4);
	for (uint32_t c = 0; c < r->count; c++)
		r->contexts[c] =
			(struct sched_context_config){SCHED_NONE, (uint32_t)between(1, UINT64_C(1) << between(0, 9))};
	for (uint32_t j = 0; j < RESERVED; j++) {
		uint64_t period = r->slice * between(1, 8);
		r->servers[j] = (struct sched_server_config){ticks(period / 8), ticks(period), ticks(period), 0};
		r->contexts[r->count + j] = (struct sched_context_config){j, 0};
	}
	struct sched_config config = {.context_count = r->count + RESERVED,
				      .server_count = RESERVED,
				      .contexts = r->contexts,
				      .servers = r->servers,
				      .slice = ticks(r->slice)};
	if (sched_init(&r->s, &config, ticks(0)) != STATUS_OK)
		exit(1);
	for (uint32_t c = 0; c < r->count; c++)
		(void)sched_wake(&r->s, c, ticks(0));
	(void)sched_pick(&r->s, ticks(0));
}

/* False: the bound of a pair is exceeded. */
static bool note(struct run *r, uint32_t running, uint64_t ran)
{
	if (running >= r->steady)
		return true;
	r->used[running] += (int64_t)(ran * (INVERSE / r->contexts[running].weight));
	for (uint32_t c = 0; c < r->steady; c++) {
		uint32_t a = c < running ? c : running, b = c < running ? running : c;
		int64_t apart = r->used[a] - r->used[b];
		uint64_t bound = ROUNDING + (r->slice + r->late) *
						    (INVERSE / r->contexts[a].weight + INVERSE / r->contexts[b].weight);
		if (a == b)
			continue;
		r->low[a][b] = apart < r->low[a][b] ? apart : r->low[a][b];
		r->high[a][b] = apart > r->high[a][b] ? apart : r->high[a][b];
		uint64_t lag = (uint64_t)(r->high[a][b] - r->low[a][b]);
		largest = (double)lag / (double)bound > largest ? (double)lag / (double)bound : largest;
		if (lag > bound)
			return false;
	}
	return true;
}

/* One of the others sleeps, wakes, or ends its turn. */
static void happen(struct run *r)
{
	uint32_t others = r->count + RESERVED - r->steady;
	uint32_t c = r->steady + (uint32_t)(random_word() % others);
	bool is_running = sched_running(&r->s) == c;

	if (is_running && random_word() % 3 == 0) {
		sched_end_turn(&r->s, c, ticks(r->now));
		(void)sched_pick(&r->s, ticks(r->now));
	} else if (is_running) {
		uint64_t until = random_word() % 2 ? UINT64_MAX : r->now + between(1, 4 * r->slice);
		if (sched_block(&r->s, c, ticks(until), ticks(r->now)) == SCHED_IDLE)
			sched_await(&r->s, c, ticks(until));
	} else if (sched_wake(&r->s, c, ticks(r->now))) {
		(void)sched_pick(&r->s, ticks(r->now));
	}
}

static bool run(struct run *r)
{
	draw(r);
	uint64_t pace = r->slice * between(1, 4);

	for (unsigned i = 0; i < EVENTS; i++) {
		uint32_t running = sched_running(&r->s);
		uint64_t timer = sched_timer(&r->s, ticks(r->now)).raw;
		uint64_t event = r->now + between(1, pace);
		uint64_t due = timer > r->now ? timer : r->now;
		uint64_t at = event < due ? event : due + between(0, r->late);
		if (!note(r, running, at - r->now))
			return false;
		r->now = at;
		if (event < due)
			happen(r);
		else
			(void)sched_pick(&r->s, ticks(at));
	}
	return true;
}

int main(void)
{
	static struct run r;

	random_begin();
	printf("1..1\n");
	for (unsigned i = 0; i < RUNS; i++) {
		if (run(&r))
			continue;
		printf("not ok 1 - run %u: slice %" PRIu64 ", late %" PRIu64 ", at %" PRIu64 "\n", i, r.slice, r.late,
		       r.now);
		for (uint32_t c = 0; c < r.steady; c++)
			printf("#   weight %" PRIu32 ": %" PRId64 "\n", r.contexts[c].weight, r.used[c]);
		return 1;
	}
	printf("ok 1 - the largest lag is %.4f of its bound\n", largest);
	return largest < 0.5;
}
