/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/*
 * Every sequence of interrupts of a throttled line, up to a horizon, for all small distances and bursts: a line that
 * comes whenever it may, at any ticks, and now and then once more than it may. The bucket says at each of them what a
 * naive one says that gets its part of a token at every tick; no stretch of time has more interrupts than promised, and
 * a line that is high is open again as soon as one is due.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "logic/throttle.h"

#define HORIZON 13
#define DISTANCE_MAX 5
#define BURST_MAX 4
#define START UINT64_C(1000) /* a full bucket has been so for long */

static int distance, burst;
static uint64_t sequences, takes;
static int at[2 * HORIZON]; /* interrupts of this sequence */

struct line {
	struct throttle throttle;
	uint64_t opens_at; /* 0: it is open */
	int level;         /* of the naive bucket, in parts of a token: distance are one */
	bool was_late;
};

static const char *broken; /* what was found wrong first */

static void fail(const char *what)
{
	if (broken == NULL)
		broken = what;
}

/* In any stretch of t ticks at most burst + t / distance, and what came late. */
static void check_stretches(int count, bool was_late)
{
	for (int first = 0; first < count; first++)
		for (int last = first; last < count; last++)
			if (last - first + 1 > burst + (at[last] - at[first]) / distance + was_late)
				fail("too many");
}

static struct line take(struct line x, int tick)
{
	uint64_t now = START + (uint64_t)tick;
	x.level -= distance;
	ticks_t next = throttle_take(&x.throttle, ticks(now));
	bool is_empty = ticks_before(ticks(now), next);
	if (is_empty != (x.level < distance))
		fail("it disagrees about the last token");
	if (is_empty && next.raw - now != (uint64_t)(distance - x.level))
		fail("it opens at another time");
	x.opens_at = is_empty ? next.raw : 0;
	takes++;
	return x;
}

static struct line pass(struct line x, int tick)
{
	x.level = x.level + 1 < burst * distance ? x.level + 1 : burst * distance;
	if (x.opens_at != 0 && x.opens_at <= START + (uint64_t)tick + 1)
		x.opens_at = 0;
	if ((x.opens_at == 0) != (x.level >= distance))
		fail("it is open, or closed, without a reason");
	return x;
}

/* What may happen from this tick on, when `count` interrupts have been. */
static void explore(struct line x, int tick, int count)
{
	if (tick == HORIZON) {
		sequences++;
		check_stretches(count, x.was_late);
		return;
	}
	explore(pass(x, tick), tick + 1, count);
	if (x.opens_at != 0 && x.was_late)
		return;
	x.was_late |= x.opens_at != 0;
	at[count] = tick;
	x = take(x, tick);
	explore(pass(x, tick), tick + 1, count + 1);
	if (x.opens_at != 0 || count + 2 > 2 * HORIZON - 1)
		return;
	at[count + 1] = tick; /* two at one tick */
	explore(pass(take(x, tick), tick), tick + 1, count + 2);
}

/* extra: the bucket is given so many tokens too many, which must be found. */
static void explore_all(uint32_t extra)
{
	broken = NULL;
	sequences = 0;
	takes = 0;
	for (distance = 1; distance <= DISTANCE_MAX; distance++)
		for (burst = 1; burst <= BURST_MAX; burst++)
			explore((struct line){.throttle = throttle_make((uint64_t)distance, (uint32_t)burst + extra),
					      .level = burst * distance},
				0, 0);
}

int main(void)
{
	int failures = 0;

	printf("1..2\n");
	explore_all(0);
	printf("%s 1 - %s: %llu sequences, %llu interrupts\n", broken == NULL ? "ok" : "not ok",
	       broken == NULL ? "it opens when a token is there" : broken, (unsigned long long)sequences,
	       (unsigned long long)takes);
	failures += broken != NULL;
	explore_all(1);
	printf("%s 2 - a bucket that holds one too many: found, %s\n", broken != NULL ? "ok" : "not ok",
	       broken != NULL ? broken : "no");
	failures += broken == NULL;
	return failures != 0;
}
