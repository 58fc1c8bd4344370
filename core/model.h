/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of device models, on the budget of the vCPU that accesses them. On the vCPU's CPU, interrupts masked. */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/core.h"

/* The offset of an access in the model's range, or false when it is not one. */
static inline bool model_owns(const struct model *model, ipa_t at, uint64_t *offset)
{
	if (model == NULL)
		return false;
	*offset = at.raw - model->config->mmio_ipa;
	return *offset < model->config->mmio_bytes;
}

/* The current vCPU's load or store at offset, with the syndrome of its abort: the model runs next, or the vCPU waits
 * for its turn: at most one call of each other vCPU of the VM. */
void model_access(struct cpu *cpu, struct vm *vm, uint64_t offset, uint64_t syndrome, ticks_t now);

/* The same for its flash. */
void model_flash_access(struct cpu *cpu, struct vm *vm, uint64_t offset, uint64_t syndrome, ticks_t now);

/* SVC_MODEL_RETURN from the current vCPU's model: results are in its frame. The vCPU goes on behind its access. */
void model_return(struct cpu *cpu, ticks_t now);

/* Asks for MODEL_EVENT, from any CPU. If the model is free, the first vCPU that is on is woken and calls it before it
 * goes on; else the vCPU whose access it works on does, behind that. */
void model_event(struct cpu *cpu, struct vm *vm, ticks_t now);

/* MODEL_RESET is the first thing that the VM does, none of whose vCPUs is on. */
void model_reset(struct vm *vm);

/* The current vCPU goes on: it calls the model if it is its turn or if something is pending that is its to call; one
 * that was woken for something else waits no longer. Before a vCPU that is not in its model executes anything. */
void model_settle(struct cpu *cpu, ticks_t now);

/* The VM, which is locked, is off: whatever its model was doing is over. Its vCPUs forget it when they start again. Its
 * line stays as it is, in the model's books and in the interrupt controller's, until MODEL_RESET changes it in both. */
void model_forget(struct vm *vm);

/* A call's time runs only while its vCPU does. For a context that is in its model. */
void model_pause(struct context *context, ticks_t now);
void model_resume(struct context *context, ticks_t now);

/* When the running context's call has taken too long; TICKS_NEVER when it is in none. */
static inline ticks_t model_limit(const struct context *context)
{
	return is_in_model(context) ? ((const struct vcpu *)context)->vm->model->limit : TICKS_NEVER;
}

#endif
