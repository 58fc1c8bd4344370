/* SPDX-License-Identifier: Apache-2.0 */
/* The core's part around the virtual GIC: exits, folds, plans, kicks, switches, physical lines, and the checks. See
 * vgic_model.h. */
#include "tests/prop/vgic_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rig_fail(const struct rig *r, const char *what, unsigned cpu, unsigned intid)
{
	fprintf(stderr, "vgic: %s: vCPU %u INTID %u (%u vCPUs, %u list registers)\n", what, cpu, intid, r->model.count,
		r->hw[0].lr_count);
	for (unsigned c = 0; c < r->model.count; c++)
		for (unsigned i = 0; i < r->hw[c].lr_count; i++)
			if ((r->vcpus[c].live >> i & 1) != 0)
				fprintf(stderr, "  vCPU %u%s lr[%u] hardware %016llx memory %016llx\n", c,
					r->running[c] ? " runs" : "", i, (unsigned long long)r->hw[c].lr[i],
					(unsigned long long)r->vcpus[c].lr[i]);
	for (unsigned n = 0; n < VGIC_INTID_MAX; n++) {
		struct model_irq *q = model_irq_of((struct model *)&r->model, cpu, n);
		if (model_is_pending(q) || q->active)
			fprintf(stderr,
				"  model INTID %u: enabled %d group %d priority %02x edge %d latch %d level %d active "
				"%d line %d %d "
				"active %d target %u\n",
				n, q->enabled, q->group, q->priority, q->edge, q->latch, q->level, q->active, q->line,
				q->line_edge, q->line_active, q->target);
	}
	fprintf(stderr, "  vmcr %llx hcr %llx ap %x %x model %x %x\n", (unsigned long long)r->hw[cpu].vmcr,
		(unsigned long long)r->hw[cpu].hcr, r->hw[cpu].ap[0], r->hw[cpu].ap[1], r->model.cpu[cpu].ap[0],
		r->model.cpu[cpu].ap[1]);
	abort();
}

unsigned rig_number(struct rig *r, unsigned below) { return r->next(r->source) % below; }

void rig_act(struct rig *r, unsigned cpu)
{
	for (unsigned c = 0; c < r->model.count; c++) {
		r->vcpus[c].remote = r->running[c] && c != cpu;
		r->folded[c] = false;
	}
}

void rig_fold(struct rig *r, unsigned cpu)
{
	struct vgic_vcpu *v = &r->vcpus[cpu];
	struct hw *h = &r->hw[cpu];
	if (!r->running[cpu] || r->folded[cpu])
		return;
	uint64_t elrsr = hw_elrsr(h);
	for (unsigned i = 0; i < h->lr_count; i++)
		if ((v->live & ~elrsr & BIT64(i)) != 0)
			v->lr[i] = h->lr[i];
	vgic_fold(&r->vm, v, elrsr, h->eoi_count, h->vmcr);
	r->folded[cpu] = true;
}

/* A physical line is deactivated: it may fire again. */
void rig_line_done(struct rig *r, unsigned cpu, unsigned pintid)
{
	unsigned intid = pintid >= 32 ? pintid - RIG_PINTID : pintid;
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	MODEL_CHECK(r, q->linked, "deactivates a line that it has not", cpu, pintid);
	q->line_active = false;
}

static void rig_drain(struct rig *r, unsigned cpu)
{
	uint32_t pintid;
	for (unsigned n = 0; vgic_take_deactivation(&r->vm, &r->vcpus[cpu], &pintid); n++) {
		MODEL_CHECK(r, n < 40, "deactivates without end", cpu, pintid);
		rig_line_done(r, cpu, pintid);
	}
}

static void rig_commit(struct rig *r, unsigned cpu)
{
	struct vgic_vcpu *v = &r->vcpus[cpu];
	struct hw *h = &r->hw[cpu];
	if (!r->running[cpu])
		return;
	if (vgic_needs_plan(v)) {
		bool before = (v->hcr & ICH_HCR_LRENPIE) != 0;
		rig_fold(r, cpu);
		vgic_plan(&r->vm, v, h->vmcr);
		r->evictions += !before && (v->hcr & ICH_HCR_LRENPIE) != 0;
		h->hcr = v->hcr;
		h->eoi_count = (unsigned)(v->hcr >> ICH_HCR_EOI_COUNT_SHIFT);
		for (unsigned i = 0; i < h->lr_count; i++)
			if ((v->dirty >> i & 1) != 0)
				h->lr[i] = v->lr[i];
		v->dirty = 0;
	}
	rig_drain(r, cpu);
}

void rig_finish(struct rig *r, unsigned cpu)
{
	rig_commit(r, cpu);
	for (unsigned rounds = 0;; rounds++) {
		uint32_t refill = vgic_take_refill(&r->vm);
		for (unsigned c = 0; c < r->model.count; c++)
			if ((refill >> c & 1) != 0)
				rig_commit(r, c);
		if (r->vm.refill == 0)
			break;
		MODEL_CHECK(r, rounds < 8, "vCPUs kick each other for ever", cpu, 0);
	}
	for (unsigned c = 0; c < r->model.count; c++)
		if (r->folded[c])
			rig_commit(r, c);
	memset(r->folded, 0, sizeof(r->folded));
}

static bool is_same(const void *a, const void *b, size_t bytes) { return memcmp(a, b, bytes) == 0; }

/* The short fold, where it does: what comes of it is what comes of the other, but for hints in the VM. */
static void fold_single(struct rig *r, unsigned cpu)
{
	struct vgic_vcpu *v = &r->vcpus[cpu];
	struct hw *h = &r->hw[cpu];
	struct vgic_vcpu other = *v;
	struct vgic_vm other_vm = r->vm;
	uint64_t elrsr = hw_elrsr(h);
	if (!r->running[cpu] || r->folded[cpu] || v->live == 0)
		return;
	unsigned i = (unsigned)__builtin_ctz(v->live);
	if (!vgic_fold_single(v, elrsr, h->eoi_count, h->lr[i], UINT32_MAX)) {
		MODEL_CHECK(r, is_same(v, &other, sizeof(other)), "a fold that is none changes something", cpu, i);
		return;
	}
	other.lr[i] = h->lr[i];
	vgic_fold(&other_vm, &other, elrsr, h->eoi_count, h->vmcr);
	MODEL_CHECK(r, is_same(v, &other, sizeof(other)), "the short fold differs", cpu, i);
	r->folded[cpu] = true;
	r->short_folds++;
}

void rig_switch_out(struct rig *r, unsigned cpu)
{
	rig_act(r, cpu);
	fold_single(r, cpu);
	rig_fold(r, cpu);
	rig_drain(r, cpu);
	r->running[cpu] = false;
	rig_finish(r, cpu);
	memset(r->hw[cpu].lr, 0, sizeof(r->hw[cpu].lr));
	uint32_t lines = vgic_save_linked_active(&r->vcpus[cpu]);
	for (unsigned intid = 16; intid < 32; intid++) {
		const struct model_irq *q = model_irq_of(&r->model, cpu, intid);
		MODEL_CHECK(r, !q->linked || q->line_active == ((lines >> intid & 1) != 0),
			    "active line lost at a switch", cpu, intid);
	}
}

void rig_switch_in(struct rig *r, unsigned cpu)
{
	struct vgic_vcpu *v = &r->vcpus[cpu];
	struct hw *h = &r->hw[cpu];
	if (r->running[cpu])
		return;
	for (unsigned c = 0; !r->parallel && c < r->model.count; c++)
		if (r->running[c])
			rig_switch_out(r, c);
	rig_act(r, cpu);
	for (unsigned intid = 16; intid < 32; intid++) {
		struct model_irq *q = model_irq_of(&r->model, cpu, intid);
		if (q->linked)
			q->line_active = (vgic_save_linked_active(v) >> intid & 1) != 0;
	}
	r->running[cpu] = true;
	if (vgic_needs_plan(v))
		vgic_plan(&r->vm, v, h->vmcr);
	memset(h->lr, 0, sizeof(h->lr));
	memcpy(h->lr, v->lr, h->lr_count * sizeof(h->lr[0]));
	h->hcr = v->hcr;
	h->eoi_count = (unsigned)(v->hcr >> ICH_HCR_EOI_COUNT_SHIFT);
	v->dirty = 0;
	rig_finish(r, cpu);
}

static uint32_t rig_access_once(struct rig *r, unsigned cpu, unsigned owner, uint32_t offset, unsigned size,
				bool is_write, uint64_t *value)
{
	if (owner == RIG_DIST)
		return vgic_dist_access(&r->vm, &r->vcpus[cpu], offset, size, is_write, value);
	offset += owner * VGIC_REDIST_BYTES;
	return vgic_redist_access(&r->vm, &r->vcpus[cpu], offset, size, is_write, value);
}

/* Brings those asked out of their guests and folds them. */
static void rig_bring(struct rig *r, unsigned cpu, uint32_t ask)
{
	r->asked += ask != 0;
	for (unsigned c = 0; c < r->model.count; c++) {
		if ((ask >> c & 1) == 0)
			continue;
		MODEL_CHECK(r, c != cpu && r->vcpus[c].remote, "asks one that is not remote", c, 0);
		rig_fold(r, c);
		r->vcpus[c].remote = false;
	}
}

uint64_t rig_access(struct rig *r, unsigned cpu, unsigned owner, uint32_t offset, unsigned size, bool is_write,
		    uint64_t value)
{
	rig_act(r, cpu);
	if (vgic_access_needs_fold(offset, is_write))
		rig_fold(r, cpu);
	uint64_t taken = value;
	uint32_t ask = rig_access_once(r, cpu, owner, offset, size, is_write, &taken);
	if (ask != 0) {
		rig_bring(r, cpu, ask);
		taken = value;
		MODEL_CHECK(r, rig_access_once(r, cpu, owner, offset, size, is_write, &taken) == 0, "asks twice", cpu,
			    offset);
	}
	rig_finish(r, cpu);
	return taken;
}

void rig_dir(struct rig *r, unsigned cpu, unsigned intid)
{
	struct hw *h = &r->hw[cpu];
	if ((h->hcr & ICH_HCR_TDIR) == 0) {
		unsigned line = hw_dir(h, intid);
		if (line != 0)
			rig_line_done(r, cpu, line - 1);
		return;
	}
	rig_act(r, cpu);
	rig_fold(r, cpu);
	uint32_t ask = vgic_deactivate(&r->vm, &r->vcpus[cpu], intid);
	if (ask != 0) {
		rig_bring(r, cpu, ask);
		MODEL_CHECK(r, vgic_deactivate(&r->vm, &r->vcpus[cpu], intid) == 0, "asks twice", cpu, intid);
	}
	rig_finish(r, cpu);
}

/* The physical line of intid fires, if it can: true. */
static bool rig_fire(struct rig *r, unsigned cpu, unsigned intid)
{
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	struct vgic_vcpu *v = &r->vcpus[cpu];
	unsigned index;
	uint64_t lr;
	if (!q->linked || q->line_active || !(q->edge ? q->line_edge : q->line))
		return false;
	q->line_active = true;
	q->line_edge = false;
	rig_act(r, cpu);
	if (intid < 32 && vgic_fast_linked(v, intid, hw_elrsr(&r->hw[cpu]), &index, &lr)) {
		r->hw[cpu].lr[index] = lr;
		r->fast++;
		return true;
	}
	rig_fold(r, cpu);
	vgic_raise_linked(&r->vm, v, intid);
	rig_finish(r, cpu);
	return true;
}

void rig_settle(struct rig *r)
{
	bool moved = true;
	for (unsigned n = 0; moved; n++) {
		moved = false;
		for (unsigned c = 0; c < r->model.count; c++) {
			if (!r->running[c])
				continue;
			if (hw_maintenance(&r->hw[c])) {
				rig_act(r, c);
				rig_fold(r, c);
				rig_finish(r, c);
				moved = true;
			}
			moved = rig_fire(r, c, 27) || moved;
			moved = rig_fire(r, c, 30) || moved;
			moved = rig_fire(r, c, RIG_LEVEL_LINE) || moved;
			moved = rig_fire(r, c, RIG_EDGE_LINE) || moved;
			MODEL_CHECK(r, n < 100, "livelock", c, 0);
		}
	}
}

void rig_init(struct rig *r, unsigned vcpus, unsigned lr_count, bool parallel, uint32_t (*next)(void *), void *source)
{
	memset(r, 0, sizeof(*r));
	r->next = next;
	r->source = source;
	r->parallel = parallel;
	vgic_vm_init(&r->vm, r->vcpus, vcpus, lr_count);
	vgic_link(&r->vm, RIG_LEVEL_LINE, RIG_LEVEL_LINE + RIG_PINTID, false);
	vgic_link(&r->vm, RIG_EDGE_LINE, RIG_EDGE_LINE + RIG_PINTID, true);
	model_init(&r->model, vcpus);
	model_irq_of(&r->model, 0, RIG_LEVEL_LINE)->linked = true;
	model_irq_of(&r->model, 0, RIG_EDGE_LINE)->linked = true;
	model_irq_of(&r->model, 0, RIG_EDGE_LINE)->edge = true;
	for (unsigned c = 0; c < vcpus; c++) {
		unsigned bpr0 = rig_number(r, 4);
		r->eoi_mode[c] = (uint8_t)rig_number(r, 2);
		r->hw[c].lr_count = lr_count;
		r->hw[c].vmcr = 3 | (uint64_t)0xf8 << 24 | (uint64_t)bpr0 << 21 | (uint64_t)(bpr0 + 1) << 18 |
				(uint64_t)rig_number(r, 2) << 4 | (uint64_t)r->eoi_mode[c] << 9;
		/* The smallest binary point leaves 5 bits of preemption. */
		if (bpr0 < 2)
			r->hw[c].vmcr = bits_set(bits_set(r->hw[c].vmcr, 23, 21, 2), 20, 18, 3);
	}
}
