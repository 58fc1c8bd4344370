/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM: start, off, failure. On the VM's CPU, interrupts masked; loops over its vCPUs. */
#ifndef CORE_VM_H
#define CORE_VM_H

#include "core/core.h"

/* vCPU 0 at the VM's entry, everything else off: state as after a reset. */
void vm_start(struct cpu *cpu, struct vm *vm, ticks_t now);

/* PSCI CPU_ON: the vCPU begins at entry with context in x0. It is off. */
void vcpu_start(struct cpu *cpu, struct vcpu *vcpu, uint64_t entry, uint64_t context, ticks_t now);

/* PSCI CPU_OFF of the current vCPU. */
void vcpu_stop(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* Takes all vCPUs off their CPU and leaves one record; the others go on, unless its description says that the system is
 * to be reset. */
void vm_fail(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now);

/* PSCI SYSTEM_OFF and SYSTEM_RESET, as the VM's description says. */
void vm_off(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now);

#endif
