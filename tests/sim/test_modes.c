/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes on several CPUs: a manager's and an event's, what is refused while one is under way, what the VMs are supplied
 * before and behind it, that nobody misses a budget on the way, and that each change ends, whoever sleeps or is off.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "logic/config.h"
#include "tests/sim/audit.h"
#include "tests/sim/system.h"

#define PERIOD UINT64_C(1000000)
#define PART(percent) (PERIOD / 100 * (percent))
#define ROUNDS 10U
#define SEEDS 4U
#define CHANGES 200U

enum { FALLS, RISES, THERE, SLEEPS, MANAGER };

static struct {
	uint64_t seed;
	bool is_done;
	uint32_t accepted, busy;
} test;

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

static void sleep_for_ever(struct host_guest *g)
{
	for (;;)
		guest_wfi(g);
}

static void sleep_for(struct host_guest *g, uint64_t ticks) { program_sleep_until(g, host_now() + ticks); }

static int64_t change(struct host_guest *g, uint64_t mode)
{
	return (int64_t)guest_hvc(g, TAKT_MODE, mode, 0, 0, NULL);
}

static uint64_t state_of(struct host_guest *g, uint64_t mode)
{
	uint64_t x[7] = {TAKT_MODE_INFO, mode};
	guest_hvc_wide(g, x);
	assert_int_equal(x[0], SMCCC_OK);
	assert_string_equal((const char *)&x[2], mode == 0 ? "normal" : "mode1");
	return x[1];
}

static int64_t reserve(struct host_guest *g, uint64_t vm, uint64_t budget)
{
	uint64_t x[7] = {TAKT_VM_RESERVATION, vm};
	guest_hvc_wide(g, x);
	memcpy(x, (uint64_t[7]){TAKT_VM_RESERVE, vm, 0, budget, PERIOD, PERIOD, x[1]}, sizeof(x));
	guest_hvc_wide(g, x);
	return (int64_t)x[0];
}

static void expect_supply(uint32_t vm, uint64_t used, uint64_t budget)
{
	used = system_stats(vm, 0)->used_ticks - used;
	assert_in_range(used, (ROUNDS - 1) * budget, (ROUNDS + 1) * budget);
}

static void expect_supplies(struct host_guest *g, uint64_t falls, uint64_t rises, uint64_t there)
{
	uint64_t before[3];
	for (uint32_t vm = FALLS; vm <= THERE; vm++)
		before[vm] = system_stats(vm, 0)->used_ticks;
	sleep_for(g, ROUNDS * PERIOD);
	expect_supply(FALLS, before[FALLS], falls);
	expect_supply(RISES, before[RISES], rises);
	expect_supply(THERE, before[THERE], there);
}

/* All reservations are those of the mode, and no account holds more than them. */
static void expect_reservations(uint32_t mode)
{
	uint64_t density[BLOB_CPU_MAX] = {0};
	for (uint32_t i = 0; i < machine.blob->reservations.count; i++) {
		const struct blob_reservation *r = config_mode_reservation(machine.blob, mode, i);
		const struct reservation *now = &machine.reservations[i];
		assert_int_equal(now->state, RESERVATION_SETTLED);
		assert_int_equal(now->now.budget.raw, r->budget_ticks);
		assert_int_equal(now->now.period.raw, r->period_ticks);
		const struct sched_server *server = &machine.cpus[r->cpu]->sched.servers[i];
		assert_true(server->budget == r->budget_ticks && server->period == r->period_ticks);
		density[r->cpu] += admit_density(&now->now);
	}
	for (uint32_t i = 0; i < machine.blob->cpus.count; i++)
		assert_int_equal(machine.cpus[i]->account.density, density[i]);
	assert_int_equal(machine.mode.entering, 0);
	assert_int_equal(machine.stats->mode.now, mode);
}

static void manage(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	sleep_for(g, 2 * PERIOD);
	assert_int_equal(change(g, 2), SMCCC_INVALID_PARAMETER);
	assert_int_equal(change(g, UINT64_MAX), SMCCC_INVALID_PARAMETER);
	expect_supplies(g, PART(70), PART(20), PART(50));
	assert_int_equal(change(g, 1), SMCCC_OK);
	assert_int_equal(change(g, 1), TAKT_VM_BUSY);
	assert_int_equal(change(g, 0), TAKT_VM_BUSY);
	assert_int_equal(reserve(g, THERE, PART(1)), TAKT_VM_BUSY);
	assert_int_equal(state_of(g, 1), TAKT_MODE_ENTERING);
	assert_int_equal(state_of(g, 0), TAKT_MODE_NOW);
	sleep_for(g, 4 * PERIOD);
	assert_int_equal(state_of(g, 1), TAKT_MODE_NOW);
	expect_reservations(1);
	expect_supplies(g, PART(20), PART(70), PART(30));
	assert_int_equal(reserve(g, THERE, PART(1)), SMCCC_OK);
	sleep_for(g, 2 * PERIOD);
	assert_int_equal(change(g, 0), SMCCC_OK);
	sleep_for(g, 4 * PERIOD);
	assert_int_equal(state_of(g, 0), TAKT_MODE_NOW);
	expect_reservations(0);
	expect_supplies(g, PART(70), PART(20), PART(50));
	assert_int_equal(system_log_count(LOG_MODE_BEGUN, LOG_SYSTEM), 2);
	assert_int_equal(system_log_count(LOG_MODE_COMPLETE, LOG_SYSTEM), 2);
	assert_int_equal(machine.stats->mode.changes, 2);
	assert_true(machine.stats->mode.complete_ticks > machine.stats->mode.begun_ticks);
	test.is_done = true;
}

/* FALLS and RISES exchange half of CPU 0, which has one that sleeps besides; a miss ends the test. */
static void set_up(uint32_t cpus, host_program *falls, host_program *manager, enum blob_vm_action on_crash)
{
	uint8_t last = (uint8_t)(cpus - 1);
	memset(&test, 0, sizeof(test));
	system_begin();
	system_set_cpus(cpus, 0, 1);
	system_add_vm(&(struct system_vm){.program = falls,
					  .budget = PART(70),
					  .period = PERIOD,
					  .on_miss = BLOB_ACTION_SYSTEM,
					  .on_crash = on_crash});
	system_add_vm(&(struct system_vm){
		.program = spin, .budget = PART(20), .period = PERIOD, .on_miss = BLOB_ACTION_SYSTEM});
	system_add_vm(&(struct system_vm){.program = spin,
					  .budget = PART(50),
					  .period = PERIOD,
					  .cpus = {last},
					  .band = 1,
					  .on_miss = BLOB_ACTION_SYSTEM});
	system_add_vm(&(struct system_vm){.program = sleep_for_ever,
					  .budget = PART(4),
					  .period = PERIOD,
					  .band = 2,
					  .on_miss = BLOB_ACTION_SYSTEM});
	system_add_vm(&(struct system_vm){.program = manager, .flags = BLOB_VM_MANAGER, .cpus = {last}, .band = 11});
	system_add_mode();
	system_set_mode(1, FALLS, PART(20), PERIOD);
	system_set_mode(1, RISES, PART(70), PERIOD);
	system_set_mode(1, THERE, PART(30), PERIOD);
	system_set_mode(1, SLEEPS, PART(2), PERIOD / 2);
}

static void test_by_manager(void **state)
{
	(void)state;
	set_up(2, spin, manage, BLOB_ACTION_STOP);
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.is_done);
}

static void crash(struct host_guest *g)
{
	guest_spin(g, 5 * PERIOD);
	guest_serror(g);
}

static void watch_crash(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	sleep_for(g, 2 * PERIOD);
	assert_int_equal(state_of(g, 0), TAKT_MODE_NOW);
	sleep_for(g, 20 * PERIOD);
	assert_int_equal(state_of(g, 1), TAKT_MODE_NOW);
	expect_reservations(1);
	uint64_t before = system_stats(RISES, 0)->used_ticks;
	sleep_for(g, ROUNDS * PERIOD);
	expect_supply(RISES, before, PART(70));
	test.is_done = true;
}

static void test_by_event(void **state)
{
	(void)state;
	set_up(2, crash, watch_crash, (enum blob_vm_action)(BLOB_ACTION_MODE + 1));
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.is_done);
	assert_int_equal(system_log_count(LOG_MODE_BEGUN, LOG_SYSTEM), 1);
}

/* The event comes while a manager's change is under way, again and again: it follows. */
static void disturb(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	while (machine.vms[FALLS]->state == VM_RUNNING) {
		int64_t answer = change(g, 0);
		test.accepted += answer == SMCCC_OK;
		test.busy += answer == TAKT_VM_BUSY;
		guest_spin(g, PERIOD / 10);
	}
	sleep_for(g, 8 * PERIOD);
	expect_reservations(1);
	test.is_done = true;
}

static void test_event_under_way(void **state)
{
	(void)state;
	set_up(2, crash, disturb, (enum blob_vm_action)(BLOB_ACTION_MODE + 1));
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.is_done && test.accepted > 0);
}

/* Modes and reservations at random, from two CPUs. */
static void fidget(struct host_guest *g)
{
	uint64_t seed = test.seed + guest_vcpu(g);
	program_init_gic(g, false);
	guest_mask(g, true);
	for (uint32_t i = 0; i < CHANGES; i++) {
		if (system_below(&seed, 2) == 0)
			(void)reserve(g, system_below(&seed, SLEEPS + 1), PART(1 + system_below(&seed, 30)));
		else
			test.accepted += change(g, system_below(&seed, 2)) == SMCCC_OK;
		sleep_for(g, system_below(&seed, PERIOD));
	}
	while (change(g, 1) != SMCCC_OK)
		sleep_for(g, PERIOD);
	sleep_for(g, 6 * PERIOD);
	expect_reservations(1);
	test.is_done = true;
}

static void nap(struct host_guest *g)
{
	uint64_t seed = test.seed;
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		guest_spin(g, system_below(&seed, PERIOD));
		sleep_for(g, system_below(&seed, 3 * PERIOD));
	}
}

static void run_random(uint64_t seed)
{
	set_up(2, nap, fidget, BLOB_ACTION_STOP);
	test.seed = seed;
	system_set_cpus(2, 1000, seed);
	system_set_settled(audit);
	system_run_to((CHANGES + 40) * SYSTEM_MS);
	assert_true(test.is_done && test.accepted > CHANGES / 20);
}

static void test_random(void **state)
{
	(void)state;
	system_for_seeds("modes", SEEDS, run_random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_manager),
		cmocka_unit_test(test_by_event),
		cmocka_unit_test(test_event_under_way),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
