/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC's beginnings: boot, links to physical lines, resets, and where 1-of-N interrupts go. See vgic.h. */
#include "logic/arm/vgic_books.h"

#define PPI_LINKED (BIT64(27) | BIT64(30)) /* EL1 virtual and physical timer */
#define SGI_ALL UINT64_C(0xffff)

unsigned vgic_any_target(const struct vgic_vm *vm)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		if (!vm->vcpus[i].asleep)
			return i;
	}
	return 0;
}

void vgic_reroute_any(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	struct vgic_vcpu *u = &vm->vcpus[vgic_any_target(vm)];
	if (u == v)
		return;
	for (unsigned w = 1; w < VGIC_BANKS; w++) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		uint64_t moved = vm->any[w - 1] & v->route[w];
		struct vgic_bank *b = &vm->spi[w - 1];
		v->route[w] &= ~moved;
		u->route[w] |= moved;
		vgic_take_back(vm, v, w, moved & ~b->active);
		vgic_mark_holders(vm, v, w, moved);
		vgic_notify(vm, u, w, moved & vgic_pending(b) & b->open);
	}
}

/* count is a multiple of 8: as many at once, for a VM has hundreds of them. */
static void vgic_clear_words(uint32_t *words, unsigned count)
{
	for (const uint32_t *end = words + count; words < end; words += 8) {
		LOOP_BOUND(8);
		words[0] = words[1] = words[2] = words[3] = 0;
		words[4] = words[5] = words[6] = words[7] = 0;
	}
}

/* Reset values, but for links and inputs. */
static void vgic_bank_reset(struct vgic_bank *b, uint64_t edge)
{
	b->held = 0;
	b->phys = 0;
	b->latch = 0;
	b->open = 0;
	b->active = 0;
	b->enabled = 0;
	b->group = 0;
	b->stale = 0;
	b->edge = (b->edge & b->linked) | (edge & ~b->linked);
	for (unsigned k = 0; k < VGIC_PRIORITY_BITS; k++) {
		LOOP_BOUND(VGIC_PRIORITY_BITS);
		b->plane[k] = 0;
	}
	vgic_clear_words(b->priority.word, 16);
}

static void vgic_list_registers_reset(struct vgic_vcpu *v)
{
	for (unsigned i = 0; i < VGIC_LR_MAX; i++) {
		LOOP_BOUND(VGIC_LR_MAX);
		v->lr[i] = 0;
		v->lr_fast[i] = 0;
	}
	v->live = 0;
	v->lr_pending = 0;
	v->dirty = v->lr_all;
	v->hcr = ICH_HCR_EN;
	v->attention &= VGIC_ATTENTION_SPREAD;
	v->ready = 0;
	v->late_banks = 0;
	v->eoi_left = 0;
	vgic_attend(v);
}

void vgic_vcpu_reset(struct vgic_vm *vm, struct vgic_vcpu *v)
{
	for (unsigned w = 1; w < VGIC_BANKS; w++) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		struct vgic_bank *b = &vm->spi[w - 1];
		uint64_t mine = v->held[w] | v->evicted[w];
		b->latch |= v->late[w];
		b->phys |= v->late[w] & b->linked;
		b->held &= ~v->held[w];
		v->held[w] = 0;
		v->late[w] = 0;
		vgic_clear_active(vm, v, v, w, mine);
		vgic_notify(vm, v, w, mine & vgic_pending(b) & b->open);
	}
	v->evicted[0] = 0;
	v->late[0] = 0;
	vgic_bank_reset(&v->bank, SGI_ALL);
	vgic_list_registers_reset(v);
	v->asleep = true;
	vgic_reroute_any(vm, v);
}

static void vgic_vcpu_clear(struct vgic_vcpu *v, unsigned index)
{
	for (unsigned w = 0; w < VGIC_BANKS; w++) {
		LOOP_BOUND(VGIC_BANKS);
		v->held[w] = 0;
		v->late[w] = 0;
		v->evicted[w] = 0;
		v->deactivate[w] = 0;
		v->route[w] = index == 0 || w == 0 ? UINT64_MAX : 0; /* IROUTER resets to affinity 0 */
	}
	v->evicted_banks = 0;
	v->deactivate_banks = 0;
	v->asleep = true;
	vgic_bank_reset(&v->bank, SGI_ALL);
	vgic_list_registers_reset(v);
}

static void vgic_word_reset(struct vgic_vm *vm, unsigned w)
{
	vgic_bank_reset(&vm->spi[w], 0);
	vm->any[w] = 0;
	vgic_clear_words(&vm->affinity[64 * w], 64);
}

bool vgic_vm_reset_part(struct vgic_vm *vm, unsigned part)
{
	if (part < VGIC_SPI_WORDS)
		vgic_word_reset(vm, part);
	else if (part < VGIC_SPI_WORDS + vm->vcpu_count)
		vgic_vcpu_clear(&vm->vcpus[part - VGIC_SPI_WORDS], part - VGIC_SPI_WORDS);
	if (part + 1 < VGIC_SPI_WORDS + vm->vcpu_count)
		return true;
	vm->ctlr = 0;
	vm->refill = 0;
	vm->stirred = BIT32(VGIC_BANKS) - 1;
	vm->forced = 0;
	return false;
}

void vgic_vm_reset(struct vgic_vm *vm)
{
	unsigned part = 0;
	while (vgic_vm_reset_part(vm, part)) {
		LOOP_BOUND(VGIC_SPI_WORDS + VGIC_VCPU_MAX);
		part++;
	}
}

void vgic_vm_init(struct vgic_vm *vm, struct vgic_vcpu *vcpus, unsigned count, unsigned lr_count)
{
	vm->vcpus = vcpus;
	vm->vcpu_count = count;
	for (unsigned w = 0; w < VGIC_SPI_WORDS; w++) {
		LOOP_BOUND(VGIC_SPI_WORDS);
		vm->spi[w].linked = 0;
		vm->spi[w].level = 0;
	}
	for (unsigned i = 0; i < count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		struct vgic_vcpu *v = &vcpus[i];
		v->index = i;
		v->remote = false;
		v->sgi_self = BIT64(i);
		v->lr_all = BIT32(lr_count) - 1;
		v->attention = 0;
		v->bank.linked = PPI_LINKED;
		v->bank.level = 0;
		v->bank.edge = 0;
	}
	vgic_vm_reset(vm);
}

void vgic_link_private(struct vgic_vm *vm, unsigned intid)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		vm->vcpus[i].bank.linked |= BIT64(intid);
		vm->vcpus[i].bank.edge &= ~BIT64(intid);
	}
}

void vgic_vm_spread(struct vgic_vm *vm)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		LOOP_BOUND(VGIC_VCPU_MAX);
		vm->vcpus[i].attention |= VGIC_ATTENTION_SPREAD;
		vgic_attend(&vm->vcpus[i]);
	}
}

void vgic_link(struct vgic_vm *vm, unsigned intid, unsigned pintid, bool edge)
{
	struct vgic_bank *b = &vm->spi[vgic_bank_of(intid) - 1];
	unsigned pos = intid - vgic_base_of(vgic_bank_of(intid));
	b->linked |= BIT64(pos);
	b->edge = (b->edge & ~BIT64(pos)) | (uint64_t)edge << pos;
	vm->pintid[intid - 32] = (uint16_t)pintid;
}
