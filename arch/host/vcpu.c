/* SPDX-License-Identifier: Apache-2.0 */
/* port/cpu.h: what a switch moves, and worlds. hw_world.hcr holds enum hw_world_flags, the rest is not looked at. */
#include "arch/host/machine.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"

#define VTTBR_VMID_SHIFT 48U

void hw_world_init(struct hw_world *world, pa_t stage2_root, uint32_t vmid, uint32_t flags)
{
	*world = (struct hw_world){.hcr = flags, .vttbr = stage2_root.raw | (uint64_t)vmid << VTTBR_VMID_SHIFT};
}

void hw_world_load(const struct hw_world *world) { here->world = *world; }

/* Nothing but the address space may differ. */
void hw_world_follow(const struct hw_world *world)
{
	struct hw_world is = here->world;
	is.vttbr = world->vttbr;
	assert(memcmp(&is, world, sizeof(is)) == 0);
	here->world = is;
}

void hw_vcpu_reset(struct hw_vcpu *vcpu, struct hw_frame *frame, uint32_t index, uint64_t entry, uint64_t argument)
{
	*vcpu = (struct hw_vcpu){.vmpidr = MPIDR_RES1 | index,
				 .uncommon = vcpu->uncommon & (HW_VCPU_NO_FP | HW_VCPU_PMU),
				 .pmu = vcpu->pmu};
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		*vcpu->pmu = (struct hw_pmu){0};
	vcpu->el1[EL1_SCTLR] = SCTLR_RESET;
	*frame = (struct hw_frame){.pc = entry, .pstate = PSTATE_EL1H_MASKED};
	frame->x[0] = argument;
	host_guest_restart(frame, false);
}

void hw_vcpu_lend(struct hw_vcpu *vcpu)
{
	if ((vcpu->uncommon & HW_VCPU_LENT) != 0)
		return;
	vcpu->uncommon |= HW_VCPU_LENT;
	vcpu->el1[EL1_SCTLR] = here->registers.el1[EL1_SCTLR];
	here->registers.el1[EL1_SCTLR] = SCTLR_RESET;
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		hw_vcpu_pmu_stop(vcpu);
}

void hw_vcpu_take_back(struct hw_vcpu *vcpu)
{
	if ((vcpu->uncommon & HW_VCPU_LENT) == 0)
		return;
	vcpu->uncommon &= ~(uint32_t)HW_VCPU_LENT;
	here->registers.el1[EL1_SCTLR] = vcpu->el1[EL1_SCTLR];
	here->registers.pmu.is_stopped = 0;
}

void hw_vcpu_discard(void)
{
	here->registers.el1[EL1_SCTLR] = SCTLR_RESET;
	here->registers.pmu = (struct hw_pmu){0};
}

bool hw_vcpu_pmu_is_asserted(const struct hw_vcpu *vcpu)
{
	const struct hw_pmu *pmu = &here->registers.pmu;
	assert((vcpu->uncommon & HW_VCPU_PMU) != 0);
	return (pmu->control & HOST_PMU_ON) != 0 && (pmu->overflown & pmu->interrupting) != 0;
}

void hw_vcpu_pmu_stop(struct hw_vcpu *vcpu)
{
	assert((vcpu->uncommon & HW_VCPU_PMU) != 0);
	here->registers.pmu.is_stopped = 1;
}

void hw_vcpu_save(struct hw_vcpu *vcpu)
{
	hw_vcpu_take_back(vcpu);
	memcpy(vcpu->el1, here->registers.el1, sizeof(here->registers.el1));
	if ((vcpu->uncommon & HW_VCPU_NO_FP) == 0)
		memcpy(vcpu->fp, here->registers.fp, sizeof(here->registers.fp));
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		*vcpu->pmu = here->registers.pmu;
	here->registers.pmu = (struct hw_pmu){0};
}

void hw_vcpu_load(const struct hw_vcpu *vcpu)
{
	memcpy(here->registers.el1, vcpu->el1, sizeof(here->registers.el1));
	here->registers.vmpidr = vcpu->vmpidr;
	if ((vcpu->uncommon & HW_VCPU_NO_FP) == 0)
		memcpy(here->registers.fp, vcpu->fp, sizeof(here->registers.fp));
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		here->registers.pmu = *vcpu->pmu;
	here->registers.pmu.is_stopped = 0;
}

bool hw_vcpu_exchange(struct hw_vcpu *from, const struct hw_vcpu *to)
{
	hw_vcpu_save(from);
	hw_vcpu_load(to);
	return (from->uncommon | to->uncommon) == 0;
}

void hw_vcpu_debug_load(struct hw_vcpu *vcpu) { vcpu->uncommon |= HW_VCPU_DEBUG; }

void hw_timers_read(struct hw_timers *timers) { *timers = here->registers.timers; }

void hw_timers_save(struct hw_timers *timers)
{
	*timers = here->registers.timers;
	here->registers.timers.virtual_control = 0;
	here->registers.timers.physical_control = 0;
}

void hw_timers_load(const struct hw_timers *timers) { here->registers.timers = *timers; }
