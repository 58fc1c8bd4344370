/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stolen.h"

#include "base/bound.h"
#include "logic/config.h"
#include "port/boot.h"

void stolen_init(struct vm *vm)
{
	if (vm->config->stolen_segment == BLOB_NONE)
		return;
	vm->calls.stolen = config_segment(machine.blob, vm->config->stolen_segment);
	struct pvtime_record *records = hw_map_memory(pa(vm->calls.stolen->pa), vm->calls.stolen->bytes);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		pvtime_init(&vm->vcpus[i]->stolen, &records[i], machine.blob->counter_hz);
		vm->vcpus[i]->context.care |= CARE_STOLEN;
	}
}

void stolen_forget(const struct vm *vm)
{
	if (vm->calls.stolen == NULL)
		return;
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		pvtime_reset(&vm->vcpus[i]->stolen);
	}
}

/* What it waits for until cpu->until may come before: stolen_wake. */
void stolen_leave(const struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	enum sched_state state = sched_state(&cpu->sched, vcpu->context.local);
	ticks_t due = state == SCHED_BLOCKED ? cpu->until : now;
	pvtime_leave(&vcpu->stolen, state == SCHED_OFF ? TICKS_NEVER : due);
}

__attribute__((noinline)) void stolen_come(struct vcpu *vcpu, ticks_t now) { pvtime_come(&vcpu->stolen, now); }

void stolen_wake(struct vcpu *vcpu, ticks_t now) { pvtime_wake(&vcpu->stolen, now); }

void stolen_end(const struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	if (&vcpu->context != cpu->current)
		stolen_come(vcpu, now);
	pvtime_leave(&vcpu->stolen, TICKS_NEVER);
}
