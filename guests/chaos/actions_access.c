/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of every form at every place of the map and beyond, and instructions that are any word at all. */
#include "guests/chaos/chaos.h"
#include "guests/runtime/gic.h"

/* A load or store, with the bits that may be anything; Rn is ADDRESS_REGISTER. */
struct form {
	uint32_t word;
	uint32_t any;
};

static const struct form forms[] = {
	{0x38000000, 0xc0dff01f}, /* LDUR, STUR: size, opc, imm9 */
	{0x38000400, 0xc0dff01f}, /* post-index */
	{0x38000c00, 0xc0dff01f}, /* pre-index */
	{0x38000800, 0xc0dff01f}, /* unprivileged */
	{0x39000000, 0xc0c0001f}, /* LDR, STR, LDRS*, PRFM: size, opc */
	{0xb9000000, 0x40c0001f}, /* of words and double words: what device drivers use */
	{0xb9000000, 0x00400007}, /* the same */
	{0x39000000, 0xc0c0fc1f}, /* with an offset */
	{0x38206800, 0xc0c0001f}, /* register offset, x0 */
	{0x3c000000, 0xc0dff01f}, /* SIMD: LDUR, STUR */
	{0x3d000000, 0xc0c0001f}, /* SIMD: LDR, STR */
	{0x3c000400, 0xc0dff01f}, /* SIMD: post-index */
	{0x28000000, 0xc07f7c1f}, /* LDNP, STNP */
	{0x28800000, 0xc07f7c1f}, /* LDP, STP: post-index */
	{0x29000000, 0xc07f7c1f}, /* offset */
	{0x29800000, 0xc07f7c1f}, /* pre-index */
	{0x2d000000, 0xc07f7c1f}, /* SIMD: offset */
	{0x08000000, 0xc0ffffff}, /* exclusive, ordered, compare and swap; Rn is set below */
	{0x0c000000, 0x40406c1f}, /* LD1 to LD4, ST1 to ST4 */
	{0x0d000000, 0x4060fc1f}, /* of one element */
	{0x38200000, 0xc0dffc1f}, /* atomics */
	{0xd50b7420, 0x0000001f}, /* DC ZVA, of any register */
	{0x18000000, 0xc400001f}, /* literal */
};

#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))
#define FORM_ZVA 0xd50b7420U
#define FORM_LITERAL 0x18000000U
#define LITERAL_OFFSET (2U << 5) /* of the words behind */

static uint32_t any_access(struct chaos_cpu *cpu)
{
	const struct form *form = &forms[chaos_below(cpu, FORM_COUNT)];
	uint32_t word = form->word | ((uint32_t)random_next(&cpu->random) & form->any);

	if (form->word == FORM_LITERAL)
		return word | LITERAL_OFFSET;
	if (form->word == FORM_ZVA)
		return FORM_ZVA | ADDRESS_REGISTER;
	return (word & ~(31U << 5)) | ADDRESS_REGISTER << 5;
}

void action_access(struct chaos_cpu *cpu)
{
	uint64_t count = 1 + chaos_below(cpu, 3);

	block_begin(cpu);
	for (unsigned i = 0; i < 8; i++)
		cpu->x[i] = chaos_value(cpu);
	cpu->x[0] = chaos_below(cpu, 64);
	cpu->x[ADDRESS_REGISTER] = chaos_store_address(cpu);
	for (uint64_t i = 0; i < count; i++)
		block_emit(cpu, any_access(cpu));
	block_run_in(cpu, chaos_one_in(cpu, 8) ? SPSR_EL0 | SPSR_MASKED : SPSR_EL1H | SPSR_MASKED);
}

/* Words that jump, or change what the vectors need, or wait: other actions do that with care. And those that compute
 * with an address that is not too high: what comes out may be this guest's own code, which the next word stores to. */
static bool is_harmful(uint32_t word)
{
	bool is_branch = (word & 0x7c000000U) == 0x14000000U || (word & 0x7c000000U) == 0x34000000U ||
			 (word & 0xfe000000U) == 0x54000000U || (word & 0xfe000000U) == 0xd6000000U;
	uint32_t rn = word >> 5 & 31;
	uint32_t rm = word >> 16 & 31;
	bool is_low = rn == ADDRESS_REGISTER || rn == SP_REGISTER;
	bool is_immediate = (word & 0x1c000000U) == 0x10000000U;
	bool is_relative = (word & 0x1f000000U) == 0x10000000U;
	bool is_register = (word & 0x0e000000U) == 0x0a000000U;

	return is_branch || is_relative || (is_immediate && is_low) ||
	       (is_register && (is_low || rm == ADDRESS_REGISTER)) || (word & 0xffc00000U) == 0xd5000000U;
}

/* At EL1: registers hold addresses that are too high, or the scratch area's, so that no store meets this guest. */
void action_words(struct chaos_cpu *cpu)
{
	uint64_t count = 1 + chaos_below(cpu, 3);

	block_begin(cpu);
	sysreg_write(cpacr_el1, 3UL << 20);
	for (uint64_t i = 0; i < count; i++) {
		uint32_t word = (uint32_t)random_next(&cpu->random);

		block_emit(cpu, is_harmful(word) ? A64_NOP : word);
	}
	block_run(cpu);
}

/* A32's or T32's MRRC, at whose PC as a destination QEMU 7.2 fails an assertion of its own. T32's begins at either
 * halfword. */
static bool is_mrrc(uint32_t word)
{
	return (word & 0x0ff00000U) == 0x0c500000U || (word & 0xeff0U) == 0xec50U ||
	       (word & 0xeff00000U) == 0xec500000U;
}

/* At EL0 behind the fence, in any of three instruction sets, until the timer comes: these may jump and loop. */
void action_words_el0(struct chaos_cpu *cpu)
{
	static const uint64_t states[] = {SPSR_EL0, SPSR_AARCH32, SPSR_AARCH32 | SPSR_THUMB};
	uint64_t state = states[chaos_below(cpu, 3)];
	uint64_t count = 1 + chaos_below(cpu, 8);

	block_begin(cpu);
	sysreg_write(cpacr_el1, 3UL << 20);
	for (unsigned i = 0; i < 31; i++)
		cpu->x[i] = chaos_one_in(cpu, 4) ? chaos_value(cpu) : chaos_address(cpu);
	if (chaos_one_in(cpu, 2))
		cpu->sp = chaos_address(cpu);
	for (uint64_t i = 0; i < count; i++) {
		bool is_access = chaos_one_in(cpu, 2) && state == SPSR_EL0;
		uint32_t word = is_access ? any_access(cpu) : (uint32_t)random_next(&cpu->random);

		block_emit(cpu, state != SPSR_EL0 && is_mrrc(word) ? 0 : word);
	}
	sysreg_write(ttbr0_el1, fence_root());
	sysreg_write(tcr_el1, FENCE_TCR);
	sysreg_write(mair_el1, FENCE_MAIR);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	cpu->sctlr |= 1 | (chaos_value(cpu) & (1U << 1 | 1U << 24 | 1U << 15 | 1U << 16 | 1U << 18 | 1U << 26));
	chaos_alarm(2000 + chaos_below(cpu, 20000));
	block_run_in(cpu, state | (chaos_below(cpu, 16) << 28));
}
