/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses that need list registers of other CPUs: see remote.h. */
#include "core/remote.h"

#include "base/bits.h"
#include "base/bound.h"
#include "core/cpu/cpu.h"
#include "core/exits/exits.h"
#include "core/gic.h"
#include "core/mail.h"

/* Locked. Those that were asked before answer without being asked again. */
static void ask_more(struct vcpu *vcpu, uint32_t ask)
{
	uint32_t fresh = ask & ~vcpu->asked;
	vcpu->asked |= fresh;
	while (fresh != 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vcpu *other = vcpu->vm->vcpus[bits_lowest(fresh)];
		fresh &= fresh - 1;
		other->held_by |= BIT32(vcpu->index);
		mail_post(&other->context, MAIL_ASIDE);
	}
}

/* Locked. Nobody is held for this vCPU any more; answers who may go on. */
static uint32_t let_go(struct vcpu *vcpu)
{
	uint32_t freed = 0;
	uint32_t rest = vcpu->asked;
	vcpu->asked = 0;
	while (rest != 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		uint32_t i = bits_lowest(rest);
		struct vcpu *other = vcpu->vm->vcpus[i];
		rest &= rest - 1;
		other->held_by &= ~BIT32(vcpu->index);
		freed |= other->held_by == 0 ? BIT32(i) : 0;
	}
	return freed;
}

void remote_ask(struct cpu *cpu, struct vcpu *vcpu, struct vcpu_access access, uint32_t ask, ticks_t now)
{
	vcpu->access = access;
	gic_lock(cpu, vcpu->vm);
	ask_more(vcpu, ask);
	gic_unlock(cpu, vcpu->vm);
	if (cpu->current == &vcpu->context)
		cpu_set_aside(cpu, vcpu, now);
}

/* Whoever has its access done meanwhile sends a wake-up, which is opened behind this. */
void remote_step_aside(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	gic_lock(cpu, vcpu->vm);
	uint32_t holders = vcpu->held_by;
	gic_unlock(cpu, vcpu->vm);
	if (holders == 0)
		return;
	cpu_set_aside(cpu, vcpu, now);
	if (vcpu->vm->direct != NULL)
		vcpu->event = TICKS_NEVER; /* its timers interrupt the guest when they are loaded, not EL2 */
	uint32_t askers = holders & ~HELD_BY_PAUSE;
	while (askers != 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		mail_post(&vcpu->vm->vcpus[bits_lowest(askers)]->context, MAIL_REPLY);
		askers &= askers - 1;
	}
}

static void repeat(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	struct vcpu_access access = vcpu->access;
	vcpu->access.kind = ACCESS_NONE; /* unless it asks again */
	if (access.kind == ACCESS_DIR)
		controller_deactivate(cpu, vcpu, access, now);
	else
		controller_access(cpu, vcpu, access, now);
}

static void wake_all(struct cpu *cpu, const struct vm *vm, uint32_t vcpus, ticks_t now)
{
	while (vcpus != 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		gic_wake(cpu, vm->vcpus[bits_lowest(vcpus)], now);
		vcpus &= vcpus - 1;
	}
}

/* It was set aside: its books are the truth. A reply that comes behind the end of its access is for nothing. */
void remote_retry(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if (vcpu->access.kind == ACCESS_NONE)
		return;
	repeat(cpu, vcpu, now);
	if (vcpu->access.kind != ACCESS_NONE)
		return;
	gic_lock(cpu, vcpu->vm);
	uint32_t freed = let_go(vcpu);
	gic_unlock(cpu, vcpu->vm);
	wake_all(cpu, vcpu->vm, freed | BIT32(vcpu->index), now);
}

void remote_forget(struct vcpu *vcpu)
{
	vcpu->access.kind = ACCESS_NONE;
	vcpu->asked = 0;
	vcpu->held_by = 0;
}
