/* SPDX-License-Identifier: Apache-2.0 */
/* Set-up of the GICv3 and dispatch of its interrupts. */
#include "guests/runtime/gic.h"

#include <stddef.h>

#include "guests/runtime/task.h"

#define WAKER_PROCESSOR_SLEEP (1U << 1)
#define WAKER_CHILDREN_ASLEEP (1U << 2)
#define PRIORITY_DEFAULT_WORD 0xa0a0a0a0U
#define ALL 0xffffffffU

static gic_handler handlers[GIC_INTID_MAX];

static void wait_for_writes(uintptr_t ctlr, uint32_t busy)
{
	while ((mmio_read32(ctlr) & busy) != 0)
		;
}

/* The 32 interrupts from first on: group 1, disabled, nothing pending or active, one priority. */
static void reset_word(unsigned first)
{
	gic_write_word(GICD_ICENABLER, first, ALL);
	gic_write_word(GICD_ICPENDR, first, ALL);
	gic_write_word(GICD_ICACTIVER, first, ALL);
	gic_write_word(GICD_IGROUPR, first, ALL);
	for (unsigned i = first; i < first + 32; i += 4)
		mmio_write32(gic_frame(first) + GICD_IPRIORITYR + i, PRIORITY_DEFAULT_WORD);
}

void gic_init(void)
{
	uint32_t words = (mmio_read32(GICD_BASE + GICD_TYPER) & 0x1f) + 1;

	mmio_write32(GICD_BASE + GICD_CTLR, 0);
	wait_for_writes(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE);
	for (unsigned word = 1; word < words; word++) {
		reset_word(32 * word);
		mmio_write32(GICD_BASE + GICD_ICFGR + 8 * word, 0xaaaaaaaaU);
		mmio_write32(GICD_BASE + GICD_ICFGR + 8 * word + 4, 0xaaaaaaaaU);
	}
	wait_for_writes(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
	mmio_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	wait_for_writes(GICD_BASE + GICD_CTLR, GICD_CTLR_RWP);
}

void gic_init_cpu(void)
{
	uintptr_t redistributor = gic_redistributor(cpu_index());
	uint32_t waker = mmio_read32(redistributor + GICR_WAKER);

	mmio_write32(redistributor + GICR_WAKER, waker & ~WAKER_PROCESSOR_SLEEP);
	while ((mmio_read32(redistributor + GICR_WAKER) & WAKER_CHILDREN_ASLEEP) != 0)
		;
	reset_word(0);
	wait_for_writes(redistributor + GICR_CTLR, 1U << 3);
	sysreg_write(ICC_SRE, 7);
	isb();
	sysreg_write(ICC_PMR, 0xff);
	sysreg_write(ICC_BPR1, 0);
	sysreg_write(ICC_CTLR, 0);
	sysreg_write(ICC_IGRPEN1, 1);
	isb();
}

void gic_set_eoimode(bool separate)
{
	sysreg_write(ICC_CTLR, separate ? ICC_CTLR_EOIMODE : 0);
	isb();
}

void gic_set_edge(unsigned intid, bool edge)
{
	uintptr_t reg = gic_frame(intid) + GICD_ICFGR + 4 * (intid / 16);
	uint32_t bit = 2U << (2 * (intid % 16));
	uint32_t word = mmio_read32(reg);

	mmio_write32(reg, edge ? word | bit : word & ~bit);
}

void gic_attach(unsigned intid, uint8_t priority, gic_handler handler)
{
	handlers[intid] = handler;
	gic_set_priority(intid, priority);
	gic_enable(intid);
}

void gic_dispatch(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	if (intid >= GIC_INTID_MAX)
		return;
	if (handlers[intid] != NULL)
		handlers[intid](intid, exception_stamp(frame));
	gic_end(intid);
	task_run();
}
