/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers and physical lines: waiting, notifications in both directions, a line that is served, a line that belongs to
 * a VM, and a driver that breaks its contract.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/system.h"

#define LINE 40U
#define VM_LINE 50U
#define VM_EDGE_LINE 51U
#define VM_VIRQ 44U
#define VM_EDGE_VIRQ 45U
#define LINE_BIT 5U
#define RAISES 50U

static struct {
	uint32_t served;
	uint32_t events;
	uint32_t outputs;
	uint32_t interrupts[2];
	uint64_t longest_wait;
	uint64_t raised_at;
} test;

static void raise_line(uint64_t intid)
{
	test.raised_at = host_now();
	host_line_set((uint32_t)intid, true);
}

static void pulse(uint64_t intid)
{
	host_line_set((uint32_t)intid, true);
	host_line_set((uint32_t)intid, false);
}

static void spin(struct host_guest *g) { guest_spin(g, UINT64_MAX); }

/* Serves its line: the second time the device has nothing more. */
static void serve(struct host_guest *g)
{
	for (;;) {
		uint64_t bits = service_svc(g, SVC_WAIT, 0, 0, 0);
		if ((bits & CONSOLE_WAIT_OUTPUT) != 0)
			test.outputs++;
		if ((bits & (1U << LINE_BIT)) == 0)
			continue;
		if (host_now() - test.raised_at > test.longest_wait)
			test.longest_wait = host_now() - test.raised_at;
		guest_spin(g, 100);
		test.served++;
		if (test.served % 2 == 0)
			host_line_set(LINE, false);
		service_svc(g, SVC_LINE_DONE, LINE_BIT, 0, 0);
	}
}

static void test_line_is_served(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_add_vm(&(struct system_vm){.program = spin, .band = 5, .budget = 10000, .period = 100000});
	system_add_driver(serve, 20000, 100000, 2);
	system_add_line(LINE, BLOB_LINE_DRIVER, 0, LINE_BIT, false);
	system_prepare();
	for (uint32_t i = 0; i < RAISES; i++)
		host_at(SYSTEM_MS + i * 150000 + i * 7, raise_line, LINE);
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(test.served, 2 * RAISES);
	assert_false(host_line_is_active(LINE));
	/* Two VMs have started: each start is output on EL2's console. */
	assert_in_range(test.outputs, 1, 2);
	assert_true(test.longest_wait < 10000 + 2000); /* the other reservation may be more urgent */
}

static void count_event(struct host_guest *g)
{
	if (guest_argument(g, 0) == MODEL_EVENT)
		test.events++;
	guest_spin(g, 50);
	service_svc(g, SVC_MODEL_RETURN, 0, 0, guest_argument(g, 0) == MODEL_EVENT ? CONSOLE_WAIT_OUTPUT : 0);
}

static void sleep_for_ever(struct host_guest *g)
{
	for (;;)
		guest_wfi(g);
}

/* Each turn notifies the VM's model, whose answer is the next turn: the VM sleeps, so that its model must wake it. */
static void notify(struct host_guest *g)
{
	while (test.events < RAISES) {
		service_svc(g, SVC_NOTIFY, 0, 0, 0);
		if ((service_svc(g, SVC_WAIT, 0, 0, 0) & CONSOLE_WAIT_OUTPUT) != 0)
			test.outputs++;
	}
	for (;;)
		service_svc(g, SVC_WAIT, 0, 0, 0);
}

static void test_notifications(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = sleep_for_ever, .model = count_event, .band = 11});
	system_add_driver(notify, 50000, 100000, 2);
	system_prepare();
	system_run_to(10 * SYSTEM_MS);
	assert_int_equal(test.events, RAISES);
	assert_true(test.outputs >= RAISES - 1);
}

static void break_contract(struct host_guest *g)
{
	service_svc(g, SVC_WAIT, 0, 0, 0);
	guest_spin(g, 1000);
	service_svc(g, 77, 0, 0, 0);
	host_fail("an unknown SVC came back");
}

static void test_driver_fails(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_add_driver(break_contract, 50000, 100000, 2);
	system_prepare();
	system_run_to(10 * SYSTEM_MS);
	assert_int_equal(system_log_count(LOG_DRIVER_FAILED, 0), 1);
	assert_int_equal(system_driver_stats()->state, STATS_CONTEXT_STOPPED);
	assert_true(system_stats(0, 0)->used_ticks > 4 * SYSTEM_MS);
}

static void on_line(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != VM_VIRQ && intid != VM_EDGE_VIRQ)
		host_fail("interrupt %u", intid);
	if (intid == VM_VIRQ && !host_line_is_active(VM_LINE))
		host_fail("the line is not active while it is served");
	guest_spin(g, 50);
	test.interrupts[intid - VM_VIRQ]++;
	if (intid == VM_VIRQ)
		host_line_set(VM_LINE, false);
	guest_gic_eoi(g, intid);
}

static void serve_lines(struct host_guest *g)
{
	guest_on_irq(g, on_line);
	program_init_gic(g, false);
	for (;;)
		guest_wfi(g);
}

static void test_lines_of_a_vm(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	system_begin();
	system_add_vm(&(struct system_vm){.program = serve_lines, .budget = 50000, .period = 100000, .band = 1});
	system_add_vm(&(struct system_vm){.program = spin, .band = 11});
	system_add_line(VM_LINE, BLOB_LINE_VM, 0, VM_VIRQ, false);
	system_add_line(VM_EDGE_LINE, BLOB_LINE_VM, 0, VM_EDGE_VIRQ, true);
	system_prepare();
	for (uint32_t i = 0; i < HOST_EVENT_MAX / 2; i++) {
		host_at(SYSTEM_MS + i * 120000, raise_line, VM_LINE);
		host_at(SYSTEM_MS + i * 120000 + i * 5, pulse, VM_EDGE_LINE);
	}
	system_run_to(20 * SYSTEM_MS);
	assert_int_equal(test.interrupts[0], HOST_EVENT_MAX / 2);
	assert_int_equal(test.interrupts[1], HOST_EVENT_MAX / 2);
	assert_false(host_line_is_active(VM_LINE));
	assert_false(host_line_is_active(VM_EDGE_LINE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_is_served),
		cmocka_unit_test(test_notifications),
		cmocka_unit_test(test_driver_fails),
		cmocka_unit_test(test_lines_of_a_vm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
