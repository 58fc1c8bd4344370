/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct delivery: a VM of one vCPU, alone on its CPU, to which physical interrupts go without EL2. While its guest
 * runs nothing enters EL2 there but what the guest does: no interrupt is EL2's, no timer of EL2's runs, no kick is
 * sent. The interrupt controller's registers are the physical ones, as logic/arm/direct.h lets it see them.
 *
 * Who wants something of it, on any CPU, takes its memory away: the next instruction that it fetches is its exit
 * (EXIT_DIRECT). WFI fetches none; so an interrupt is made pending besides, above all priorities that the guest can
 * give. The guest doesn't see it: its vector can't be fetched either, and before it can the interrupt is gone.
 *
 *   asker                                          its CPU
 *   mail, as in core/mail.h
 *   locked: revokes, wake-up is pending     --->   a fetch faults
 *                                                  mail: the CPU interface is EL2's, the wake-up is taken as a kick is
 *                                                  none, locked: no wake-up is pending; restores; the interface is the
 *                                                  guest's
 *
 * The mail is set before the map is revoked, and the map is restored only where there is no mail: none is lost. A VM
 * that is not in its guest (off, paused, or about to begin) is revoked too, so that its first fetch gives it the CPU
 * interface.
 *
 * A guest that closes its own CPU interface (ICC_IGRPEN1_EL1, an active priority, ICC_BPR1_EL1) and then waits in WFI
 * sleeps through the wake-up. It does not run again, but its end is not noticed either.
 */
#ifndef CORE_DIRECT_H
#define CORE_DIRECT_H

#include "core/core.h"

/* Boot. world: enum hw_world_flags of its guest beside those that all such have. Then its lines. */
void direct_init(struct vcpu *vcpu, uint32_t world);
static inline void direct_own(const struct vm *vm, uint32_t intid)
{
	vm->direct->gic.owned[intid / 32] |= BIT32(intid % 32);
}

/*
 * What the life of a VM asks of its vCPU, enum mail, from any CPU: as mail_post, or, of one with direct delivery, which
 * takes no kick, as above. That waits for one hold of the VM's lock, which is a look at each entry of a stage-2 table.
 */
void direct_order(struct vcpu *vcpu, uint32_t bits);

/* This CPU is that of a VM with direct delivery: its maintenance interrupt is the kick of its one context. */
bool direct_is_alone(const struct cpu *cpu);

/* Its interrupts and its CPU interface are as after a reset. It is off, or about to be loaded. */
void direct_reset(const struct vm *vm);

/* The vCPU stops, or has mail: the CPU interface is EL2's. Its interrupts stay as they are, masked. */
void direct_leave(const struct vcpu *vcpu);

#endif
