/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchdogs: when they look, who pays for it, and what a guest that hangs can keep them from: nothing. Both stages come
 * on time, as far as the VM's own rank and budget let them.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "core/vm.h"
#include "tests/sim/system.h"

#define WRR VM_WATCHDOG_REFRESH_IPA
#define WCS VM_WATCHDOG_CONTROL_IPA
#define WOR (VM_WATCHDOG_CONTROL_IPA + 0x8)
#define PERIOD 100000U
#define SLACK 1000U /* a few steps and switches */

static struct {
	uint64_t enabled, interrupts, last_interrupt, rounds;
} test;

static void reset(void)
{
	memset(&test, 0, sizeof(test));
	system_begin();
}

static void enable(struct host_guest *g)
{
	guest_store(g, WOR, 8, PERIOD);
	guest_store(g, WCS, 4, 1);
	test.enabled = host_now();
}

static struct log_record record_of(enum log_reason reason)
{
	struct log_record records[64];
	uint32_t count = system_log(records, 64);
	for (uint32_t i = 0; i < count; i++)
		if (records[i].reason == (uint32_t)reason)
			return records[i];
	return (struct log_record){0};
}

static void spin_deaf(struct host_guest *g)
{
	enable(g);
	guest_spin(g, UINT64_MAX);
}

static void sleep_deaf(struct host_guest *g)
{
	enable(g);
	for (;;)
		guest_wfi(g);
}

/* The VM alone, with this program: stopped when both periods have ended, and not before. */
static void expect_end(host_program *program, uint64_t budget, uint64_t period, uint64_t late)
{
	reset();
	system_add_vm(
		&(struct system_vm){.program = program, .has_watchdog = true, .budget = budget, .period = period});
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 0), 1);
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_STOPPED);
	uint64_t took = record_of(LOG_WATCHDOG).time_ticks - test.enabled;
	assert_in_range(took, 2 * PERIOD - SLACK, 2 * PERIOD + late);
	assert_true(system_alarm_stats(0)->used_ticks > 0);
}

/* For each stage it waits for the end of the guest's slice, which is a millisecond that the VM runs. */
static void test_who_hangs_is_stopped(void **state)
{
	(void)state;
	expect_end(spin_deaf, 0, 0, 2 * SYSTEM_MS + SLACK);
	expect_end(spin_deaf, 20000, 50000, 2 * SYSTEM_MS * 5 / 2 + 100000);
	expect_end(sleep_deaf, 0, 0, SLACK);
	expect_end(sleep_deaf, 20000, 50000, SLACK);
}

static void feed(struct host_guest *g)
{
	enable(g);
	for (;;) {
		guest_spin(g, PERIOD * 9 / 10);
		guest_store(g, WRR, 4, 0);
		test.rounds++;
	}
}

/* And its watchdog looks once in a period at most. */
static void test_who_refreshes_lives(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = feed, .has_watchdog = true});
	system_run_to(50 * SYSTEM_MS);
	assert_true(test.rounds > 500);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 0), 0);
	assert_true(system_alarm_stats(0)->switches <= 50 * SYSTEM_MS / PERIOD + 2);
}

static void on_stage(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != VM_WATCHDOG_VIRQ || guest_load(g, WCS, 4) != 3)
		host_fail("interrupt %u is not that of the first stage", intid);
	test.interrupts++;
	test.last_interrupt = host_now();
	guest_store(g, WRR, 4, 0);
	guest_gic_eoi(g, intid);
}

static void use_first_stage(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_on_irq(g, on_stage);
	enable(g);
	for (;;)
		guest_wfi(g);
}

static void test_first_stage_interrupts(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = use_first_stage, .has_watchdog = true});
	system_run_to(20 * SYSTEM_MS);
	assert_in_range(test.interrupts, 20 * SYSTEM_MS / (PERIOD + SLACK) - 1, 20 * SYSTEM_MS / PERIOD);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 0), 0);
}

/* Wakes every 50 us. */
static void keep_time(struct host_guest *g)
{
	uint64_t next = host_now();
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		next += 50000;
		program_sleep_until(g, next);
		if (host_now() > next + SLACK)
			host_fail("late by %llu", (unsigned long long)(host_now() - next));
		test.rounds++;
	}
}

/* Moves its time nearer all the time, so that its watchdog must look again and again, and gives it its turn. */
static void harass(struct host_guest *g)
{
	enable(g);
	for (uint32_t n = 0;; n++) {
		guest_store(g, WOR, 8, n % 2 == 0 ? 500000 : 400000);
		guest_store(g, WCS, 4, n % 3 != 0);
		guest_wfe(g);
	}
}

/* A more urgent VM does not notice a guest that has its watchdog look all the time, nor one that ends by it. */
static void test_others_do_not_notice(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = keep_time, .budget = 5000, .period = 50000, .band = 0});
	system_add_vm(&(struct system_vm){
		.program = harass, .has_watchdog = true, .budget = 10000, .period = 200000, .band = 1});
	system_add_vm(&(struct system_vm){.program = spin_deaf, .has_watchdog = true, .band = 11});
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.rounds > 1990);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 1), 0);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 2), 1);
	uint64_t used = system_stats(1, 0)->used_ticks + system_alarm_stats(1)->used_ticks;
	assert_true(system_alarm_stats(1)->switches > 100);
	assert_in_range(used, 0, 100 * SYSTEM_MS / 20 + 20000); /* what it costs is its own */
}

/* Its vCPU 0 is off: the others' VM all the same. */
static void leave_it_to_others(struct host_guest *g)
{
	if (guest_vcpu(g) != 0)
		guest_spin(g, UINT64_MAX);
	for (uint32_t i = 1; i < 4; i++)
		guest_hvc(g, PSCI_CPU_ON_64, i, VM_ENTRY_IPA, 0, NULL);
	enable(g);
	guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
}

static void test_all_vcpus_stop(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = leave_it_to_others, .has_watchdog = true, .vcpus = 4});
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 0), 1);
	for (uint32_t i = 1; i < 4; i++)
		assert_int_equal(system_stats(0, i)->state, STATS_CONTEXT_STOPPED);
}

static void command(uint64_t command) { assert_int_equal(vm_request(machine.vms[0], command), SMCCC_OK); }

/* A pause of many periods is none of the guest's fault, and it has a whole one behind it. */
static void test_pauses(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = feed, .has_watchdog = true});
	system_prepare();
	host_at(5 * SYSTEM_MS, command, TAKT_VM_PAUSE);
	host_at(15 * SYSTEM_MS, command, TAKT_VM_RESUME);
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 0), 0);
	assert_in_range(test.rounds, 100, 112);
}

static void power_off(struct host_guest *g)
{
	enable(g);
	guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
}

static void test_who_is_off_is_not_watched(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = feed, .has_watchdog = true});
	system_add_vm(&(struct system_vm){.program = power_off, .has_watchdog = true});
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_VM_OFF, 1), 1);
	assert_int_equal(system_log_count(LOG_WATCHDOG, 1), 0);
}

static void test_system_reset(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = spin_deaf, .has_watchdog = true, .on_crash = BLOB_ACTION_SYSTEM});
	assert_int_equal(system_run(20 * SYSTEM_MS), HOST_RESET);
}

static void access_nothing(struct host_guest *g)
{
	guest_on_sync(g, NULL);
	(void)guest_load(g, WCS, 4);
	host_fail("a watchdog that is not described answered");
}

static void test_who_has_none(void **state)
{
	(void)state;
	reset();
	system_add_vm(&(struct system_vm){.program = access_nothing});
	system_run_to(SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_NO_VECTOR, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_hangs_is_stopped),
		cmocka_unit_test(test_who_refreshes_lives),
		cmocka_unit_test(test_first_stage_interrupts),
		cmocka_unit_test(test_others_do_not_notice),
		cmocka_unit_test(test_all_vcpus_stop),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_who_is_off_is_not_watched),
		cmocka_unit_test(test_system_reset),
		cmocka_unit_test(test_who_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
