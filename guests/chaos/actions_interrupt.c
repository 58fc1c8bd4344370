/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller and the timers, and sleep. */
#include "guests/chaos/chaos.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/timer.h"

#define A64_STR_W 0xb9000000U /* Wt, [Xn] */
#define STORM_MAX 16U
#define KEY_SGI1R SYSTEM_KEY(3U, 0U, 12U, 11U, 5U)
#define KEY_CNTV_TVAL SYSTEM_KEY(3U, 3U, 14U, 3U, 0U)
#define KEY_CNTV_CTL SYSTEM_KEY(3U, 3U, 14U, 3U, 1U)
#define KEY_CNTP_TVAL SYSTEM_KEY(3U, 3U, 14U, 2U, 0U)
#define KEY_CNTP_CTL SYSTEM_KEY(3U, 3U, 14U, 2U, 1U)
#define PPI_BIT(intid) (UINT32_C(1) << (intid))

static void clear_way(unsigned cpu)
{
	uintptr_t frame = gic_redistributor(cpu);

	mmio_write32(frame + GICR_WAKER, 0);
	frame += GICR_SGI_OFFSET;
	mmio_write32(frame + GICD_ICACTIVER, PPI_BIT(TIMER_VIRTUAL_INTID));
	mmio_write32(frame + GICD_IGROUPR, (uint32_t)counter_read() | PPI_BIT(TIMER_VIRTUAL_INTID));
	mmio_write8(frame + GICD_IPRIORITYR + TIMER_VIRTUAL_INTID, 0);
	mmio_write32(frame + GICD_ISENABLER, PPI_BIT(TIMER_VIRTUAL_INTID));
}

void chaos_clear_ways(void)
{
	for (unsigned cpu = 0; cpu < chaos_cpu_count; cpu++)
		clear_way(cpu);
	mmio_write32(GICD_BASE, GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
}

void chaos_alarm(uint64_t ticks)
{
	chaos_clear_ways();
	sysreg_write(ICC_AP1R0, 0); /* no interrupt runs */
	sysreg_write(ICC_AP0R0, 0);
	isb();
	sysreg_write(ICC_PMR, 0xff);
	sysreg_write(ICC_CTLR, 0);
	sysreg_write(ICC_IGRPEN1, 1);
	sysreg_write(ICC_IGRPEN0, 1);
	timer_arm_virtual(counter_read() + ticks);
}

/* Interrupts are open for a few instructions, in which what is pending comes. */
static void run_open(struct chaos_cpu *cpu)
{
	for (unsigned i = 0; i < 3; i++)
		block_emit(cpu, A64_NOP);
	block_run_in(cpu, SPSR_EL1H | SPSR_DEBUG | SPSR_SERROR);
}

/* Registers of bitmaps from IGROUPR to ICACTIVER, priorities, configuration and routes, of any interrupt. */
void action_interrupts(struct chaos_cpu *cpu)
{
	static const uint16_t bitmaps[] = {GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR, GICD_ISPENDR,
					   GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER, GICD_ICFGR,   GICD_IPRIORITYR};
	unsigned target = (unsigned)chaos_below(cpu, chaos_cpu_count);
	uint64_t reg = bitmaps[chaos_below(cpu, sizeof(bitmaps) / sizeof(bitmaps[0]))];

	block_begin(cpu);
	for (uint32_t i = 0; i < 3; i++) {
		bool is_private = chaos_one_in(cpu, 2);
		uint64_t base = is_private ? gic_redistributor(target) + GICR_SGI_OFFSET : GICD_BASE;

		cpu->x[i] = chaos_value(cpu);
		cpu->x[4 + i] = base + reg + (is_private ? 0 : 4 * chaos_below(cpu, 10));
		if (chaos_one_in(cpu, 8))
			cpu->x[4 + i] = GICD_BASE + GICD_IROUTER + 8 * chaos_below(cpu, 300);
		block_emit(cpu, A64_STR_W | (4 + i) << 5 | i);
	}
	run_open(cpu);
}

/* SGIs to itself and its siblings, as many as a block holds. */
void action_storm(struct chaos_cpu *cpu)
{
	uint64_t count = 1 + chaos_below(cpu, STORM_MAX);

	block_begin(cpu);
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t sgi = chaos_below(cpu, 16) << 24;

		cpu->x[i] = sgi | (chaos_one_in(cpu, 2) ? 1U << cpu->index : chaos_below(cpu, 256));
		if (chaos_one_in(cpu, 8))
			cpu->x[i] = sgi | UINT64_C(1) << 40;
		if (chaos_one_in(cpu, 8))
			cpu->x[i] = chaos_value(cpu);
	}
	sysreg_write(ICC_IGRPEN1, 1);
	for (uint64_t i = 0; i < count; i++)
		block_system(cpu, KEY_SGI1R, false, (uint32_t)(i & 3));
	if (chaos_one_in(cpu, 4))
		block_run(cpu);
	else
		run_open(cpu);
}

/* Both timers: past, now, soon, never; masked or not. */
void action_timers(struct chaos_cpu *cpu)
{
	block_begin(cpu);
	cpu->x[0] = chaos_below(cpu, 4);
	cpu->x[1] = chaos_one_in(cpu, 4) ? chaos_value(cpu) : chaos_below(cpu, 4000) - 1000;
	cpu->x[2] = chaos_below(cpu, 4);
	cpu->x[3] = chaos_one_in(cpu, 4) ? chaos_value(cpu) : chaos_below(cpu, 4000) - 1000;
	block_system(cpu, KEY_CNTV_TVAL, false, 1);
	block_system(cpu, KEY_CNTV_CTL, false, 0);
	block_system(cpu, KEY_CNTP_TVAL, false, 3);
	block_system(cpu, KEY_CNTP_CTL, false, 2);
	block_emit(cpu, A64_ISB);
	run_open(cpu);
}

/* WFI, interrupts masked or not: the alarm ends it, or anything before. */
void action_sleep(struct chaos_cpu *cpu)
{
	block_begin(cpu);
	block_emit(cpu, 0xd503207fU); /* WFI */
	chaos_alarm(chaos_below(cpu, 20000));
	if (chaos_one_in(cpu, 2))
		block_run(cpu);
	else
		run_open(cpu);
}
