/* SPDX-License-Identifier: Apache-2.0 */
/* The VM that tests/guest/manager.c commands: it counts its lives, and beats on all its vCPUs, by turns at work and
 * asleep. */
#include "tests/guest/managed.h"
#include "tests/guest/helper.h"

#define WORK 1000U
#define SLEEP_NS 50000U

static void beat(void *argument)
{
	unsigned cpu = cpu_index();
	(void)argument;
	if (cpu != 0)
		test_start_secondary();
	gic_enable(TIMER_VIRTUAL_INTID);
	for (;;) {
		for (unsigned i = 0; i < WORK; i++)
			managed()->beats[cpu]++;
		timer_arm_virtual(counter_read() + ticks_from_ns(SLEEP_NS));
		while (!test_is_virtual_due())
			wfi(); /* masked: the pending timer ends it, and is not taken */
		timer_disarm_virtual();
	}
}

void guest_main(void)
{
	test_start();
	managed()->info = smccc_hvc(TAKT_VM_INFO, 0, 0, 0).x0;
	managed()->command = smccc_hvc(TAKT_VM_COMMAND, 0, TAKT_VM_STOP, 0).x0;
	managed()->cpus = test_cpu_count();
	managed()->lives++;
	for (unsigned cpu = 1; cpu < test_cpu_count(); cpu++)
		(void)runtime_start_cpu(cpu, beat, NULL);
	beat(NULL);
}
