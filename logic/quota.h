/* SPDX-License-Identifier: Apache-2.0 */
/*
 * So many of something in a span of time, and a count of what was refused. Spans begin with the first that is taken
 * after the one before has ended, so that any two spans' worth of time sees at most three quotas. All zero: nothing was
 * taken.
 */
#ifndef LOGIC_QUOTA_H
#define LOGIC_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct quota {
	ticks_t until;    /* end of the span under way */
	uint32_t used;    /* in it */
	uint32_t refused; /* since quota_refused was asked; saturating */
};

/* Takes one at now, of limit (at least 1) in each span. False: it is refused, and counted. */
bool quota_take(struct quota *quota, uint32_t limit, ticks_t span, ticks_t now);
/* How many were refused since the last call. */
uint32_t quota_refused(struct quota *quota);

#endif
