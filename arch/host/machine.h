/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated machine behind host.h: what its files share. Registers are named as the architecture does. */
#ifndef ARCH_HOST_MACHINE_H
#define ARCH_HOST_MACHINE_H

#include <setjmp.h>
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

/* All that a vCPU sees in registers beside its frame, and that switches must keep. */
struct host_state {
	uint64_t el1[EL1_COUNT];
	uint64_t fp[64];
	uint64_t vmpidr;
	struct hw_timers timers;
	struct hw_vgic interface;
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
};

#define HOST_LINES 1020U
#define HOST_TEXT_BYTES 1024U
#define HOST_GUESTS 256U

/* A name with STEP_BOUNDs, and how often this step has passed them. */
struct host_claim {
	const char *name;
	unsigned passes;
};

struct host_machine {
	const struct host_config *config;
	uint64_t now;
	jmp_buf out; /* of host_run */
	enum host_end end;
	bool has_ended;
	char text[HOST_TEXT_BYTES];
	uint32_t text_bytes;
	/* the CPU at EL2 */
	uint64_t elr, spsr, sp_el0, esr, far, hpfar;
	struct hw_world world;
	struct host_state state; /* in the registers */
	uint64_t deadline;       /* CNTHP_CVAL_EL2 */
	enum hw_exit exit;
	uint64_t stuck; /* exits since an instruction was executed */
	uint64_t tlb_flushes;
	bool has_stepped; /* boot is over */
	struct host_claim claims[HOST_CLAIM_MAX];
	uint32_t claim_count;
	/* the interrupt controller */
	struct host_line lines[HOST_LINES];
	uint16_t shared[64]; /* shared lines in use */
	uint32_t shared_count;
	uint32_t threshold; /* ICC_PMR_EL1 */
	uint32_t running;   /* acknowledged and not dropped, or 1023 */
	/* the virtual CPU interface */
	uint64_t lr[HOST_LR_COUNT];
	uint64_t ich_hcr;
	uint32_t eoi_count;
	/* what will happen by itself, soonest first */
	struct host_event events[HOST_EVENT_MAX];
	uint32_t event_count;
	uint64_t arena_pa, arena_bytes;
};

extern struct host_machine host;

/* cpu.c. On EL2's side. */
_Noreturn void host_finish(enum host_end end);
/* step.c. */
void host_begin_step(void);
/* time.c. The next time at which something happens by itself, later than now; the horizon at the latest. */
uint64_t host_next_event(void);
/* Runs what is due. */
void host_run_events(void);

/* gic.c */
void host_gic_reset(void);
bool host_irq_is_due(void); /* one is pending that the mask admits */
uint32_t host_timers_asserted(void);
/* Deactivates for the virtual interface: the physical line of a list register. */
void host_line_deactivate(uint32_t intid);

/* ich.c */
bool host_virtual_is_due(void); /* the virtual CPU interface signals an interrupt */
bool host_maintenance_is_due(void);
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

#endif
