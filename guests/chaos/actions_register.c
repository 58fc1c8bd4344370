/* SPDX-License-Identifier: Apache-2.0 */
/* System registers and system instructions: every encoding, one after the other in an order of the seed's. */
#include "guests/chaos/chaos.h"
#include "guests/runtime/sysreg.h"

#define SCTLR_M UINT64_C(1)
#define KEY_SCTLR SYSTEM_KEY(3U, 0U, 1U, 0U, 0U)
#define KEY_VBAR SYSTEM_KEY(3U, 0U, 12U, 0U, 0U)
#define KEY_BPR0 SYSTEM_KEY(3U, 0U, 12U, 8U, 3U)
#define KEY_BPR1 SYSTEM_KEY(3U, 0U, 12U, 12U, 3U)
#define BPR_FIELD UINT64_C(7)
#define A64_WFE 0xd503205fU
#define A64_WFI 0xd503207fU
#define KEY_BPR0 SYSTEM_KEY(3U, 0U, 12U, 8U, 3U)
#define KEY_BPR1 SYSTEM_KEY(3U, 0U, 12U, 12U, 3U)
#define BPR_FIELD UINT64_C(7)
#define A64_WFET 0xd503101fU /* of XZR; WFIT beside it */

/* Each value once in 2^bits calls: the step is odd. */
static uint32_t next_of(uint32_t *at, unsigned bits)
{
	*at += 0x6d2b79f5U;
	return (*at * 0x9e3779b1U) >> (32 - bits);
}

/* At EL0 or EL1, interrupts masked or not. */
static uint64_t any_level(struct chaos_cpu *cpu)
{
	uint64_t level = chaos_one_in(cpu, 8) ? SPSR_EL0 : chaos_one_in(cpu, 8) ? SPSR_EL1T : SPSR_EL1H;

	return level | (chaos_one_in(cpu, 4) ? SPSR_DEBUG | SPSR_SERROR : SPSR_MASKED);
}

/* DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>. What they watch slows down an emulator, whether it is enabled or not. */
static bool is_watching(uint32_t key)
{
	return (key & SYSTEM_KEY(3U, 7U, 15U, 0U, 4U)) == SYSTEM_KEY(2U, 0U, 0U, 0U, 4U);
}

static void write_zero(struct chaos_cpu *cpu, uint32_t key)
{
	cpu->words = 0;
	block_system(cpu, key, false, XZR);
	block_run(cpu);
}

/* MRS and MSR of op0 2 and 3: 15 bits of key and the direction. */
void action_sysreg(struct chaos_cpu *cpu)
{
	uint32_t which = next_of(&cpu->sysreg_next, 16);
	uint32_t key = (1U << 20) | (which >> 1) << 5;
	bool is_read = (which & 1) != 0;
	uint32_t rt = chaos_one_in(cpu, 8) ? XZR : (uint32_t)chaos_below(cpu, 8);

	block_begin(cpu);
	for (unsigned i = 0; i < 8; i++)
		cpu->x[i] = chaos_value(cpu);
	if (key == KEY_SCTLR && !is_read)
		cpu->x[rt & 7] &= ~SCTLR_M;
	/* QEMU 7.2 cuts a value with more bits to the field, and ends when the field is 0 then. */
	if ((key == KEY_BPR0 || key == KEY_BPR1) && !is_read)
		cpu->x[rt & 7] &= BPR_FIELD;
	block_system(cpu, key, is_read, rt);
	if (key == KEY_VBAR && !is_read) {
		cpu->x[9] = sysreg_read(vbar_el1);
		block_system(cpu, key, false, 9);
		block_run(cpu);
		return;
	}
	block_system(cpu, key, true, 10);
	block_run_in(cpu, any_level(cpu));
	if (!is_read && is_watching(key) && !chaos_one_in(cpu, 64))
		write_zero(cpu, key);
}

/* op0 1: cache and TLB maintenance, address translation, and what is not defined; as SYS and SYSL. */
void action_system(struct chaos_cpu *cpu)
{
	static const uint16_t usual[] = {
		/* op1, CRn, CRm, op2: IC IALLUIS IALLU IVAU; DC IVAC ISW CSW CISW ZVA CVAC CVAU CVAP CIVAC */
		0x0710, 0x0750, 0x3751, 0x0761, 0x0762, 0x07a2, 0x07e2, 0x3741, 0x37a1, 0x37b1, 0x37c1, 0x37e1,
		/* AT S1E1R S1E1W S1E0R S1E0W S1E1RP S12E1R S1E2R */
		0x0780, 0x0781, 0x0782, 0x0783, 0x0790, 0x4784, 0x4780,
		/* TLBI VMALLE1IS VAE1IS ASIDE1IS VAAE1IS VMALLE1 VAE1 ASIDE1 VAAE1, IPAS2E1 ALLE2 VMALLS12E1 ALLE3 */
		0x0830, 0x0831, 0x0832, 0x0833, 0x0870, 0x0871, 0x0872, 0x0873, 0x4841, 0x4870, 0x4876, 0x6870};
	uint32_t rt = chaos_one_in(cpu, 8) ? XZR : (uint32_t)chaos_below(cpu, 8);
	uint32_t which = next_of(&cpu->system_next, 15);
	uint32_t key = (1U << 19) | (which >> 1) << 5;
	bool is_read = (which & 1) != 0;

	block_begin(cpu);
	for (unsigned i = 0; i < 8; i++)
		cpu->x[i] = chaos_store_address(cpu);
	if (!chaos_one_in(cpu, 4)) {
		uint32_t u = usual[chaos_below(cpu, sizeof(usual) / sizeof(usual[0]))];

		key = SYSTEM_KEY(1U, u >> 12, (u >> 8) & 15, (u >> 4) & 15, u & 15);
		is_read = false;
	}
	block_system(cpu, key, is_read, rt);
	block_run_in(cpu, any_level(cpu));
}

/* op0 0: MSR immediate, hints, barriers; but no WFI, which action_sleep does. */
void action_pstate(struct chaos_cpu *cpu)
{
	uint32_t word = 0xd500001fU | (uint32_t)(random_next(&cpu->random) & 0x7ffe0);

	if (chaos_one_in(cpu, 2))
		word = A64_NOP | (uint32_t)(random_next(&cpu->random) & 0xfe0);
	if (word == A64_WFI || (word & ~UINT32_C(0x20)) == A64_WFET)
		word = A64_WFE;
	block_begin(cpu);
	block_emit(cpu, word);
	block_run_in(cpu, any_level(cpu));
}
