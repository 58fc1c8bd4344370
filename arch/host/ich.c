/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual CPU interface (IHI 0069, chapters 4.8 and 6, and 12.4): EL2's half of port/irq.h, and ICC_*_EL1 as
 * programs use it, with group 1 interrupts.
 */
#include "arch/host/machine.h"

#include "base/bits.h"
#include "logic/arm/vgic.h"

#define EOI_COUNT_SHIFT 27U
#define EOI_COUNT_MAX 31U
#define SPURIOUS 1023U
#define STATE_PENDING 1U

static uint32_t lr_priority(uint64_t lr) { return (uint32_t)bits_get(lr, 55, 48); }
static uint32_t lr_group(uint64_t lr) { return (uint32_t)bits_get(lr, 60, 60); }
static uint32_t lr_state(uint64_t lr) { return (uint32_t)bits_get(lr, 63, 62); }
static bool lr_has_ended(uint64_t lr) { return lr_state(lr) == 0 && (lr & (ICH_LR_HW | ICH_LR_EOI)) == ICH_LR_EOI; }

/* The bits of a priority that decide about preemption. */
static uint32_t group_mask(uint32_t group)
{
	uint64_t vmcr = here->registers.interface.vmcr;
	uint32_t point0 = (uint32_t)bits_get(vmcr, 23, 21) + 1;
	uint32_t point1 = (uint32_t)bits_get(vmcr, 20, 18);
	bool is_common = (vmcr & ICH_VMCR_VCBPR) != 0;
	return (UINT32_C(0xff) << (group == 0 || is_common ? point0 : point1)) & 0xff;
}

/* The list register that is signalled, or -1. */
static int signalled(void)
{
	uint64_t vmcr = here->registers.interface.vmcr;
	int best = -1;
	if ((here->ich_hcr & ICH_HCR_EN) == 0)
		return -1;
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++) {
		uint64_t lr = here->lr[i];
		if (lr_state(lr) != STATE_PENDING || bits_get(vmcr, lr_group(lr), lr_group(lr)) == 0)
			continue;
		if (best < 0 || lr_priority(lr) < lr_priority(here->lr[best]))
			best = (int)i;
	}
	if (best < 0 || lr_priority(here->lr[best]) >= bits_get(vmcr, 31, 24))
		return -1;
	uint64_t active = here->registers.interface.ap0r0 | here->registers.interface.ap1r0;
	uint32_t mask = group_mask(lr_group(here->lr[best]));
	if (active != 0 && (lr_priority(here->lr[best]) & mask) >= ((bits_lowest(active) << 3) & mask))
		return -1;
	return best;
}

bool host_virtual_is_due(void) { return signalled() >= 0; }

bool host_maintenance_is_due(const struct host_cpu *cpu)
{
	bool pending = false;
	bool ended = false;
	bool on0 = (cpu->registers.interface.vmcr & ICH_VMCR_VENG0) != 0;
	bool on1 = (cpu->registers.interface.vmcr & ICH_VMCR_VENG1) != 0;
	uint64_t asked = (cpu->eoi_count != 0 ? ICH_HCR_LRENPIE : 0) | (on0 ? ICH_HCR_VGRP0EIE : ICH_HCR_VGRP0DIE) |
			 (on1 ? ICH_HCR_VGRP1EIE : ICH_HCR_VGRP1DIE);
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++) {
		pending = pending || lr_state(cpu->lr[i]) == STATE_PENDING;
		ended = ended || lr_has_ended(cpu->lr[i]);
	}
	if (!pending)
		asked |= ICH_HCR_NPIE;
	return (cpu->ich_hcr & ICH_HCR_EN) != 0 && (ended || (cpu->ich_hcr & asked) != 0);
}

uint32_t hw_lr_count(void) { return HOST_LR_COUNT; }

uint64_t hw_lr_empty(void)
{
	uint64_t empty = 0;
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++)
		if (lr_state(here->lr[i]) == 0 && !lr_has_ended(here->lr[i]))
			empty |= BIT64(i);
	return empty;
}

uint64_t hw_lr_read(uint32_t index)
{
	host_point();
	return here->lr[index];
}

/* No two list registers may hold the same interrupt (IHI 0069, 12.4.6). */
static void check_unique(uint32_t index)
{
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++)
		if (i != index && lr_state(here->lr[i]) != 0 && lr_state(here->lr[index]) != 0 &&
		    ((here->lr[i] ^ here->lr[index]) & ICH_LR_INTID_MASK) == 0)
			host_fail("interrupt %u in two list registers", (uint32_t)(here->lr[i] & ICH_LR_INTID_MASK));
}

void hw_lr_write(uint32_t index, uint64_t value)
{
	if (index >= HOST_LR_COUNT)
		host_fail("there is no list register %u", index);
	here->lr[index % HOST_LR_COUNT] = value;
}

void hw_lr_load(const uint64_t *values)
{
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++)
		here->lr[i] = values[i];
}

void host_lr_check(void)
{
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++)
		check_unique(i);
}

uint32_t hw_vgic_control(void) { return (uint32_t)here->ich_hcr | here->eoi_count << EOI_COUNT_SHIFT; }

void hw_vgic_control_set(uint64_t value)
{
	here->ich_hcr = value & MASK64(EOI_COUNT_SHIFT - 1, 0);
	here->eoi_count = (uint32_t)bits_get(value, 31, EOI_COUNT_SHIFT);
}

uint64_t hw_vgic_vmcr(void) { return here->registers.interface.vmcr; }
void hw_vgic_save(struct hw_vgic *vgic) { *vgic = here->registers.interface; }
void hw_vgic_load(const struct hw_vgic *vgic) { here->registers.interface = *vgic; }
void hw_vgic_reset(struct hw_vgic *vgic) { *vgic = (struct hw_vgic){0}; }

uint32_t host_virtual_acknowledge(void)
{
	int i = signalled();
	if (i < 0 || lr_group(here->lr[i]) != 1)
		return SPURIOUS;
	uint32_t kept = lr_priority(here->lr[i]) & group_mask(1);
	here->registers.interface.ap1r0 |= BIT64(kept >> 3);
	here->lr[i] = (here->lr[i] & ~ICH_LR_STATE) | ICH_LR_ACTIVE;
	return (uint32_t)(here->lr[i] & ICH_LR_INTID_MASK);
}

static void deactivate(uint32_t intid)
{
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++) {
		uint64_t lr = here->lr[i];
		if ((lr & ICH_LR_ACTIVE) == 0 || (lr & ICH_LR_INTID_MASK) != intid)
			continue;
		here->lr[i] = lr & ~ICH_LR_ACTIVE;
		if ((lr & ICH_LR_HW) != 0)
			host_line_deactivate((uint32_t)bits_get(lr, 44, ICH_LR_PINTID_SHIFT));
		return;
	}
	here->eoi_count = (here->eoi_count + 1) & EOI_COUNT_MAX;
}

static bool is_active_here(uint32_t intid)
{
	for (uint32_t i = 0; i < HOST_LR_COUNT; i++)
		if ((here->lr[i] & ICH_LR_ACTIVE) != 0 && (here->lr[i] & ICH_LR_INTID_MASK) == intid)
			return true;
	return false;
}

void host_virtual_eoi(uint32_t intid)
{
	uint64_t *active = &here->registers.interface.ap1r0;
	*active &= *active - 1;
	if ((here->registers.interface.vmcr & ICH_VMCR_VEOIM) == 0 || !is_active_here(intid))
		deactivate(intid);
}

void host_virtual_dir(uint32_t intid) { deactivate(intid); }
