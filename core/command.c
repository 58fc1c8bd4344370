/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What VMs are told from outside: by a manager, or by their description for an error (core/vm.h). An order is judged by
 * whoever gives it, on any CPU, and again where it is obeyed: on the CPU of the VM's vCPU 0, by MAIL_COMMAND.
 */
#include "core/vm.h"

#include "base/atomic.h"
#include "base/bound.h"
#include "core/direct.h"
#include "core/driver.h"
#include "core/gic.h"
#include "core/log.h"
#include "core/mail.h"
#include "core/mode.h"
#include "core/watchdog.h"
#include "logic/vm_command.h"

/* Locked. Whether they are on or off: one that is switched on meanwhile stays out of its guest too. */
static void hold_all(const struct vm *vm, bool are_held)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		uint32_t rest = vm->vcpus[i]->held_by & ~HELD_BY_PAUSE;
		__atomic_store_n(&vm->vcpus[i]->held_by, are_held ? rest | HELD_BY_PAUSE : rest, __ATOMIC_RELAXED);
	}
}

static int64_t judge(const struct vm *vm, uint64_t command)
{
	return vm_command_judge(command, vm_shown_state(vm), vm->loader != NULL);
}

/* Beside a command: the VM is stopped for an error, not by a manager. */
#define COMMAND_FOR_ERROR BIT64(32)

static int64_t request(struct vm *vm, uint64_t command, uint64_t why)
{
	int64_t answer = judge(vm, command);
	if (answer != SMCCC_OK)
		return answer;
	if (!atomic_claim(&vm->command, (command + 1) | why))
		return TAKT_VM_BUSY;
	atomic_add(&machine.vms_not_off, 1); /* the last VM may go off meanwhile, and this one be about to start */
	direct_order(vm->vcpus[0], MAIL_COMMAND);
	return SMCCC_OK;
}

int64_t vm_request(struct vm *vm, uint64_t command) { return request(vm, command, 0); }

static enum log_reason reason_of(enum blob_vm_event event)
{
	if (event == BLOB_ON_STORM)
		return LOG_STORM;
	return event == BLOB_ON_OVERRUN ? LOG_OVERRUN : LOG_MISS;
}

void vm_act_beyond(struct cpu *cpu, enum blob_vm_action action, ticks_t now)
{
	if (action == BLOB_ACTION_SYSTEM)
		hw_system_reset();
	if (action >= BLOB_ACTION_MODE)
		mode_want(cpu, (uint32_t)action - BLOB_ACTION_MODE, now);
}

void vm_error(struct cpu *cpu, struct vm *vm, enum blob_vm_event event, ticks_t now)
{
	enum blob_vm_action action = (enum blob_vm_action)vm->config->on[event];
	if (action == BLOB_ACTION_NONE || vm_shown_state(vm) != TAKT_VM_RUNNING)
		return;
	log_event(cpu, vm->index, 0, reason_of(event), now);
	vm_act_beyond(cpu, action, now);
	/* Refused where a command is under way: that one ends the VM's run too, or the error will show again. */
	if (action == BLOB_ACTION_STOP || action == BLOB_ACTION_RESTART)
		(void)request(vm, action == BLOB_ACTION_STOP ? TAKT_VM_STOP : TAKT_VM_RESTART, COMMAND_FOR_ERROR);
}

static void post_all(const struct vm *vm, uint32_t bits)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		direct_order(vm->vcpus[i], bits);
	}
}

/* Locked. Each vCPU takes itself off its CPU when it opens its mail, those of this CPU too. */
static uint32_t obey_stop(struct vm *vm, enum vm_state next)
{
	vm->state = VM_STOPPING;
	vm->state_next = next;
	vm->reason = LOG_VM_STOPPED;
	vm->stopper = 0;
	return MAIL_STOP;
}

/* Locked. One that failed is counted. */
static uint32_t obey_start(struct vm *vm)
{
	if (vm->state == VM_OFF)
		atomic_add(&machine.vms_not_off, 1);
	vm->state = VM_LOADING;
	direct_order(vm->vcpus[0], MAIL_LOAD);
	return 0;
}

static uint32_t obey_pause(const struct vm *vm, bool is_pause)
{
	hold_all(vm, is_pause);
	return is_pause ? MAIL_ASIDE : MAIL_WAKE;
}

/* Locked. Answers what all its vCPUs are to do. */
static uint32_t obey(struct vm *vm, enum takt_vm_command command)
{
	switch (command) {
	case TAKT_VM_STOP:
		return obey_stop(vm, VM_OFF);
	case TAKT_VM_RESTART:
		return obey_stop(vm, VM_LOADING);
	case TAKT_VM_START:
		return obey_start(vm);
	case TAKT_VM_PAUSE:
	case TAKT_VM_RESUME:
		return obey_pause(vm, command == TAKT_VM_PAUSE);
	case TAKT_VM_COMMAND_COUNT:
		break;
	}
	return 0;
}

/* The VM may have ended by itself since the command was judged: it is judged again, on the CPU that changes states. */
void vm_obey(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	uint64_t order = __atomic_load_n(&vm->command, __ATOMIC_ACQUIRE); /* pairs with request */
	uint64_t command = (uint32_t)order - 1;
	uint32_t mail = 0;
	gic_lock(cpu, vm);
	bool is_obeyed = judge(vm, command) == SMCCC_OK;
	if (is_obeyed)
		mail = obey(vm, (enum takt_vm_command)command);
	if (is_obeyed && command == TAKT_VM_STOP && (order & COMMAND_FOR_ERROR) != 0)
		vm->state_next = VM_FAILED;
	gic_unlock(cpu, vm);
	if (mail != 0)
		post_all(vm, mail);
	if (is_obeyed && command == TAKT_VM_RESUME)
		watchdog_resume(cpu, vm, now);
	__atomic_store_n(&vm->command, 0, __ATOMIC_RELEASE); /* the state first: the next command is judged by it */
	atomic_add(&machine.vms_not_off, UINT64_MAX);
	if (is_obeyed && command == TAKT_VM_PAUSE)
		log_event(cpu, vm->index, 0, LOG_VM_PAUSED, now);
	else if (is_obeyed && command == TAKT_VM_RESUME)
		log_event(cpu, vm->index, 0, LOG_VM_RESUMED, now);
	else
		driver_notify(cpu, machine.console_driver, CONSOLE_WAIT_OUTPUT, now); /* see end_when_done */
}
