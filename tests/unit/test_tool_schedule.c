/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: tools/takt/schedule.c tools/takt/tasks.c tools/takt/check.c tools/takt/diag.c tools/takt/rules.c
 * tools/takt/util.c tools/takt/tree.c tools/takt/tree_places.c tools/takt/program.c tools/takt/file.c
 * tools/takt/system.c tools/takt/system_schedule.c tools/takt/system_mode.c tools/takt/modes.c
 * tools/takt/system_board.c tools/takt/system_domain.c tools/takt/schema.c tools/takt/system_device.c
 * tools/takt/system_qemu.c tools/takt/check_device.c tools/takt/schema_check.c logic/admit.c
 */
/* Ticks from nanoseconds, the order of contexts, shared reservations and bands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/takt/schedule.h"

static void test_rounding(void **state)
{
	(void)state;
	assert_int_equal(schedule_ticks_up(1, 62500000), 1);
	assert_int_equal(schedule_ticks_down(15, 62500000), 0);
	assert_int_equal(schedule_ticks_up(16, 62500000), 1);
	assert_int_equal(schedule_ticks_up(17, 62500000), 2);
	assert_int_equal(schedule_ticks_down(31, 62500000), 1);
	assert_int_equal(schedule_ticks_down(UINT64_C(4294967295), 1000000000), UINT64_C(4294967295));
	assert_int_equal(schedule_ticks_up(UINT64_C(4294967295), 24000000), 103079216);
	assert_int_equal(schedule_ticks_down(UINT64_C(4294967295), 24000000), 103079215);
}

/* A system of best-effort and reserved domains on CPUs 0 and 1, at one tick for each nanosecond. */
static void make(struct system *system, struct tree *tree, struct system_domain *domains, uint32_t count)
{
	static char file[] = "test.dts";
	*tree = (struct tree){.file = file};
	*system = (struct system){.tree = tree, .domains = domains, .domain_count = count};
	system->board.counter_hz = 1000000000;
	system->board.cpu_count = 2;
}

static void set_domain(struct system_domain *domain, char *path, uint32_t cpu, uint64_t budget, uint64_t deadline,
		       uint64_t period)
{
	*domain = (struct system_domain){.path = path, .vcpu_count = 1, .vcpu_cpu = {cpu}, .weight = 100};
	domain->cpu_mask = UINT64_C(1) << cpu;
	domain->reservation = (struct system_reservation){budget != 0, budget, period, deadline, 0};
}

static void test_order_and_bands(void **state)
{
	struct system_domain *domains = calloc(5, sizeof(*domains));
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	struct system system;
	struct tree tree;
	struct diag diag = {0};
	char paths[5][8] = {"/d/a", "/d/b", "/d/c", "/d/d", "/d/e"};
	(void)state;
	set_domain(&domains[0], paths[0], 0, 0, 0, 0);
	set_domain(&domains[1], paths[1], 0, 1000, 9000, 10000);
	set_domain(&domains[2], paths[2], 0, 1000, 5000, 10000);
	set_domain(&domains[3], paths[3], 1, 0, 0, 0);
	set_domain(&domains[4], paths[4], 0, 1000, 9000, 20000);
	domains[4].vcpu_count = 2;
	make(&system, &tree, domains, 5);
	schedule_build(schedule, &system, &diag);
	assert_int_equal(diag.count, 0);
	assert_int_equal(schedule->cpu_count, 2);
	assert_int_equal(schedule->context_count, 6);
	static const uint32_t owners[] = {2, 1, 4, 4, 0, 3};
	static const uint32_t bands[] = {0, 1, 1, 1, 11, 11};
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(schedule->contexts[i].owner, owners[i]);
		assert_int_equal(schedule->contexts[i].band, bands[i]);
	}
	assert_int_equal(schedule->reservation_count, 3);
	assert_int_equal(schedule->contexts[2].reservation, schedule->contexts[3].reservation);
	assert_int_equal(schedule->contexts[4].reservation, BLOB_NONE);
	assert_int_equal(schedule->contexts[4].weight, 100);
	assert_int_equal(schedule->first_context[1], 5);
	diag_fini(&diag);
	free(domains);
	free(schedule);
}

static void test_many_deadlines_share_bands(void **state)
{
	enum { COUNT = 30 };
	struct system_domain *domains = calloc(COUNT, sizeof(*domains));
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	struct system system;
	struct tree tree;
	struct diag diag = {0};
	char path[] = "/d/x";
	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		set_domain(&domains[i], path, 0, 10, 100000 + i, 200000);
	make(&system, &tree, domains, COUNT);
	schedule_build(schedule, &system, &diag);
	assert_int_equal(diag.count, 0);
	for (uint32_t i = 1; i < COUNT; i++)
		assert_true(schedule->contexts[i].band >= schedule->contexts[i - 1].band);
	assert_int_equal(schedule->contexts[0].band, 0);
	assert_int_equal(schedule->contexts[COUNT - 1].band, 10);
	diag_fini(&diag);
	free(domains);
	free(schedule);
}

static void test_overload_is_refused(void **state)
{
	struct system_domain *domains = calloc(2, sizeof(*domains));
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	struct system system;
	struct tree tree;
	struct diag diag = {0};
	char paths[2][8] = {"/d/a", "/d/b"};
	(void)state;
	set_domain(&domains[0], paths[0], 0, 5000, 10000, 10000);
	set_domain(&domains[1], paths[1], 0, 5001, 10000, 10000);
	make(&system, &tree, domains, 2);
	schedule_build(schedule, &system, &diag);
	assert_int_equal(diag.count, 2);
	assert_int_equal(diag.items[0].rule, RULE_CPU_OVERLOAD);
	diag_fini(&diag);
	free(domains);
	free(schedule);
}

static void test_budget_from_tasks(void **state)
{
	struct system_domain *domain = calloc(1, sizeof(*domain));
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	struct system system;
	struct tree tree;
	struct diag diag = {0};
	char path[] = "/d/a";
	(void)state;
	set_domain(domain, path, 0, 1, 1000000, 1000000);
	domain->reservation.budget_ns = 0;
	domain->tasks[0] =
		(struct system_task){.path = path, .period_ns = 4000000, .wcet_ns = 500000, .deadline_ns = 4000000};
	domain->task_count = 1;
	make(&system, &tree, domain, 1);
	schedule_build(schedule, &system, &diag);
	assert_int_equal(diag.count, 0);
	/* Any 4 ms hold at least three whole budgets of a 1 ms period, so 500 us need at most a third each, and at
	 * least an eighth. */
	assert_in_range(schedule->derived_budget_ns[0], 125000, 166667);
	assert_int_equal(schedule->reservations[0].budget_ticks, schedule->derived_budget_ns[0]);
	diag_fini(&diag);
	free(domain);
	free(schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_order_and_bands),
		cmocka_unit_test(test_many_deadlines_share_bands),
		cmocka_unit_test(test_overload_is_refused),
		cmocka_unit_test(test_budget_from_tasks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
