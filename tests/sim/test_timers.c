/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timers of guests: each that is set interrupts once, never early, never lost, whether its vCPU spins, sleeps or is
 * switched out, in both EOI modes. And their performance monitors, whose interrupt is a private line as theirs are.
 *
 * links: @core
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tests/sim/system.h"

/* What a step and the instructions of a handler up to its reading of the clock may take together, alone on the CPU. */
#define ALONE_MAX (6U * SYSTEM_STEP)

struct sample {
	bool sleeps;
	bool eoi_mode_1;
	enum guest_timer timer;
	uint64_t longest; /* distance of a timer from now */
	uint64_t seed;
	uint64_t compare; /* of the timer that is set, or 0 */
	uint64_t armed, fired;
	uint64_t worst;
};

static struct sample samples[SYSTEM_VM_MAX];

static struct sample *own(const struct host_guest *g) { return &samples[system_vm_of(guest_vmid(g))]; }

static void on_irq(struct host_guest *g)
{
	struct sample *s = own(g);
	uint64_t now = host_now();
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != (s->timer == GUEST_VIRTUAL ? IRQ_GUEST_VIRTUAL_TIMER : IRQ_GUEST_PHYSICAL_TIMER))
		host_fail("interrupt %u instead of the timer's", intid);
	if (s->compare == 0 || now < s->compare)
		host_fail("timer %llu came at %llu", (unsigned long long)s->compare, (unsigned long long)now);
	if (now - s->compare > s->worst)
		s->worst = now - s->compare;
	s->fired++;
	s->compare = 0;
	guest_timer_set(g, s->timer, 0, 0);
	guest_gic_eoi(g, intid);
	if (s->eoi_mode_1)
		guest_gic_dir(g, intid);
}

/* PSTATE.I is set between the look at the flag and WFI, so that the interrupt can't come between them. */
static void wait(struct host_guest *g, const struct sample *s)
{
	while (s->compare != 0) {
		if (!s->sleeps) {
			guest_spin(g, 1 + (s->armed & 255));
			continue;
		}
		guest_mask(g, true);
		if (s->compare != 0)
			guest_wfi(g);
		guest_mask(g, false);
	}
}

static void arm_and_wait(struct host_guest *g)
{
	struct sample *s = own(g);
	guest_stir(g, s->seed);
	guest_on_irq(g, on_irq);
	program_init_gic(g, s->eoi_mode_1);
	for (;;) {
		guest_spin(g, 1 + system_below(&s->seed, 300));
		s->compare = host_now() + system_below(&s->seed, s->longest);
		s->armed++;
		guest_timer_set(g, s->timer, TIMER_CONTROL_ENABLE, s->compare);
		wait(g, s);
	}
}

static void add(const struct sample *sample, const struct system_vm *vm)
{
	struct system_vm copy = *vm;
	copy.program = arm_and_wait;
	samples[system_add_vm(&copy)] = *sample;
}

static void alone(bool sleeps, bool eoi_mode_1, enum guest_timer timer)
{
	system_begin();
	add(&(struct sample){.sleeps = sleeps, .eoi_mode_1 = eoi_mode_1, .timer = timer, .longest = 5000, .seed = 1},
	    &(struct system_vm){.band = 0});
	system_run_to(20 * SYSTEM_MS);
	assert_true(samples[0].fired > 4000);
	assert_true(samples[0].armed - samples[0].fired <= 1);
	assert_true(samples[0].worst <= ALONE_MAX);
}

static void test_alone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		alone((i & 1) != 0, (i & 2) != 0, (i & 4) != 0 ? GUEST_VIRTUAL : GUEST_PHYSICAL);
}

/* A timer that is stopped before its time never interrupts; the next one does. */
static void stop_in_time(struct host_guest *g)
{
	struct sample *s = own(g);
	guest_on_irq(g, on_irq);
	program_init_gic(g, false);
	for (uint32_t i = 0; i < 1000; i++) {
		s->compare = 0;
		guest_timer_set(g, s->timer, TIMER_CONTROL_ENABLE, host_now() + 1000);
		guest_spin(g, system_below(&s->seed, 900));
		guest_timer_set(g, s->timer, 0, 0);
		guest_spin(g, 2000);
		s->compare = host_now() + 100;
		s->armed++;
		guest_timer_set(g, s->timer, TIMER_CONTROL_ENABLE, s->compare);
		wait(g, s);
	}
}

static void test_stopped_in_time(void **state)
{
	(void)state;
	system_begin();
	samples[0] = (struct sample){.sleeps = true, .timer = GUEST_VIRTUAL, .seed = 7};
	system_add_vm(&(struct system_vm){.program = stop_in_time});
	system_run_to(100 * SYSTEM_MS);
	assert_int_equal(samples[0].fired, 1000);
}

/* Reserved and best-effort VMs, spinning and sleeping, with both timers. The most urgent one is never held up long. */
static void test_shared(void **state)
{
	(void)state;
	uint64_t seed = system_seed("shared");
	system_begin();
	add(&(struct sample){.sleeps = true, .longest = 300000, .seed = seed},
	    &(struct system_vm){.budget = 20000, .period = 100000, .band = 0});
	add(&(struct sample){.longest = 200000, .timer = GUEST_PHYSICAL, .seed = seed + 1},
	    &(struct system_vm){.budget = 200000, .period = 1000000, .band = 4});
	for (uint32_t i = 2; i < 6; i++)
		add(&(struct sample){.sleeps = (i & 1) != 0,
				     .eoi_mode_1 = (i & 2) != 0,
				     .timer = (i & 1) != 0 ? GUEST_VIRTUAL : GUEST_PHYSICAL,
				     .longest = 3000000,
				     .seed = seed + i},
		    &(struct system_vm){.weight = 50 * i, .band = 11});
	system_run_to(200 * SYSTEM_MS);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(samples[i].fired > 10);
		assert_true(samples[i].armed - samples[i].fired <= 1);
	}
	assert_true(samples[0].worst <= 2 * ALONE_MAX);
	assert_true(host_tlb_flushes() <= 6);
}

#define LINE 50U
#define LINE_VIRQ 44U
#define SLEEP (SYSTEM_MS / 10)
#define SERVICE (2 * SLEEP)
#define SWEEP HOST_EVENT_MAX

static uint64_t sleeps;
static uint64_t sleeps_worst;

/* With a reservation: it wakes at times that are known, and goes to sleep soon after each. */
static void sleep_again(struct host_guest *g)
{
	program_init_gic(g, false);
	guest_mask(g, true);
	for (uint64_t end = SYSTEM_MS;; end += SLEEP) {
		program_sleep_until(g, end);
		sleeps++;
		if (host_now() - end > sleeps_worst)
			sleeps_worst = host_now() - end;
	}
}

static void serve(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	guest_spin(g, SERVICE);
	host_line_set(LINE, false);
	guest_gic_eoi(g, intid);
}

static void serve_lines(struct host_guest *g)
{
	guest_on_irq(g, serve);
	program_init_gic(g, false);
	for (;;)
		guest_wfi(g);
}

static void raise_line(uint64_t intid) { host_line_set((uint32_t)intid, true); }

/*
 * While a vCPU goes to sleep and the CPU would idle, a line makes another one ready: the sleeper's timer must end its
 * sleep all the same. The line comes at every tick around the exit, among them those at which it is found pending by
 * the look before the switch.
 */
static void test_line_while_falling_asleep(void **state)
{
	(void)state;
	system_begin();
	system_add_vm(&(struct system_vm){.program = sleep_again, .budget = 50000, .period = 100000, .band = 0});
	system_add_vm(&(struct system_vm){.program = serve_lines, .band = 11});
	system_add_line(LINE, BLOB_LINE_VM, 1, LINE_VIRQ, false);
	system_prepare();
	for (uint32_t i = 0; i < SWEEP; i++)
		host_at(SYSTEM_MS + 5 * i * SLEEP + 5 * i, raise_line, LINE);
	sleeps = 0;
	sleeps_worst = 0;
	system_run_to(SYSTEM_MS + 5 * SWEEP * SLEEP);
	assert_true(sleeps >= 5 * SWEEP);
	assert_true(sleeps_worst <= 2 * ALONE_MAX);
}

#define GICR_ISENABLER 0x10100U
#define GICR_ISPENDR 0x10200U
#define PMU_BITS UINT64_C(0x80000001)

struct monitor {
	uint64_t seed;
	uint64_t raised, taken;
	bool is_expected;
};
static struct monitor monitors[SYSTEM_VM_MAX];

static void on_overflow(struct host_guest *g)
{
	struct monitor *m = &monitors[system_vm_of(guest_vmid(g))];
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid != IRQ_GUEST_PMU || !m->is_expected)
		host_fail("interrupt %u, and none of the PMU's was to come", intid);
	m->taken++;
	m->is_expected = false;
	guest_spin(g, 1 + system_below(&m->seed, 3000));
	guest_pmu_set(g, true, PMU_BITS, 0, m->taken);
	guest_gic_eoi(g, intid);
}

/* Overflows that are taken, and some that are cleared before: those never come. All of it is state of the registers,
 * which the port compares at each entry. */
static void overflow(struct host_guest *g)
{
	struct monitor *m = &monitors[system_vm_of(guest_vmid(g))];
	guest_stir(g, m->seed);
	guest_on_irq(g, on_overflow);
	program_init_gic(g, false);
	guest_store(g, VM_GICR_IPA + GICR_ISENABLER, 4, BIT32(IRQ_GUEST_PMU));
	for (;;) {
		bool is_cleared = system_below(&m->seed, 4) == 0;
		guest_spin(g, 1 + system_below(&m->seed, 2000));
		guest_mask(g, true);
		m->raised += !is_cleared;
		m->is_expected = !is_cleared;
		guest_pmu_set(g, true, PMU_BITS, BIT64(31), m->raised);
		guest_spin(g, 1 + system_below(&m->seed, 3000));
		if (is_cleared) {
			guest_pmu_set(g, true, PMU_BITS, 0, m->raised);
			/* A look at the controller: what was signalled is withdrawn. */
			(void)guest_load(g, VM_GICR_IPA + GICR_ISPENDR, 4);
		}
		guest_mask(g, false);
		while (m->is_expected)
			guest_wfi(g);
	}
}

/* Each overflow interrupts the vCPU whose it is, once, beside VMs that have a PMU and such that have none. */
static void test_overflows(void **state)
{
	(void)state;
	uint64_t seed = system_seed("overflows");
	system_begin();
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t vm = system_add_vm(
			&(struct system_vm){.program = overflow, .flags = BLOB_VM_PMU, .weight = 100, .band = 11});
		monitors[vm] = (struct monitor){.seed = seed + i};
	}
	add(&(struct sample){.sleeps = true, .longest = 30000, .seed = seed},
	    &(struct system_vm){.budget = 20000, .period = 100000, .band = 0});
	system_run_to(100 * SYSTEM_MS);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(monitors[i].taken > 1000);
		assert_true(monitors[i].raised - monitors[i].taken <= 1);
	}
	assert_true(samples[4].fired > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_stopped_in_time),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_overflows),
		cmocka_unit_test(test_line_while_falling_asleep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
