/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time (DEN0057A) beside a guest that takes what it can get. A vCPU that spins knows from the counter what was
 * taken from it; one that waits, how late it came back: its account says the same. It has none of the time that it
 * waited or was off, keeps it when it is switched off and on, and begins anew with its VM. Built for
 * tests/guest/stolen.dts: a page that is shared, and so not restored, counts the lives.
 */
#include "tests/guest/helper.h"

#include "abi/hypercall.h"
#include "logic/arm/pvtime.h"

#define SHARED 0x50000000UL
#define APART 2500U      /* ticks; longer than any step of EL2: somebody else ran */
#define STEP_TICKS 2500U /* of a gap that are not stolen, but EL2's on the way out and back, at most */
#define SPIN_MS 60U
#define WAITS 16U
#define WAIT_NS 3000000U
#define OFF_MS 40U

struct lives {
	uint64_t count;
	uint64_t stolen_ns; /* in the one before */
};

struct account {
	const volatile struct pvtime_record *record;
	uint64_t taken, gaps, spin_stolen;
	uint64_t late, wait_stolen, at_end;
};

static volatile struct account accounts[RUNTIME_CPU_MAX];
static volatile uint64_t again_from;

static volatile struct lives *lives(void) { return (volatile struct lives *)SHARED; }

static uint64_t ticks_of(uint64_t ns) { return ticks_from_ns(ns); }

static void spin(volatile struct account *a)
{
	uint64_t before = a->record->stolen_ns;
	uint64_t last = counter_read();
	uint64_t end = last + ticks_from_ns(UINT64_C(1000000) * SPIN_MS);
	uint64_t now;

	while ((now = counter_read()) < end) {
		if (now - last > APART) {
			a->taken += now - last;
			a->gaps++;
		}
		last = now;
	}
	a->spin_stolen = ticks_of(a->record->stolen_ns - before);
}

/* Its own timer ends each wait. */
static void wait(volatile struct account *a)
{
	uint64_t before = a->record->stolen_ns;

	for (unsigned i = 0; i < WAITS; i++) {
		uint64_t when = counter_read() + ticks_from_ns(WAIT_NS);
		timer_arm_virtual(when);
		while (counter_read() < when)
			wfi();
		a->late += counter_read() - when;
		test_end_timers(); /* or the next wait is none */
	}
	a->wait_stolen = ticks_of(a->record->stolen_ns - before);
}

static void run(unsigned cpu)
{
	volatile struct account *a = &accounts[cpu];
	a->record = (const volatile struct pvtime_record *)smccc_hvc(PV_TIME_ST, 0, 0, 0).x0;
	test_attach_timers();
	spin(a);
	wait(a);
	a->at_end = a->record->stolen_ns;
}

static void report(unsigned cpu)
{
	const volatile struct account *a = &accounts[cpu];
	print("# CPU %u: %lu ticks taken in %lu gaps, stolen %lu; late %lu, stolen %lu\n", cpu, a->taken, a->gaps,
	      a->spin_stolen, a->late, a->wait_stolen);
	tap_equal((uint64_t)a->record - (uint64_t)accounts[0].record, cpu * sizeof(struct pvtime_record),
		  "each vCPU has its record");
	tap_ok(a->record->revision == 0 && a->record->attributes == 0, "of revision 0, without attributes");
	tap_ok(a->taken > ticks_from_ns(UINT64_C(1000000) * SPIN_MS) / 4, "a neighbour takes its share");
	tap_ok(a->spin_stolen <= a->taken && a->spin_stolen + a->gaps * STEP_TICKS >= a->taken,
	       "stolen is what was taken, but for EL2's steps");
	tap_ok(a->wait_stolen <= a->late + WAITS * STEP_TICKS && a->wait_stolen + WAITS * STEP_TICKS >= a->late,
	       "of a wait, what came late");
}

static void look_again(void *argument)
{
	(void)argument;
	again_from = accounts[1].record->stolen_ns;
}

/* The others are off by now, as good as at once. */
static void check_off(void)
{
	uint64_t before = accounts[1].record->stolen_ns;
	timer_delay_ns(UINT64_C(1000000) * OFF_MS);
	uint64_t off = accounts[1].record->stolen_ns;
	(void)runtime_start_cpu(1, look_again, NULL);
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * OFF_MS);
	while (again_from == 0 && counter_read() < end)
		wfe();
	tap_equal(off, before, "a vCPU that is off is not stolen from");
	tap_ok(again_from >= off && again_from - off < UINT64_C(1000000) * OFF_MS / 2,
	       "it goes on with its account, without that time");
}

static void check_calls(void)
{
	tap_equal(smccc_hvc(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES, 0, 0).x0, 0, "there is an account of stolen time");
	tap_equal(smccc_hvc(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, 0).x0, 0, "its calls are there");
	tap_equal(smccc_smc(PV_TIME_FEATURES, PV_TIME_ST, 0, 0).x0, 0, "both");
	tap_equal(smccc_hvc(PV_TIME_FEATURES, 0xc5000022U, 0, 0).x0, UINT64_MAX, "and no other");
}

void guest_main(void)
{
	volatile struct lives *all = lives();
	const volatile struct pvtime_record *record =
		(const volatile struct pvtime_record *)smccc_hvc(PV_TIME_ST, 0, 0, 0).x0;

	if (all->count++ != 0) {
		tap_ok(record->stolen_ns < all->stolen_ns / 2, "a VM that is restarted begins with none");
		tap_end();
		return;
	}
	test_start();
	check_calls();
	test_run_on_all(run, report);
	if (test_cpu_count() > 1)
		check_off();
	all->stolen_ns = record->stolen_ns;
	console_drain();
	smccc_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
}
