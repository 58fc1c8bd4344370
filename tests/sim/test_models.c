/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device models: calls on the vCPU's budget, preempted in the middle, wanted by two vCPUs at once; a model that breaks
 * its contract or takes too long costs its VM, and no other.
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

#define REG_LEVEL 0x100U  /* its lowest bit is the model's interrupt line */
#define REG_NOTIFY 0x108U /* what is written here notifies the driver */
#define REG_BAD 0x110U    /* a write here has the model break its contract */
#define REG_LATE 0x118U   /* a write here takes for ever */

static struct {
	uint64_t regs[SYSTEM_VM_MAX][64];
	uint64_t call_ticks; /* that a call takes */
	uint64_t pause;      /* between seven calls and the next, at most */
	uint32_t resets[SYSTEM_VM_MAX], events[SYSTEM_VM_MAX], calls[SYSTEM_VM_MAX];
	bool is_inside[SYSTEM_VM_MAX];
	uint64_t progress[SYSTEM_VM_MAX][BLOB_VM_VCPU_MAX];
	uint32_t order[256]; /* the vCPUs of the last calls, by the register that they access */
	uint32_t order_count;
	uint32_t interrupts;
	uint32_t notified;
	uint64_t rounds;
} test;

static void reset(uint64_t call_ticks)
{
	memset(&test, 0, sizeof(test));
	test.call_ticks = call_ticks;
	test.pause = 500;
	system_begin();
}

static void write(struct host_guest *g, uint32_t vm, uint64_t offset, uint64_t value)
{
	if (offset == REG_BAD)
		service_svc(g, SVC_WAIT, 0, 0, 0);
	if (offset == REG_LATE)
		guest_spin(g, UINT64_MAX);
	test.regs[vm][offset / 8] = value;
}

/* Registers of 8 bytes each, with an interrupt line. */
static void model(struct host_guest *g)
{
	uint32_t vm = system_vm_of(guest_vmid(g));
	uint64_t op = guest_argument(g, 0);
	uint64_t offset = guest_argument(g, 1);
	uint64_t value = 0;
	uint64_t notify = 0;
	if (test.is_inside[vm])
		host_fail("the model of VM %u was entered twice", vm);
	test.is_inside[vm] = true;
	guest_spin(g, test.call_ticks);
	if (op == MODEL_READ)
		value = test.regs[vm][offset / 8];
	else if (op == MODEL_WRITE)
		write(g, vm, offset, guest_argument(g, 3));
	else if (op == MODEL_EVENT)
		test.events[vm]++;
	else
		test.resets[vm]++;
	if (op == MODEL_WRITE && offset == REG_NOTIFY)
		notify = guest_argument(g, 3);
	if (op == MODEL_READ || op == MODEL_WRITE)
		test.order[test.order_count++ % 256] = (uint32_t)offset / 8;
	test.calls[vm]++;
	test.is_inside[vm] = false;
	service_svc(g, SVC_MODEL_RETURN, value, test.regs[vm][REG_LEVEL / 8] & 1, notify);
}

static void expect(uint64_t is, uint64_t expected, const char *what)
{
	if (is != expected)
		host_fail("%s: %#llx instead of %#llx", what, (unsigned long long)is, (unsigned long long)expected);
}

static void load_and_store(struct host_guest *g)
{
	uint32_t vm = system_vm_of(guest_vmid(g));
	uint32_t vcpu = guest_vcpu(g);
	uint64_t seed = vm * 10 + vcpu;
	if (vcpu == 0 && test.resets[vm] != 1)
		host_fail("the model of VM %u was reset %u times", vm, test.resets[vm]);
	guest_stir(g, seed);
	for (;;) {
		uint64_t value = system_random(&seed);
		uint64_t at = VM_MODEL_IPA + 8 * vcpu;
		guest_store(g, at, 8, value);
		expect(guest_load(g, at, 8), value, "8 bytes");
		expect(guest_load(g, at, 4), (uint32_t)value, "4 bytes");
		expect(guest_load(g, at, 2), (uint16_t)value, "2 bytes");
		expect(guest_load(g, at, 1), (uint8_t)value, "1 byte");
		guest_store(g, at, 1, value);
		expect(guest_load(g, at, 8), (uint8_t)value, "1 byte written");
		test.progress[vm][vcpu]++;
		guest_spin(g, 1 + system_below(&seed, test.pause));
	}
}

static void test_calls(void **state)
{
	(void)state;
	reset(100);
	system_add_vm(&(struct system_vm){.program = load_and_store, .model = model});
	system_run_to(2 * SYSTEM_MS);
	assert_true(test.progress[0][0] > 500);
	assert_in_range(system_stats(0, 0)->model_calls, test.calls[0], test.calls[0] + 1);
}

/* Wakes every 50 us. */
static void disturb(struct host_guest *g)
{
	uint64_t next = host_now();
	program_init_gic(g, false);
	for (;;) {
		guest_mask(g, true);
		next += 50000;
		program_sleep_until(g, next);
		guest_spin(g, 4000);
		test.rounds++;
	}
}

/* A call takes longer than the distance of preemptions, and longer than its bound if those counted. */
static void test_preempted(void **state)
{
	(void)state;
	reset(100000);
	system_add_vm(&(struct system_vm){.program = disturb, .budget = 10000, .period = 50000, .band = 0});
	system_add_vm(&(struct system_vm){
		.program = load_and_store, .model = model, .model_bound = 102000, .weight = 10, .band = 11});
	system_add_vm(&(struct system_vm){
		.program = load_and_store, .model = model, .model_bound = 102000, .weight = 10, .band = 11});
	system_run_to(100 * SYSTEM_MS);
	assert_true(test.rounds > 1900);
	assert_true(test.progress[1][0] > 30);
	assert_true(test.progress[2][0] > 30);
	assert_int_equal(system_log_count(LOG_MODEL_LATE, 1), 0);
}

static void contend(struct host_guest *g)
{
	if (guest_vcpu(g) == 0)
		guest_hvc(g, PSCI_CPU_ON_64, 1, VM_ENTRY_IPA, 0, NULL);
	if (guest_vcpu(g) == 0)
		guest_hvc(g, PSCI_CPU_ON_64, 2, VM_ENTRY_IPA, 0, NULL);
	load_and_store(g);
}

static void test_contended(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		reset(20000);
		test.pause = 400000;
		uint64_t budget = i * 4 * SYSTEM_MS;
		system_add_vm(&(struct system_vm){.program = contend,
						  .model = model,
						  .model_bound = 80000,
						  .vcpus = 3,
						  .budget = budget,
						  .period = 2 * budget});
		system_add_vm(&(struct system_vm){.program = disturb, .budget = 8000, .period = 50000});
		system_run_to(200 * SYSTEM_MS);
		for (uint32_t vcpu = 0; vcpu < 3; vcpu++)
			assert_true(test.progress[0][vcpu] > 20);
	}
}

/* Each of four vCPUs is in the model again as soon as it comes out. */
static void crowd(struct host_guest *g)
{
	uint32_t vcpu = guest_vcpu(g);
	for (uint32_t i = 1; i < 4 && vcpu == 0; i++)
		guest_hvc(g, PSCI_CPU_ON_64, i, VM_ENTRY_IPA, 0, NULL);
	for (;;) {
		guest_store(g, VM_MODEL_IPA + 8 * vcpu, 8, vcpu);
		test.progress[0][vcpu]++;
	}
}

/* A driver that wants something of the model of VM 0 all the time. */
static void ask_for_events(struct host_guest *g)
{
	for (;;) {
		service_svc(g, SVC_NOTIFY, 0, 0, 0);
		test.notified++;
		guest_spin(g, 2000);
	}
}

/* They are in it strictly in turn, whatever the scheduler does and whatever the outside wants. */
static void test_turns(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		reset(20000);
		uint64_t budget = (i & 1) * 4 * SYSTEM_MS;
		system_add_vm(&(struct system_vm){.program = crowd,
						  .model = model,
						  .model_bound = 80000,
						  .vcpus = 4,
						  .budget = budget,
						  .period = 2 * budget});
		system_add_vm(&(struct system_vm){.program = disturb, .budget = 8000, .period = 50000});
		if (i >= 2)
			system_add_driver(ask_for_events, 4000, 100000, 0);
		system_run_to(100 * SYSTEM_MS);
		assert_in_range(test.order_count, 500, 5000);
		for (uint32_t n = 1; n < 256; n++) {
			uint32_t at = test.order_count + n;
			assert_int_equal(test.order[at % 256], (test.order[(at - 1) % 256] + 1) % 4);
		}
		if (i >= 2)
			assert_in_range(test.events[0], 200, test.notified);
	}
}

/* Its timer interrupts it wherever it is: mostly while it waits for the model. */
static void power_off(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	guest_gic_eoi(g, intid);
	guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
	host_fail("CPU_OFF came back");
}

static void come_and_go(struct host_guest *g)
{
	uint32_t vcpu = guest_vcpu(g);
	uint64_t seed = vcpu + test.rounds;
	program_init_gic(g, false);
	guest_on_irq(g, power_off);
	if (vcpu != 0) {
		test.rounds++;
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + 1 + system_below(&seed, 200000));
	}
	for (uint32_t n = 0;; n++) {
		for (uint32_t i = 1; i < 4 && vcpu == 0; i++)
			guest_hvc(g, PSCI_CPU_ON_64, i, VM_ENTRY_IPA, 0, NULL);
		guest_store(g, VM_MODEL_IPA + 8 * vcpu, 8, n);
		expect(guest_load(g, VM_MODEL_IPA + 8 * vcpu, 8), n, "its own register");
		test.progress[0][vcpu]++;
	}
}

/* Those who are interrupted while they wait may never come back for their turn: nobody waits for them. */
static void test_leaving_the_queue(void **state)
{
	(void)state;
	reset(20000);
	system_add_vm(&(struct system_vm){.program = come_and_go, .model = model, .model_bound = 80000, .vcpus = 4});
	system_run_to(200 * SYSTEM_MS);
	assert_true(test.rounds > 1000);
	assert_true(test.progress[0][0] > 500);
	assert_true(test.calls[0] > 7000);
}

static void go_wrong(struct host_guest *g, uint64_t offset)
{
	guest_spin(g, SYSTEM_MS);
	guest_store(g, VM_MODEL_IPA + offset, 8, 1);
	host_fail("a model that failed came back");
}

static void bad(struct host_guest *g) { go_wrong(g, REG_BAD); }
static void late(struct host_guest *g) { go_wrong(g, REG_LATE); }

static void test_failures(void **state)
{
	(void)state;
	reset(100);
	system_add_vm(&(struct system_vm){.program = load_and_store, .model = model});
	system_add_vm(&(struct system_vm){.program = bad, .model = model});
	system_add_vm(&(struct system_vm){.program = late, .model = model, .model_bound = 50000});
	system_run_to(50 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_MODEL_FAILED, 1), 1);
	assert_int_equal(system_log_count(LOG_MODEL_LATE, 2), 1);
	assert_int_equal(system_stats(1, 0)->state, STATS_CONTEXT_STOPPED);
	assert_int_equal(system_stats(2, 0)->state, STATS_CONTEXT_STOPPED);
	assert_int_equal(system_stats(0, 0)->state, STATS_CONTEXT_ON);
	assert_true(test.progress[0][0] > 10000);
	assert_in_range(system_stats(2, 0)->used_ticks, SYSTEM_MS + 50000, SYSTEM_MS + 55000);
}

/* The model's line: level-sensitive, asserted and withdrawn by writes. */
static void on_level(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	expect(intid, VM_MODEL_VIRQ, "the model's interrupt");
	test.interrupts++;
	guest_store(g, VM_MODEL_IPA + REG_LEVEL, 8, 0);
	guest_gic_eoi(g, intid);
}

static void raise_level(struct host_guest *g)
{
	guest_on_irq(g, on_level);
	program_init_gic(g, false);
	for (uint32_t i = 1; i <= 100; i++) {
		guest_store(g, VM_MODEL_IPA + REG_LEVEL, 8, 1);
		guest_spin(g, 1);
		expect(test.interrupts, i, "interrupts of the model");
		guest_spin(g, 1000);
	}
	test.rounds = 1;
}

static void test_line_of_the_model(void **state)
{
	(void)state;
	reset(100);
	system_add_vm(&(struct system_vm){.program = raise_level, .model = model});
	system_run_to(10 * SYSTEM_MS);
	assert_int_equal(test.rounds, 1);
	assert_int_equal(test.interrupts, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_preempted),
		cmocka_unit_test(test_contended),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_leaving_the_queue),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_line_of_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
