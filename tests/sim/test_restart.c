/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMs that begin again: their loader restores their memory at EL0, on their own budget, while everything else goes on.
 * Of one CPU and of several, where the others are in the middle of anything when one of them asks for it.
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

#define SEEDS 10U
#define PAUSE 1000U
#define LIVES 6U
#define VCPUS 3U
#define SECOND_ENTRY (VM_ENTRY_IPA + 0x1000)
#define GICR_OF(vcpu) (VM_GICR_IPA + (uint64_t)(vcpu)*0x20000)
#define GICR_ISPENDR 0x10200U
#define GICR_ICPENDR 0x10280U
#define GICD_ISENABLER1 (VM_GICD_IPA + 0x104)

static struct {
	uint32_t lives;
	uint32_t started; /* secondaries, of all lives */
	uint32_t resets;  /* of the model */
	uint32_t wakes;
	bool by_fault;
} test;

static void begin(uint32_t cpus, uint64_t seed)
{
	memset(&test, 0, sizeof(test));
	system_begin();
	system_set_cpus(cpus, PAUSE, seed);
	system_set_settled(audit);
}

static void expect_byte(struct host_guest *g, uint64_t at, uint64_t wanted)
{
	uint64_t is = guest_load(g, at, 1);
	if (is != wanted)
		host_fail("life %u: %#llx holds %#llx", test.lives, (unsigned long long)at, (unsigned long long)is);
}

/* As promised to a VM that begins: its image, clear memory, registers and interrupt controller at reset. */
static void check_beginning(struct host_guest *g)
{
	const uint64_t end = VM_RAM_IPA + VM_RAM_BYTES;
	expect_byte(g, VM_RAM_IPA, 0);
	expect_byte(g, VM_IMAGE_IPA - 1, 0);
	expect_byte(g, VM_IMAGE_IPA, VM_IMAGE_BYTE);
	expect_byte(g, VM_IMAGE_IPA + VM_IMAGE_BYTES - 1, VM_IMAGE_BYTE);
	expect_byte(g, VM_IMAGE_IPA + VM_IMAGE_BYTES, 0);
	expect_byte(g, end - 1, 0);
	if (guest_argument(g, 0) != VM_DTB_IPA || guest_load(g, GICD_ISENABLER1, 4) != 0)
		host_fail("life %u does not begin as at reset", test.lives);
	guest_store(g, VM_RAM_IPA, 1, 0xff);
	guest_store(g, VM_IMAGE_IPA - 1, 1, 0xff);
	guest_store(g, VM_IMAGE_IPA, 1, 0xff);
	guest_store(g, VM_IMAGE_IPA + VM_IMAGE_BYTES - 1, 1, 0xff);
	guest_store(g, VM_IMAGE_IPA + VM_IMAGE_BYTES, 1, 0xff);
	guest_store(g, end - 1, 1, 0xff);
}

static void end_life(struct host_guest *g)
{
	if (test.by_fault)
		guest_serror(g);
	else
		guest_hvc(g, PSCI_SYSTEM_RESET, 0, 0, 0, NULL);
	host_fail("life %u went on after its end", test.lives);
}

static void live(struct host_guest *g)
{
	check_beginning(g);
	test.lives++;
	guest_stir(g, test.lives);
	program_init_gic(g, false);
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + 100);
	if (test.lives < LIVES)
		end_life(g);
	for (;;)
		guest_wfi(g);
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

static void run_alone(bool by_fault)
{
	begin(1, 0);
	test.by_fault = by_fault;
	uint32_t vm = system_add_vm(&(struct system_vm){.program = live,
							.loader = service_loader,
							.on_reset = BLOB_ACTION_RESTART,
							.on_crash = BLOB_ACTION_RESTART,
							.budget = 20000,
							.period = 100000});
	uint32_t other = system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_run_to(10 * SYSTEM_MS);
	assert_int_equal(test.lives, LIVES);
	assert_true(system_log_count(LOG_VM_RESTARTED, vm) > 1);         /* its quota has no more */
	assert_true(system_stats(other, 0)->used_ticks > 7 * SYSTEM_MS); /* it paid for nothing */
}

static void test_restart(void **state)
{
	(void)state;
	run_alone(false);
	run_alone(true);
}

static void bad_loader(struct host_guest *g)
{
	service_svc(g, SVC_WAIT, 0, 0, 0);
	host_fail("a loader's wrong call came back");
}

static void test_loader_fails(void **state)
{
	(void)state;
	begin(1, 0);
	uint32_t vm = system_add_vm(
		&(struct system_vm){.program = live, .loader = bad_loader, .on_reset = BLOB_ACTION_RESTART});
	system_run_to(SYSTEM_MS);
	assert_int_equal(test.lives, 1);
	assert_int_equal(system_log_count(LOG_LOADER_FAILED, vm), 1);
	assert_int_equal(machine.vms[vm]->state, VM_FAILED);
}

static void model(struct host_guest *g)
{
	test.resets += guest_argument(g, 0) == MODEL_RESET;
	guest_spin(g, 150);
	service_svc(g, SVC_MODEL_RETURN, 1, 0, 0);
}

static void on_irq(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	test.wakes++;
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
}

/* Until one of them ends it for all. */
static void live_together(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	if (self == 0) {
		check_beginning(g);
		test.lives++;
	}
	uint32_t life = test.lives;
	uint64_t seed = 16 * life + self;
	guest_stir(g, seed);
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	test.started += self != 0;
	for (uint32_t i = 1; self == 0 && i < VCPUS; i++)
		if (guest_hvc(g, PSCI_CPU_ON_64, i, SECOND_ENTRY, i, NULL) != PSCI_SUCCESS)
			host_fail("CPU_ON of %u in life %u", i, life);
	while (test.started < (VCPUS - 1) * life)
		guest_wfe(g);
	for (;;) {
		guest_store(g, GICR_OF(system_below(&seed, VCPUS)) + GICR_ISPENDR, 4, BIT32(7));
		guest_gic_sgi(g, 3, (uint32_t)system_below(&seed, 8));
		guest_load(g, VM_MODEL_IPA, 4);
		if (life < LIVES && system_below(&seed, 8) == 0)
			end_life(g);
	}
}

static void run_spread(uint64_t seed)
{
	uint32_t cpus = 2 + (uint32_t)(seed % 2);
	begin(cpus, seed);
	test.by_fault = seed / 2 % 2 != 0;
	uint32_t vm =
		system_add_vm(&(struct system_vm){.program = live_together,
						  .vcpus = VCPUS,
						  .cpus = {(uint8_t)(seed % cpus), (uint8_t)((seed + 1) % cpus), 0},
						  .model = model,
						  .model_bound = 20000,
						  .loader = service_loader,
						  .on_reset = BLOB_ACTION_RESTART,
						  .on_crash = BLOB_ACTION_RESTART,
						  .band = 11});
	enum host_end end = system_run(6 * SYSTEM_MS);
	system_check_accounts();
	if (end != HOST_HORIZON || test.lives != LIVES || test.started != LIVES * (VCPUS - 1))
		fail_msg("TAKT_SEED=%llu ends with %d in life %u", (unsigned long long)seed, end, test.lives);
	assert_true(system_log_count(LOG_VM_RESTARTED, vm) > 1); /* its quota has no more */
	assert_int_equal(test.resets, LIVES);
}

static void test_restart_of_a_spread_vm(void **state)
{
	(void)state;
	system_for_seeds("restart", SEEDS, run_spread);
}

#define SHORT_LIVES 40U

/* One asks the other to step aside, over and over, and that one ends it at any moment. */
static void ask_who_ends(struct host_guest *g)
{
	uint64_t seed = test.lives;
	if (guest_vcpu(g) != 0) {
		test.started++;
		for (;;) {
			guest_store(g, GICR_OF(0) + GICR_ISPENDR, 4, BIT32(7));
			guest_store(g, GICR_OF(0) + GICR_ICPENDR, 4, BIT32(7));
		}
	}
	test.lives++;
	program_init_gic(g, false);
	guest_mask(g, true); /* so it stays in a list register when it is pending */
	if (guest_hvc(g, PSCI_CPU_ON_64, 1, SECOND_ENTRY, 0, NULL) != PSCI_SUCCESS)
		host_fail("CPU_ON in life %u", test.lives);
	while (test.started < test.lives)
		guest_spin(g, 10);
	guest_spin(g, system_below(&seed, 3000));
	if (test.lives < SHORT_LIVES)
		end_life(g);
	spin(g);
}

static void run_asked(uint64_t seed)
{
	begin(2, seed);
	system_add_vm(&(struct system_vm){.program = ask_who_ends,
					  .vcpus = 2,
					  .cpus = {0, 1},
					  .loader = service_loader,
					  .on_reset = BLOB_ACTION_RESTART,
					  .band = 11});
	enum host_end end = system_run(6 * SYSTEM_MS);
	if (end != HOST_HORIZON || test.lives != SHORT_LIVES || test.started != SHORT_LIVES)
		fail_msg("TAKT_SEED=%llu ends with %d in life %u", (unsigned long long)seed, end, test.lives);
}

static void test_stop_of_one_that_is_asked(void **state)
{
	(void)state;
	system_for_seeds("asked", SEEDS, run_asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_loader_fails),
		cmocka_unit_test(test_restart_of_a_spread_vm),
		cmocka_unit_test(test_stop_of_one_that_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
