/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of the core and who owns them. All are created at boot in the arena, sized by the blob, and live for
 * ever.
 *
 *   sealed after boot    struct vm's and struct model's configuration, worlds, stage-2 tables, lines
 *   owned by one CPU     struct cpu, and the contexts that run on it with all that is in them; a VM whose vCPUs are
 *                        all on that CPU
 *   shared by CPUs       mailboxes, by atomic bits (core/mail.h); of a VM that is spread over CPUs what its lock
 *                        protects; EL2's log. docs/design.md, section 11, has the table of locks
 *
 *   struct cpu ----current----> struct context --active--> struct hw_frame   (its own, or its model's)
 *        \------loaded-----> struct vcpu   whose EL1, FP, timer and list registers are in the hardware: not always the
 *                                          current one, for neither a driver nor idleness needs them moved
 */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/blob.h"
#include "abi/service.h"
#include "abi/stats.h"
#include "abi/trace.h"
#include "base/bits.h"
#include "base/types.h"
#include "core/lock.h"
#include "logic/admit.h"
#include "logic/arm/direct.h"
#include "logic/arm/gwdt.h"
#include "logic/arm/pvtime.h"
#include "logic/arm/smccc.h"
#include "logic/arm/stage2.h"
#include "logic/arm/sysreg.h"
#include "logic/arm/trng.h"
#include "logic/arm/vgic.h"
#include "logic/quota.h"
#include "logic/sched.h"
#include "logic/throttle.h"
#include "port/cpu.h"
#include "port/direct.h"
#include "port/irq.h"

/*
 * What a context has to do with its VM's model:
 *
 *   NONE --access, and the model is taken--> WAITING --its turn comes--> INSIDE --SVC_MODEL_RETURN--> NONE
 *
 * One that waits executes nothing: if it is woken for something else before its turn, it is back at NONE and will try
 * its access again. LOADER: it runs its VM's loader, in the place of a guest that is off (core/loader.h).
 */
enum model_call {
	MODEL_CALL_NONE,
	MODEL_CALL_WAITING,
	MODEL_CALL_INSIDE,
	MODEL_CALL_LOADER,
};

/* What a switch to or from a context does besides: it is not the usual one then. */
enum context_care {
	CARE_LINES = 1U << 0,  /* lines of its VM are looked at (core/lines.h) */
	CARE_STOLEN = 1U << 1, /* it is a vCPU whose guest is told its stolen time (logic/arm/pvtime.h) */
};

/* Anything that the scheduler runs: the common part of a vCPU, a driver and an alarm. */
struct context {
	struct hw_frame frame;
	struct hw_frame *active;      /* what runs when this context runs: frame, or a service's that is in its place */
	const uint8_t *classes;       /* of active: enum exit_class by exception class, ESR_EC_COUNT entries */
	const struct hw_world *world; /* of active */
	struct stats_context *stats;
	struct model *model; /* of its VM, which it may call; or NULL */
	uint32_t index;      /* in the blob */
	uint32_t local;      /* on its CPU: what the scheduler calls it */
	union {
		struct {
			uint16_t kind; /* enum blob_context_kind */
			uint16_t care; /* enum context_care */
			uint32_t call; /* enum model_call */
		};
		uint64_t apart; /* 0: a vCPU that has nothing to do with its model, and whose switches are the usual */
	};
	uint64_t irq_mask; /* while it runs */
	uint64_t mail;     /* enum mail: what other CPUs want of it (core/mail.h) */
	struct cpu *cpu;   /* that it belongs to */
	uint32_t kick;     /* that is for it */
};

_Static_assert(BLOB_CONTEXT_VCPU == 0 && MODEL_CALL_NONE == 0, "apart says all three");

/* An access to the interrupt controller that has to wait until other vCPUs have left their guests (core/remote.h). */
enum access_kind {
	ACCESS_NONE,
	ACCESS_DIST,   /* of the distributor, at offset */
	ACCESS_REDIST, /* of the redistributors, at offset */
	ACCESS_DIR,    /* a write of offset to ICC_DIR_EL1 */
};

struct vcpu_access {
	uint32_t kind; /* enum access_kind */
	uint32_t offset;
	uint64_t syndrome; /* of the load or store */
};

struct vcpu {
	struct context context; /* first: a context of kind VCPU is cast to this */
	struct vm *vm;
	struct vgic_vcpu *gic; /* in its VM's gics */
	struct hw_world world;
	struct hw_timers timers;
	struct hw_vgic interface;
	ticks_t event;  /* while it is not loaded: when its timers will interrupt it, or have */
	bool is_untold; /* the CPU idled while it was loaded: the scheduler does not know how long it waits */
	uint32_t index; /* in its VM */
	struct hw_vcpu state;
	struct trng trng;
	struct pvtime stolen;    /* with CARE_STOLEN */
	uint64_t model_syndrome; /* of the load or store that its model works on, or that waits for it */
	uint64_t model_offset;
	struct vcpu **last_here;   /* of its VM: which vCPU ran last on this CPU; another one flushes the local TLB */
	struct vcpu_access access; /* that it waits for; its own CPU's */
	uint32_t asked; /* under the VM's lock, as the next: vCPUs that it has asked to leave their guests, one bit each
			 */
	uint32_t held_by;     /* vCPUs for whose accesses it stays out of its guest, and HELD_BY_PAUSE */
	uint64_t start_entry; /* of a CPU_ON: written while it is off, by who changes power to ON_PENDING */
	uint64_t start_context;
};

#define HELD_BY_PAUSE BIT32(31) /* in held_by of all vCPUs of a VM, or of none */

#define DRIVER_LINE_MAX 4U

/* A service that is a program of its own. */
struct driver {
	struct context context; /* first: a context of kind DRIVER is cast to this */
	struct hw_world world;
	uint64_t told;   /* notifications from other CPUs, that wait for the mail to be opened */
	uint32_t bits;   /* notifications that it has not been told of */
	bool is_waiting; /* in SVC_WAIT */
	uint32_t line_count;
	struct {
		uint32_t intid;
		uint32_t bit;
	} lines[DRIVER_LINE_MAX];
};

/*
 * A device model of a VM. It has one frame, so one vCPU is in it at a time:
 *
 *   caller NULL --access, pending--> caller = vCPU, in the model --SVC_MODEL_RETURN, nobody waits--> NULL
 *                                        ^                \--SVC_MODEL_RETURN--> caller = the next in turn
 *                                        \----------------when that one runs------------/
 *
 * A vCPU that finds it taken blocks with its access noted and without having advanced. Turns go round by index, from
 * the one that returns on. The model is the next one's from then on, so nobody takes its turn.
 */
struct model {
	struct hw_frame frame;
	struct hw_world world;
	struct vcpu *caller;
	uint32_t op;         /* enum model_op of the call under way */
	uint32_t pending;    /* bit 1 << op: MODEL_EVENT or MODEL_RESET, to be called by the first vCPU that is on */
	uint32_t waiting;    /* vCPUs that wait for it, one bit each: none when it is free */
	uint32_t level;      /* of its interrupt line: 0 or 1 */
	bool is_command;     /* its flash is in a command: no read of it is one of memory */
	uint64_t *flash;     /* the stage-2 descriptor of the flash in the VM; NULL: it has none */
	uint64_t flash_leaf; /* what maps it; else it is 0 */
	ticks_t limit; /* when the call under way has taken too long; while its caller does not run: the time that it
			  has left */
	ticks_t bound;
	const struct blob_service *config;
};

#define LOADER_ALL_PARTS UINT32_MAX

/* What restores a VM's memory, before it begins another time. In the place of its vCPU 0, which is off meanwhile. */
struct loader {
	struct hw_frame frame;
	struct hw_world world;
	uint32_t part; /* of the VM's interrupt controller: what is reset next; LOADER_ALL_PARTS: it begins then */
	const struct blob_service *config;
};

/* Who waits for times on behalf of a VM: a context that executes nothing (core/alarm.h). */
struct alarm {
	struct context context; /* first: a context of kind ALARM is cast to this */
	struct hw_world world;
	struct vm *vm;
	ticks_t looks_at; /* by itself, at the latest; under the VM's lock */
};

/* A VM's Generic Watchdog (core/watchdog.h). Under the VM's lock. */
struct watchdog {
	struct gwdt regs;
	bool level; /* of its interrupt line: the first stage */
};

#define VM_LINE_WORDS ((BLOB_VM_LINE_END - 32U) / 32U)

/* 32 physical lines, from INTID 32 * index on, one bit each. */
struct line_word {
	uint32_t index;
	uint32_t all; /* of the VM */
	uint32_t prompt;
	uint32_t deferred;
	uint32_t closed; /* throttled: disabled until there is a token again */
};

/* A line with a shortest distance. */
struct gate {
	struct throttle throttle;
	uint64_t *episodes; /* in the statistics: how often it was closed */
	uint32_t intid;
	ticks_t opens_at; /* while it is closed */
};

/* The physical lines of a VM; under its lock what changes after boot. */
struct lines {
	bool are_open; /* the VM is on */
	uint32_t word_count;
	uint32_t gate_count;
	uint32_t polled_count;
	struct line_word words[VM_LINE_WORDS];
	struct gate gates[BLOB_VM_THROTTLED_MAX];
	uint32_t polled[BLOB_VM_POLLED_MAX]; /* INTIDs */
};

/* What a VM with direct delivery has beside (core/direct.h). */
struct direct {
	struct direct_gic gic;
	struct hw_direct interface; /* while it is not in the CPU */
	struct hw_world world;      /* in which its guest runs; its vCPU's own keeps interrupts for EL2 */
	bool is_in;                 /* the CPU interface is the guest's */
	bool is_revoked;            /* nothing is mapped for the guest; under the VM's lock */
};

enum vm_state {
	VM_OFF,
	VM_RUNNING,
	VM_STOPPING, /* some of its vCPUs may still run on other CPUs */
	VM_FAILED,   /* stopped for a fault, of its own or of a service of its */
	VM_LOADING,  /* its loader runs, or is about to */
};

struct vm {
	const struct blob_vm *config;
	struct vgic_vm gic;
	struct smccc_vm calls;
	struct stage2 stage2;
	const struct sysreg_ids *ids;
	struct model *model;      /* of its console, or NULL */
	struct loader *loader;    /* NULL: it can't be restarted */
	struct alarm *alarm;      /* NULL: nothing of it waits for a time */
	struct watchdog watchdog; /* all zero if it has none */
	struct lines *lines;      /* NULL: it has none */
	enum vm_state state;
	uint32_t index;
	bool is_spread; /* its vCPUs are on several CPUs: the lock protects all below but what is sealed, the
			   books above, and the call's place in the model; of one with direct delivery is_revoked */
	struct lock lock;
	uint64_t command;         /* 1 + enum takt_vm_command that is under way, or 0; changes atomically */
	enum vm_state state_next; /* while it stops: what it will be */
	enum log_reason reason;   /* and why */
	uint32_t stopper;         /* the vCPU that asked for it */
	struct vcpu *vcpus[BLOB_VM_VCPU_MAX];
	struct vcpu *last_vcpu[BLOB_VM_VCPU_MAX]; /* on the CPU of that vCPU, if that is its first on that CPU */
	struct direct *direct;                    /* NULL: its interrupts are virtual */
	struct vgic_vcpu gics[];                  /* of its vCPUs */
};

/* Who gets a physical shared line. */
struct line {
	uint8_t kind;  /* enum blob_line_kind, or LINE_NONE */
	uint8_t owner; /* VM or service */
	uint16_t virq;
	uint16_t gate; /* 1 + its place among its VM's gates; 0: it is not throttled */
};

#define SLICES_PER_SECOND 1000U /* a turn among equals is a millisecond */

#define LINE_NONE 0xffU
#define LINE_COUNT 1020U

/* What a step must still do before it ends; tested once, as a whole. */
enum cpu_work {
	WORK_SCHEDULE = 1U << 0, /* somebody else may have to run */
	WORK_BLOCK = 1U << 1,    /* the current context waits unless it is woken first; with WORK_SCHEDULE */
	WORK_LONG = 1U << 2,     /* list registers in use were folded, and the step is not to become much longer */
	/* These outlive the choice of who runs; one beside the other, the mask is an instruction's. */
	WORK_INTERRUPT = 1U << 3, /* the loaded vCPU's list registers must be planned again */
	WORK_MODEL = 1U << 4,     /* the current vCPU's model has a pending operation */
	WORK_PLAN = 1U << 5,      /* with WORK_INTERRUPT: a vCPU was loaded, so even if a service runs next */
	WORK_PAY = 1U << 6,       /* with WORK_INTERRUPT: the step is cpu->payer's, unless it switches */
};

struct cpu {
	struct context *current;  /* NULL: idle; the three below are then those of the last one */
	struct hw_frame *frame;   /* current->active, at hand for the entry */
	const uint8_t *classes;   /* current->classes */
	struct exit_stats *exits; /* current->stats->exits */
	uint32_t work;            /* enum cpu_work */
	uint32_t index;
	uint64_t idle_mask;   /* admits everything */
	struct vcpu *loaded;  /* NULL: none since boot */
	struct vcpu *folded;  /* its list registers were read, or loaded, since the last entry: its books are the truth;
				 or NULL */
	struct vcpu *emptied; /* the same, it waits since, and nothing of it is in flight; or NULL */
	struct context *payer;    /* with WORK_PAY: for whom the step is; one of this CPU */
	struct context *resident; /* whose ELR, SPSR and SP_EL0 are in the registers; NULL: none */
	ticks_t until;            /* with WORK_BLOCK: when the current context goes on by itself */
	ticks_t armed;            /* what the scheduler wants the deadline timer to be */
	ticks_t since;            /* when the account of the current context was last brought up to date */
	struct stats_cpu *stats;
	struct trace_record *trace;
	struct sched sched;
	struct context *contexts[BLOB_CPU_CONTEXT_MAX];
	struct lock reserve_lock;     /* of account, and of machine.reservations of this CPU */
	struct admit_account account; /* of its reservations: each with the greater of two while a change waits */
	struct context *least_urgent; /* of those with a reservation; NULL: there is none. What a mode asks of the CPU
					 is mailed to it */
	bool mode_takes;              /* the second half of a change of modes, under reserve_lock */
	uint64_t affinity;
	uint64_t is_up;                        /* it has come out of boot */
	uint64_t mail_served;                  /* contexts before the next one in turn */
	_Alignas(64) uint64_t mail[IRQ_KICKS]; /* contexts that have some, by kick; written by all CPUs */
};

/*
 *   SETTLED --reserve_commit--> POSTED --reserve_open, by its CPU--> WAITS --its release--> SETTLED
 *                                  \--------------- it was due --------------------------^
 */
enum reservation_state { RESERVATION_SETTLED, RESERVATION_POSTED, RESERVATION_WAITS };

struct reservation {
	uint32_t state;               /* enum reservation_state */
	uint32_t freed;               /* what the account has too much until it is settled */
	struct admit_reservation now; /* committed last */
};

/* Under its lock, but for cpus; entering is read without by whoever finds out a moment later anyway. */
struct mode_change {
	struct lock lock;
	uint32_t now;
	uint32_t entering; /* 1 + the mode, or 0 */
	uint32_t wanted;   /* by an event, behind that one: 1 + the mode, or 0 */
	uint64_t cpus;     /* that are not there yet; atomic */
};

/* The whole machine. Written at boot only, except through its pointers and where it says so. */
struct machine {
	const struct blob_header *blob;
	struct stats *stats;
	struct console *log;
	struct reservation reservations[BLOB_RESERVATION_MAX]; /* as the managers see them; change with each command */
	struct quota log_quotas[LOG_SYSTEM + 1];               /* of records; changes with each */
	struct lock log_lock;                                  /* of the producer's side of log */
	struct mode_change mode;                               /* changes with each */
	void *redistributors;                                  /* of CPU 0; the others' follow */
	struct cpu *cpus[BLOB_CPU_MAX];
	uint64_t vms_not_off; /* running or failed, and commands under way; changes with each, atomically */
	struct vm *vms[BLOB_VM_MAX];
	struct driver *console_driver; /* of the UART: told of output; NULL: none */
	struct driver *drivers[BLOB_SERVICE_MAX];
	struct line lines[LINE_COUNT];
	struct stage2 nowhere;       /* the address space of all alarms: nothing is mapped */
	struct sysreg_ids ids[2][2]; /* what VMs see: [1] without FP, [][1] with a PMU */
	bool has_pmu;                /* some VM has: its interrupt is enabled on all CPUs */
};

extern struct machine machine;

/* It waits for others to leave their guests, or has left its own for one of them: it must not run. */
static inline bool vcpu_is_barred(const struct vcpu *vcpu)
{
	return vcpu->access.kind != ACCESS_NONE || __atomic_load_n(&vcpu->held_by, __ATOMIC_RELAXED) != 0;
}

#define GICR_BYTES 0x20000U /* of a redistributor */
static inline void *redistributor_of(const struct cpu *cpu)
{
	return (uint8_t *)machine.redistributors + (uint64_t)GICR_BYTES * cpu->index;
}

static inline struct vcpu *vcpu_of(struct context *context) { return (struct vcpu *)context; }
static inline struct driver *driver_of(struct context *context) { return (struct driver *)context; }

static inline struct alarm *alarm_of(struct context *context) { return (struct alarm *)context; }

/* The vCPU that exited: for handlers of classes that only a guest has. */
static inline struct vcpu *current_vcpu(struct cpu *cpu) { return vcpu_of(cpu->current); }

/* The context is a vCPU in the middle of a call of its model: its own frame rests. */
static inline bool is_in_model(const struct context *context) { return context->call == MODEL_CALL_INSIDE; }

/* A service runs in the place of its guest. */
static inline bool is_in_service(const struct context *context)
{
	return context->call == MODEL_CALL_INSIDE || context->call == MODEL_CALL_LOADER;
}

/* A guest's register; 31 reads as zero and is never written. */
static inline uint64_t guest_reg(const struct hw_frame *frame, uint32_t reg) { return reg < 31 ? frame->x[reg] : 0; }
static inline void guest_reg_set(struct hw_frame *frame, uint32_t reg, uint64_t value)
{
	if (reg < 31)
		frame->x[reg] = value;
}

#endif
