/* SPDX-License-Identifier: Apache-2.0 */
/* So many in a span of time: see quota.h. */
#include "logic/quota.h"

bool quota_take(struct quota *quota, uint32_t limit, ticks_t span, ticks_t now)
{
	if (ticks_reached(quota->until, now)) {
		quota->until = ticks_add(now, span);
		quota->used = 0;
	}
	if (quota->used < limit) {
		quota->used++;
		return true;
	}
	if (quota->refused != UINT32_MAX)
		quota->refused++;
	return false;
}

uint32_t quota_refused(struct quota *quota)
{
	uint32_t refused = quota->refused;
	quota->refused = 0;
	return refused;
}
