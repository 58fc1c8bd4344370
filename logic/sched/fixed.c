/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of fixed priorities among hard servers. A server's key is its rank, 1 the most urgent, for ever; of equal
 * ranks the one that was active first goes on.
 */
#include "logic/sched/class.h"

__extension__ typedef unsigned __int128 wide_t;

/*
 * The wake-up rule is that of EDF for D = P: the budget is kept while q / (r - at) <= Q / P, else there is a release at
 * `at`. What a server may take by it is in logic/admit.h.
 */
bool fixed_keeps(const struct sched_server *v, uint64_t at)
{
	return at < v->replenish && (wide_t)(uint64_t)v->q * v->period <= (wide_t)v->budget * (v->replenish - at);
}
