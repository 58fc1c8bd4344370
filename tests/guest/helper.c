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

void test_take_interrupts(void)
{
	irq_enable();
	timer_delay_ns(200000);
	irq_disable();
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
