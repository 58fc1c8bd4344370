/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler of one CPU, as pure decisions: who runs, and when EL2 must look again.
 *
 * Contexts are numbered 0 .. context_count-1 on this CPU. Each draws from a reservation (hard constant-bandwidth server, EDF among
 * the servers), or is best effort by weight in the time that is left. Contexts that share a reservation take turns by slice.
 *
 *   OFF --wake--> READY <--pick/preempt--> RUNNING --block--> BLOCKED --wake, or its event is due--> READY
 *
 * On wake-up a server whose contexts were all blocked keeps (q, d) while d > now and q / (d - now) <= Q / P, else it takes
 * (Q, now + D) with its next replenishment at now + P (Abeni, Buttazzo 1998, in the hard form: an exhausted server waits for its
 * replenishment). Overruns are debts that the next budget pays.
 *
 * An event is the time at which a blocked context becomes ready by itself (its guest's timer). The deadline timer is armed only for what matters
 * to the running context: its own budget or slice, and events and replenishments of contexts that would preempt it.
 *
 * Every function is bounded: O(log SCHED_CONTEXT_MAX), at most SCHED_EXPIRE_MAX events are handled in one call; when more are due,
 * sched_timer answers `now`, so that the next step goes on. Caller: the owning CPU, interrupts masked. `now` never goes back.
 */
#ifndef LOGIC_SCHED_H
#define LOGIC_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/types.h"

#define SCHED_CONTEXT_MAX 64U
#define SCHED_SERVER_MAX 64U
#define SCHED_EXPIRE_MAX 4U
#define SCHED_IDLE UINT32_C(0xffffffff) /* no context */
#define SCHED_NONE UINT32_C(0xffffffff) /* no reservation */

struct sched_server_config {
	ticks_t budget;   /* Q: 1 to P */
	ticks_t period;   /* P */
	ticks_t deadline; /* D: Q to P */
};

struct sched_context_config {
	uint32_t server; /* index, or SCHED_NONE: best effort */
	uint32_t weight; /* 1 to 1000 for best effort */
};

struct sched_config {
	uint32_t context_count;
	uint32_t server_count;
	const struct sched_context_config *contexts;
	const struct sched_server_config *servers;
	ticks_t slice; /* longest turn among best effort, and among contexts of one reservation; > 0 */
};

