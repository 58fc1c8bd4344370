/* SPDX-License-Identifier: Apache-2.0 */
/* Direct delivery: see direct.h. EXIT_DIRECT is decided here. */
#include "core/direct.h"

#include "base/assert.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/bound.h"
#include "core/arena.h"
#include "core/cpu/cpu.h"
#include "core/exits/exits.h"
#include "core/mail.h"
#include "logic/arm/decode.h"
#include "logic/config.h"

#define OWN_SGIS UINT32_C(0xffff)

void direct_init(struct vcpu *vcpu, uint32_t world)
{
	struct vm *vm = vcpu->vm;
	struct direct *direct = arena_alloc(sizeof(struct direct));
	bool has_pmu = (world & HW_WORLD_PMU) != 0;
	ASSERT(hw_direct_is_possible());
	direct->gic.owned[0] = OWN_SGIS | IRQ_GUEST_TIMERS | (has_pmu ? BIT32(IRQ_GUEST_PMU) : 0);
	hw_world_init(&direct->world, vm->stage2.pages_pa, BLOB_VM_VMID(vm->index),
		      world | HW_WORLD_DEDICATED | HW_WORLD_DIRECT);
	direct->is_revoked = true;
	stage2_validate(&vm->stage2, false);
	vcpu->context.classes = esr_direct_classes;
	vcpu->context.irq_mask = HW_DIRECT_MASK;
	vcpu->context.cpu->idle_mask = HW_DIRECT_MASK;
	vm->direct = direct;
}

/* Locked. */
static void revoke(const struct vm *vm)
{
	if (vm->direct->is_revoked)
		return;
	STEP_BOUND(direct_revoke,
		   4); /* one that is ordered, by each of two mails; the current one that leaves; to spare */
	vm->direct->is_revoked = true;
	stage2_validate(&vm->stage2, false);
	hw_stage2_revoked(&vm->direct->world);
}

void direct_order(struct vcpu *vcpu, uint32_t bits)
{
	struct context *to = &vcpu->context;
	struct vm *vm = vcpu->vm;
	if (vm->direct == NULL) {
		mail_post(to, bits);
		return;
	}
	atomic_publish_bits(&to->mail, bits); /* these two pair with mail_open's */
	atomic_publish_bits(&to->cpu->mail[to->kick], BIT64(to->local));
	lock_take(&vm->lock);
	revoke(vm);
	hw_direct_recall(redistributor_of(to->cpu));
	lock_leave(&vm->lock);
}

bool direct_is_alone(const struct cpu *cpu)
{
	struct context *only = cpu->contexts[0];
	return only->kind == BLOB_CONTEXT_VCPU && vcpu_of(only)->vm->direct != NULL;
}

/* Where no mail waits the guest has its memory again. False: nothing was revoked. */
static bool restore(const struct vcpu *vcpu, bool *is_wanted)
{
	struct vm *vm = vcpu->vm;
	lock_take(&vm->lock); /* who revokes has it until all CPUs know, and the wake-up is pending */
	bool was_revoked = vm->direct->is_revoked;
	*is_wanted = __atomic_load_n(&vcpu->context.mail, __ATOMIC_RELAXED) != 0;
	if (was_revoked && !*is_wanted) {
		hw_direct_recalled();
		stage2_validate(&vm->stage2, true);
		hw_stage2_changed();
		vm->direct->is_revoked = false;
	}
	lock_leave(&vm->lock);
	return was_revoked;
}

/* A fetch or access of the guest faulted: for that reason? Mail is opened as on every CPU, by EL2's interrupt. */
static bool is_recalled(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct direct *direct = vcpu->vm->direct;
	bool is_wanted;
	if (!restore(vcpu, &is_wanted))
		return false;
	if (is_wanted) {
		direct_leave(vcpu);
		irq_handle(cpu, now);
	} else if (!direct->is_in) {
		direct->is_in = true;
		hw_direct_load(&direct->interface);
		hw_world_load(&direct->world);
	}
	return true;
}

void direct_reset(const struct vm *vm)
{
	struct direct *direct = vm->direct;
	direct->interface = (struct hw_direct){.mask = HW_DIRECT_MASK};
	direct->gic.groups = 0;
	for (uint32_t word = 0; word < DIRECT_WORDS; word++) {
		LOOP_BOUND(DIRECT_WORDS);
		if (direct->gic.owned[word] != 0)
			hw_direct_clear(word, direct->gic.owned[word]);
	}
}

void direct_leave(const struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	if (!vm->direct->is_in)
		return;
	vm->direct->is_in = false;
	hw_direct_save(&vm->direct->interface);
	hw_world_load(&vcpu->world);
	lock_take(&vm->lock);
	revoke(vm);
	lock_leave(&vm->lock);
}

/* What is written is decided before it is done; what is read is the register's. */
static uint64_t use_register(const struct cpu *cpu, const struct direct_gic *gic, enum direct_register which,
			     bool is_read, uint64_t value)
{
	switch (which) {
	case DIRECT_PMR:
		if (!is_read)
			hw_direct_register_set(HW_DIRECT_PMR, direct_mask(value));
		return direct_shown_mask(hw_direct_register(HW_DIRECT_PMR));
	case DIRECT_CTLR:
		if (!is_read)
			hw_direct_register_set(HW_DIRECT_CTLR, direct_control(value));
		return hw_direct_register(HW_DIRECT_CTLR);
	case DIRECT_RPR:
		return hw_direct_register(HW_DIRECT_RPR);
	case DIRECT_SGI1R:
		if (!is_read && direct_sends_to_itself(value))
			hw_irq_kick(cpu->affinity, direct_sgi(value));
		break;
	case DIRECT_DIR:
		if (!is_read && direct_owns(gic, value))
			hw_irq_deactivate((uint32_t)value);
		break;
	case DIRECT_NOTHING:
	case DIRECT_NO_REGISTER:
		break;
	}
	return 0;
}

static bool access_register(const struct cpu *cpu, struct vcpu *vcpu, uint64_t syndrome)
{
	struct sysreg_access access = decode_sysreg(esr_iss(syndrome));
	struct hw_frame *frame = &vcpu->context.frame;
	enum direct_register which = direct_register(access.key);
	if (which == DIRECT_NO_REGISTER)
		return false;
	hw_exit_skip();
	uint64_t value = guest_reg(frame, access.rt);
	value = use_register(cpu, &vcpu->vm->direct->gic, which, access.is_read, value);
	if (access.is_read)
		guest_reg_set(frame, access.rt, value);
	return true;
}

/* An aligned load of 4 bytes or less: of a word's part, or of what does not reach the physical register. */
static uint64_t load(const volatile uint8_t *block, uint32_t offset, struct direct_access what)
{
	if (what.kind == DIRECT_ANSWER)
		return what.value;
	uint32_t word = hw_direct_read(block, offset & ~3U) >> 8 * (offset & 3);
	return (word & what.mask) | what.value;
}

static void store(volatile uint8_t *block, uint32_t offset, struct direct_access what)
{
	switch (what.kind) {
	case DIRECT_ANSWER:
		break;
	case DIRECT_FORWARD:
		hw_direct_write(block, offset, what.value);
		break;
	case DIRECT_BYTES:
		for (uint32_t i = 0; i < 4; i++) {
			LOOP_BOUND(4);
			if ((what.mask >> 8 * i & 0xff) != 0)
				hw_direct_write_byte(block, offset + i, (uint8_t)(what.value >> 8 * i));
		}
		break;
	}
}

static bool access_controller(struct vcpu *vcpu, uint64_t syndrome)
{
	const struct blob_vm *config = vcpu->vm->config;
	struct direct_gic *gic = &vcpu->vm->direct->gic;
	struct hw_frame *frame = &vcpu->context.frame;
	struct mmio_access access = decode_mmio(syndrome);
	ipa_t at = decode_fault_ipa(hw_exit_ipa_page(), hw_exit_address());
	bool is_dist = at.raw - config->gicd_ipa < DIRECT_DIST_BYTES;
	uint64_t offset = at.raw - (is_dist ? config->gicd_ipa : config->gicr_ipa);
	if (!decode_is_emulable(syndrome) || offset >= DIRECT_REDIST_BYTES)
		return false;
	uint64_t value = access.is_write ? mmio_store_value(access, guest_reg(frame, access.reg)) : 0;
	struct direct_access what =
		direct_access(gic, is_dist, (uint32_t)offset, access.size_bytes, access.is_write, value);
	volatile uint8_t *block = hw_direct_block(is_dist);
	hw_exit_skip();
	if (access.is_write)
		store(block, (uint32_t)offset, what);
	else
		guest_reg_set(frame, access.reg, mmio_load_value(access, load(block, (uint32_t)offset, what)));
	return true;
}

void exit_direct(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	uint64_t syndrome = hw_exit_syndrome();
	if (esr_ec(syndrome) == ESR_EC_SYSREG) {
		if (!access_register(cpu, vcpu, syndrome))
			exit_sysreg(cpu, now);
	} else if (is_recalled(cpu, vcpu, now)) {
		return;
	} else if (esr_ec(syndrome) == ESR_EC_IABT_LOW) {
		exit_fetch(cpu, now);
	} else if (!access_controller(vcpu, syndrome)) {
		exit_mmio(cpu, now);
	}
}
