/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the virtual GIC share: where an interrupt lies, what is pending, whom a change concerns. Internal
 * to logic/arm/vgic*.c; everything here assumes books that are folded.
 */
#ifndef LOGIC_ARM_VGIC_BOOKS_H
#define LOGIC_ARM_VGIC_BOOKS_H

#include "base/bound.h"
#include "logic/arm/vgic.h"

#define VGIC_KEY_NONE UINT32_MAX
#define VGIC_KEY_INTID_BITS 9U

_Static_assert(VGIC_INTID_MAX <= 1U << VGIC_KEY_INTID_BITS, "an INTID fits a key");

/* One interrupt: bank number and bit in it. */
struct vgic_place {
	struct vgic_bank *bank;
	uint64_t bit;
	unsigned w;
	unsigned pos;
};

static inline struct vgic_bank *vgic_bank_at(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned w)
{
	return w == 0 ? &v->bank : &vm->spi[w - 1];
}

static inline unsigned vgic_bank_of(unsigned intid) { return intid < 32 ? 0 : (intid + 32) >> 6; }
static inline unsigned vgic_base_of(unsigned w) { return w == 0 ? 0 : 64 * w - 32; }

static inline struct vgic_place vgic_place_of(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid)
{
	unsigned w = vgic_bank_of(intid);
	unsigned pos = intid - vgic_base_of(w);
	return (struct vgic_place){vgic_bank_at(vm, v, w), BIT64(pos), w, pos};
}

static inline uint64_t vgic_pending(const struct vgic_bank *b) { return b->latch | (b->level & ~b->edge); }

/*
 * Private interrupts whose delivery concerns a list register and nothing else: timers' lines and edges, with the
 * priority in effect that was written.
 */
static inline uint64_t vgic_fast_candidates(const struct vgic_bank *b)
{
	return b->open & (b->linked | b->edge) & ~b->stale;
}

/* What of bank w stands in list registers of v. */
static inline uint64_t vgic_own_held(const struct vgic_vcpu *v, unsigned w)
{
	return w == 0 ? v->bank.held : v->held[w];
}

/* The list registers of v no longer fit the books. */
static inline void vgic_attend(struct vgic_vcpu *v)
{
	v->attention |= VGIC_ATTENTION_PLAN;
	v->closed = UINT32_MAX;
}

static inline void vgic_mark(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	vgic_attend(v);
	vm->refill |= BIT32(v->index);
}

/*
 * The most urgent of set in bank w, lowest INTID among equals: its priority (bits 7 to 3) above its INTID, so that keys
 * compare as urgency does; VGIC_KEY_NONE for the empty set.
 */
uint32_t vgic_most_urgent(const struct vgic_bank *b, unsigned w, uint64_t set);

/* The same of all that is evicted from v. */
uint32_t vgic_most_urgent_evicted(struct vgic_vm *vm, struct vgic_vcpu *v);

static inline unsigned vgic_key_intid(uint32_t key) { return key & (BIT32(VGIC_KEY_INTID_BITS) - 1); }
static inline uint32_t vgic_key_priority(uint32_t key) { return key >> VGIC_KEY_INTID_BITS << 3; }

/* The priorities written for the 4 interrupts from shift on, of those in lanes (bits 0 to 3), take effect. */
void vgic_update_planes(struct vgic_bank *b, unsigned shift, uint64_t lanes);

/* Marks the vCPUs to which any of bits in bank w, not 0, is routed; t owns bank 0. */
void vgic_notify_some(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bits);

/* The same, where bits may be 0. All that becomes pending and eligible passes here: it keeps vm->stirred. */
static inline void vgic_notify(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bits)
{
	if (bits != 0)
		vgic_notify_some(vm, t, w, bits);
}

/* Marks the vCPUs that have any of bits in bank w in list registers; t owns bank 0. */
void vgic_mark_holders(struct vgic_vm *vm, struct vgic_vcpu *t, unsigned w, uint64_t bits);

/* The remote vCPUs whose list registers are needed for the true state of bits in bank w; t owns bank 0, v asks. */
uint32_t vgic_ask(const struct vgic_vm *vm, const struct vgic_vcpu *v, const struct vgic_vcpu *t, unsigned w,
		  uint64_t bits);

/*
 * The physical lines of bits are no longer active on their behalf: the core is to deactivate them, SPIs for v, private
 * ones for their owner t.
 */
void vgic_drop_lines(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_vcpu *t, unsigned w, uint64_t bits);

/* Makes bits of bank w inactive, wherever they are active. t owns bank 0, v acts. */
void vgic_clear_active(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_vcpu *t, unsigned w, uint64_t bits);

/*
 * Takes list register i of v back: p, its interrupt, keeps its state in memory. Whoever changed its route notifies.
 */
void vgic_withdraw(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned i, const struct vgic_place *p);

/* The same for those list registers of v that hold any of bits in bank w; v is not remote. */
void vgic_take_back(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned w, uint64_t bits);

/* Moves pending states of v, which does not run, from list registers back to its books. */
void vgic_move_back(struct vgic_vcpu *v);

/* Tells the fast path what it may use. */
void vgic_close(struct vgic_vcpu *v);

/* Routes the 1-of-N SPIs of v, which is not remote, to the first vCPU that is awake. */
void vgic_reroute_any(struct vgic_vm *vm, struct vgic_vcpu *v);

/* The vCPU that takes 1-of-N SPIs: the first that is awake, else 0. */
unsigned vgic_any_target(const struct vgic_vm *vm);

#endif
