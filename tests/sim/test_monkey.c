/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests that do what they like: any syndrome with any registers, any call, any access. No assertion of the core fires,
 * the port finds nothing to object to, and the VM with deadlines beside them keeps its timeline.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "abi/hypercall.h"
#include "base/bits.h"
#include "tests/sim/audit.h"
#include "tests/sim/system.h"

#define RUNS 12U
#define PAUSE 1000U
#define RUN_TICKS (8U * SYSTEM_MS)
#define TICK 50000U
#define MORTAL_VMID 4U /* the last VM: it ends, sooner or later */
#define LIFE_ACTIONS 1500U
#define LINE_FIRST 50U
#define LINES 7U
#define OTHER_BUDGET 5000U
/* The other reservation may be more urgent at the moment; then steps of others, the switch, the exits of the timer. */
#define LATENCY_MAX (OTHER_BUDGET + 20U * SYSTEM_STEP)

static struct {
	uint64_t seed;
	uint64_t ticks, worst;
	uint64_t actions;
	uint64_t ends;
	uint64_t episodes; /* of lines that were throttled */
} test;

static void keep_time(struct host_guest *g)
{
	uint64_t next = host_now();
	guest_stir(g, 5);
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		next += TICK;
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, next);
		while (host_now() < next)
			guest_wfi(g);
		uint64_t late = host_now() - next;
		test.worst = late > test.worst ? late : test.worst;
		test.ticks++;
		if (guest_gic_acknowledge(g) != IRQ_GUEST_VIRTUAL_TIMER)
			host_fail("tick %llu did not interrupt", (unsigned long long)test.ticks);
		guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
		guest_gic_eoi(g, IRQ_GUEST_VIRTUAL_TIMER);
	}
}

static bool go_on(struct host_guest *g, uint64_t esr, uint64_t far)
{
	(void)g;
	(void)esr;
	(void)far;
	return true;
}

static void any_registers(struct host_guest *g, uint64_t *seed)
{
	for (uint32_t i = 0; i < 31; i++)
		guest_reg_x_set(g, i, system_random(seed) >> system_below(seed, 64));
}

/* An address where there is something, or any. */
static uint64_t any_address(uint64_t *seed)
{
	static const uint64_t places[] = {VM_GICD_IPA, VM_GICR_IPA + 0x10000, VM_GICR_IPA, VM_MODEL_IPA, VM_RAM_IPA, 0};
	uint64_t offset = system_below(seed, 4) == 0 ? system_below(seed, 0x40000) : system_below(seed, 0x1000);
	return places[system_below(seed, 6)] + offset;
}

static void any_exit(struct host_guest *g, uint64_t *seed)
{
	static const uint8_t likely[] = {ESR_EC_DABT_LOW, ESR_EC_DABT_LOW, ESR_EC_SYSREG,   ESR_EC_SYSREG,
					 ESR_EC_HVC64,    ESR_EC_SMC64,    ESR_EC_IABT_LOW, ESR_EC_WFX};
	uint64_t ec = system_below(seed, 3) != 0 ? likely[system_below(seed, 8)] : system_below(seed, 64);
	uint64_t iss = system_random(seed) & MASK64(24, 0);
	uint64_t at = any_address(seed);
	bool from_el0 = ec != ESR_EC_HVC64 && ec != ESR_EC_SMC64 && system_below(seed, 8) == 0;
	if (ec == ESR_EC_SVC64)
		return; /* a guest's goes to its own EL1 */
	if (ec == ESR_EC_WFX)
		iss |= 1; /* WFE: nothing may ever end a WFI; nap does that */
	if (ec == ESR_EC_DABT_LOW && system_below(seed, 2) == 0)
		iss = (iss & ~MASK64(7, 0)) | BIT64(24) | (iss & BIT64(6)) | 7;
	any_registers(g, seed);
	guest_raw(g, ec << 26 | BIT64(25) | iss, at, at >> 12 << 4, from_el0);
}

/* A timer that will end a sleep, as far as the state of the interrupt controller allows. */
static void set_alarm(struct host_guest *g, uint64_t *seed)
{
	for (uint32_t i = 0; i < 32; i++)
		guest_gic_eoi(g, IRQ_GUEST_VIRTUAL_TIMER); /* whatever is running gives its priority back */
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x10380, 4, UINT32_MAX);
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x14, 4, 0);
	guest_store(g, VM_GICD_IPA, 4, 3);
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x10080, 4, UINT32_MAX);
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x10100, 4, BIT32(27));
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x1041b, 1, 0);
	guest_gic_enable(g, false);
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + system_below(seed, 5000));
}

static void nap(struct host_guest *g, uint64_t *seed)
{
	set_alarm(g, seed);
	guest_wfi(g);
}

static void any_call(struct host_guest *g, uint64_t *seed)
{
	static const uint32_t functions[] = {PSCI_VERSION,          PSCI_CPU_SUSPEND_64, PSCI_CPU_ON_64, PSCI_CPU_ON_32,
					     PSCI_AFFINITY_INFO_64, PSCI_FEATURES,       TRNG_RND_64,    TRNG_RND_32,
					     TAKT_VERSION,          TAKT_EXIT_STATS,     SMCCC_VERSION,  PSCI_CPU_OFF};
	uint32_t function = functions[system_below(seed, guest_vcpu(g) != 0 && system_below(seed, 16) == 0 ? 12 : 11)];
	uint64_t a = system_below(seed, 4);
	uint64_t b = system_below(seed, 2) == 0 ? VM_ENTRY_IPA : system_random(seed);
	if (function == PSCI_CPU_SUSPEND_64)
		set_alarm(g, seed);
	if (system_below(seed, 2) == 0)
		guest_hvc(g, function, a, b, system_random(seed), NULL);
	else
		guest_smc(g, function, a, b, system_random(seed), NULL);
}

/* Not a call: any function of any range, and what would be one with another immediate. */
static void any_other_call(struct host_guest *g, uint64_t *seed)
{
	bool is_hvc = system_below(seed, 2) == 0;
	uint64_t iss = system_below(seed, 2) == 0 ? 1 + system_below(seed, 0xffff) : 0;
	uint32_t function =
		(uint32_t)(system_below(seed, 4) << 30 | system_below(seed, 64) << 24 | system_below(seed, 0x10000));
	any_registers(g, seed);
	if (iss == 0)
		guest_reg_x_set(g, 0, function | BIT64(15)); /* no standard has such numbers */
	else
		guest_reg_x_set(g, 0, system_below(seed, 2) == 0 ? PSCI_SYSTEM_OFF : PSCI_SYSTEM_RESET);
	guest_raw(g, (uint64_t)(is_hvc ? ESR_EC_HVC64 : ESR_EC_SMC64) << 26 | BIT64(25) | iss, 0, 0, false);
}

static void any_access(struct host_guest *g, uint64_t *seed)
{
	uint32_t bytes = 1U << system_below(seed, 4);
	uint64_t at = any_address(seed) & ~(uint64_t)(bytes - 1);
	if (system_below(seed, 2) == 0)
		guest_load(g, at, bytes);
	else
		guest_store(g, at, bytes, system_random(seed));
}

static void any_timer(struct host_guest *g, uint64_t *seed)
{
	enum guest_timer timer = system_below(seed, 2) == 0 ? GUEST_VIRTUAL : GUEST_PHYSICAL;
	uint64_t when = system_below(seed, 8) == 0 ? system_random(seed) : host_now() + system_below(seed, 20000);
	guest_timer_set(g, timer, system_below(seed, 4), when);
}

static void any_interrupt_action(struct host_guest *g, uint64_t *seed)
{
	switch (system_below(seed, 7)) {
	case 0:
		guest_gic_sgi(g, (uint32_t)system_below(seed, 16), (uint32_t)system_below(seed, 8));
		break;
	case 1:
		guest_gic_acknowledge(g);
		break;
	case 2:
		guest_gic_eoi(g, (uint32_t)system_below(seed, 64));
		break;
	case 3:
		guest_gic_dir(g, (uint32_t)system_below(seed, 64));
		break;
	case 4:
		guest_gic_mask(g, (uint8_t)system_random(seed));
		break;
	case 5:
		guest_gic_enable(g, system_below(seed, 2) == 0);
		break;
	default:
		guest_mask(g, system_below(seed, 2) == 0);
		break;
	}
}

/* Ends what would interrupt for ever; else as careless as the rest. */
static void on_irq(struct host_guest *g)
{
	uint64_t seed = test.seed ^ host_now();
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid == IRQ_GUEST_VIRTUAL_TIMER)
		guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
	if (intid == IRQ_GUEST_PHYSICAL_TIMER)
		guest_timer_set(g, GUEST_PHYSICAL, 0, 0);
	if (intid == VM_MODEL_VIRQ)
		guest_load(g, VM_MODEL_IPA, 4);
	if (intid >= IRQ_SPECIAL_FIRST || system_below(&seed, 8) == 0)
		return;
	guest_gic_eoi(g, intid);
	if (system_below(&seed, 2) == 0)
		guest_gic_dir(g, intid);
}

/* As many as there may be at once, to everybody: itself, its siblings, those who are not there. */
static void storm(struct host_guest *g, uint64_t *seed)
{
	for (uint64_t n = system_below(seed, 16); n > 0; n--)
		guest_gic_sgi(g, (uint32_t)system_below(seed, 16), (uint32_t)system_below(seed, 256));
	guest_store(g, VM_GICR_IPA + guest_vcpu(g) * 0x20000 + 0x10200, 4, system_random(seed));
	guest_store(g, VM_GICD_IPA + 0x200 + 4 * system_below(seed, 9), 4, system_random(seed));
}

/* Its last action, which only its own VM may notice. */
static void any_end(struct host_guest *g, uint64_t *seed)
{
	test.ends++;
	switch (system_below(seed, 3)) {
	case 0:
		guest_serror(g);
		break;
	case 1:
		guest_hvc(g, PSCI_SYSTEM_OFF, 0, 0, 0, NULL);
		break;
	default:
		guest_smc(g, PSCI_SYSTEM_RESET, 0, 0, 0, NULL);
		break;
	}
	host_fail("VM %u went on after its end", guest_vmid(g));
}

static void monkey(struct host_guest *g)
{
	uint64_t seed = test.seed + 16 * guest_vmid(g) + guest_vcpu(g);
	guest_on_sync(g, go_on);
	guest_on_irq(g, on_irq);
	guest_stir(g, seed);
	if (system_below(&seed, 2) == 0)
		program_init_gic(g, system_below(&seed, 2) == 0);
	for (;;) {
		static void (*const actions[])(struct host_guest *, uint64_t *) = {any_exit,
										   any_exit,
										   any_call,
										   any_access,
										   any_access,
										   any_timer,
										   any_interrupt_action,
										   any_interrupt_action,
										   any_other_call,
										   storm};
		uint64_t choice = system_below(&seed, 60);
		test.actions++;
		if (guest_vmid(g) == MORTAL_VMID && system_below(&seed, LIFE_ACTIONS) == 0)
			any_end(g, &seed);
		if (choice == 0)
			nap(g, &seed);
		else if (choice == 1)
			guest_stir(g, seed);
		else
			actions[choice % 10](g, &seed);
		guest_spin(g, system_below(&seed, 100));
	}
}

/* As unruly as a model may be. */
static void model(struct host_guest *g)
{
	uint64_t seed = test.seed ^ host_now();
	guest_spin(g, system_below(&seed, 400));
	service_svc(g, SVC_MODEL_RETURN, system_random(&seed), system_below(&seed, 2),
		    system_below(&seed, 4) == 0 ? 2 : 0);
}

static void driver(struct host_guest *g)
{
	for (;;) {
		service_svc(g, SVC_NOTIFY, host_now() % 4, 0, 0);
		guest_spin(g, 100);
		service_svc(g, SVC_WAIT, 0, 0, 0);
	}
}

/* Devices of all of them but the one that keeps time: one prompt, deferred or polled, some throttled. */
static void add_lines(void)
{
	static const struct {
		uint32_t vm;
		bool edge;
		enum blob_delivery delivery;
		uint64_t distance;
	} lines[LINES] = {
		{1, false, BLOB_DELIVERY_PROMPT, 20000}, {1, true, BLOB_DELIVERY_DEFERRED, 0},
		{2, false, BLOB_DELIVERY_POLLED, 0},     {2, true, BLOB_DELIVERY_DEFERRED, 5000},
		{3, false, BLOB_DELIVERY_PROMPT, 0},     {3, true, BLOB_DELIVERY_PROMPT, 3000},
		{3, false, BLOB_DELIVERY_DEFERRED, 0},
	};
	for (uint32_t i = 0; i < LINES; i++) {
		system_add_line(LINE_FIRST + i, BLOB_LINE_VM, lines[i].vm, LINE_FIRST + i, lines[i].edge);
		system_set_delivery(LINE_FIRST + i, lines[i].delivery);
		if (lines[i].distance != 0)
			system_set_throttle(LINE_FIRST + i, lines[i].distance, 1 + i % 3);
	}
}

/* Raises and lowers them as it likes. */
static void jolt(uint64_t seed)
{
	host_line_set(LINE_FIRST + (uint32_t)system_below(&seed, LINES), system_below(&seed, 2) == 0);
	host_at(host_now() + 1 + system_below(&seed, 2000), jolt, system_random(&seed));
}

static void one_run(uint64_t seed, uint32_t cpus)
{
	uint8_t other = (uint8_t)(cpus - 1);
	test.seed = seed;
	test.ticks = 0;
	test.worst = 0;
	system_begin();
	system_set_cpus(cpus, PAUSE, seed);
	system_set_settled(audit);
	system_add_vm(&(struct system_vm){.program = keep_time, .budget = 10000, .period = TICK, .band = 0});
	system_add_vm(&(struct system_vm){
		.program = monkey, .model = model, .vcpus = 3, .cpus = {0, cpus > 1, cpus > 2 ? 2 : 0}, .band = 11});
	system_add_vm(&(struct system_vm){
		.program = monkey, .vcpus = cpus, .cpus = {other, 0}, .budget = 3000, .period = 90000, .band = 3});
	system_add_vm(&(struct system_vm){.program = monkey,
					  .model = model,
					  .vcpus = cpus,
					  .cpus = {0, 1, 2, 3},
					  .flags = BLOB_VM_NO_FP,
					  .band = 11});
	system_add_driver(driver, 2000, 100000, 2);
	system_set_driver_cpu(other);
	add_lines();
	system_prepare();
	host_at(1000, jolt, seed);
	enum host_end end = system_run(RUN_TICKS);
	if (end != HOST_HORIZON)
		fail_msg("TAKT_SEED=%llu on %u CPUs ends with %d", (unsigned long long)seed, cpus, end);
	system_check_accounts();
	for (uint32_t i = 0; i < LINES; i++)
		test.episodes += machine.stats->throttled[i];
	assert_in_range(test.ticks, RUN_TICKS / TICK - 2, RUN_TICKS / TICK + 1);
	if (cpus == 1)
		assert_true(test.worst <= LATENCY_MAX); /* steps with pauses are as long as they like */
}

static void run_all(const char *name, uint32_t cpus)
{
	uint64_t first = system_seed(name);
	uint64_t seed = first;
	uint64_t looked = audit_count();
	test.actions = 0;
	test.ends = 0;
	test.episodes = 0;
	one_run(first, cpus);
	for (uint32_t i = 1; i < RUNS; i++)
		one_run(system_random(&seed), cpus);
	assert_true(test.actions > 1000 * RUNS);
	assert_in_range(test.ends, 1, RUNS * cpus);
	assert_true(test.episodes > RUNS);
	assert_true(audit_count() - looked > 1000 * RUNS);
}

static void test_on_one_cpu(void **state)
{
	(void)state;
	run_all("monkeys on a CPU", 1);
}

static void test_on_two_cpus(void **state)
{
	(void)state;
	run_all("monkeys on two CPUs", 2);
}

static void test_on_four_cpus(void **state)
{
	(void)state;
	run_all("monkeys on four CPUs", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_one_cpu),
		cmocka_unit_test(test_on_two_cpus),
		cmocka_unit_test(test_on_four_cpus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
