/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/decode.c */
/* Decode, cell by cell, against values typed from DDI 0487 D17.2.37. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logic/arm/decode.h"

#define EC(n) ((uint64_t)(n) << 26)
#define IL (UINT64_C(1) << 25)

static void test_classes(void **state)
{
	static const struct {
		unsigned ec;
		enum exit_class class;
	} known[] = {
		{0x01, EXIT_WFX},   {0x07, EXIT_FP},    {0x16, EXIT_HVC},   {0x17, EXIT_SMC},   {0x18, EXIT_SYSREG},
		{0x19, EXIT_FP},    {0x20, EXIT_FETCH}, {0x24, EXIT_MMIO},  {0x30, EXIT_DEBUG}, {0x32, EXIT_DEBUG},
		{0x34, EXIT_DEBUG}, {0x38, EXIT_DEBUG}, {0x3c, EXIT_DEBUG},
	};

	(void)state;
	for (unsigned ec = 0; ec < 64; ec++) {
		enum exit_class want = EXIT_UNDEF;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].ec == ec)
				want = known[i].class;
		assert_int_equal(esr_ec(EC(ec)), ec);
		assert_int_equal(esr_class(EC(ec)), want);
		assert_int_equal(esr_class(EC(ec) | IL | 0x1ffffff), want);
		assert_int_equal(esr_class(UINT64_C(0xffffffff00000000) | EC(ec)), want);
	}
}

static void test_common_fields(void **state)
{
	(void)state;
	assert_int_equal(esr_instruction_bytes(EC(0x16) | IL), 4);
	assert_int_equal(esr_instruction_bytes(EC(0x16)), 2);
	assert_int_equal(esr_imm16(EC(0x16) | IL | 0x1230000 | 0xbeef), 0xbeef);
	assert_int_equal(esr_iss(UINT64_C(0xffffffffffffffff)), 0x1ffffff);
	assert_true(esr_is_wfe(EC(1) | IL | 1));
	assert_false(esr_is_wfe(EC(1) | IL | 0x1e00000));
}

/* Real instructions: str w1, [x0]; ldrsh x5, [x2]; ldrsb w7, [x2]; str xzr, [x3]. */
static void test_mmio_instructions(void **state)
{
	struct mmio_access a = decode_mmio(EC(0x24) | IL | 0x1000000 | 2U << 22 | 1U << 16 | 1U << 6 | 0x07);

	(void)state;
	assert_true(a.valid && a.is_write && !a.is_64bit && !a.is_s1ptw && !a.is_cache_maintenance);
	assert_int_equal(a.size_bytes, 4);
	assert_int_equal(a.reg, 1);
	assert_int_equal(a.kind, FAULT_TRANSLATION);

	a = decode_mmio(EC(0x24) | IL | 0x1000000 | 1U << 22 | 1U << 21 | 5U << 16 | 1U << 15 | 0x0f);
	assert_true(a.valid && !a.is_write && a.is_64bit && a.sign_extend);
	assert_int_equal(a.size_bytes, 2);
	assert_int_equal(a.kind, FAULT_PERMISSION);
	assert_true(mmio_load_value(a, 0x12348000) == UINT64_C(0xffffffffffff8000));

	a = decode_mmio(EC(0x24) | IL | 0x1000000 | 0U << 22 | 1U << 21 | 7U << 16 | 0x06);
	assert_true(mmio_load_value(a, 0x80) == 0xffffff80);
	assert_true(mmio_load_value(a, 0x7f) == 0x7f);

	a = decode_mmio(EC(0x24) | IL | 0x1000000 | 3U << 22 | 31U << 16 | 1U << 15 | 1U << 6 | 0x07);
	assert_int_equal(a.size_bytes, 8);
	assert_int_equal(a.reg, 31);
}

static void test_mmio_every_bit(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 25; bit++) {
		struct mmio_access a = decode_mmio(EC(0x24) | UINT64_C(1) << bit);
		assert_int_equal(a.valid, bit == 24);
		assert_int_equal(a.size_bytes, bit == 23 ? 4 : bit == 22 ? 2 : 1);
		assert_int_equal(a.sign_extend, bit == 21);
		assert_int_equal(a.reg, bit >= 16 && bit <= 20 ? 1U << (bit - 16) : 0);
		assert_int_equal(a.is_64bit, bit == 15);
		assert_int_equal(a.is_cache_maintenance, bit == 8);
		assert_int_equal(a.is_s1ptw, bit == 7);
		assert_int_equal(a.is_write, bit == 6);
	}
}

/* DFSC values, as in the manual's table. */
static void test_fault_kinds(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 64; code++) {
		enum fault_kind want = FAULT_OTHER;
		if (code <= 0x03)
			want = FAULT_ADDRESS_SIZE;
		else if (code >= 0x04 && code <= 0x07)
			want = FAULT_TRANSLATION;
		else if (code >= 0x08 && code <= 0x0b)
			want = FAULT_ACCESS_FLAG;
		else if (code >= 0x0c && code <= 0x0f)
			want = FAULT_PERMISSION;
		assert_int_equal(decode_fault_kind(EC(0x24) | 0x1ffffc0 | code), want);
		bool has_ipa = code <= 0x0b;
		assert_int_equal(decode_has_fault_ipa(EC(0x24) | code), has_ipa);
		assert_true(decode_has_fault_ipa(EC(0x24) | 1U << 7 | code));
	}
}

static void test_load_values(void **state)
{
	static const uint64_t raws[] = {0,         0x7f, 0x80, 0xff, 0x8000, 0x7fff, 0x80000000, 0x123456789abcdef0,
					UINT64_MAX};

	(void)state;
	for (unsigned sas = 0; sas < 4; sas++)
		for (unsigned flags = 0; flags < 4; flags++)
			for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
				struct mmio_access a =
					decode_mmio(0x1000000 | (uint64_t)sas << 22 | (uint64_t)(flags & 1) << 21 |
						    (uint64_t)(flags >> 1) << 15);
				uint64_t want = 0;
				switch (sas) {
				case 0:
					want = flags & 1 ? (uint64_t)(int8_t)raws[i] : (uint8_t)raws[i];
					break;
				case 1:
					want = flags & 1 ? (uint64_t)(int16_t)raws[i] : (uint16_t)raws[i];
					break;
				case 2:
					want = flags & 1 ? (uint64_t)(int32_t)raws[i] : (uint32_t)raws[i];
					break;
				default:
					want = raws[i];
					break;
				}
				if (flags < 2)
					want = (uint32_t)want;
				assert_true(mmio_load_value(a, raws[i]) == want);
				uint64_t mask = sas == 3 ? UINT64_MAX : (UINT64_C(1) << (8U << sas)) - 1;
				assert_true(mmio_store_value(a, raws[i]) == (raws[i] & mask));
			}
}

static void test_fault_ipa(void **state)
{
	(void)state;
	/* FIPA, bits 43:4, is IPA bits 51:12; NS (bit 63) is not part of it. */
	assert_true(decode_fault_ipa(0x90000, 0xffff800012345018).raw == 0x9000018);
	assert_true(decode_fault_ipa(UINT64_C(0x8000000000000010), 0xfff).raw == 0x1fff);
	assert_true(decode_fault_ipa(UINT64_MAX, UINT64_MAX).raw == UINT64_C(0xfffffffffffff));
	assert_true(decode_fault_ipa(0xf, 0).raw == 0);
}

/*
 * The encoding of MRS as in C6.2: 1101 0101 00 L op0 op1 CRn CRm op2 Rt; the ISS holds the same fields in another
 * order.
 */
static void test_sysreg(void **state)
{
	(void)state;
	for (unsigned op0 = 0; op0 < 4; op0++)
		for (unsigned op1 = 0; op1 < 8; op1++)
			for (unsigned crn = 0; crn < 16; crn++)
				for (unsigned crm = 0; crm < 16; crm++)
					for (unsigned op2 = 0; op2 < 8; op2++) {
						uint32_t rt = (crn * 7 + crm * 3 + op2) % 32;
						uint32_t read = (op1 + crm) & 1;
						uint64_t iss = (uint64_t)op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 |
							       rt << 5 | crm << 1 | read;
						struct sysreg_access a = decode_sysreg(EC(0x18) | IL | iss);
						assert_int_equal(a.key, SYSREG_KEY(op0, op1, crn, crm, op2));
						assert_int_equal(a.rt, rt);
						assert_int_equal(a.is_read, read);
					}
}

/* As the ISS of three real registers: ICC_SGI1R_EL1, ID_AA64PFR0_EL1, MDSCR_EL1. */
static void test_sysreg_known(void **state)
{
	struct sysreg_access a = decode_sysreg(0x3a3016);

	(void)state;
	assert_int_equal(a.key, SYSREG_KEY(3, 0, 12, 11, 5));
	assert_int_equal(a.rt, 0);
	assert_false(a.is_read);
	a = decode_sysreg(0x300049);
	assert_int_equal(a.key, SYSREG_KEY(3, 0, 0, 4, 0));
	assert_int_equal(a.rt, 2);
	assert_true(a.is_read);
	a = decode_sysreg(0x240004 | 31 << 5);
	assert_int_equal(a.rt, 31);
	assert_int_equal(a.key, SYSREG_KEY(2, 0, 0, 2, 2));
}

/* Each condition for all flags, against the table of the manual (C1.2.4), typed. */
static bool naive_condition(unsigned condition, bool n, bool z, bool c, bool v)
{
	const bool table[16] = {
		[0] = z,
		[1] = !z,
		[2] = c,
		[3] = !c,
		[4] = n,
		[5] = !n,
		[6] = v,
		[7] = !v,
		[8] = c && !z,
		[9] = !c || z,
		[10] = n == v,
		[11] = n != v,
		[12] = !z && n == v,
		[13] = z || n != v,
		[14] = true,
		[15] = true,
	};
	return table[condition];
}

static void test_conditions(void **state)
{
	const uint64_t aarch32 = 0x10;
	const uint64_t thumb = 0x30;
	const uint64_t valid = UINT64_C(1) << 24;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		unsigned condition = i >> 4;
		uint64_t flags = (uint64_t)(i & 15) << 28;
		bool want = naive_condition(condition, (i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
		uint64_t iss = valid | (uint64_t)condition << 20;
		/* In an IT block of one instruction: the condition in IT bits 7 to 4, at 15 to 12, and a one below. */
		uint64_t it = (uint64_t)condition << 12 | UINT64_C(1) << 11;
		assert_int_equal(decode_condition_holds(EC(0x05) | iss, aarch32 | flags), want);
		assert_int_equal(decode_condition_holds(EC(0x07) | IL | iss, thumb | flags), want);
		assert_int_equal(decode_condition_holds(EC(0x03), thumb | flags | it), want);
		assert_true(decode_condition_holds(EC(0x03), thumb | flags));
		assert_true(decode_condition_holds(EC(0x03), aarch32 | flags | it));
		/* AArch64, and classes without a condition. */
		assert_true(decode_condition_holds(EC(0x07) | iss, flags));
		assert_true(decode_condition_holds(EC(0x00) | iss, aarch32 | flags));
		assert_true(decode_condition_holds(EC(0x24) | iss, aarch32 | flags));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),           cmocka_unit_test(test_common_fields),
		cmocka_unit_test(test_mmio_instructions), cmocka_unit_test(test_mmio_every_bit),
		cmocka_unit_test(test_fault_kinds),       cmocka_unit_test(test_load_values),
		cmocka_unit_test(test_fault_ipa),         cmocka_unit_test(test_sysreg),
		cmocka_unit_test(test_sysreg_known),      cmocka_unit_test(test_conditions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
