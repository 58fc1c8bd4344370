/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions, debug events and translation tables of this guest's own. Every map that is used keeps the block of RAM
 * where it is, so that the vectors can be fetched:
 *
 *   root --0--> devices          root --0--> anything
 *        --1--> RAM's pages           --1--> RAM, a block
 *        --2..> where nothing is      --2..> anything
 *        the fence                    action_tables
 */
#include "guests/chaos/chaos.h"
#include "guests/runtime/sysreg.h"

#define ENTRIES 512U
#define PAGE UINT64_C(4096)
#define MIB2 UINT64_C(0x200000)
#define GIB UINT64_C(0x40000000)

#define DESC_TABLE UINT64_C(3)
#define DESC_PAGE UINT64_C(3)
#define DESC_BLOCK UINT64_C(1)
#define DESC_DEVICE (UINT64_C(1) << 2)
#define DESC_EL0 (UINT64_C(1) << 6)
#define DESC_READ_ONLY (UINT64_C(1) << 7)
#define DESC_INNER (UINT64_C(3) << 8)
#define DESC_AF (UINT64_C(1) << 10)
#define DESC_UXN (UINT64_C(1) << 54)
#define DESC_BEYOND (UINT64_C(1) << 47) /* an output that this guest has not */
#define DESC_TYPE_MASK UINT64_C(3)
#define DESC_OUTPUT_MASK UINT64_C(0xfffffffff000)

#define A64_BR 0xd61f0000U
#define A64_ERET 0xd69f03e0U

static uint64_t fence[3][ENTRIES] __attribute__((aligned(4096)));
static uint64_t roots[RUNTIME_CPU_MAX][ENTRIES] __attribute__((aligned(4096)));

uint64_t fence_root(void) { return (uintptr_t)fence[0]; }

void fence_init(void)
{
	fence[0][0] = DESC_BLOCK | DESC_DEVICE | DESC_EL0 | DESC_AF;
	fence[0][1] = (uintptr_t)fence[1] | DESC_TABLE;
	for (uint64_t i = 2; i < ENTRIES; i++)
		fence[0][i] = i * GIB | DESC_BLOCK | DESC_EL0 | DESC_INNER | DESC_AF;
	fence[1][0] = (uintptr_t)fence[2] | DESC_TABLE;
	for (uint64_t i = 1; i < ENTRIES; i++)
		fence[1][i] = (GIB + i * MIB2) | DESC_BLOCK | DESC_EL0 | DESC_INNER | DESC_AF;
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t at = CHAOS_RAM + i * PAGE;
		bool is_open = at >= CHAOS_SCRATCH && at < CHAOS_SCRATCH_END;

		fence[2][i] = at | DESC_PAGE | DESC_INNER | DESC_AF | (is_open ? DESC_EL0 : DESC_UXN);
	}
	for (unsigned i = 0; i < chaos_cpu_count; i++) {
		uint64_t at = (uintptr_t)chaos_cpus[i].code;

		fence[2][(at - CHAOS_RAM) / PAGE] = at | DESC_PAGE | DESC_INNER | DESC_AF | DESC_EL0 | DESC_READ_ONLY;
	}
}

/* An entry of any type, whose memory or table is not this guest's own, or is the scratch area. */
static uint64_t any_entry(struct chaos_cpu *cpu)
{
	uint64_t entry = chaos_value(cpu);

	if (chaos_one_in(cpu, 2))
		entry = (chaos_value(cpu) & ~DESC_OUTPUT_MASK) | (chaos_store_address(cpu) & DESC_OUTPUT_MASK);
	uint64_t output = entry & DESC_OUTPUT_MASK & ~(GIB - 1);
	if (output == CHAOS_RAM && (entry & DESC_TYPE_MASK) != DESC_TABLE)
		entry |= DESC_BEYOND;
	return entry;
}

/* The scratch area as a table, with entries whose outputs are elsewhere. */
static void fill_scratch_table(struct chaos_cpu *cpu)
{
	uint64_t *table = (uint64_t *)(CHAOS_SCRATCH + 0x10000 + PAGE * chaos_below(cpu, 4));

	for (unsigned i = 0; i < 16; i++)
		table[chaos_below(cpu, ENTRIES)] = chaos_value(cpu) | DESC_BEYOND;
}

void action_tables(struct chaos_cpu *cpu)
{
	uint64_t *root = roots[cpu->index];

	for (unsigned i = 0; i < 8; i++)
		root[chaos_below(cpu, chaos_one_in(cpu, 2) ? 8 : ENTRIES)] = any_entry(cpu);
	root[1] = CHAOS_RAM | DESC_BLOCK | DESC_INNER | DESC_AF;
	if (chaos_one_in(cpu, 4))
		fill_scratch_table(cpu);
	sysreg_write(ttbr0_el1, (uintptr_t)root);
	sysreg_write(ttbr1_el1, chaos_value(cpu));
	sysreg_write(tcr_el1, FENCE_TCR | (chaos_value(cpu) & ~UINT64_C(0x7ffff) & UINT64_C(0xffffffff)));
	sysreg_write(mair_el1, chaos_value(cpu));
	isb();
	if (chaos_one_in(cpu, 2))
		__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	block_begin(cpu);
	cpu->sctlr |= 1;
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t at = chaos_below(cpu, ENTRIES) * GIB + chaos_below(cpu, GIB);

		cpu->x[8 + i] = chaos_one_in(cpu, 4) ? chaos_value(cpu) : at;
		if (cpu->x[8 + i] / GIB == 1)
			cpu->x[8 + i] += GIB;
		block_emit(cpu, (chaos_one_in(cpu, 2) ? 0xb9400000U : 0xb9000000U) | (8 + i) << 5 | i);
	}
	block_run(cpu);
}

/* BRK, HLT, SVC, UDF, DCPS, DRPS; a jump to anywhere; an exception return to anywhere in any state. */
void action_exception(struct chaos_cpu *cpu)
{
	static const uint32_t words[] = {0xd4200000, 0xd4400000, 0xd4000001, 0x00000000, 0xd4a00001,
					 0xd4a00002, 0xd4a00003, 0xd6bf03e0, 0xd4e00000, 0xd4600000};
	uint32_t imm = (uint32_t)chaos_below(cpu, 0x10000) << 5;
	uint32_t word = words[chaos_below(cpu, sizeof(words) / sizeof(words[0]))];
	uint64_t level = chaos_one_in(cpu, 2) ? SPSR_EL1H : SPSR_EL0;

	block_begin(cpu);
	cpu->x[0] = chaos_store_address(cpu);
	if (cpu->x[0] >= CHAOS_RAM && cpu->x[0] < CHAOS_RAM_END)
		cpu->x[0] += CHAOS_RAM; /* the scratch area may hold an endless loop */
	cpu->x[1] = chaos_value(cpu);
	switch (chaos_below(cpu, 4)) {
	case 0:
		block_emit(cpu, A64_BR);
		break;
	case 1:
		block_system(cpu, SYSTEM_KEY(3U, 0U, 4U, 0U, 1U), false, 0); /* ELR_EL1 */
		block_system(cpu, SYSTEM_KEY(3U, 0U, 4U, 0U, 0U), false, 1); /* SPSR_EL1 */
		block_emit(cpu, A64_ERET);
		level = SPSR_EL1H;
		break;
	default:
		block_emit(cpu, word == 0xd6bf03e0U ? word : word | imm);
		break;
	}
	block_run_in(cpu, level | SPSR_MASKED);
}

static void disarm_debug(void)
{
	sysreg_write(dbgbcr0_el1, 0);
	sysreg_write(dbgbcr1_el1, 0);
	sysreg_write(dbgwcr0_el1, 0);
	sysreg_write(dbgwcr1_el1, 0);
	sysreg_write(mdscr_el1, 0);
}

/* Breakpoints, watchpoints and single steps of a block at EL1 or EL0. Few of them stay: they slow down an emulator. */
void action_debug(struct chaos_cpu *cpu)
{
	uint64_t mdscr = 1U << 13 | 1U << 15 | (chaos_below(cpu, 2)); /* KDE, MDE, SS */
	uint64_t spsr = (chaos_one_in(cpu, 2) ? SPSR_EL0 : SPSR_EL1H) | (SPSR_MASKED & ~SPSR_DEBUG);

	sysreg_write(mdscr_el1, chaos_one_in(cpu, 4) ? chaos_value(cpu) : mdscr);
	sysreg_write(dbgbvr0_el1, (uintptr_t)cpu->code + 4 * chaos_below(cpu, 4));
	sysreg_write(dbgbcr0_el1, chaos_one_in(cpu, 2) ? 0x1e7 : chaos_value(cpu));
	sysreg_write(dbgwvr1_el1, CHAOS_SCRATCH + 0x10000 + 8 * chaos_below(cpu, 4));
	sysreg_write(dbgwcr1_el1, chaos_one_in(cpu, 2) ? 0x1fff : chaos_value(cpu));
	block_begin(cpu);
	cpu->x[ADDRESS_REGISTER] = CHAOS_SCRATCH + 0x10000;
	for (uint32_t i = 0; i < 4; i++)
		block_emit(cpu, 0xf9000000U | i << 10 | ADDRESS_REGISTER << 5 | i);
	block_run_in(cpu, spsr | (chaos_one_in(cpu, 2) ? SPSR_STEP : 0));
	if (!chaos_one_in(cpu, 16))
		disarm_debug();
}
