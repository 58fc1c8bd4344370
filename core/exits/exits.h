/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One handler for each exit class, one file for each handler. A handler looks at why the current frame exited, changes
 * the state of its VM, and leaves what others must still do in cpu->work. Interrupts are masked, `now` is the clock of
 * the exit; bounded as `takt bound` prints. A handler is reached through exit_handlers only.
 */
#ifndef CORE_EXITS_EXITS_H
#define CORE_EXITS_EXITS_H

#include "core/core.h"

typedef void exit_handler(struct cpu *cpu, ticks_t now);

exit_handler exit_irq, exit_hvc, exit_smc, exit_wfx, exit_sysreg, exit_mmio, exit_fetch, exit_fp, exit_debug, exit_svc,
	exit_service, exit_undef, exit_serror, exit_direct, exit_idle;

/* By enum exit_class. `takt bound` reads it from the image. */
extern exit_handler *const exit_handlers[EXIT_CLASS_COUNT];

/* Exit classes of a service's exceptions: SVC, and failure. esr_classes is the guests'. */
extern const uint8_t service_classes[];

/* Gives the guest an Undefined Instruction exception at the instruction that it tried. */
void exit_inject_undefined(struct cpu *cpu, ticks_t now);
/* Gives the guest a synchronous external abort for its access or fetch; syndrome is that of the exit. */
void exit_inject_abort(struct cpu *cpu, ticks_t now, uint64_t syndrome);
/*
 * An access to the VM's interrupt controller by a vCPU, the current one, which has advanced behind it, or one that was
 * set aside: done, with the answer in its frame; or asked for (remote_ask), with nothing changed but perhaps a register
 * that a load will overwrite. The second is for ACCESS_DIR, the first for the others.
 */
void controller_access(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access access, ticks_t now);
void controller_deactivate(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access access, ticks_t now);
/* Takes the pending physical interrupt and decides what it means. */
void irq_handle(struct cpu *cpu, ticks_t now);

#endif
