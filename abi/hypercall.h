/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that a guest may make by HVC #0 or SMC #0, after SMCCC 1.2 (DEN0028): function in w0, arguments in x1 up,
 * results in x0 up, all other registers preserved. An unknown function, and any call with another immediate, answers
 * -1. Standard calls (PSCI DEN0022, TRNG DEN0098, SMCCC discovery) are listed beside Takt's own.
 */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

#define SMCCC_VERSION 0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U
#define SMCCC_VERSION_1_2 0x00010002U

#define SMCCC_OK 0
#define SMCCC_NOT_SUPPORTED (-1)
#define SMCCC_INVALID_PARAMETER (-3)
#define SMCCC_DENIED (-4)

#define PSCI_VERSION 0x84000000U
#define PSCI_CPU_SUSPEND_32 0x84000001U
#define PSCI_CPU_SUSPEND_64 0xc4000001U
#define PSCI_CPU_OFF 0x84000002U
#define PSCI_CPU_ON_32 0x84000003U
#define PSCI_CPU_ON_64 0xc4000003U
#define PSCI_AFFINITY_INFO_32 0x84000004U
#define PSCI_AFFINITY_INFO_64 0xc4000004U
#define PSCI_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_SYSTEM_OFF 0x84000008U
#define PSCI_SYSTEM_RESET 0x84000009U
#define PSCI_FEATURES 0x8400000aU
#define PSCI_VERSION_1_1 0x00010001U

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define PSCI_INVALID_ADDRESS (-9)

#define TRNG_VERSION 0x84000050U
#define TRNG_FEATURES 0x84000051U
#define TRNG_GET_UUID 0x84000052U
#define TRNG_RND_32 0x84000053U
#define TRNG_RND_64 0xc4000053U
#define TRNG_VERSION_1_0 0x00010000U

/* Stolen time, DEN0057A: of a VM with takt,stolen-time. */
#define PV_TIME_FEATURES 0xc5000020U
#define PV_TIME_ST 0xc5000021U

/* Vendor-specific hypervisor service: who is there (general query, SMCCC 6.2). */
#define VENDOR_HYP_CALL_COUNT 0x8600ff00U
#define VENDOR_HYP_CALL_UID 0x8600ff01U
#define VENDOR_HYP_REVISION 0x8600ff03U

/* 7b1c0d54-3e0a-5d5a-9c5e-54616b742031, in the four words that the UID call answers. */
#define TAKT_UID_0 0x540d1c7bU
#define TAKT_UID_1 0x5a5d0a3eU
#define TAKT_UID_2 0x61545e9cU
#define TAKT_UID_3 0x3120746bU

/*
 * takt_version() -> x0 = TAKT_ABI_VERSION, and nothing else: the cheapest call there is.
 */
#define TAKT_VERSION 0xc6000000U
#define TAKT_ABI_VERSION 0x00010000U
/*
 * takt_exit_stats(class) -> x0 = 0, x1 = exits of the calling vCPU in that class (enum exit_class in
 * abi/stats.h), x2 = ticks of its longest step; or x0 = SMCCC_INVALID_PARAMETER.
 */
#define TAKT_EXIT_STATS 0xc6000001U
/*
 * takt_report(error) -> x0 = 0: what the VM's description says of it happens, at the latest when its vCPU 0 runs next;
 * or x0 = SMCCC_INVALID_PARAMETER. TAKT_ERROR_DEADLINE is the only error that a guest knows better than EL2: a task of
 * its own was late (takt,on-deadline-miss).
 */
#define TAKT_REPORT 0xc6000004U
#define TAKT_ERROR_DEADLINE 0

/*
 * Calls of a manager, a VM with takt,manager; to any other they answer SMCCC_DENIED, whatever the arguments.
 *
 * takt_vm_info(vm) -> x0 = 0, x1 = enum takt_vm_state, x2 to x5 = name, NUL-padded, first character lowest;
 *     or x0 = SMCCC_INVALID_PARAMETER: there is no VM of that number. They count from 0 without gaps.
 * takt_vm_command(vm, enum takt_vm_command) -> x0 = 0: it is under way, and takt_vm_info shows when it is done;
 *     or an error, and nothing has changed: SMCCC_INVALID_PARAMETER, or one of TAKT_VM_ below. A command that is under
 *     way while its VM ends by itself is forgotten.
 */
/*
 * takt_vm_reservation(vm, vcpu) -> x0 = 0, x1 = generation of that CPU's reservations, x2 to x4 = budget, period and
 *     deadline of the vCPU's reservation in ticks of the counter, as last committed; or an error as below.
 * takt_vm_reserve(vm, vcpu, budget, period, deadline, generation) -> x0 = 0, x1 = the next generation: committed. More
 *     begins with the reservation's next release, what becomes less is free from then on; or an error, and nothing has
 *     changed: SMCCC_INVALID_PARAMETER (no such vCPU, or not 0 < budget <= deadline <= period <= 2^40 ticks),
 *     TAKT_VM_BUSY (an earlier change waits for its release, or for the CPU to hear of it; a mode is entered), or one
 * of TAKT_RESERVE_ below. EL2 knows the sum of budget / deadline (under fixed priorities budget / period) and no costs:
 * exact admission, by logic/admit.h, is the manager's or the description's.
 */
#define TAKT_VM_RESERVATION 0xc6000005U
#define TAKT_VM_RESERVE 0xc6000006U
#define TAKT_RESERVE_NONE (-19)       /* the vCPU has no reservation: best effort, or a time table */
#define TAKT_RESERVE_FULL (-20)       /* more than 1, until what others give back is free */
#define TAKT_RESERVE_GENERATION (-21) /* others have changed since: analyse again */

#define TAKT_VM_INFO 0xc6000002U
#define TAKT_VM_COMMAND 0xc6000003U
/*
 * takt_mode(mode) -> x0 = 0: the change to that mode is under way, and takt_mode_info shows when it is complete; or an
 *     error, and nothing has changed: SMCCC_INVALID_PARAMETER (no such mode, or no reservations), or TAKT_VM_BUSY
 * (another change is under way). Mode 0 is the description itself, "normal". What managers have changed meanwhile by
 *     takt_vm_reserve, which is refused with TAKT_VM_BUSY while a mode is entered, ends with it.
 * takt_mode_info(mode) -> x0 = 0, x1 = enum takt_mode_state, x2 to x5 = name, as takt_vm_info; or x0 =
 *     SMCCC_INVALID_PARAMETER: there is no mode of that number. They count from 0 without gaps.
 */
#define TAKT_MODE 0xc6000007U
#define TAKT_MODE_INFO 0xc6000008U
#define TAKT_CALL_COUNT 9

#define TAKT_VM_BUSY (-16)            /* another command is under way, or the VM is stopping or being loaded */
#define TAKT_VM_WRONG_STATE (-17)     /* not a command for the state that it is in */
#define TAKT_VM_NOT_RESTARTABLE (-18) /* no copy of its images is kept: its description says stop for all ends */

enum takt_vm_command {
	TAKT_VM_STOP,    /* running, paused or loading: at once, as if its power was cut */
	TAKT_VM_START,   /* off or failed: loaded anew, and begun */
	TAKT_VM_RESTART, /* running or paused: stopped and started */
	TAKT_VM_PAUSE,   /* running: no vCPU executes, and time goes on */
	TAKT_VM_RESUME,  /* paused */
	TAKT_VM_COMMAND_COUNT
};

enum takt_mode_state {
	TAKT_MODE_OTHER,
	TAKT_MODE_NOW,
	TAKT_MODE_ENTERING,
};

enum takt_vm_state {
	TAKT_VM_OFF,
	TAKT_VM_RUNNING,
	TAKT_VM_PAUSED,
	TAKT_VM_STOPPING,
	TAKT_VM_FAILED,  /* stopped for a fault */
	TAKT_VM_LOADING, /* its memory is restored, then it begins */
};

#endif
