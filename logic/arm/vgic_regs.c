/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to the registers of the virtual distributor and redistributors (IHI 0069, chapter 12). A write acts on the
 * word of interrupts that the register covers, never on one after the other. What does not exist, or not in that size,
 * reads as 0 and ignores writes. An access that needs the list registers of a remote vCPU changes nothing and answers
 * whom to ask.
 */
#include "logic/arm/gicv3.h"
#include "logic/arm/vgic_books.h"

#define GICD_IROUTER_BYTES 0x2000U

#define CTLR_FIXED (BIT32(4) | BIT32(6)) /* ARE, DS */
#define TYPER_VALUE \
	((VGIC_INTID_MAX / 32 - 1) | (10U - 1) << 19) /* ITLinesNumber; IDbits: 10 bits; 1-of-N is supported */
#define IIDR_VALUE 0x43bU
#define PIDR2_VALUE 0x3bU /* ArchRev: GICv3 */
#define IROUTER_ANY BIT32(31)
#define IROUTER_AFFINITY 0x00ffffffU
#define WAKER_PROCESSOR_SLEEP BIT32(1)
#define WAKER_CHILDREN_ASLEEP BIT32(2)
#define SGI_MASK UINT64_C(0xffff)

enum vgic_bits_register {
	BITS_IGROUPR = 1,
	BITS_ISENABLER = 2,
	BITS_ICENABLER = 3,
	BITS_ISPENDR = 4,
	BITS_ICPENDR = 5,
	BITS_ISACTIVER = 6,
	BITS_ICACTIVER = 7,
};

/* One access to a word of interrupts. */
struct vgic_access {
	struct vgic_vm *vm;
	struct vgic_vcpu *v; /* who accesses */
	struct vgic_vcpu *t; /* whose bank 0 is meant */
	struct vgic_bank *bank;
	unsigned w;
	unsigned shift; /* of the register's first interrupt in the bank */
	bool is_write;
	uint64_t *value;
};

static uint32_t vgic_access_ask(const struct vgic_access *a, uint64_t bits)
{
	return vgic_ask(a->vm, a->v, a->t, a->w, bits);
}

static void vgic_update_open(const struct vgic_vm *vm, struct vgic_bank *b)
{
	uint64_t group0 = (vm->ctlr & 1U) != 0 ? ~b->group : 0;
	uint64_t group1 = (vm->ctlr & 2U) != 0 ? b->group : 0;
	b->open = b->enabled & (group0 | group1);
}

/* Bits of the bank changed in what decides their delivery: holders and those that could now take them plan anew. */
static void vgic_changed(const struct vgic_access *a, uint64_t bits)
{
	if (a->w == 0)
		a->t->ready = vgic_fast_candidates(a->bank);
	vgic_mark_holders(a->vm, a->t, a->w, bits);
	vgic_notify(a->vm, a->t, a->w,
		    bits & vgic_pending(a->bank) & a->bank->open & ~a->bank->active & ~a->bank->held);
}

static uint32_t vgic_write_group(const struct vgic_access *a, uint64_t value, uint64_t window)
{
	uint64_t changed = (a->bank->group ^ value) & window;
	uint32_t ask = vgic_access_ask(a, changed & a->bank->held);
	if (ask != 0)
		return ask;
	a->bank->group ^= changed;
	vgic_update_open(a->vm, a->bank);
	vgic_changed(a, changed);
	return 0;
}

static uint32_t vgic_write_set_enable(const struct vgic_access *a, uint64_t bits)
{
	struct vgic_bank *b = a->bank;
	uint64_t fresh = bits & ~b->enabled;
	/* Level lines that waited for this may have fallen since: deactivated, they come again if they have not. */
	uint64_t resampled = fresh & b->phys & b->latch & ~b->edge & ~b->active & ~b->held;

	b->enabled |= fresh;
	vgic_update_open(a->vm, b);
	if (resampled != 0) {
		b->latch &= ~resampled;
		vgic_drop_lines(a->vm, a->v, a->t, a->w, resampled);
	}
	vgic_changed(a, fresh);
	return 0;
}

static uint32_t vgic_write_clear_enable(const struct vgic_access *a, uint64_t bits)
{
	uint64_t gone = bits & a->bank->enabled;
	uint32_t ask = vgic_access_ask(a, gone & a->bank->held);
	if (ask != 0)
		return ask;
	a->bank->enabled &= ~gone;
	vgic_update_open(a->vm, a->bank);
	vgic_changed(a, gone);
	return 0;
}

static uint32_t vgic_write_set_pending(const struct vgic_access *a, uint64_t bits)
{
	uint32_t ask = vgic_access_ask(a, bits & a->bank->held);
	if (ask != 0)
		return ask;
	uint64_t fresh = bits & ~a->bank->latch;
	a->bank->latch |= fresh;
	vgic_changed(a, fresh);
	return 0;
}

static uint32_t vgic_write_clear_pending(const struct vgic_access *a, uint64_t bits)
{
	uint32_t ask = vgic_access_ask(a, bits & a->bank->held);
	if (ask != 0)
		return ask;
	uint64_t gone = bits & a->bank->latch;
	a->bank->latch &= ~gone;
	vgic_drop_lines(a->vm, a->v, a->t, a->w, gone & ~a->bank->active);
	vgic_changed(a, gone);
	return 0;
}

static uint32_t vgic_write_set_active(const struct vgic_access *a, uint64_t bits)
{
	uint32_t ask = vgic_access_ask(a, bits);
	if (ask != 0)
		return ask;
	uint64_t fresh = bits & ~a->bank->active;
	a->bank->active |= fresh;
	a->vm->forced |= BIT32(a->w);
	vgic_changed(a, fresh);
	/* ICC_DIR of them must be trapped from now on. */
	if (fresh != 0)
		vgic_mark(a->vm, a->v);
	return 0;
}

static uint32_t vgic_write_clear_active(const struct vgic_access *a, uint64_t bits)
{
	uint32_t ask = vgic_access_ask(a, bits);
	if (ask == 0)
		vgic_clear_active(a->vm, a->v, a->t, a->w, bits);
	return ask;
}

static uint32_t vgic_bits_write(const struct vgic_access *a, enum vgic_bits_register reg)
{
	uint64_t window = UINT64_C(0xffffffff) << a->shift;
	uint64_t bits = (*a->value & UINT64_C(0xffffffff)) << a->shift;

	switch (reg) {
	case BITS_IGROUPR:
		return vgic_write_group(a, bits, window);
	case BITS_ISENABLER:
		return vgic_write_set_enable(a, bits);
	case BITS_ICENABLER:
		return vgic_write_clear_enable(a, bits);
	case BITS_ISPENDR:
		return vgic_write_set_pending(a, bits);
	case BITS_ICPENDR:
		return vgic_write_clear_pending(a, bits);
	case BITS_ISACTIVER:
		return vgic_write_set_active(a, bits);
	case BITS_ICACTIVER:
		return vgic_write_clear_active(a, bits);
	}
	return 0;
}

static uint32_t vgic_bits_read(const struct vgic_access *a, enum vgic_bits_register reg)
{
	uint64_t window = UINT64_C(0xffffffff) << a->shift;
	uint64_t bits = 0;
	uint32_t ask = 0;

	switch (reg) {
	case BITS_IGROUPR:
		bits = a->bank->group;
		break;
	case BITS_ISENABLER:
	case BITS_ICENABLER:
		bits = a->bank->enabled;
		break;
	case BITS_ISPENDR:
	case BITS_ICPENDR:
		ask = vgic_access_ask(a, window);
		bits = vgic_pending(a->bank);
		break;
	case BITS_ISACTIVER:
	case BITS_ICACTIVER:
		ask = vgic_access_ask(a, window);
		bits = a->bank->active;
		break;
	}
	*a->value = ask != 0 ? 0 : (bits & window) >> a->shift;
	return ask;
}

/* GICD_IPRIORITYR, GICR_IPRIORITYR: a byte or a word; a->shift is of the first interrupt of the word. */
static uint32_t vgic_priority_access(const struct vgic_access *a, unsigned byte, unsigned size)
{
	struct vgic_bank *b = a->bank;
	uint32_t *word = &b->priority.word[a->shift / 4];
	uint32_t lane_mask = size == 4 ? UINT32_MAX : UINT32_C(0xff) << 8 * byte;
	uint64_t lanes = size == 4 ? 0xf : BIT64(byte);

	if (!a->is_write) {
		*a->value = (*word & lane_mask) >> 8 * byte;
		return 0;
	}
	uint32_t ask = vgic_access_ask(a, (lanes << a->shift) & b->held);
	if (ask != 0)
		return ask;
	*word = (*word & ~lane_mask) | ((uint32_t)*a->value << 8 * byte & lane_mask & 0xf8f8f8f8U);
	/* What is active keeps its place among the active ones until it ends. */
	uint64_t active = b->active >> a->shift & lanes;
	b->stale |= active << a->shift;
	vgic_update_planes(b, a->shift, lanes & ~active);
	vgic_changed(a, lanes << a->shift);
	return 0;
}

/* Bits 1, 3, 5 .. 31 of value as bits 0 to 15, and back. */
static uint64_t vgic_config_pack(uint64_t value)
{
	value = value >> 1 & 0x55555555U;
	value = (value | value >> 1) & 0x33333333U;
	value = (value | value >> 2) & 0x0f0f0f0fU;
	value = (value | value >> 4) & 0x00ff00ffU;
	return (value | value >> 8) & 0xffffU;
}

static uint64_t vgic_config_unpack(uint64_t bits)
{
	bits = (bits | bits << 8) & 0x00ff00ffU;
	bits = (bits | bits << 4) & 0x0f0f0f0fU;
	bits = (bits | bits << 2) & 0x33333333U;
	bits = (bits | bits << 1) & 0x55555555U;
	return bits << 1;
}

/* ICFGR; SGIs and linked lines are what they are. */
static uint32_t vgic_config_access(const struct vgic_access *a)
{
	struct vgic_bank *b = a->bank;
	if (!a->is_write) {
		*a->value = vgic_config_unpack(b->edge >> a->shift & 0xffffU);
		return 0;
	}
	uint64_t fixed = b->linked | (a->w == 0 ? SGI_MASK : 0);
	uint64_t changed = (b->edge ^ vgic_config_pack(*a->value) << a->shift) & UINT64_C(0xffff) << a->shift & ~fixed;
	uint32_t ask = vgic_access_ask(a, changed & b->held);
	if (ask != 0)
		return ask;
	b->edge ^= changed;
	vgic_changed(a, changed);
	return 0;
}

static bool vgic_is_common(uint32_t offset)
{
	return offset - GIC_IGROUPR < GIC_IPRIORITYR_END - GIC_IGROUPR ||
	       offset - GIC_ICFGR < GIC_ICFGR_END - GIC_ICFGR;
}

/* Registers that both frames have; of SPIs, but where a->t is set: of its private interrupts. */
static uint32_t vgic_common_access(struct vgic_access *a, uint32_t offset, unsigned size)
{
	bool is_bits = offset < GIC_BITS_END;
	bool is_priority = !is_bits && offset < GIC_IPRIORITYR_END;
	bool is_private = a->t != NULL;
	unsigned intid = is_bits       ? (offset & 0x7fU) * 8
			 : is_priority ? (offset - GIC_BITS_END) & ~3U
				       : (offset - GIC_ICFGR) * 4;
	if ((intid < 32) != is_private || intid >= VGIC_INTID_MAX)
		return 0;
	if (!(size == 4 && (offset & 3U) == 0) && !(is_priority && size == 1))
		return 0;
	a->w = vgic_bank_of(intid);
	a->t = is_private ? a->t : a->v;
	a->bank = vgic_bank_at(a->vm, a->t, a->w);
	a->shift = intid - vgic_base_of(a->w);
	if (is_priority)
		return vgic_priority_access(a, offset & 3U, size);
	if (!is_bits)
		return vgic_config_access(a);
	if (a->is_write)
		return vgic_bits_write(a, (enum vgic_bits_register)(offset >> 7));
	return vgic_bits_read(a, (enum vgic_bits_register)(offset >> 7));
}

/* Sends SPI p to vCPU target, or to none (target is no vCPU); one that is pending in a list register elsewhere is taken
 * back. */
static void vgic_route(struct vgic_vm *vm, const struct vgic_place *p, unsigned target)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vgic_vcpu *u = &vm->vcpus[i];
		u->route[p->w] = (u->route[p->w] & ~p->bit) | (i == target ? p->bit : 0);
	}
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vgic_vcpu *u = &vm->vcpus[i];
		if (i == target || (u->held[p->w] & p->bit) == 0)
			continue;
		vgic_mark(vm, u);
		vgic_take_back(vm, u, p->w, p->bit & ~p->bank->active);
	}
}

static uint32_t vgic_router_access(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t offset, unsigned size,
				   bool is_write, uint64_t *value)
{
	unsigned intid = (offset - GICD_IROUTER) / 8;
	bool aligned = (size == 8 && (offset & 7U) == 0) || (size == 4 && (offset & 3U) == 0);
	if (intid < 32 || intid >= VGIC_INTID_MAX || !aligned || (offset & 4U) != 0)
		return 0; /* the upper word is Aff3, which is RES0 as GICD_TYPER.A3V is 0 */
	struct vgic_place p = vgic_place_of(vm, v, intid);
	uint64_t *any = &vm->any[p.w - 1];
	if (!is_write) {
		*value = vm->affinity[intid - 32] | ((*any & p.bit) != 0 ? IROUTER_ANY : 0);
		return 0;
	}
	uint32_t ask = vgic_ask(vm, v, v, p.w, p.bit & p.bank->held);
	if (ask != 0)
		return ask;
	bool is_any = (*value & IROUTER_ANY) != 0;
	vm->affinity[intid - 32] = (uint32_t)*value & IROUTER_AFFINITY;
	*any = (*any & ~p.bit) | (is_any ? p.bit : 0);
	vgic_route(vm, &p, is_any ? vgic_any_target(vm) : vm->affinity[intid - 32]);
	vgic_notify(vm, v, p.w, p.bit & vgic_pending(p.bank) & p.bank->open & ~p.bank->active & ~p.bank->held);
	return 0;
}

static uint32_t vgic_ctlr_write(struct vgic_vm *vm, const struct vgic_vcpu *v, uint32_t value)
{
	uint32_t ask = 0;
	uint32_t changed = (vm->ctlr ^ value) & GICD_CTLR_GROUPS;
	if (changed == 0)
		return 0;
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vgic_vcpu *u = &vm->vcpus[i];
		/* Its list registers must be empty of a group that is disabled when this write completes. */
		if (u != v && u->remote && u->live != 0 && (changed & vm->ctlr) != 0)
			ask |= BIT32(i);
	}
	if (ask != 0)
		return ask;
	vm->ctlr ^= changed;
	vm->stirred = BIT32(VGIC_BANKS) - 1;
	for (unsigned w = 0; w < VGIC_SPI_WORDS; w++) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		vgic_update_open(vm, &vm->spi[w]);
	}
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		vgic_update_open(vm, &vm->vcpus[i].bank);
		vm->vcpus[i].ready = vgic_fast_candidates(&vm->vcpus[i].bank);
		vgic_mark(vm, &vm->vcpus[i]);
	}
	return 0;
}

static uint64_t vgic_dist_read(const struct vgic_vm *vm, uint32_t offset)
{
	if (offset == GICD_TYPER)
		return TYPER_VALUE;
	if (offset == GICD_CTLR)
		return vm->ctlr | CTLR_FIXED;
	if (offset == GICD_IIDR)
		return IIDR_VALUE;
	return offset == GIC_PIDR2 ? PIDR2_VALUE : 0;
}

uint32_t vgic_dist_access(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t offset, unsigned size, bool is_write,
			  uint64_t *value)
{
	if (!is_write)
		*value = 0;
	if (vgic_is_common(offset)) {
		struct vgic_access a = {.vm = vm, .v = v, .is_write = is_write, .value = value};
		return vgic_common_access(&a, offset, size);
	}
	if (offset - GICD_IROUTER < GICD_IROUTER_BYTES)
		return vgic_router_access(vm, v, offset, size, is_write, value);
	if (size != 4)
		return 0;
	if (is_write)
		return offset == GICD_CTLR ? vgic_ctlr_write(vm, v, (uint32_t)*value) : 0;
	*value = vgic_dist_read(vm, offset);
	return 0;
}

/* Going to sleep passes 1-of-N interrupts on; waking up takes none back. */
static uint32_t vgic_waker_write(struct vgic_vm *vm, struct vgic_vcpu *v, struct vgic_vcpu *t, uint64_t value)
{
	bool asleep = (value & WAKER_PROCESSOR_SLEEP) != 0;
	if (asleep == t->asleep)
		return 0;
	if (asleep && t != v && t->remote && t->live != 0)
		return BIT32(t->index);
	t->asleep = asleep;
	if (asleep)
		vgic_reroute_any(vm, t);
	return 0;
}

static uint64_t vgic_redist_typer(const struct vgic_vm *vm, const struct vgic_vcpu *t)
{
	bool last = t->index + 1 == vm->vcpu_count;
	return (uint64_t)t->index << 32 | (uint64_t)t->index << 8 | (uint64_t)last << 4;
}

/* Reads RD_base of t. */
static void vgic_redist_read(const struct vgic_vm *vm, const struct vgic_vcpu *t, uint32_t offset, unsigned size,
			     uint64_t *value)
{
	if (offset == GICR_TYPER && size == 8)
		*value = vgic_redist_typer(vm, t);
	if (size != 4)
		return;
	if (offset == GICR_TYPER)
		*value = vgic_redist_typer(vm, t) & UINT32_MAX;
	else if (offset == GICR_TYPER + 4)
		*value = vgic_redist_typer(vm, t) >> 32;
	else if (offset == GICR_IIDR)
		*value = IIDR_VALUE;
	else if (offset == GICR_WAKER)
		*value = t->asleep ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
	else if (offset == GIC_PIDR2)
		*value = PIDR2_VALUE;
}

uint32_t vgic_redist_access(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t offset, unsigned size, bool is_write,
			    uint64_t *value)
{
	uint32_t index = offset / VGIC_REDIST_BYTES;

	if (!is_write)
		*value = 0;
	if (index >= vm->vcpu_count)
		return 0;
	struct vgic_vcpu *t = &vm->vcpus[index];
	offset %= VGIC_REDIST_BYTES;
	/* Of a vCPU that is switched out, all is in memory; what the fast path placed there moves back. */
	if (t != v && !t->remote)
		vgic_move_back(t);
	if (offset >= GICR_SGI_BASE && vgic_is_common(offset - GICR_SGI_BASE)) {
		struct vgic_access a = {.vm = vm, .v = v, .t = t, .is_write = is_write, .value = value};
		return vgic_common_access(&a, offset - GICR_SGI_BASE, size);
	}
	if (!is_write)
		vgic_redist_read(vm, t, offset, size, value);
	else if (offset == GICR_WAKER && size == 4)
		return vgic_waker_write(vm, v, t, *value);
	return 0;
}
