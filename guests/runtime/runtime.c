/* SPDX-License-Identifier: Apache-2.0 */
/* From the assembly entries to the guest's functions, and the start of secondary CPUs. */
#include "guests/runtime/runtime.h"

#include "guests/runtime/print.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/sysreg.h"

struct start {
	void (*entry)(void *argument);
	void *argument;
};

static struct start starts[RUNTIME_CPU_MAX];
static bool mmu_is_on;
static uintptr_t device_tree;

_Noreturn void runtime_main(uintptr_t tree);
_Noreturn void runtime_secondary_main(void);
extern void guest_start_secondary(void);
extern void mmu_enable(void);

void runtime_enable_mmu(void)
{
	mmu_enable();
	mmu_is_on = true;
}

int64_t runtime_start_cpu(unsigned cpu, void (*entry)(void *argument), void *argument)
{
	if (cpu >= RUNTIME_CPU_MAX)
		return PSCI_INVALID_PARAMETERS;
	starts[cpu] = (struct start){entry, argument};
	dsb(); /* the new CPU reads starts[] after this, from the call on */
	return (int64_t)smccc_hvc(PSCI_CPU_ON_64, cpu, (uintptr_t)guest_start_secondary, mmu_is_on).x0;
}

uintptr_t runtime_device_tree(void) { return device_tree; }

_Noreturn void runtime_main(uintptr_t tree)
{
	device_tree = tree;
	console_init();
	guest_main();
	psci_system_off();
}

_Noreturn void runtime_secondary_main(void)
{
	const struct start *start = &starts[cpu_index()];

	start->entry(start->argument);
	smccc_hvc(PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
