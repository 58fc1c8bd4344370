/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM begins another time. All its vCPUs are off; its loader, a service at EL0 behind a stage-2 map of its own,
 * runs in the place of vCPU 0: on its CPU, budget and rank, and can be preempted at any instruction.
 *
 *   LOADING --loader: memory is as at first boot--> SVC_LOADED, SVC_LOADED, ...: a part of the registers each
 *                                                       \--the last one--> RUNNING, vCPU 0 at its entry
 */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include "core/core.h"

/* MAIL_LOAD, on the CPU of the VM's vCPU 0. Nothing if the VM is not to be loaded, or is already. */
void loader_begin(struct cpu *cpu, struct vm *vm, ticks_t now);

/* SVC_LOADED from the current context. */
void loader_done(struct cpu *cpu, ticks_t now);

#endif
