/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMs whose vCPUs are on several CPUs, from many seeds: SGIs from each to each, CPU_ON and CPU_OFF across CPUs,
 * registers of interrupts that are live elsewhere, a stop while all of them run, a model that goes from CPU to CPU. EL2
 * pauses in the middle of its steps, where the seed says, and its invariants are audited between them.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "base/bits.h"
#include "base/crc32.h"
#include "tests/sim/audit.h"
#include "tests/sim/system.h"

#define SEEDS 12U
#define PAUSE 1000U /* many steps of others */
#define SECOND_ENTRY (VM_ENTRY_IPA + 0x1000)
#define GICR_OF(vcpu) (VM_GICR_IPA + (uint64_t)(vcpu)*0x20000)
#define SGI_VCPUS 4U
#define SPI_FIRST_USED 40U
#define GICR_ISPENDR 0x10200U
#define GICD_ISENABLER(intid) (VM_GICD_IPA + 0x100 + (intid) / 32 * 4)
#define GICD_ICENABLER(intid) (VM_GICD_IPA + 0x180 + (intid) / 32 * 4)
#define GICD_ISPENDR(intid) (VM_GICD_IPA + 0x200 + (intid) / 32 * 4)
#define GICD_ISACTIVER(intid) (VM_GICD_IPA + 0x300 + (intid) / 32 * 4)
#define GICD_ICACTIVER(intid) (VM_GICD_IPA + 0x380 + (intid) / 32 * 4)
#define GICD_IROUTER(intid) (VM_GICD_IPA + 0x6000 + (intid)*8)

static struct {
	uint32_t started;
	uint32_t received[BLOB_VM_VCPU_MAX];
	uint32_t rounds[BLOB_VM_VCPU_MAX];
	uint32_t lives[BLOB_VM_VCPU_MAX];
	bool is_inside;
	uint32_t calls;
	bool done;
} test;

/* VMs of one to four CPUs, as the seed says. */
static uint32_t begin(uint64_t seed)
{
	uint32_t cpus = 2 + (uint32_t)(seed % 3);
	memset(&test, 0, sizeof(test));
	system_begin();
	system_set_cpus(cpus, PAUSE, seed);
	system_set_settled(audit);
	return cpus;
}

static struct system_vm spread(host_program *program, uint32_t vcpus, uint32_t cpus)
{
	struct system_vm vm = {.program = program, .vcpus = vcpus, .band = 11};
	for (uint32_t i = 0; i < vcpus; i++)
		vm.cpus[i] = (uint8_t)(i % cpus);
	return vm;
}

static void for_seeds(const char *name, void (*run)(uint64_t seed))
{
	uint64_t looked = audit_count();
	system_for_seeds(name, SEEDS, run);
	assert_true(audit_count() - looked > 10 * SEEDS);
}

static void finish(uint64_t seed, uint64_t horizon)
{
	enum host_end end = system_run(horizon);
	if (end != HOST_HORIZON)
		fail_msg("TAKT_SEED=%llu ends with %d", (unsigned long long)seed, end);
	system_check_accounts();
}

static void expect(uint64_t seed, const char *what, uint64_t is, uint64_t wanted)
{
	if (is != wanted)
		fail_msg("TAKT_SEED=%llu: %s: %llu instead of %llu", (unsigned long long)seed, what,
			 (unsigned long long)is, (unsigned long long)wanted);
}

static void turn_on(struct host_guest *g, uint32_t vcpu)
{
	int64_t answer = (int64_t)guest_hvc(g, PSCI_CPU_ON_64, vcpu, SECOND_ENTRY, vcpu, NULL);
	if (answer != PSCI_SUCCESS)
		host_fail("CPU_ON of %u answers %lld", vcpu, (long long)answer);
}

static void wait_for_all(struct host_guest *g, uint32_t vcpus)
{
	while (test.started < vcpus - 1)
		guest_wfe(g);
}

static void turn_all_on(struct host_guest *g, uint32_t vcpus)
{
	for (uint32_t i = 1; i < vcpus; i++)
		turn_on(g, i);
	wait_for_all(g, vcpus);
}

static void on_sgi(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid >= IRQ_SPECIAL_FIRST)
		return; /* withdrawn by another one on the way */
	if (intid == 7)
		test.received[guest_vcpu(g)]++;
	else if (intid < SPI_FIRST_USED || intid >= SPI_FIRST_USED + SGI_VCPUS)
		host_fail("vCPU %u got interrupt %u", guest_vcpu(g), intid);
	guest_gic_eoi(g, intid);
}

#define SGI_ROUNDS 60U

/* A token goes round: each waits for it asleep, and hands it on. So none may be lost. */
static void pass_token(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	guest_stir(g, self);
	guest_on_irq(g, on_sgi);
	program_init_gic(g, false);
	test.started += self != 0;
	if (self == 0)
		turn_all_on(g, SGI_VCPUS);
	for (uint32_t i = 1; i <= SGI_ROUNDS; i++) {
		if (self == 0)
			guest_gic_sgi(g, 7, 1U << 1);
		guest_mask(g, true);
		while (test.received[self] < i) {
			guest_wfi(g);
			guest_mask(g, false);
			guest_mask(g, true);
		}
		guest_mask(g, false);
		if (self != 0)
			guest_gic_sgi(g, 7, 1U << (self + 1) % SGI_VCPUS);
		test.rounds[self] = i;
	}
}

static void run_token(uint64_t seed)
{
	uint32_t cpus = begin(seed);
	struct system_vm vm = spread(pass_token, SGI_VCPUS, cpus);
	system_add_vm(&vm);
	finish(seed, 4 * SYSTEM_MS);
	for (uint32_t i = 0; i < SGI_VCPUS; i++)
		expect(seed, "rounds", test.rounds[i], SGI_ROUNDS);
}

static void test_sgis(void **state)
{
	(void)state;
	for_seeds("SGIs", run_token);
}

/* All that the statistics say: of each exit on each CPU how many there were, and the longest. */
static uint32_t digest(uint64_t seed)
{
	run_token(seed);
	return crc32_update(0, machine.stats->contexts, sizeof(machine.stats->contexts));
}

static void test_seed_repeats(void **state)
{
	(void)state;
	uint64_t seed = system_seed("a seed");
	uint32_t first = digest(seed);
	assert_int_equal(digest(seed), first);
	assert_int_not_equal(digest(seed + 3), first); /* as many CPUs */
}

#define LIVES 12U
#define AFFINITY_OFF 1U /* DEN0022, 5.1.5 */

/* A vCPU that is switched on and goes off at once, again and again. */
static void live_and_die(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	if (self != 0) {
		guest_stir(g, self);
		program_init_gic(g, false);
		if (guest_argument(g, 0) != self)
			host_fail("vCPU %u was given %llu", self, (unsigned long long)guest_argument(g, 0));
		guest_spin(g, 100 * self);
		test.lives[self]++;
		guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
		host_fail("CPU_OFF of %u came back", self);
	}
	for (uint32_t round = 0; round < LIVES; round++) {
		for (uint32_t i = 1; i < SGI_VCPUS; i++) {
			while (guest_hvc(g, PSCI_AFFINITY_INFO_64, i, 0, 0, NULL) != AFFINITY_OFF)
				guest_wfe(g);
			if (test.lives[i] != round)
				host_fail("vCPU %u is off in its life %u", i, test.lives[i]);
			turn_on(g, i);
			guest_gic_sgi(g, 7, 1U << i); /* for it, or for nobody */
		}
	}
	test.done = true;
}

static void run_lives(uint64_t seed)
{
	uint32_t cpus = begin(seed);
	struct system_vm vm = spread(live_and_die, SGI_VCPUS, cpus);
	system_add_vm(&vm);
	finish(seed, 4 * SYSTEM_MS);
	for (uint32_t i = 1; i < SGI_VCPUS; i++)
		expect(seed, "lives", test.lives[i], LIVES);
	expect(seed, "done", test.done, true);
}

static void test_on_and_off(void **state)
{
	(void)state;
	for_seeds("CPU_ON and CPU_OFF", run_lives);
}

#define PENDING_ROUNDS 40U

/* Each makes SGI 7 pending at its neighbour by its redistributor, active ones inactive, moves an SPI, all of them at
 * once: so each is asked to step aside while it asks others. */
static void reach_over(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	uint32_t next = (self + 1) % SGI_VCPUS;
	uint32_t spi = SPI_FIRST_USED + self;
	guest_stir(g, self);
	guest_on_irq(g, on_sgi);
	program_init_gic(g, false);
	test.started += self != 0;
	if (self == 0)
		turn_all_on(g, SGI_VCPUS);
	wait_for_all(g, SGI_VCPUS); /* who begins has nothing pending */
	for (uint32_t i = 1; i <= PENDING_ROUNDS; i++) {
		uint32_t before = test.received[next];
		guest_store(g, GICR_OF(next) + GICR_ISPENDR, 4, BIT32(7));
		while (test.received[next] == before)
			guest_wfe(g);
		guest_store(g, GICD_IROUTER(spi), 8, next);
		guest_store(g, GICD_ISPENDR(spi), 4, BIT32(spi % 32)); /* the neighbour may have it, or will */
		guest_spin(g, 20 * i);
		guest_store(g, GICD_ICENABLER(spi), 4, BIT32(spi % 32)); /* nobody acknowledges it any more */
		guest_store(g, GICD_ISACTIVER(spi), 4, BIT32(spi % 32));
		guest_store(g, GICD_ICACTIVER(spi), 4, BIT32(spi % 32));
		if ((guest_load(g, GICD_ISACTIVER(spi), 4) & BIT32(spi % 32)) != 0)
			host_fail("SPI %u was made inactive", spi);
		guest_store(g, GICD_ISENABLER(spi), 4, BIT32(spi % 32));
		test.rounds[self] = i;
	}
	for (;;)
		guest_wfi(g);
}

static void run_reach(uint64_t seed)
{
	uint32_t cpus = begin(seed);
	struct system_vm vm = spread(reach_over, SGI_VCPUS, cpus);
	system_add_vm(&vm);
	finish(seed, 8 * SYSTEM_MS);
	for (uint32_t i = 0; i < SGI_VCPUS; i++)
		expect(seed, "rounds", test.rounds[i], PENDING_ROUNDS);
}

static void test_remote_registers(void **state)
{
	(void)state;
	for_seeds("registers of others", run_reach);
}

static void on_any(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid == VM_MODEL_VIRQ)
		guest_store(g, VM_MODEL_IPA, 4, 0);
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
}

/* All go on with all of this until one of them ends it; another VM is beside them. */
static void be_busy(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	guest_stir(g, self);
	guest_on_irq(g, on_any);
	program_init_gic(g, false);
	if (self == 0)
		for (uint32_t i = 1; i < SGI_VCPUS; i++)
			turn_on(g, i);
	for (uint32_t i = 0; i < 20 + 5 * self; i++) {
		guest_store(g, GICR_OF((self + i) % SGI_VCPUS) + GICR_ISPENDR, 4, BIT32(i % 16));
		guest_gic_sgi(g, i % 16, 0xf);
		guest_load(g, VM_MODEL_IPA, 4);
		if (i % 7 == 0)
			guest_wfe(g);
	}
	if (self % 2 == 0)
		guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
	else
		guest_serror(g);
	host_fail("vCPU %u went on after its end", self);
}

/* Any access with a write ends its interrupt. */
static void model(struct host_guest *g)
{
	if (test.is_inside)
		host_fail("the model was entered twice");
	test.is_inside = true;
	guest_spin(g, 150);
	test.is_inside = false;
	test.calls++;
	bool level = guest_argument(g, 0) != MODEL_WRITE && test.calls / 4 % 2 != 0;
	service_svc(g, SVC_MODEL_RETURN, test.calls, level, 0);
}

static void idle(struct host_guest *g)
{
	for (;;)
		guest_wfi(g);
}

static void run_stop(uint64_t seed)
{
	uint32_t cpus = begin(seed);
	struct system_vm vm = spread(be_busy, SGI_VCPUS, cpus);
	vm.model = model;
	vm.model_bound = 20000;
	uint32_t stopped = system_add_vm(&vm);
	system_add_vm(&(struct system_vm){.program = idle, .band = 11});
	finish(seed, 4 * SYSTEM_MS);
	expect(seed, "ends", system_log_count(LOG_VM_OFF, stopped) + system_log_count(LOG_SERROR, stopped), 1);
	for (uint32_t i = 0; i < SGI_VCPUS; i++)
		expect(seed, "is on", system_stats(stopped, i)->state == STATS_CONTEXT_ON, false);
}

static void test_stop(void **state)
{
	(void)state;
	for_seeds("stop", run_stop);
}

#define MODEL_ROUNDS 40U

static void use_model(struct host_guest *g)
{
	uint32_t self = guest_vcpu(g);
	guest_stir(g, self);
	program_init_gic(g, false);
	guest_mask(g, true);
	test.started += self != 0;
	if (self == 0)
		turn_all_on(g, SGI_VCPUS);
	for (uint32_t i = 1; i <= MODEL_ROUNDS; i++) {
		if (guest_load(g, VM_MODEL_IPA, 4) == 0)
			host_fail("the model answers nothing");
		test.rounds[self] = i;
		guest_spin(g, 100 * self);
	}
	for (;;)
		guest_wfe(g);
}

static void run_model(uint64_t seed)
{
	uint32_t cpus = begin(seed);
	struct system_vm vm = spread(use_model, SGI_VCPUS, cpus);
	vm.model = model;
	vm.model_bound = 20000;
	system_add_vm(&vm);
	finish(seed, 4 * SYSTEM_MS);
	for (uint32_t i = 0; i < SGI_VCPUS; i++)
		expect(seed, "rounds", test.rounds[i], MODEL_ROUNDS);
}

static void test_model_in_turns(void **state)
{
	(void)state;
	for_seeds("model", run_model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sgis),       cmocka_unit_test(test_seed_repeats),
		cmocka_unit_test(test_on_and_off), cmocka_unit_test(test_remote_registers),
		cmocka_unit_test(test_stop),       cmocka_unit_test(test_model_in_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
