/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest gets for what it may not do, and how it ends when it can't go on: the others never notice.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "core/log.h"
#include "tests/sim/system.h"

#define EC_DABT_SAME 0x25U
#define FSC_EXTERNAL 0x10U
#define DATA_ABORT ((uint64_t)ESR_EC_DABT_LOW << 26 | BIT64(25))
#define ISS_WNR BIT64(6)
#define ISS_S1PTW BIT64(7)
#define ISS_CM BIT64(8)

static struct {
	uint32_t aborts, undefined;
	uint64_t far, esr;
	uint64_t neighbour;
	bool done;
} test;

static void neighbour(struct host_guest *g)
{
	for (;;) {
		guest_spin(g, 1000);
		test.neighbour++;
	}
}

static void begin(host_program *program, uint32_t flags)
{
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = program, .flags = flags});
	system_add_vm(&(struct system_vm){.program = neighbour});
}

static bool note(struct host_guest *g, uint64_t esr, uint64_t far)
{
	(void)g;
	test.esr = esr;
	test.far = far;
	if (esr_ec(esr) == ESR_EC_UNKNOWN)
		test.undefined++;
	else
		test.aborts++;
	return true;
}

static void touch_nothing(struct host_guest *g)
{
	guest_stir(g, 1);
	guest_on_sync(g, note);
	guest_load(g, VM_NOTHING_IPA + 8, 4);
	if (test.far != VM_NOTHING_IPA + 8 || esr_ec(test.esr) != EC_DABT_SAME ||
	    bits_get(test.esr, 5, 0) != FSC_EXTERNAL)
		host_fail("a load of nothing: ESR %#llx", (unsigned long long)test.esr);
	guest_store(g, VM_RAM_IPA + VM_RAM_BYTES, 8, 1);
	/* ISV clear at the distributor: a pair. */
	guest_raw(g, DATA_ABORT | 7, VM_GICD_IPA, VM_GICD_IPA >> 12 << 4, false);
	/* DC CIVAC there and where nothing is, and in a walk. */
	guest_raw(g, DATA_ABORT | ISS_CM | ISS_WNR | 7, VM_GICD_IPA, VM_GICD_IPA >> 12 << 4, false);
	guest_raw(g, DATA_ABORT | ISS_CM | ISS_WNR | 6, VM_NOTHING_IPA, VM_NOTHING_IPA >> 12 << 4, true);
	guest_raw(g, DATA_ABORT | ISS_CM | ISS_WNR | ISS_S1PTW | 6, 0xffff000, VM_NOTHING_IPA >> 12 << 4, false);
	if (test.far != 0xffff000 || bits_get(test.esr, 8, 0) != 0x156)
		host_fail("an abort in a walk: ESR %#llx", (unsigned long long)test.esr);
	guest_fp(g);
	guest_msr(g, SYSREG_KEY(3, 0, 9, 12, 0), 1); /* PMCR_EL0's neighbour: hidden */
	test.done = true;
}

static void test_injected(void **state)
{
	(void)state;
	begin(touch_nothing, BLOB_VM_NO_FP);
	system_run_to(20 * SYSTEM_MS);
	assert_true(test.done);
	assert_int_equal(test.aborts, 4);
	assert_int_equal(test.undefined, 2);
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_ON);
	assert_in_range(test.neighbour, 9000, 11000);
}

#define DEBUG_KEY(op1, crn, crm, op2) SYSREG_KEY(2, op1, crn, crm, op2)
#define KEY_MDSCR DEBUG_KEY(0, 0, 2, 2)
#define KEY_DBGBVR(n) DEBUG_KEY(0, 0, n, 4)
#define KEY_DBGBCR(n) DEBUG_KEY(0, 0, n, 5)

static void expect_debug(struct host_guest *g, uint16_t key, uint64_t written, uint64_t expected)
{
	guest_msr(g, key, written);
	uint64_t value = guest_mrs(g, key);
	if (value != expected)
		host_fail("debug register %#x is %#llx", key, (unsigned long long)value);
}

/* Each with what a read gives after a write of ones: the channel to a debugger and its tags are constant, with
 * breakpoints in use or without. */
static void use_debug(struct host_guest *g)
{
	static const struct {
		uint16_t key;
		uint64_t value;
	} constant[] = {
		{DEBUG_KEY(0, 0, 0, 2), 0},    {DEBUG_KEY(0, 0, 2, 0), 0}, {DEBUG_KEY(0, 0, 3, 2), 0},
		{DEBUG_KEY(0, 0, 6, 2), 0},    {DEBUG_KEY(0, 1, 0, 0), 0}, {DEBUG_KEY(0, 1, 0, 4), 0},
		{DEBUG_KEY(0, 1, 1, 4), 8},    {DEBUG_KEY(0, 1, 3, 4), 0}, {DEBUG_KEY(0, 1, 4, 4), 0},
		{DEBUG_KEY(0, 7, 8, 6), 0xff}, {DEBUG_KEY(0, 7, 9, 6), 0}, {DEBUG_KEY(0, 7, 14, 6), 0},
		{DEBUG_KEY(3, 0, 1, 0), 0},    {DEBUG_KEY(3, 0, 4, 0), 0}, {DEBUG_KEY(3, 0, 5, 0), 0},
	};
	guest_stir(g, 2);
	guest_on_sync(g, note);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < sizeof(constant) / sizeof(constant[0]); i++)
			expect_debug(g, constant[i].key, UINT64_MAX, constant[i].value);
		expect_debug(g, KEY_MDSCR, UINT64_MAX, 0xb001);
		expect_debug(g, KEY_DBGBVR(5), 0x1234, 0x1234);
		expect_debug(g, KEY_DBGBCR(5), 0x1e3, 0x1e3);
	}
	if (test.undefined != 0)
		host_fail("%u debug registers are undefined", test.undefined);
	guest_msr(g, KEY_DBGBVR(6), 1);      /* there are six breakpoints */
	guest_mrs(g, DEBUG_KEY(3, 0, 6, 0)); /* nothing */
	guest_mrs(g, DEBUG_KEY(0, 0, 9, 0)); /* nothing */
	test.done = true;
}

static void test_debug(void **state)
{
	(void)state;
	begin(use_debug, 0);
	system_run_to(20 * SYSTEM_MS);
	assert_true(test.done);
	assert_int_equal(test.undefined, 3);
}

static void no_vector(struct host_guest *g)
{
	guest_spin(g, 1000);
	guest_load(g, VM_NOTHING_IPA, 8);
	host_fail("it went on without a vector");
}

static void test_no_vector(void **state)
{
	(void)state;
	struct log_record records[8];
	begin(no_vector, 0);
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_NO_VECTOR, 0), 1);
	assert_int_equal(system_log(records, 8), 3);
	assert_int_equal(records[2].reason, LOG_NO_VECTOR);
	assert_int_equal(records[2].pc, 0x200);
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_STOPPED);
	assert_int_equal(system_stats(0, 0)->fault_pc, 0x200);
	assert_true(test.neighbour > 19000);
}

static void serror(struct host_guest *g)
{
	guest_spin(g, 1000);
	guest_serror(g);
	host_fail("it went on after an SError");
}

static void test_serror(void **state)
{
	(void)state;
	begin(serror, 0);
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_SERROR, 0), 1);
	assert_true(test.neighbour > 19000);
}

/* As a VM that is started and fails over and over would write them. */
static void test_records_are_limited(void **state)
{
	struct log_record records[RING_DATA_BYTES / LOG_RECORD_BYTES];
	(void)state;
	begin(serror, 0);
	system_run_to(20 * SYSTEM_MS);
	ticks_t now = ticks(20 * SYSTEM_MS);
	for (uint32_t i = 0; i < 100; i++)
		log_event(machine.cpus[0], 0, 0, LOG_VM_OFF, now);
	assert_int_equal(system_log_count(LOG_VM_OFF, 0), LOG_QUOTA_RECORDS - 2); /* started, SError */
	log_event(machine.cpus[0], 1, 0, LOG_VM_OFF, now);
	assert_int_equal(system_log_count(LOG_VM_OFF, 1), 1);
	log_event(machine.cpus[0], 0, 0, LOG_VM_RESET, ticks_add(now, ticks(SYSTEM_HZ)));
	uint32_t count = system_log(records, sizeof(records) / sizeof(records[0]));
	assert_int_equal(records[count - 1].reason, LOG_VM_RESET);
	assert_int_equal(records[count - 1].refused, 100 - (LOG_QUOTA_RECORDS - 2));
}

static void test_system_reset_on_crash(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = serror, .on_crash = BLOB_ACTION_SYSTEM});
	assert_int_equal(system_run(SYSTEM_MS), HOST_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_injected),
		cmocka_unit_test(test_debug),
		cmocka_unit_test(test_no_vector),
		cmocka_unit_test(test_serror),
		cmocka_unit_test(test_records_are_limited),
		cmocka_unit_test(test_system_reset_on_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
