/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neighbour on vcpus=N vCPUs, for others to measure beside it. With do=sleep each waits for a timer that is far away,
 * with do=spin each never waits, with do=call it asks EL2 for nothing much all the time besides; else each does at
 * random, for ever, what costs a hypervisor something: timers, WFI, WFE, hypercalls, accesses to the interrupt
 * controller and to the UART's model, SGIs to one or all of the others, and computing in between.
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/mmio.h"
#include "guests/runtime/print.h"
#include "guests/runtime/random.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/timer.h"

#define SGI 1U
#define FAR_SECONDS 1000U
#define TIMER_LOW_NS 5000U
#define TIMER_HIGH_NS 400000U
#define COMPUTE_LOW_NS 500U
#define COMPUTE_HIGH_NS 20000U
#define SPI_UNUSED 64U
#define PL011_FR 0x18U

enum action { SLEEP, COMPUTE, CALL, CONTROLLER_READ, CONTROLLER_WRITE, MODEL, SGI_ONE, SGI_ALL, YIELD, ACTION_COUNT };

static unsigned vcpus;

static void on_timer(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	timer_disarm_virtual();
}

static void on_sgi(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
}

static void act(uint64_t *random)
{
	switch ((enum action)random_between(random, 0, ACTION_COUNT - 1)) {
	case SLEEP:
		timer_arm_virtual(counter_read() + ticks_from_ns(random_between(random, TIMER_LOW_NS, TIMER_HIGH_NS)));
		wfi();
		break;
	case COMPUTE:
		timer_delay_ns(random_between(random, COMPUTE_LOW_NS, COMPUTE_HIGH_NS));
		break;
	case CALL:
		smccc_hvc(PSCI_VERSION, 0, 0, 0);
		break;
	case CONTROLLER_READ:
		(void)mmio_read32(GICD_BASE + GICD_TYPER);
		break;
	case CONTROLLER_WRITE:
		gic_write_word(GICD_ICPENDR, SPI_UNUSED, 0xffffffffU);
		break;
	case MODEL:
		(void)mmio_read32(PL011_BASE + PL011_FR);
		break;
	case SGI_ONE:
		gic_send_sgi(SGI, (unsigned)random_between(random, 0, vcpus - 1));
		break;
	case SGI_ALL:
		gic_send_sgi_others(SGI);
		break;
	case YIELD:
		wfe();
		break;
	case ACTION_COUNT:
		break;
	}
}

static void sleep_for_long(void)
{
	timer_arm_virtual(counter_read() + FAR_SECONDS * counter_hz());
	for (;;)
		wfi();
}

static void live(void *argument)
{
	uint64_t random = UINT64_C(0x3c6ef372fe94f82b) * (bootargs_number("seed", 1) * vcpus + cpu_index() + 1);

	(void)argument;
	gic_init_cpu();
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_timer);
	gic_attach(SGI, 0x90, on_sgi);
	if (bootargs_is("do", "sleep"))
		sleep_for_long();
	while (bootargs_is("do", "spin"))
		;
	while (bootargs_is("do", "call"))
		smccc_hvc(PSCI_VERSION, 0, 0, 0);
	irq_enable();
	for (;;)
		act(&random);
}

void guest_main(void)
{
	vcpus = (unsigned)bootargs_number("vcpus", 1);
	runtime_enable_mmu();
	gic_init();
	for (unsigned cpu = 1; cpu < vcpus; cpu++) {
		if (runtime_start_cpu(cpu, live, NULL) != 0)
			print("crowd: vCPU %u does not start\n", cpu);
	}
	live(NULL);
}
