/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manager changes reservations, from the CPU concerned and from another one: what is wrong changes nothing, more
 * begins at a release, less is free then and not before, and the VMs get what was committed last.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "tests/sim/system.h"

#define PERIOD UINT64_C(1000000)
#define BUDGET UINT64_C(200000)
#define MORE UINT64_C(500000)
#define LESS UINT64_C(100000)
#define ROUNDS 10U

enum { CHANGED, OTHER, MANAGER, BEST_EFFORT };

static struct {
	bool is_done;
} test;

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

static int64_t reserve(struct host_guest *g, uint64_t vm, uint64_t vcpu, const uint64_t times[3], uint64_t *generation)
{
	uint64_t x[7] = {TAKT_VM_RESERVE, vm, vcpu, times[0], times[1], times[2], *generation};
	guest_hvc_wide(g, x);
	if (x[0] == SMCCC_OK)
		*generation = x[1];
	return (int64_t)x[0];
}

static int64_t set_budget(struct host_guest *g, uint64_t vm, uint64_t budget, uint64_t *generation)
{
	return reserve(g, vm, 0, (uint64_t[]){budget, PERIOD, PERIOD}, generation);
}

static int64_t show(struct host_guest *g, uint64_t vm, uint64_t vcpu, uint64_t x[7])
{
	memcpy(x, (uint64_t[7]){TAKT_VM_RESERVATION, vm, vcpu}, 7 * sizeof(*x));
	guest_hvc_wide(g, x);
	return (int64_t)x[0];
}

/* Of CHANGED; nothing that is refused moves a generation. */
static void expect_committed(struct host_guest *g, uint64_t budget, uint64_t generation)
{
	uint64_t x[7];
	assert_int_equal(show(g, CHANGED, 0, x), SMCCC_OK);
	assert_int_equal(x[1], generation);
	assert_int_equal(x[2], budget);
	assert_int_equal(x[3], PERIOD);
	assert_int_equal(x[4], PERIOD);
}

static void sleep_for(struct host_guest *g, uint64_t ticks) { program_sleep_until(g, host_now() + ticks); }

/* Its supply in so many periods, up to one period's difference where they begin. */
static void expect_supply(struct host_guest *g, uint32_t vm, uint64_t budget)
{
	uint64_t before = system_stats(vm, 0)->used_ticks;
	sleep_for(g, ROUNDS * PERIOD);
	uint64_t used = system_stats(vm, 0)->used_ticks - before;
	assert_in_range(used, (ROUNDS - 1) * budget, (ROUNDS + 1) * budget);
}

static void try_wrong_ones(struct host_guest *g)
{
	static const uint64_t wrong[][3] = {
		{0, PERIOD, PERIOD},
		{BUDGET, 0, 0},
		{BUDGET, PERIOD, BUDGET - 1},
		{BUDGET, PERIOD, PERIOD + 1},
		{PERIOD + 1, PERIOD, PERIOD},
		{1, (UINT64_C(1) << 40) + 1, 1},
		{UINT64_MAX, UINT64_MAX, UINT64_MAX},
	};
	uint64_t x[7];
	uint64_t generation = 0;
	uint64_t old = 7;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(reserve(g, CHANGED, 0, wrong[i], &generation), SMCCC_INVALID_PARAMETER);
	assert_int_equal(reserve(g, CHANGED, 1, (uint64_t[]){1, 2, 2}, &generation), SMCCC_INVALID_PARAMETER);
	assert_int_equal(reserve(g, CHANGED, 99, (uint64_t[]){1, 2, 2}, &generation), SMCCC_INVALID_PARAMETER);
	assert_int_equal(set_budget(g, 99, BUDGET, &generation), SMCCC_INVALID_PARAMETER);
	assert_int_equal(set_budget(g, BEST_EFFORT, BUDGET, &generation), TAKT_RESERVE_NONE);
	assert_int_equal(show(g, BEST_EFFORT, 0, x), TAKT_RESERVE_NONE);
	assert_int_equal(set_budget(g, CHANGED, BUDGET, &old), TAKT_RESERVE_GENERATION);
	assert_int_equal(set_budget(g, CHANGED, PERIOD - BUDGET, &generation), TAKT_RESERVE_FULL);
	expect_committed(g, BUDGET, 0);
}

static void manage(struct host_guest *g)
{
	uint64_t generation = 0;
	program_init_gic(g, false);
	guest_mask(g, true);
	sleep_for(g, 2 * PERIOD);
	try_wrong_ones(g);
	expect_supply(g, CHANGED, BUDGET);
	assert_int_equal(set_budget(g, CHANGED, MORE, &generation), SMCCC_OK);
	assert_int_equal(generation, 1);
	assert_int_equal(set_budget(g, CHANGED, MORE, &generation), TAKT_VM_BUSY);
	sleep_for(g, 2 * PERIOD);
	expect_committed(g, MORE, 1);
	expect_supply(g, CHANGED, MORE);
	assert_int_equal(set_budget(g, CHANGED, LESS, &generation), SMCCC_OK);
	assert_int_equal(set_budget(g, OTHER, PERIOD - MORE + 1, &generation), TAKT_RESERVE_FULL);
	sleep_for(g, 2 * PERIOD);
	assert_int_equal(set_budget(g, OTHER, PERIOD - MORE + 1, &generation), SMCCC_OK);
	sleep_for(g, 2 * PERIOD);
	expect_supply(g, CHANGED, LESS);
	expect_supply(g, OTHER, PERIOD - MORE + 1);
	test.is_done = true;
}

static void run(uint32_t cpus)
{
	memset(&test, 0, sizeof(test));
	system_begin();
	system_set_cpus(cpus, 0, 1);
	for (unsigned i = 0; i < 2; i++)
		system_add_vm(&(struct system_vm){
			.program = spin, .budget = BUDGET, .period = PERIOD, .on_miss = BLOB_ACTION_SYSTEM});
	system_add_vm(&(struct system_vm){
		.program = manage, .flags = BLOB_VM_MANAGER, .cpus = {(uint8_t)(cpus - 1)}, .band = 11});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.is_done);
}

static void test_on_its_cpu(void **state)
{
	(void)state;
	run(1);
}

static void test_from_another_cpu(void **state)
{
	(void)state;
	run(2);
}

/* One that never wakes gives back what it has after its period. */
static void sleep_for_ever(struct host_guest *g)
{
	for (;;)
		guest_wfi(g);
}

static void take_over(struct host_guest *g)
{
	uint64_t generation = 0;
	program_init_gic(g, false);
	guest_mask(g, true);
	sleep_for(g, PERIOD / 2);
	assert_int_equal(set_budget(g, CHANGED, LESS, &generation), SMCCC_OK);
	assert_int_equal(set_budget(g, OTHER, PERIOD - LESS - 1, &generation), TAKT_RESERVE_FULL);
	sleep_for(g, PERIOD);
	assert_int_equal(set_budget(g, OTHER, PERIOD - LESS - 1, &generation), SMCCC_OK);
	test.is_done = true;
}

static void test_of_one_that_sleeps(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = sleep_for_ever, .budget = BUDGET, .period = PERIOD});
	system_add_vm(&(struct system_vm){.program = spin, .budget = BUDGET, .period = PERIOD});
	system_add_vm(&(struct system_vm){.program = take_over, .flags = BLOB_VM_MANAGER, .band = 11});
	system_run_to(20 * SYSTEM_MS);
	assert_true(test.is_done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_its_cpu),
		cmocka_unit_test(test_from_another_cpu),
		cmocka_unit_test(test_of_one_that_sleeps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
