/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI (DEN0022) by HVC, and by SMC where there is one. Two CPUs. */
#include "tests/guest/helper.h"

#define CPU_STATE_ON 0
#define CPU_STATE_OFF 1
#define NO_SUCH_CPU 0x0700U
#define RESTARTS 20U

extern void guest_start_secondary(void);

static struct smccc_result (*call)(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3);
static volatile uint32_t starts, released;
static volatile uint64_t start_el, start_daif;

static struct smccc_result by_hvc(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return smccc_hvc(function, a1, a2, a3);
}

static struct smccc_result by_smc(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return smccc_smc(function, a1, a2, a3);
}

/* Results are signed 32-bit or 64-bit numbers: compared as 32-bit ones. */
static int32_t result(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return (int32_t)call(function, a1, a2, a3).x0;
}

static void is(int32_t got, int32_t expected, const char *what) { tap_equal((uint32_t)got, (uint32_t)expected, what); }

static void check_discovery(void)
{
	uint32_t version = (uint32_t)result(PSCI_VERSION, 0, 0, 0);

	tap_ok(version >> 16 == 1, "the version is 1.x");
	tap_ok(result(PSCI_FEATURES, PSCI_CPU_ON_64, 0, 0) == 0, "CPU_ON is a feature");
	tap_ok(result(PSCI_FEATURES, PSCI_CPU_OFF, 0, 0) == 0, "CPU_OFF is");
	tap_ok(result(PSCI_FEATURES, PSCI_SYSTEM_OFF, 0, 0) == 0, "SYSTEM_OFF is");
	tap_ok(result(PSCI_FEATURES, PSCI_CPU_SUSPEND_64, 0, 0) >= 0, "CPU_SUSPEND is");
	is(result(PSCI_FEATURES, 0x8400001fU, 0, 0), PSCI_NOT_SUPPORTED, "an unknown function is not");
	is(result(0x8400001fU, 0, 0, 0), PSCI_NOT_SUPPORTED, "nor can it be called");
	is(result(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2, "no trusted OS needs migration");
}

static void check_affinity(void)
{
	is(result(PSCI_AFFINITY_INFO_64, 0, 0, 0), CPU_STATE_ON, "this CPU is on");
	is(result(PSCI_AFFINITY_INFO_32, 0, 0, 0), CPU_STATE_ON, "also by the 32-bit call");
	is(result(PSCI_AFFINITY_INFO_64, 1, 0, 0), CPU_STATE_OFF, "the other is off");
	is(result(PSCI_AFFINITY_INFO_64, NO_SUCH_CPU, 0, 0), PSCI_INVALID_PARAMETERS, "a third does not exist");
	is(result(PSCI_CPU_ON_64, NO_SUCH_CPU, (uintptr_t)guest_start_secondary, 1), PSCI_INVALID_PARAMETERS,
	   "nor can it be started");
	is(result(PSCI_CPU_ON_64, 0, (uintptr_t)guest_start_secondary, 1), PSCI_ALREADY_ON, "this CPU is on already");
}

static void second(void *argument)
{
	(void)argument;
	start_el = sysreg_read(currentel) >> 2;
	start_daif = sysreg_read(daif) >> 6;
	starts++;
	sev();
	test_wait(&released, starts);
}

static bool is_off(void)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * WAIT_MS);

	while (result(PSCI_AFFINITY_INFO_64, 1, 0, 0) != CPU_STATE_OFF && counter_read() < end)
		wfe();
	return result(PSCI_AFFINITY_INFO_64, 1, 0, 0) == CPU_STATE_OFF;
}

static void check_restart(void)
{
	uint32_t failed = 0;

	tap_equal((uint64_t)runtime_start_cpu(1, second, NULL), PSCI_SUCCESS, "the other CPU is started");
	tap_ok(test_wait(&starts, 1), "it runs");
	tap_ok(start_el == 1 && start_daif == 0xf, "at EL1 with everything masked");
	is(result(PSCI_AFFINITY_INFO_64, 1, 0, 0), CPU_STATE_ON, "it is on");
	is(result(PSCI_CPU_ON_64, 1, (uintptr_t)guest_start_secondary, 1), PSCI_ALREADY_ON,
	   "it can't be started twice");
	released = starts;
	sev();
	tap_ok(is_off(), "it turns itself off");
	for (uint32_t i = 0; i < RESTARTS; i++) {
		uint32_t before = starts;

		failed += runtime_start_cpu(1, second, NULL) != PSCI_SUCCESS;
		failed += !test_wait(&starts, before + 1);
		released = starts;
		sev();
		failed += !is_off();
	}
	tap_equal(failed, 0, "it can be started and turned off again and again");
	starts = released = 0;
}

static void check_suspend(void)
{
	uint64_t end = counter_read() + ticks_from_ns(1000000);

	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm_virtual(end);
	is(result(PSCI_CPU_SUSPEND_64, 0, 0, 0), PSCI_SUCCESS, "a standby returns");
	tap_ok(counter_read() >= end, "when an interrupt is pending, not before");
	timer_disarm_virtual();
	gic_disable(TIMER_VIRTUAL_INTID);
}

static void check_all(void)
{
	check_discovery();
	check_affinity();
	check_restart();
	check_suspend();
}

void guest_main(void)
{
	test_start();
	print("# HVC\n");
	call = by_hvc;
	check_all();
	print("# SMC\n");
	if (tap_on_takt()) {
		call = by_smc;
		check_all();
	} else {
		tap_skip("PSCI by SMC", "this machine has no EL3");
	}
	tap_end();
}
