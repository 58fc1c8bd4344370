/* SPDX-License-Identifier: Apache-2.0 */
/* The reservations of each mode in ticks, and whether each mode and each change of modes is admitted. */
#ifndef TOOLS_TAKT_MODES_H
#define TOOLS_TAKT_MODES_H

#include "tools/takt/schedule.h"

/* Fills mode_reservations of a schedule that is built but for them. */
void modes_build(struct schedule *schedule, const struct system *system, struct diag *diag);

#endif
