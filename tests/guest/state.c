/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of struct state, by name, and their filling and checking. */
#include "tests/guest/state.h"

#include <stdbool.h>

#include "guests/runtime/print.h"
#include "guests/runtime/random.h"
#include "guests/runtime/sysreg.h"

#define NARROW(bits) (UINT64_MAX >> (64 - (bits)))

/* Name and the bits that may have any value without effect on a guest with its MMU on and interrupts masked. */
/* clang-format off */
#define FOR_REGISTERS(each) \
	each(tpidr_el0, UINT64_MAX) \
	each(tpidrro_el0, UINT64_MAX) \
	each(tpidr_el1, UINT64_MAX) \
	each(sp_el0, ~UINT64_C(15)) \
	each(contextidr_el1, NARROW(32)) \
	each(elr_el1, NARROW(48)) \
	each(far_el1, NARROW(48)) \
	each(esr_el1, NARROW(25)) \
	each(afsr0_el1, NARROW(32)) \
	each(afsr1_el1, NARROW(32)) \
	each(amair_el1, UINT64_MAX) \
	each(ttbr1_el1, NARROW(48) & ~UINT64_C(0xfff)) \
	each(mair_el1, UINT64_C(0x4444444444440000)) \
	each(csselr_el1, UINT64_C(1)) \
	each(spsr_el1, UINT64_C(0xf0000000)) \
	each(cntkctl_el1, UINT64_C(0xf0)) \
	each(cpacr_el1, UINT64_C(0x10000000)) \
	each(par_el1, NARROW(48) & ~UINT64_C(0xfff))
/* clang-format on */

#define COUNT_ONE(name, mask) +1
#define REGISTER_COUNT (0 FOR_REGISTERS(COUNT_ONE))

_Static_assert(REGISTER_COUNT <= STATE_REGISTER_MAX, "struct state has room for all");

#define FPCR_MODES 0x03c00000U /* rounding mode, flush to zero, default NaN */
#define FPSR_FLAGS 0x0800009fU /* sticky flags */

#define NAME_ONE(name, mask) #name,
static const char *const names[REGISTER_COUNT] = {FOR_REGISTERS(NAME_ONE)};

static void load_registers(const uint64_t *values)
{
#define LOAD_ONE(name, mask) sysreg_write(name, (sysreg_read(name) & ~(mask)) | (*values++ & (mask)));
	FOR_REGISTERS(LOAD_ONE)
	isb();
}

static void store_registers(uint64_t *values)
{
#define STORE_ONE(name, mask) *values++ = sysreg_read(name);
	FOR_REGISTERS(STORE_ONE)
}

void state_fill(struct state_check *check, uint64_t seed)
{
	struct state *s = &check->expected;

	for (unsigned i = 0; i < REGISTER_COUNT; i++)
		s->registers[i] = random_next(&seed);
	for (unsigned i = 0; i < 64; i++)
		s->fp.q[i] = random_next(&seed);
	s->fp.fpcr = random_next(&seed) & FPCR_MODES;
	s->fp.fpsr = random_next(&seed) & FPSR_FLAGS;
	load_registers(s->registers);
	state_fp_load(&s->fp);
	store_registers(s->registers); /* some bits may not exist here */
}

static bool is_fp_equal(const struct state_fp *a, const struct state_fp *b)
{
	uint64_t difference = (a->fpcr ^ b->fpcr) | (a->fpsr ^ b->fpsr);

	for (unsigned i = 0; i < 64; i++)
		difference |= a->q[i] ^ b->q[i];
	return difference == 0;
}

void state_check(struct state_check *check)
{
	struct state now;
	uint64_t difference = 0;
	bool fp_equal;

	store_registers(now.registers);
	state_fp_store(&now.fp);
	for (unsigned i = 0; i < REGISTER_COUNT; i++)
		difference |= now.registers[i] ^ check->expected.registers[i];
	fp_equal = is_fp_equal(&now.fp, &check->expected.fp);
	check->wrong_registers += difference != 0;
	check->wrong_fp += !fp_equal;
	if (difference != 0 || !fp_equal || check->wrong_fp + check->wrong_registers == 0)
		check->seen = now;
}

void state_explain(const struct state_check *check)
{
	for (unsigned i = 0; i < REGISTER_COUNT; i++)
		if (check->seen.registers[i] != check->expected.registers[i])
			print("# %s was 0x%lx, expected 0x%lx\n", names[i], check->seen.registers[i],
			      check->expected.registers[i]);
	for (unsigned i = 0; i < 64; i++)
		if (check->seen.fp.q[i] != check->expected.fp.q[i])
			print("# half %u of q%u was 0x%lx, expected 0x%lx\n", i % 2, i / 2, check->seen.fp.q[i],
			      check->expected.fp.q[i]);
	if (check->seen.fp.fpcr != check->expected.fp.fpcr || check->seen.fp.fpsr != check->expected.fp.fpsr)
		print("# fpcr was 0x%lx, expected 0x%lx, fpsr was 0x%lx, expected 0x%lx\n", check->seen.fp.fpcr,
		      check->expected.fp.fpcr, check->seen.fp.fpsr, check->expected.fp.fpsr);
}
