/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/sysreg.c */
/* What a guest sees of the hardware's features, and which trapped registers exist for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "logic/arm/sysreg.h"

static uint64_t field(uint64_t word, unsigned lsb) { return word >> lsb & 0xf; }

static struct sysreg_ids sanitise(const struct sysreg_ids *in, uint32_t flags)
{
	struct sysreg_ids out;

	memset(&out, 0xa5, sizeof(out));
	sysreg_ids_sanitise(in, flags, &out);
	return out;
}

/* Cortex-A53 r0p4 (technical reference manual, 4.2), with EL3 and the GIC interface as boards report them. */
static struct sysreg_ids cortex_a53(void)
{
	struct sysreg_ids ids = {.id = {0}};

	ids.id[ID_PFR0_EL1] = 0x00000131;
	ids.id[ID_PFR1_EL1] = 0x10011011;
	ids.id[ID_DFR0_EL1] = 0x03010066;
	ids.id[ID_ISAR4_EL1] = 0x00011142;
	ids.id[ID_ISAR5_EL1] = 0x00011121;
	ids.id[ID_MMFR0_EL1] = 0x10101105;
	ids.id[MVFR0_EL1] = 0x10110222;
	ids.id[MVFR1_EL1] = 0x12111111;
	ids.id[MVFR2_EL1] = 0x00000043;
	ids.id[ID_AA64PFR0_EL1] = 0x01002222;
	ids.id[ID_AA64DFR0_EL1] = 0x10305106;
	ids.id[ID_AA64ISAR0_EL1] = 0x00011120;
	ids.id[ID_AA64MMFR0_EL1] = 0x00001122;
	return ids;
}

static void test_cortex_a53(void **state)
{
	struct sysreg_ids in = cortex_a53();
	struct sysreg_ids out = sanitise(&in, 0);

	(void)state;
	assert_true(out.id[ID_AA64PFR0_EL1] == 0x01000012);
	assert_true(out.id[ID_AA64PFR1_EL1] == 0);
	assert_true(out.id[ID_AA64DFR0_EL1] == 0x10305006);
	assert_true(out.id[ID_AA64ISAR0_EL1] == 0x00011120);
	assert_true(out.id[ID_AA64MMFR0_EL1] == 0x00000022);
	assert_true(out.id[ID_PFR1_EL1] == 0x10010001);
	assert_true(out.id[ID_DFR0_EL1] == 0x6);
	assert_true(out.id[ID_ISAR4_EL1] == 0x00010142);
	assert_true(out.id[MVFR1_EL1] == 0x12111111);
}

static void test_no_fp(void **state)
{
	struct sysreg_ids in = cortex_a53();
	struct sysreg_ids out = sanitise(&in, BLOB_VM_NO_FP | BLOB_VM_AUTOSTART);

	(void)state;
	assert_true(out.id[ID_AA64PFR0_EL1] == 0x01ff0012);
	assert_true(out.id[MVFR0_EL1] == 0 && out.id[MVFR1_EL1] == 0 && out.id[MVFR2_EL1] == 0);
}

/* Of a VM that has the monitors, and of one that has none (test_cortex_a53). */
static void test_pmu(void **state)
{
	struct sysreg_ids in = cortex_a53();
	struct sysreg_ids out = sanitise(&in, BLOB_VM_PMU);

	(void)state;
	assert_true(out.id[ID_AA64DFR0_EL1] == 0x10305106 && sysreg_has_pmu(&out));
	assert_true(out.id[ID_DFR0_EL1] == 0x03000006);
	assert_true(out.id[ID_AA64PFR0_EL1] == 0x01000012);
	in.id[ID_AA64DFR0_EL1] = 0x10305f06; /* monitors of another kind */
	in.id[ID_DFR0_EL1] |= 0x0f000000;
	out = sanitise(&in, BLOB_VM_PMU);
	assert_true(out.id[ID_AA64DFR0_EL1] == 0x10305006 && !sysreg_has_pmu(&out));
	assert_true(out.id[ID_DFR0_EL1] == 0x6);
	in.id[ID_AA64DFR0_EL1] = 0x10305906; /* PMUv3p9, with registers of its own */
	assert_true(sanitise(&in, BLOB_VM_PMU).id[ID_AA64DFR0_EL1] == 0x10305806);
	in.id[ID_AA64DFR0_EL1] = 0x10305006;
	assert_true(!sysreg_has_pmu(&in));
	in.id[ID_AA64DFR0_EL1] = 0x10305106;
	in.id[ID_AA64PFR0_EL1] = (in.id[ID_AA64PFR0_EL1] & ~UINT64_C(0xff)) | 0x11; /* no AArch32: UNKNOWN there */
	assert_true(sanitise(&in, BLOB_VM_PMU).id[ID_DFR0_EL1] == 0);
}

static void test_hardware_without_fp_says_so(void **state)
{
	struct sysreg_ids in = cortex_a53();

	(void)state;
	in.id[ID_AA64PFR0_EL1] |= 0xff0000;
	assert_true(sanitise(&in, 0).id[ID_AA64PFR0_EL1] == 0x01ff0012);
}

static void test_no_aarch32(void **state)
{
	struct sysreg_ids in;
	struct sysreg_ids out;

	(void)state;
	memset(&in, 0xff, sizeof(in));
	in.id[ID_AA64PFR0_EL1] = 0x11;
	out = sanitise(&in, 0);
	for (unsigned i = 0; i < SYSREG_ID(4, 0); i++)
		assert_true(out.id[i] == 0);
}

/* Everything that a future CPU may set: what must be hidden is zero, and caps hold. */
static void test_all_ones(void **state)
{
	struct sysreg_ids in;
	struct sysreg_ids out;

	(void)state;
	memset(&in, 0xff, sizeof(in));
	out = sanitise(&in, 0);

	const uint64_t pfr0 = out.id[ID_AA64PFR0_EL1];
	assert_int_equal(field(pfr0, 0), 2);
	assert_int_equal(field(pfr0, 4), 1);
	assert_true(field(pfr0, 8) == 0 && field(pfr0, 12) == 0); /* EL2 EL3 */
	assert_int_equal(field(pfr0, 24), 1);                     /* GIC */
	assert_true((pfr0 >> 28 & 0xfffff) == 0);                 /* RAS SVE SEL2 MPAM AMU */
	assert_int_equal(field(pfr0, 52), 0);                     /* RME */
	assert_int_equal(field(pfr0, 56), 1);                     /* CSV2 */
	assert_true((out.id[ID_AA64PFR1_EL1] & ~UINT64_C(0xff)) == 0);

	const uint64_t dfr0 = out.id[ID_AA64DFR0_EL1];
	assert_int_equal(field(dfr0, 0), 8);
	assert_true(field(dfr0, 4) == 0 && field(dfr0, 8) == 0 && field(dfr0, 32) == 0 && dfr0 >> 40 == 0);

	const uint64_t isar1 = out.id[ID_AA64ISAR1_EL1];
	assert_true((isar1 & 0xff000ff0) == 0); /* APA API GPA GPI */
	assert_true(field(isar1, 60) == 0 && field(isar1, 56) == 0);
	const uint64_t isar2 = out.id[ID_AA64ISAR2_EL1];
	assert_true(field(isar2, 0) == 0 && field(isar2, 8) == 0 && field(isar2, 12) == 0 && field(isar2, 16) == 0 &&
		    field(isar2, 24) == 0);
}

static void test_all_ones_memory(void **state)
{
	struct sysreg_ids in;
	struct sysreg_ids out;

	(void)state;
	memset(&in, 0xff, sizeof(in));
	out = sanitise(&in, 0);

	const uint64_t mmfr0 = out.id[ID_AA64MMFR0_EL1];
	assert_int_equal(field(mmfr0, 0), 2);
	assert_true(field(mmfr0, 32) == 0 && field(mmfr0, 36) == 0 && field(mmfr0, 40) == 0 && mmfr0 >> 56 == 0);
	const uint64_t mmfr1 = out.id[ID_AA64MMFR1_EL1];
	assert_true(field(mmfr1, 8) == 0 && field(mmfr1, 16) == 0 && field(mmfr1, 40) == 0);
	assert_int_equal(field(mmfr1, 20), 3);
	assert_int_equal(field(out.id[ID_AA64MMFR2_EL1], 24), 0);
	assert_int_equal(field(out.id[ID_AA64MMFR2_EL1], 56), 0);
	assert_true(out.id[ID_AA64MMFR3_EL1] == 0 && out.id[ID_AA64ZFR0_EL1] == 0 && out.id[ID_AA64SMFR0_EL1] == 0 &&
		    out.id[ID_AA64AFR0_EL1] == 0 && out.id[ID_AA64DFR1_EL1] == 0);
	/* encodings without a register */
	for (unsigned op2 = 6; op2 < 8; op2++)
		assert_true(out.id[SYSREG_ID(5, op2)] == 0 && out.id[SYSREG_ID(7, op2)] == 0);
	assert_true(out.id[SYSREG_ID(1, 3)] == 0); /* ID_AFR0_EL1: implementation defined */
}

/* Nothing is shown that the hardware lacks, but the GIC interface, which EL2 provides. */
static void test_adds_nothing(void **state)
{
	struct sysreg_ids in = {.id = {0}};
	struct sysreg_ids out = sanitise(&in, 0);

	(void)state;
	for (unsigned i = 0; i < SYSREG_ID_COUNT; i++)
		assert_true(out.id[i] == (i == ID_AA64PFR0_EL1 ? UINT64_C(1) << 24 : 0));
}

static void test_lpa2_is_hidden(void **state)
{
	struct sysreg_ids in = cortex_a53();

	(void)state;
	in.id[ID_AA64MMFR0_EL1] = UINT64_C(0x1020f226); /* TGran4 1, TGran64 0, TGran16 2 */
	uint64_t out = sanitise(&in, 0).id[ID_AA64MMFR0_EL1];
	assert_int_equal(field(out, 28), 0);
	assert_int_equal(field(out, 20), 1);
	in.id[ID_AA64MMFR0_EL1] = UINT64_C(0xff000000);
	out = sanitise(&in, 0).id[ID_AA64MMFR0_EL1];
	assert_int_equal(field(out, 28), 0xf);
	assert_int_equal(field(out, 24), 0xf);
}

static void test_small_parange_is_kept(void **state)
{
	struct sysreg_ids in = cortex_a53();

	(void)state;
	in.id[ID_AA64MMFR0_EL1] = 1;
	assert_true(sanitise(&in, 0).id[ID_AA64MMFR0_EL1] == 1);
	in.id[ID_AA64MMFR0_EL1] = 5;
	assert_true(sanitise(&in, 0).id[ID_AA64MMFR0_EL1] == 2);
}

static void test_trapped_every_key(void **state)
{
	struct sysreg_ids ids;

	(void)state;
	for (unsigned i = 0; i < SYSREG_ID_COUNT; i++)
		ids.id[i] = 0x1000 + i;
	for (unsigned key = 0; key < 0x10000; key++) {
		struct sysreg_verdict r = sysreg_trapped(&ids, (uint16_t)key, true);
		struct sysreg_verdict w = sysreg_trapped(&ids, (uint16_t)key, false);
		unsigned crm = key >> 3 & 15;
		if (key >> 7 == SYSREG_KEY(3, 0, 0, 0, 0) >> 7 && crm >= 1 && crm <= 7) {
			assert_int_equal(r.kind, SYSREG_VALUE);
			assert_true(r.value == 0x1000 + (crm - 1) * 8 + (key & 7));
			assert_int_equal(w.kind, SYSREG_UNDEFINED);
		} else if (key == SYSREG_KEY(3, 0, 12, 12, 5) || key == SYSREG_KEY(3, 0, 1, 0, 1)) {
			assert_int_equal(r.kind, SYSREG_VALUE);
			assert_true(r.value == (key == SYSREG_KEY(3, 0, 1, 0, 1) ? 0 : 7));
			assert_int_equal(w.kind, SYSREG_IGNORE);
		} else {
			assert_int_equal(r.kind, SYSREG_UNDEFINED);
			assert_int_equal(w.kind, SYSREG_UNDEFINED);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cortex_a53),
		cmocka_unit_test(test_no_fp),
		cmocka_unit_test(test_pmu),
		cmocka_unit_test(test_hardware_without_fp_says_so),
		cmocka_unit_test(test_no_aarch32),
		cmocka_unit_test(test_all_ones),
		cmocka_unit_test(test_all_ones_memory),
		cmocka_unit_test(test_adds_nothing),
		cmocka_unit_test(test_lpa2_is_hidden),
		cmocka_unit_test(test_small_parange_is_kept),
		cmocka_unit_test(test_trapped_every_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
