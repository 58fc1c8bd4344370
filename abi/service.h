/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between EL2 and its services, programs at EL0 behind a stage-2 map of their own, linked at fixed
 * addresses. `takt build` loads the ELF segments of one instance per VM (models) or one (drivers); no relocation, no
 * FP.
 *
 * A model is called like a function, always at its entry with a fresh stack:
 *     x0 = enum model_op, x1 = offset in its register range, or in its flash, x2 = access size in bytes (1, 2, 4, 8),
 *     x3 = value written
 * and returns by SVC #SVC_MODEL_RETURN:
 *     x0 = value read (zero-extended), x1 = 1 while its interrupt line is asserted else 0, x2 = bits to notify the
 * console driver with, or 0. Behind an operation of the flash, x1 = MODEL_FLASH_ARRAY: EL2 lets the guest read it as
 * memory; or MODEL_FLASH_COMMAND: it answers each access. After MODEL_RESET it is an array.
 *
 * A loader runs from its entry, with a fresh stack, in the place of its VM, whose RAM it finds at the VM's own
 * addresses. When that is as at first boot it asks, again and again, until it does not run any more:
 *     SVC_LOADED:    EL2 resets a part of the VM's registers; behind the last one the VM begins
 *
 * EL2 itself writes no text: the tx ring of its own console carries records (struct log_record) that the console driver
 * puts into words.
 *
 * A driver runs from its entry for ever, and asks by SVC:
 *     SVC_WAIT:      blocks until a bit is set, then answers all set bits in x0 and clears them
 *     SVC_LINE_DONE: x0 = bit of its line: the line was served, and may interrupt again
 *     SVC_NOTIFY:    x0 = VM index: calls that VM's console model with MODEL_EVENT soon, on the VM's budget
 * and the console driver on behalf of who sits there, as a manager by abi/hypercall.h:
 *     SVC_VM_COMMAND: x0 = VM index, x1 = enum takt_vm_command: answers in x0 as takt_vm_command
 *     SVC_VM_STATE:   x0 = VM index: answers enum takt_vm_state in x0, or SMCCC_INVALID_PARAMETER
 *     SVC_MODE:       x0 = mode: answers in x0 as takt_mode
 *     SVC_VM_RESERVATION, SVC_VM_RESERVE: x0 = VM index, of its vCPU 0; else as takt_vm_reservation and takt_vm_reserve
 * x0 to x3 (and x4 over SVC_VM_RESERVATION) may change over an SVC; all other registers are kept. An unknown SVC, or
 * one by the wrong kind, is a failure of the service.
 */
#ifndef ABI_SERVICE_H
#define ABI_SERVICE_H

#include <stdint.h>

#include "../base/ring.h"
#include "blob.h"

#define SVC_MODEL_RETURN 0
#define SVC_WAIT 1
#define SVC_LINE_DONE 2
#define SVC_NOTIFY 3
#define SVC_LOADED 4
#define SVC_VM_COMMAND 5
#define SVC_VM_STATE 6
#define SVC_MODE 7
#define SVC_VM_RESERVATION 8
#define SVC_VM_RESERVE 9

enum model_op {
	MODEL_READ = 0,
	MODEL_WRITE = 1,
	MODEL_EVENT = 2, /* something in its rings changed */
	MODEL_RESET = 3, /* the VM (re)starts: registers to their reset values */
	MODEL_FLASH_READ = 4,
	MODEL_FLASH_WRITE = 5,
};

/* No value of x1 behind another operation. */
#define MODEL_FLASH_ARRAY 2
#define MODEL_FLASH_COMMAND 3

/* Address map of every service. */
#define SERVICE_TEXT_IPA UINT64_C(0x00010000)   /* text and rodata: read, execute */
#define SERVICE_DATA_IPA UINT64_C(0x00100000)   /* data and bss: read, write */
#define SERVICE_STACK_TOP UINT64_C(0x00200000)  /* one page below it: read, write */
#define SERVICE_CONFIG_IPA UINT64_C(0x00300000) /* one page, read-only: struct service_config */
#define SERVICE_CONSOLE_IPA \
	UINT64_C(0x00400000) /* a model: its struct console. A driver: those of all, SERVICE_CONSOLE_BYTES apart */
#define SERVICE_CONSOLE_BYTES UINT64_C(0x2000)
#define SERVICE_FLASH_IPA UINT64_C(0x01000000)  /* a model: the flash, read, write; BLOB_FLASH_BYTES */
#define SERVICE_DEVICE_IPA UINT64_C(0x00800000) /* a driver: its device's registers */

/*
 * A loader is linked above all RAM that a VM which has one may have (mk/services.mk). The copies of the VM's images lie
 * at LOADER_COPY_IPA up, read-only; its own map is the one above, from LOADER_IPA up.
 */
#define LOADER_COPY_IPA UINT64_C(0x7000000000)
#define LOADER_IPA UINT64_C(0x7f00000000)

/* What a loader does, in order: pieces of the VM's RAM are copied or cleared. */
#define LOADER_PIECE_MAX 160U

struct loader_piece {
	uint64_t to;    /* 16-aligned, as bytes */
	uint64_t bytes; /* not 0 */
	uint64_t from;  /* 16-aligned; 0: to be cleared */
};

/* A loader's configuration page. */
struct loader_config {
	uint32_t count;
	uint32_t reserved;
	struct loader_piece pieces[LOADER_PIECE_MAX];
};

_Static_assert(sizeof(struct loader_config) <= 4096, "the configuration is one page");

/* Bits in what SVC_WAIT answers the console driver. */
#define CONSOLE_WAIT_LINE (UINT32_C(1) << 0)   /* the UART's line */
#define CONSOLE_WAIT_OUTPUT (UINT32_C(1) << 1) /* some tx ring has bytes */

/* One console: what the guest sends and what it will receive. Two pages. */
struct console {
	struct ring tx; /* model or EL2 to driver */
	uint8_t pad0[4096 - sizeof(struct ring)];
	struct ring rx; /* driver to model */
	uint8_t pad1[4096 - sizeof(struct ring)];
};

_Static_assert(sizeof(struct console) == SERVICE_CONSOLE_BYTES, "a console is two pages");

/* Why EL2 stopped something, or what it has to tell. */
enum log_reason {
	LOG_VM_STARTED = 1,
	LOG_VM_OFF,        /* PSCI SYSTEM_OFF, or its last vCPU went off */
	LOG_VM_RESET,      /* PSCI SYSTEM_RESET */
	LOG_NO_VECTOR,     /* the guest's exception vector can't be executed: it would fault for ever */
	LOG_MODEL_FAILED,  /* its device model broke its contract: pc, syndrome and address are the model's */
	LOG_MODEL_LATE,    /* its device model took longer than its bound */
	LOG_DRIVER_FAILED, /* vm: the service's index */
	LOG_SERROR,        /* an SError while the guest ran */
	LOG_VM_RESTARTED,  /* its memory is as at first, and it begins again */
	LOG_LOADER_FAILED, /* its loader broke its contract: pc, syndrome and address are the loader's */
	LOG_VM_STOPPED,    /* by a command */
	LOG_VM_PAUSED,
	LOG_VM_RESUMED,
	LOG_WATCHDOG,      /* its watchdog was not refreshed in its second period either */
	LOG_STORM,         /* a line of its own exceeds its rate */
	LOG_OVERRUN,       /* it has used up a budget, and had more to do */
	LOG_MISS,          /* it did not have a budget by its deadline, or says that a task of its own was late */
	LOG_MODE_BEGUN,    /* vm: LOG_SYSTEM, vcpu: the mode */
	LOG_MODE_COMPLETE, /* the same: all its reservations are as they are in this mode */
};

#define LOG_SYSTEM BLOB_VM_MAX /* no VM */

/* One record, LOG_RECORD_BYTES in the ring, never in part: when there is no room it is dropped and counted
 * (ring.dropped). */
struct log_record {
	uint32_t reason; /* enum log_reason */
	uint32_t vm;
	uint32_t vcpu;
	uint32_t refused; /* records of this VM that were left out before this one: it had too many in a second */
	uint64_t pc;
	uint64_t syndrome; /* ESR_EL2 */
	uint64_t address;  /* FAR_EL2: virtual */
	uint64_t ipa;
	uint64_t time_ticks;
	uint64_t padding;
};

#define LOG_RECORD_BYTES 64U

_Static_assert(sizeof(struct log_record) == LOG_RECORD_BYTES && RING_DATA_BYTES % LOG_RECORD_BYTES == 0,
	       "a record does not wrap around the ring's end");

enum service_config_flags {
	SERVICE_CONSOLE_WAIT =
		1U << 0, /* a model: a full tx ring shows TXFF to the guest; else bytes are dropped and counted */
};

struct service_config {
	uint32_t flags;                        /* enum service_config_flags */
	uint32_t console_count;                /* a driver: consoles mapped; the last one is EL2's own */
	uint32_t console_vm[BLOB_CONSOLE_MAX]; /* VM of each console; BLOB_NONE for EL2's */
	uint32_t uart_clock_hz;
	uint32_t vm_count;                          /* a driver: VMs, with and without a console */
	char vm_name[BLOB_VM_MAX][BLOB_NAME_BYTES]; /* prefix of the lines of its console */
	uint32_t mode_count;                        /* a driver: modes, with the normal one */
	char mode_name[BLOB_MODE_MAX + 1][BLOB_NAME_BYTES];
	uint64_t counter_hz;
};

_Static_assert(sizeof(struct service_config) <= 4096, "the configuration is one page");

#endif
