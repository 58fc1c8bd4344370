/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to where there is nothing are synchronous external aborts, with the address and syndrome that belong to
 * them; and what hypervisors give is taken as hardware takes exceptions. */
#include "tests/guest/helper.h"

#define DEVICE_HOLE 0x0e000000UL /* nothing there on QEMU's board either */
#define NORMAL_HOLE 0xf0000000UL
#define UNDER_TABLE 0x80123000UL /* in the third GiB */
#define DESC_TABLE 3U
#define ESR_WNR (1U << 6)
#define FSC_EXTERNAL_ON_WALK 0x14U /* and the level */
#define DAIF_MASKED 0x3c0U
#define PSTATE_PAN (1U << 22)
#define PSTATE_SSBS (1U << 12)
#define SCTLR_SPAN (UINT64_C(1) << 23)
#define SCTLR_DSSBS (UINT64_C(1) << 44)

static void check_abort(struct exception_caught caught, unsigned class, uint64_t address, bool is_write,
			const char *what)
{
	bool write_right = class == ESR_CLASS_FETCH_SAME || ((caught.esr & ESR_WNR) != 0) == is_write;

	tap_ok(caught.count == 1 && esr_class_of(caught.esr) == class && (caught.esr & 0x3f) == ESR_FSC_EXTERNAL &&
		       caught.far == address && write_right,
	       what);
	if (caught.count != 1 || caught.far != address)
		print("# %u exceptions, esr 0x%lx far 0x%lx\n", caught.count, caught.esr, caught.far);
}

static void check_data(uintptr_t address)
{
	exception_catch();
	(void)mmio_read32(address);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address, false, "a read is an external abort");
	exception_catch();
	mmio_write64(address + 8, 1);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address + 8, true, "a write is");
	exception_catch();
	(void)mmio_read8(address + 0xfff);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address + 0xfff, false, "a read of a byte is");
}

/* Walks of this guest's own tables that lead to nothing. */
static void check_walk(void)
{
	static uint64_t table[4] __attribute__((aligned(32)));
	const uint64_t *now = (const uint64_t *)sysreg_read(ttbr0_el1);
	struct exception_caught caught;

	for (unsigned i = 0; i < 4; i++)
		table[i] = now[i];
	table[2] = NORMAL_HOLE | DESC_TABLE;
	dsb();
	sysreg_write(ttbr0_el1, (uintptr_t)table);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	exception_catch();
	mmio_write32(UNDER_TABLE, 1);
	caught = exception_caught();
	tap_ok(caught.count == 1 && esr_class_of(caught.esr) == ESR_CLASS_DATA_SAME && caught.far == UNDER_TABLE &&
		       (caught.esr & 0x3c) == FSC_EXTERNAL_ON_WALK,
	       "a walk to nowhere is an external abort on a walk");
	if (caught.count != 1 || (caught.esr & 0x3c) != FSC_EXTERNAL_ON_WALK)
		print("# %u exceptions, esr 0x%lx far 0x%lx\n", caught.count, caught.esr, caught.far);
	sysreg_write(ttbr0_el1, (uintptr_t)now);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

/* There is nothing in a cache for an address where nothing is. */
static void check_maintenance(void)
{
	uint64_t at[] = {DEVICE_HOLE, NORMAL_HOLE, GICD_BASE};

	exception_catch();
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		__asm__ volatile("dc civac, %0\n\tdc cvac, %0\n\tdc ivac, %0\n\tdsb sy" ::"r"(at[i]) : "memory");
	tap_equal(exception_caught().count, 0, "cache maintenance where nothing is does nothing");
}

/* The state in which the vector begins: x9 DAIF, x10 SPSel, x11 PAN, x12 SSBS; x13 and x14 say whether there are these
 * two. */
extern const char entry_vectors[];
__asm__(".pushsection .text\n\t"
	".balign 2048\n"
	"entry_vectors:\n\t"
	".space 0x200\n\t"
	"mrs x9, daif\n\t"
	"mrs x10, spsel\n\t"
	"cbz x13, 1f\n\t"
	"mrs x11, S3_0_C4_C2_3\n"
	"1:\tcbz x14, 2f\n\t"
	"mrs x12, S3_3_C4_C2_6\n"
	"2:\tmrs x15, elr_el1\n\t"
	"add x15, x15, #4\n\t"
	"msr elr_el1, x15\n\t"
	"eret\n\t"
	".popsection");

static void check_entry(void)
{
	register uint64_t daif __asm__("x9") = 0;
	register uint64_t spsel __asm__("x10") = 0;
	register uint64_t pan __asm__("x11") = PSTATE_PAN;
	register uint64_t ssbs __asm__("x12") = PSTATE_SSBS;
	register uint64_t has_pan __asm__("x13") = sysreg_read(id_aa64mmfr1_el1) >> 20 & 0xf;
	register uint64_t has_ssbs __asm__("x14") = sysreg_read(id_aa64pfr1_el1) >> 4 & 0xf;
	uint64_t vectors = sysreg_read(vbar_el1);
	uint64_t sctlr = sysreg_read(sctlr_el1);

	sysreg_write(sctlr_el1, (sctlr & ~SCTLR_SPAN) | (has_ssbs != 0 ? SCTLR_DSSBS : 0));
	sysreg_write(vbar_el1, (uintptr_t)entry_vectors);
	isb();
	__asm__ volatile("mrs x15, S3_0_C15_C15_7"
			 : "+r"(daif), "+r"(spsel), "+r"(pan), "+r"(ssbs)
			 : "r"(has_pan), "r"(has_ssbs)
			 : "x15", "memory");
	sysreg_write(vbar_el1, vectors);
	sysreg_write(sctlr_el1, sctlr);
	isb();
	tap_ok(daif == DAIF_MASKED && spsel == 1, "a handler begins masked, on its own stack");
	tap_ok(pan == PSTATE_PAN && ssbs == PSTATE_SSBS, "with PAN and SSBS as SCTLR_EL1 says");
	if (pan != PSTATE_PAN || ssbs != PSTATE_SSBS)
		print("# PAN 0x%lx, SSBS 0x%lx\n", pan, ssbs);
}

static void check_pair(void)
{
	uint64_t low = 0, high = 0;
	struct exception_caught caught;

	exception_catch();
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(low), "=&r"(high) : "r"(GICD_BASE + GICD_ISENABLER) : "memory");
	caught = exception_caught();
	check_abort(caught, ESR_CLASS_DATA_SAME, GICD_BASE + GICD_ISENABLER, false,
		    "a pair access to an emulated register is an external abort");
}

void guest_main(void)
{
	void (*nowhere)(void) = (void (*)(void))NORMAL_HOLE;

	test_start();
	print("# Device memory\n");
	check_data(DEVICE_HOLE);
	print("# Normal memory\n");
	check_data(NORMAL_HOLE);
	exception_catch();
	nowhere();
	check_abort(exception_caught(), ESR_CLASS_FETCH_SAME, NORMAL_HOLE, false, "an instruction fetch is");
	check_walk();
	check_maintenance();
	check_entry();
	if (tap_on_takt())
		check_pair();
	else
		tap_skip("pair access", "not on Takt");
	for (unsigned i = 0; i < 1000; i++) {
		exception_catch();
		(void)mmio_read32(DEVICE_HOLE);
		if (exception_caught().count != 1)
			break;
	}
	tap_ok(true, "a thousand aborts leave the guest running");
	tap_end();
}
