/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_MMIO: a data access that stage 2 does not map. It is the interrupt controller's, a device model's, or nobody's,
 * which the guest sees as a synchronous external abort. So does one that EL2 can't know from the syndrome (pair,
 * writeback, exclusive: ISV clear). Cache maintenance of such addresses does nothing.
 */
#include "core/exits/exits.h"

#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/model.h"
#include "logic/arm/decode.h"

#define REDIST_FRAME_MASK (VGIC_REDIST_BYTES - 1)

/* The access of a register of the distributor or of a redistributor, whose place in its frame says whether list
 * registers matter. */
static void controller(struct cpu *cpu, uint64_t syndrome, bool is_dist, uint32_t offset, ticks_t now)
{
	struct mmio_access access = decode_mmio(syndrome);
	struct vcpu *vcpu = current_vcpu(cpu);
	struct hw_frame *frame = &vcpu->context.frame;
	uint64_t value = access.is_write ? mmio_store_value(access, guest_reg(frame, access.reg)) : 0;
	if (vgic_access_needs_fold(is_dist ? offset : offset & REDIST_FRAME_MASK, access.is_write))
		gic_fold(cpu, now);
	/* The answer would name vCPUs that are live on other CPUs: there are none. */
	if (is_dist)
		(void)vgic_dist_access(&vcpu->vm->gic, vcpu->gic, offset, access.size_bytes, access.is_write, &value);
	else
		(void)vgic_redist_access(&vcpu->vm->gic, vcpu->gic, offset, access.size_bytes, access.is_write, &value);
	if (access.is_write)
		gic_distribute(cpu, vcpu->vm, now);
	else
		guest_reg_set(frame, access.reg, mmio_load_value(access, value));
	hw_exit_skip();
}

/* Nothing of an address that is not mapped is in a cache: its maintenance is done. */
static void not_emulable(struct cpu *cpu, uint64_t syndrome, ticks_t now)
{
	struct mmio_access access = decode_mmio(syndrome);
	if (access.is_cache_maintenance && !access.is_s1ptw && access.kind == FAULT_TRANSLATION)
		hw_exit_skip();
	else
		exit_inject_abort(cpu, now, syndrome);
}

void exit_mmio(struct cpu *cpu, ticks_t now)
{
	uint64_t syndrome = hw_exit_syndrome();
	struct vm *vm = current_vcpu(cpu)->vm;
	uint64_t offset;
	if (!decode_is_emulable(syndrome)) {
		not_emulable(cpu, syndrome, now);
		return;
	}
	ipa_t at = decode_fault_ipa(hw_exit_ipa_page(), hw_exit_address());
	if (at.raw - vm->config->gicd_ipa < VGIC_DIST_BYTES)
		controller(cpu, syndrome, true, (uint32_t)(at.raw - vm->config->gicd_ipa), now);
	else if (at.raw - vm->config->gicr_ipa < (uint64_t)VGIC_REDIST_BYTES * vm->config->vcpu_count)
		controller(cpu, syndrome, false, (uint32_t)(at.raw - vm->config->gicr_ipa), now);
	else if (model_owns(vm->model, at, &offset))
		model_access(cpu, vm, offset, syndrome, now);
	else
		exit_inject_abort(cpu, now, syndrome);
}
