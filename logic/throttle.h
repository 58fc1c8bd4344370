/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often an interrupt may be taken: a bucket of `burst` tokens that gets one every `distance` ticks. Each interrupt
 * takes one; when none is left, the next may come as soon as there is one again. So in any t ticks at most
 * burst + t / distance are taken. Kept as the time at which the bucket is full (the virtual scheduling algorithm of
 * ITU-T I.371, annex A), so nothing is divided and nothing is lost to rounding.
 */
#ifndef LOGIC_THROTTLE_H
#define LOGIC_THROTTLE_H

#include <stdint.h>

#include "base/types.h"

struct throttle {
	uint64_t distance; /* ticks, 1 to 2^40 */
	uint64_t slack;    /* what is missing in a bucket from which one more may be taken: (burst - 1) * distance */
	uint64_t full;     /* when it is full, or has been; 0: always */
};

/* A full bucket. burst is 1 to 1000. */
static inline struct throttle throttle_make(uint64_t distance, uint32_t burst)
{
	return (struct throttle){distance, (burst - 1) * distance, 0};
}

/*
 * One is taken now, which never goes back and stays below 2^62; one that nobody could hold back may be taken early, and
 * is owed. Answers when the next one may come: it is at most `now` while there are tokens.
 */
static inline ticks_t throttle_take(struct throttle *t, ticks_t now)
{
	t->full = (t->full > now.raw ? t->full : now.raw) + t->distance;
	return ticks(t->full > t->slack ? t->full - t->slack : 0);
}

#endif
