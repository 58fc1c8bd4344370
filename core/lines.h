/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's physical lines. They interrupt the CPU of its vCPU 0; of a VM that is off they are disabled and inactive.
 *
 *   prompt    enabled while the VM is on: it interrupts by the mask (exits/irq.c)
 *   deferred  enabled while a vCPU of that CPU runs: what comes meanwhile waits, and wakes nobody
 *   polled    never enabled: looked at when a vCPU of that CPU begins to run, and in each period by the alarm
 *
 * Enabling and disabling are writes of a few words, and nobody waits until they have taken effect: what interrupts late
 * is posted as usual.
 *
 * A line with a shortest distance is disabled, by itself, when it is acknowledged and there is no token left
 * (logic/throttle.h). The VM's alarm enables it again, in the VM's time. A level that is high then interrupts; edges
 * have become one.
 *
 *             acknowledged, no token left: an episode
 *   OPEN ----------------------------------------------> CLOSED --opens_at, or the VM begins anew--> OPEN
 */
#ifndef CORE_LINES_H
#define CORE_LINES_H

#include "core/core.h"

/* Boot: the VM has this line, index of the blob, and its vCPUs exist. Answers its gate as struct line has it. */
uint16_t lines_add(struct vm *vm, uint32_t index);

/* The VM, which is locked, begins; or is off. With or without lines. */
void lines_set(const struct vm *vm, bool is_on);

/* A switch to a context with CARE_LINES, before it is loaded; from one. */
void lines_come(struct cpu *cpu, struct vm *vm, ticks_t now);
void lines_leave(const struct vm *vm);

/* The VM, which is not locked: its polled lines that are pending are raised as if they had been acknowledged. False: it
 * has none, or is off. */
bool lines_poll(struct cpu *cpu, struct vm *vm, ticks_t now);

/* A line with a gate was acknowledged. */
void lines_throttle(struct cpu *cpu, struct vm *vm, uint32_t gate, ticks_t now);

/* The VM, which is locked: lines that have been closed for long enough are open. Answers when the next one will be. */
ticks_t lines_reopen(const struct vm *vm, ticks_t now);

#endif
