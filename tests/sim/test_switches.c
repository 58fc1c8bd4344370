/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical lines over switches: a line that is active for one vCPU holds up no other one, and those whose interrupt
 * ended while nobody could deactivate them interrupt again.
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
#include "tests/sim/system.h"

#define SGI_BASE UINT64_C(0x10000)
#define ICENABLER 0x180U
#define ICACTIVER 0x380U
#define IROUTER 0x6000U
#define TIMER IRQ_GUEST_VIRTUAL_TIMER
#define SECOND_ENTRY (VM_ENTRY_IPA + 0x1000)
#define PERIOD 3000U
#define LATE_MAX (SYSTEM_MS / 10) /* far below a slice, which is a millisecond */

static struct {
	uint64_t compare; /* of the timer that is set */
	uint64_t fired;
	uint64_t late;
	bool is_active, was_cleared;
	uint32_t starts, served;
} test;

static void arm(struct host_guest *g)
{
	test.compare = host_now() + PERIOD;
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, test.compare);
}

static void on_timer(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (host_now() - test.compare > test.late)
		test.late = host_now() - test.compare;
	test.fired++;
	arm(g);
	guest_gic_eoi(g, intid);
}

/* A timer that interrupts all the time, without an exit beside. */
static void tick(struct host_guest *g)
{
	guest_on_irq(g, on_timer);
	program_init_gic(g, false);
	arm(g);
	guest_spin(g, UINT64_MAX);
}

/* Sleeps while a timer expires whose interrupt is disabled, at every tick around the exit; the other timer wakes it. */
static void sleep_deaf(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	guest_store(g, VM_GICR_IPA + SGI_BASE + ICENABLER, 4, BIT32(TIMER));
	for (uint64_t i = 0;; i++) {
		guest_timer_set(g, GUEST_PHYSICAL, TIMER_CONTROL_ENABLE, host_now() + PERIOD);
		guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, host_now() + i % (6 * SYSTEM_STEP));
		guest_wfi(g);
		guest_timer_set(g, GUEST_PHYSICAL, 0, 0);
		guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
		guest_load(g, VM_GICR_IPA + SGI_BASE + ICACTIVER, 4); /* EL2 sees that the lines are low */
	}
}

static void test_disabled_timer(void **state)
{
	(void)state;
	system_begin();
	memset(&test, 0, sizeof(test));
	system_add_vm(&(struct system_vm){.program = sleep_deaf, .band = 11});
	system_add_vm(&(struct system_vm){.program = tick, .band = 11});
	system_run_to(400 * SYSTEM_MS);
	assert_true(test.fired > 100000);
	assert_true(test.late <= LATE_MAX);
}

/* The first time it leaves its interrupt active, until a sibling has ended it. */
static void on_cleared(struct host_guest *g)
{
	if (test.was_cleared) {
		on_timer(g);
		guest_gic_dir(g, TIMER);
		return;
	}
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != TIMER)
		host_fail("interrupt %u", intid);
	guest_gic_eoi(g, intid);
	guest_timer_set(g, GUEST_VIRTUAL, 0, 0);
	test.is_active = true;
}

static void be_cleared(struct host_guest *g)
{
	if (guest_vcpu(g) == 0) {
		program_init_gic(g, false);
		guest_hvc(g, PSCI_CPU_ON_64, 1, SECOND_ENTRY, 0, NULL);
		while (!test.is_active)
			guest_wfe(g);
		guest_store(g, VM_GICR_IPA + GICR_BYTES + SGI_BASE + ICACTIVER, 4, BIT32(TIMER));
		test.was_cleared = true;
		for (;;)
			guest_wfi(g);
	}
	guest_on_irq(g, on_cleared);
	program_init_gic(g, true);
	arm(g);
	while (!test.was_cleared)
		guest_spin(g, 100);
	arm(g);
	guest_spin(g, UINT64_MAX);
}

static void test_sibling_clears(void **state)
{
	(void)state;
	system_begin();
	memset(&test, 0, sizeof(test));
	system_add_vm(&(struct system_vm){.program = be_cleared, .vcpus = 2});
	system_run_to(20 * SYSTEM_MS);
	assert_true(test.was_cleared);
	assert_true(test.fired > 1000);
	assert_true(test.late <= LATE_MAX);
}

#define LINES 7U
#define LINE_FIRST 50U
#define VIRQ_FIRST 44U

/* EOImode 1: the first life ends while all lines are active; later ones serve. */
static void on_line(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid < VIRQ_FIRST || intid >= VIRQ_FIRST + LINES)
		host_fail("interrupt %u", intid);
	guest_gic_eoi(g, intid);
	host_line_set(LINE_FIRST + intid - VIRQ_FIRST, false);
	test.served++;
	if (test.starts > 1)
		guest_gic_dir(g, intid);
	else if (test.served == LINES)
		guest_hvc(g, PSCI_CPU_OFF, 0, 0, 0, NULL);
}

static void die_with_lines(struct host_guest *g)
{
	if (guest_vcpu(g) == 0) {
		program_init_gic(g, true);
		for (uint32_t i = 0; i < LINES; i++)
			guest_store(g, VM_GICD_IPA + IROUTER + 8 * (VIRQ_FIRST + i), 8, 1);
		for (;;) {
			guest_hvc(g, PSCI_CPU_ON_64, 1, SECOND_ENTRY, 0, NULL);
			guest_wfe(g);
		}
	}
	test.starts++;
	guest_on_irq(g, on_line);
	if (test.starts == 1)
		program_init_gic(g, true);
	for (;;)
		guest_wfi(g);
}

static void raise_line(uint64_t intid) { host_line_set((uint32_t)intid, true); }

static void test_lines_of_the_dead(void **state)
{
	(void)state;
	system_begin();
	memset(&test, 0, sizeof(test));
	system_add_vm(&(struct system_vm){.program = die_with_lines, .vcpus = 2});
	system_add_vm(&(struct system_vm){.program = tick});
	for (uint32_t i = 0; i < LINES; i++)
		system_add_line(LINE_FIRST + i, BLOB_LINE_VM, 0, VIRQ_FIRST + i, false);
	system_prepare();
	for (uint32_t i = 0; i < LINES; i++)
		host_at(SYSTEM_MS * (10 + i), raise_line, LINE_FIRST + i);
	system_run_to(100 * SYSTEM_MS);
	assert_int_equal(test.served, LINES);
	assert_true(test.starts > 1);
	for (uint32_t i = 0; i < LINES; i++)
		assert_false(host_line_is_active(LINE_FIRST + i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disabled_timer),
		cmocka_unit_test(test_sibling_clears),
		cmocka_unit_test(test_lines_of_the_dead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
