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
 * for it. */
void model_access(struct cpu *cpu, struct vm *vm, uint64_t offset, uint64_t syndrome, ticks_t now);

/* SVC_MODEL_RETURN from the current vCPU's model: results are in its frame. The vCPU goes on behind its access. */
void model_return(struct cpu *cpu, ticks_t now);

/* Asks for MODEL_EVENT or MODEL_RESET; the first vCPU that is on calls it before it goes on, and is woken for it. */
void model_request(struct cpu *cpu, struct vm *vm, enum model_op op, ticks_t now);

/* Calls what is pending, if that is the current vCPU's to do and the model is free. */
void model_settle(struct cpu *cpu, ticks_t now);

/* The vCPU is leaving the VM's hands, in or outside of the model: whoever waits may go on. */
void model_abandon(struct cpu *cpu, struct vcpu *vcpu, ticks_t now);

/* The whole VM is: whatever its model was doing is over. */
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
