/* SPDX-License-Identifier: Apache-2.0 */
/* Identification registers say what this guest has, and what it does not have is undefined (DDI 0487, D17 and D1.10).
 */
#include "tests/guest/helper.h"

#define UNTOUCHED UINT64_C(0x1234)
#define CPACR_ZEN (3U << 16)
#define FIELD(value, low) ((unsigned)((value) >> (low)) & 0xf)

/* All of op0 3, op1 0, CRn 0, CRm 4 to 7: named or reserved, each can be read. */
#define READ_ID(crm, op2) (void)sysreg_read(S3_0_C0_C##crm##_##op2)
#define READ_ID_ROW(crm) \
	READ_ID(crm, 0); \
	READ_ID(crm, 1); \
	READ_ID(crm, 2); \
	READ_ID(crm, 3); \
	READ_ID(crm, 4); \
	READ_ID(crm, 5); \
	READ_ID(crm, 6); \
	READ_ID(crm, 7)

static void check_identification(void)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1);

	exception_catch();
	READ_ID_ROW(1);
	READ_ID_ROW(2);
	READ_ID_ROW(3);
	READ_ID_ROW(4);
	READ_ID_ROW(5);
	READ_ID_ROW(6);
	READ_ID_ROW(7);
	tap_equal(exception_caught().count, 0, "the whole space of identification registers can be read");
	tap_ok(FIELD(pfr0, 0) != 0 && FIELD(pfr0, 4) != 0, "there are EL0 and EL1");
	tap_equal(FIELD(pfr0, 24), 1, "the interrupt controller has system registers");
	tap_equal(sysreg_read(mpidr_el1) & 0xff00ffffffU, 0, "MPIDR has affinity 0.0.0.0");
	tap_ok((sysreg_read(mpidr_el1) >> 31 & 1) == 1, "and its bit that is one");
	tap_ok(sysreg_read(midr_el1) != 0, "MIDR names an implementation");
	tap_ok(sysreg_read(ctr_el0) >> 31 == 1, "CTR can be read");
}

static void check_hidden(void)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1);
	uint64_t pfr1 = sysreg_read(id_aa64pfr1_el1);
	uint64_t isar1 = sysreg_read(id_aa64isar1_el1);

	tap_equal(FIELD(pfr0, 32), 0, "no SVE");
	tap_equal(FIELD(pfr0, 44), 0, "no activity monitors");
	tap_equal(FIELD(pfr1, 8), 0, "no memory tagging");
	tap_equal(FIELD(pfr1, 24), 0, "no SME");
	tap_equal(FIELD(isar1, 4) | FIELD(isar1, 8) | FIELD(isar1, 24) | FIELD(isar1, 28), 0,
		  "no pointer authentication");
}

/* The instruction is undefined, execution goes on behind it, and the target register keeps its value. */
static void check_one(struct exception_caught caught, uint64_t value, const char *what)
{
	bool is_right = caught.count == 1 && esr_class_of(caught.esr) == ESR_CLASS_UNKNOWN && value == UNTOUCHED;

	tap_ok(is_right, what);
	if (!is_right)
		print("# %u exceptions, esr 0x%lx, value 0x%lx\n", caught.count, caught.esr, value);
}

#define CHECK_UNDEFINED(reg, what)                                        \
	do {                                                              \
		uint64_t value = UNTOUCHED;                               \
		exception_catch();                                        \
		__asm__ volatile("mrs %0, " reg : "+r"(value)::"memory"); \
		check_one(exception_caught(), value, what);               \
	} while (0)

static void check_undefined(void)
{
	CHECK_UNDEFINED("hcr_el2", "HCR_EL2 is undefined");
	CHECK_UNDEFINED("vttbr_el2", "VTTBR_EL2 is");
	CHECK_UNDEFINED("scr_el3", "SCR_EL3 is");
	CHECK_UNDEFINED("S3_4_C12_C11_0", "ICH_HCR_EL2 is");
	CHECK_UNDEFINED("S3_0_C15_C15_7", "an unallocated register is");
	/* Not trapped by EL1's own control, which would come first where the CPU has SVE and Takt hides it. */
	sysreg_write(cpacr_el1, sysreg_read(cpacr_el1) | CPACR_ZEN);
	isb();
	if (FIELD(sysreg_read(id_aa64pfr0_el1), 32) == 0)
		CHECK_UNDEFINED("S3_0_C1_C2_0", "ZCR_EL1 is, without SVE");
	else
		tap_skip("ZCR_EL1", "this machine has SVE");
	if (FIELD(sysreg_read(id_aa64dfr0_el1), 8) == 0)
		CHECK_UNDEFINED("pmcr_el0", "PMCR_EL0 is, without PMU");
	else
		tap_skip("PMCR_EL0", "this machine has a PMU");
}

static void check_undefined_instruction(void)
{
	struct exception_caught caught;

	exception_catch();
	__asm__ volatile(".inst 0x00000000" ::: "memory");
	caught = exception_caught();
	tap_ok(caught.count == 1 && esr_class_of(caught.esr) == ESR_CLASS_UNKNOWN, "UDF is undefined");
	exception_catch();
	__asm__ volatile("sev\n\twfe\n\tyield\n\tsevl\n\twfe" ::: "memory");
	tap_equal(exception_caught().count, 0, "hints are not");
	exception_catch();
	sysreg_write(oslar_el1, 0);
	sysreg_write(mdscr_el1, 0);
	(void)sysreg_read(oslsr_el1);
	(void)sysreg_read(actlr_el1);
	(void)sysreg_read(isr_el1);
	(void)sysreg_read(clidr_el1);
	tap_equal(exception_caught().count, 0, "nor are registers that every kernel touches at boot");
}

void guest_main(void)
{
	test_start();
	check_identification();
	check_undefined();
	check_undefined_instruction();
	if (tap_on_takt())
		check_hidden();
	else
		tap_skip("hidden extensions", "not on Takt");
	tap_end();
}
