/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_SVC and EXIT_SERVICE: what a service asks for (abi/service.h), and its failure. A model's failure stops its VM,
 * a driver's itself.
 */
#include "core/exits/exits.h"

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

/* A loader's calls are few: they are told apart here, so that a model's, which are many, need no question. */
const uint8_t loader_classes[ESR_EC_COUNT] = {
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
	FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL, FAIL,
};

static bool is_loaded(const struct cpu *cpu, uint64_t syndrome)
{
	return cpu->current->call == MODEL_CALL_LOADER && esr_ec(syndrome) == ESR_EC_SVC64 &&
	       esr_imm16(syndrome) == SVC_LOADED;
}

void exit_service(struct cpu *cpu, ticks_t now)
{
	if (cpu->current->kind == BLOB_CONTEXT_DRIVER)
		driver_fail(cpu, driver_of(cpu->current), now);
	else if (is_loaded(cpu, hw_exit_syndrome()))
		loader_done(cpu, now);
	else
		vm_fail(cpu, current_vcpu(cpu)->vm, is_in_model(cpu->current) ? LOG_MODEL_FAILED : LOG_LOADER_FAILED,
			now);
}

void exit_svc(struct cpu *cpu, ticks_t now)
{
	uint32_t function = esr_imm16(hw_exit_syndrome());
	if (cpu->current->kind == BLOB_CONTEXT_DRIVER)
		driver_call(cpu, driver_of(cpu->current), function, now);
	else if (function == SVC_MODEL_RETURN)
		model_return(cpu, now);
	else
		exit_service(cpu, now);
}
