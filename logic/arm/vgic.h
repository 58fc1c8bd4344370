/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3 of a VM (IHI 0069: GICD_CTLR.DS = 1, affinity routing only, no LPIs), as pure decisions over
 * bitmaps: which interrupts are pending, active, enabled, and which of them stand in the list registers of each vCPU.
 *
 * Interrupts lie in banks of 64, a bitmap for each property: bank 0 of a vCPU holds its SGIs and PPIs (INTID 0 to 31),
 * bank w = 1 .. 4 of the VM holds the SPIs 64 w - 32 up. Priorities have 5 bits, kept bit-sliced too, so that the most
 * urgent of a set is found in 5 steps for 64 interrupts.
 *
 *          raise, level,               plan                 the guest
 *          SGI, ISPENDR                --->                 acknowledges
 *   idle -------------> pending in     <---   pending in    ------------> active in    <--- plan --- evicted: active
 *     ^                 memory      withdrawn a list register             a list register --- evict -> in memory
 *     |                                                                     |                            |
 *     +--------- deactivated by the guest's EOI or DIR in hardware ---------+                            |
 *     +--------- EOIcount (EOImode 0), trapped ICC_DIR (EOImode 1), ICACTIVER ---------------------------+
 *
 * The plan keeps the most urgent eligible pending interrupt in a list register, always. Pending ones that find no room
 * wait in memory, less urgent than those in list registers, and the no-pending maintenance interrupt fetches them. An
 * active one is evicted, least urgent first, only where a pending one would have no list register at all.
 *
 * Books and hardware. While a vCPU runs, hardware changes its list registers. vgic_fold brings the books up to date;
 * from then to the next entry they are the truth. Of one step on the CPU that runs v:
 *
 *   1. (on a path that needs it, once from exit to entry) read ICH_ELRSR, the LRs in v->live & ~ICH_ELRSR into v->lr[],
 *      ICH_HCR.EOIcount; vgic_fold;
 *   2. calls below;
 *   3. if vgic_needs_plan(v): fold if this step has not yet, vgic_plan; then write v->hcr to ICH_HCR (which clears
 *      EOIcount) and v->lr[i] to each ICH_LR in v->dirty, and clear v->dirty;
 *   4. for each vCPU in vgic_take_refill(vm): wake it if it is blocked, kick its CPU if it runs elsewhere;
 *   5. while vgic_take_deactivation(..., &pintid): ICC_DIR_EL1 = pintid.
 *
 * Step 1 is required before every call here that does not say otherwise. A vCPU that is switched out was folded, and
 * leaves all list registers empty; at switch-in they are written from v->lr[] (0 where not live), unless v is empty
 * (vgic_is_empty). v->remote says that the list registers of v are live on another CPU: register accesses that need
 * them change nothing and answer the mask of such vCPUs. The core then has each of them leave its guest, fold, and stay
 * out with remote clear until the access was repeated. All other calls work at once on remote vCPUs.
 *
 * A linked interrupt has a physical line of its own. The core acknowledges the line, drops its priority, and leaves it
 * active: vgic_raise_linked. Its LR has HW = 1, so the guest's deactivation deactivates the line; where no LR does it,
 * vgic_take_deactivation says so. While the line is active it cannot fire again, so its physical enable need not follow
 * the virtual one: the core leaves linked lines enabled.
 *
 * Callers hold the lock of the VM, with interrupts masked. Every function is bounded by constants: VGIC_LR_MAX,
 * VGIC_VCPU_MAX, the banks.
 */
#ifndef LOGIC_ARM_VGIC_H
#define LOGIC_ARM_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/bound.h"
#include "base/status.h"
#include "base/types.h"

#define VGIC_SPI_WORDS 4U /* SPIs 32 to 287, as QEMU virt has */
#define VGIC_BANKS (1U + VGIC_SPI_WORDS)
#define VGIC_INTID_MAX (32U + 64U * VGIC_SPI_WORDS)
#ifndef VGIC_LR_MAX
#define VGIC_LR_MAX 16U /* what a CPU may have; EL2 is built for the four that it uses, which bounds its loops */
#endif
#define VGIC_VCPU_MAX 8U
#define VGIC_PRIORITY_BITS 5U
#define VGIC_EOI_MAX 1U /* ends of evicted interrupts that one fold handles: EOIcount interrupts at the first one */

#define VGIC_DIST_BYTES 0x10000U
#define VGIC_REDIST_BYTES 0x20000U /* of each vCPU: RD_base, SGI_base */

/* ICH_LR<n>_EL2. */
#define ICH_LR_PENDING BIT64(62)
#define ICH_LR_ACTIVE BIT64(63)
#define ICH_LR_STATE (ICH_LR_PENDING | ICH_LR_ACTIVE)
#define ICH_LR_HW BIT64(61)
#define ICH_LR_GROUP_SHIFT 60U
#define ICH_LR_PRIORITY_SHIFT 48U
#define ICH_LR_EOI BIT64(41)    /* HW = 0: maintenance interrupt on deactivation */
#define ICH_LR_PINTID_SHIFT 32U /* HW = 1 */
#define ICH_LR_INTID_MASK UINT64_C(0xffffffff)

/* ICH_HCR_EL2. */
#define ICH_HCR_EN BIT64(0)
#define ICH_HCR_LRENPIE BIT64(2)
#define ICH_HCR_NPIE BIT64(3)
#define ICH_HCR_VGRP0EIE BIT64(4)
#define ICH_HCR_VGRP0DIE BIT64(5)
#define ICH_HCR_VGRP1EIE BIT64(6)
#define ICH_HCR_VGRP1DIE BIT64(7)
#define ICH_HCR_TDIR BIT64(14)
#define ICH_HCR_EOI_COUNT_SHIFT 27U

/* ICH_VMCR_EL2. */
#define ICH_VMCR_VENG0 BIT64(0)
#define ICH_VMCR_VENG1 BIT64(1)
#define ICH_VMCR_VCBPR BIT64(4)
#define ICH_VMCR_VEOIM BIT64(9)

/* 64 interrupts; bit n of every word is the same one. */
struct vgic_bank {
	uint64_t held; /* stands in a list register of some vCPU */
	uint64_t phys; /* linked, and its physical line is active on its behalf */
	uint64_t active;
	uint64_t latch; /* pending by an edge, a message, an SGI, a linked line or ISPENDR */
	uint64_t level; /* input of a software line */
	uint64_t edge;  /* edge-triggered: the input makes it pending by rising, through latch */
	uint64_t open;  /* enabled, and its group is in GICD_CTLR */
	uint64_t enabled;
	uint64_t group; /* 1: group 1 */
	uint64_t linked;
	uint64_t stale;                     /* priority was written while active: takes effect on deactivation */
	uint64_t plane[VGIC_PRIORITY_BITS]; /* priority in effect, bits 7 to 3 */
	union {
		uint32_t word[16];
		uint8_t byte[64];
	} priority; /* as written by the guest */
};

/* What vgic_vcpu.attention may hold. */
#define VGIC_ATTENTION_PLAN BIT32(0)  /* the list registers no longer fit the books */
#define VGIC_ATTENTION_WATCH BIT32(1) /* interrupts or active states wait in memory: no fast path */
#define VGIC_ATTENTION_SPREAD \
	BIT32(2) /* for ever, of a VM whose vCPUs are on several CPUs: no fast path, for those take no lock */

struct vgic_vcpu {
	uint32_t live;             /* list registers in use */
	uint32_t attention;        /* VGIC_ATTENTION_* */
	uint32_t closed;           /* those that the fast path may not touch; all ones while attention is not 0 */
	uint32_t deactivate_banks; /* words of deactivate that are not 0 */
	uint32_t late_banks;       /* words of late that are not 0 */
	uint32_t eoi_left;         /* ends that the last fold left: the plan puts them back into EOIcount, which
				      interrupts at once */
	uint32_t dirty;            /* list registers to be written to hardware; the core clears it */
	uint32_t lr_pending;       /* list registers that were pending when last looked at */
	uint64_t hcr;              /* ICH_HCR_EL2 to be written after a plan, and at switch-in */
	uint64_t sgi_self;         /* ICC_SGI1R_EL1, but for its INTID, that names this vCPU alone */
	uint64_t ready;            /* private interrupts that may take the fast path: see vgic_fast_candidates */
	uint64_t lr[VGIC_LR_MAX];
	uint64_t lr_fast[VGIC_LR_MAX]; /* bit in the private bank of what the fast path may replace when it is finished,
					  else 0 */
	uint32_t lr_all;               /* list registers that the machine has */
	struct vgic_bank bank;         /* SGIs and PPIs */
	uint64_t held[VGIC_BANKS];     /* in list registers of this vCPU; [0] is bank.held instead */
	uint64_t route[VGIC_BANKS];    /* routed to this vCPU */
	uint64_t evicted[VGIC_BANKS];  /* active by acknowledge here, in no list register */
	uint64_t late[VGIC_BANKS];     /* raised by others while in a list register here */
	uint64_t deactivate[VGIC_BANKS]; /* linked, whose physical line must be deactivated by the core */
	uint32_t evicted_banks;          /* words of evicted that are not 0, and perhaps more */
	uint32_t index;                  /* in its VM */
	bool remote;                     /* the core's: its list registers are live on another CPU */
	bool asleep;                     /* GICR_WAKER.ProcessorSleep */
};

struct vgic_vm {
	struct vgic_vcpu *vcpus; /* sealed by vgic_vm_init */
	uint32_t vcpu_count;
	uint32_t refill;  /* vCPUs that got something to plan; see vgic_take_refill */
	uint32_t stirred; /* banks of SPIs that have something pending and eligible, and perhaps more */
	uint32_t forced;  /* banks of SPIs that have something made active by ISACTIVER, and perhaps more */
	uint32_t ctlr;    /* GICD_CTLR.EnableGrp0, EnableGrp1 */
	struct vgic_bank spi[VGIC_SPI_WORDS];
	uint64_t any[VGIC_SPI_WORDS];            /* GICD_IROUTER.Interrupt_Routing_Mode = 1 */
	uint32_t affinity[64U * VGIC_SPI_WORDS]; /* GICD_IROUTER, Aff2 to Aff0 */
	uint16_t pintid[64U * VGIC_SPI_WORDS];   /* of linked SPIs */
};

/*
 * Boot: takes vcpus[0 .. count), count 1 to VGIC_VCPU_MAX, of a machine with lr_count list registers, 1 to VGIC_LR_MAX.
 * PPIs 27 and 30 are linked to the physical 27 and 30. Ends as vgic_vm_reset does.
 */
void vgic_vm_init(struct vgic_vm *vm, struct vgic_vcpu *vcpus, unsigned count, unsigned lr_count);

/* The VM's vCPUs are on several CPUs: none of them ever takes the fast path, or is empty. Boot only, after init. */
void vgic_vm_spread(struct vgic_vm *vm);

/*
 * Links SPI intid (32 .. VGIC_INTID_MAX-1) to the physical pintid, edge-triggered or level-sensitive for ever: ICFGR
 * writes do not change it. Survives resets. Boot only.
 */
void vgic_link(struct vgic_vm *vm, unsigned intid, unsigned pintid, bool edge);

/* The same of PPI intid (16 to 31) of each vCPU: to the physical one of that number, level-sensitive. Boot only. */
void vgic_link_private(struct vgic_vm *vm, unsigned intid);

/*
 * Reset values of the architecture, priorities 0, groups 0, everything disabled; links and inputs of software lines
 * stay. The core has deactivated the physical lines of the VM, and writes all list registers of vCPUs that run. No fold
 * needed.
 */
void vgic_vm_reset(struct vgic_vm *vm);
/* The same in parts of bounded length, from 0 on: true while another one follows. */
bool vgic_vm_reset_part(struct vgic_vm *vm, unsigned part);

/*
 * The vCPU was switched off or (re)started: its redistributor and list registers take reset values. SPIs that it held
 * pending stay pending; those active on it become inactive; 1-of-N interrupts go to another. Physical lines of its SPIs
 * are in vgic_take_deactivation(v); the core deactivates those linked to private ones itself.
 */
void vgic_vcpu_reset(struct vgic_vm *vm, struct vgic_vcpu *v);

/*
 * Brings the books of v up to date. elrsr is ICH_ELRSR_EL2; v->lr[i] was read from hardware for each i in v->live &
 * ~elrsr. eoi_count is ICH_HCR_EL2.EOIcount, 0 to 31: each one deactivates the most urgent evicted interrupt in EOImode
 * 0, and means nothing in EOImode 1 (vmcr is ICH_VMCR_EL2).
 */
void vgic_fold(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t elrsr, unsigned eoi_count, uint64_t vmcr);

/*
 * What others raised since the fold, for a vCPU that was remote in between and is switched out now: as a fold of what
 * they left.
 */
void vgic_fold_late(struct vgic_vm *vm, struct vgic_vcpu *v);

/* An edge or message on intid; v is used for private ones only (intid < 32). v may be remote. */
void vgic_raise(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid);

/*
 * The input of a software line. Falling on a linked interrupt says that its physical line was seen low: if it is
 * pending by the line and not acknowledged, it is withdrawn, and the physical line deactivated. v as in vgic_raise.
 */
void vgic_set_level(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid, bool high);

/* The physical line linked to intid was acknowledged and is active. v as in vgic_raise; a private one belongs to the
 * running vCPU. */
void vgic_raise_linked(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid);

/*
 * v wrote value to ICC_SGI1R_EL1 (either_group: to SGIs of both groups, as DS = 1 has it) or to ICC_SGI0R_EL1 or
 * ICC_ASGI1R_EL1 (not: group 0 only).
 */
void vgic_sgi(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t value, bool either_group);

/* v wrote intid to ICC_DIR_EL1 in EOImode 1, trapped by ICH_HCR_EL2.TDIR. Any intid. Answers the vCPUs to ask, or 0:
 * done. */
uint32_t vgic_deactivate(struct vgic_vm *vm, struct vgic_vcpu *v, unsigned intid);

/*
 * v reads (*value is set) or writes (*value is taken) `size` bytes, 1, 2, 4 or 8, at `offset` of the distributor (below
 * VGIC_DIST_BYTES) or of the redistributors (VGIC_REDIST_BYTES for each vCPU, in their order). What the architecture
 * does not permit reads as 0 and ignores writes. Answers the vCPUs to ask first, with nothing changed, or 0: done.
 */
uint32_t vgic_dist_access(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t offset, unsigned size, bool is_write,
			  uint64_t *value);
uint32_t vgic_redist_access(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t offset, unsigned size, bool is_write,
			    uint64_t *value);

/* Whether an access needs a fold first; offset in the frame (RD_base and SGI_base: of the 128 KiB of one vCPU). */
static inline bool vgic_access_needs_fold(uint32_t offset, bool is_write)
{
	return is_write || ((offset & 0xffffU) - 0x200U < 0x200U); /* ISPENDR to ICACTIVER */
}

/*
 * Chooses the contents of the list registers: v->lr, v->dirty, v->hcr. vmcr is ICH_VMCR_EL2. The pending state of some
 * moves into their list registers: after this, calls that need a fold need it again.
 */
void vgic_plan(struct vgic_vm *vm, struct vgic_vcpu *v, uint64_t vmcr);

/* Whether v must be planned before it is entered. No fold needed. */
static inline bool vgic_needs_plan(const struct vgic_vcpu *v) { return (v->attention & VGIC_ATTENTION_PLAN) != 0; }

/* The vCPUs that got something to plan since the last call, but for those planned since. No fold needed. */
static inline uint32_t vgic_take_refill(struct vgic_vm *vm)
{
	uint32_t refill = vm->refill;
	vm->refill = 0;
	return refill;
}

/*
 * The next physical line that the core must deactivate on behalf of v, on the CPU that runs v; false: none. At most 32
 * after an access, 31 after a fold, 288 after vgic_vcpu_reset. No fold needed.
 */
bool vgic_take_deactivation(struct vgic_vm *vm, struct vgic_vcpu *v, uint32_t *pintid);

/* Whether there is one, cheaply. No fold needed. */
static inline bool vgic_has_deactivation(const struct vgic_vcpu *v) { return v->deactivate_banks != 0; }

/*
 * Whether the virtual CPU interface, given the plan, would signal an interrupt to v: group enables, priority mask and
 * binary points in vmcr, running priority from ICH_AP0R0_EL2 and ICH_AP1R0_EL2 (5 preemption bits). For WFI.
 */
bool vgic_has_deliverable(const struct vgic_vm *vm, const struct vgic_vcpu *v, uint64_t vmcr, uint32_t ap0r,
			  uint32_t ap1r);

/* Of a vCPU that is switched out: nothing to be planned, no list register in use, no private line active. */
static inline bool vgic_is_empty(const struct vgic_vcpu *v) { return (v->live | v->attention | v->bank.phys) == 0; }

/*
 * Private linked interrupts, by INTID, whose physical line is active in hardware while v runs: deactivated at
 * switch-out, activated at switch-in. Those of vgic_take_deactivation are among them, until they are taken.
 */
static inline uint32_t vgic_save_linked_active(const struct vgic_vcpu *v)
{
	return (uint32_t)(v->bank.phys | v->deactivate[0]);
}

/*
 * The fold of the usual switch: nothing waits, all list registers were the fast path's and the guest is done with them,
 * no line is active: afterwards v is empty. False: nothing has changed, and vgic_fold is to be called. When nothing
 * waits, EOIcount says nothing.
 */
static inline bool vgic_fold_quiet(struct vgic_vcpu *v, uint64_t elrsr)
{
	uint32_t busy = v->live & ~(uint32_t)elrsr;
	if ((busy | v->closed | v->late_banks | v->deactivate_banks | v->eoi_left) != 0)
		return false;
	if (v->live == 0)
		return v->bank.phys == 0;
	uint64_t done = v->bank.held; /* private interrupts alone are the fast path's */
	if ((v->bank.phys & ~done) != 0)
		return false;
	v->bank.held = 0;
	v->bank.phys = 0;
	v->bank.active &= ~done;
	v->lr_pending = 0;
	v->live = 0;
	LOOP_UNROLLED
	for (unsigned i = 0; i < VGIC_LR_MAX; i++)
		v->lr[i] = 0;
	LOOP_UNROLLED
	for (unsigned i = 0; i < VGIC_LR_MAX; i++)
		v->lr_fast[i] = 0;
	return true;
}

/*
 * The fold of a vCPU that leaves before or inside the handler of a private interrupt, its timer's most of the time: one
 * list register, of value lr, is in use, and nothing else waits. asserted has the private lines, by INTID, that are
 * high: one that is low may have to be withdrawn. As vgic_fold, if true; false: nothing has changed.
 */
bool vgic_fold_single(struct vgic_vcpu *v, uint64_t elrsr, unsigned eoi_count, uint64_t lr, uint32_t asserted);

/* The list register of a private interrupt that becomes pending: its priority in effect is the one that was written. */
static inline uint64_t vgic_fast_image(const struct vgic_vcpu *v, unsigned intid)
{
	uint64_t priority = v->bank.priority.byte[intid] & 0xf8U;
	uint64_t group = v->bank.group >> intid & 1;
	return ICH_LR_PENDING | group << ICH_LR_GROUP_SHIFT | priority << ICH_LR_PRIORITY_SHIFT | intid;
}

/*
 * The fast path of private interrupts: places bit (1 << intid) pending in a list register when it is eligible and
 * nothing waits. phys is bit for a linked interrupt, else 0; elrsr is ICH_ELRSR_EL2. No fold needed. True: the core
 * writes *lr to ICH_LR<*index>, and is done. False: nothing has changed, and the general path is to be taken. A list
 * register that is not live is free in hardware too, so elrsr says it all.
 */
static inline bool vgic_fast_place(struct vgic_vcpu *v, unsigned intid, uint64_t phys, uint64_t elrsr, unsigned *index,
				   uint64_t *lr)
{
	uint64_t bit = BIT64(intid);
	uint32_t usable = (uint32_t)elrsr & ~v->closed;
	if (usable == 0)
		return false;
	uint64_t i = (uint64_t)__builtin_ctz(usable);
	uint64_t done = v->lr_fast[i];
	uint64_t held = v->bank.held & ~done;
	uint64_t active = v->bank.active & ~done;
	if ((v->ready & ~(held | active) & bit) == 0)
		return false;
	v->bank.held = held | bit;
	v->bank.phys = (v->bank.phys & ~done) | phys;
	v->bank.active = active;
	v->lr_fast[i] = bit;
	v->live |= BIT32(i);
	*lr = vgic_fast_image(v, intid) | (phys != 0 ? ICH_LR_HW | (uint64_t)intid << ICH_LR_PINTID_SHIFT : 0);
	v->lr[i] = *lr;
	*index = (unsigned)i;
	return true;
}

/* The physical line of the private linked intid was acknowledged and is active, for the running v. As
 * vgic_fast_place. */
static inline bool vgic_fast_linked(struct vgic_vcpu *v, unsigned intid, uint64_t elrsr, unsigned *index, uint64_t *lr)
{
	return vgic_fast_place(v, intid, BIT64(intid), elrsr, index, lr);
}

/* v wrote value to ICC_SGI1R_EL1; only an SGI to itself alone is fast. As vgic_fast_place. */
static inline bool vgic_fast_sgi(struct vgic_vcpu *v, uint64_t value, uint64_t elrsr, unsigned *index, uint64_t *lr)
{
	if ((value & ~MASK64(27, 24)) != v->sgi_self)
		return false;
	return vgic_fast_place(v, (unsigned)bits_get(value, 27, 24), 0, elrsr, index, lr);
}

#endif
