/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog of a VM (logic/arm/gwdt.h): its registers, and who waits for its time.
 *
 * That is a context of its own beside the VM's vCPU 0, with the same CPU, reservation or weight, and band. So a guest
 * that does nothing but spin, with all interrupts masked, can't keep it from its turn; a timeout is noticed at the
 * VM's own rank and paid by the VM; and a VM without one costs nothing. It executes nothing: its address space is
 * empty, and its first fetch is the exit in which it looks.
 *
 *   OFF --wake--> READY --its turn: watchdog_look--> BLOCKED --looks_at has come, or wake--> READY
 *
 * A refresh moves the time only in the registers: who wakes for the earlier one looks, and waits on. Where the time
 * comes nearer, the context is woken.
 */
#ifndef CORE_WATCHDOG_H
#define CORE_WATCHDOG_H

#include "core/core.h"

/* VMID of all watchdogs, behind those of services: there is nothing in their address space. */
#define WATCHDOG_VMID (BLOB_VM_MAX + 1U + BLOB_SERVICE_MAX)

/* The current vCPU's load or store, with the syndrome of its abort: done, or false: it is none of the watchdog's. */
bool watchdog_access(struct cpu *cpu, struct vm *vm, ipa_t at, uint64_t syndrome, ticks_t now);

/* The current context is this one: takes a timeout that has come, and waits for the next. */
void watchdog_look(struct cpu *cpu, struct watchdog *watchdog, ticks_t now);

/* It has to look now. On its CPU. */
void watchdog_wake(struct cpu *cpu, struct watchdog *watchdog, ticks_t now);

/* The VM was paused, and goes on: no timeout was taken meanwhile, and its period begins anew. On its CPU. */
void watchdog_resume(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The VM, which is locked, is off: as after a cold reset. */
void watchdog_forget(struct vm *vm);

/* Its context is current, and the CPU is to idle: what sched_block was not told (logic/sched.h). */
void watchdog_await(struct cpu *cpu, struct watchdog *watchdog);

#endif
