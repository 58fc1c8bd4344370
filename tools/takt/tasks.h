/* SPDX-License-Identifier: Apache-2.0 */
/* The task set of a domain and the reservation that serves it, by logic/admit. */
#ifndef TOOLS_TAKT_TASKS_H
#define TOOLS_TAKT_TASKS_H

#include <stdint.h>

#include "tools/takt/diag.h"
#include "tools/takt/system.h"

/*
 * With reservation->budget_ns 0, stores the smallest budget for its period that serves the domain's tasks and answers
 * it; else checks that the tasks fit and answers 0. Best effort promises nothing, so nothing is checked.
 */
uint64_t tasks_budget(const struct system *system, const struct system_domain *domain,
		      struct system_reservation *reservation, struct diag *diag);

#endif
