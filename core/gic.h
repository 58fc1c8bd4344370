/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the virtual GIC's books (logic/arm/vgic) and the list registers: when they are read, when they are written.
 * On the CPU that runs the VM's vCPUs, interrupts masked.
 */
#ifndef CORE_GIC_H
#define CORE_GIC_H

#include "core/core.h"

/* Brings the loaded vCPU's books up to date with its list registers, once a step; wakes siblings that got something by
 * that. */
void gic_fold(struct cpu *cpu, ticks_t now);

/* After calls of vgic that may have made interrupts pending: wakes the vCPUs that they are for. */
void gic_distribute(struct cpu *cpu, struct vm *vm, ticks_t now);

/* A private timer interrupt of the loaded vCPU was acknowledged. */
void gic_raise_timer(struct cpu *cpu, uint32_t intid, ticks_t now);

/* The same for a vCPU that is about to be loaded; the caller knows that its line is asserted and not yet active. */
void gic_raise_parked(struct vcpu *vcpu, uint32_t intid);

/* A physical line that belongs to a VM was acknowledged. */
void gic_raise_line(struct cpu *cpu, struct vm *vm, uint32_t virq, ticks_t now);

/* The output of a device model changed. */
void gic_set_level(struct cpu *cpu, struct vm *vm, uint32_t virq, bool level, ticks_t now);

/* The current vCPU wrote ICC_SGI1R_EL1 (either_group) or ICC_SGI0R_EL1, ICC_ASGI1R_EL1. */
void gic_send(struct cpu *cpu, uint64_t value, bool either_group, ticks_t now);

/* Lines that are done go inactive; and unless a service runs next, the loaded vCPU's list registers are as the books
 * want them. */
void gic_settle(struct cpu *cpu, ticks_t now);

/* Moves a vCPU's interrupt state out of the hardware, when its books are folded and its timers stopped, and into it. */
void gic_unload(struct vcpu *vcpu, ticks_t now);
void gic_load(struct cpu *cpu, struct vcpu *vcpu);

/* A vCPU stops: if it is the loaded one, nothing of it stays in the CPU. Its books and its lines rest until it starts
 * again. */
void gic_release(struct cpu *cpu, const struct vcpu *vcpu, ticks_t now);

/* Whether the current vCPU has an interrupt that it would take now if it did not mask interrupts: its WFI does not
 * wait. */
bool gic_has_deliverable(struct cpu *cpu, ticks_t now);

#endif
