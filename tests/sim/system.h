/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Systems for the tests of the core on the host port: a description made call by call, its blob, a run, and what is
 * to be seen afterwards. One at a time. One CPU, if nothing else is said; a VM has 1 MiB of RAM at 0x40000000, the
 * interrupt controller where QEMU's virt board has it, its model's registers at 0x09000000.
 */
#ifndef TESTS_SIM_SYSTEM_H
#define TESTS_SIM_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/host/host.h"
#include "core/core.h"

#define SYSTEM_HZ UINT64_C(1000000000) /* a tick is a nanosecond */
#define SYSTEM_VM_MAX 8U
#define SYSTEM_MS UINT64_C(1000000)
#define SYSTEM_STEP 20U /* ticks of each reading of the clock: two in a step */

#define VM_RAM_IPA UINT64_C(0x40000000)
#define VM_RAM_BYTES UINT64_C(0x100000)
#define VM_ENTRY_IPA UINT64_C(0x40080000)
#define VM_DTB_IPA UINT64_C(0x40000000)
#define VM_GICD_IPA UINT64_C(0x08000000)
#define VM_GICR_IPA UINT64_C(0x080a0000)
#define VM_MODEL_IPA UINT64_C(0x09000000)
#define VM_MODEL_VIRQ 33U
#define VM_IMAGE_IPA VM_ENTRY_IPA /* of a VM with a loader: a page of VM_IMAGE_BYTE; the rest of its RAM is clear */
#define VM_IMAGE_BYTES UINT64_C(0x1000)
#define VM_IMAGE_BYTE 0x5aU
#define VM_WATCHDOG_REFRESH_IPA UINT64_C(0x09100000)
#define VM_WATCHDOG_CONTROL_IPA UINT64_C(0x09101000)
#define VM_WATCHDOG_VIRQ 42U
#define VM_STOLEN_IPA UINT64_C(0x09102000)
#define VM_NOTHING_IPA UINT64_C(0x10000000)

struct system_vm {
	host_program *program;             /* of each vCPU */
	uint32_t vcpus;                    /* 0: 1 */
	uint8_t cpus[BLOB_VM_VCPU_MAX];    /* of each vCPU */
	uint32_t flags;                    /* beside BLOB_VM_AUTOSTART */
	uint64_t budget, period, deadline; /* on each of its CPUs; 0: best effort; a deadline of 0 is the period */
	uint32_t weight;                   /* 0: 100 */
	uint32_t band;
	host_program *model;                    /* NULL: none */
	uint64_t model_bound;                   /* 0: 1000 */
	host_program *loader;                   /* usually service_loader; NULL: none, and it can't be restarted */
	enum blob_vm_action on_crash, on_reset; /* NONE: stop */
	enum blob_vm_action on_watchdog;        /* NONE: as on_crash */
	enum blob_vm_action on_overrun, on_miss;
	bool has_watchdog, has_stolen;
};

void system_begin(void);
/* CPUs, 1 to HOST_CPU_MAX, the longest pause of EL2 in the middle of a step, and what decides about pauses. */
void system_set_cpus(uint32_t count, uint64_t pause, uint64_t seed);
/* The index of the VM; its VMID is one more. */
uint32_t system_add_vm(const struct system_vm *vm);
/* Another mode: its number. What a VM has in it on each of its CPUs; else as in the normal one. */
uint32_t system_add_mode(void);
void system_set_mode(uint32_t mode, uint32_t vm, uint64_t budget, uint64_t period);
/* The only driver, with this reservation; its lines' band. */
void system_add_driver(host_program *program, uint64_t budget, uint64_t period, uint32_t band);
void system_set_driver_cpu(uint32_t cpu); /* instead of CPU 0 */
/* By rising INTID. owner: VM, or anything for the driver. */
void system_add_line(uint32_t intid, enum blob_line_kind kind, uint32_t owner, uint32_t virq, bool edge);
void system_set_delivery(uint32_t intid, enum blob_delivery delivery);
void system_set_throttle(uint32_t intid, uint64_t distance, uint32_t burst);
/* Told of each stretch below EL2. */
void system_watch(void (*ran)(uint32_t vmid, uint32_t vcpu, uint64_t from, uint64_t to));
/* Called at the end of a step when no CPU is in the middle of one. */
void system_set_settled(void (*settled)(void));
/* Each reading of the clock takes EL2 so long, instead of SYSTEM_STEP. */
void system_set_step(uint64_t ticks);

/* Nothing is added any more; events can be (host_at). system_run does it by itself. */
void system_prepare(void);
/* Runs it up to this time; prints why when it ended in a mistake. */
enum host_end system_run(uint64_t horizon);
/* The same, and it must end by the horizon, with accounts that add up. */
void system_run_to(uint64_t horizon);

/* The VM of a VMID, or one of the two; a model's is its VM's. */
#define SYSTEM_DRIVER UINT32_C(0xffffffff)
#define SYSTEM_ALARM UINT32_C(0xfffffffe) /* whosever */
uint32_t system_vm_of(uint32_t vmid);
const struct stats_context *system_stats(uint32_t vm, uint32_t vcpu);
/* Nanoseconds in the record of a vCPU of a VM that has_stolen. */
uint64_t system_stolen(uint32_t vm, uint32_t vcpu);
const struct stats_context *system_driver_stats(void);
const struct stats_context *system_alarm_stats(uint32_t vm);
/* Fails the test unless used and idle times add up to the elapsed one, on each CPU. */
void system_check_accounts(void);

/* Records of EL2's console, oldest first; answers how many there are. */
uint32_t system_log(struct log_record *records, uint32_t max);
/* How many of them are of this reason and VM. */
uint32_t system_log_count(enum log_reason reason, uint32_t vm);
/* The console of a VM's model, or of EL2. */
struct console *system_console(uint32_t vm);

/* The seed of a random test, printed: TAKT_SEED, or the clock's. */
uint64_t system_seed(const char *test);
uint64_t system_random(uint64_t *state);
/* Runs a random test that often: with that seed, then with others that come from it. */
void system_for_seeds(const char *test, uint32_t count, void (*run)(uint64_t seed));
static inline uint64_t system_below(uint64_t *state, uint64_t limit) { return system_random(state) % limit; }

/* What programs begin with: all interrupts in group 1, SGIs, timers, the model's and the watchdog's enabled, exceptions
 * open. */
void program_init_gic(struct host_guest *g, bool eoi_mode_1);
/* EOImode 0, exceptions masked: waits by WFI for its virtual timer, and ends the interrupt that is there then. */
void program_sleep_until(struct host_guest *g, uint64_t until);

#endif
