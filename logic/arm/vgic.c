/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC's books: interrupts come in (raise, level, SGI), the list registers are folded in, active states end.
 * See vgic.h for the states and the protocol; what goes into list registers is decided in vgic_plan.c, register
 * accesses are in vgic_regs.c.
 */
#include "logic/arm/vgic_books.h"

void vgic_notify_some(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bits)
{
	if (w == 0) {
		vgic_mark(vm, t);
		return;
	}
	vm->stirred |= BIT32(w);
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		if ((vm->vcpus[i].route[w] & bits) != 0)
			vgic_mark(vm, &vm->vcpus[i]);
	}
}

/* The same for one interrupt, which may be none (bit 0): it is routed to one vCPU. */
static void vgic_notify_one(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bit)
{
	unsigned i = 0;
	if (bit == 0)
		return;
	if (w == 0) {
		vgic_mark(vm, t);
		return;
	}
	vm->stirred |= BIT32(w);
	while (i + 1 < vm->vcpu_count && (vm->vcpus[i].route[w] & bit) == 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		i++;
	}
	vgic_mark(vm, &vm->vcpus[i]);
}

void vgic_mark_holders(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bits)
{
	if ((vgic_bank_at(vm, t, w)->held & bits) == 0)
		return;
	if (w == 0) {
		vgic_mark(vm, t);
		return;
	}
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		if ((vm->vcpus[i].held[w] & bits) != 0)
			vgic_mark(vm, &vm->vcpus[i]);
	}
}

/* The vCPU of which interrupt p is in a list register; t owns bank 0. It is in one. */
static struct vgic_vcpu *vgic_holder(struct vgic_vm *vm, struct vgic_vcpu *t, const struct vgic_place *p)
{
	if (p->w == 0)
		return t;
	unsigned i = 0;
	while (i + 1 < vm->vcpu_count && (vm->vcpus[i].held[p->w] & p->bit) == 0) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		i++;
	}
	return &vm->vcpus[i];
}

/* Marks the vCPU that has p in a list register, if one has; t owns bank 0. */
static void vgic_mark_holder(struct vgic_vm *vm, struct vgic_vcpu *t, const struct vgic_place *p)
{
	if ((p->bank->held & p->bit) != 0)
		vgic_mark(vm, vgic_holder(vm, t, p));
}

uint32_t vgic_ask(const struct vgic_vm *vm, const struct vgic_vcpu *v, const struct vgic_vcpu *t, unsigned w,
		  uint64_t bits)
{
	if (w == 0)
		return t != v && t->remote && ((t->bank.held | t->evicted[0]) & bits) != 0 ? BIT32(t->index) : 0;
	uint32_t ask = 0;
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		const struct vgic_vcpu *u = &vm->vcpus[i];
		if (u->remote && u != v && ((u->held[w] | u->evicted[w]) & bits) != 0)
			ask |= BIT32(i);
	}
	return ask;
}

void vgic_drop_lines(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_vcpu *t, unsigned w, uint64_t bits)
{
	struct vgic_bank *b = vgic_bank_at(vm, t, w);
	bits &= b->phys;
	if (bits == 0)
		return;
	b->phys &= ~bits;
	struct vgic_vcpu *by = w == 0 ? t : v; /* a private line is active on the CPU of its owner */
	by->deactivate[w] |= bits;
	by->deactivate_banks |= BIT32(w);
	if (by != v)
		vgic_mark(vm, by);
}

void vgic_update_planes(struct vgic_bank *b, unsigned shift, uint64_t lanes)
{
	for (unsigned k = 0; k < VGIC_PRIORITY_BITS; k++) {
		LOOP_BOUND(VGIC_PRIORITY_BITS);
		/* Bit 7 - k of each byte; the product brings those of byte 0 to 3 to bits 24 to 27. */
		uint32_t spread = b->priority.word[shift / 4] >> (7 - k) & 0x01010101U;
		uint64_t four = (uint64_t)(spread * 0x01020408U) >> 24 & lanes;
		b->plane[k] = (b->plane[k] & ~(lanes << shift)) | four << shift;
	}
}

/* Ends the active state of p, and lets a priority written meanwhile take effect. */
static void vgic_end_active(const struct vgic_place *p)
{
	struct vgic_bank *b = p->bank;
	b->active &= ~p->bit;
	if ((b->stale & p->bit) == 0)
		return;
	b->stale &= ~p->bit;
	vgic_update_planes(b, p->pos & ~3U, BIT64(p->pos & 3));
}

/* Frees list register i; its interrupt is no longer in flight. */
static void vgic_release(struct vgic_vcpu *v, unsigned i, const struct vgic_place *p)
{
	v->live &= ~BIT32(i);
	v->lr_pending &= ~BIT32(i);
	v->lr[i] = 0;
	v->lr_fast[i] = 0;
	p->bank->held &= ~p->bit;
	if (p->w != 0)
		v->held[p->w] &= ~p->bit;
}

void vgic_withdraw(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i, const struct vgic_place *p)
{
	if (v->lr_fast[i] != 0 && (v->lr[i] & ICH_LR_PENDING) != 0)
		p->bank->latch |= p->bit; /* it had moved */
	vgic_release(v, i, p);
	v->dirty |= BIT32(i);
	vm->stirred |= BIT32(p->w);
}

void vgic_take_back(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned w, uint64_t bits)
{
	if ((vgic_own_held(v, w) & bits) == 0)
		return;
	vgic_mark(vm, v);
	/* An access changes interrupts of one bank while others hold them; one more may be done before a switch. */
	STEP_BOUND(vgic_take_back, 2 * VGIC_VCPU_MAX);
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		struct vgic_place p = vgic_place_of(vm, v, (unsigned)(v->lr[i] & ICH_LR_INTID_MASK));
		if (p.w == w && (p.bit & bits) != 0)
			vgic_withdraw(vm, v, i, &p);
	}
}

void vgic_clear_active(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_vcpu *t, unsigned w, uint64_t bits)
{
	struct vgic_bank *b = vgic_bank_at(vm, t, w);
	bits &= b->active;
	if (bits == 0)
		return;
	for (uint64_t stale = b->stale & bits; stale != 0;) {
		LOOP_BOUND(64 / 4);
		unsigned shift = bits_lowest(stale) & ~3U;
		uint64_t lanes = stale >> shift & 0xf;
		vgic_update_planes(b, shift, lanes);
		stale &= ~(lanes << shift);
	}
	b->stale &= ~bits;
	b->active &= ~bits;
	vgic_drop_lines(vm, v, t, w, bits);
	if (w == 0) {
		t->evicted[0] &= ~bits;
		vgic_take_back(vm, t, 0, bits);
	}
	for (unsigned i = 0; w != 0 && i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		vm->vcpus[i].evicted[w] &= ~bits;
		vgic_take_back(vm, &vm->vcpus[i], w, bits);
	}
	vgic_notify(vm, t, w, bits & vgic_pending(b) & b->open);
}

/* List register i of v was deactivated by the guest. */
static void vgic_fold_finished(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i, const struct vgic_place *p)
{
	uint64_t lr = v->lr[i];
	vgic_release(v, i, p);
	if ((lr & ICH_LR_HW) != 0)
		p->bank->phys &= ~p->bit;
	else if ((p->bank->phys & p->bit) != 0)
		vgic_drop_lines(vm, v, v, p->w, p->bit);
	if ((lr & (ICH_LR_HW | ICH_LR_EOI)) == ICH_LR_EOI) {
		v->dirty |= BIT32(i); /* it asserts the maintenance interrupt until it is overwritten */
		vgic_attend(v);
	}
	vgic_notify_one(vm, v, p->w, p->bit & vgic_pending(p->bank) & p->bank->open);
}

static void vgic_fold_lr(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i, uint64_t state)
{
	struct vgic_place p = vgic_place_of(vm, v, (unsigned)(v->lr[i] & ICH_LR_INTID_MASK));

	if ((state & ICH_LR_PENDING) != 0) {
		if (v->lr_fast[i] != 0) {
			p.bank->latch |= p.bit;
			v->lr_pending |= BIT32(i);
			v->lr_fast[i] = 0;
		}
	} else if ((v->lr_pending >> i & 1) != 0) {
		p.bank->latch &= ~p.bit; /* acknowledged */
		v->lr_pending &= ~BIT32(i);
	}
	if ((state & ICH_LR_ACTIVE) != 0) {
		p.bank->active |= p.bit;
		return;
	}
	if ((p.bank->active & p.bit) != 0)
		vgic_end_active(&p);
	if (state == 0)
		vgic_fold_finished(vm, v, i, &p);
}

/* Where it is pending still, they merge. */
void vgic_fold_late(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	while (v->late_banks != 0) {
		LOOP_BOUND(VGIC_BANKS);
		STEP_BOUND(vgic_late, 2 * VGIC_BANKS); /* at the fold of a step, and at a switch after it */
		unsigned w = bits_lowest(v->late_banks);
		struct vgic_bank *b = vgic_bank_at(vm, v, w);
		b->latch |= v->late[w];
		b->phys |= v->late[w] & b->linked; /* only its line raises a linked one late */
		vgic_mark_holders(vm, v, w, v->late[w]);
		vgic_notify(vm, v, w, v->late[w] & b->open & ~b->held);
		v->late[w] = 0;
		v->late_banks &= v->late_banks - 1;
	}
}

/* One step of a search for the most urgent: keeps those whose priority bit is 0, if any are. */
static inline uint64_t vgic_narrow(uint64_t set, uint64_t plane, uint32_t *priority)
{
	uint64_t urgent = set & ~plane;
	*priority = *priority << 1 | (urgent == 0);
	return urgent != 0 ? urgent : set;
}

uint32_t vgic_most_urgent(const struct vgic_bank *b, unsigned w, uint64_t set)
{
	uint32_t priority = 0;
	if (set == 0)
		return VGIC_KEY_NONE;
	set = vgic_narrow(set, b->plane[0], &priority);
	set = vgic_narrow(set, b->plane[1], &priority);
	set = vgic_narrow(set, b->plane[2], &priority);
	set = vgic_narrow(set, b->plane[3], &priority);
	set = vgic_narrow(set, b->plane[4], &priority);
	return priority << VGIC_KEY_INTID_BITS | (vgic_base_of(w) + bits_lowest(set));
}

uint32_t vgic_most_urgent_evicted(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	uint32_t best = VGIC_KEY_NONE;
	for (uint32_t rest = v->evicted_banks; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_BANKS);
		unsigned w = bits_lowest(rest);
		uint32_t key = vgic_most_urgent(vgic_bank_at(vm, v, w), w, v->evicted[w]);
		if (key == VGIC_KEY_NONE)
			v->evicted_banks &= ~BIT32(w);
		best = key < best ? key : best;
	}
	return best;
}

/* An EOI in EOImode 0 that matched no list register: in nesting order, it was for the most urgent evicted one. */
static void vgic_fold_eoi(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	uint32_t best = vgic_most_urgent_evicted(vm, v);
	if (best == VGIC_KEY_NONE)
		return;
	struct vgic_place p = vgic_place_of(vm, v, vgic_key_intid(best));
	v->evicted[p.w] &= ~p.bit;
	vgic_end_active(&p);
	vgic_drop_lines(vm, v, v, p.w, p.bit);
	vgic_notify_one(vm, v, p.w, p.bit & vgic_pending(p.bank) & p.bank->open);
}

void vgic_close(struct vgic_vcpu *v)
{
	v->closed = v->attention != 0 ? UINT32_MAX : 0;
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		v->closed |= (uint32_t)(v->lr_fast[i] == 0) << i;
	}
}

void vgic_move_back(struct vgic_vcpu *v)
{
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		if ((v->lr[i] & ICH_LR_PENDING) == 0 || v->lr_fast[i] == 0)
			continue;
		v->bank.latch |= v->lr_fast[i];
		v->lr_pending |= BIT32(i);
		v->lr_fast[i] = 0;
		v->closed |= BIT32(i);
	}
}

void vgic_fold(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t elrsr, unsigned eoi_count, uint64_t vmcr)
{
	if (eoi_count == 0 && vgic_fold_quiet(v, elrsr))
		return;
	for (uint32_t rest = v->live; rest != 0; rest &= rest - 1) {
		LOOP_BOUND(VGIC_LR_MAX);
		unsigned i = bits_lowest(rest);
		vgic_fold_lr(vm, v, i, (elrsr >> i & 1) != 0 ? 0 : v->lr[i] & ICH_LR_STATE);
	}
	if (v->late_banks != 0)
		vgic_fold_late(vm, v);
	unsigned ended = (vmcr & ICH_VMCR_VEOIM) == 0 ? eoi_count : 0;
	v->eoi_left = ended > VGIC_EOI_MAX ? ended - VGIC_EOI_MAX : 0;
	for (unsigned n = v->eoi_left; n < ended; n++) {
		LOOP_BOUND(VGIC_EOI_MAX);
		vgic_fold_eoi(vm, v);
	}
	if (eoi_count != 0 || (v->attention & VGIC_ATTENTION_WATCH) != 0)
		vgic_attend(v);
	vgic_close(v);
}

bool vgic_fold_single(struct vgic_vcpu *v, uint64_t elrsr, unsigned eoi_count, uint64_t lr, uint32_t asserted)
{
	uint32_t live = v->live;
	uint64_t bit = BIT64(lr & 31);
	bool is_pending = (lr & ICH_LR_PENDING) != 0;
	bool is_active = (lr & ICH_LR_ACTIVE) != 0;
	if ((v->attention | v->late_banks | v->deactivate_banks | v->eoi_left | eoi_count) != 0)
		return false;
	if (live == 0 || (live & (live - 1)) != 0 || (elrsr & live) != 0 || (lr & ICH_LR_INTID_MASK) >= 32)
		return false;
	if ((is_pending && (v->bank.linked & ~(uint64_t)asserted & bit) != 0) ||
	    (!is_active && (v->bank.active & bit) != 0))
		return false;
	unsigned i = bits_lowest(live);
	if (is_pending && v->lr_fast[i] != 0) {
		v->bank.latch |= bit;
		v->lr_pending |= live;
		v->lr_fast[i] = 0;
	} else if (!is_pending && (v->lr_pending & live) != 0) {
		v->bank.latch &= ~bit;
		v->lr_pending &= ~live;
	}
	v->bank.active |= is_active ? bit : 0;
	v->lr[i] = lr;
	v->closed = v->lr_fast[i] == 0 ? live : 0;
	return true;
}

/* Makes p pending; linked: by its physical line, which is active now. */
static void vgic_raise_place(struct vgic_vm *vm, struct vgic_vcpu *v, const struct vgic_place *p, uint64_t phys)
{
	struct vgic_bank *b = p->bank;
	if ((b->held & p->bit) == 0) {
		b->phys |= phys;
		b->latch |= p->bit;
		vgic_notify_one(vm, v, p->w, p->bit & b->open & ~b->active);
		return;
	}
	struct vgic_vcpu *u = vgic_holder(vm, v, p);
	if (u->remote) {
		/* A line that fires was deactivated since by that list register: it is the fold there that starts anew.
		 */
		u->late[p->w] |= p->bit;
		u->late_banks |= BIT32(p->w);
	} else if ((b->latch & p->bit) != 0 && phys == 0) {
		return; /* pending already: they merge */
	} else {
		b->phys |= phys;
		b->latch |= p->bit;
	}
	vgic_mark(vm, u);
}

void vgic_raise(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid)
{
	struct vgic_place p = vgic_place_of(vm, v, intid);
	vgic_raise_place(vm, v, &p, 0);
}

void vgic_raise_linked(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid)
{
	struct vgic_place p = vgic_place_of(vm, v, intid);
	vgic_raise_place(vm, v, &p, p.bit);
}

/* The physical line of the linked p was seen low. */
static void vgic_lower_linked(struct vgic_vm *vm, struct vgic_vcpu *v, const struct vgic_place *p)
{
	struct vgic_bank *b = p->bank;
	if ((b->phys & b->latch & ~b->active & p->bit) == 0 || vgic_ask(vm, v, v, p->w, p->bit) != 0)
		return;
	b->latch &= ~p->bit;
	vgic_drop_lines(vm, v, v, p->w, p->bit);
	vgic_mark_holder(vm, v, p);
}

void vgic_set_level(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid, bool high)
{
	struct vgic_place p = vgic_place_of(vm, v, intid);
	if ((p.bank->linked & p.bit) != 0) {
		if (!high)
			vgic_lower_linked(vm, v, &p);
		return;
	}
	bool was_high = (p.bank->level & p.bit) != 0;
	if (was_high == high)
		return;
	p.bank->level ^= p.bit;
	if ((p.bank->edge & p.bit) != 0) {
		if (high)
			vgic_raise(vm, v, intid);
		return;
	}
	vgic_mark_holder(vm, v, &p);
	if (high)
		vgic_notify_one(vm, v, p.w, p.bit & p.bank->open & ~p.bank->active & ~p.bank->held);
}

void vgic_sgi(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t value, bool either_group)
{
	unsigned intid = (unsigned)bits_get(value, 27, 24);
	uint32_t targets = (uint32_t)bits_get(value, 15, 0);
	if ((value & BIT64(40)) != 0) /* IRM: all but the sender */
		targets = ~BIT32(v->index);
	else if ((value & (MASK64(23, 16) | MASK64(39, 32) | MASK64(47, 44) | MASK64(55, 48))) != 0)
		return; /* Aff1 to Aff3 or RS name no vCPU */
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vgic_vcpu *u = &vm->vcpus[i];
		if ((targets >> i & 1) != 0 && (either_group || (u->bank.group >> intid & 1) == 0))
			vgic_raise(vm, u, intid);
	}
}

uint32_t vgic_deactivate(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid)
{
	if (intid >= VGIC_INTID_MAX)
		return 0;
	struct vgic_place p = vgic_place_of(vm, v, intid);
	uint32_t ask = vgic_ask(vm, v, v, p.w, p.bit);
	if (ask == 0)
		vgic_clear_active(vm, v, v, p.w, p.bit);
	return ask;
}

bool vgic_take_deactivation(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t *pintid)
{
	if (v->deactivate_banks == 0)
		return false;
	unsigned w = bits_lowest(v->deactivate_banks);
	unsigned intid = vgic_base_of(w) + bits_lowest(v->deactivate[w]);
	v->deactivate[w] &= v->deactivate[w] - 1;
	if (v->deactivate[w] == 0)
		v->deactivate_banks &= v->deactivate_banks - 1;
	*pintid = w == 0 ? intid : vm->pintid[intid - 32];
	return true;
}
