/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM: start, off, failure. On a CPU of the VM but for starts, interrupts masked; loops over its vCPUs. */
#ifndef CORE_VM_H
#define CORE_VM_H

#include "core/core.h"

/* At boot: vCPU 0 at the VM's entry, everything else off: state as after a reset. All its vCPUs are off. */
void vm_start(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The same behind its loader, which has brought memory and interrupt controller to that state. */
void vm_begin(struct cpu *cpu, struct vm *vm, enum log_reason why, ticks_t now);

/* On its own CPU: a vCPU that is off has nothing in registers any more, and is as after a reset. */
void vcpu_clear(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* PSCI CPU_ON, on any CPU: the vCPU will begin at entry with context in x0. False: it is not off, or its VM stops. */
bool vcpu_start(struct cpu *cpu, struct vcpu *vcpu, uint64_t entry, uint64_t context, ticks_t now);

/* MAIL_START: the same, on its own CPU. */
void vcpu_begin(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* PSCI CPU_OFF of the current vCPU. */
void vcpu_stop(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* MAIL_STOP: its VM stops. */
void vcpu_halt(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* Takes all vCPUs off their CPUs and leaves one record; the others go on, unless its description says that the system
 * is to be reset. */
void vm_fail(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now);

/* The same for a VM whose alarm is current, or one of its vCPUs. Nothing if it is not running. */
void vm_end(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now);

/*
 * BLOB_ON_STORM, _OVERRUN or _MISS, on any CPU and by whoever finds it: what the VM's description says of it. The VM
 * goes on in this step; it stops as by a manager's command. Nothing while it is not running.
 */
void vm_error(struct cpu *cpu, struct vm *vm, enum blob_vm_event event, ticks_t now);

/* What such an action asks for beyond its VM: a reset of the system, which does not come back, or a mode. */
void vm_act_beyond(struct cpu *cpu, enum blob_vm_action action, ticks_t now);

/*
 * A manager's command, from any CPU: answers as takt_vm_command (abi/hypercall.h). It is obeyed on the CPU of the VM's
 * vCPU 0, at that context's rank, by vm_obey (MAIL_COMMAND).
 */
int64_t vm_request(struct vm *vm, uint64_t command);
void vm_obey(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The VM's state as managers are told of it. Any CPU; of another CPU's VM, that of a moment ago. */
enum takt_vm_state vm_shown_state(const struct vm *vm);

/* PSCI SYSTEM_OFF and SYSTEM_RESET, as the VM's description says. */
void vm_off(struct cpu *cpu, struct vm *vm, enum log_reason reason, ticks_t now);

#endif
