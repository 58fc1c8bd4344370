/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/smccc.c logic/arm/trng.c */
/* Standard calls: PSCI 1.1, SMCCC 1.2, TRNG 1.0 and Takt's own, each answer and each refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "logic/arm/smccc.h"

static const struct blob_segment segments[] = {
	{.ipa = 0x09000000,
	 .pa = 0x09000000,
	 .bytes = 0x1000,
	 .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_DEVICE},
	{.ipa = 0x40000000,
	 .pa = 0x80000000,
	 .bytes = 0x200000,
	 .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_X},
	{.ipa = 0x100000000, .pa = 0x90000000, .bytes = 0x200000, .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_X},
};

static struct smccc_vm vm;
static struct trng trng;
static uint64_t x[4];

static int setup(void **state)
{
	static const uint64_t seed[2] = {1, 2};

	(void)state;
	vm = (struct smccc_vm){.vcpu_count = 3, .segment_count = 3, .segments = segments};
	vm.power[0] = PSCI_POWER_ON;
	vm.power[2] = PSCI_POWER_ON_PENDING;
	trng_init(&trng, seed, 0);
	return 0;
}

static struct hypercall_result call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	return smccc_call(&vm, &trng, ticks(1000), x);
}

/* A call that answers r in x0, does nothing, and keeps x1 to x3. */
static void expect(uint64_t x0, uint64_t x1, uint64_t x2, int64_t r)
{
	struct hypercall_result result = call(x0, x1, x2, 0xdead00000003);

	assert_int_equal(result.action, HYPERCALL_NONE);
	assert_true(x[0] == (uint64_t)r);
	assert_true(x[1] == x1 && x[2] == x2 && x[3] == 0xdead00000003);
}

static void test_takt(void **state)
{
	(void)state;
	expect(TAKT_VERSION, 5, 6, 0x10000);
	expect(0xabcd0000c6000000, 5, 6, 0x10000); /* the function is w0 */
	for (unsigned class = 0; class < EXIT_CLASS_COUNT; class ++) {
		struct hypercall_result r = call(TAKT_EXIT_STATS, class, 0, 0);
		assert_int_equal(r.action, HYPERCALL_EXIT_STATS);
		assert_int_equal(r.target, class);
		assert_true(x[0] == 0);
	}
	expect(TAKT_EXIT_STATS, EXIT_CLASS_COUNT, 0, SMCCC_INVALID_PARAMETER);
	expect(TAKT_EXIT_STATS, 0x100000000, 0, SMCCC_INVALID_PARAMETER);
}

static void test_manager(void **state)
{
	struct hypercall_result r;

	(void)state;
	/* To any other VM everything is denied, what exists and what does not. */
	expect(TAKT_VM_INFO, 0, 0, SMCCC_DENIED);
	expect(TAKT_VM_INFO, 99, 0, SMCCC_DENIED);
	expect(TAKT_VM_COMMAND, 0, TAKT_VM_STOP, SMCCC_DENIED);
	expect(TAKT_VM_COMMAND, 99, 99, SMCCC_DENIED);
	expect(TAKT_VM_RESERVATION, 0, 0, SMCCC_DENIED);
	expect(TAKT_VM_RESERVE, 99, 99, SMCCC_DENIED);
	expect(TAKT_MODE, 0, 0, SMCCC_DENIED);
	expect(TAKT_MODE, 99, 0, SMCCC_DENIED);
	expect(TAKT_MODE_INFO, 0, 0, SMCCC_DENIED);
	vm.managed = 3;
	expect(TAKT_VM_INFO, 3, 0, SMCCC_INVALID_PARAMETER);
	expect(TAKT_VM_INFO, UINT64_MAX, 0, SMCCC_INVALID_PARAMETER);
	expect(TAKT_VM_COMMAND, 3, TAKT_VM_STOP, SMCCC_INVALID_PARAMETER);
	expect(TAKT_VM_COMMAND, 0x100000000, TAKT_VM_STOP, SMCCC_INVALID_PARAMETER);
	expect(TAKT_VM_COMMAND, 0, TAKT_VM_COMMAND_COUNT, SMCCC_INVALID_PARAMETER);
	expect(TAKT_VM_COMMAND, 0, UINT64_MAX, SMCCC_INVALID_PARAMETER);
	expect(TAKT_REPORT, TAKT_ERROR_DEADLINE + 1, 0, SMCCC_INVALID_PARAMETER);
	expect(TAKT_REPORT, 0x100000000, 0, SMCCC_INVALID_PARAMETER);
	r = call(TAKT_REPORT, TAKT_ERROR_DEADLINE, 0, 0);
	assert_true(r.action == HYPERCALL_REPORT && x[0] == SMCCC_OK);
	for (uint64_t f = TAKT_VM_RESERVATION; f <= TAKT_VM_RESERVE; f++) {
		expect(f, 3, 0, SMCCC_INVALID_PARAMETER);
		expect(f, 0, BLOB_VM_VCPU_MAX, SMCCC_INVALID_PARAMETER);
		expect(f, 0, UINT64_MAX, SMCCC_INVALID_PARAMETER);
		r = call(f, 2, 7, 0);
		assert_int_equal(r.action, f == TAKT_VM_RESERVE ? HYPERCALL_RESERVE : HYPERCALL_RESERVATION);
		assert_true(r.target == 2 && r.entry == 7);
	}
	for (uint64_t f = TAKT_MODE; f <= TAKT_MODE_INFO; f++) {
		expect(f, BLOB_MODE_MAX + 1, 0, SMCCC_INVALID_PARAMETER);
		expect(f, 0x100000000, 0, SMCCC_INVALID_PARAMETER);
		r = call(f, BLOB_MODE_MAX, 0, 0);
		assert_int_equal(r.action, f == TAKT_MODE ? HYPERCALL_MODE : HYPERCALL_MODE_INFO);
		assert_int_equal(r.target, BLOB_MODE_MAX);
	}
	expect(TAKT_MODE_INFO + 1, 0, 0, SMCCC_NOT_SUPPORTED);
	r = call(TAKT_VM_INFO, 2, 7, 0);
	assert_int_equal(r.action, HYPERCALL_VM_INFO);
	assert_int_equal(r.target, 2);
	assert_true(x[0] == 0);
	for (uint64_t command = 0; command < TAKT_VM_COMMAND_COUNT; command++) {
		r = call(TAKT_VM_COMMAND, 1, command, 0);
		assert_int_equal(r.action, HYPERCALL_VM_COMMAND);
		assert_int_equal(r.target, 1);
		assert_true(r.entry == command && x[0] == 0);
	}
}

static void test_discovery(void **state)
{
	(void)state;
	expect(SMCCC_VERSION, 0, 0, 0x10002);
	expect(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0);
	expect(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0);
	expect(SMCCC_ARCH_FEATURES, 0x80008000, 0, -1);                  /* workaround 1 */
	expect(SMCCC_ARCH_FEATURES, 0xc5000020, 0, -1);                  /* stolen time */
	expect(SMCCC_ARCH_FEATURES, UINT64_C(0xffffffff80000000), 0, 0); /* w1 counts */
	expect(0x80000002, 0, 0, -1);
	expect(0xc5000020, 0, 0, -1);
	expect(0, 0, 0, -1);
	expect(0xffffffff, 0, 0, -1);
	expect(VENDOR_HYP_CALL_COUNT, 0, 0, TAKT_CALL_COUNT);
	call(VENDOR_HYP_CALL_UID, 9, 9, 9);
	assert_true(x[0] == TAKT_UID_0 && x[1] == TAKT_UID_1 && x[2] == TAKT_UID_2 && x[3] == TAKT_UID_3);
	call(VENDOR_HYP_REVISION, 9, 9, 9);
	assert_true(x[0] == 1 && x[1] == 0 && x[2] == 9);
}

static void test_stolen_time(void **state)
{
	(void)state;
	/* A VM without. */
	expect(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, -1);
	expect(PV_TIME_FEATURES, PV_TIME_ST, 0, -1);
	expect(PV_TIME_ST, 0, 0, -1);
	vm.stolen = &segments[2];
	expect(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES, 0, 0);
	expect(SMCCC_ARCH_FEATURES, PV_TIME_ST, 0, -1); /* that is PV_TIME_FEATURES' to say */
	expect(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, 0);
	expect(PV_TIME_FEATURES, PV_TIME_ST, 0, 0);
	expect(PV_TIME_FEATURES, UINT64_C(0x1c5000021), 0, 0); /* w1 counts */
	expect(PV_TIME_FEATURES, 0xc5000022, 0, -1);
	expect(PV_TIME_FEATURES, SMCCC_VERSION, 0, -1);
	struct hypercall_result r = call(PV_TIME_ST, 1, 2, 3);
	assert_int_equal(r.action, HYPERCALL_STOLEN_TIME);
	assert_true(r.entry == segments[2].ipa);
	expect(0xc5000022, 0, 0, -1);
	expect(0x85000020, 0, 0, -1); /* they are SMC64 calls */
}

static void test_psci_queries(void **state)
{
	static const uint32_t there[] = {
		PSCI_VERSION,   PSCI_CPU_SUSPEND_32,   PSCI_CPU_SUSPEND_64,   PSCI_CPU_OFF,    PSCI_CPU_ON_32,
		PSCI_CPU_ON_64, PSCI_AFFINITY_INFO_32, PSCI_AFFINITY_INFO_64, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
		PSCI_FEATURES,  SMCCC_VERSION,         PSCI_MIGRATE_INFO_TYPE};

	(void)state;
	expect(PSCI_VERSION, 0, 0, 0x10001);
	expect(PSCI_MIGRATE_INFO_TYPE, 0, 0, 2);
	for (uint32_t low = 0; low < 0x20; low++)
		for (unsigned high = 0; high < 2; high++) {
			uint32_t function = (high != 0 ? 0xc4000000 : 0x84000000) + low;
			int64_t want = -1;
			for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
				if (there[i] == function)
					want = 0;
			expect(PSCI_FEATURES, function, 0, want);
			if (want != 0)
				expect(function, 0, 0, -1);
		}
	expect(PSCI_FEATURES, SMCCC_VERSION, 0, 0);
	expect(PSCI_FEATURES, SMCCC_ARCH_FEATURES, 0, -1);
}

static void test_cpu_on(void **state)
{
	(void)state;
	struct hypercall_result r = call(PSCI_CPU_ON_64, 1, 0x40000100, UINT64_C(0x123456789abcdef0));
	assert_int_equal(r.action, HYPERCALL_CPU_ON);
	assert_int_equal(r.target, 1);
	assert_true(r.entry == 0x40000100 && r.context == UINT64_C(0x123456789abcdef0) && x[0] == 0);

	r = call(PSCI_CPU_ON_64, 1, 0x100000000, 0);
	assert_int_equal(r.action, HYPERCALL_CPU_ON);
	assert_true(r.entry == 0x100000000);

	/* SMC32: high halves are no arguments */
	r = call(PSCI_CPU_ON_32, UINT64_C(0xaaaa00000001), UINT64_C(0xbbbb40000100), UINT64_C(0xcccc12345678));
	assert_int_equal(r.action, HYPERCALL_CPU_ON);
	assert_true(r.entry == 0x40000100 && r.context == 0x12345678);
	assert_true(x[1] == UINT64_C(0xaaaa00000001));

	expect(PSCI_CPU_ON_64, 0, 0x40000000, PSCI_ALREADY_ON);
	expect(PSCI_CPU_ON_64, 2, 0x40000000, PSCI_ON_PENDING);
	expect(PSCI_CPU_ON_64, 3, 0x40000000, PSCI_INVALID_PARAMETERS);
	expect(PSCI_CPU_ON_64, 0x80000001, 0x40000000, PSCI_INVALID_PARAMETERS);
	expect(PSCI_CPU_ON_64, 0x101, 0x40000000, PSCI_INVALID_PARAMETERS);
	expect(PSCI_CPU_ON_64, 0x100000001, 0x40000000, PSCI_INVALID_PARAMETERS);
	expect(PSCI_CPU_ON_64, UINT64_MAX, 0x40000000, PSCI_INVALID_PARAMETERS);
	expect(PSCI_CPU_ON_64, 1, 0, PSCI_INVALID_ADDRESS);
	expect(PSCI_CPU_ON_64, 1, 0x40000002, PSCI_INVALID_ADDRESS);
	expect(PSCI_CPU_ON_64, 1, 0x3ffffffc, PSCI_INVALID_ADDRESS);
	expect(PSCI_CPU_ON_64, 1, 0x40200000, PSCI_INVALID_ADDRESS);
	expect(PSCI_CPU_ON_64, 1, 0x09000000, PSCI_INVALID_ADDRESS);
	expect(PSCI_CPU_ON_64, 1, UINT64_C(0xfffffffffffffffc), PSCI_INVALID_ADDRESS);
	vm.segment_count = 0;
	expect(PSCI_CPU_ON_64, 1, 0x40000000, PSCI_INVALID_ADDRESS);
}

static void test_affinity_info(void **state)
{
	(void)state;
	expect(PSCI_AFFINITY_INFO_64, 0, 0, 0);
	expect(PSCI_AFFINITY_INFO_64, 1, 0, 1);
	expect(PSCI_AFFINITY_INFO_64, 2, 0, 2);
	expect(PSCI_AFFINITY_INFO_64, 3, 0, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_32, UINT64_C(0xff00000001), UINT64_C(0xff00000000), 1);
	expect(PSCI_AFFINITY_INFO_64, 0x100000000, 0, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_64, 0x80000000, 1, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_64, 0xff, 1, 0); /* lower affinities are ignored */
	expect(PSCI_AFFINITY_INFO_64, 0x100, 1, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_64, 0xffff, 2, 0);
	expect(PSCI_AFFINITY_INFO_64, 0x10000, 2, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_64, 0xffffff, 3, 0);
	expect(PSCI_AFFINITY_INFO_64, 0x100000000, 3, PSCI_INVALID_PARAMETERS);
	expect(PSCI_AFFINITY_INFO_64, 0, 4, PSCI_INVALID_PARAMETERS);
}

static void test_power_actions(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_CPU_OFF, 0, 0, 0).action, HYPERCALL_CPU_OFF);
	assert_int_equal(call(PSCI_SYSTEM_OFF, 0, 0, 0).action, HYPERCALL_SYSTEM_OFF);
	assert_int_equal(call(PSCI_SYSTEM_RESET, 0, 0, 0).action, HYPERCALL_SYSTEM_RESET);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t function = i == 0 ? PSCI_CPU_SUSPEND_32 : PSCI_CPU_SUSPEND_64;
		assert_int_equal(call(function, 0, 0, 0).action, HYPERCALL_CPU_SUSPEND);
		assert_true(x[0] == 0);
		assert_int_equal(call(function, 0x1010005, 0x40000000, 0).action, HYPERCALL_CPU_SUSPEND);
		assert_true(x[0] == 0);
		expect(function, 0x1010005, 0x50000000, PSCI_INVALID_ADDRESS);
		expect(function, 0x80000000, 0x40000000, PSCI_INVALID_PARAMETERS);
		expect(function, 0x20000, 0x40000000, PSCI_INVALID_PARAMETERS);
	}
}

static void test_trng_discovery(void **state)
{
	(void)state;
	expect(TRNG_VERSION, 0, 0, 0x10000);
	expect(TRNG_FEATURES, TRNG_RND_64, 0, 0);
	expect(TRNG_FEATURES, TRNG_RND_32, 0, 0);
	expect(TRNG_FEATURES, TRNG_GET_UUID, 0, 0);
	expect(TRNG_FEATURES, TRNG_VERSION, 0, 0);
	expect(TRNG_FEATURES, TRNG_FEATURES, 0, 0);
	expect(TRNG_FEATURES, 0x84000054, 0, -1);
	call(TRNG_GET_UUID, 0, 0, 0);
	assert_true(x[0] != 0xffffffff && x[0] >> 32 == 0 && x[3] >> 32 == 0);
}

static unsigned width(uint64_t word) { return word == 0 ? 0 : 64U - (unsigned)__builtin_clzll(word); }

static void test_trng_bits(void **state)
{
	(void)state;
	expect(TRNG_RND_64, 0, 0, -2);
	expect(TRNG_RND_64, 193, 0, -2);
	expect(TRNG_RND_32, 0, 0, -2);
	expect(TRNG_RND_32, 97, 0, -2);
	expect(TRNG_RND_64, UINT64_MAX, 0, -2);
	for (unsigned word = 32; word <= 64; word += 32)
		for (unsigned bits = 1; bits <= 3 * word; bits++) {
			uint64_t seen[3] = {0, 0, 0};
			for (unsigned n = 0; n < 40; n++) {
				call(word == 32 ? TRNG_RND_32 : TRNG_RND_64, bits, 0, 0);
				assert_true(x[0] == 0);
				for (unsigned i = 0; i < 3; i++)
					seen[i] |= x[3 - i];
			}
			for (unsigned i = 0; i < 3; i++) {
				unsigned want = bits > (i + 1) * word ? word : bits > i * word ? bits - i * word : 0;
				assert_int_equal(width(seen[i]), want);
			}
		}
}

/* The same seed, stream, block and time give the same words, and each of the four matters. */
static void test_trng_streams(void **state)
{
	static const uint64_t seed[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	struct trng a, b, c;
	uint64_t wa[3], wb[3], wc[3];

	(void)state;
	trng_init(&a, seed, 0);
	trng_init(&b, seed, 0);
	trng_init(&c, seed, 1);
	trng_generate(&a, ticks(5), wa, 3);
	trng_generate(&b, ticks(5), wb, 3);
	trng_generate(&c, ticks(5), wc, 3);
	assert_memory_equal(wa, wb, sizeof(wa));
	assert_true(wa[0] != wa[1] && wa[1] != wa[2] && wa[0] != wc[0]);
	trng_generate(&a, ticks(5), wc, 3);
	assert_true(wa[0] != wc[0]);
	trng_generate(&b, ticks(6), wb, 3);
	assert_true(wb[0] != wc[0]);
}

/* Ones and zeros in each bit position, over many blocks: six standard deviations. */
static void test_trng_balance(void **state)
{
	const unsigned blocks = 4096;
	unsigned ones[192] = {0};

	(void)state;
	for (unsigned n = 0; n < blocks; n++) {
		uint64_t words[3];
		trng_generate(&trng, ticks(0), words, 3);
		for (unsigned bit = 0; bit < 192; bit++)
			ones[bit] += (unsigned)(words[bit / 64] >> bit % 64 & 1);
	}
	for (unsigned bit = 0; bit < 192; bit++)
		assert_in_range(ones[bit], blocks / 2 - 192, blocks / 2 + 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_takt, setup),          cmocka_unit_test_setup(test_manager, setup),
		cmocka_unit_test_setup(test_discovery, setup),     cmocka_unit_test_setup(test_psci_queries, setup),
		cmocka_unit_test_setup(test_cpu_on, setup),        cmocka_unit_test_setup(test_affinity_info, setup),
		cmocka_unit_test_setup(test_power_actions, setup), cmocka_unit_test_setup(test_trng_discovery, setup),
		cmocka_unit_test_setup(test_trng_bits, setup),     cmocka_unit_test_setup(test_trng_streams, setup),
		cmocka_unit_test_setup(test_trng_balance, setup),  cmocka_unit_test_setup(test_stolen_time, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
