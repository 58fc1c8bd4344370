/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver of the GICv3 (IHI 0069), one security state, affinity routing, group 1: distributor at 0x08000000,
 * redistributors from 0x080a0000 in the order of Aff0. SGIs and PPIs are those of the executing CPU unless another is
 * named.
 */
#ifndef GUESTS_RUNTIME_GIC_H
#define GUESTS_RUNTIME_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/runtime/exception.h"
#include "guests/runtime/mmio.h"
#include "guests/runtime/sysreg.h"

#define GICD_BASE 0x08000000UL
#define GICR_BASE 0x080a0000UL
#define GICR_STRIDE 0x20000UL
#define GICR_SGI_OFFSET 0x10000UL

/* Distributor; those from IGROUPR to ICFGR lie at the same offsets in a redistributor's SGI frame. */
#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GICD_IIDR 0x0008U
#define GICD_IGROUPR 0x0080U
#define GICD_ISENABLER 0x0100U
#define GICD_ICENABLER 0x0180U
#define GICD_ISPENDR 0x0200U
#define GICD_ICPENDR 0x0280U
#define GICD_ISACTIVER 0x0300U
#define GICD_ICACTIVER 0x0380U
#define GICD_IPRIORITYR 0x0400U
#define GICD_ICFGR 0x0c00U
#define GICD_IROUTER 0x6000U
#define GICD_PIDR2 0xffe8U
#define GICD_CTLR_ENABLE_GRP0 (1U << 0)
#define GICD_CTLR_ENABLE_GRP1 (1U << 1)
#define GICD_CTLR_ARE (1U << 4)
#define GICD_CTLR_DS (1U << 6)
#define GICD_CTLR_RWP (1U << 31)

#define GICR_CTLR 0x0000U
#define GICR_TYPER 0x0008U
#define GICR_WAKER 0x0014U
#define GICR_PIDR2 0xffe8U

#define GIC_INTID_SPURIOUS 1023U
#define GIC_INTID_MAX 288U

#define ICC_CTLR_EOIMODE (1U << 1)

/* Base of the registers of intid: the distributor, or this CPU's SGI frame. */
static inline uintptr_t gic_redistributor(unsigned cpu) { return GICR_BASE + cpu * GICR_STRIDE; }
static inline uintptr_t gic_frame(unsigned intid)
{
	return intid < 32 ? gic_redistributor(cpu_index()) + GICR_SGI_OFFSET : GICD_BASE;
}

/* The word with intid's bit in one of the registers IGROUPR to ICACTIVER. */
static inline uint32_t gic_read_word(unsigned reg, unsigned intid)
{
	return mmio_read32(gic_frame(intid) + reg + 4 * (intid / 32));
}

static inline void gic_write_word(unsigned reg, unsigned intid, uint32_t value)
{
	mmio_write32(gic_frame(intid) + reg + 4 * (intid / 32), value);
}

static inline bool gic_bit(unsigned reg, unsigned intid)
{
	return (gic_read_word(reg, intid) >> (intid % 32) & 1) != 0;
}
static inline void gic_write_bit(unsigned reg, unsigned intid) { gic_write_word(reg, intid, 1U << (intid % 32)); }

static inline void gic_enable(unsigned intid) { gic_write_bit(GICD_ISENABLER, intid); }
static inline void gic_disable(unsigned intid) { gic_write_bit(GICD_ICENABLER, intid); }
static inline void gic_set_pending(unsigned intid) { gic_write_bit(GICD_ISPENDR, intid); }
static inline void gic_clear_pending(unsigned intid) { gic_write_bit(GICD_ICPENDR, intid); }
static inline void gic_set_active(unsigned intid) { gic_write_bit(GICD_ISACTIVER, intid); }
static inline void gic_clear_active(unsigned intid) { gic_write_bit(GICD_ICACTIVER, intid); }
static inline bool gic_is_pending(unsigned intid) { return gic_bit(GICD_ISPENDR, intid); }
static inline bool gic_is_active(unsigned intid) { return gic_bit(GICD_ISACTIVER, intid); }
static inline bool gic_is_enabled(unsigned intid) { return gic_bit(GICD_ISENABLER, intid); }

static inline void gic_set_priority(unsigned intid, uint8_t priority)
{
	mmio_write8(gic_frame(intid) + GICD_IPRIORITYR + intid, priority);
}

static inline uint8_t gic_priority(unsigned intid) { return mmio_read8(gic_frame(intid) + GICD_IPRIORITYR + intid); }

/* SPIs only. */
static inline void gic_route(unsigned intid, unsigned cpu)
{
	mmio_write64(GICD_BASE + GICD_IROUTER + 8UL * intid, cpu);
}

/* Sends SGI intid to one CPU (Aff0) of the VM, to a set (bit n: CPU n), or to all but this one. */
static inline void gic_send_sgi_set(unsigned intid, uint16_t cpus)
{
	dsb(); /* what the receiver will read is visible before the interrupt */
	sysreg_write(ICC_SGI1R, (uint64_t)intid << 24 | cpus);
	isb();
}
static inline void gic_send_sgi(unsigned intid, unsigned cpu) { gic_send_sgi_set(intid, (uint16_t)(1U << cpu)); }
static inline void gic_send_sgi_others(unsigned intid)
{
	dsb(); /* as above */
	sysreg_write(ICC_SGI1R, UINT64_C(1) << 40 | (uint64_t)intid << 24);
	isb();
}

static inline unsigned gic_acknowledge(void)
{
	unsigned intid = (unsigned)sysreg_read(ICC_IAR1) & 0xffffff;

	dsb(); /* acknowledged before the handler touches the device */
	return intid;
}

static inline void gic_end(unsigned intid)
{
	sysreg_write(ICC_EOIR1, intid);
	isb();
}

static inline void gic_deactivate(unsigned intid)
{
	sysreg_write(ICC_DIR, intid);
	isb();
}

static inline unsigned gic_running_priority(void) { return (unsigned)sysreg_read(ICC_RPR) & 0xff; }

/* Distributor on, all SPIs group 1, disabled, edge, priority 0xa0. Once, on the boot CPU. */
void gic_init(void);
/* This CPU's redistributor awake, its SGIs and PPIs group 1, disabled, priority 0xa0; interface on, PMR 0xff, EOImode
 * 0. */
void gic_init_cpu(void);
void gic_set_eoimode(bool separate);
void gic_set_edge(unsigned intid, bool edge);

typedef void (*gic_handler)(unsigned intid, uint64_t stamp);

/* Sets what gic_dispatch calls for intid, on every CPU; priority; then enables it (a PPI or SGI on this CPU). */
void gic_attach(unsigned intid, uint8_t priority, gic_handler handler);
/*
 * The usual IRQ hook: acknowledges, calls the handler with interrupts masked, ends, and runs the tasks that it
 * activated (task.h). EOImode 0.
 */
void gic_dispatch(struct exception_frame *frame);

#endif
