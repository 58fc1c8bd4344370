/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host port: port/ on Linux, several CPUs, virtual time. The core runs unchanged as part of a host program, EL2 of
 * each CPU a coroutine; what runs below EL2 are programs in C, one coroutine for each vCPU and for each call of a
 * service:
 *
 *   hw_enter --> coroutine goes on: each instruction takes a tick, until one traps or a physical interrupt is due -->
 * hw_enter returns
 *
 * Time stands still but for four things: instructions of a program, EL2's readings of the clock
 * (host_config.step_ticks each), sleep, which ends at the next event, and pauses. Each CPU has its clock, and the one
 * that is behind acts next; the seed decides among equals. So CPUs alternate in the order of time, and clocks agree
 * wherever they are read.
 *
 * Code of EL2 takes no time between two readings of the clock. With several CPUs it may pause for
 * host_config.pause_ticks at most, in the middle of a step, where the seed says: at any branch of what was compiled
 * with -fsanitize-coverage=trace-pc, which mk/host.mk does, and where it uses the machine (kicks, events, the interrupt
 * controller). The others come in between, also into what a lock protects. A CPU that waits for a lock waits for the
 * event of the one that leaves it. A run repeats exactly with its seed.
 *
 * What a program leaves in its registers must be there when it goes on: general registers, EL1 and FP registers,
 * timers, the virtual CPU interface, VMID, PC, PSTATE. The port compares all of it at each entry but for what the exit
 * allows to change, and ends the run when it differs. Memory is translated by the stage-2 tables that the core wrote.
 *
 * One run at a time; no threads. To be built with the address sanitizer: what the core has not allocated of its arena
 * is poisoned.
 */
#ifndef ARCH_HOST_HOST_H
#define ARCH_HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "port/cpu.h"

/* Physical memory: everything else is nobody's. */
#define HOST_RAM_PA UINT64_C(0x40000000)
#define HOST_RAM_BYTES UINT64_C(0x40000000)

#define HOST_VMID_MAX 128U

/* CPUs; some of them are in a second cluster. */
#define HOST_CPU_MAX 8U
uint64_t host_affinity(uint32_t index);

struct host_guest;

/* What runs below EL2, from its first instruction on. A vCPU's that comes back spins for ever; a service's must not. */
typedef void host_program(struct host_guest *g);

enum host_end {
	HOST_HORIZON, /* the time was up */
	HOST_OFF,     /* hw_system_off */
	HOST_RESET,   /* hw_system_reset */
	HOST_HALTED,  /* hw_halt: the core gave itself up; host_text has its last words */
	HOST_FAILED,  /* the port found a mistake; host_text says which */
};

struct host_config {
	void (*boot)(uint64_t image, uint64_t reset); /* of CPU 0 */
	void (*boot_secondary)(uint32_t index);       /* where those begin that hw_cpu_start starts */
	uint64_t load_pa;
	uint64_t blob_offset; /* the blob is in physical memory already, at load_pa + blob_offset */
	uint64_t blob_bytes;
	uint64_t horizon;
	uint64_t step_ticks;  /* what each reading of the clock takes EL2 */
	uint64_t pause_ticks; /* the longest pause of EL2; 0: none */
	uint64_t seed;
	/* The program of a VMID; vcpu is its index, 0 for a service. */
	host_program *(*program)(uint32_t vmid, uint32_t vcpu);
	/* When not NULL: told of each stretch of time that something ran below EL2. */
	void (*ran)(uint32_t vmid, uint32_t vcpu, uint64_t from, uint64_t to);
	/* When not NULL: called at the end of a step when no CPU is in the middle of one. */
	void (*settled)(void);
};

/* Clears physical memory; before the blob is put there, and host_run. */
void host_reset(void);
enum host_end host_run(const struct host_config *config);

/* What the core printed, and why the run failed. */
const char *host_text(void);

/* Physical memory. */
void *host_memory(uint64_t pa);

uint64_t host_now(void); /* of the CPU that acts, or acted last */
uint32_t host_cpu(void); /* its index */
/* Stops the run, from anywhere. */
void host_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The input of a shared line. An edge-triggered one is pending after each rise. */
void host_line_set(uint32_t intid, bool high);
bool host_line_is_active(uint32_t intid);
bool host_line_is_enabled(uint32_t intid);
/* The CPU was kicked, and has not acknowledged it. */
bool host_kick_is_pending(uint32_t cpu, uint32_t kick);
/* Calls function(argument) at a time, once; at most HOST_EVENT_MAX wait. */
#define HOST_EVENT_MAX 64U
void host_at(uint64_t when, void (*function)(uint64_t argument), uint64_t argument);

/* How often the core flushed the TLB. */
uint64_t host_tlb_flushes(void);

/*
 * For programs. Each that is an instruction, or many, first takes the interrupts that are due: physical ones are exits;
 * virtual ones, when the program does not mask them, call on_irq, interrupts masked.
 */
uint32_t guest_vmid(const struct host_guest *g);
uint32_t guest_vcpu(const struct host_guest *g);
uint64_t guest_argument(const struct host_guest *g, uint32_t reg); /* x0 to x7 at the start */
uint64_t guest_reg_x(const struct host_guest *g, uint32_t reg);    /* now */
void guest_reg_x_set(struct host_guest *g, uint32_t reg, uint64_t value);

/* NULL: acknowledges and ends whatever comes. */
void guest_on_irq(struct host_guest *g, host_program *handler);
/*
 * Synchronous exceptions at EL1. The handler answers whether the instruction is skipped, or tried again. NULL: the
 * vector can't be executed, which is an exit again.
 */
typedef bool guest_sync_handler(struct host_guest *g, uint64_t esr, uint64_t far);
void guest_on_sync(struct host_guest *g, guest_sync_handler *handler);
void guest_mask(struct host_guest *g, bool masked); /* PSTATE.I */

/* Executes that many instructions that don't trap. */
void guest_spin(struct host_guest *g, uint64_t instructions);
void guest_wfi(struct host_guest *g);
void guest_wfe(struct host_guest *g);
/* Function and arguments in, the answers in out[4] (when not NULL) and x0. */
uint64_t guest_hvc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c, uint64_t *out);
/* Seven registers, in and out. */
void guest_hvc_wide(struct host_guest *g, uint64_t x[7]);
uint64_t guest_smc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c, uint64_t *out);
/* bytes: 1, 2, 4 or 8. */
uint64_t guest_load(struct host_guest *g, uint64_t ipa, uint32_t bytes);
void guest_store(struct host_guest *g, uint64_t ipa, uint32_t bytes, uint64_t value);
/* A loop that copies, 64 bytes in a tick; from 0: that clears. */
void guest_copy(struct host_guest *g, uint64_t to, uint64_t from, uint64_t bytes);
/* MRS, MSR of a register that is trapped; key: SYSREG_KEY. */
uint64_t guest_mrs(struct host_guest *g, uint16_t key);
void guest_msr(struct host_guest *g, uint16_t key, uint64_t value);
/* An FP instruction: traps where FP is not the guest's. */
void guest_fp(struct host_guest *g);
/* Any synchronous exit at all; from_el0: as if at EL0. */
void guest_raw(struct host_guest *g, uint64_t esr, uint64_t far, uint64_t hpfar, bool from_el0);
/* An SError, taken to EL2. */
void guest_serror(struct host_guest *g);

/* EL1 state that a switch must keep: fills it with numbers made of the seed. */
void guest_stir(struct host_guest *g, uint64_t seed);

/* The timers; controls as CNTV_CTL_EL0. No exit. */
enum guest_timer { GUEST_VIRTUAL, GUEST_PHYSICAL };
void guest_timer_set(struct host_guest *g, enum guest_timer timer, uint64_t control, uint64_t compare);

/* The performance monitors, of a VM that has them: PMCR_EL0.E, PMINTENSET_EL1 and PMOVSSET_EL0 become this, and one
 * counter the number. No exit. */
void guest_pmu_set(struct host_guest *g, bool is_on, uint64_t interrupting, uint64_t overflown, uint64_t count);

/* The virtual CPU interface: ICC_*_EL1, group 1. */
void guest_gic_enable(struct host_guest *g, bool eoi_mode_1);
void guest_gic_mask(struct host_guest *g, uint8_t priority); /* ICC_PMR_EL1 */
uint32_t guest_gic_acknowledge(struct host_guest *g);
void guest_gic_eoi(struct host_guest *g, uint32_t intid);
void guest_gic_dir(struct host_guest *g, uint32_t intid);
void guest_gic_sgi(struct host_guest *g, uint32_t intid, uint32_t targets); /* ICC_SGI1R_EL1, Aff0 0 to 15 */

/* For services. SVC with x0 to x2; answers x0. */
uint64_t service_svc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c);
/* A loader's program: does what its configuration page says (struct loader_config), and hands over. */
void service_loader(struct host_guest *g);

#endif
