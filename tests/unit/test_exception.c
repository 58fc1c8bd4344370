/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/exception.c */
/* Exceptions to EL1, field by field, against DDI 0487's AArch64.TakeException and the table of vectors (D1.3.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "logic/arm/exception.h"

#define EC(n) ((uint64_t)(n) << 26)
#define IL BIT64(25)

#define HAS_PAN (UINT64_C(1) << 20)
#define HAS_SSBS (UINT64_C(2) << 4)
#define HAS_MTE (UINT64_C(2) << 8)

#define PAN BIT64(22)
#define UAO BIT64(23)
#define DIT BIT64(24)
#define TCO BIT64(25)
#define SSBS BIT64(12)
#define EL1H_MASKED UINT64_C(0x3c5)
#define NZCV UINT64_C(0xf0000000)

static uint64_t taken(uint64_t pstate, uint64_t sctlr, uint64_t pfr1, uint64_t mmfr1)
{
	return exception_pstate(&(struct exception_source){pstate, sctlr, pfr1, mmfr1});
}

static void test_pstate(void **state)
{
	uint64_t span = BIT64(23);
	uint64_t dssbs = BIT64(44);

	(void)state;
	/* From EL0, AArch64 and AArch32, and from EL1 with either stack pointer: EL1h, everything masked. */
	assert_int_equal(taken(0x00, span, 0, 0), EL1H_MASKED);
	assert_int_equal(taken(0x10, span, 0, 0), EL1H_MASKED);
	assert_int_equal(taken(0x04, span, 0, 0), EL1H_MASKED);
	assert_int_equal(taken(0x05, span, 0, 0), EL1H_MASKED);
	/* Kept: flags, DIT, PAN. Cleared: UAO, SS, IL, BTYPE; T, IT, E, GE and Q of AArch32. */
	assert_int_equal(taken(MASK64(31, 0) & ~BIT64(4), span, 0, 0), EL1H_MASKED | NZCV | DIT | PAN);
	assert_int_equal(taken(MASK64(31, 0), span, 0, 0), EL1H_MASKED | NZCV | DIT | PAN);
	assert_int_equal(taken(NZCV | UAO | BIT64(20) | BIT64(21) | 0xc05, span, 0, 0), EL1H_MASKED | NZCV);
	/* PAN: set unless SPAN, where there is such a thing. */
	assert_int_equal(taken(5, 0, 0, HAS_PAN), EL1H_MASKED | PAN);
	assert_int_equal(taken(5, span, 0, HAS_PAN), EL1H_MASKED);
	assert_int_equal(taken(5 | PAN, span, 0, HAS_PAN), EL1H_MASKED | PAN);
	assert_int_equal(taken(5, 0, 0, 0), EL1H_MASKED);
	/* SSBS is DSSBS, whatever it was. */
	assert_int_equal(taken(5 | SSBS, span, HAS_SSBS, 0), EL1H_MASKED);
	assert_int_equal(taken(5, span | dssbs, HAS_SSBS, 0), EL1H_MASKED | SSBS);
	assert_int_equal(taken(5, span | dssbs, 0, 0), EL1H_MASKED);
	/* Tag checks are off in a handler. */
	assert_int_equal(taken(5, span, HAS_MTE, 0), EL1H_MASKED | TCO);
}

static void test_vector(void **state)
{
	(void)state;
	assert_int_equal(exception_vector_offset(0x3c4), 0);
	assert_int_equal(exception_vector_offset(0x3c5), 0x200);
	assert_int_equal(exception_vector_offset(0xf0000000), 0x400);
	assert_int_equal(exception_vector_offset(0x10), 0x600);
	assert_int_equal(exception_vector_offset(0x200001f0), 0x600);
}

static void test_syndrome(void **state)
{
	uint64_t el1h = 0x3c5;
	uint64_t el0t = 0;
	uint64_t aarch32 = 0x10;

	(void)state;
	assert_int_equal(exception_syndrome(EC(0x24) | IL | 0x10, el1h), EC(0x25) | IL | 0x10);
	assert_int_equal(exception_syndrome(EC(0x20) | IL | 0x10, 0x3c4), EC(0x21) | IL | 0x10);
	assert_int_equal(exception_syndrome(EC(0x24) | IL | 0x10, el0t), EC(0x24) | IL | 0x10);
	assert_int_equal(exception_syndrome(EC(0x20) | 0x10, aarch32), EC(0x20) | 0x10);
	assert_int_equal(exception_syndrome(IL, el1h), IL);
	assert_int_equal(exception_syndrome(EC(0x07) | IL, el1h), EC(0x07) | IL);
}

static void test_external_abort(void **state)
{
	uint64_t iss_wnr = BIT64(6);
	uint64_t iss_cm = BIT64(8);
	uint64_t iss_s1ptw = BIT64(7);

	(void)state;
	/* A store of 8 bytes, translation fault at level 2: ISV and what belongs to it go. */
	assert_int_equal(exception_external_abort(EC(0x24) | IL | 0x1c38000 | iss_wnr | 6),
			 EC(0x24) | IL | iss_wnr | 0x10);
	assert_int_equal(exception_external_abort(EC(0x24) | 0x1000000 | 0xf), EC(0x24) | 0x10);
	assert_int_equal(exception_external_abort(EC(0x24) | IL | iss_wnr | iss_cm | 7),
			 EC(0x24) | IL | iss_wnr | iss_cm | 0x10);
	/* A fetch has neither WnR nor CM. */
	assert_int_equal(exception_external_abort(EC(0x20) | IL | iss_wnr | iss_cm | 0xf), EC(0x20) | IL | 0x10);
	/* In a walk: 0x14 and a level. */
	for (unsigned level = 0; level < 4; level++) {
		assert_int_equal(exception_external_abort(EC(0x24) | IL | iss_s1ptw | 4 | level),
				 EC(0x24) | IL | 0x14 | level);
		assert_int_equal(exception_external_abort(EC(0x20) | IL | iss_s1ptw | 0xc | level),
				 EC(0x20) | IL | 0x14 | level);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pstate),
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_syndrome),
		cmocka_unit_test(test_external_abort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
