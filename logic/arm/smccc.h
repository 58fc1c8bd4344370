/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls by HVC #0 and SMC #0: SMCCC 1.2 discovery (DEN0028), PSCI 1.1 (DEN0022), TRNG 1.0 (DEN0098), stolen time
 * (DEN0057A) and Takt's own (abi/hypercall.h). Decides only: results go to the caller's registers, and what must be
 * done is answered as an action.
 *
 * PSCI, as seen by a VM:
 *
 *   OFF --CPU_ON--> ON_PENDING --first entry--> ON --CPU_OFF--> OFF
 *
 * CPU_SUSPEND is always standby: the call returns SUCCESS when the vCPU wakes, also where powerdown was asked for, as
 * DEN0022 5.4 allows.
 *
 * Bounded: the longest is CPU_ON, a scan of at most BLOB_VM_SEGMENT_MAX segments. Caller: the vCPU's CPU; vm does not
 * change during the call.
 */
#ifndef LOGIC_ARM_SMCCC_H
#define LOGIC_ARM_SMCCC_H

#include <stdint.h>

#include "abi/blob.h"
#include "abi/hypercall.h"
#include "abi/stats.h"
#include "base/types.h"
#include "logic/arm/trng.h"

enum psci_power {
	PSCI_POWER_OFF,
	PSCI_POWER_ON_PENDING, /* CPU_ON was answered, and it has not run yet */
	PSCI_POWER_ON,
};

/* What the calls need to know about the VM. */
struct smccc_vm {
	uint32_t vcpu_count;    /* 1 to BLOB_VM_VCPU_MAX */
	uint32_t segment_count; /* 0 to BLOB_VM_SEGMENT_MAX */
	uint32_t managed;       /* VMs of the system, if this one is a manager; else 0 */
	const struct blob_segment *segments;
	const struct blob_segment *stolen; /* the one with its stolen time, or NULL */
	uint8_t power[BLOB_VM_VCPU_MAX];   /* enum psci_power of each vCPU */
};

enum hypercall_action {
	HYPERCALL_NONE,         /* return to the caller: its registers hold the results */
	HYPERCALL_CPU_ON,       /* start vCPU target at entry with context in x0, state ON_PENDING; results are set */
	HYPERCALL_CPU_OFF,      /* the calling vCPU is off; the call does not return */
	HYPERCALL_CPU_SUSPEND,  /* as WFI; results are set */
	HYPERCALL_SYSTEM_OFF,   /* of the VM; the call does not return */
	HYPERCALL_SYSTEM_RESET, /* of the VM; the call does not return */
	HYPERCALL_EXIT_STATS,   /* x1 = exits of the caller in class target, x2 = its longest step; x0 is set */
	HYPERCALL_VM_INFO,      /* x1 = state of VM target, x2 up = its name; x0 is set */
	HYPERCALL_STOLEN_TIME,  /* x0 = IPA of the caller's record, which is the one of its index behind entry */
	HYPERCALL_REPORT,       /* the VM reports that it missed a deadline; x0 is set */
	HYPERCALL_RESERVATION,  /* answers in x0 to x4: the reservation of vCPU `entry` of VM target */
	HYPERCALL_RESERVE,      /* the same, to be changed to x3 to x5 if the generation is x6; answers in x0, x1 */
	HYPERCALL_MODE,         /* x0 = answer, for mode target */
	HYPERCALL_MODE_INFO,    /* answers in x0 to x5, for mode target */
	HYPERCALL_VM_COMMAND,   /* x0 = answer to the command, which is entry, for VM target */
};

struct hypercall_result {
	enum hypercall_action action;
	uint32_t target;  /* CPU_ON: index of the vCPU; EXIT_STATS: enum exit_class; VM_*: index of the VM */
	uint64_t entry;   /* CPU_ON, STOLEN_TIME: IPA; VM_COMMAND: below TAKT_VM_COMMAND_COUNT */
	uint64_t context; /* CPU_ON: its x0 */
};

/*
 * Any function but TAKT_VERSION. regs are the caller's x0 to x3: function and arguments in, results out; what a call
 * does not answer in is preserved.
 */
struct hypercall_result smccc_dispatch(const struct smccc_vm *vm, struct trng *trng, ticks_t now, uint64_t regs[4]);

/* Any function. TAKT_VERSION is tested here, so that the cheapest call stays so. */
static inline struct hypercall_result smccc_call(const struct smccc_vm *vm, struct trng *trng, ticks_t now,
						 uint64_t regs[4])
{
	if ((uint32_t)regs[0] == TAKT_VERSION) {
		regs[0] = TAKT_ABI_VERSION;
		return (struct hypercall_result){.action = HYPERCALL_NONE};
	}
	return smccc_dispatch(vm, trng, now, regs);
}

#endif
