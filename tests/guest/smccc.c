/* SPDX-License-Identifier: Apache-2.0 */
/* SMCCC discovery (DEN0028), random numbers (DEN0098), Takt's own calls, and that calls keep the registers that they
 * must. */
#include "tests/guest/helper.h"

#define RND_BITS_MAX 192U
#define TRNG_INVALID (-2)

static const uint32_t unknown[] = {
	0x80007fffU, /* architecture */
	0x8100ff01U, /* CPU service */
	0x8200ff01U, /* SiP */
	0x8300ff01U, /* OEM */
	0x8400ffffU, /* standard */
	0x8500ffffU, /* standard hypervisor */
	0xc600ffffU, /* vendor-specific hypervisor */
	0xb2000000U, /* trusted OS */
	0x00000000U, /* a yielding call */
	0xffffffffU,
};

static void check_unknown(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		wrong += (int32_t)smccc_hvc(unknown[i], 1, 2, 3).x0 != SMCCC_NOT_SUPPORTED;
	tap_equal(wrong, 0, "unknown functions answer -1");
}

/* Fills x4 to x27 with values of their own, calls, and answers a word with a bit set for each that changed. */
static uint64_t changed_registers(uint32_t function)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t changed __asm__("x1");

	__asm__ volatile(".irp n,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n\t"
			 "mov x\\n, #(0x5a00 + \\n)\n\t"
			 ".endr\n\t"
			 "hvc #0\n\t"
			 "mov x1, #0\n\t"
			 ".irp n,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n\t"
			 "mov x2, #(0x5a00 + \\n)\n\t"
			 "cmp x2, x\\n\n\t"
			 "cset x2, ne\n\t"
			 "orr x1, x1, x2, lsl #\\n\n\t"
			 ".endr"
			 : "+r"(x0), "=r"(changed)::"x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25",
			   "x26", "x27", "cc", "memory");
	return changed;
}

static void check_discovery(void)
{
	tap_ok((int32_t)smccc_hvc(SMCCC_VERSION, 0, 0, 0).x0 >= 0x10001, "SMCCC is 1.1 or later");
	tap_equal(smccc_hvc(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0).x0, 0, "SMCCC_VERSION is a feature");
	tap_equal((uint32_t)smccc_hvc(SMCCC_ARCH_FEATURES, 0x80007fffU, 0, 0).x0, UINT32_MAX, "an unknown call is not");
	tap_equal(smccc_hvc(TAKT_VERSION, 0, 0, 0).x0, TAKT_ABI_VERSION, "the version of Takt's calls");
	tap_ok(smccc_hvc(VENDOR_HYP_CALL_COUNT, 0, 0, 0).x0 >= TAKT_CALL_COUNT, "their count");
	tap_equal(smccc_hvc(TAKT_EXIT_STATS, 1, 0, 0).x0, 0, "exit statistics of a class");
	tap_ok(smccc_hvc(TAKT_EXIT_STATS, 1, 0, 0).x1 > 5, "count this guest's hypercalls");
	tap_equal((uint32_t)smccc_hvc(TAKT_EXIT_STATS, 1000, 0, 0).x0, (uint32_t)SMCCC_INVALID_PARAMETER,
		  "a class that does not exist is refused");
	tap_equal(smccc_smc(SMCCC_VERSION, 0, 0, 0).x0, smccc_hvc(SMCCC_VERSION, 0, 0, 0).x0, "SMC answers the same");
}

/* DEN0028, 2.9: other immediates are no calls. */
static void check_immediate(void)
{
	struct smccc_result hvc = smccc_hvc_other(PSCI_VERSION, 5, 6, 7);
	struct smccc_result smc = smccc_smc_other(PSCI_SYSTEM_OFF, 5, 6, 7);

	tap_ok((int32_t)hvc.x0 == SMCCC_NOT_SUPPORTED && hvc.x1 == 5 && hvc.x2 == 6 && hvc.x3 == 7,
	       "HVC with another immediate answers -1 and nothing else");
	tap_ok((int32_t)smc.x0 == SMCCC_NOT_SUPPORTED && smc.x1 == 5 && smc.x2 == 6 && smc.x3 == 7, "so does SMC");
	tap_equal((uint32_t)smccc_hvc_other(TAKT_VERSION, 0, 0, 0).x0, UINT32_MAX, "Takt's own calls are no exception");
}

static void check_random(void)
{
	struct smccc_result first = smccc_hvc(TRNG_RND_64, RND_BITS_MAX, 0, 0);
	struct smccc_result next = smccc_hvc(TRNG_RND_64, RND_BITS_MAX, 0, 0);
	struct smccc_result few = smccc_hvc(TRNG_RND_64, 10, 0, 0);

	tap_ok((int32_t)smccc_hvc(TRNG_VERSION, 0, 0, 0).x0 >= (int32_t)TRNG_VERSION_1_0, "TRNG is 1.0 or later");
	tap_ok((int32_t)smccc_hvc(TRNG_FEATURES, TRNG_RND_64, 0, 0).x0 >= 0, "it has the 64-bit call");
	tap_ok(first.x0 == 0 && next.x0 == 0, "it answers 192 bits");
	tap_ok(first.x1 != next.x1 && first.x2 != next.x2 && first.x3 != next.x3, "others each time");
	tap_ok(few.x0 == 0 && few.x1 == 0 && few.x2 == 0 && few.x3 >> 10 == 0, "and no more bits than asked for");
	tap_equal((uint32_t)smccc_hvc(TRNG_RND_64, 0, 0, 0).x0, (uint32_t)TRNG_INVALID, "0 bits are refused");
	tap_equal((uint32_t)smccc_hvc(TRNG_RND_64, 193, 0, 0).x0, (uint32_t)TRNG_INVALID, "193 bits are");
	tap_equal((uint32_t)smccc_hvc(TRNG_RND_32, 97, 0, 0).x0, (uint32_t)TRNG_INVALID,
		  "97 bits by the 32-bit call are");
}

void guest_main(void)
{
	test_start();
	check_unknown();
	tap_equal(changed_registers(PSCI_VERSION), 0, "PSCI_VERSION keeps x4 to x27");
	tap_equal(changed_registers(0xc600ffffU), 0, "an unknown function keeps x4 to x27");
	if (!tap_on_takt()) {
		tap_skip("discovery and random numbers", "not on Takt");
		tap_end();
	}
	check_discovery();
	check_immediate();
	check_random();
	tap_equal(changed_registers(TAKT_VERSION), 0, "TAKT_VERSION keeps x4 to x27");
	tap_equal(changed_registers(TRNG_RND_64), 0, "TRNG_RND_64 keeps x4 to x27");
	tap_end();
}
