/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real boot code on the host port: VMs start with the state that they were promised, a blob that is damaged is
 * refused, the system is powered off when all VMs are.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "tests/sim/system.h"

static uint32_t started; /* VMs, one bit each */
static uint64_t dtbs[SYSTEM_VM_MAX];

static void note_start(struct host_guest *g)
{
	uint32_t vm = system_vm_of(guest_vmid(g));
	started |= 1U << vm;
	dtbs[vm] = guest_argument(g, 0);
	guest_stir(g, vm);
	guest_store(g, VM_RAM_IPA + 0x1000, 8, vm + 1);
	guest_spin(g, 3 * SYSTEM_MS);
	if (guest_load(g, VM_RAM_IPA + 0x1000, 8) != vm + 1)
		host_fail("memory of VM %u is not its own", vm);
}

static void test_all_vms_start(void **state)
{
	(void)state;
	system_begin();
	started = 0;
	for (uint32_t i = 0; i < SYSTEM_VM_MAX; i++)
		system_add_vm(&(struct system_vm){.program = note_start, .band = 11});
	system_run_to(100 * SYSTEM_MS);
	assert_int_equal(started, (1U << SYSTEM_VM_MAX) - 1);
	for (uint32_t i = 0; i < SYSTEM_VM_MAX; i++) {
		assert_int_equal(dtbs[i], VM_DTB_IPA);
		assert_int_equal(system_log_count(LOG_VM_STARTED, i), 1);
		assert_true(system_stats(i, 0)->used_ticks > 10 * SYSTEM_MS);
	}
}

static void off(struct host_guest *g)
{
	guest_spin(g, 1000);
	guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
	host_fail("SYSTEM_OFF came back");
}

static void test_power_off_when_all_are_off(void **state)
{
	(void)state;
	system_begin();
	system_add_vm(&(struct system_vm){.program = off});
	system_add_vm(&(struct system_vm){.program = off});
	assert_int_equal(system_run(100 * SYSTEM_MS), HOST_OFF);
	assert_int_equal(system_log_count(LOG_VM_OFF, 0), 1);
	assert_int_equal(system_log_count(LOG_VM_OFF, 1), 1);
	system_check_accounts();
}

static void ask(struct host_guest *g)
{
	uint64_t out[4];
	for (uint32_t i = 0; i < 31; i++)
		guest_reg_x_set(g, i, 0x1111111111111111U * (i % 15 + 1));
	if (guest_hvc(g, PSCI_VERSION, 1, 2, 3, out) != PSCI_VERSION_1_1 || out[1] != 1 || out[2] != 2 || out[3] != 3)
		host_fail("PSCI_VERSION by HVC");
	if (guest_smc(g, PSCI_VERSION, 1, 2, 3, out) != PSCI_VERSION_1_1 || out[3] != 3)
		host_fail("PSCI_VERSION by SMC");
	if (guest_hvc(g, 0xc6001234, 0, 0, 0, NULL) != UINT64_MAX)
		host_fail("an unknown call");
	if (guest_mrs(g, SYSREG_KEY(3, 0, 0, 4, 0)) == 0)
		host_fail("ID_AA64PFR0_EL1");
	started = 1;
}

static void test_calls(void **state)
{
	(void)state;
	system_begin();
	started = 0;
	system_add_vm(&(struct system_vm){.program = ask});
	system_run_to(SYSTEM_MS);
	assert_int_equal(started, 1);
	assert_int_equal(system_stats(0, 0)->exits[EXIT_HVC].count, 2);
	assert_int_equal(system_stats(0, 0)->exits[EXIT_SMC].count, 1);
	assert_int_equal(system_stats(0, 0)->exits[EXIT_SYSREG].count, 1);
}

static void wait_for_ever(struct host_guest *g)
{
	for (;;)
		service_svc(g, SVC_WAIT, 0, 0, 0);
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

/* The driver's CPU has nothing to do while the boot CPU has still to start the VM. */
static void test_no_power_off_before_the_first_vm(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		system_begin();
		system_set_cpus(2, 1000, seed);
		system_add_vm(&(struct system_vm){.program = spin});
		system_add_driver(wait_for_ever, 2000, 100000, 2);
		system_set_driver_cpu(1);
		system_run_to(SYSTEM_MS / 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_vms_start),
		cmocka_unit_test(test_power_off_when_all_are_off),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_no_power_off_before_the_first_vm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
