/* SPDX-License-Identifier: Apache-2.0 */
/* The flow of control of one instruction. Pure. Whether an instruction without a branch is a valid one is not asked
 * here. */
#include "tools/takt/bound_insn.h"

/* The signed word offset in the bits low + width - 1 .. low, in bytes. */
static uint64_t offset_of(uint32_t word, unsigned low, unsigned width)
{
	uint64_t field = (word >> low) & ((UINT64_C(1) << width) - 1);
	uint64_t sign = UINT64_C(1) << (width - 1);
	return ((field ^ sign) - sign) * 4;
}

static enum bound_insn_kind register_branch(uint32_t word)
{
	if (word == 0xd69f03e0)
		return BOUND_INSN_ERET;
	if (word == 0xd65f03c0)
		return BOUND_INSN_RETURN;
	switch (word & 0xfffffc1f) {
	case 0xd61f0000:
		return BOUND_INSN_JUMP_INDIRECT;
	case 0xd63f0000:
		return BOUND_INSN_CALL_INDIRECT;
	default:
		return BOUND_INSN_REFUSED;
	}
}

static enum bound_insn_kind exception(uint32_t word)
{
	switch (word & 0xffe0001f) {
	case 0xd4000003: /* SMC */
		return BOUND_INSN_PLAIN;
	case 0xd4200000: /* BRK */
	case 0xd4400000: /* HLT */
		return BOUND_INSN_TRAP;
	default:
		return BOUND_INSN_REFUSED;
	}
}

struct bound_insn bound_insn_decode(uint32_t word, uint64_t address)
{
	if ((word & 0xfc000000) == 0x14000000)
		return (struct bound_insn){BOUND_INSN_JUMP, address + offset_of(word, 0, 26)};
	if ((word & 0xfc000000) == 0x94000000)
		return (struct bound_insn){BOUND_INSN_CALL, address + offset_of(word, 0, 26)};
	if ((word & 0xff000000) == 0x54000000 || (word & 0x7e000000) == 0x34000000)
		return (struct bound_insn){BOUND_INSN_BRANCH, address + offset_of(word, 5, 19)};
	if ((word & 0x7e000000) == 0x36000000)
		return (struct bound_insn){BOUND_INSN_BRANCH, address + offset_of(word, 5, 14)};
	if ((word & 0xfe000000) == 0xd6000000)
		return (struct bound_insn){register_branch(word), 0};
	if ((word & 0xff000000) == 0xd4000000)
		return (struct bound_insn){exception(word), 0};
	if (word == 0xd503207f)
		return (struct bound_insn){BOUND_INSN_WAIT, 0};
	if ((word & 0xfffff01f) == 0xd503201f)
		return (struct bound_insn){BOUND_INSN_HINT, 0};
	if ((word & 0xffff0000) == 0)
		return (struct bound_insn){BOUND_INSN_REFUSED, 0}; /* UDF */
	return (struct bound_insn){BOUND_INSN_PLAIN, 0};
}
