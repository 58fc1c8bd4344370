/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's physical lines beyond the usual way, which is that a line is enabled while the VM is on, and interrupts by the
 * mask (exits/irq.c). They are those of the CPU of its vCPU 0; of a VM that is off they are disabled and inactive.
 *
 * A deferred line is enabled only while a vCPU of that CPU runs: what comes meanwhile waits in the controller. Enabling
 * and disabling are writes of a few words, and nobody waits until they have taken effect: what interrupts late is
 * posted as usual.
 */
#ifndef CORE_LINES_H
#define CORE_LINES_H

#include "core/core.h"

/* Boot: the VM has this line, and its vCPUs exist. */
void lines_add(struct vm *vm, const struct blob_line *config);

/* The VM, which is locked, begins; or is off. With or without lines. */
void lines_open(const struct vm *vm);
void lines_close(const struct vm *vm);

/* A switch from, or to, a context whose care says CARE_LINES. */
void lines_leave(const struct vm *vm);
void lines_come(const struct vm *vm);

#endif
