/* SPDX-License-Identifier: Apache-2.0 */
/* Standard calls of a guest: see smccc.h. Section numbers of PSCI are those of DEN0022 version 1.1. */
#include "logic/arm/smccc.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/bits.h"
#include "base/bound.h"

#define NO_ACTION ((struct hypercall_result){.action = HYPERCALL_NONE})

/* CPU_SUSPEND, 5.4.2, original format: bits 31:26 and 23:17 are reserved, bit 16 asks for powerdown. */
#define POWER_STATE_RESERVED 0xfcfe0000U
#define POWER_STATE_POWERDOWN 0x00010000U
#define AFFINITY_LEVEL_MAX 3U
#define AFFINITY_ON 0U
#define AFFINITY_OFF 1U
#define AFFINITY_ON_PENDING 2U
#define MIGRATE_NOT_NEEDED 2U /* no trusted OS that would have to move */

#define TRNG_INVALID_PARAMETERS (-2)

#define IS_SMC64(function) (((function) >> 30 & 1) != 0)

static uint64_t result(int64_t value) { return (uint64_t)value; }

static bool is_ipa_executable(const struct smccc_vm *vm, uint64_t address)
{
	for (uint32_t i = 0; i < vm->segment_count && i < BLOB_VM_SEGMENT_MAX; i++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		const struct blob_segment *segment = &vm->segments[i];
		if (address - segment->ipa < segment->bytes)
			return (segment->attr & BLOB_SEGMENT_X) != 0;
	}
	return false;
}

static bool is_entry_ok(const struct smccc_vm *vm, uint64_t entry)
{
	return is_aligned(entry, 4) && is_ipa_executable(vm, entry);
}

/* 5.1.4. The target is an MPIDR without its other bits; ours are 0 to vcpu_count - 1. */
static struct hypercall_result cpu_on(const struct smccc_vm *vm, const uint64_t args[4], uint64_t regs[4])
{
	uint64_t target = args[1];

	if (target >= vm->vcpu_count || target >= BLOB_VM_VCPU_MAX) {
		regs[0] = result(PSCI_INVALID_PARAMETERS);
		return NO_ACTION;
	}
	if (vm->power[target] != PSCI_POWER_OFF) {
		bool is_on = vm->power[target] == PSCI_POWER_ON;
		regs[0] = result(is_on ? PSCI_ALREADY_ON : PSCI_ON_PENDING);
		return NO_ACTION;
	}
	if (!is_entry_ok(vm, args[2])) {
		regs[0] = result(PSCI_INVALID_ADDRESS);
		return NO_ACTION;
	}
	regs[0] = result(PSCI_SUCCESS);
	return (struct hypercall_result){
		.action = HYPERCALL_CPU_ON, .target = (uint32_t)target, .entry = args[2], .context = args[3]};
}

static struct hypercall_result cpu_suspend(const struct smccc_vm *vm, const uint64_t args[4], uint64_t regs[4])
{
	uint32_t state = (uint32_t)args[1];

	if ((state & POWER_STATE_RESERVED) != 0) {
		regs[0] = result(PSCI_INVALID_PARAMETERS);
		return NO_ACTION;
	}
	if ((state & POWER_STATE_POWERDOWN) != 0 && !is_entry_ok(vm, args[2])) {
		regs[0] = result(PSCI_INVALID_ADDRESS);
		return NO_ACTION;
	}
	regs[0] = result(PSCI_SUCCESS);
	return (struct hypercall_result){.action = HYPERCALL_CPU_SUSPEND};
}

/* 5.1.5. Above level 0 there is one group of all vCPUs, and it is on: the caller is. */
static uint64_t affinity_info(const struct smccc_vm *vm, uint64_t target, uint64_t level)
{
	static const uint64_t target_bits[AFFINITY_LEVEL_MAX + 1] = {MASK64(39, 32) | MASK64(23, 0),
								     MASK64(39, 32) | MASK64(23, 8),
								     MASK64(39, 32) | MASK64(23, 16), MASK64(39, 32)};
	const uint64_t affinity_bits = MASK64(39, 32) | MASK64(23, 0);

	if (level > AFFINITY_LEVEL_MAX || (target & ~affinity_bits) != 0)
		return result(PSCI_INVALID_PARAMETERS);
	if (level != 0)
		return (target & target_bits[level]) == 0 ? AFFINITY_ON : result(PSCI_INVALID_PARAMETERS);
	if (target >= vm->vcpu_count || target >= BLOB_VM_VCPU_MAX)
		return result(PSCI_INVALID_PARAMETERS);
	switch (vm->power[target]) {
	case PSCI_POWER_ON:
		return AFFINITY_ON;
	case PSCI_POWER_ON_PENDING:
		return AFFINITY_ON_PENDING;
	default:
		return AFFINITY_OFF;
	}
}

static uint64_t psci_features(uint32_t function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND_32: /* flags 0: original format of power_state, platform-coordinated */
	case PSCI_CPU_SUSPEND_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return result(PSCI_SUCCESS);
	default:
		return result(PSCI_NOT_SUPPORTED);
	}
}

static uint64_t arch_features(const struct smccc_vm *vm, uint32_t function)
{
	bool is_there = function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES ||
			(function == PV_TIME_FEATURES && vm->stolen != NULL);
	return result(is_there ? SMCCC_OK : SMCCC_NOT_SUPPORTED);
}

/* DEN0057A, 4.1. */
static struct hypercall_result stolen_time(const struct smccc_vm *vm, const uint64_t args[4], uint64_t regs[4])
{
	uint32_t function = (uint32_t)args[1];
	if (vm->stolen != NULL && args[0] == PV_TIME_ST)
		return (struct hypercall_result){.action = HYPERCALL_STOLEN_TIME, .entry = vm->stolen->ipa};
	bool is_there = vm->stolen != NULL && (function == PV_TIME_FEATURES || function == PV_TIME_ST);
	regs[0] = result(is_there ? SMCCC_OK : SMCCC_NOT_SUPPORTED);
	return NO_ACTION;
}

static uint64_t trng_features(uint32_t function)
{
	switch (function) {
	case TRNG_VERSION:
	case TRNG_FEATURES:
	case TRNG_GET_UUID:
	case TRNG_RND_32:
	case TRNG_RND_64:
		return result(SMCCC_OK);
	default:
		return result(SMCCC_NOT_SUPPORTED);
	}
}

/* DEN0098, 2.5: bits are counted from x3's lowest up, through x2 to x1; those not asked for are zero. */
static void trng_rnd(struct trng *trng, ticks_t now, uint64_t bits, unsigned word_bits, uint64_t regs[4])
{
	uint64_t words[TRNG_WORD_MAX] = {0, 0, 0};

	if (bits == 0 || bits > (uint64_t)word_bits * TRNG_WORD_MAX) {
		regs[0] = result(TRNG_INVALID_PARAMETERS);
		return;
	}
	unsigned last = ((unsigned)bits - 1) / word_bits;
	unsigned last_bits = (unsigned)bits - last * word_bits;
	trng_generate(trng, now, words, last + 1);
	words[last] &= MASK64(last_bits - 1, 0);
	regs[0] = result(SMCCC_OK);
	regs[1] = words[2] & MASK64(word_bits - 1, 0);
	regs[2] = words[1] & MASK64(word_bits - 1, 0);
	regs[3] = words[0] & MASK64(word_bits - 1, 0);
}

static void answer_words(uint64_t regs[4], uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
	regs[0] = w0;
	regs[1] = w1;
	regs[2] = w2;
	regs[3] = w3;
}

static struct hypercall_result exit_stats(const uint64_t args[4], uint64_t regs[4])
{
	if (args[1] >= EXIT_CLASS_COUNT) {
		regs[0] = result(SMCCC_INVALID_PARAMETER);
		return NO_ACTION;
	}
	regs[0] = result(SMCCC_OK);
	return (struct hypercall_result){.action = HYPERCALL_EXIT_STATS, .target = (uint32_t)args[1]};
}

static struct hypercall_result report(const uint64_t args[4], uint64_t regs[4])
{
	bool is_known = args[1] == TAKT_ERROR_DEADLINE;
	regs[0] = result(is_known ? SMCCC_OK : SMCCC_INVALID_PARAMETER);
	return is_known ? (struct hypercall_result){.action = HYPERCALL_REPORT} : NO_ACTION;
}

static struct hypercall_result manage_modes(const struct smccc_vm *vm, const uint64_t args[4], uint64_t regs[4])
{
	bool is_in_range = args[1] <= BLOB_MODE_MAX;
	if (vm->managed == 0 || !is_in_range) {
		regs[0] = result(vm->managed == 0 ? SMCCC_DENIED : SMCCC_INVALID_PARAMETER);
		return NO_ACTION;
	}
	return (struct hypercall_result){.action = args[0] == TAKT_MODE ? HYPERCALL_MODE : HYPERCALL_MODE_INFO,
					 .target = (uint32_t)args[1]};
}

/* What is not allowed is refused before anything is looked at: nobody learns by it which VMs there are. */
static struct hypercall_result manage(const struct smccc_vm *vm, const uint64_t args[4], uint64_t regs[4])
{
	bool is_command = args[0] == TAKT_VM_COMMAND;
	bool is_reservation = args[0] == TAKT_VM_RESERVATION || args[0] == TAKT_VM_RESERVE;
	if (vm->managed == 0) {
		regs[0] = result(SMCCC_DENIED);
		return NO_ACTION;
	}
	bool is_known = !is_command || args[2] < TAKT_VM_COMMAND_COUNT;
	if (is_reservation)
		is_known = args[2] < BLOB_VM_VCPU_MAX;
	if (args[1] >= vm->managed || !is_known) {
		regs[0] = result(SMCCC_INVALID_PARAMETER);
		return NO_ACTION;
	}
	if (is_reservation)
		return (struct hypercall_result){.action = args[0] == TAKT_VM_RESERVE ? HYPERCALL_RESERVE
										      : HYPERCALL_RESERVATION,
						 .target = (uint32_t)args[1],
						 .entry = args[2]};
	regs[0] = result(SMCCC_OK);
	return (struct hypercall_result){.action = is_command ? HYPERCALL_VM_COMMAND : HYPERCALL_VM_INFO,
					 .target = (uint32_t)args[1],
					 .entry = is_command ? args[2] : 0};
}

/* Random numbers, and who is there; what is known to nobody ends here. */
static void answer_service(struct trng *trng, ticks_t now, const uint64_t args[4], uint64_t regs[4])
{
	switch ((uint32_t)args[0]) {
	case TRNG_VERSION:
		regs[0] = TRNG_VERSION_1_0;
		break;
	case TRNG_FEATURES:
		regs[0] = trng_features((uint32_t)args[1]);
		break;
	case TRNG_GET_UUID: /* 2e2f6c5f-0a5b-5d17-a1c4-54616b742032 */
		answer_words(regs, 0x5f6c2f2eU, 0x175d5b0aU, 0x6154c4a1U, 0x3220746bU);
		break;
	case TRNG_RND_32:
		trng_rnd(trng, now, args[1], 32, regs);
		break;
	case TRNG_RND_64:
		trng_rnd(trng, now, args[1], 64, regs);
		break;
	case VENDOR_HYP_CALL_COUNT:
		regs[0] = TAKT_CALL_COUNT;
		break;
	case VENDOR_HYP_CALL_UID:
		answer_words(regs, TAKT_UID_0, TAKT_UID_1, TAKT_UID_2, TAKT_UID_3);
		break;
	case VENDOR_HYP_REVISION:
		regs[0] = TAKT_ABI_VERSION >> 16;
		regs[1] = TAKT_ABI_VERSION & 0xffff;
		break;
	default:
		regs[0] = result(SMCCC_NOT_SUPPORTED);
		break;
	}
}

/* Calls that answer and do nothing else. */
static void answer(const struct smccc_vm *vm, struct trng *trng, ticks_t now, const uint64_t args[4], uint64_t regs[4])
{
	switch ((uint32_t)args[0]) {
	case SMCCC_VERSION:
		regs[0] = SMCCC_VERSION_1_2;
		break;
	case SMCCC_ARCH_FEATURES:
		regs[0] = arch_features(vm, (uint32_t)args[1]);
		break;
	case PSCI_VERSION:
		regs[0] = PSCI_VERSION_1_1;
		break;
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
		regs[0] = affinity_info(vm, args[1], (uint32_t)args[2]);
		break;
	case PSCI_MIGRATE_INFO_TYPE:
		regs[0] = MIGRATE_NOT_NEEDED;
		break;
	case PSCI_FEATURES:
		regs[0] = psci_features((uint32_t)args[1]);
		break;
	default:
		answer_service(trng, now, args, regs);
		break;
	}
}

struct hypercall_result smccc_dispatch(const struct smccc_vm *vm, struct trng *trng, ticks_t now, uint64_t regs[4])
{
	uint32_t function = (uint32_t)regs[0];

	const uint64_t mask = IS_SMC64(function) ? UINT64_MAX : UINT32_MAX;
	const uint64_t args[4] = {function, regs[1] & mask, regs[2] & mask, regs[3] & mask};

	switch (function) {
	case TAKT_EXIT_STATS:
		return exit_stats(args, regs);
	case TAKT_VM_INFO:
	case TAKT_VM_COMMAND:
	case TAKT_VM_RESERVATION:
	case TAKT_VM_RESERVE:
		return manage(vm, args, regs);
	case TAKT_MODE:
	case TAKT_MODE_INFO:
		return manage_modes(vm, args, regs);
	case TAKT_REPORT:
		return report(args, regs);
	case PV_TIME_FEATURES:
	case PV_TIME_ST:
		return stolen_time(vm, args, regs);
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
		return cpu_suspend(vm, args, regs);
	case PSCI_CPU_OFF:
		return (struct hypercall_result){.action = HYPERCALL_CPU_OFF};
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
		return cpu_on(vm, args, regs);
	case PSCI_SYSTEM_OFF:
		return (struct hypercall_result){.action = HYPERCALL_SYSTEM_OFF};
	case PSCI_SYSTEM_RESET:
		return (struct hypercall_result){.action = HYPERCALL_SYSTEM_RESET};
	default:
		answer(vm, trng, now, args, regs);
		return NO_ACTION;
	}
}
