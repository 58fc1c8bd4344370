/* SPDX-License-Identifier: Apache-2.0 */
/* links: tools/takt/bound_insn.c */
/* The flow of control of single instructions: encodings from the assembler, targets at both ends of each field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/takt/bound_insn.h"

#define AT UINT64_C(0x4000001000)

static void assert_kind(uint32_t word, enum bound_insn_kind kind)
{
	assert_int_equal(bound_insn_decode(word, AT).kind, kind);
}

static void assert_target(uint32_t word, enum bound_insn_kind kind, int64_t offset)
{
	struct bound_insn insn = bound_insn_decode(word, AT);
	assert_int_equal(insn.kind, kind);
	assert_int_equal(insn.target, AT + (uint64_t)offset);
}

static void test_direct(void **state)
{
	(void)state;
	assert_target(0x14000000, BOUND_INSN_JUMP, 0);          /* b . */
	assert_target(0x17ffffff, BOUND_INSN_JUMP, -4);         /* b .-4 */
	assert_target(0x15ffffff, BOUND_INSN_JUMP, 0x7fffffc);  /* the farthest forwards */
	assert_target(0x16000000, BOUND_INSN_JUMP, -0x8000000); /* and backwards */
	assert_target(0x94000002, BOUND_INSN_CALL, 8);          /* bl .+8 */
	assert_target(0x97ffffff, BOUND_INSN_CALL, -4);         /* bl .-4 */
	assert_target(0x54000040, BOUND_INSN_BRANCH, 8);        /* b.eq .+8 */
	assert_target(0x54ffffe1, BOUND_INSN_BRANCH, -4);       /* b.ne .-4 */
	assert_target(0x34000040, BOUND_INSN_BRANCH, 8);        /* cbz w0, .+8 */
	assert_target(0xb5ffffff, BOUND_INSN_BRANCH, -4);       /* cbnz xzr, .-4 */
	assert_target(0x36000040, BOUND_INSN_BRANCH, 8);        /* tbz w0, #0, .+8 */
	assert_target(0xb7ffffe0, BOUND_INSN_BRANCH, -4);       /* tbnz x0, #63 - 1, .-4 */
	assert_target(0x3603ffe0, BOUND_INSN_BRANCH, 0x7ffc);   /* the farthest of 14 bits */
	assert_target(0x36040000, BOUND_INSN_BRANCH, -0x8000);
}

static void test_indirect(void **state)
{
	(void)state;
	assert_kind(0xd61f0020, BOUND_INSN_JUMP_INDIRECT); /* br x1 */
	assert_kind(0xd63f03c0, BOUND_INSN_CALL_INDIRECT); /* blr x30 */
	assert_kind(0xd65f03c0, BOUND_INSN_RETURN);        /* ret */
	assert_kind(0xd65f0020, BOUND_INSN_REFUSED);       /* ret x1 */
	assert_kind(0xd69f03e0, BOUND_INSN_ERET);
	assert_kind(0xd69f0bff, BOUND_INSN_REFUSED); /* eretaa */
	assert_kind(0xd65f0bff, BOUND_INSN_REFUSED); /* retaa */
	assert_kind(0xd6bf03e0, BOUND_INSN_REFUSED); /* drps */
}

static void test_exceptions_and_hints(void **state)
{
	(void)state;
	assert_kind(0xd4000001, BOUND_INSN_REFUSED); /* svc #0 */
	assert_kind(0xd4000002, BOUND_INSN_REFUSED); /* hvc #0 */
	assert_kind(0xd4000003, BOUND_INSN_PLAIN);   /* smc #0 */
	assert_kind(0xd4207d00, BOUND_INSN_TRAP);    /* brk #1000 */
	assert_kind(0xd4400000, BOUND_INSN_TRAP);    /* hlt #0 */
	assert_kind(0x00000000, BOUND_INSN_REFUSED); /* udf #0 */
	assert_kind(0xd503201f, BOUND_INSN_HINT);    /* nop */
	assert_kind(0xd503205f, BOUND_INSN_HINT);    /* wfe */
	assert_kind(0xd503207f, BOUND_INSN_WAIT);    /* wfi */
	assert_kind(0xd5033fdf, BOUND_INSN_PLAIN);   /* isb */
	assert_kind(0xd5033f9f, BOUND_INSN_PLAIN);   /* dsb sy */
	assert_kind(0xd51c1100, BOUND_INSN_PLAIN);   /* msr hcr_el2, x0 */
	assert_kind(0x91000400, BOUND_INSN_PLAIN);   /* add x0, x0, #1 */
	assert_kind(0xc85ffc20, BOUND_INSN_PLAIN);   /* ldaxr x0, [x1] */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_indirect),
		cmocka_unit_test(test_exceptions_and_hints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
