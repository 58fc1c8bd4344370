/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of instructions, values and addresses: see chaos.h. */
#include "guests/chaos/chaos.h"
#include "guests/runtime/sysreg.h"

#define HUGE_ADDRESS (UINT64_C(1) << 44) /* above every map, and what is added to it stays there */

void block_begin(struct chaos_cpu *cpu)
{
	for (unsigned i = 0; i < 31; i++)
		cpu->x[i] = random_next(&cpu->random) | HUGE_ADDRESS;
	cpu->x[ADDRESS_REGISTER] = CHAOS_SCRATCH + 0x10000 + chaos_below(cpu, 0x10000);
	cpu->sp = CHAOS_SCRATCH + 0x20000;
	cpu->sctlr = CHAOS_SCTLR_RESET;
	cpu->words = 0;
}

void block_emit(struct chaos_cpu *cpu, uint32_t word)
{
	if (cpu->words < BLOCK_WORDS)
		cpu->code[cpu->words++] = word;
}

void block_system(struct chaos_cpu *cpu, uint32_t key, bool is_read, uint32_t rt)
{
	block_emit(cpu, 0xd5000000U | (uint32_t)is_read << 21 | key | rt);
}

void block_run_in(struct chaos_cpu *cpu, uint64_t spsr)
{
	bool is_a32 = (spsr & (SPSR_AARCH32 | SPSR_THUMB)) == SPSR_AARCH32;
	unsigned n = cpu->words;

	cpu->code[n++] = is_a32 ? A32_SVC : A64_SVC;
	for (unsigned i = 0; i < BLOCK_TAIL_WORDS; i++)
		cpu->code[n++] = TRAP_ANY;
	cpu->elr = (uintptr_t)cpu->code;
	cpu->spsr = spsr;
	chaos_execute(cpu);
}

void block_run(struct chaos_cpu *cpu) { block_run_in(cpu, SPSR_EL1H | SPSR_MASKED); }

uint64_t chaos_value(struct chaos_cpu *cpu)
{
	switch (chaos_below(cpu, 8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return UINT64_C(1) << chaos_below(cpu, 64);
	case 3:
		return ~(UINT64_C(1) << chaos_below(cpu, 64));
	case 4:
		return chaos_below(cpu, 64);
	case 5:
		return random_next(&cpu->random) >> chaos_below(cpu, 64);
	case 6:
		return chaos_address(cpu);
	default:
		return random_next(&cpu->random);
	}
}

/* First bytes and size of what is on QEMU's board, in this VM's map or not; and of nothing. */
static const struct {
	uint64_t base;
	uint64_t bytes;
} places[] = {
	{0x08000000, 0x1000},                 /* distributor: the words of its bitmaps, priorities */
	{0x08000000, 0x10000},                /* all of it */
	{0x080a0000, 0x20000},                /* redistributor of vCPU 0 */
	{0x080b0000, 0x1000},                 /* its SGIs and PPIs */
	{0x080a0000, 0x200000},               /* of all, and of those that are not there */
	{0x08010000, 0x90000},                /* GICv2's CPU interface, GITS: not there */
	{0x09000000, 0x60},                   /* PL011 */
	{0x09000000, 0x1000},                 /* all of it */
	{0x09010000, 0x1000},                 /* PL031 */
	{0x09020000, 0x30000},                /* fw_cfg, GPIO */
	{0x0a000000, 0x4000},                 /* virtio */
	{0x10000000, 0x1000000},              /* PCIe memory */
	{0x3f000000, 0x1000},                 /* PCIe ports */
	{0, 0x2000},                          /* flash; and zero */
	{CHAOS_SCRATCH + 0x10000, 0x20000},   /* RAM */
	{CHAOS_RAM_END - 64, 128},            /* its end */
	{CHAOS_RAM_END, 0x4000000},           /* where other VMs' memory lies, or EL2 */
	{0x80000000, 0x40000000},             /* the board's RAM goes on */
	{UINT64_C(0x4010000000), 0x1000000},  /* PCIe configuration */
	{UINT64_C(0x7ffffff000), 0x2000},     /* the end of 39 bits */
	{UINT64_C(0xfffffff000), 0x2000},     /* of 40 */
	{UINT64_C(0xfffffffff000), 0x2000},   /* of 48 */
	{UINT64_C(0xffffffffffffff00), 0xff}, /* of all */
};

#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

uint64_t chaos_address(struct chaos_cpu *cpu)
{
	uint64_t place = chaos_below(cpu, PLACE_COUNT);
	uint64_t address = places[place].base + chaos_below(cpu, places[place].bytes);

	return chaos_one_in(cpu, 3) ? address : address & ~(UINT64_C(1) << chaos_below(cpu, 4)) & ~UINT64_C(3);
}

uint64_t chaos_store_address(struct chaos_cpu *cpu)
{
	uint64_t address = chaos_address(cpu);
	bool is_ours = address + 0x20000 >= CHAOS_RAM && address < CHAOS_SCRATCH + 0x1000;

	return is_ours ? UINT64_C(0x08000000) : address;
}
