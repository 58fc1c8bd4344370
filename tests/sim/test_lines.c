/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical lines that are deferred, polled or throttled: who is interrupted by them, when, and what becomes of them
 * when their VM ends.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "abi/service.h"
#include "base/bits.h"
#include "tests/sim/audit.h"
#include "tests/sim/system.h"

#define LINE 50U /* level-sensitive, and an edge behind it */
#define LINES 2U
#define PERIOD 100000U /* of the owner's timer */
#define TIMER 27U
#define DISTANCE 50000U
#define BURST 4U

static struct {
	uint32_t taken[LINES];
	uint64_t took_at;
	uint32_t wakes;
	uint32_t lives;
} test;

static void begin(void)
{
	memset(&test, 0, sizeof(test));
	system_begin();
	system_set_settled(audit);
}

static void add_lines(uint32_t vm, enum blob_delivery delivery)
{
	for (uint32_t i = 0; i < LINES; i++) {
		system_add_line(LINE + i, BLOB_LINE_VM, vm, LINE + i, i != 0);
		system_set_delivery(LINE + i, delivery);
	}
}

static void on_irq(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid == TIMER) {
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() / PERIOD * PERIOD + PERIOD);
		test.wakes++;
	} else if (intid >= LINE && intid < LINE + LINES) {
		host_line_set(intid, false);
		test.taken[intid - LINE]++;
		test.took_at = host_now();
	} else if (intid < IRQ_SPECIAL_FIRST) {
		host_fail("interrupt %u", intid);
	}
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
}

/* Wakes each period by its timer, and spins a little. */
static void owner(struct host_guest *g)
{
	test.lives++;
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + PERIOD);
	for (;;) {
		guest_wfi(g);
		guest_spin(g, 1000);
	}
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

/* Raises and lowers the edge over and over, and the level until it is served. */
static void raise_often(uint64_t left)
{
	host_line_set(LINE, true);
	host_line_set(LINE + 1, true);
	host_line_set(LINE + 1, false);
	if (left > 1)
		host_at(host_now() + 1000, raise_often, left - 1);
}

/* What the lines cost the one that spins: its exits for interrupts, of which the owner's timer makes one a period. */
static uint64_t run_storm(enum blob_delivery delivery, bool is_stormy)
{
	begin();
	uint32_t vm = system_add_vm(&(struct system_vm){.program = owner, .budget = 20000, .period = PERIOD});
	uint32_t other = system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	add_lines(vm, delivery);
	system_prepare();
	if (is_stormy)
		host_at(10 * PERIOD + 30000, raise_often, 60);
	system_run_to(20 * PERIOD);
	return system_stats(other, 0)->exits[EXIT_IRQ].count;
}

static void test_deferred(void **state)
{
	(void)state;
	uint64_t quiet = run_storm(BLOB_DELIVERY_DEFERRED, false);
	assert_int_equal(test.taken[0] + test.taken[1], 0);
	uint64_t stormy = run_storm(BLOB_DELIVERY_DEFERRED, true);
	assert_int_equal(stormy, quiet);    /* none of 120 interrupted it */
	assert_int_equal(test.taken[0], 1); /* nothing was lost, */
	assert_int_equal(test.taken[1], 1); /* edges merged, */
	assert_int_equal(test.wakes, 19);
	assert_in_range(test.took_at, 11 * PERIOD, 11 * PERIOD + 5000); /* and it took them when it woke */
	assert_true(run_storm(BLOB_DELIVERY_PROMPT, true) > quiet + 5);
}

static void live_and_die(struct host_guest *g)
{
	test.lives++;
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	guest_spin(g, 150000); /* longer than a turn, so that an alarm has its own */
	if (test.lives < 3)
		guest_hvc(g, PSCI_SYSTEM_RESET, 0, 0, 0, NULL);
	guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
}

/* A line is high when its VM ends, and goes on: the next life takes it. One of a VM that is off interrupts nobody. */
static void run_lives(enum blob_delivery delivery, uint64_t distance)
{
	begin();
	uint32_t vm = system_add_vm(&(struct system_vm){.program = live_and_die,
							.loader = service_loader,
							.on_reset = BLOB_ACTION_RESTART,
							.budget = 50000,
							.period = PERIOD});
	uint32_t other = system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	add_lines(vm, delivery);
	for (uint32_t i = 0; i < LINES && distance != 0; i++)
		system_set_throttle(LINE + i, distance, BURST);
	system_prepare();
	host_at(5000, raise_often, 1500);
	system_run_to(30 * PERIOD);
	assert_int_equal(test.lives, 3);
	assert_true(test.taken[0] >= 3);
	assert_true(test.taken[1] >= 3);
	assert_int_equal(machine.vms[vm]->state, VM_OFF);
	assert_false(host_line_is_enabled(LINE));
	uint64_t before = system_stats(other, 0)->exits[EXIT_IRQ].count;
	assert_true(before < 200);
}

static void test_restart(void **state)
{
	(void)state;
	run_lives(BLOB_DELIVERY_PROMPT, 0);
	run_lives(BLOB_DELIVERY_DEFERRED, 0);
	run_lives(BLOB_DELIVERY_POLLED, 0);
	run_lives(BLOB_DELIVERY_PROMPT, 30000);
	run_lives(BLOB_DELIVERY_DEFERRED, 200000);
	assert_true(machine.stats->throttled[1] >= 3); /* in each life, with a bucket that is full as it begins */
}

static void raise(uint64_t intid) { host_line_set((uint32_t)intid, true); }

static void sleep_for_ever(struct host_guest *g)
{
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	for (;;)
		guest_wfi(g);
}

/* The owner sleeps, or the CPU idles besides: what is raised is taken as the next period begins, by no interrupt. */
static void run_polled(host_program *beside)
{
	begin();
	uint32_t vm = system_add_vm(&(struct system_vm){.program = sleep_for_ever, .budget = 20000, .period = PERIOD});
	if (beside != NULL)
		system_add_vm(&(struct system_vm){.program = beside, .band = 11});
	add_lines(vm, BLOB_DELIVERY_POLLED);
	system_prepare();
	for (uint32_t i = 0; i < 10; i++)
		host_at(10 * PERIOD + i * 3 * PERIOD + i * 7919, raise, LINE + i % LINES);
	system_run_to(60 * PERIOD);
	assert_int_equal(test.taken[0], 5);
	assert_int_equal(test.taken[1], 5);
	assert_in_range(test.took_at, 37 * PERIOD + 9 * 7919, 38 * PERIOD + 9 * 7919 + 5000);
	assert_int_equal(system_stats(vm, 0)->exits[EXIT_IRQ].count, 0);
	assert_int_equal(system_stats(vm, 0)->switches, 11); /* each wakes it, and nothing else does */
}

static void test_polled(void **state)
{
	(void)state;
	run_polled(spin);
	run_polled(NULL);
	run_polled(sleep_for_ever);
	uint64_t quiet = run_storm(BLOB_DELIVERY_POLLED, false);
	assert_int_equal(run_storm(BLOB_DELIVERY_POLLED, true), quiet);
	assert_int_equal(test.taken[0], 1);
	assert_int_equal(test.taken[1], 1);
}

/* One that is never at rest: the level is high as soon as it is served, the edge rises then too. */
static void on_storm(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid >= IRQ_SPECIAL_FIRST)
		return;
	test.taken[intid - LINE]++;
	host_line_set(intid, false);
	host_line_set(intid, true);
	guest_gic_eoi(g, intid);
}

static void storm_owner(struct host_guest *g)
{
	guest_on_irq(g, on_storm);
	program_init_gic(g, false);
	for (;;)
		guest_wfi(g);
}

/* Answers what the owner's storm took from its neighbour of the same CPU, in ticks. */
static uint64_t run_throttled(enum blob_delivery delivery, uint64_t distance, uint64_t budget)
{
	begin();
	uint32_t vm = system_add_vm(&(struct system_vm){.program = storm_owner, .budget = budget, .period = PERIOD});
	uint32_t other = system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	add_lines(vm, delivery);
	for (uint32_t i = 0; i < LINES && distance != 0; i++)
		system_set_throttle(LINE + i, distance, BURST);
	system_prepare();
	host_at(PERIOD, raise, LINE);
	host_at(PERIOD, raise, LINE + 1);
	system_run_to(101 * PERIOD);
	return 101 * PERIOD - system_stats(other, 0)->used_ticks;
}

static void test_storm(void **state)
{
	(void)state;
	uint64_t storm = run_throttled(BLOB_DELIVERY_PROMPT, 0, 50000);
	assert_true(test.taken[0] + test.taken[1] > 10000);
	assert_in_range(storm, 45 * PERIOD, 56 * PERIOD); /* its reservation, no more */
	uint64_t calm = run_throttled(BLOB_DELIVERY_PROMPT, DISTANCE, 50000);
	for (uint32_t i = 0; i < LINES; i++) {
		assert_in_range(test.taken[i], 199, BURST + 100 * PERIOD / DISTANCE);
		assert_in_range(machine.stats->throttled[i], 197, 2 + 100 * PERIOD / DISTANCE);
	}
	assert_true(calm < 4 * PERIOD);
}

static void test_throttled_deferred(void **state)
{
	(void)state;
	begin();
	uint32_t vm = system_add_vm(&(struct system_vm){.program = owner, .budget = 20000, .period = PERIOD});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	add_lines(vm, BLOB_DELIVERY_DEFERRED);
	system_set_throttle(LINE + 1, 5 * PERIOD / 2, 1);
	system_prepare();
	host_at(5000, raise_often, 20000);
	system_run_to(100 * PERIOD);
	assert_in_range(test.taken[0], 95, 200); /* at each wake-up once or twice */
	assert_in_range(test.taken[1], 33, 41);
}

#define PAYER_BUDGET 2000U

/* Of the owner: what it has been charged, and has left. */
static struct {
	uint64_t used, switches;
	int64_t left;
} paid_before;

static const struct sched_server *payers_server(void)
{
	const struct context *context = &machine.vms[0]->vcpus[0]->context;
	return &context->cpu->sched.servers[context->cpu->sched.contexts[context->local].group];
}

static void note_paid(uint64_t unused)
{
	(void)unused;
	paid_before.used = system_stats(0, 0)->used_ticks;
	paid_before.switches = system_stats(0, 0)->switches;
	paid_before.left = payers_server()->q;
}

static void raise_line(uint64_t index) { host_line_set(LINE + (uint32_t)index, true); }

/* Lines of one that has used up its budget interrupt the other one: these steps, which take time where EL2 pauses, are
 * the owner's, and a debt. */
static void test_owner_pays(void **state)
{
	(void)state;
	begin();
	system_set_cpus(2, 300, system_seed("lines of an exhausted owner"));
	uint32_t vm = system_add_vm(
		&(struct system_vm){.program = spin, .budget = PAYER_BUDGET, .period = 100 * PERIOD, .band = 0});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	for (uint32_t i = 0; i < 8; i++)
		system_add_line(LINE + i, BLOB_LINE_VM, vm, LINE + i, false);
	system_prepare();
	host_at(2 * PERIOD, note_paid, 0);
	for (uint32_t i = 0; i < 8; i++)
		host_at(2 * PERIOD + 10000 * (i + 1), raise_line, i);
	system_run_to(4 * PERIOD);
	const struct stats_context *owner_stats = system_stats(vm, 0);
	uint64_t paid = owner_stats->used_ticks - paid_before.used;
	assert_int_equal(owner_stats->switches, paid_before.switches);
	assert_true(paid > 0);
	int64_t debt = paid_before.left - payers_server()->q;
	assert_int_equal(((int64_t)paid - debt) % PAYER_BUDGET, 0); /* whole budgets put its release off */
	system_check_accounts();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_polled),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_throttled_deferred),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_owner_pays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
