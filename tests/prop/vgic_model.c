/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv3 as the architecture tells it (IHI 0069 chapters 4 and 12), one interrupt after the other. See vgic_model.h.
 */
#include "tests/prop/vgic_model.h"

#include <string.h>

struct model_irq *model_irq_of(struct model *m, unsigned cpu, unsigned intid)
{
	return intid < 32 ? &m->cpu[cpu].irq[intid] : &m->spi[intid - 32];
}

void model_init(struct model *m, unsigned count)
{
	memset(m, 0, sizeof(*m));
	m->count = count;
	for (unsigned c = 0; c < count; c++) {
		m->cpu[c].asleep = true;
		for (unsigned i = 0; i < 16; i++)
			m->cpu[c].irq[i].edge = true;
		m->cpu[c].irq[27].linked = true;
		m->cpu[c].irq[30].linked = true;
	}
}

bool model_is_pending(const struct model_irq *q)
{
	if (q->latch)
		return true;
	if (q->edge)
		return false;
	return q->linked ? q->line : q->level;
}

bool model_is_candidate(struct model *m, unsigned cpu, unsigned intid)
{
	const struct model_irq *q = model_irq_of(m, cpu, intid);
	if (!model_is_pending(q) || !q->enabled || q->active)
		return false;
	if ((m->ctlr >> (q->group ? 1 : 0) & 1) == 0)
		return false;
	return intid < 32 || q->target == cpu;
}

int model_signal(struct model *m, unsigned cpu, uint64_t vmcr)
{
	int best = -1;
	unsigned group = 0;
	for (unsigned intid = 0; intid < VGIC_INTID_MAX; intid++) {
		const struct model_irq *q = model_irq_of(m, cpu, intid);
		if (!model_is_candidate(m, cpu, intid) || (vmcr >> (q->group ? 1 : 0) & 1) == 0)
			continue;
		if (best < 0 || q->priority < best) {
			best = q->priority;
			group = q->group;
		}
	}
	if (best < 0 || best >= (int)(vmcr >> 24 & 0xff))
		return -1;
	uint32_t ap = m->cpu[cpu].ap[0] | m->cpu[cpu].ap[1];
	if (ap == 0)
		return best;
	uint32_t mask = hw_group_mask(vmcr, group);
	uint32_t running = (uint32_t)__builtin_ctz(ap) * 8;
	return ((uint32_t)best & mask) < (running & mask) ? best : -1;
}

unsigned model_any_target(const struct model *m)
{
	for (unsigned c = 0; c < m->count; c++)
		if (!m->cpu[c].asleep)
			return c;
	return 0;
}

static void model_write_one(struct model_irq *q, unsigned reg, bool bit)
{
	if (reg == 0x080)
		q->group = bit;
	if (!bit)
		return;
	switch (reg) {
	case 0x100:
		q->enabled = true;
		break;
	case 0x180:
		q->enabled = false;
		break;
	case 0x200:
		q->latch = true;
		break;
	case 0x280:
		q->latch = false;
		break;
	case 0x300:
		q->active = true;
		break;
	case 0x380:
		q->active = false;
		q->acked_by = 0;
		break;
	default:
		break;
	}
}

void model_write(struct model *m, unsigned owner, unsigned intid, unsigned reg, uint32_t bits)
{
	for (unsigned k = 0; k < 32; k++)
		model_write_one(model_irq_of(m, owner, intid + k), reg, (bits >> k & 1) != 0);
}

static bool model_read_one(const struct model_irq *q, unsigned reg)
{
	switch (reg) {
	case 0x080:
		return q->group;
	case 0x100:
	case 0x180:
		return q->enabled;
	case 0x200:
	case 0x280:
		return model_is_pending(q);
	default:
		return q->active;
	}
}

uint32_t model_read(struct model *m, unsigned owner, unsigned intid, unsigned reg, uint32_t *care)
{
	uint32_t bits = 0;
	*care = 0;
	for (unsigned k = 0; k < 32; k++) {
		const struct model_irq *q = model_irq_of(m, owner, intid + k);
		bits |= (uint32_t)model_read_one(q, reg) << k;
		/* A linked line that asserts behind an active interrupt is known to the physical controller only. */
		bool hidden = q->linked && (reg == 0x200 || reg == 0x280);
		*care |= (uint32_t)!hidden << k;
	}
	return bits;
}

void model_sgi(struct model *m, unsigned cpu, uint64_t value, bool either_group)
{
	unsigned intid = (unsigned)(value >> 24 & 0xf);
	bool all_others = (value >> 40 & 1) != 0;
	/* Aff1, Aff2, RS, Aff3 */
	uint64_t elsewhere = value & (0xffULL << 16 | 0xffULL << 32 | 0xfULL << 44 | 0xffULL << 48);
	for (unsigned c = 0; c < m->count; c++) {
		bool named = elsewhere == 0 && (value >> c & 1) != 0;
		if (!(all_others ? c != cpu : named))
			continue;
		struct model_irq *q = &m->cpu[c].irq[intid];
		if (either_group || !q->group)
			q->latch = true;
	}
}
