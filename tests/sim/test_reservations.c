/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reservations get, against what logic/admit promises: in every interval that begins while a VM is ready, at least
 * its supply bound, whatever the others do; and accounts that add up to the tick over long random runs.
 *
 * links: @core logic/admit.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "logic/admit.h"
#include "tests/sim/system.h"

#define SETS 12U
#define PIECES_MAX 65536U
#define RESERVED_MAX 3U
#define STEP_TICKS (2U * SYSTEM_STEP)

struct piece {
	uint64_t from, to;
};

static struct {
	struct piece pieces[PIECES_MAX]; /* of VM 0 */
	uint32_t count;
	uint64_t seed;
} test;

static void ran(uint32_t vmid, uint32_t vcpu, uint64_t from, uint64_t to)
{
	(void)vcpu;
	if (system_vm_of(vmid) != 0)
		return;
	if (test.count == PIECES_MAX)
		host_fail("VM 0 runs in more than %u pieces", PIECES_MAX);
	else
		test.pieces[test.count++] = (struct piece){from, to};
}

/* Time that VM 0 had in [from, to). */
static uint64_t supplied(uint64_t from, uint64_t to)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < test.count; i++) {
		const struct piece *p = &test.pieces[i];
		uint64_t a = p->from > from ? p->from : from;
		uint64_t b = p->to < to ? p->to : to;
		sum += a < b ? b - a : 0;
	}
	return sum;
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

/* Sleeps and works for random times: woken by its timer. */
static void restless(struct host_guest *g)
{
	uint64_t seed = test.seed + guest_vmid(g);
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		program_sleep_until(g, host_now() + 1 + system_below(&seed, 150000));
		guest_spin(g, 1 + system_below(&seed, 60000));
	}
}

/* Exits as often as it can. */
static void noisy(struct host_guest *g)
{
	uint64_t seed = test.seed + guest_vmid(g);
	guest_stir(g, seed);
	for (;;) {
		if (system_below(&seed, 2) == 0)
			guest_hvc(g, 0x84000000, 0, 0, 0, NULL);
		else
			guest_load(g, VM_GICD_IPA + 4 * system_below(&seed, 0x400), 4);
		guest_spin(g, 1 + system_below(&seed, 50));
	}
}

static void check_supply(const struct admit_reservation *set, uint32_t count, uint64_t horizon)
{
	const struct admit_cost cost = {ticks(2 * STEP_TICKS), ticks(2 * STEP_TICKS), ticks(2 * STEP_TICKS)};
	const struct admit_reservation *r = &set[0];
	uint64_t lost = admit_lost(set, count, 0, &cost);
	uint64_t seed = test.seed;
	for (uint32_t i = 0; i < 2000; i++) {
		uint64_t length = 1 + system_below(&seed, 6 * r->period.raw);
		uint64_t from = r->period.raw + system_below(&seed, horizon - length - r->period.raw);
		uint64_t have = supplied(from, from + length);
		/* One more step of another may stand at each end of the interval. */
		uint64_t promised = admit_supply(r, lost, length);
		promised = promised > 2 * STEP_TICKS ? promised - 2 * STEP_TICKS : 0;
		if (have < promised)
			fail_msg("VM 0 had %llu of %llu ticks in [%llu, +%llu)", (unsigned long long)have,
				 (unsigned long long)promised, (unsigned long long)from, (unsigned long long)length);
	}
}

/* VM 0 is always ready; what it gets is compared. The others are reserved and restless, or best effort and noisy. */
static void one_set(uint64_t *seed)
{
	struct admit_reservation set[RESERVED_MAX];
	const struct admit_cost cost = {ticks(2 * STEP_TICKS), ticks(2 * STEP_TICKS), ticks(2 * STEP_TICKS)};
	struct admit_reason why;
	uint64_t horizon = 10 * SYSTEM_MS;
	system_begin();
	system_watch(ran);
	test.count = 0;
	do {
		for (uint32_t i = 0; i < RESERVED_MAX; i++) {
			uint64_t period = 20000 + system_below(seed, 200000);
			uint64_t budget = 2000 + system_below(seed, period / 3);
			uint64_t deadline = budget + system_below(seed, period - budget + 1);
			set[i] = (struct admit_reservation){ticks(budget), ticks(period), ticks(deadline)};
		}
	} while (!admit_cpu(set, RESERVED_MAX, &cost, &why));
	for (uint32_t i = 0; i < RESERVED_MAX; i++)
		system_add_vm(&(struct system_vm){.program = i == 0 ? spin : restless,
						  .budget = set[i].budget.raw,
						  .period = set[i].period.raw,
						  .deadline = set[i].deadline.raw,
						  .band = i});
	system_add_vm(&(struct system_vm){.program = noisy, .band = 11});
	system_add_vm(&(struct system_vm){.program = restless, .band = 11});
	system_run_to(horizon);
	check_supply(set, RESERVED_MAX, horizon);
}

static void test_supply(void **state)
{
	(void)state;
	uint64_t seed = system_seed("supply");
	for (uint32_t i = 0; i < SETS; i++) {
		test.seed = system_random(&seed);
		one_set(&seed);
	}
}

/* All kinds at once, for long: system_run_to compares the accounts. */
static void test_accounts(void **state)
{
	(void)state;
	test.seed = system_seed("accounts");
	for (uint32_t step = 0; step < 3; step++) {
		system_begin();
		system_set_step(1 + 17 * step);
		system_add_vm(&(struct system_vm){.program = restless, .budget = 20000, .period = 100000, .band = 0});
		system_add_vm(&(struct system_vm){.program = noisy, .budget = 30000, .period = 150000, .band = 1});
		system_add_vm(&(struct system_vm){.program = restless, .band = 11, .weight = 300});
		system_add_vm(&(struct system_vm){.program = noisy, .band = 11, .weight = 20});
		system_add_vm(&(struct system_vm){.program = spin, .band = 11});
		system_run_to(60 * SYSTEM_MS);
	}
}

/* Best effort divides what is left by weight. */
static void test_weights(void **state)
{
	(void)state;
	system_begin();
	system_add_vm(&(struct system_vm){.program = spin, .weight = 300});
	system_add_vm(&(struct system_vm){.program = spin, .weight = 100});
	system_add_vm(&(struct system_vm){.program = restless, .budget = 40000, .period = 100000});
	system_run_to(400 * SYSTEM_MS);
	uint64_t heavy = system_stats(0, 0)->used_ticks;
	uint64_t light = system_stats(1, 0)->used_ticks;
	assert_in_range(heavy, 3 * light - 5 * SYSTEM_MS, 3 * light + 5 * SYSTEM_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_supply),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_weights),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
