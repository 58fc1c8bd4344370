/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog of a VM: its registers (logic/arm/gwdt.h). Who waits for its time is the VM's alarm (core/alarm.h), so a
 * guest that does nothing but spin, with all interrupts masked, can't keep it from its turn; a timeout is noticed at
 * the VM's own rank and paid by the VM. A refresh moves the time only in the registers.
 */
#ifndef CORE_WATCHDOG_H
#define CORE_WATCHDOG_H

#include "core/core.h"

/* The current vCPU's load or store, with the syndrome of its abort: done, or false: it is none of the watchdog's. */
bool watchdog_access(struct cpu *cpu, struct vm *vm, ipa_t at, uint64_t syndrome, ticks_t now);

/* The VM, which is locked and may have none: takes a timeout that has come. Answers when the next one comes. */
ticks_t watchdog_look(struct vm *vm, ticks_t now);

/* Behind a look or an access, which may have changed its signals. The VM is locked, and left unlocked; the loaded vCPU
 * is folded. */
void watchdog_signal(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The VM was paused, and goes on: no timeout was taken meanwhile, and its period begins anew. On its CPU. */
void watchdog_resume(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The VM, which is locked, is off: as after a cold reset. */
void watchdog_forget(struct vm *vm);

#endif
