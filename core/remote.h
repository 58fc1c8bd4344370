/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to a VM's interrupt controller that need list registers which are live on other CPUs. EL2 waits for nobody,
 * the vCPU does:
 *
 *   asker's CPU                                  CPU of a vCPU that is asked
 *   the access answers whom to ask
 *   asked, their held_by; the asker is set aside
 *     MAIL_ASIDE                      --->       sets it aside: folded, nothing of it is in the CPU
 *                                     <---         MAIL_REPLY
 *   tries again; when nobody is left to ask:
 *   the access is done; held_by is cleared
 *     MAIL_WAKE                       --->       goes on, unless another vCPU holds it still
 *   the asker goes on
 *
 * The asker has advanced already, and EL2 repeats its access: so it may be asked and held itself meanwhile, and two
 * that ask each other are both answered. Who is held is held until then, and by those alone who asked while it ran: its
 * list registers are in memory, where later accesses find them. A VM's vCPUs are eight at most, so an access is
 * repeated seven times at most.
 */
#ifndef CORE_REMOTE_H
#define CORE_REMOTE_H

#include "core/core.h"

/* The vCPU's access, which it has advanced behind, needs these: it is repeated when they are out. Until then the vCPU,
 * the current one or one that is aside already, is set aside. */
void remote_ask(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access access, uint32_t ask, ticks_t now);

/* MAIL_ASIDE, MAIL_REPLY. */
void remote_step_aside(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);
void remote_retry(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* Of a vCPU that stops, or starts: it waits for nobody, and is held by nobody. */
void remote_forget(struct vcpu *vcpu);

#endif
