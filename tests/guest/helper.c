/* SPDX-License-Identifier: Apache-2.0 */
/* Set-up, bounded waits and the interrupt recorder of the test guests. */
#include "tests/guest/helper.h"

#define CNTKCTL_EVENT_STREAM (1U << 2 | 9U << 4) /* an event at each change of counter bit 9 to 1 */
#define CNTKCTL_EL0_ACCESS 3U

struct record recorded;

void test_start_secondary(void)
{
	sysreg_write(cntkctl_el1, CNTKCTL_EVENT_STREAM | CNTKCTL_EL0_ACCESS);
	timer_disarm_virtual();
	timer_disarm_physical();
	gic_init_cpu();
}

void test_start(void)
{
	runtime_enable_mmu();
	gic_init();
	test_start_secondary();
}

unsigned test_cpu_count(void)
{
	unsigned cpu = 0;

	while (cpu + 1 < RUNTIME_CPU_MAX && (mmio_read64(gic_redistributor(cpu) + GICR_TYPER) >> 4 & 1) == 0)
		cpu++;
	return cpu + 1;
}

bool test_wait(const volatile uint32_t *word, uint32_t value)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * WAIT_MS);

	while (*word != value && counter_read() < end)
		wfe();
	return *word == value;
}

void test_sleep_until(uint64_t when)
{
	timer_arm_virtual(when);
	while (counter_read() < when) {
		wfi();
		irq_enable();
		isb();
		irq_disable();
	}
}

void test_take_interrupts(void)
{
	irq_enable();
	timer_delay_ns(200000);
	irq_disable();
}

static struct {
	void (*run)(unsigned cpu);
	volatile uint32_t returned[RUNTIME_CPU_MAX];
} all;

static void run_one(void *argument)
{
	unsigned cpu = cpu_index();

	(void)argument;
	all.run(cpu);
	dsb(); /* what run has left comes before the word that test_wait reads */
	all.returned[cpu] = 1;
	dsb(); /* the word before the event */
	sev();
}

void test_run_on_all(void (*run)(unsigned cpu), void (*report)(unsigned cpu))
{
	unsigned count = test_cpu_count();

	all.run = run;
	for (unsigned cpu = 1; cpu < count; cpu++)
		tap_equal((uint64_t)runtime_start_cpu(cpu, run_one, NULL), PSCI_SUCCESS, "another CPU starts");
	run_one(NULL);
	for (unsigned cpu = 1; cpu < count; cpu++)
		tap_ok(test_wait(&all.returned[cpu], 1), "another CPU has done its part");
	for (unsigned cpu = 0; cpu < count; cpu++)
		report(cpu);
}

static void stop_timers(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	timer_disarm_virtual();
	timer_disarm_physical();
}

void test_attach_timers(void)
{
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, stop_timers);
	gic_attach(TIMER_PHYSICAL_INTID, 0x60, stop_timers);
}

bool test_is_virtual_due(void) { return (sysreg_read(cntv_ctl_el0) & TIMER_CTL_ISTATUS) != 0; }

void test_end_timers(void)
{
	irq_enable();
	isb();
	irq_disable();
	stop_timers(0, 0);
}

static void record(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	if (recorded.count < RECORD_MAX)
		recorded.intids[recorded.count] = intid;
	recorded.count++;
	gic_end(intid);
}

void record_start(void)
{
	recorded.count = 0;
	exception_hook_irq(record);
}

unsigned record_count_of(unsigned intid)
{
	unsigned count = 0;

	for (unsigned i = 0; i < recorded.count && i < RECORD_MAX; i++)
		count += recorded.intids[i] == intid;
	return count;
}

void test_prepare(unsigned intid, uint8_t priority)
{
	gic_disable(intid);
	if (intid >= 16)
		gic_set_edge(intid, true);
	if (intid >= 32)
		gic_route(intid, cpu_index());
	gic_clear_pending(intid);
	gic_clear_active(intid);
	gic_set_priority(intid, priority);
	gic_enable(intid);
}
