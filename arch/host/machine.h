/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated machine behind host.h: what its files share. Registers are named as the architecture does. */
#ifndef ARCH_HOST_MACHINE_H
#define ARCH_HOST_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/host/fiber.h"
#include "arch/host/host.h"
#include "port/boot.h"
#include "port/cpu.h"
#include "port/irq.h"

/* Places in hw_vcpu.el1 that the port itself looks at; the others only have to be kept. */
enum host_el1 {
	EL1_SCTLR = 0,
	EL1_VBAR = 6,
	EL1_ESR = 8,
	EL1_FAR = 9,
	EL1_ELR = 14,
	EL1_SPSR = 15,
	EL1_COUNT = 19,
};

#define PSTATE_EL1H_MASKED UINT64_C(0x3c5)
#define PSTATE_EL0_MASKED UINT64_C(0x3c0)
#define PSTATE_I UINT64_C(0x80)
#define SCTLR_RESET UINT64_C(0x30d00800)
#define MPIDR_RES1 UINT64_C(0x80000000)
#define HOST_CLAIM_MAX 64U
#define HOST_LR_COUNT 4U
#define HOST_PMU_ON UINT64_C(1) /* PMCR_EL0.E */

/* All that a vCPU sees in registers beside its frame, and that switches must keep. */
struct host_state {
	uint64_t el1[EL1_COUNT];
	uint64_t fp[64];
	uint64_t vmpidr;
	struct hw_timers timers;
	struct hw_vgic interface;
	struct hw_pmu pmu; /* all zero for a guest that has none */
};

/* A program below EL2. */
struct host_guest {
	const struct hw_frame *frame; /* NULL: not in use */
	struct fiber fiber;
	bool is_fresh; /* it begins with the next entry */
	bool is_service;
	bool is_vectored; /* it goes on at its exception vector */
	uint32_t vmid;
	uint32_t vcpu;
	uint64_t x[31];
	uint64_t argument[8];
	uint64_t pc;
	uint64_t pstate;
	uint64_t sp_el0;
	bool may_skip;       /* the exit under way is a trap: EL2 may go on behind it, or at the vector */
	uint64_t may_change; /* general registers that the exit under way may change, one bit each */
	struct host_state kept;
	host_program *program;
	host_program *on_irq;
	guest_sync_handler *on_sync;
};

struct host_event {
	uint64_t when;
	void (*function)(uint64_t argument);
	uint64_t argument;
};

struct host_line {
	bool enabled, active, edge, level, latch;
	uint8_t priority;
	uint8_t cpu; /* of a shared one: the index of the CPU that it interrupts */
};

#define HOST_LINES 1020U
#define HOST_TEXT_BYTES 1024U
#define HOST_GUESTS 256U

/* A name with STEP_BOUNDs, and how often this step has passed them. */
struct host_claim {
	const char *name;
	unsigned passes;
};

/*
 * What a CPU does, which says when it next acts (host_yield):
 *
 *   OFF --hw_cpu_start--> BUSY --instructions, WFI--> RESTS --its time, or an interrupt--> BUSY --the horizon--> OVER
 *                           \--hw_event_wait--> AWAITS --hw_event_send--> BUSY
 */
enum host_cpu_state {
	HOST_CPU_OFF,
	HOST_CPU_BUSY,   /* acts now */
	HOST_CPU_RESTS,  /* until a time, or an interrupt that its mask admits: it executes, or sleeps */
	HOST_CPU_AWAITS, /* an event */
	HOST_CPU_OVER,   /* the time is up for it */
};

struct host_cpu {
	uint32_t index;
	enum host_cpu_state state;
	uint64_t now;   /* its clock: all have the same, but only those whose clocks are behind act */
	uint64_t until; /* of RESTS */
	bool has_event; /* the event register */
	struct fiber el2;
	struct fiber *fiber; /* what it executes: el2, or a program's */
	uint64_t elr, spsr, sp_el0, esr, far, hpfar;
	struct hw_world world;
	struct host_state registers;
	uint64_t deadline; /* CNTHP_CVAL_EL2 */
	enum hw_exit exit;
	uint64_t stuck;   /* exits since an instruction was executed */
	bool is_in_el2;   /* in a step, or in boot */
	bool has_stepped; /* boot is over */
	struct host_claim claims[HOST_CLAIM_MAX];
	uint32_t claim_count;
	/* its part of the interrupt controller */
	struct host_line own[IRQ_SHARED_FIRST];
	uint32_t threshold; /* ICC_PMR_EL1 */
	uint32_t running;   /* acknowledged and not dropped, or 1023 */
	/* the virtual CPU interface */
	uint64_t lr[HOST_LR_COUNT];
	uint64_t ich_hcr;
	uint32_t eoi_count;
};

struct host_machine {
	const struct host_config *config;
	struct fiber caller; /* of host_run */
	enum host_end end;
	bool has_ended;
	char text[HOST_TEXT_BYTES];
	uint32_t text_bytes;
	uint64_t tlb_flushes;
	struct host_cpu cpus[HOST_CPU_MAX];
	uint32_t cpu_count;      /* those that have been started are the first ones */
	uint64_t random;         /* of the run's seed */
	bool has_pauses;         /* there are several CPUs, and EL2 is to pause */
	uint64_t pause_ticks;    /* each pause is shorter */
	uint32_t pause_distance; /* there are fewer points between two pauses */
	uint32_t pause_in;       /* points of EL2 to the next pause */
	struct host_line lines[HOST_LINES];
	uint16_t shared[64]; /* shared lines in use */
	uint32_t shared_count;
	/* what will happen by itself, soonest first */
	struct host_event events[HOST_EVENT_MAX];
	uint32_t event_count;
	uint64_t arena_pa, arena_bytes;
};

extern struct host_machine host;
extern struct host_cpu *here; /* the CPU that acts */

/* cpu.c. On EL2's side. */
_Noreturn void host_finish(enum host_end end);
/* The time is up for this CPU. */
_Noreturn void host_over(void);

/* cpus.c. Time is passed on by these: others act meanwhile. */
void host_cpus_reset(void);
void host_seed(uint64_t seed);
void host_start(uint32_t index, void (*entry)(void *argument));
/* Goes on with whoever acts next. */
void host_yield(void);
/* This CPU is busy for so long. */
void host_pass(uint64_t ticks);
/* This CPU rests until a time, or until it has an interrupt, or something happens. */
void host_rest(uint64_t until);
/* This CPU executes another fiber: EL2 a program's, a program EL2's. */
void host_change_fiber(struct fiber *to);
/* What this CPU does now changes what the other one rests for. */
void host_notice(struct host_cpu *cpu);
/* A place where EL2 may be interrupted by what other CPUs do. */
void host_point(void);
/* Calls a function that looks at the core, and may call it: without pauses. */
void host_look(void (*function)(void));
/* By the run's seed: below limit. */
uint64_t host_random(uint64_t limit);
uint64_t host_mix(uint64_t *seed);
struct host_cpu *host_cpu_of(uint64_t affinity); /* NULL: there is none */
/* step.c. */
void host_begin_step(void);
/* time.c. The next time at which something happens by itself that concerns the CPU, later than its clock; the horizon
 * at the latest. */
uint64_t host_next_event(const struct host_cpu *cpu);
/* Runs what is due. */
void host_run_events(void);

/* gic.c */
bool host_irq_is_due(const struct host_cpu *cpu); /* one is pending that the mask admits */
/* Deactivates for the virtual interface: the physical line of a list register. */
void host_line_deactivate(uint32_t intid);

/* ich.c */
bool host_virtual_is_due(void); /* the virtual CPU interface signals an interrupt */
bool host_maintenance_is_due(const struct host_cpu *cpu);
void host_lr_check(void); /* what must hold of list registers when a vCPU is entered */
/* ICC_IAR1, EOIR1, DIR of the program that runs. */
uint32_t host_virtual_acknowledge(void);
void host_virtual_eoi(uint32_t intid);
void host_virtual_dir(uint32_t intid);

/* guest.c */
void host_guests_reset(void);
struct host_guest *host_guest_of(const struct hw_frame *frame);
/* It begins anew when the frame is next entered. */
void host_guest_restart(const struct hw_frame *frame, bool is_service);
/* Before the program goes on: compares what it finds with what it left, and takes over what the exit was to change. */
void host_guest_enter(struct host_guest *g, const struct hw_frame *frame);

/* run.c: for the instructions in program.c. Takes the interrupts that are due. */
void guest_boundary(struct host_guest *g);
/* Leaves for EL2, and comes back when it resumes the program, at its PC or at its vector. */
void guest_exit(struct host_guest *g, enum hw_exit exit);
/* The instruction at PC traps, with ESR, FAR and HPFAR as given, until it has been skipped. */
void guest_trap(struct host_guest *g, uint64_t esr, uint64_t far, uint64_t hpfar);
/* One that advances before it traps (HVC, SVC). */
void guest_call(struct host_guest *g, uint64_t esr);
/* The coroutine. */
void guest_main(void *guest);

/* memory.c */
struct host_walk {
	uint64_t pa;
	uint32_t level; /* where it ended */
	bool is_mapped;
	bool is_readable, is_writable;
};
struct host_walk host_translate(uint64_t ipa);
void host_memory_reset(void);
#define HOST_REDISTRIBUTOR_BYTES 0x20000U
extern uint8_t host_redistributors[HOST_CPU_MAX * HOST_REDISTRIBUTOR_BYTES]; /* addresses alone */

#endif
