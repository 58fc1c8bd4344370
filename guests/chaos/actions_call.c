/* SPDX-License-Identifier: Apache-2.0 */
/* Calls by HVC and SMC: every range of functions, any arguments, other immediates; and PSCI between siblings. */
#include "guests/chaos/chaos.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/smccc.h"

#define A64_HVC 0xd4000002U
#define A64_SMC 0xd4000003U
#define PSCI_SYSTEM_RESET2_32 0x84000012U
#define PSCI_SYSTEM_RESET2_64 0xc4000012U
#define SUSPEND_ALARM 20000U

static const uint32_t known[] = {
	PSCI_VERSION,          PSCI_CPU_SUSPEND_32,   PSCI_CPU_SUSPEND_64,   PSCI_CPU_ON_32,
	PSCI_CPU_ON_64,        PSCI_AFFINITY_INFO_32, PSCI_AFFINITY_INFO_64, PSCI_MIGRATE_INFO_TYPE,
	PSCI_FEATURES,         TRNG_VERSION,          TRNG_FEATURES,         TRNG_GET_UUID,
	TRNG_RND_32,           TRNG_RND_64,           SMCCC_VERSION,         SMCCC_ARCH_FEATURES,
	VENDOR_HYP_CALL_COUNT, VENDOR_HYP_CALL_UID,   VENDOR_HYP_REVISION,   TAKT_VERSION,
	TAKT_EXIT_STATS,       TAKT_VM_COMMAND + 1,   TAKT_VM_INFO,          TAKT_VM_COMMAND,
	PSCI_SYSTEM_OFF,       PSCI_SYSTEM_RESET,     PSCI_CPU_OFF,
};

/* Fast or yielding, 32 or 64 bits, any owner, a low number or any. */
static uint32_t any_function(struct chaos_cpu *cpu)
{
	uint32_t number = (uint32_t)chaos_below(cpu, chaos_one_in(cpu, 2) ? 0x20 : 0x10000);
	uint32_t owner = (uint32_t)chaos_below(cpu, chaos_one_in(cpu, 2) ? 8 : 64);

	if (chaos_one_in(cpu, 2))
		return known[chaos_below(cpu, sizeof(known) / sizeof(known[0]))];
	if (chaos_one_in(cpu, 8))
		return (uint32_t)random_next(&cpu->random);
	return (uint32_t)chaos_below(cpu, 4) << 30 | owner << 24 | number;
}

/* What would end this VM, or turn this CPU off for good. */
static bool is_an_end(uint32_t function)
{
	return function == PSCI_SYSTEM_OFF || function == PSCI_SYSTEM_RESET || function == PSCI_CPU_OFF ||
	       function == PSCI_SYSTEM_RESET2_32 || function == PSCI_SYSTEM_RESET2_64;
}

/* A CPU that starts, or wakes, does so at a place where it can go on; other places must be refused. */
static uint64_t entry_for(uint64_t wanted)
{
	bool is_ram = (uint32_t)wanted >= CHAOS_RAM && (uint32_t)wanted < CHAOS_RAM_END && wanted % 4 == 0;

	return is_ram ? (uintptr_t)chaos_start_secondary : wanted;
}

void action_call(struct chaos_cpu *cpu)
{
	uint32_t function = any_function(cpu);
	uint32_t imm = chaos_one_in(cpu, 4) ? (uint32_t)chaos_below(cpu, 0x10000) : 0;

	block_begin(cpu);
	for (unsigned i = 1; i < 18; i++)
		cpu->x[i] = chaos_value(cpu);
	if (imm == 0 && is_an_end(function))
		function = PSCI_VERSION;
	if (chaos_one_in(cpu, 2))
		cpu->x[1] = chaos_below(cpu, 10);
	cpu->x[2] = chaos_one_in(cpu, 4) ? (uintptr_t)chaos_start_secondary : entry_for(cpu->x[2]);
	cpu->x[0] = (random_next(&cpu->random) << 32) | function;
	block_emit(cpu, (chaos_one_in(cpu, 2) ? A64_HVC : A64_SMC) | imm << 5);
	if (function == PSCI_CPU_SUSPEND_32 || function == PSCI_CPU_SUSPEND_64)
		chaos_alarm(chaos_below(cpu, SUSPEND_ALARM));
	if (chaos_one_in(cpu, 16))
		block_run_in(cpu, SPSR_EL0 | SPSR_MASKED);
	else
		block_run(cpu);
}

/* Siblings on and off, and those that do not exist. vCPU 0 stays on: the last to go takes the VM with it. */
void action_power(struct chaos_cpu *cpu)
{
	uint64_t target = chaos_below(cpu, chaos_cpu_count + 1);

	if (cpu->index != 0 && chaos_one_in(cpu, 4)) {
		cpu->done++; /* this action has no other end */
		chaos_clear_ways();
		smccc_hvc(PSCI_CPU_OFF, 0, 0, 0);
		return;
	}
	block_begin(cpu);
	cpu->x[0] = chaos_one_in(cpu, 2) ? PSCI_CPU_ON_64 : PSCI_CPU_ON_32;
	cpu->x[1] = chaos_one_in(cpu, 4) ? chaos_value(cpu) : target;
	cpu->x[2] = chaos_one_in(cpu, 4) ? entry_for(chaos_value(cpu)) : (uintptr_t)chaos_start_secondary;
	block_emit(cpu, A64_HVC);
	cpu->x[4] = PSCI_AFFINITY_INFO_64;
	block_emit(cpu, 0xaa0403e0U); /* MOV X0, X4 */
	block_emit(cpu, A64_SMC);
	block_run(cpu);
}
