/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors of a VM that has them (takt,pmu): they count what the guest does, and not what EL2 and a
 * device model do for it; their interrupt is a level.
 */
#include "tests/guest/pmu.h"
#include "tests/guest/helper.h"

#define LOOPS 1000U
#define READS 100U
#define IN_A_LOOP_MAX 8U /* instructions: of a read, its loop and what -icount rounds */

static unsigned taken;
static bool active_inside;

static uint32_t instructions(void)
{
	isb();
	return (uint32_t)sysreg_read(pmevcntr0_el0);
}

static void count_instructions(void)
{
	sysreg_write(pmevtyper0_el0, PMU_EVENT_INST_RETIRED);
	sysreg_write(pmevcntr0_el0, 0);
	sysreg_write(pmccntr_el0, 0);
	sysreg_write(pmcntenset_el0, PMU_CYCLES | 1);
	isb();
}

static void spin(unsigned loops)
{
	for (unsigned i = 0; i < loops; i++)
		__asm__ volatile("nop");
}

static void check_counts(void)
{
	uint32_t before = instructions();
	uint64_t cycles = sysreg_read(pmccntr_el0);

	spin(LOOPS);
	uint32_t after = instructions();
	tap_ok(after - before >= 3 * LOOPS && after - before <= 6 * LOOPS, "instructions are counted");
	tap_ok(sysreg_read(pmccntr_el0) - cycles >= LOOPS, "and cycles");
	sysreg_write(pmcntenclr_el0, PMU_CYCLES);
	isb();
	cycles = sysreg_read(pmccntr_el0);
	spin(LOOPS);
	tap_ok(sysreg_read(pmccntr_el0) == cycles, "a counter that is disabled stands still");
	sysreg_write(pmcntenset_el0, PMU_CYCLES);
	isb();
}

/* Reads that EL2 or the model answers: hundreds of instructions each, and not the guest's. */
static void check_filter(void)
{
	uint32_t before = instructions();

	for (unsigned i = 0; i < READS; i++)
		(void)mmio_read32(GICD_BASE + GICD_TYPER);
	uint32_t after = instructions();
	tap_ok(after - before <= READS * IN_A_LOOP_MAX, "what EL2 does for the guest is not counted");
	before = instructions();
	for (unsigned i = 0; i < READS; i++)
		(void)mmio_read32(PL011_BASE + PL011_FR);
	after = instructions();
	tap_ok(after - before <= READS * IN_A_LOOP_MAX, "nor what its device model does");
}

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	taken++;
	active_inside = intid == PMU_INTID && gic_is_active(PMU_INTID);
	sysreg_write(pmovsclr_el0, UINT32_MAX);
	isb();
	gic_end(intid);
}

/* Counter 1 overflows with its next increment. */
static void prepare_overflow(void)
{
	sysreg_write(pmevtyper1_el0, PMU_EVENT_SW_INCR);
	sysreg_write(pmevcntr1_el0, UINT32_MAX);
	isb();
}

static void increment(void)
{
	sysreg_write(pmswinc_el0, 2);
	isb();
}

static void check_level(void)
{
	sysreg_write(pmcntenset_el0, 2);
	prepare_overflow();
	increment();
	tap_equal(sysreg_read(pmovsset_el0) & 2, 2, "an overflow is noted");
	tap_ok(!gic_is_pending(PMU_INTID), "without interrupt, while that is not enabled");
	sysreg_write(pmintenset_el1, 2);
	isb();
	tap_ok(gic_is_pending(PMU_INTID), "enabled: it is pending");
	gic_clear_pending(PMU_INTID);
	tap_ok(gic_is_pending(PMU_INTID), "clearing does not change that");
	sysreg_write(pmintenclr_el1, 2);
	isb();
	tap_ok(!gic_is_pending(PMU_INTID), "disabled: it is not");
	sysreg_write(pmintenset_el1, 2);
	isb();
	tap_ok(gic_is_pending(PMU_INTID), "and is again");
	sysreg_write(pmovsclr_el0, 2);
	isb();
	tap_ok(!gic_is_pending(PMU_INTID), "what is cleared is not pending");
}

static void check_interrupts(void)
{
	taken = 0;
	gic_set_priority(PMU_INTID, 0x80);
	gic_enable(PMU_INTID);
	for (unsigned i = 0; i < READS; i++) {
		prepare_overflow();
		increment();
		test_take_interrupts();
	}
	tap_equal(taken, READS, "each overflow is one interrupt");
	tap_ok(active_inside, "it is active in its handler");
	tap_ok(!gic_is_active(PMU_INTID) && !gic_is_pending(PMU_INTID), "and nothing after it");
}

/* In the middle of what is counted; the emulator has a cycle in every nanosecond. */
static void check_sampling(void)
{
	taken = 0;
	sysreg_write(pmintenset_el1, PMU_CYCLES);
	sysreg_write(pmccntr_el0, UINT64_MAX - 20000);
	isb();
	irq_enable();
	timer_delay_ns(5000);
	tap_equal(taken, 0, "no interrupt before the cycles are full");
	timer_delay_ns(100000);
	irq_disable();
	tap_equal(taken, 1, "one when they are");
	gic_disable(PMU_INTID);
}

void guest_main(void)
{
	test_start();
	exception_hook_irq(on_irq);
	tap_ok(pmu_is_there(), "there are monitors");
	tap_ok(pmu_counter_count() >= 2, "with event counters");
	pmu_start();
	count_instructions();
	check_counts();
	check_filter();
	check_level();
	check_interrupts();
	check_sampling();
	tap_end();
}
