/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manager: every command in every state that a VM can be brought to, wrong ones too, and what the VM does then; at
 * last many at random. Built for tests/guest/manager.dts: VM 0 is itself, 1 managed.c on VCPUS vCPUs, 2 one without a
 * loader.
 */
#include "tests/guest/managed.h"

#include "guests/runtime/bootargs.h"
#include "guests/runtime/random.h"
#include "guests/runtime/takt.h"
#include "tests/guest/helper.h"

#define SELF 0U
#define VM 1U
#define FIXED 2U
#define VM_COUNT 3U
#define STILL_NS 500000U
#define COMMANDS 200U

static bool are_several; /* CPUs */

static uint64_t state_of(uint64_t vm)
{
	struct takt_vm info;
	takt_vm_info(vm, &info);
	return info.state;
}

/* Waits for a state, at most WAIT_MS for each of the several steps to it. */
static bool reaches(uint64_t vm, uint64_t state)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	while (state_of(vm) != state && counter_read() < end)
		timer_delay_ns(1000);
	return state_of(vm) == state;
}

static uint64_t beats(void)
{
	uint64_t sum = 0;
	for (unsigned cpu = 0; cpu < MANAGED_CPU_MAX; cpu++)
		sum += managed()->beats[cpu];
	return sum;
}

/* No vCPU beats any more, from a moment within WAIT_MS on. */
static bool is_still(void)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * WAIT_MS);
	uint64_t before;
	do {
		before = beats();
		timer_delay_ns(STILL_NS);
	} while (before != beats() && counter_read() < end);
	return before == beats();
}

/* It has begun so often since this was asked the last time: on several CPUs perhaps once more, see below. */
static bool has_lived(uint64_t times)
{
	static uint64_t before = 1;
	uint64_t lives = managed()->lives - before;
	before += lives;
	return are_several ? lives >= times : lives == times;
}

/* Each of its vCPUs beats. */
static bool is_alive(void)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	while (managed()->cpus == 0) /* it has not begun yet */
		if (counter_read() > end)
			return false;
	for (unsigned cpu = 0; cpu < managed()->cpus; cpu++) {
		uint64_t before = managed()->beats[cpu];
		while (managed()->beats[cpu] == before)
			if (counter_read() > end)
				return false;
	}
	return true;
}

static void command(uint64_t vm, uint32_t what, int64_t answer, const char *name)
{
	tap_equal((uint64_t)takt_vm_command(vm, what), (uint64_t)answer, name);
}

/* In passing: on several CPUs, which nothing keeps in step, it may have passed. */
static void command_in_passing(uint32_t what, int64_t answer, const char *name)
{
	int64_t got = takt_vm_command(VM, what);
	tap_equal((uint64_t)(are_several ? answer : got), (uint64_t)answer, name);
}

/* Whatever it is in the middle of. */
static bool stop_at_last(void)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(8000000) * WAIT_MS);
	while (state_of(VM) != TAKT_VM_OFF && counter_read() < end)
		(void)takt_vm_command(VM, TAKT_VM_STOP);
	return state_of(VM) == TAKT_VM_OFF;
}

static void look_around(void)
{
	struct takt_vm info;
	takt_vm_info(VM, &info);
	tap_equal((uint64_t)info.answer, 0, "a VM is found");
	tap_ok(info.words[0] == UINT64_C(0x646567616e616d) && info.words[1] == 0, "by its name"); /* "managed" */
	takt_vm_info(SELF, &info);
	tap_equal(info.state, TAKT_VM_RUNNING, "this one runs");
	takt_vm_info(VM_COUNT, &info);
	tap_equal((uint64_t)info.answer, (uint64_t)SMCCC_INVALID_PARAMETER, "there is no VM of that number");
	takt_vm_info(UINT64_MAX, &info);
	tap_equal((uint64_t)info.answer, (uint64_t)SMCCC_INVALID_PARAMETER, "nor of any other");
	command(VM_COUNT, TAKT_VM_STOP, SMCCC_INVALID_PARAMETER, "it can't be commanded");
	command(VM, TAKT_VM_COMMAND_COUNT, SMCCC_INVALID_PARAMETER, "no such command");
	tap_ok(is_alive(), "all goes on");
	tap_equal(managed()->info, (uint64_t)SMCCC_DENIED, "no information for a VM that is no manager");
	tap_equal(managed()->command, (uint64_t)SMCCC_DENIED, "no command from it");
}

static void pause_and_resume(void)
{
	command(VM, TAKT_VM_RESUME, TAKT_VM_WRONG_STATE, "resume one that runs");
	command(VM, TAKT_VM_START, TAKT_VM_WRONG_STATE, "start one that runs");
	command(VM, TAKT_VM_PAUSE, SMCCC_OK, "pause");
	tap_ok(reaches(VM, TAKT_VM_PAUSED) && is_still(), "no vCPU beats");
	command(VM, TAKT_VM_PAUSE, TAKT_VM_WRONG_STATE, "pause one that is paused");
	command(VM, TAKT_VM_START, TAKT_VM_WRONG_STATE, "start one that is paused");
	command(VM, TAKT_VM_RESUME, SMCCC_OK, "resume");
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
	tap_ok(has_lived(0), "in the same life");
}

static void restart(void)
{
	command(VM, TAKT_VM_RESTART, SMCCC_OK, "restart");
	command_in_passing(TAKT_VM_RESTART, TAKT_VM_BUSY, "restart one that restarts");
	command_in_passing(TAKT_VM_START, TAKT_VM_BUSY, "start one that restarts");
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
	tap_ok(has_lived(1), "in another life");
}

static void stop_and_start(void)
{
	command(VM, TAKT_VM_STOP, SMCCC_OK, "stop");
	tap_ok(reaches(VM, TAKT_VM_OFF) && is_still(), "no vCPU beats");
	command(VM, TAKT_VM_STOP, TAKT_VM_WRONG_STATE, "stop one that is off");
	command(VM, TAKT_VM_RESTART, TAKT_VM_WRONG_STATE, "restart one that is off");
	command(VM, TAKT_VM_PAUSE, TAKT_VM_WRONG_STATE, "pause one that is off");
	command(VM, TAKT_VM_RESUME, TAKT_VM_WRONG_STATE, "resume one that is off");
	command(VM, TAKT_VM_START, SMCCC_OK, "start");
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
	tap_ok(has_lived(1), "in another life");
}

static void interrupt_the_loader(void)
{
	(void)takt_vm_command(VM, TAKT_VM_RESTART);
	while (!are_several && state_of(VM) != TAKT_VM_LOADING)
		timer_delay_ns(1000);
	command_in_passing(TAKT_VM_START, TAKT_VM_BUSY, "start one that is loaded");
	command_in_passing(TAKT_VM_STOP, SMCCC_OK, "stop one that is loaded");
	tap_ok(stop_at_last() && is_still() && has_lived(0), "no vCPU beats, nor did in between");
	(void)takt_vm_command(VM, TAKT_VM_START);
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "it begins from a memory that was half restored");
}

static void end_a_pause(void)
{
	(void)takt_vm_command(VM, TAKT_VM_PAUSE);
	(void)reaches(VM, TAKT_VM_PAUSED);
	command(VM, TAKT_VM_RESTART, SMCCC_OK, "restart one that is paused");
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
	(void)takt_vm_command(VM, TAKT_VM_PAUSE);
	(void)reaches(VM, TAKT_VM_PAUSED);
	command(VM, TAKT_VM_STOP, SMCCC_OK, "stop one that is paused");
	tap_ok(reaches(VM, TAKT_VM_OFF), "it is off");
	(void)takt_vm_command(VM, TAKT_VM_START);
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
	tap_ok(has_lived(3), "three lives more");
}

static void try_the_fixed_one(void)
{
	command(FIXED, TAKT_VM_RESTART, TAKT_VM_NOT_RESTARTABLE, "restart one without a copy of its images");
	command(FIXED, TAKT_VM_STOP, SMCCC_OK, "stop it");
	tap_ok(reaches(FIXED, TAKT_VM_OFF), "it is off");
	command(FIXED, TAKT_VM_START, TAKT_VM_NOT_RESTARTABLE, "start it");
}

/* Whatever comes whenever, each answer is one that there is, and in the end it can be brought to life. */
static void storm(void)
{
	uint64_t seed = UINT64_C(0x452821e638d01377);
	unsigned accepted = 0, strange = 0;
	for (unsigned i = 0; i < COMMANDS; i++) {
		int64_t answer = takt_vm_command(VM, (uint32_t)random_between(&seed, 0, TAKT_VM_COMMAND_COUNT - 1));
		accepted += answer == SMCCC_OK;
		strange += answer != SMCCC_OK && answer != TAKT_VM_BUSY && answer != TAKT_VM_WRONG_STATE;
		timer_delay_ns(random_between(&seed, 0, i % 4 == 0 ? 2000000 : 20000));
	}
	tap_ok(accepted > COMMANDS / 20, "a storm of commands");
	tap_equal(strange, 0, "each has its answer");
	tap_ok(stop_at_last(), "it is stopped");
	command(VM, TAKT_VM_START, SMCCC_OK, "and started");
	tap_ok(reaches(VM, TAKT_VM_RUNNING) && is_alive(), "all vCPUs beat");
}

void guest_main(void)
{
	test_start();
	are_several = bootargs_is("cpus", "several");
	managed()->manager_lives++;
	if (managed()->manager_lives == 1) {
		(void)takt_vm_command(SELF, TAKT_VM_RESTART);
		timer_delay_ns(UINT64_C(1000000) * WAIT_MS);
	}
	tap_equal(managed()->manager_lives, 2, "a manager restarts itself");
	look_around();
	pause_and_resume();
	restart();
	stop_and_start();
	interrupt_the_loader();
	end_a_pause();
	try_the_fixed_one();
	storm();
	tap_end();
}
