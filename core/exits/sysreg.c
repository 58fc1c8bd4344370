/* SPDX-License-Identifier: Apache-2.0 */
/* EXIT_SYSREG: trapped system registers. The interrupt controller's and the debug registers have state; all others are
 * answered by logic/arm/sysreg. */
#include "core/exits/exits.h"

#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/debug.h"
#include "core/gic.h"
#include "core/remote.h"
#include "logic/arm/decode.h"
#include "logic/arm/sysreg.h"

void controller_deactivate(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access access, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	uint32_t ask = vgic_deactivate(&vcpu->vm->gic, vcpu->gic, access.offset);
	gic_distribute(cpu, vcpu->vm, now);
	if (unlikely(ask != 0))
		remote_ask(cpu, vcpu, access, ask, now);
}

/* ICC_DIR_EL1, trapped while active interrupts are outside of the list registers. */
static void deactivate(struct cpu *cpu, uint64_t value, ticks_t now)
{
	controller_deactivate(cpu, current_vcpu(cpu),
			      (struct vcpu_access){.kind = ACCESS_DIR, .offset = (uint32_t)(value & 0xffffff)}, now);
}

/* Writes of the interrupt controller's registers, behind which the guest has advanced; false when the key is none of
 * them. */
static bool controller_write(struct cpu *cpu, uint16_t key, uint64_t value, ticks_t now)
{
	switch (key) {
	case SYSREG_ICC_SGI1R_EL1:
		hw_exit_skip();
		gic_send(cpu, value, true, now);
		return true;
	case SYSREG_ICC_ASGI1R_EL1:
	case SYSREG_ICC_SGI0R_EL1:
		hw_exit_skip();
		gic_send(cpu, value, false, now);
		return true;
	case SYSREG_ICC_DIR_EL1:
		hw_exit_skip();
		deactivate(cpu, value, now);
		return true;
	default:
		return false;
	}
}

static void answer(struct cpu *cpu, struct sysreg_access access, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	struct sysreg_verdict verdict = sysreg_trapped(vcpu->vm->ids, access.key, access.is_read);
	switch (verdict.kind) {
	case SYSREG_VALUE:
		guest_reg_set(&vcpu->context.frame, access.rt, verdict.value);
		hw_exit_skip();
		break;
	case SYSREG_IGNORE:
		hw_exit_skip();
		break;
	case SYSREG_UNDEFINED:
		exit_inject_undefined(cpu, now);
		break;
	}
}

void exit_sysreg(struct cpu *cpu, ticks_t now)
{
	struct sysreg_access access = decode_sysreg(esr_iss(hw_exit_syndrome()));
	struct hw_frame *frame = &cpu->current->frame;
	if (!access.is_read && controller_write(cpu, access.key, guest_reg(frame, access.rt), now))
		return;
	if (debug_owns(access.key) && debug_access(current_vcpu(cpu), access)) {
		hw_exit_skip();
		return;
	}
	answer(cpu, access, now);
}
