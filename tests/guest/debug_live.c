/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoints that are enabled hit whoever set them and nobody else, and the registers of the external debugger's side
 * keep nothing that another could read, also while breakpoints are enabled. */
#include "tests/guest/helper.h"

#define ROUNDS 500U
#define ESR_CLASS_BREAKPOINT_SAME 0x31U
#define DBGBCR_EL1_ANY 0x1e3U                  /* E, PMC: EL1, BAS: the whole instruction */
#define MDSCR_KERNEL ((1U << 13) | (1U << 15)) /* KDE, MDE */
#define MDSCR_READ_ONLY (1U << 30)             /* RXfull: follows the channel */

static struct {
	uint32_t missed;
	uint32_t strange;
	uint32_t wrong;
} cpus[RUNTIME_CPU_MAX];

void target_0(void);
void target_1(void);
__asm__(".pushsection .text\n\t"
	".balign 4\n"
	"target_0:\n\tnop\n\tret\n"
	"target_1:\n\tnop\n\tret\n\t"
	".popsection");

static uint32_t hits(void (*target)(void))
{
	struct exception_caught caught;

	exception_catch();
	target();
	caught = exception_caught();
	if (caught.count != 0 &&
	    (esr_class_of(caught.esr) != ESR_CLASS_BREAKPOINT_SAME || caught.elr != (uintptr_t)target))
		return UINT32_MAX;
	return caught.count;
}

static void run(unsigned cpu)
{
	sysreg_write(oslar_el1, 0);
	sysreg_write(dbgbcr0_el1, DBGBCR_EL1_ANY);
	sysreg_write(mdscr_el1, MDSCR_KERNEL);
	isb();
	__asm__ volatile("msr daifclr, #8");
	for (uint32_t round = 0; round < ROUNDS; round++) {
		bool second = ((round ^ cpu) & 1) != 0;

		sysreg_write(dbgbvr0_el1, (uintptr_t)(second ? target_1 : target_0));
		isb();
		wfe();
		cpus[cpu].missed += hits(second ? target_1 : target_0) != 1;
		cpus[cpu].strange += hits(second ? target_0 : target_1) != 0;
		cpus[cpu].wrong += sysreg_read(mdscr_el1) != MDSCR_KERNEL;
	}
	__asm__ volatile("msr daifset, #8");
	sysreg_write(dbgbcr0_el1, 0);
	sysreg_write(mdscr_el1, 0);
	isb();
	cpus[cpu].strange += hits(target_0) != 0 || hits(target_1) != 0;
}

static void report(unsigned cpu)
{
	tap_equal(cpus[cpu].missed, 0, "an enabled breakpoint is hit");
	tap_equal(cpus[cpu].strange, 0, "no other's is");
	tap_equal(cpus[cpu].wrong, 0, "MDSCR_EL1 keeps its value");
}

/* 0 where the register is undefined: emulators don't have all. */
#define READ(reg)                                                                       \
	__extension__({                                                                 \
		uint64_t value_ = 0;                                                    \
		__asm__ volatile("mrs %0, " SYSREG_TEXT(reg) : "+r"(value_)::"memory"); \
		value_;                                                                 \
	})

static void write_channels(uint64_t value)
{
	sysreg_write(dbgclaimset_el1, value & 0xff);
	sysreg_write(osdtrtx_el1, value);
	sysreg_write(osdtrrx_el1, value);
	sysreg_write(mdccint_el1, value);
	sysreg_write(oseccr_el1, value);
	sysreg_write(dbgdtr_el0, value);
	sysreg_write(dbgdtrtx_el0, value);
	isb();
}

static uint64_t read_channels(void)
{
	return READ(dbgclaimclr_el1) | READ(osdtrtx_el1) | READ(osdtrrx_el1) | READ(mdccint_el1) | READ(oseccr_el1) |
	       READ(dbgdtr_el0) | READ(dbgdtrrx_el0) | READ(mdccsr_el0);
}

/* What one guest leaves there another one would find. */
static void check_channels(void)
{
	uint64_t seen = 0;

	sysreg_write(mdscr_el1, MDSCR_KERNEL | MDSCR_READ_ONLY);
	tap_equal(sysreg_read(mdscr_el1), MDSCR_KERNEL, "RXfull follows the channel");
	exception_catch();
	for (uint32_t round = 0; round < 10; round++) {
		seen |= read_channels();
		write_channels(0x5a5a5a00U + round);
		seen |= read_channels();
		wfe();
	}
	(void)exception_caught();
	tap_equal(seen, 0, "the debug communication channel and the claim tags keep nothing");
	exception_catch();
	sysreg_write(mdccint_el1, 0);
	(void)sysreg_read(mdccsr_el0);
	tap_equal(exception_caught().count, 0, "an idle channel can be asked");
	sysreg_write(mdscr_el1, 0);
}

void guest_main(void)
{
	test_start();
	test_run_on_all(run, report);
	if (tap_on_takt())
		check_channels();
	else
		tap_skip("debug communication channel", "not on Takt");
	tap_end();
}
