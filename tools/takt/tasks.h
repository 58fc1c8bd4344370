/* SPDX-License-Identifier: Apache-2.0 */
/* The task set of a domain and the reservation that serves it, by logic/admit. */
#ifndef TOOLS_TAKT_TASKS_H
#define TOOLS_TAKT_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "logic/admit.h"
#include "tools/takt/diag.h"
#include "tools/takt/system.h"

/*
 * With reservation->budget_ns 0, stores the smallest budget for its period that serves the domain's tasks and answers
 * it; else checks that the tasks fit and answers 0. Best effort promises nothing, so nothing is checked.
 */
uint64_t tasks_budget(const struct system *system, const struct system_domain *domain,
		      struct system_reservation *reservation, struct diag *diag);

/*
 * Whether the domain's tasks meet their deadlines by set[mine] in the company of the set, in ticks; `extra` of each
 * budget is lost besides what admit_lost counts.
 */
bool tasks_fit(const struct system *system, const struct system_domain *domain, const struct admit_reservation *set,
	       uint32_t count, uint32_t mine, uint64_t extra);

#endif
