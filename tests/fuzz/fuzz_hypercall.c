/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/smccc.c logic/arm/trng.c */
/*
 * Any sequence of calls by the vCPUs of a VM, whose power states follow the actions: no action is one that the core
 * could not carry out, and a call that is not known changes nothing but x0.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "logic/arm/smccc.h"

#define CALL_BYTES 34U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct blob_segment segments[] = {
	{.ipa = 0x08000000, .bytes = 0x1000, .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_DEVICE},
	{.ipa = 0x40000000, .bytes = 0x200000, .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_W | BLOB_SEGMENT_X},
	{.ipa = 0x7ffffff000, .bytes = 0x1000, .attr = BLOB_SEGMENT_R | BLOB_SEGMENT_X},
};

static const uint32_t functions[] = {
	SMCCC_VERSION,          SMCCC_ARCH_FEATURES, PSCI_VERSION,        PSCI_CPU_SUSPEND_32,   PSCI_CPU_SUSPEND_64,
	PSCI_CPU_OFF,           PSCI_CPU_ON_32,      PSCI_CPU_ON_64,      PSCI_AFFINITY_INFO_32, PSCI_AFFINITY_INFO_64,
	PSCI_MIGRATE_INFO_TYPE, PSCI_SYSTEM_OFF,     PSCI_SYSTEM_RESET,   PSCI_FEATURES,         TRNG_VERSION,
	TRNG_FEATURES,          TRNG_GET_UUID,       TRNG_RND_32,         TRNG_RND_64,           VENDOR_HYP_CALL_COUNT,
	VENDOR_HYP_CALL_UID,    VENDOR_HYP_REVISION, TAKT_VERSION,        TAKT_EXIT_STATS,       TAKT_VM_INFO,
	TAKT_VM_COMMAND,        TAKT_REPORT,         TAKT_VM_RESERVATION, TAKT_VM_RESERVE,       TAKT_MODE,
	TAKT_MODE_INFO,         PV_TIME_FEATURES,    PV_TIME_ST,
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static void require(bool ok)
{
	if (!ok)
		abort();
}

static bool is_executable(uint64_t entry)
{
	for (size_t i = 1; i < sizeof(segments) / sizeof(segments[0]); i++)
		if (entry >= segments[i].ipa && entry - segments[i].ipa < segments[i].bytes)
			return entry % 4 == 0;
	return false;
}

static void carry_out(struct smccc_vm *vm, unsigned caller, struct hypercall_result r)
{
	switch (r.action) {
	case HYPERCALL_CPU_ON:
		require(r.target < vm->vcpu_count && vm->power[r.target] == PSCI_POWER_OFF && is_executable(r.entry));
		vm->power[r.target] = PSCI_POWER_ON_PENDING;
		break;
	case HYPERCALL_CPU_OFF:
		vm->power[caller] = PSCI_POWER_OFF;
		break;
	case HYPERCALL_EXIT_STATS:
		require(r.target < EXIT_CLASS_COUNT);
		break;
	case HYPERCALL_VM_COMMAND:
		require(r.entry < TAKT_VM_COMMAND_COUNT);
		require(r.target < vm->managed);
		break;
	case HYPERCALL_VM_INFO:
	case HYPERCALL_RESERVATION:
	case HYPERCALL_RESERVE:
		require(r.target < vm->managed);
		break;
	case HYPERCALL_STOLEN_TIME:
		require(vm->stolen != NULL && r.entry == vm->stolen->ipa);
		break;
	case HYPERCALL_MODE:
	case HYPERCALL_MODE_INFO:
		require(vm->managed != 0 && r.target <= BLOB_MODE_MAX);
		break;
	case HYPERCALL_NONE:
	case HYPERCALL_REPORT:
	case HYPERCALL_CPU_SUSPEND:
	case HYPERCALL_SYSTEM_OFF:
	case HYPERCALL_SYSTEM_RESET:
		break;
	}
}

static bool is_known(uint32_t function)
{
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (functions[i] == function)
			return true;
	return false;
}

static void one_call(struct smccc_vm *vm, struct trng *trng, const uint8_t *data)
{
	uint64_t args[4], regs[4];
	unsigned caller = data[0] % vm->vcpu_count;

	memcpy(args, data + 2, sizeof(args));
	if (data[1] < 240)
		args[0] = functions[data[1] % FUNCTION_COUNT];
	if (vm->power[caller] == PSCI_POWER_ON_PENDING)
		vm->power[caller] = PSCI_POWER_ON;
	if (vm->power[caller] != PSCI_POWER_ON)
		return;
	memcpy(regs, args, sizeof(regs));
	struct hypercall_result r = smccc_call(vm, trng, ticks(data[0]), regs);
	if (!is_known((uint32_t)args[0])) {
		require(r.action == HYPERCALL_NONE && regs[0] == UINT64_MAX);
		require(memcmp(regs + 1, args + 1, sizeof(regs) - sizeof(regs[0])) == 0);
	}
	carry_out(vm, caller, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t seed[2] = {1, 2};
	struct smccc_vm vm = {.vcpu_count = 1, .segment_count = 3, .segments = segments, .power = {PSCI_POWER_ON}};
	struct trng trng;

	if (size == 0)
		return 0;
	vm.vcpu_count = 1 + data[0] % BLOB_VM_VCPU_MAX;
	vm.managed = data[0] / BLOB_VM_VCPU_MAX;
	vm.stolen = vm.managed % 2 != 0 ? &segments[0] : NULL;
	trng_init(&trng, seed, 0);
	for (data++, size--; size >= CALL_BYTES; data += CALL_BYTES, size -= CALL_BYTES)
		one_call(&vm, &trng, data);
	return 0;
}
