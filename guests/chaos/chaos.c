/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chaos: the loop of each vCPU, what is done about interrupts, the report and the end. See chaos.h. Arguments
 * (bootargs):
 *
 *   seed=N actions=N   of the VM, shared by its vCPUs
 *   stream=N           another sequence of the same seed
 *   start=all          the siblings begin with vCPU 0, else when an action switches them on
 *   end=off            SYSTEM_OFF (the default)
 *   end=cpus           every vCPU goes off by CPU_OFF
 *   end=nowhere        vectors where there is no memory, and an exception: EL2 stops it with a record
 *   end=loop           an endless loop at EL1 with everything masked
 *   end=storm          a timer interrupt that is never served, for ever
 */
#include "guests/chaos/chaos.h"
#include "guests/runtime/bootargs.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/timer.h"

#define UART_INTID 33U
#define UART_IMSC 0x38U
#define NOWHERE 0xf0000000UL
#define WAIT_SECONDS 20U
#define ALARM_TICKS 50000U
#define PAGE_WORDS 1024U
#define STREAM_SHIFT 32U

struct chaos_cpu chaos_cpus[RUNTIME_CPU_MAX];
unsigned chaos_cpu_count;

static uint32_t code_pages[RUNTIME_CPU_MAX][PAGE_WORDS] __attribute__((aligned(4096)));

extern const char chaos_vectors[];
_Noreturn void chaos_secondary_main(void);
_Noreturn void chaos_lost(uint64_t slot, uint64_t esr, uint64_t far, uint64_t elr);

static void (*const actions[])(struct chaos_cpu *cpu) = {
	action_sysreg,     action_sysreg,     action_sysreg, action_sysreg, action_sysreg, action_system,
	action_system,     action_pstate,     action_access, action_access, action_access, action_access,
	action_access,     action_access,     action_words,  action_words,  action_words,  action_words_el0,
	action_call,       action_call,       action_call,   action_call,   action_power,  action_interrupts,
	action_interrupts, action_interrupts, action_storm,  action_timers, action_sleep,  action_exception,
	action_debug,      action_tables,
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

void chaos_lost(uint64_t slot, uint64_t esr, uint64_t far, uint64_t elr)
{
	console_init();
	print("\nchaos: lost in vector %lu: esr 0x%lx far 0x%lx pc 0x%lx\n", slot, esr, far, elr);
	psci_system_off();
}

/* Acknowledges, silences the source more often than not, and ends it as careless as the rest. */
static void serve_irq(struct chaos_cpu *cpu)
{
	unsigned intid = gic_acknowledge();

	if (intid == TIMER_VIRTUAL_INTID)
		timer_disarm_virtual();
	if (intid == TIMER_PHYSICAL_INTID)
		timer_disarm_physical();
	if (intid == UART_INTID)
		mmio_write32(PL011_BASE + UART_IMSC, 0);
	if (chaos_one_in(cpu, 8))
		return;
	gic_end(intid);
	if (chaos_one_in(cpu, 2))
		gic_deactivate(intid);
}

static void serve_fiq(struct chaos_cpu *cpu)
{
	uint64_t intid = sysreg_read(ICC_IAR0);

	if (!chaos_one_in(cpu, 8))
		sysreg_write(ICC_EOIR0, intid);
}

/* The architecture's answers to the last action. */
static void note(struct chaos_cpu *cpu)
{
	uint64_t what[] = {cpu->slot, cpu->esr, cpu->far, cpu->x[0], cpu->x[1]};

	for (unsigned i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		cpu->digest = (cpu->digest ^ what[i]) * UINT64_C(0x100000001b3);
	cpu->slots[cpu->slot]++;
}

static void run(struct chaos_cpu *cpu)
{
	while (cpu->done < cpu->goal) {
		actions[chaos_below(cpu, ACTION_COUNT)](cpu);
		cpu->done++;
		note(cpu);
		if (cpu->slot % 4 == 1)
			serve_irq(cpu);
		if (cpu->slot % 4 == 2)
			serve_fiq(cpu);
	}
}

void chaos_secondary_main(void)
{
	run(&chaos_cpus[cpu_index()]);
	chaos_clear_ways();
	for (;;)
		smccc_hvc(PSCI_CPU_OFF, 0, 0, 0);
}

/* Sleeps for a moment: nothing but the alarm ends it, so that the siblings get the CPU. */
static void doze(void)
{
	for (unsigned intid = 32; intid < GIC_INTID_MAX; intid += 32)
		gic_write_word(GICD_ICENABLER, intid, UINT32_MAX);
	gic_write_word(GICD_ICENABLER, 0, UINT32_MAX);
	gic_write_word(GICD_ICPENDR, 0, UINT32_MAX); /* an alarm that was set pending by hand */
	chaos_alarm(ALARM_TICKS);
	wfi();
	timer_disarm_virtual();
}

static void switch_on(unsigned sibling) { smccc_hvc(PSCI_CPU_ON_64, sibling, (uintptr_t)chaos_start_secondary, 0); }

/* Siblings that went off before they were done go on; one that has done nothing for WAIT_SECONDS is given up. */
static void wait_for_siblings(void)
{
	for (unsigned i = 1; i < chaos_cpu_count; i++) {
		volatile const uint64_t *done = &chaos_cpus[i].done;
		uint64_t seen = 0;
		uint64_t end = 0;

		while (*done < chaos_cpus[i].goal) {
			if (end == 0 || *done != seen) {
				seen = *done;
				end = counter_read() + WAIT_SECONDS * counter_hz();
			}
			if (counter_read() >= end)
				break;
			switch_on(i);
			doze();
		}
	}
}

static void start(uint64_t seed, uint64_t goal)
{
	while (chaos_cpu_count + 1 < RUNTIME_CPU_MAX &&
	       (mmio_read64(gic_redistributor(chaos_cpu_count) + GICR_TYPER) >> 4 & 1) == 0)
		chaos_cpu_count++;
	chaos_cpu_count++;
	for (unsigned i = 0; i < chaos_cpu_count; i++) {
		struct chaos_cpu *cpu = &chaos_cpus[i];

		cpu->index = i;
		cpu->code = code_pages[i];
		cpu->random = (seed * RUNTIME_CPU_MAX + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		cpu->sysreg_next = (uint32_t)random_next(&cpu->random);
		cpu->system_next = (uint32_t)random_next(&cpu->random);
		cpu->goal = goal * (i + 1) / chaos_cpu_count - goal * i / chaos_cpu_count;
	}
	fence_init();
	sysreg_write(vbar_el1, (uintptr_t)chaos_vectors);
	isb();
}

/* The last line is "chaos: end" when everything was done. */
static void report(uint64_t seed, uint64_t goal)
{
	uint64_t done = 0, digest = 0;
	uint64_t kinds[4] = {0, 0, 0, 0};

	for (unsigned i = 0; i < chaos_cpu_count; i++) {
		done += chaos_cpus[i].done;
		digest = digest * 31 + chaos_cpus[i].digest;
		for (unsigned s = 0; s < 16; s++)
			kinds[s % 4] += chaos_cpus[i].slots[s];
	}
	console_init();
	print("\nchaos: %lu exceptions, %lu irqs, %lu fiqs, %lu serrors on %u vCPUs\n", kinds[0], kinds[1], kinds[2],
	      kinds[3], chaos_cpu_count);
	print("chaos: seed %lu actions %lu digest 0x%lx\n", seed, done, digest);
	print("chaos: %s\n", done == goal ? "end" : "stuck");
	console_drain();
}

/* Nobody is there who would unmask it. */
static _Noreturn void storm(void)
{
	chaos_alarm(0);
	for (;;) {
		timer_arm_virtual(0);
		wfi();
	}
}

static _Noreturn void end(void)
{
	void (*nowhere)(void) = (void (*)(void))NOWHERE;

	if (bootargs_is("end", "cpus"))
		smccc_hvc(PSCI_CPU_OFF, 0, 0, 0);
	if (bootargs_is("end", "nowhere")) {
		sysreg_write(vbar_el1, NOWHERE);
		isb();
		nowhere();
	}
	if (bootargs_is("end", "storm"))
		storm();
	while (bootargs_is("end", "loop"))
		;
	psci_system_off();
}

void guest_main(void)
{
	uint64_t seed = bootargs_number("seed", 1);
	uint64_t goal = bootargs_number("actions", 1000);

	print("chaos: seed %lu, %lu actions\n", seed, goal);
	start(seed + (bootargs_number("stream", 0) << STREAM_SHIFT), goal);
	for (unsigned i = 1; bootargs_is("start", "all") && i < chaos_cpu_count; i++)
		switch_on(i);
	run(&chaos_cpus[0]);
	wait_for_siblings();
	report(seed, goal);
	end();
}
