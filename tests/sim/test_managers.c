/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managers that command a VM at random, from several CPUs at once, whatever it is in the middle of: each answer is one
 * that there is, nothing is left behind (the audit), and in the end it can be brought to life.
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

#define SEEDS 6U
#define PAUSE 1000U
#define COMMANDS 300U
#define VCPUS 3U
#define MANAGED 0U
#define MANAGERS 2U
#define SECOND_ENTRY (VM_ENTRY_IPA + 0x1000)
#define GICR_OF(vcpu) (VM_GICR_IPA + (uint64_t)(vcpu)*0x20000)
#define GICR_ISPENDR 0x10200U

static struct {
	uint64_t seed;
	uint32_t done; /* managers that have given all their commands */
	uint32_t accepted[TAKT_VM_COMMAND_COUNT];
	uint32_t busy, wrong;
	uint32_t lives;
	uint32_t beats[VCPUS];
	uint32_t stopped_beats; /* while it was off */
	bool is_alive;          /* in the end */
} test;

static void on_irq(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
}

static void model(struct host_guest *g)
{
	guest_spin(g, 150);
	service_svc(g, SVC_MODEL_RETURN, 1, 0, 0);
}

/* Asks its siblings for their list registers, calls its model, sleeps, ends by itself now and then. */
static void live(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	test.lives += self == 0;
	uint64_t seed = test.seed + 16 * test.lives + self;
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	for (uint32_t i = 1; self == 0 && i < VCPUS; i++)
		guest_hvc(g, PSCI_CPU_ON_64, i, SECOND_ENTRY, i, NULL);
	for (;;) {
		test.beats[self]++;
		guest_store(g, GICR_OF(system_below(&seed, VCPUS)) + GICR_ISPENDR, 4, BIT32(7));
		guest_gic_sgi(g, 3, (uint32_t)system_below(&seed, 8));
		guest_load(g, VM_MODEL_IPA, 4);
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + system_below(&seed, 2000));
		guest_wfi(g);
		if (test.done < MANAGERS && system_below(&seed, 200) == 0)
			guest_hvc(g, system_below(&seed, 2) == 0 ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
	}
}

static int64_t command(struct host_guest *g, uint32_t what)
{
	return (int64_t)guest_hvc(g, TAKT_VM_COMMAND, MANAGED, what, 0, NULL);
}

static uint64_t state_of(struct host_guest *g)
{
	uint64_t results[4];
	if (guest_hvc(g, TAKT_VM_INFO, MANAGED, 0, 0, results) != SMCCC_OK)
		host_fail("a manager is refused");
	return results[1];
}

static void note(int64_t answer, uint32_t what)
{
	test.accepted[what] += answer == SMCCC_OK;
	test.busy += answer == TAKT_VM_BUSY;
	test.wrong += answer == TAKT_VM_WRONG_STATE;
	if (answer != SMCCC_OK && answer != TAKT_VM_BUSY && answer != TAKT_VM_WRONG_STATE)
		host_fail("command %u is answered %lld", what, (long long)answer);
}

static void reach(struct host_guest *g, uint32_t what, uint64_t state)
{
	while (state_of(g) != state) {
		note(command(g, what), what);
		guest_wfe(g); /* the turn is others' */
	}
}

static uint32_t beats(void) { return test.beats[0] + test.beats[1] + test.beats[2]; }

/* The last of them looks whether the VM obeys still. */
static void conclude(struct host_guest *g)
{
	reach(g, TAKT_VM_STOP, TAKT_VM_OFF);
	uint32_t before = beats();
	guest_spin(g, 20000);
	test.stopped_beats = beats() - before;
	memset(test.beats, 0, sizeof(test.beats));
	reach(g, TAKT_VM_START, TAKT_VM_RUNNING);
	while (test.beats[0] < 10 || test.beats[1] < 10 || test.beats[2] < 10)
		guest_wfe(g);
	test.is_alive = true;
}

/* Mostly one that suits the state of a moment ago, for of others most are refused; and seldom a stop, or the loader
 * would never come to its end. */
static uint32_t choose(struct host_guest *g, uint64_t *seed)
{
	uint64_t state = state_of(g);
	if (system_below(seed, 5) == 0)
		return (uint32_t)system_below(seed, TAKT_VM_COMMAND_COUNT);
	if (state == TAKT_VM_OFF || state == TAKT_VM_FAILED)
		return TAKT_VM_START;
	if (state == TAKT_VM_PAUSED)
		return TAKT_VM_RESUME;
	return system_below(seed, 2) == 0 ? TAKT_VM_RESTART : TAKT_VM_PAUSE;
}

static void manage(struct host_guest *g)
{
	uint64_t seed = test.seed ^ guest_vmid(g);
	for (uint32_t i = 0; i < COMMANDS; i++) {
		uint32_t what = choose(g, &seed);
		note(command(g, what), what);
		guest_spin(g, system_below(&seed, system_below(&seed, 4) == 0 ? 60000 : 200));
	}
	test.done++;
	if (test.done == MANAGERS)
		conclude(g);
	for (;;)
		guest_wfi(g);
}

static void one_run(uint64_t seed, uint32_t cpus)
{
	uint8_t last = (uint8_t)(cpus - 1);
	memset(&test, 0, sizeof(test));
	test.seed = seed;
	system_begin();
	system_set_cpus(cpus, PAUSE, seed);
	system_set_settled(audit);
	system_add_vm(&(struct system_vm){.program = live,
					  .vcpus = VCPUS,
					  .cpus = {(uint8_t)(seed % cpus), (uint8_t)((seed + 1) % cpus), 0},
					  .model = model,
					  .model_bound = 20000,
					  .loader = service_loader,
					  .on_reset = BLOB_ACTION_RESTART,
					  .on_crash = BLOB_ACTION_RESTART,
					  .has_watchdog = true,
					  .has_stolen = true,
					  .band = 11});
	system_add_vm(&(struct system_vm){.program = manage, .flags = BLOB_VM_MANAGER, .band = 11});
	system_add_vm(&(struct system_vm){.program = manage, .cpus = {last}, .flags = BLOB_VM_MANAGER, .band = 11});
	system_prepare();
	enum host_end end = system_run(12 * SYSTEM_MS);
	system_check_accounts();
	if (end != HOST_HORIZON || !test.is_alive || test.stopped_beats != 0)
		fail_msg("TAKT_SEED=%llu on %u CPUs ends with %d: %u managers done, %u beats while off, state %u, "
			 "beats %u %u %u",
			 (unsigned long long)seed, cpus, end, test.done, test.stopped_beats,
			 (unsigned)machine.vms[MANAGED]->state, test.beats[0], test.beats[1], test.beats[2]);
}

static void run_all(const char *name, uint32_t cpus)
{
	uint64_t first = system_seed(name);
	uint64_t seed = first;
	uint32_t accepted[TAKT_VM_COMMAND_COUNT] = {0};
	uint32_t busy = 0;
	for (uint32_t i = 0; i < SEEDS; i++) {
		one_run(i == 0 ? first : system_random(&seed), cpus);
		busy += test.busy;
		for (uint32_t what = 0; what < TAKT_VM_COMMAND_COUNT; what++)
			accepted[what] += test.accepted[what];
	}
	for (uint32_t what = 0; what < TAKT_VM_COMMAND_COUNT; what++)
		assert_true(accepted[what] > 0);
	assert_true(busy > 0);
}

static void test_on_one_cpu(void **state)
{
	(void)state;
	run_all("managers on a CPU", 1);
}

static void test_on_three_cpus(void **state)
{
	(void)state;
	run_all("managers on three CPUs", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_one_cpu),
		cmocka_unit_test(test_on_three_cpus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
