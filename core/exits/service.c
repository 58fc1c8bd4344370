/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_SVC and EXIT_SERVICE: what a service asks for (abi/service.h), and its failure. A model's or loader's failure
 * stops its VM, a driver's itself. An alarm executes nothing: the failure of its first fetch is its turn.
 */
#include "core/exits/exits.h"

#include "core/alarm.h"
#include "core/cpu/cpu.h"
#include "core/driver.h"
#include "core/loader.h"
#include "core/model.h"
#include "core/vm.h"
#include "logic/arm/decode.h"

#define FAIL EXIT_SERVICE
#define CALL EXIT_SVC /* exception class 0x15 */

const uint8_t service_classes[ESR_EC_COUNT] = {
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, CALL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
};

_Static_assert(ESR_EC_SVC64 == 0x15, "the place of CALL in the table");

static enum log_reason failure_of(const struct context *context)
{
	return is_in_model(context) ? LOG_MODEL_FAILED : LOG_LOADER_FAILED;
}

void exit_service(struct cpu *cpu, ticks_t now)
{
	if (cpu->current->kind == BLOB_CONTEXT_DRIVER)
		driver_fail(cpu, driver_of(cpu->current), now);
	else if (cpu->current->kind == BLOB_CONTEXT_ALARM)
		alarm_look(cpu, alarm_of(cpu->current), now);
	else
		vm_fail(cpu, current_vcpu(cpu)->vm, failure_of(cpu->current), now);
}

/* A driver is in no model, so the usual call is found by one question about the caller. */
void exit_svc(struct cpu *cpu, ticks_t now)
{
	const struct context *caller = cpu->current;
	uint32_t function = esr_imm16(hw_exit_syndrome());
	if (is_in_model(caller) && function == SVC_MODEL_RETURN)
		model_return(cpu, now);
	else if (caller->kind == BLOB_CONTEXT_DRIVER)
		driver_call(cpu, driver_of(cpu->current), function, now);
	else if (caller->call == MODEL_CALL_LOADER && function == SVC_LOADED)
		loader_done(cpu, now);
	else
		exit_service(cpu, now);
}
