/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders: see loader.h. */
#include "core/loader.h"

#include "core/cpu/cpu.h"
#include "core/exits/exits.h"
#include "core/gic.h"
#include "core/vm.h"

void loader_begin(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	struct vcpu *vcpu = vm->vcpus[0];
	struct context *self = &vcpu->context;
	struct loader *loader = vm->loader;
	if (vm->state != VM_LOADING || self->stats->state == STATS_CONTEXT_ON)
		return; /* read without the lock: a VM leaves LOADING on this CPU only, and only its loader is on then
			 */
	vcpu_clear(cpu, vcpu, now);
	loader->part = 0;
	hw_frame_call(&loader->frame, loader->config->entry_ipa, loader->config->stack_ipa);
	self->active = &loader->frame;
	self->world = &loader->world;
	self->classes = service_classes;
	self->call = MODEL_CALL_LOADER;
	self->stats->state = STATS_CONTEXT_ON;
	cpu_wake(cpu, self, now);
}

void loader_done(struct cpu *cpu, ticks_t now)
{
	struct vm *vm = current_vcpu(cpu)->vm;
	struct loader *loader = vm->loader;
	uint32_t part = loader->part;
	if (part == LOADER_ALL_PARTS) {
		vm_begin(cpu, vm, LOG_VM_RESTARTED, now);
		return;
	}
	gic_lock(cpu, vm);
	bool has_more = vgic_vm_reset_part(&vm->gic, part);
	gic_unlock(cpu, vm);
	loader->part = has_more ? part + 1 : LOADER_ALL_PARTS;
}
