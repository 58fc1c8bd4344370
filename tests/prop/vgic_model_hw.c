/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface in hardware (IHI 0069 chapter 6): list registers, active priorities, maintenance. See
 * vgic_model.h. */
#include "tests/prop/vgic_model.h"

uint32_t hw_group_mask(uint64_t vmcr, unsigned group)
{
	unsigned bpr0 = (unsigned)(vmcr >> 21 & 7);
	unsigned bpr1 = (unsigned)(vmcr >> 18 & 7);
	bool common = (vmcr >> 4 & 1) != 0;
	if (group == 0 || common)
		return 0xffU & ~0U << (bpr0 + 1);
	return 0xffU & ~0U << bpr1;
}

static unsigned lr_priority(uint64_t lr) { return (unsigned)(lr >> 48 & 0xff); }
static unsigned lr_group(uint64_t lr) { return (unsigned)(lr >> 60 & 1); }
static unsigned lr_state(uint64_t lr) { return (unsigned)(lr >> 62); }

int hw_signal(const struct hw *h)
{
	int best = -1;
	for (unsigned i = 0; i < h->lr_count; i++) {
		uint64_t lr = h->lr[i];
		if (lr_state(lr) != 1 || (h->vmcr >> lr_group(lr) & 1) == 0)
			continue;
		if (best < 0 || lr_priority(lr) < lr_priority(h->lr[best]))
			best = (int)i;
	}
	if (best < 0 || (h->hcr & ICH_HCR_EN) == 0)
		return -1;
	uint64_t lr = h->lr[best];
	if (lr_priority(lr) >= (h->vmcr >> 24 & 0xff))
		return -1;
	uint32_t ap = h->ap[0] | h->ap[1];
	uint32_t mask = hw_group_mask(h->vmcr, lr_group(lr));
	if (ap != 0 && (lr_priority(lr) & mask) >= ((uint32_t)__builtin_ctz(ap) * 8 & mask))
		return -1;
	return best;
}

uint64_t hw_elrsr(const struct hw *h)
{
	uint64_t empty = 0;
	for (unsigned i = 0; i < h->lr_count; i++) {
		bool waits = (h->lr[i] & (ICH_LR_HW | ICH_LR_EOI)) == ICH_LR_EOI;
		if (lr_state(h->lr[i]) == 0 && !waits)
			empty |= BIT64(i);
	}
	return empty;
}

bool hw_maintenance(const struct hw *h)
{
	bool pending = false;
	bool eoi = false;
	for (unsigned i = 0; i < h->lr_count; i++) {
		pending = pending || lr_state(h->lr[i]) == 1;
		eoi = eoi || (lr_state(h->lr[i]) == 0 && (h->lr[i] & (ICH_LR_HW | ICH_LR_EOI)) == ICH_LR_EOI);
	}
	bool on0 = (h->vmcr & ICH_VMCR_VENG0) != 0;
	bool on1 = (h->vmcr & ICH_VMCR_VENG1) != 0;
	return (h->hcr & ICH_HCR_EN) != 0 &&
	       (eoi || ((h->hcr & ICH_HCR_LRENPIE) != 0 && h->eoi_count != 0) ||
		((h->hcr & ICH_HCR_NPIE) != 0 && !pending) || ((h->hcr & ICH_HCR_VGRP0EIE) != 0 && on0) ||
		/* QEMU 7.2 asks for Group 1's enable here: the plan must do with both. */
		((h->hcr & ICH_HCR_VGRP0DIE) != 0 && !(on0 && on1)) || ((h->hcr & ICH_HCR_VGRP1EIE) != 0 && on1) ||
		((h->hcr & ICH_HCR_VGRP1DIE) != 0 && !on1));
}

void hw_acknowledge(struct hw *h, unsigned i)
{
	uint64_t lr = h->lr[i];
	unsigned group = lr_group(lr);
	uint32_t kept = lr_priority(lr) & hw_group_mask(h->vmcr, group);
	h->ap[group] |= BIT32(kept / 8);
	h->lr[i] = (lr & ~ICH_LR_STATE) | ICH_LR_ACTIVE;
}

/* The list register in which intid is active, or -1. */
static int hw_find_active(const struct hw *h, unsigned intid)
{
	for (unsigned i = 0; i < h->lr_count; i++)
		if ((h->lr[i] & ICH_LR_ACTIVE) != 0 && (h->lr[i] & ICH_LR_INTID_MASK) == intid)
			return (int)i;
	return -1;
}

static unsigned hw_deactivate(struct hw *h, unsigned i)
{
	uint64_t lr = h->lr[i];
	h->lr[i] = lr & ~ICH_LR_ACTIVE;
	return (lr & ICH_LR_HW) != 0 ? (unsigned)(lr >> ICH_LR_PINTID_SHIFT & 0x1fff) + 1 : 0;
}

unsigned hw_eoi(struct hw *h, unsigned intid, unsigned group)
{
	h->ap[group] &= h->ap[group] - 1;
	int i = hw_find_active(h, intid);
	if (i < 0) {
		h->eoi_count = (h->eoi_count + 1) & 31;
		return 0;
	}
	if ((h->vmcr & ICH_VMCR_VEOIM) != 0)
		return 0;
	/* QEMU and hardware match the group of the list register with the register written. */
	return lr_group(h->lr[i]) == group ? hw_deactivate(h, (unsigned)i) : 0;
}

unsigned hw_dir(struct hw *h, unsigned intid)
{
	int i = hw_find_active(h, intid);
	if (i >= 0)
		return hw_deactivate(h, (unsigned)i);
	h->eoi_count = (h->eoi_count + 1) & 31;
	return 0;
}
