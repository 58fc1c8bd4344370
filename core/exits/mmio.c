/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_MMIO: a data access that stage 2 does not map. It is the interrupt controller's, a device model's, the
 * watchdog's, or nobody's, which the guest sees as a synchronous external abort. So does one that EL2 can't know from
 * the syndrome (pair, writeback, exclusive: ISV clear). Cache maintenance of such addresses does nothing.
 */
#include "core/exits/exits.h"

#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/flash.h"
#include "core/gic.h"
#include "core/model.h"
#include "core/remote.h"
#include "core/watchdog.h"
#include "logic/arm/decode.h"

#define REDIST_FRAME_MASK (VGIC_REDIST_BYTES - 1)

void controller_access(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access a, ticks_t now)
{
	struct mmio_access access = decode_mmio(a.syndrome);
	struct vgic_vm *vm = &vcpu->vm->gic;
	struct hw_frame *frame = &vcpu->context.frame;
	uint64_t value = access.is_write ? mmio_store_value(access, guest_reg(frame, access.reg)) : 0;
	bool is_dist = a.kind == ACCESS_DIST;
	uint32_t ask;
	if (vgic_access_needs_fold(is_dist ? a.offset : a.offset & REDIST_FRAME_MASK, access.is_write))
		gic_fold(cpu, now);
	gic_lock(cpu, vcpu->vm);
	if (is_dist)
		ask = vgic_dist_access(vm, vcpu->gic, a.offset, access.size_bytes, access.is_write, &value);
	else
		ask = vgic_redist_access(vm, vcpu->gic, a.offset, access.size_bytes, access.is_write, &value);
	if (access.is_write) {
		gic_distribute(cpu, vcpu->vm, now);
	} else {
		gic_unlock(cpu, vcpu->vm);
		guest_reg_set(frame, access.reg, mmio_load_value(access, value));
	}
	if (unlikely(ask != 0))
		remote_ask(cpu, vcpu, a, ask, now);
}

static inline void controller(struct cpu *cpu, enum access_kind kind, uint64_t offset, uint64_t syndrome, ticks_t now)
{
	hw_exit_skip();
	controller_access(cpu, current_vcpu(cpu), (struct vcpu_access){kind, (uint32_t)offset, syndrome}, now);
}

/* Nothing of an address that is not mapped is in a cache: its maintenance is done. Out of line, as what is seldom. */
static __attribute__((noinline)) void not_emulable(struct cpu *cpu, uint64_t syndrome, ticks_t now)
{
	struct mmio_access access = decode_mmio(syndrome);
	if (access.is_cache_maintenance && !access.is_s1ptw && access.kind == FAULT_TRANSLATION)
		hw_exit_skip();
	else if (!flash_fault(cpu, current_vcpu(cpu)->vm, syndrome, now))
		exit_inject_abort(cpu, now, syndrome);
}

/* Out of line: the usual access has no registers to save for it. */
static __attribute__((noinline)) void seldom(struct cpu *cpu, ipa_t at, uint64_t syndrome, ticks_t now)
{
	struct vm *vm = current_vcpu(cpu)->vm;
	if (!watchdog_access(cpu, vm, at, syndrome, now) && !flash_fault(cpu, vm, syndrome, now))
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
	uint64_t dist = at.raw - vm->config->gicd_ipa;
	uint64_t redist = at.raw - vm->config->gicr_ipa;
	if (dist < VGIC_DIST_BYTES)
		controller(cpu, ACCESS_DIST, dist, syndrome, now);
	else if (redist < (uint64_t)VGIC_REDIST_BYTES * vm->config->vcpu_count)
		controller(cpu, ACCESS_REDIST, redist, syndrome, now);
	else if (model_owns(vm->model, at, &offset))
		model_access(cpu, vm, offset, syndrome, now);
	else
		seldom(cpu, at, syndrome, now);
}
