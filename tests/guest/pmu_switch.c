/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors of each CPU are its own while others run: values and events stay, each increment counts for
 * the CPU that made it, the instructions of another are not counted, and each overflow interrupts the CPU whose it is.
 */
#include "tests/guest/pmu.h"
#include "tests/guest/helper.h"

#define ROUNDS 2000U
#define ROUND_INSTRUCTIONS_MAX 400U /* of one that sleeps, with two interrupts and their handlers */
#define PAUSE_NS 20000U             /* of a round */
#define INCREMENTS_TO_OVERFLOW 16U
#define EVENT_UNUSED 0x11U /* cycles; the counter stands */

static struct {
	uint32_t wrong;
	uint32_t taken;
	uint32_t increments;
	uint32_t instructions;
} cpus[RUNTIME_CPU_MAX];

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == TIMER_VIRTUAL_INTID) {
		timer_disarm_virtual();
		gic_end(intid);
	}
	if (intid != PMU_INTID)
		return;
	cpus[cpu_index()].taken++;
	sysreg_write(pmovsclr_el0, 2);
	sysreg_write(pmevcntr1_el0, UINT32_MAX - (INCREMENTS_TO_OVERFLOW - 1));
	isb();
	gic_end(intid);
}

static void prepare(uint32_t value, unsigned cpu)
{
	pmu_start();
	sysreg_write(pmevtyper0_el0, PMU_EVENT_INST_RETIRED);
	sysreg_write(pmevtyper1_el0, PMU_EVENT_SW_INCR);
	sysreg_write(pmevtyper2_el0, EVENT_UNUSED);
	sysreg_write(pmevcntr0_el0, 0);
	sysreg_write(pmevcntr1_el0, UINT32_MAX - (INCREMENTS_TO_OVERFLOW - 1));
	sysreg_write(pmevcntr2_el0, value);
	sysreg_write(pmccntr_el0, (uint64_t)value << 20);
	sysreg_write(pmselr_el0, cpu & 1);
	sysreg_write(pmuserenr_el0, 8 | (cpu & 1));
	sysreg_write(pmintenset_el1, 2);
	sysreg_write(pmcntenset_el0, 3);
	isb();
	gic_set_priority(PMU_INTID, 0x80);
	gic_enable(PMU_INTID);
	gic_enable(TIMER_VIRTUAL_INTID);
}

static bool is_kept(uint32_t value, unsigned cpu)
{
	return sysreg_read(pmevtyper1_el0) == PMU_EVENT_SW_INCR && sysreg_read(pmevtyper2_el0) == EVENT_UNUSED &&
	       sysreg_read(pmevcntr2_el0) == value && sysreg_read(pmccntr_el0) == (uint64_t)value << 20 &&
	       sysreg_read(pmselr_el0) == (cpu & 1) && sysreg_read(pmuserenr_el0) == (8 | (cpu & 1)) &&
	       sysreg_read(pmintenset_el1) == 2 && sysreg_read(pmcntenset_el0) == 3;
}

static void take_interrupts(void)
{
	irq_enable();
	isb();
	irq_disable();
}

/* The others run meanwhile. */
static void sleep(void)
{
	take_interrupts();
	timer_arm_virtual(counter_read() + ticks_from_ns(PAUSE_NS));
	wfi();
	take_interrupts();
}

/*
 * The others run when they take the CPU, while an interrupt of this one may wait, and with it its cause. The
 * instructions are not counted.
 */
static void spin(unsigned cpu)
{
	bool is_full = cpus[cpu].increments % INCREMENTS_TO_OVERFLOW == 0;

	sysreg_write(pmcntenclr_el0, 1);
	timer_delay_ns(PAUSE_NS);
	sysreg_write(pmcntenset_el0, 1);
	cpus[cpu].wrong += sysreg_read(pmovsset_el0) != (is_full ? 2 : 0);
	take_interrupts();
}

static void run(unsigned cpu)
{
	uint32_t value = (uint32_t)(counter_read() & 0xffffff) << 8 | (cpu + 1);

	if (cpu != 0)
		test_start_secondary();
	prepare(value, cpu);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		sysreg_write(pmswinc_el0, 2);
		isb();
		cpus[cpu].increments++;
		cpus[cpu].wrong += !is_kept(value, cpu);
		if ((round & 32) != 0)
			sleep();
		else
			spin(cpu);
	}
	cpus[cpu].instructions = (uint32_t)sysreg_read(pmevcntr0_el0);
	gic_disable(PMU_INTID);
}

static void report(unsigned cpu)
{
	tap_equal(cpus[cpu].wrong, 0, "the monitors keep what was written");
	tap_equal(cpus[cpu].taken, cpus[cpu].increments / INCREMENTS_TO_OVERFLOW,
		  "as many interrupts as the increments of this CPU have overflows");
	if (tap_on_takt())
		tap_ok(cpus[cpu].instructions >= ROUNDS && cpus[cpu].instructions <= ROUNDS * ROUND_INSTRUCTIONS_MAX,
		       "the instructions are this CPU's");
	else
		tap_skip("the instructions", "QEMU counts those of all its CPUs");
}

void guest_main(void)
{
	test_start();
	exception_hook_irq(on_irq);
	test_run_on_all(run, report);
	tap_end();
}
