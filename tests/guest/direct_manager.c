/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manager of a VM with direct delivery on another CPU (direct_sleeper.c, VM 1), which sleeps with all masked: it is
 * paused, resumed, restarted, stopped and started all the same, and after a crash.
 */
#include "tests/guest/direct_sleeper.h"

#include "guests/runtime/takt.h"
#include "tests/guest/helper.h"

#define VM 1U
#define ROUNDS 20U

static uint64_t state(void)
{
	struct takt_vm info;
	takt_vm_info(VM, &info);
	return info.state;
}

/* One look is the answer: a VM that is restarted runs before and behind. */
static bool reaches(uint64_t wanted)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	uint64_t is = state();
	while (is != wanted && counter_read() < end) {
		timer_delay_ns(1000);
		is = state();
	}
	return is == wanted;
}

/* What a step of many found; the first that fails says which it was. */
static bool step(bool is_ok, unsigned round, const char *name)
{
	if (!is_ok)
		print("# %s, round %u: state %lu, life %lu, asleep %u\n", name, round, state(), sleeper()->lives,
		      sleeper()->is_asleep);
	return is_ok;
}

/* In this life, and long enough to have come to its WFI. */
static bool sleeps(uint64_t lives)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	while ((sleeper()->lives != lives || !sleeper()->is_asleep) && counter_read() < end)
		timer_delay_ns(1000);
	timer_delay_ns(1000000);
	return sleeper()->lives == lives && sleeper()->is_asleep;
}

static bool becomes(uint32_t command, uint64_t wanted)
{
	if (command != TAKT_VM_PAUSE && command != TAKT_VM_RESUME)
		sleeper()->is_asleep = false; /* it will not write that before its next life */
	dsb();                                /* before it is another life's */
	int64_t answer;
	do
		answer = takt_vm_command(VM, command);
	while (answer == TAKT_VM_BUSY); /* the state has changed, the command before is about to end */
	return answer == SMCCC_OK && reaches(wanted);
}

void guest_main(void)
{
	unsigned paused = 0, lived = 0;
	test_start();
	tap_ok(sleeps(1), "it sleeps");
	for (unsigned i = 0; i < ROUNDS; i++) {
		paused += step(becomes(TAKT_VM_PAUSE, TAKT_VM_PAUSED), i, "pause");
		paused += step(becomes(TAKT_VM_RESUME, TAKT_VM_RUNNING), i, "resume");
	}
	tap_equal(paused, 2 * ROUNDS, "it is paused and resumed");
	tap_ok(sleeps(1), "it sleeps on");
	tap_ok(sleeper()->wakes <= 1 + 2 * ROUNDS, "and woke for nothing else");
	for (unsigned i = 0; i < ROUNDS; i++) {
		lived += step(becomes(TAKT_VM_RESTART, TAKT_VM_RUNNING) && sleeps(2 + 2 * i), i, "restart");
		lived += step(becomes(TAKT_VM_STOP, TAKT_VM_OFF), i, "stop");
		lived += step(becomes(TAKT_VM_START, TAKT_VM_RUNNING) && sleeps(3 + 2 * i), i, "start");
	}
	tap_equal(lived, 3 * ROUNDS, "it is restarted, stopped and started");
	sleeper()->is_to_crash = true;
	tap_ok(becomes(TAKT_VM_PAUSE, TAKT_VM_PAUSED), "it is woken");
	tap_ok(becomes(TAKT_VM_RESUME, TAKT_VM_FAILED), "and crashes");
	tap_ok(becomes(TAKT_VM_START, TAKT_VM_RUNNING) && sleeps(2 * ROUNDS + 2), "it is started after that");
	tap_ok(becomes(TAKT_VM_STOP, TAKT_VM_OFF), "it is stopped");
	tap_end();
}
