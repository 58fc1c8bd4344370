/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes: the system goes from one set of reservations to another. One change is under way at a time; each CPU with
 * reservations carries out its own part in steps that its mailbox brings, at the rank of the least urgent of them, and
 * each step changes one:
 *
 *   THERE --mode_request, mode_want--> GIVES --all have taken it on--> TAKES --all have--> THERE
 *
 * GIVES: reservations whose density (Q / D; under fixed priorities Q / P) does not rise change, each at its release.
 * TAKES: when the last of them has, the others do, each at its own. Let S be that moment. Of an interval with x ticks
 * before S and y behind, each reservation claims at most x times its old density and y times its new one: a change
 * before S lowers it, one behind S raises it, and what it claims up to its change is bounded by the old density, from
 * there on by the new one (logic/sched.h). So all together claim no more than the greater of both modes' sums, and
 * admission is that of each mode, with the shortest deadline of both (tools/takt/modes.c, logic/config_time.c). Each
 * reservation gets the old supply up to its change, and the new one behind it. A change ends: an idle server takes it
 * on at its release, which the scheduler waits for, others when they have used up what they have.
 */
#ifndef CORE_MODE_H
#define CORE_MODE_H

#include "core/core.h"

/* By a manager, on any CPU: answers as takt_mode (abi/hypercall.h). */
int64_t mode_request(struct cpu *cpu, uint64_t mode, ticks_t now);

/* By an event, on any CPU: where another change is under way, this one follows it, unless another event comes. */
void mode_want(struct cpu *cpu, uint32_t mode, ticks_t now);

/* The mode's name, BLOB_NAME_BYTES at an 8-aligned address, and its state; NULL: there is no such mode. */
const char *mode_show(uint64_t mode, enum takt_mode_state *state);

/* The mode for which this CPU has something to do still; false: there is none. */
bool mode_is_due(const struct cpu *cpu, uint32_t *mode);

/* This CPU's reservations are there. */
void mode_arrive(struct cpu *cpu, ticks_t now);

#endif
