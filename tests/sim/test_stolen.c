/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time against what the port saw: whenever a vCPU comes back, its record has grown by the time since it left or,
 * when it left to wait, since what it waited for came; but for EL2's own steps and the time that its VM was paused.
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

#define LINE 40U
#define RAISES 600U
#define HORIZON (60 * SYSTEM_MS)
#define STEPS (6U * SYSTEM_STEP) /* on the way out, one that a raise comes into, and on the way back */
#define LONG (10U * STEPS)

static struct {
	uint64_t raises[RAISES]; /* when; rising */
	uint32_t raised, passed, taken;
	uint64_t when;            /* the timer of who waits */
	uint64_t paused, resumed; /* last */
	uint64_t seed;
	/* Of when VM 0 left last. */
	uint64_t left, left_when, waits, stolen;
	bool left_pending;
} test;

/* Gaps that a whole test has seen. */
static struct {
	uint32_t preempted, late_by_timer, late_by_line, waited, paused;
} seen;

/* From when on it could have run, of a gap that began with a WFI. */
static uint64_t wait_end(void)
{
	if (test.left_pending)
		return test.left; /* the WFI is none */
	while (test.passed < test.raised && test.raises[test.passed] < test.left)
		test.passed++;
	uint64_t raise = test.passed < test.raised ? test.raises[test.passed] : UINT64_MAX;
	uint64_t end = raise < test.left_when ? raise : test.left_when;
	return end > test.left ? end : test.left;
}

static uint64_t time_from(uint64_t from, uint64_t to) { return from < to ? to - from : 0; }

static void check_gap(uint64_t from, uint64_t stolen)
{
	bool is_wait = system_stats(0, 0)->exits[EXIT_WFX].count != test.waits;
	uint64_t due = is_wait ? wait_end() : test.left;
	bool is_paused = test.resumed > test.left;
	uint64_t could = is_paused ? time_from(test.resumed, from) + time_from(due, test.paused) : time_from(due, from);
	uint64_t slack = is_paused ? 2 * STEPS : STEPS; /* the calls have steps too */
	if (stolen < time_from(slack, could) || stolen > could + 1 + (is_paused ? slack : 0))
		host_fail("%llu of %llu ns were stolen until %llu, %s", (unsigned long long)stolen,
			  (unsigned long long)could, (unsigned long long)from, is_wait ? "behind a wait" : "at once");
	seen.waited += is_wait && due - test.left > LONG;
	seen.paused += is_paused;
	if (could <= LONG || is_paused)
		return;
	seen.preempted += !is_wait;
	seen.late_by_timer += is_wait && due == test.left_when;
	seen.late_by_line += is_wait && due != test.left_when;
}

static void ran(uint32_t vmid, uint32_t vcpu, uint64_t from, uint64_t to)
{
	(void)vcpu;
	if (system_vm_of(vmid) != 0)
		return;
	uint64_t stolen = system_stolen(0, 0);
	if (test.left != 0)
		check_gap(from, stolen - test.stolen);
	test.left = to;
	test.left_when = test.when;
	test.left_pending = test.taken != test.raised;
	test.waits = system_stats(0, 0)->exits[EXIT_WFX].count;
	test.stolen = stolen;
}

/* Not before the guest has enabled the line: such an edge would never be taken. */
static void raise(uint64_t left)
{
	if (test.when != 0) {
		test.raises[test.raised++] = host_now();
		host_line_set(LINE, true);
		host_line_set(LINE, false);
	}
	if (left > 1)
		host_at(host_now() + 1 + system_below(&test.seed, 2 * HORIZON / RAISES), raise, left - 1);
}

/* Works and waits for random times, the latter until its timer or the line interrupts. */
static void restless(struct host_guest *g)
{
	uint64_t seed = test.seed;
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		uint32_t intid;
		test.when = host_now() + 1 + system_below(&seed, 150000);
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, test.when);
		guest_wfi(g);
		guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
		while ((intid = guest_gic_acknowledge(g)) < IRQ_SPECIAL_FIRST) {
			if (intid == LINE)
				test.taken = test.raised;
			guest_gic_eoi(g, intid);
		}
		guest_spin(g, 1 + system_below(&seed, 200000));
	}
}

/* Comes and goes as it likes. */
static void thief(struct host_guest *g)
{
	uint64_t seed = test.seed + 1;
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		program_sleep_until(g, host_now() + 1 + system_below(&seed, 100000));
		guest_spin(g, 1 + system_below(&seed, 60000));
	}
}

/* A VM that is in the middle of a command refuses another one. */
static void command(struct host_guest *g, uint64_t what, uint64_t *at)
{
	for (*at = host_now(); guest_hvc(g, TAKT_VM_COMMAND, 0, what, 0, NULL) != 0; *at = host_now())
		guest_spin(g, 100);
}

static void pause_and_resume(struct host_guest *g)
{
	uint64_t seed = test.seed + 2;
	program_init_gic(g, false);
	guest_mask(g, true);
	for (;;) {
		program_sleep_until(g, host_now() + 500000 + system_below(&seed, 300000));
		command(g, TAKT_VM_PAUSE, &test.paused);
		guest_spin(g, 1 + system_below(&seed, 25000));
		command(g, TAKT_VM_RESUME, &test.resumed);
	}
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

static void run(uint64_t seed, uint64_t budget, uint64_t period, host_program *beside)
{
	memset(&test, 0, sizeof(test));
	test.seed = seed;
	system_begin();
	system_watch(ran);
	uint32_t vm = system_add_vm(
		&(struct system_vm){.program = restless, .has_stolen = true, .budget = budget, .period = period});
	system_add_vm(&(struct system_vm){.program = thief, .budget = 20000, .period = 100000});
	system_add_vm(&(struct system_vm){.program = beside});
	system_add_line(LINE, BLOB_LINE_VM, vm, LINE, true);
	system_prepare();
	host_at(1000, raise, RAISES);
	system_run_to(HORIZON);
}

static void check_seeds(void (*one)(uint64_t seed))
{
	memset(&seen, 0, sizeof(seen));
	system_for_seeds("stolen", 8, one);
	assert_true(seen.preempted > 100);
	assert_true(seen.waited > 100);
	assert_true(seen.late_by_timer > 5);
	assert_true(seen.late_by_line > 5);
}

static void best_effort(uint64_t seed) { run(seed, 0, 0, spin); }
static void reserved(uint64_t seed) { run(seed, 60000, 100000, thief); }

static void test_best_effort(void **state)
{
	(void)state;
	check_seeds(best_effort);
}

static void test_reserved(void **state)
{
	(void)state;
	check_seeds(reserved);
}

/* The manager gives the VM time to run in between. Of one band, so that the VM is paused before the manager goes on. */
static void paused(uint64_t seed)
{
	memset(&test, 0, sizeof(test));
	test.seed = seed;
	system_begin();
	system_watch(ran);
	system_add_vm(&(struct system_vm){.program = restless, .has_stolen = true, .budget = 40000, .period = 100000});
	system_add_vm(&(struct system_vm){
		.program = pause_and_resume, .flags = BLOB_VM_MANAGER, .budget = 30000, .period = 100000});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_run_to(HORIZON);
}

static void test_paused(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	system_for_seeds("stolen paused", 8, paused);
	assert_true(seen.paused > 100);
}

/* Who has its CPU for itself is told of nothing, however it waits. */
static void test_alone(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	memset(&seen, 0, sizeof(seen));
	test.seed = system_seed("stolen alone");
	system_begin();
	system_watch(ran);
	system_add_vm(&(struct system_vm){.program = restless, .has_stolen = true});
	system_run_to(HORIZON);
	assert_true(seen.waited > 100);
	assert_int_equal(seen.preempted + seen.late_by_timer + seen.late_by_line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best_effort),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
