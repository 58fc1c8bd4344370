/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest and its devices do to the virtual GIC, one step at a time, and the comparison after each. See
 * vgic_model.h. */
#include "tests/prop/vgic_model.h"

/* SPIs that steps use, so that they meet often. */
static const unsigned spis[] = {32, 33, 34, 35, 36, RIG_LEVEL_LINE, RIG_EDGE_LINE, 63, 64, 95, 96, 160, 287};
#define SPI_COUNT (sizeof(spis) / sizeof(spis[0]))

static unsigned any_intid(struct rig *r)
{
	return rig_number(r, 2) == 0 ? rig_number(r, 32) : spis[rig_number(r, SPI_COUNT)];
}

static bool on_stack(struct rig *r, unsigned cpu, unsigned intid, bool mode0_only)
{
	for (unsigned c = 0; c < r->model.count; c++) {
		if ((intid < 32 && c != cpu) || (mode0_only && r->eoi_mode[c] != 0))
			continue;
		for (unsigned k = 0; k < r->model.cpu[c].depth; k++)
			if (r->model.cpu[c].stack[k] == intid)
				return true;
	}
	return false;
}

/* Drops bits of a write that no orderly guest makes, or whose meaning the architecture leaves open. */
static uint32_t orderly(struct rig *r, unsigned owner, unsigned first, unsigned reg, uint32_t bits)
{
	for (unsigned k = 0; k < 32; k++) {
		unsigned intid = first + k;
		const struct model_irq *q = model_irq_of(&r->model, owner, intid);
		bool keep = true;
		if (reg == 0x080)
			keep = !q->active && !on_stack(r, owner, intid, false);
		else if (reg == 0x380)
			keep = !on_stack(r, owner, intid, true);
		else if (reg == 0x300)
			keep = !q->linked;
		else if (reg == 0x200)
			keep = !q->linked || q->edge;
		else if (reg == 0x280)
			keep = !q->line_edge;
		if (keep)
			continue;
		bits &= ~BIT32(k);
		if (reg == 0x080 && q->group)
			bits |= BIT32(k);
	}
	return bits;
}

static const unsigned bit_registers[] = {0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380};

static void step_bits_write(struct rig *r, unsigned cpu)
{
	static const unsigned often[] = {0x080, 0x100, 0x100, 0x180, 0x200, 0x200, 0x280, 0x300, 0x380, 0x380};
	unsigned reg = often[rig_number(r, sizeof(often) / sizeof(often[0]))];
	unsigned owner = rig_number(r, r->model.count);
	unsigned intid = any_intid(r);
	unsigned first = intid & ~31U;
	uint32_t bits = BIT32(intid & 31);
	if (rig_number(r, 8) == 0) {
		bits = r->next(r->source);
		for (unsigned i = 0; i < 2 && (reg == 0x200 || reg == 0x300); i++)
			bits &= r->next(r->source); /* fewer are set than are quenched */
	}
	if (reg == 0x100 && rig_number(r, 2) == 0)
		bits = UINT32_MAX;
	if (reg == 0x080 && rig_number(r, 2) == 0)
		bits = model_read(&r->model, owner, first, reg, &(uint32_t){0}) ^ BIT32(intid & 31);
	bits = orderly(r, owner, first, reg, bits);
	if (first == 0)
		rig_access(r, cpu, owner, 0x10000 + reg, 4, true, bits);
	else
		rig_access(r, cpu, RIG_DIST, reg + first / 8, 4, true, bits);
	model_write(&r->model, owner, first, reg, bits);
}

static void step_bits_read(struct rig *r, unsigned cpu)
{
	unsigned reg = bit_registers[rig_number(r, 7)];
	unsigned owner = rig_number(r, r->model.count);
	unsigned first = any_intid(r) & ~31U;
	uint32_t care;
	uint32_t expected = model_read(&r->model, owner, first, reg, &care);
	uint64_t got = first == 0 ? rig_access(r, cpu, owner, 0x10000 + reg, 4, false, 0)
				  : rig_access(r, cpu, RIG_DIST, reg + first / 8, 4, false, 0);
	uint32_t wrong = ((uint32_t)got ^ expected) & care;
	MODEL_CHECK(r, wrong == 0, "register reads wrong", cpu, first + (unsigned)__builtin_ctz(wrong | BIT32(31)));
}

static void step_priority(struct rig *r, unsigned cpu)
{
	unsigned owner = rig_number(r, r->model.count);
	unsigned intid = any_intid(r);
	unsigned size = rig_number(r, 2) == 0 ? 1 : 4;
	uint32_t value = rig_number(r, 2) == 0 ? r->next(r->source) : rig_number(r, 4) * 0x10101010U;
	unsigned first = size == 4 ? intid & ~3U : intid;
	unsigned by = first < 32 ? owner : RIG_DIST;
	uint32_t offset = 0x400 + first + (first < 32 ? 0x10000 : 0);
	rig_access(r, cpu, by, offset, size, true, value);
	for (unsigned k = 0; k < size; k++)
		model_irq_of(&r->model, owner, first + k)->priority = (uint8_t)(value >> 8 * k & 0xf8);
	uint64_t back = rig_access(r, cpu, by, offset, size, false, 0);
	MODEL_CHECK(r, back == (value & (size == 4 ? 0xf8f8f8f8U : 0xf8U)), "priority reads back wrong", cpu, first);
}

static void step_config(struct rig *r, unsigned cpu)
{
	unsigned owner = rig_number(r, r->model.count);
	unsigned intid = any_intid(r);
	unsigned first = intid & ~15U;
	unsigned by = first < 32 ? owner : RIG_DIST;
	uint32_t offset = 0xc00 + first / 4 + (first < 32 ? 0x10000 : 0);
	uint32_t value = r->next(r->source);
	uint32_t expected = 0;
	rig_access(r, cpu, by, offset, 4, true, value);
	for (unsigned k = 0; k < 16; k++) {
		struct model_irq *q = model_irq_of(&r->model, owner, first + k);
		if (first != 0 && !q->linked)
			q->edge = (value >> (2 * k + 1) & 1) != 0;
		expected |= (uint32_t)q->edge << (2 * k + 1);
	}
	MODEL_CHECK(r, rig_access(r, cpu, by, offset, 4, false, 0) == expected, "ICFGR reads back wrong", cpu, first);
}

static void step_route(struct rig *r, unsigned cpu)
{
	unsigned intid = spis[rig_number(r, SPI_COUNT)];
	struct model_irq *q = model_irq_of(&r->model, 0, intid);
	uint32_t value = rig_number(r, 8) == 0 ? 0x10000U : rig_number(r, r->model.count + 1);
	q->any = rig_number(r, 4) == 0;
	q->affinity = value;
	q->target = q->any ? model_any_target(&r->model) : value < r->model.count ? value : MODEL_NO_TARGET;
	value |= (uint32_t)q->any << 31;
	unsigned size = rig_number(r, 2) == 0 ? 4 : 8;
	rig_access(r, cpu, RIG_DIST, 0x6000 + 8 * intid, size, true, value);
	MODEL_CHECK(r, rig_access(r, cpu, RIG_DIST, 0x6000 + 8 * intid, size, false, 0) == value, "IROUTER reads wrong",
		    cpu, intid);
}

static void step_waker(struct rig *r, unsigned cpu)
{
	unsigned owner = rig_number(r, r->model.count);
	bool asleep = rig_number(r, 2) == 0;
	bool goes = asleep && !r->model.cpu[owner].asleep;
	r->model.cpu[owner].asleep = asleep;
	rig_access(r, cpu, owner, 0x14, 4, true, asleep ? 2 : 0);
	MODEL_CHECK(r, rig_access(r, cpu, owner, 0x14, 4, false, 0) == (asleep ? 6U : 0U), "WAKER reads wrong", cpu, 0);
	for (unsigned n = 0; goes && n < VGIC_INTID_MAX - 32; n++)
		if (r->model.spi[n].any && r->model.spi[n].target == owner)
			r->model.spi[n].target = model_any_target(&r->model);
}

static void step_ctlr(struct rig *r, unsigned cpu)
{
	uint32_t value = rig_number(r, 3) == 0 ? rig_number(r, 4) : 3;
	rig_access(r, cpu, RIG_DIST, 0, 4, true, value | 0x50);
	r->model.ctlr = value;
	MODEL_CHECK(r, rig_access(r, cpu, RIG_DIST, 0, 4, false, 0) == (value | 0x50), "CTLR reads wrong", cpu, 0);
}

static void step_sgi(struct rig *r, unsigned cpu)
{
	unsigned intid = rig_number(r, 16);
	uint64_t value = (uint64_t)intid << 24;
	unsigned index;
	uint64_t lr;
	unsigned kind = rig_number(r, 8);
	if (kind == 0)
		value |= BIT64(40);
	else if (kind == 1)
		value |= rig_number(r, 256) | BIT64(16 + rig_number(r, 40));
	else
		value |= kind < 5 ? BIT64(cpu) : rig_number(r, 256);
	bool either = rig_number(r, 4) != 0;
	rig_act(r, cpu);
	model_sgi(&r->model, cpu, value, either);
	if (either && vgic_fast_sgi(&r->vcpus[cpu], value, hw_elrsr(&r->hw[cpu]), &index, &lr)) {
		r->hw[cpu].lr[index] = lr;
		r->fast++;
		return;
	}
	rig_fold(r, cpu);
	vgic_sgi(&r->vm, &r->vcpus[cpu], value, either);
	rig_finish(r, cpu);
}

static void step_raise(struct rig *r, unsigned cpu)
{
	unsigned intid = any_intid(r);
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	if (q->linked || intid < 16)
		return;
	rig_act(r, cpu);
	rig_fold(r, cpu);
	vgic_raise(&r->vm, &r->vcpus[cpu], intid);
	rig_finish(r, cpu);
	q->latch = true;
}

static void step_level(struct rig *r, unsigned cpu)
{
	unsigned intid = any_intid(r);
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	if (q->linked || intid < 16)
		return;
	bool high = rig_number(r, 2) == 0;
	rig_act(r, cpu);
	rig_fold(r, cpu);
	vgic_set_level(&r->vm, &r->vcpus[cpu], intid, high);
	rig_finish(r, cpu);
	if (q->edge && high && !q->level)
		q->latch = true;
	q->level = high;
}

static void step_line(struct rig *r, unsigned cpu)
{
	static const unsigned lines[] = {27, 27, 30, RIG_LEVEL_LINE, RIG_EDGE_LINE};
	unsigned intid = lines[rig_number(r, 5)];
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	if (q->edge) {
		/* An edge while one waits to be acknowledged would merge, if the physical controller did not keep it.
		 */
		if (!q->latch) {
			q->line_edge = true;
			q->latch = true;
		}
		return;
	}
	q->line = !q->line;
	/* The core samples the line where the interrupt may stand in a list register. */
	unsigned at = intid >= 32 && q->target != MODEL_NO_TARGET && r->running[q->target] ? q->target : cpu;
	if (q->line)
		return;
	rig_act(r, at);
	rig_fold(r, at);
	vgic_set_level(&r->vm, &r->vcpus[at], intid, false);
	rig_finish(r, at);
}

/* The core sees the timer of a vCPU that is switched out expire: cpu waits, another runs. */
static void step_parked_timer(struct rig *r, unsigned cpu)
{
	unsigned c = rig_number(r, r->model.count);
	unsigned intid = rig_number(r, 2) == 0 ? 27 : 30;
	struct vgic_vcpu *v = &r->vcpus[c];
	struct model_irq *q = model_irq_of(&r->model, c, intid);
	unsigned index;
	uint64_t lr;
	if (r->running[c] || (vgic_save_linked_active(v) & BIT32(intid)) != 0)
		return;
	q->line = true;
	rig_act(r, cpu);
	if (vgic_fast_linked(v, intid, ~v->live & v->lr_all, &index, &lr))
		r->fast++;
	else
		vgic_raise_linked(&r->vm, v, intid);
	rig_finish(r, cpu);
}

static void step_acknowledge(struct rig *r, unsigned cpu)
{
	struct hw *h = &r->hw[cpu];
	struct model_cpu *m = &r->model.cpu[cpu];
	int i = hw_signal(h);
	if (i < 0 || m->depth == 64)
		return;
	unsigned intid = (unsigned)(h->lr[i] & ICH_LR_INTID_MASK);
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	hw_acknowledge(h, (unsigned)i);
	m->stack[m->depth] = (uint16_t)intid;
	m->stack_group[m->depth++] = q->group;
	m->ap[q->group] |= BIT32((q->priority & hw_group_mask(h->vmcr, q->group)) / 8);
	q->active = true;
	q->latch = false;
	q->acked_by = cpu + 1;
	r->acknowledged++;
}

static void step_eoi(struct rig *r, unsigned cpu)
{
	struct model_cpu *m = &r->model.cpu[cpu];
	bool split = r->eoi_mode[cpu] != 0;
	if (m->depth == 0 || (split && r->dropped_count == 64))
		return;
	unsigned intid = m->stack[--m->depth];
	bool group = m->stack_group[m->depth];
	struct model_irq *q = model_irq_of(&r->model, cpu, intid);
	m->ap[group] &= m->ap[group] - 1;
	unsigned line = hw_eoi(&r->hw[cpu], intid, group);
	if (line != 0)
		rig_line_done(r, cpu, line - 1);
	if (split) {
		r->dropped[r->dropped_count] = (uint16_t)intid;
		r->dropped_by[r->dropped_count++] = (uint8_t)cpu;
		return;
	}
	q->active = false;
	q->acked_by = 0;
}

static void step_dir(struct rig *r, unsigned cpu)
{
	if (r->dropped_count == 0 || r->eoi_mode[cpu] == 0)
		return;
	unsigned k = rig_number(r, r->dropped_count);
	unsigned intid = r->dropped[k];
	/* Nor one that was acknowledged again since, and awaits an EOI that deactivates: see orderly. */
	if ((intid < 32 && r->dropped_by[k] != cpu) || on_stack(r, cpu, intid, true))
		return;
	r->dropped_count--;
	r->dropped[k] = r->dropped[r->dropped_count];
	r->dropped_by[k] = r->dropped_by[r->dropped_count];
	rig_dir(r, cpu, intid);
	model_irq_of(&r->model, cpu, intid)->active = false;
	model_irq_of(&r->model, cpu, intid)->acked_by = 0;
}

static void step_interface(struct rig *r, unsigned cpu)
{
	uint64_t *vmcr = &r->hw[cpu].vmcr;
	unsigned kind = rig_number(r, 6);
	if (kind == 0)
		*vmcr = bits_set(*vmcr, 31, 24, rig_number(r, 32) * 8);
	else if (kind == 1)
		*vmcr = bits_set(*vmcr, 1, 0, rig_number(r, 4));
	else
		*vmcr = bits_set(bits_set(*vmcr, 31, 24, 0xf8), 1, 0, 3);
}

/* vCPU cpu is switched off and starts anew. */
static void step_reset(struct rig *r, unsigned cpu)
{
	struct model_cpu *m = &r->model.cpu[cpu];
	if (rig_number(r, 8) != 0)
		return;
	rig_act(r, cpu);
	rig_fold(r, cpu);
	vgic_vcpu_reset(&r->vm, &r->vcpus[cpu]);
	m->irq[27].line_active = false;
	m->irq[30].line_active = false;
	r->hw[cpu].ap[0] = 0;
	r->hw[cpu].ap[1] = 0;
	rig_finish(r, cpu);
	for (unsigned i = 0; i < 32; i++) {
		struct model_irq *q = &m->irq[i];
		*q = (struct model_irq){.edge = i < 16, .level = q->level, .linked = q->linked, .line = q->line};
	}
	m->asleep = true;
	m->depth = 0;
	m->ap[0] = 0;
	m->ap[1] = 0;
	for (unsigned n = 0; n < VGIC_INTID_MAX - 32; n++) {
		struct model_irq *q = &r->model.spi[n];
		if (q->acked_by == cpu + 1) {
			q->active = false;
			q->acked_by = 0;
		}
		if (q->any && q->target == cpu)
			q->target = model_any_target(&r->model);
	}
	for (unsigned k = 0; k < r->dropped_count; k++)
		if (r->dropped_by[k] == cpu) {
			r->dropped_count--;
			r->dropped[k] = r->dropped[r->dropped_count];
			r->dropped_by[k--] = r->dropped_by[r->dropped_count];
		}
}

/* A physical line is active exactly as long as the books, or a list register since, say so. */
static void check_lines(struct rig *r, unsigned cpu)
{
	static const unsigned lines[] = {27, 30, RIG_LEVEL_LINE, RIG_EDGE_LINE};
	for (unsigned k = 0; k < 4; k++) {
		unsigned intid = lines[k];
		bool active = model_irq_of(&r->model, cpu, intid)->line_active;
		const struct vgic_bank *b = intid < 32 ? &r->vcpus[cpu].bank : &r->vm.spi[0];
		bool phys = (b->phys >> (intid & 31) & 1) != 0;
		bool held = (b->held >> (intid & 31) & 1) != 0;
		MODEL_CHECK(r, active == phys || (phys && held), "physical line and books differ", cpu, intid);
	}
}

/* List registers against the books. */
static void check_list_registers(struct rig *r, unsigned cpu)
{
	const struct hw *h = &r->hw[cpu];
	for (unsigned i = 0; i < h->lr_count; i++) {
		uint64_t lr = h->lr[i];
		unsigned intid = (unsigned)(lr & ICH_LR_INTID_MASK);
		if ((lr & ICH_LR_STATE) == 0)
			continue;
		MODEL_CHECK(r, (r->vcpus[cpu].live >> i & 1) != 0, "list register in use is not live", cpu, intid);
		MODEL_CHECK(r, (lr & ICH_LR_HW) == 0 || (lr & ICH_LR_STATE) != ICH_LR_STATE, "HW pending and active",
			    cpu, intid);
		for (unsigned c = 0; c < r->model.count; c++)
			for (unsigned k = 0; k < h->lr_count; k++)
				if ((c != cpu || k != i) && (c == cpu || (intid >= 32 && r->running[c])))
					MODEL_CHECK(r,
						    (r->hw[c].lr[k] & ICH_LR_STATE) == 0 ||
							    (r->hw[c].lr[k] & ICH_LR_INTID_MASK) != intid,
						    "in two list registers", cpu, intid);
	}
}

static void check_signal(struct rig *r, unsigned cpu)
{
	const struct hw *h = &r->hw[cpu];
	int expected = model_signal(&r->model, cpu, h->vmcr);
	if (!r->running[cpu]) {
		bool deliverable = vgic_has_deliverable(&r->vm, &r->vcpus[cpu], h->vmcr, h->ap[0], h->ap[1]);
		MODEL_CHECK(r,
			    deliverable == (expected >= 0) || r->model.cpu[cpu].irq[27].line ||
				    r->model.cpu[cpu].irq[30].line,
			    "deliverable wrong", cpu, (unsigned)(expected & 0xff));
		return;
	}
	int i = hw_signal(h);
	if (i < 0) {
		MODEL_CHECK(r, expected < 0, "interrupt lost, priority", cpu, (unsigned)expected);
		return;
	}
	unsigned intid = (unsigned)(h->lr[i] & ICH_LR_INTID_MASK);
	MODEL_CHECK(r, expected >= 0 && model_is_candidate(&r->model, cpu, intid), "delivered without cause", cpu,
		    intid);
	MODEL_CHECK(r, model_irq_of(&r->model, cpu, intid)->priority == expected, "not the most urgent", cpu, intid);
}

typedef void (*step_function)(struct rig *, unsigned);

static const step_function wild_steps[] = {
	step_bits_write,  step_bits_write, step_bits_write,   step_bits_read, step_priority,    step_config,
	step_route,       step_waker,      step_ctlr,         step_sgi,       step_sgi,         step_raise,
	step_raise,       step_level,      step_level,        step_line,      step_line,        step_acknowledge,
	step_acknowledge, step_eoi,        step_eoi,          step_dir,       step_acknowledge, step_acknowledge,
	step_dir,         step_interface,  step_parked_timer, step_reset,     rig_switch_in,    rig_switch_out,
};

/* A guest that does little but serve its timers and SGIs, as most do: the ways of the fast path. */
static const step_function calm_steps[] = {
	step_sgi,         step_line, step_line, step_parked_timer, step_acknowledge, step_acknowledge,
	step_acknowledge, step_eoi,  step_eoi,  step_eoi,          step_dir,         step_dir,
};

static void step_any(struct rig *r, unsigned cpu)
{
	bool wild = !r->calm || rig_number(r, 64) == 0;
	if (wild)
		wild_steps[rig_number(r, sizeof(wild_steps) / sizeof(wild_steps[0]))](r, cpu);
	else
		calm_steps[rig_number(r, sizeof(calm_steps) / sizeof(calm_steps[0]))](r, cpu);
}

static void check_invariants(struct rig *r)
{
	for (unsigned c = 0; c < r->model.count; c++) {
		if (!r->running[c])
			continue;
		check_list_registers(r, c);
		check_lines(r, c);
	}
}

void rig_step(struct rig *r)
{
	unsigned cpu = rig_number(r, r->model.count);
	rig_switch_in(r, cpu);
	rig_settle(r);
	step_any(r, cpu);
	rig_settle(r);
	for (unsigned c = 0; c < r->model.count; c++)
		check_signal(r, c);
	check_invariants(r);
}

/* An access of any size at any offset, with no thought of what it means. */
static void raw_access(struct rig *r, unsigned cpu)
{
	static const unsigned sizes[] = {1, 2, 4, 4, 4, 8};
	unsigned owner = rig_number(r, 4) == 0 ? rig_number(r, r->model.count) : RIG_DIST;
	uint32_t offset = rig_number(r, 0x1000);
	unsigned where = rig_number(r, 4);
	if (where == 0)
		offset += owner == RIG_DIST ? 0x6000 : 0xf000;
	if (where != 0 && owner != RIG_DIST)
		offset += 0x10000;
	uint64_t value = (uint64_t)r->next(r->source) << 32 | r->next(r->source);
	rig_access(r, cpu, owner, offset, sizes[rig_number(r, 6)], rig_number(r, 4) != 0, value);
}

static void raw_acknowledge(struct rig *r, unsigned cpu)
{
	int i = hw_signal(&r->hw[cpu]);
	if (i >= 0)
		hw_acknowledge(&r->hw[cpu], (unsigned)i);
}

static void raw_eoi(struct rig *r, unsigned cpu)
{
	unsigned line = hw_eoi(&r->hw[cpu], rig_number(r, VGIC_INTID_MAX), rig_number(r, 2));
	if (line != 0)
		rig_line_done(r, cpu, line - 1);
}

static void raw_dir(struct rig *r, unsigned cpu) { rig_dir(r, cpu, rig_number(r, 1100)); }

static void raw_line(struct rig *r, unsigned cpu)
{
	static const unsigned lines[] = {27, 30, RIG_LEVEL_LINE, RIG_EDGE_LINE};
	struct model_irq *q = model_irq_of(&r->model, cpu, lines[rig_number(r, 4)]);
	q->line = !q->line;
	q->line_edge = q->edge;
}

void rig_raw_step(struct rig *r)
{
	static const step_function steps[] = {
		raw_access,      raw_access, raw_access,     raw_access,    raw_acknowledge,
		raw_acknowledge, raw_eoi,    raw_dir,        raw_line,      step_sgi,
		step_raise,      step_level, step_interface, rig_switch_in, rig_switch_out,
	};
	unsigned cpu = rig_number(r, r->model.count);
	rig_switch_in(r, cpu);
	rig_settle(r);
	steps[rig_number(r, sizeof(steps) / sizeof(steps[0]))](r, cpu);
	rig_settle(r);
	check_invariants(r);
}
