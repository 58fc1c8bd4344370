/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare-metal runtime for guests on the map of QEMU's virt board, with or without a hypervisor below. A guest
 * defines guest_main(); returning from it switches the machine off by PSCI.
 *
 * Compiled code has -mgeneral-regs-only, so that an interrupt handler need not save FP registers; only files named
 * *_fp.c use them, and only one task of a guest may call into those.
 */
#ifndef GUESTS_RUNTIME_RUNTIME_H
#define GUESTS_RUNTIME_RUNTIME_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#define RUNTIME_CPU_MAX 8U

/* Called on the boot CPU with interrupts masked, MMU off, console ready, interrupt controller untouched. */
void guest_main(void);

/* Where the machine is described: what the boot CPU found in x0. */
uintptr_t runtime_device_tree(void);

/* Turns on the executing CPU's MMU: identity, Device below 0x40000000. Secondaries started later follow. */
void runtime_enable_mmu(void);

/*
 * Starts CPU cpu (its Aff0) by PSCI: it calls entry(argument) with interrupts masked, then turns itself off. Answers
 * PSCI's status. entry and argument are read by the new CPU: one start of a CPU at a time.
 */
int64_t runtime_start_cpu(unsigned cpu, void (*entry)(void *argument), void *argument);

#endif
