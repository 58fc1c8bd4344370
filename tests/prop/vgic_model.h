/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine to try the virtual GIC in:
 *
 *   model   the GICv3 as the architecture tells it (IHI 0069), one struct per interrupt, no list registers, no haste:
 * the oracle; hw      the virtual CPU interface of each vCPU: list registers, active priorities, EOIcount, maintenance
 * conditions; rig     the core's part: exits, folds, plans, kicks, switches, physical lines; applies each step to both
 * sides and compares what the guest can see.
 *
 * Everything is driven by rig_step from a source of numbers, random in the property test, the input's bytes in the fuzz
 * target.
 */
#ifndef TESTS_PROP_VGIC_MODEL_H
#define TESTS_PROP_VGIC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "logic/arm/vgic.h"

#define MODEL_NO_TARGET 255U
#define RIG_DIST 255U
#define RIG_LEVEL_LINE 40U /* SPIs linked to physical lines RIG_PINTID further up */
#define RIG_EDGE_LINE 41U
#define RIG_PINTID 100U

struct model_irq {
	bool enabled, group, edge, latch, level, active, linked, any;
	uint8_t priority;
	unsigned target; /* vCPU of an SPI, or MODEL_NO_TARGET */
	uint32_t affinity;
	unsigned acked_by; /* vCPU + 1 that acknowledged it, while active; 0: none */
	/* the physical line of a linked one */
	bool line;        /* its device asserts it, level-sensitive */
	bool line_edge;   /* edge that waits in the physical controller */
	bool line_active; /* acknowledged by EL2, not yet deactivated */
};

struct model_cpu {
	struct model_irq irq[32];
	bool asleep;
	/* acknowledged and not yet dropped: a stack */
	unsigned depth;
	uint16_t stack[64];
	bool stack_group[64];
	uint32_t ap[2]; /* active priorities, as the interface has them */
};

struct model {
	unsigned count;
	uint32_t ctlr;
	struct model_cpu cpu[VGIC_VCPU_MAX];
	struct model_irq spi[VGIC_INTID_MAX - 32];
};

struct hw {
	unsigned lr_count;
	uint64_t lr[VGIC_LR_MAX];
	uint64_t vmcr;
	uint64_t hcr;
	unsigned eoi_count;
	uint32_t ap[2];
};

struct rig {
	struct vgic_vm vm;
	struct vgic_vcpu vcpus[VGIC_VCPU_MAX];
	struct model model;
	struct hw hw[VGIC_VCPU_MAX];
	bool running[VGIC_VCPU_MAX];
	bool folded[VGIC_VCPU_MAX]; /* in the current step */
	bool parallel;              /* several run at once; else one */
	uint8_t eoi_mode[VGIC_VCPU_MAX];
	unsigned dropped_count; /* EOImode 1: dropped, ICC_DIR to come */
	uint16_t dropped[64];
	uint8_t dropped_by[64];
	bool calm;                /* mostly timers and SGIs */
	uint32_t (*next)(void *); /* the source of numbers */
	void *source;
	uint64_t fast; /* how often a fast path was taken */
	uint64_t acknowledged;
	uint64_t evictions;
	uint64_t short_folds;
	uint64_t asked;
};

struct model_irq *model_irq_of(struct model *m, unsigned cpu, unsigned intid);
void model_init(struct model *m, unsigned count);
bool model_is_pending(const struct model_irq *q);
/* Would it be forwarded to cpu. */
bool model_is_candidate(struct model *m, unsigned cpu, unsigned intid);
/* Priority of the interrupt that the CPU interface of cpu would signal, or -1. */
int model_signal(struct model *m, unsigned cpu, uint64_t vmcr);
/* Same for a register write of the guest; offset as for vgic_dist_access and vgic_redist_access. */
void model_write(struct model *m, unsigned owner, unsigned intid, unsigned reg, uint32_t bits);
uint32_t model_read(struct model *m, unsigned owner, unsigned intid, unsigned reg, uint32_t *care);
void model_sgi(struct model *m, unsigned cpu, uint64_t value, bool either_group);
unsigned model_any_target(const struct model *m);

/* The group mask of IHI 0069 4.8.3 on priorities, from binary points. */
uint32_t hw_group_mask(uint64_t vmcr, unsigned group);
/* The list register that would be signalled, or -1. */
int hw_signal(const struct hw *h);
bool hw_maintenance(const struct hw *h);
uint64_t hw_elrsr(const struct hw *h);
/* Acknowledges list register i. */
void hw_acknowledge(struct hw *h, unsigned i);
/* ICC_EOIR<group>: answers a physical INTID + 1 to deactivate, or 0. */
unsigned hw_eoi(struct hw *h, unsigned intid, unsigned group);
/* ICC_DIR, not trapped: the same. */
unsigned hw_dir(struct hw *h, unsigned intid);

void rig_init(struct rig *r, unsigned vcpus, unsigned lr_count, bool parallel, uint32_t (*next)(void *), void *source);
/* One step of an orderly guest, compared with the model. */
void rig_step(struct rig *r);
/* One of a guest that does what it likes: only the invariants of list registers and lines are checked, and that no step
 * goes on for ever. */
void rig_raw_step(struct rig *r);

/* Of the core's part, for the steps. */
unsigned rig_number(struct rig *r, unsigned below);
void rig_act(struct rig *r, unsigned cpu);
void rig_fold(struct rig *r, unsigned cpu);
void rig_finish(struct rig *r, unsigned cpu);
void rig_switch_in(struct rig *r, unsigned cpu);
void rig_switch_out(struct rig *r, unsigned cpu);
/* owner: whose redistributor, or RIG_DIST: the distributor. Answers what was read. */
uint64_t rig_access(struct rig *r, unsigned cpu, unsigned owner, uint32_t offset, unsigned size, bool is_write,
		    uint64_t value);
void rig_dir(struct rig *r, unsigned cpu, unsigned intid);
void rig_line_done(struct rig *r, unsigned cpu, unsigned pintid);
void rig_settle(struct rig *r);

/* Fails the test with a message. */
void rig_fail(const struct rig *r, const char *what, unsigned cpu, unsigned intid);

#define MODEL_CHECK(r, cond, what, cpu, intid)         \
	do {                                           \
		if (!(cond))                           \
			rig_fail(r, what, cpu, intid); \
	} while (0)

#endif
