/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the list registers of a vCPU (IHI 0069, ICH_LR<n>_EL2, ICH_HCR_EL2). See vgic.h for the states.
 *
 * Invariants after a plan:
 *   - no pending interrupt in memory that the guest could take is more urgent than one pending in a list register; one
 * of them at least is in a list register, so the no-pending maintenance interrupt fetches the next when it is due, and
 * never loops;
 *   - where some wait, those in list registers are no less urgent;
 *   - pending and active (both bits) only where HW = 0, the interrupt may be delivered here at the priority it has, and
 * no pending one waits in memory: else the active one has EOI = 1, so that its second delivery is decided here;
 *   - evicted active ones only with LRENPIE (their EOI in EOImode 0) and TDIR (their ICC_DIR in EOImode 1). With
 * several vCPUs TDIR is always set, since any vCPU may deactivate what another acknowledged.
 */
#include "logic/arm/vgic_books.h"

/* Most that one plan moves into list registers of each kind, so that it is short; what is left comes with the next. */
#define PLAN_LOADS 2U

/* The groups enabled in the virtual CPU interface, as masks over a bank. */
struct vgic_groups {
	uint64_t group0;
	uint64_t group1;
};

/*
 * Pending interrupts in memory, by bank, and the most urgent of each; words of banks that are not in banks are
 * undefined.
 */
struct vgic_queue {
	uint32_t banks; /* that have any */
	uint32_t key[VGIC_BANKS];
	uint64_t set[VGIC_BANKS];
	uint64_t blocked; /* not 0: others are pending whose group is disabled in the virtual CPU interface */
	bool waiting;     /* some are left in memory, for want of a list register or of time */
};

static struct vgic_groups vgic_groups_of(uint64_t vmcr)
{
	return (struct vgic_groups){(vmcr & ICH_VMCR_VENG0) != 0 ? UINT64_MAX : 0,
				    (vmcr & ICH_VMCR_VENG1) != 0 ? UINT64_MAX : 0};
}

static uint64_t vgic_group_mask(const struct vgic_bank *b, struct vgic_groups g)
{
	return (b->group & g.group1) | (~b->group & g.group0);
}

/* LR fields of p, which is inactive, that outlive its states: INTID, priority, group. */
static uint64_t vgic_image_base(const struct vgic_place *p)
{
	return (uint64_t)p->bank->priority.byte[p->pos] << ICH_LR_PRIORITY_SHIFT |
	       (p->bank->group >> p->pos & 1) << ICH_LR_GROUP_SHIFT | (vgic_base_of(p->w) + p->pos);
}

/* The list register of p in a state: its line in hardware, or EOI where it becomes pending again on deactivation. */
static uint64_t vgic_image(const struct vgic_vm *vm, const struct vgic_place *p, uint64_t base, uint64_t state)
{
	const struct vgic_bank *b = p->bank;
	bool again = (state & ICH_LR_ACTIVE) != 0 && (vgic_pending(b) & p->bit) != 0;
	if ((b->phys & p->bit) != 0 && !again) {
		uint64_t intid = base & ICH_LR_INTID_MASK;
		uint64_t pintid = p->w == 0 ? intid : vm->pintid[intid - 32];
		return base | state | ICH_LR_HW | pintid << ICH_LR_PINTID_SHIFT;
	}
	bool asserted = (b->level & ~b->edge & p->bit) != 0;
	bool eoi = asserted || (again && (state & ICH_LR_PENDING) == 0);
	return base | state | (eoi ? ICH_LR_EOI : 0);
}

static void vgic_write_lr(struct vgic_vcpu *v, unsigned i, uint64_t image)
{
	if (image == v->lr[i])
		return;
	v->lr[i] = image;
	v->dirty |= BIT32(i);
}

/*
 * Lets the fast path have list register i when the guest is done with it, if nothing but its own bits will follow from
 * that: a timer's line or an SGI, once pending. Its pending state moves into the list register.
 */
static void vgic_offer_fast(struct vgic_vcpu *v, unsigned i, const struct vgic_place *p)
{
	uint64_t lr = v->lr[i];
	struct vgic_bank *b = p->bank;

	v->lr_fast[i] = 0;
	if (p->w != 0)
		return;
	bool simple =
		(b->linked & p->bit) != 0 ? (lr & ICH_LR_HW) != 0 : (b->edge & p->bit) != 0 && (lr & ICH_LR_EOI) == 0;
	if (!simple || (lr & ICH_LR_STATE) == ICH_LR_STATE || (b->stale & p->bit) != 0)
		return;
	v->lr_fast[i] = p->bit;
	if ((lr & ICH_LR_PENDING) == 0)
		return;
	b->latch &= ~p->bit;
	v->ready |= p->bit;
}

/* Brings list register i in line with the books, or takes it back. */
static void vgic_refresh(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i, struct vgic_groups g)
{
	uint64_t lr = v->lr[i];
	struct vgic_place p = vgic_place_of(vm, v, (unsigned)(lr & ICH_LR_INTID_MASK));
	bool active = (p.bank->active & p.bit) != 0;
	bool acknowledged = (lr & ICH_LR_ACTIVE) != 0;
	bool pending = (vgic_pending(p.bank) & p.bank->open & v->route[p.w] & vgic_group_mask(p.bank, g) & p.bit) != 0;

	if (active != acknowledged || (!active && !pending)) {
		/* One made active by ISACTIVER, or inactive by ICACTIVER, starts anew from memory. */
		vgic_withdraw(vm, v, i, &p);
		return;
	}
	if (!active) {
		vgic_write_lr(v, i, vgic_image(vm, &p, vgic_image_base(&p), ICH_LR_PENDING));
		vgic_offer_fast(v, i, &p);
		return;
	}
	/* Pending again in hardware, it would keep the priority that it had. */
	bool both = pending && ((p.bank->phys | p.bank->stale) & p.bit) == 0;
	uint64_t base = lr & (ICH_LR_INTID_MASK | MASK64(55, 48) | BIT64(ICH_LR_GROUP_SHIFT));
	vgic_write_lr(v, i, vgic_image(vm, &p, base, ICH_LR_ACTIVE | (both ? ICH_LR_PENDING : 0)));
	v->lr_pending = (v->lr_pending & ~BIT32(i)) | (uint32_t)both << i;
	vgic_offer_fast(v, i, &p);
}

static void vgic_gather(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_groups g, struct vgic_queue *q)
{
	q->banks = 0;
	q->blocked = 0;
	q->waiting = false;
	for (uint32_t rest = vm->stirred | 1; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_BANKS);
		unsigned w = bits_lowest(rest);
		struct vgic_bank *b = vgic_bank_at(vm, v, w);
		uint64_t eligible = vgic_pending(b) & b->open & ~b->held & ~b->active;
		if (eligible == 0) {
			vm->stirred &= ~BIT32(w);
			continue;
		}
		uint64_t routed = eligible & v->route[w];
		uint64_t set = routed & vgic_group_mask(b, g);
		q->blocked |= routed & ~set;
		if (set == 0)
			continue;
		q->banks |= BIT32(w);
		q->set[w] = set;
		q->key[w] = vgic_most_urgent(b, w, set);
	}
}

static uint32_t vgic_queue_first(const struct vgic_queue *q)
{
	uint32_t best = VGIC_KEY_NONE;
	for (uint32_t rest = q->banks; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_BANKS);
		unsigned w = bits_lowest(rest);
		best = q->key[w] < best ? q->key[w] : best;
	}
	return best;
}

static void vgic_queue_remove(struct vgic_queue *q, const struct vgic_place *p)
{
	uint64_t set = q->set[p->w] & ~p->bit;
	q->set[p->w] = set;
	if (set == 0)
		q->banks &= ~BIT32(p->w);
	else
		q->key[p->w] = vgic_most_urgent(p->bank, p->w, set);
}

/* Puts p into the free list register i. */
static void vgic_fill(struct vgic_vcpu *v, unsigned i, const struct vgic_place *p, uint64_t image)
{
	v->live |= BIT32(i);
	v->dirty |= BIT32(i);
	v->lr[i] = image;
	v->lr_fast[i] = 0;
	p->bank->held |= p->bit;
	if (p->w != 0)
		v->held[p->w] |= p->bit;
}

/* Moves the first of the queue into the free list register i. */
static void vgic_load(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_queue *q, uint32_t key, unsigned i)
{
	unsigned intid = vgic_key_intid(key);
	struct vgic_place p = vgic_place_of(vm, v, intid);
	uint64_t image = vgic_image(vm, &p, vgic_image_base(&p), ICH_LR_PENDING);

	vgic_fill(v, i, &p, image);
	v->lr_pending |= BIT32(i);
	vgic_queue_remove(q, &p);
	vgic_offer_fast(v, i, &p);
}

/*
 * The least urgent list register whose pending bit alone is set (pending), or that is active (not); its key goes to
 * *key. VGIC_LR_MAX: there is none.
 */
static unsigned vgic_least_urgent(const struct vgic_vcpu *v, bool pending, uint32_t *key)
{
	unsigned found = VGIC_LR_MAX;
	*key = 0;
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		uint64_t lr = v->lr[i];
		uint32_t k = (uint32_t)bits_get(lr, 55, 51) << VGIC_KEY_INTID_BITS | (uint32_t)(lr & ICH_LR_INTID_MASK);
		if (((lr & ICH_LR_ACTIVE) == 0) == pending && k >= *key) {
			*key = k;
			found = i;
		}
	}
	return found;
}

static struct vgic_place vgic_place_in(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i)
{
	return vgic_place_of(vm, v, (unsigned)(v->lr[i] & ICH_LR_INTID_MASK));
}

/*
 * Makes room for the interrupt of key where all list registers are in use, and answers the one freed; VGIC_LR_MAX: key
 * has to wait.
 */
static unsigned vgic_make_room(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_queue *q, uint32_t key)
{
	uint32_t least;
	unsigned i = vgic_least_urgent(v, true, &least);
	bool evicts = i == VGIC_LR_MAX;
	if (evicts)
		i = vgic_least_urgent(v, false, &least);
	else
		q->waiting = true;
	if (!evicts && vgic_key_priority(key) >= vgic_key_priority(least))
		return VGIC_LR_MAX;
	struct vgic_place p = vgic_place_in(vm, v, i);
	vgic_withdraw(vm, v, i, &p);
	if (evicts) {
		v->evicted[p.w] |= p.bit;
		v->evicted_banks |= BIT32(p.w);
	}
	return i;
}

/* Fills list registers with pending interrupts, most urgent first, PLAN_LOADS at most. */
static void vgic_fill_pending(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_queue *q)
{
	for (unsigned n = 0; n < PLAN_LOADS && q->banks != 0; n++) {
		LOOP_BOUND(PLAN_LOADS);
		uint32_t key = vgic_queue_first(q);
		uint32_t vacant = v->lr_all & ~v->live;
		unsigned i = vacant != 0 ? bits_lowest(vacant) : vgic_make_room(vm, v, q, key);
		if (i == VGIC_LR_MAX)
			return;
		vgic_load(vm, v, q, key, i);
	}
}

/* Takes back what is less urgent than the first that waits: the no-pending maintenance interrupt comes in its turn. */
static void vgic_keep_order(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_queue *q)
{
	uint32_t first = vgic_queue_first(q);
	q->waiting = true;
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		uint64_t lr = v->lr[i];
		if ((lr & ICH_LR_ACTIVE) != 0 || bits_get(lr, 55, 48) <= vgic_key_priority(first))
			continue;
		struct vgic_place p = vgic_place_in(vm, v, i);
		vgic_withdraw(vm, v, i, &p);
	}
}

/* Moves evicted interrupts back into vacant list registers, most urgent first. Answers whether some are left. */
static bool vgic_fill_active(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	for (unsigned n = 0; n < PLAN_LOADS; n++) {
		LOOP_BOUND(PLAN_LOADS);
		uint32_t best = vgic_most_urgent_evicted(vm, v);
		uint32_t vacant = v->lr_all & ~v->live;
		if (best == VGIC_KEY_NONE)
			return false;
		if (vacant == 0)
			return true;
		struct vgic_place p = vgic_place_of(vm, v, vgic_key_intid(best));
		/* At the priority with which it was acknowledged, which is that of its place among the evicted. */
		uint64_t base = (uint64_t)vgic_key_priority(best) << ICH_LR_PRIORITY_SHIFT |
				(p.bank->group >> p.pos & 1) << ICH_LR_GROUP_SHIFT | vgic_key_intid(best);
		vgic_fill(v, bits_lowest(vacant), &p, vgic_image(vm, &p, base, ICH_LR_ACTIVE));
		v->evicted[p.w] &= ~p.bit;
	}
	return vgic_most_urgent_evicted(vm, v) != VGIC_KEY_NONE;
}

/* While others wait in memory, an active interrupt that is pending again must not become pending in hardware behind
 * their back. */
static void vgic_split_both(struct vgic_vcpu *v)
{
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		if ((v->lr[i] & ICH_LR_STATE) != ICH_LR_STATE)
			continue;
		v->lr_pending &= ~BIT32(i);
		vgic_write_lr(v, i, (v->lr[i] & ~ICH_LR_PENDING) | ICH_LR_EOI);
	}
}

/* Whether ICC_DIR must be trapped: an interrupt may be active that no list register of v has. */
static bool vgic_traps_dir(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	if (vm->vcpu_count > 1 || v->evicted_banks != 0 || (v->bank.active & ~v->bank.held) != 0)
		return true;
	for (uint32_t rest = vm->forced & ~UINT32_C(1); rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		unsigned w = bits_lowest(rest);
		if ((vm->spi[w - 1].active & ~v->held[w]) != 0)
			return true;
		vm->forced &= ~BIT32(w);
	}
	return false;
}

/* ICH_HCR_EL2: what must be heard of while the guest runs. */
static uint64_t vgic_controls(const struct vgic_queue *q, bool evicted, uint64_t vmcr)
{
	bool on0 = (vmcr & ICH_VMCR_VENG0) != 0;
	bool on1 = (vmcr & ICH_VMCR_VENG1) != 0;
	uint64_t hcr = ICH_HCR_EN;
	if (evicted)
		hcr |= ICH_HCR_LRENPIE;
	/* A group that is disabled lets others by only if the other one is enabled. With one enabled these conditions
	 * would be of no use, and QEMU 7.2 takes Group 1's enable for Group 0's in VGrp0D: it would hold for ever. */
	if (q->waiting)
		hcr |= ICH_HCR_NPIE | (on0 && on1 ? ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE : 0);
	if (q->blocked != 0)
		hcr |= (on0 ? 0 : ICH_HCR_VGRP0EIE) | (on1 ? 0 : ICH_HCR_VGRP1EIE);
	return hcr;
}

void vgic_plan(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t vmcr)
{
	struct vgic_groups groups = vgic_groups_of(vmcr);
	struct vgic_queue queue;

	STEP_BOUND(vgic_plan, 1); /* for the vCPU that is in the registers when the step ends */
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		vgic_refresh(vm, v, bits_lowest(rest), groups);
	}
	vgic_gather(vm, v, groups, &queue);
	vgic_fill_pending(vm, v, &queue);
	if (queue.banks != 0)
		vgic_keep_order(vm, v, &queue);
	bool evicted = v->evicted_banks != 0 && vgic_fill_active(vm, v);
	if (queue.waiting)
		vgic_split_both(v);
	uint64_t hcr = vgic_controls(&queue, evicted, vmcr);
	v->hcr = hcr | (vgic_traps_dir(vm, v) ? ICH_HCR_TDIR : 0);
	if (v->eoi_left != 0)
		v->hcr |= (uint64_t)v->eoi_left << ICH_HCR_EOI_COUNT_SHIFT | ICH_HCR_LRENPIE;
	v->attention = (v->attention & VGIC_ATTENTION_SPREAD) | (hcr != ICH_HCR_EN ? VGIC_ATTENTION_WATCH : 0);
	vgic_close(v);
	vm->refill &= ~BIT32(v->index);
}

/* Group priority bits of an interrupt of the group (0 or 1), by the binary points in vmcr. */
static uint32_t vgic_group_priority_mask(uint64_t vmcr, uint64_t group)
{
	unsigned point0 = (unsigned)bits_get(vmcr, 23, 21);
	unsigned point1 = (unsigned)bits_get(vmcr, 20, 18);
	unsigned low = group == 0 || (vmcr & ICH_VMCR_VCBPR) != 0 ? point0 + 1 : point1;
	return ~UINT32_C(0) << low & 0xffU;
}

/* What the plan moved into list registers since the fold. */
static uint64_t vgic_moved(const struct vgic_vcpu *v)
{
	uint64_t moved = 0;
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		moved |= (v->lr[i] & ICH_LR_PENDING) != 0 ? v->lr_fast[i] : 0;
	}
	return moved;
}

/* The most urgent of those pending in bank w that v could be signalled, whether they stand in its list registers or in
 * memory. */
static uint32_t vgic_deliverable_key(const struct vgic_vcpu *v, const struct vgic_bank *b, unsigned w, uint64_t pending,
				     struct vgic_groups groups)
{
	uint64_t elsewhere = b->held & ~vgic_own_held(v, w);
	return vgic_most_urgent(b, w,
				pending & b->open & ~b->active & ~elsewhere & v->route[w] & vgic_group_mask(b, groups));
}

bool vgic_has_deliverable(const struct vgic_vm *vm, const struct vgic_vcpu *v, uint64_t vmcr, uint32_t ap0r,
			  uint32_t ap1r)
{
	struct vgic_groups groups = vgic_groups_of(vmcr);
	const struct vgic_bank *from = &v->bank;
	uint32_t best = vgic_deliverable_key(v, from, 0, vgic_pending(from) | vgic_moved(v), groups);

	for (unsigned w = 1; w < VGIC_BANKS; w++) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		const struct vgic_bank *b = &vm->spi[w - 1];
		uint32_t key = vgic_deliverable_key(v, b, w, vgic_pending(b), groups);
		if (key < best) {
			best = key;
			from = b;
		}
	}
	uint32_t priority = vgic_key_priority(best);
	if (best == VGIC_KEY_NONE || priority >= bits_get(vmcr, 31, 24))
		return false;
	uint32_t active = ap0r | ap1r;
	if (active == 0)
		return true;
	unsigned intid = vgic_key_intid(best);
	uint64_t group = from->group >> (intid - vgic_base_of(vgic_bank_of(intid))) & 1;
	uint32_t mask = vgic_group_priority_mask(vmcr, group);
	return (priority & mask) < ((bits_lowest(active) << 3) & mask);
}
