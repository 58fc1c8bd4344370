/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations that managers change (abi/hypercall.h). A change is committed by whoever asks, on any CPU, in constant
 * time under the account's lock; the CPU that it is about hears of it by mail and takes it on at the release. The
 * account of a CPU holds of each reservation the greater density of the old and the new one, until the old one ends.
 */
#ifndef CORE_RESERVE_H
#define CORE_RESERVE_H

#include "core/core.h"

/* At boot, on the CPU itself. */
void reserve_init(struct cpu *cpu);

/* The two calls: vcpu is below BLOB_VM_VCPU_MAX; arguments and answers are in x. */
void reserve_show(const struct vm *vm, uint64_t vcpu, uint64_t *x);
void reserve_commit(const struct vm *vm, uint64_t vcpu, uint64_t *x);

/* MAIL_RESERVE: tells the scheduler of what is new, and settles what is due. Loop over the reservations. */
void reserve_open(struct cpu *cpu, ticks_t now);

/* The scheduler's note: the change holds, what it frees is free. */
void reserve_changed(struct cpu *cpu, uint32_t index);

#endif
