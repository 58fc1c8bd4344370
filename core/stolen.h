/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vCPUs of a VM could have run and did not, in the page that the VM reads of it (logic/arm/pvtime.h). Of the
 * vCPUs with CARE_STOLEN, on their CPU; each a bounded number of instructions.
 */
#ifndef CORE_STOLEN_H
#define CORE_STOLEN_H

#include "core/core.h"

/* Boot: the VM's vCPUs exist. With or without stolen time, as stolen_forget. */
void stolen_init(struct vm *vm);

/* The VM, which is locked, begins a life: all its vCPUs are off, and nothing was stolen. One that is switched off and
 * on within it keeps what was, as its guest does. */
void stolen_forget(const struct vm *vm);

/* A switch from the vCPU, which waits until cpu->until if it waits; to it. */
void stolen_leave(const struct cpu *cpu, struct vcpu *vcpu, ticks_t now);
void stolen_come(struct vcpu *vcpu, ticks_t now);

/* The vCPU is woken, maybe before the time until which it waits. */
void stolen_wake(struct vcpu *vcpu, ticks_t now);

/* The vCPU, which is off now, was set aside while it ran, could have or waited. */
void stolen_end(const struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

#endif
