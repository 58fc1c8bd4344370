/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several vCPUs of one VM on a CPU: SGIs between them, also to one that is blocked, and their life by PSCI.
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

#define SECOND_ENTRY (VM_ENTRY_IPA + 0x1000)
#define CONTEXT_OF(n) (UINT64_C(0x123400000000) + (n))
#define ROUNDS 200U

static struct {
	uint32_t rounds;
	uint32_t received[BLOB_VM_VCPU_MAX];
	uint32_t starts;
	uint64_t context;
	bool sleeps;
	bool done;
} shared;

static void turn_on(struct host_guest *g, uint32_t vcpu, uint64_t context)
{
	int64_t answer = (int64_t)guest_hvc(g, PSCI_CPU_ON_64, vcpu, SECOND_ENTRY, context, NULL);
	if (answer != PSCI_SUCCESS)
		host_fail("CPU_ON of %u answers %lld", vcpu, (long long)answer);
}

static void wait_for(struct host_guest *g, const uint32_t *counter, uint32_t value)
{
	while (*counter < value) {
		if (!shared.sleeps) {
			guest_wfe(g);
			continue;
		}
		guest_mask(g, true);
		if (*counter < value)
			guest_wfi(g);
		guest_mask(g, false);
	}
}

static void on_sgi(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != 3 + guest_vcpu(g))
		host_fail("vCPU %u got interrupt %u", guest_vcpu(g), intid);
	shared.received[guest_vcpu(g)]++;
	guest_gic_eoi(g, intid);
}

/* SGI 4 to vCPU 1, which sends SGI 3 back. */
static void ping_pong(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	guest_stir(g, self);
	guest_on_irq(g, on_sgi);
	program_init_gic(g, false);
	if (self == 0)
		turn_on(g, 1, 0);
	else
		shared.starts++;
	while (shared.starts == 0)
		guest_wfe(g);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		if (self == 0)
			guest_gic_sgi(g, 4, 1U << 1);
		wait_for(g, &shared.received[self], i);
		if (self == 1)
			guest_gic_sgi(g, 3, 1U << 0);
		if (self == 0)
			shared.rounds = i;
	}
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

static void run_ping_pong(bool sleeps, uint64_t budget)
{
	system_begin();
	memset(&shared, 0, sizeof(shared));
	shared.sleeps = sleeps;
	system_add_vm(&(struct system_vm){.program = ping_pong, .vcpus = 2, .budget = budget, .period = budget * 2});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11, .weight = 1});
	system_run_to(2000 * SYSTEM_MS);
	assert_int_equal(shared.rounds, ROUNDS);
}

static void test_sgi_between_vcpus(void **state)
{
	(void)state;
	run_ping_pong(true, 0);
	run_ping_pong(false, 0);
	run_ping_pong(true, SYSTEM_MS);
	run_ping_pong(false, SYSTEM_MS);
}

static void on_broadcast(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	shared.received[guest_vcpu(g)]++;
	guest_gic_eoi(g, intid);
}

/* The one step that wakes most: all of a VM sleep, each in its turn, and one SGI is for all of them. */
static void broadcast(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	guest_on_irq(g, on_broadcast);
	program_init_gic(g, false);
	for (uint32_t i = 1; self == 0 && i < BLOB_VM_VCPU_MAX; i++)
		turn_on(g, i, 0);
	shared.starts += self != 0;
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		while (self == 0 && shared.starts < (BLOB_VM_VCPU_MAX - 1) * round)
			guest_wfe(g);
		for (uint32_t i = 0; self == 0 && i < BLOB_VM_VCPU_MAX; i++)
			guest_wfe(g); /* who has counted goes to sleep */
		if (self == 0)
			guest_gic_sgi(g, 3, (1U << BLOB_VM_VCPU_MAX) - 2);
		else
			wait_for(g, &shared.received[self], round);
		shared.starts += self != 0;
	}
	while (self == 0 && shared.starts < (BLOB_VM_VCPU_MAX - 1) * (ROUNDS + 1))
		guest_wfe(g);
	if (self == 0)
		guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
	for (;;)
		guest_wfi(g);
}

static void run_broadcast(uint64_t budget)
{
	system_begin();
	memset(&shared, 0, sizeof(shared));
	shared.sleeps = true;
	system_add_vm(&(struct system_vm){
		.program = broadcast, .vcpus = BLOB_VM_VCPU_MAX, .budget = budget, .period = budget * 2});
	assert_int_equal(system_run(2000 * SYSTEM_MS), HOST_OFF);
	for (uint32_t i = 1; i < BLOB_VM_VCPU_MAX; i++)
		assert_int_equal(shared.received[i], ROUNDS);
}

static void test_sgi_to_all(void **state)
{
	(void)state;
	run_broadcast(0);
	run_broadcast(SYSTEM_MS);
}

static void expect_affinity(struct host_guest *g, uint64_t vcpu, int64_t expected)
{
	int64_t answer = (int64_t)guest_smc(g, PSCI_AFFINITY_INFO_64, vcpu, 0, 0, NULL);
	if (answer != expected)
		host_fail("AFFINITY_INFO answers %lld", (long long)answer);
}

static void second(struct host_guest *g)
{
	shared.starts++;
	shared.context = guest_argument(g, 0);
	guest_stir(g, shared.starts);
	guest_spin(g, 500);
	if ((shared.starts & 1) != 0)
		guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
	else
		guest_smc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
	host_fail("CPU_OFF came back");
}

static void life(struct host_guest *g)
{
	if (guest_vcpu(g) != 0)
		second(g);
	guest_stir(g, 99);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		expect_affinity(g, 1, 1);
		turn_on(g, 1, CONTEXT_OF(i));
		int64_t again = (int64_t)guest_hvc(g, PSCI_CPU_ON_64, 1, SECOND_ENTRY, 0, NULL);
		if (again != PSCI_ALREADY_ON && again != PSCI_ON_PENDING)
			host_fail("CPU_ON again answers %lld", (long long)again);
		while ((int64_t)guest_hvc(g, PSCI_AFFINITY_INFO_64, 1, 0, 0, NULL) != 1)
			guest_wfe(g);
		if (shared.starts != i || shared.context != CONTEXT_OF(i))
			host_fail("start %u of %u", shared.starts, i);
	}
	if ((int64_t)guest_hvc(g, PSCI_CPU_ON_64, 2, SECOND_ENTRY, 0, NULL) != PSCI_INVALID_PARAMETERS)
		host_fail("CPU_ON of a vCPU that does not exist");
	if ((int64_t)guest_hvc(g, PSCI_CPU_ON_64, 1, VM_NOTHING_IPA, 0, NULL) != PSCI_INVALID_ADDRESS)
		host_fail("CPU_ON at no memory");
	shared.done = true;
	guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
	host_fail("CPU_OFF came back");
}

static void test_life(void **state)
{
	(void)state;
	system_begin();
	memset(&shared, 0, sizeof(shared));
	system_add_vm(&(struct system_vm){.program = life, .vcpus = 2});
	assert_int_equal(system_run(2000 * SYSTEM_MS), HOST_OFF);
	assert_true(shared.done);
	assert_int_equal(system_log_count(LOG_VM_OFF, 0), 1);
	system_check_accounts();
}

static void on_timer(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
	guest_gic_eoi(g, intid);
	shared.received[0]++;
}

static void suspend(struct host_guest *g)
{
	guest_on_irq(g, on_timer);
	program_init_gic(g, false);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		uint64_t until = host_now() + 10000;
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, until);
		guest_mask(g, true);
		if (guest_hvc(g, PSCI_CPU_SUSPEND_64, 0, 0, 0, NULL) != PSCI_SUCCESS || host_now() < until)
			host_fail("CPU_SUSPEND came back at %llu", (unsigned long long)host_now());
		guest_mask(g, false);
		if (shared.received[0] != i)
			host_fail("%u interrupts after %u", shared.received[0], i);
	}
	shared.done = true;
}

static void test_suspend(void **state)
{
	(void)state;
	system_begin();
	memset(&shared, 0, sizeof(shared));
	system_add_vm(&(struct system_vm){.program = suspend});
	system_run_to(10 * SYSTEM_MS);
	assert_true(shared.done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sgi_between_vcpus),
		cmocka_unit_test(test_sgi_to_all),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_suspend),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
