/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM's description says of its errors happens, to that VM and no other: budget overruns, deadlines that were
 * missed or reported, crashes and watchdogs, each with an action of its own.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "core/log.h"
#include "core/vm.h"
#include "tests/sim/system.h"

#define BUDGET 100000U
#define PERIOD 1000000U

static struct {
	uint64_t lives;
} test;

static void reset(void)
{
	memset(&test, 0, sizeof(test));
	system_begin();
}

static void spin(struct host_guest *g)
{
	test.lives++;
	guest_spin(g, UINT64_MAX);
}

/* Half of its budget in each period. */
static void stay_within(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	for (uint64_t at = host_now() + PERIOD;; at += PERIOD) {
		guest_spin(g, BUDGET / 2);
		program_sleep_until(g, at);
	}
}

static void report(struct host_guest *g)
{
	test.lives++;
	guest_spin(g, BUDGET);
	assert_int_equal(guest_hvc(g, TAKT_REPORT, TAKT_ERROR_DEADLINE + 1, 0, 0, NULL), SMCCC_INVALID_PARAMETER);
	assert_int_equal(guest_hvc(g, TAKT_REPORT, TAKT_ERROR_DEADLINE, 0, 0, NULL), SMCCC_OK);
	guest_spin(g, UINT64_MAX);
}

static struct system_vm overrunner(enum blob_vm_action action)
{
	return (struct system_vm){.program = spin,
				  .budget = BUDGET,
				  .period = PERIOD,
				  .on_overrun = action,
				  .loader = action == BLOB_ACTION_RESTART ? service_loader : NULL};
}

static void neighbour(void)
{
	system_add_vm(&(struct system_vm){.program = stay_within,
					  .budget = BUDGET,
					  .period = PERIOD,
					  .on_overrun = BLOB_ACTION_SYSTEM,
					  .on_miss = BLOB_ACTION_SYSTEM});
}

static void run(struct system_vm vm)
{
	reset();
	system_add_vm(&vm);
	neighbour();
	system_run_to(20 * SYSTEM_MS);
	assert_true(system_stats(1, 0)->used_ticks > 9 * (BUDGET / 2));
}

static void test_nothing_follows(void **state)
{
	(void)state;
	run(overrunner(BLOB_ACTION_NONE));
	assert_int_equal(system_log_count(LOG_OVERRUN, 0), 0);
}

static void test_records_have_a_quota(void **state)
{
	(void)state;
	run(overrunner(BLOB_ACTION_RECORD));
	assert_int_equal(system_log_count(LOG_OVERRUN, 0), LOG_QUOTA_RECORDS - 1); /* and "started" */
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_ON);
}

static void test_stop(void **state)
{
	(void)state;
	run(overrunner(BLOB_ACTION_STOP));
	assert_int_equal(system_log_count(LOG_OVERRUN, 0), 1);
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_STOPPED);
	assert_int_equal(vm_shown_state(machine.vms[0]), TAKT_VM_FAILED);
	assert_in_range(system_stats(0, 0)->used_ticks, BUDGET, 2 * BUDGET);
}

static void test_restart(void **state)
{
	(void)state;
	run(overrunner(BLOB_ACTION_RESTART));
	assert_true(test.lives > 2);
	assert_true(system_log_count(LOG_OVERRUN, 0) > 1);
	assert_true(system_log_count(LOG_VM_RESTARTED, 0) > 1);
}

static void test_system(void **state)
{
	(void)state;
	struct system_vm vm = overrunner(BLOB_ACTION_SYSTEM);
	reset();
	system_add_vm(&vm);
	assert_int_equal(system_run(20 * SYSTEM_MS), HOST_RESET);
}

static void test_reported_deadline(void **state)
{
	(void)state;
	run((struct system_vm){.program = report, .on_miss = BLOB_ACTION_STOP});
	assert_int_equal(system_log_count(LOG_MISS, 0), 1);
	assert_int_equal(vm_shown_state(machine.vms[0]), TAKT_VM_FAILED);
	assert_in_range(system_stats(0, 0)->used_ticks, BUDGET, 2 * BUDGET);
}

/* Stopped from another CPU than that of its vCPU 0. */
static void second(struct host_guest *g)
{
	if (guest_vcpu(g) == 1)
		report(g);
	guest_hvc(g, PSCI_CPU_ON_64, 1, VM_ENTRY_IPA, 0, NULL);
	guest_spin(g, UINT64_MAX);
}

static void test_reported_by_a_vcpu_elsewhere(void **state)
{
	(void)state;
	reset();
	system_set_cpus(2, 0, 1);
	system_add_vm(&(struct system_vm){.program = second, .vcpus = 2, .cpus = {0, 1}, .on_miss = BLOB_ACTION_STOP});
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_MISS, 0), 1);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(system_stats(0, i)->state, STATS_CONTEXT_STOPPED);
}

static void call(struct host_guest *g)
{
	for (;;)
		guest_hvc(g, TAKT_VERSION, 0, 0, 0, NULL);
}

/* Deadlines shorter than EL2's steps, which here are long: what was promised can't be had. */
static void test_deadline_is_missed(void **state)
{
	(void)state;
	reset();
	system_set_step(3000);
	system_add_vm(
		&(struct system_vm){.program = spin, .budget = 1000, .period = 4000, .on_miss = BLOB_ACTION_RECORD});
	system_add_vm(&(struct system_vm){.program = call, .on_miss = BLOB_ACTION_SYSTEM});
	system_run_to(20 * SYSTEM_MS);
	assert_true(system_log_count(LOG_MISS, 0) > 1);
}

static void test_deadlines_are_met(void **state)
{
	(void)state;
	reset();
	for (unsigned i = 0; i < 2; i++)
		system_add_vm(&(struct system_vm){
			.program = spin, .budget = 40000, .period = 100000, .on_miss = BLOB_ACTION_SYSTEM});
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_MISS, 0) + system_log_count(LOG_MISS, 1), 0);
}

static void hang(struct host_guest *g)
{
	test.lives++;
	guest_store(g, VM_WATCHDOG_CONTROL_IPA + 8, 8, BUDGET);
	guest_store(g, VM_WATCHDOG_CONTROL_IPA, 4, 1);
	guest_spin(g, UINT64_MAX);
}

static void test_watchdog_and_crash_differ(void **state)
{
	(void)state;
	run((struct system_vm){.program = hang,
			       .has_watchdog = true,
			       .loader = service_loader,
			       .on_crash = BLOB_ACTION_SYSTEM,
			       .on_watchdog = BLOB_ACTION_RESTART});
	assert_true(test.lives > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_follows),
		cmocka_unit_test(test_records_have_a_quota),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_reported_deadline),
		cmocka_unit_test(test_reported_by_a_vcpu_elsewhere),
		cmocka_unit_test(test_deadline_is_missed),
		cmocka_unit_test(test_deadlines_are_met),
		cmocka_unit_test(test_watchdog_and_crash_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
