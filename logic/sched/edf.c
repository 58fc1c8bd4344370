/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of earliest deadline first among hard constant-bandwidth servers (Abeni, Buttazzo 1998). A server's key is
 * its deadline: a budget that is released at t has t + D.
 */
#include "logic/sched/class.h"

__extension__ typedef unsigned __int128 wide_t;

/* ceil(q D / Q), q <= Q; of long times the last bits are rounded up. */
static uint64_t share_of_deadline(const struct sched_server *v)
{
	uint64_t q = (uint64_t)v->q;
	uint64_t budget = v->budget;
	unsigned bits = bits_highest(q) + bits_highest(v->deadline) + 2;

	if (bits > 64) {
		q = (q >> (bits - 64)) + 1;
		budget >>= bits - 64;
	}
	return sched_earlier((q * v->deadline - 1) / budget + 1, v->deadline);
}

/*
 * The wake-up rule: the deadline with which a server that wakes at `at` with q > 0 keeps its budget, or SCHED_FRESH.
 * Against the time of its next release: q / (r - at) <= Q / P, else it has run less than its share, and a new budget
 * takes nothing from others. Against its deadline, if that is before r: q / (d - at) <= Q / D, else the deadline moves
 * to where this holds.
 */
uint64_t edf_kept_key(const struct sched_server *v, uint64_t at)
{
	uint64_t q = (uint64_t)v->q;

	if ((wide_t)q * v->period > (wide_t)v->budget * (v->replenish - at))
		return SCHED_FRESH;
	if (v->deadline == v->period || (at < v->key && (wide_t)q * v->deadline <= (wide_t)v->budget * (v->key - at)))
		return v->key;
	return at + share_of_deadline(v);
}
