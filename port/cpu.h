/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core needs of a CPU. arch/aarch64 implements it with registers, arch/host with scripted guests and
 * virtual time. Every function is called on the CPU that it concerns, at EL2, with interrupts masked, and runs in a
 * bounded number of instructions without loops unless its comment says so.
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

/*
 * What one execution below EL2 (a guest's vCPU, or a service's call) needs to be resumed. While it runs the
 * stack pointer of EL2 points at it, so that the exit vector saves into it without a scratch register.
 * x, then el2_sp, are at fixed offsets (arch/aarch64/frame.h).
 */
struct hw_frame {
	uint64_t x[31];
	uint64_t el2_sp; /* EL2's own stack while the frame runs */
	uint64_t pc;     /* ELR_EL2, SPSR_EL2 and SP_EL0 while the frame is parked */
	uint64_t pstate;
	uint64_t sp_el0;
	uint64_t reserved[5]; /* to a multiple of 64 bytes */
};

/* How EL2 was entered. */
enum hw_exit {
	HW_EXIT_SYNC,
	HW_EXIT_IRQ,
	HW_EXIT_FIQ,
	HW_EXIT_SERROR,
};

/*
 * Runs the frame that was resumed last, until its next exit, and says how it ended. All of x[] is the frame's
 * afterwards. ELR, SPSR and SP_EL0 stay in their registers: they are parked only when another frame is resumed.
 */
enum hw_exit hw_enter(struct hw_frame *frame);

/* Sleeps until an interrupt is pending that hw_irq_mask admits, and does not take it. */
void hw_wait(void);

/* Saves ELR, SPSR and SP_EL0 into the frame, and loads them from it. */
void hw_frame_park(struct hw_frame *frame);
void hw_frame_resume(const struct hw_frame *frame);

/* Makes the frame begin at a service's entry, at EL0, interrupts not its business. x[] are the arguments. */
void hw_frame_call(struct hw_frame *frame, uint64_t entry, uint64_t stack);

/* Why and where the frame that exited stopped (ESR_EL2, FAR_EL2, HPFAR_EL2, ELR_EL2, SPSR_EL2). */
uint64_t hw_exit_syndrome(void);
uint64_t hw_exit_address(void);
uint64_t hw_exit_ipa_page(void);
uint64_t hw_exit_pc(void);
uint64_t hw_exit_pstate(void);
/* Goes on behind the instruction that trapped: PC, and the state of single steps, branch targets and IT blocks. */
void hw_exit_skip(void);
/* The same for a parked frame whose exit had this syndrome. */
void hw_frame_skip(struct hw_frame *frame, uint64_t syndrome);

/* The counter, ordered after the exception that led here: no earlier value can be read. */
ticks_t hw_now(void);
/* Arms the one deadline timer of this CPU; TICKS_NEVER disarms it. It interrupts at once when the time has passed. */
void hw_timer_arm(ticks_t when);

/* Which rights and traps the next frame has (HCR_EL2, VTTBR_EL2, CPTR_EL2, MDCR_EL2). */
struct hw_world {
	uint64_t hcr;
	uint64_t vttbr;
	uint64_t cptr;
	uint64_t mdcr;
};

enum hw_world_flags {
	HW_WORLD_SERVICE = 1U << 0,   /* EL0 behind stage 2 alone; else a guest at EL1 and EL0 */
	HW_WORLD_NO_FP = 1U << 1,     /* FP and SIMD trap */
	HW_WORLD_DEDICATED = 1U << 2, /* WFI and WFE do not trap */
	HW_WORLD_PMU = 1U << 3,       /* the PMU is the guest's, all its counters; else its registers trap */
	HW_WORLD_DIRECT = 1U << 4,    /* physical interrupts are taken to EL1 */
};

/* Fills in a world for the stage-2 tables at root with an address-space number (VMID, 1 to 255). Boot time. */
void hw_world_init(struct hw_world *world, pa_t stage2_root, uint32_t vmid, uint32_t flags);
void hw_world_load(const struct hw_world *world);
/* The same after another one that differs in its address space alone. */
void hw_world_follow(const struct hw_world *world);

/* What makes a switch longer than it usually is. */
enum hw_vcpu_uncommon {
	HW_VCPU_NO_FP =
		1U << 0, /* shorter: FP is not its, and not moved. Set at boot; the others are the port's, but: */
	HW_VCPU_LATE = 1U << 1,    /* the CPU has registers that most do not have */
	HW_VCPU_WATCHES = 1U << 2, /* one of the next two: what watches the guest must not watch a service */
	HW_VCPU_DEBUG = 1U << 3,   /* the guest uses the debug registers */
	HW_VCPU_PMU = 1U << 4,     /* the guest has a PMU. Set at boot, with hw_vcpu.pmu */
	HW_VCPU_LENT = 1U << 5,    /* SCTLR_EL1 and MDSCR_EL1 are here, and reset values in the registers */
};

/* The performance monitors (DDI 0487, chapter D11), in 64-byte parts. */
#define HW_PMU_COUNTER_MAX 31U

struct hw_pmu {
	uint64_t control;    /* PMCR_EL0 */
	uint64_t is_stopped; /* in the registers, but for PMCR_EL0.E and PMINTENSET_EL1, which are clear there */
	uint64_t enabled;    /* PMCNTENSET_EL0, PMINTENSET_EL1, PMOVSSET_EL0: bit 31 is the cycle counter's */
	uint64_t interrupting;
	uint64_t overflown;
	uint64_t select; /* PMSELR_EL0 */
	uint64_t user;   /* PMUSERENR_EL0 */
	uint64_t cycles; /* PMCCNTR_EL0 */
	uint64_t cycles_filter;
	uint64_t counters[2 * HW_PMU_COUNTER_MAX]; /* PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0 */
	uint64_t reserved;
};

/* All EL1 and EL0 state of a vCPU beside its frame, its interrupt state and its timers. */
struct hw_vcpu {
	_Alignas(16) uint64_t el1[19]; /* near the start, where one instruction moves two of them */
	uint64_t vmpidr;
	uint64_t fpcr, fpsr;
	uint64_t fp[64];
	uint64_t late[5];       /* of registers that not every CPU has */
	uint64_t debug_control; /* MDSCR_EL1 */
	uint64_t debug[64];     /* DBGBVR, DBGBCR, DBGWVR, DBGWCR, each n = 0 to 15 */
	uint32_t uncommon;      /* enum hw_vcpu_uncommon */
	struct hw_pmu *pmu;     /* with HW_VCPU_PMU; else not looked at */
};

/* The state after CPU_ON or boot: EL1h, MMU off, interrupts masked, FP and all registers zero (D1.9). On the CPU that
 * it will run on: no instruction that was fetched there before is executed by it. */
void hw_vcpu_reset(struct hw_vcpu *vcpu, struct hw_frame *frame, uint32_t index, uint64_t entry, uint64_t argument);
/* Moves the state out of and into the registers. Debug registers only when live, at most 16 of each kind; the PMU's
 * only when it has one, at most HW_PMU_COUNTER_MAX counters. */
void hw_vcpu_save(struct hw_vcpu *vcpu);
void hw_vcpu_load(const struct hw_vcpu *vcpu);
/*
 * While a service runs in the place of the guest whose state is in the registers: its SCTLR_EL1 and MDSCR_EL1 take
 * reset values, but that caches can be maintained, its PMU stops, and all come back. Repeating either is nothing.
 */
void hw_vcpu_lend(struct hw_vcpu *vcpu);
void hw_vcpu_take_back(struct hw_vcpu *vcpu);
/* The state in the registers is nobody's any more. */
void hw_vcpu_discard(void);
/* Saves one, whose guest's own world is loaded, and loads the other. True: nothing of either is uncommon, and so may
 * their worlds follow each other (hw_world_follow). */
bool hw_vcpu_exchange(struct hw_vcpu *from, const struct hw_vcpu *to);
/* The debug registers of the vCPU in the registers changed in its state: they are in use from now on. At most 16 of
 * each kind. */
void hw_vcpu_debug_load(struct hw_vcpu *vcpu);

/*
 * The PMU of the vCPU in the registers, which has one: whether it asserts its interrupt while its guest runs; and it is
 * stopped, until the vCPU is saved or taken back: its line is low before it goes inactive.
 */
bool hw_vcpu_pmu_is_asserted(const struct hw_vcpu *vcpu);
void hw_vcpu_pmu_stop(struct hw_vcpu *vcpu);

/* Both EL1 timers of a vCPU: control as in CNTV_CTL_EL0, compare against the counter (CNTVOFF_EL2 is zero). */
#define TIMER_CONTROL_ENABLE UINT64_C(1)
#define TIMER_CONTROL_MASK UINT64_C(3) /* ENABLE and IMASK */

struct hw_timers {
	uint64_t virtual_control, physical_control;
	uint64_t virtual_compare, physical_compare;
};

static inline bool hw_timer_is_counting(uint64_t control)
{
	return (control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE;
}

/* What both timers are; the same, and they are stopped; loads them. */
void hw_timers_read(struct hw_timers *timers);
void hw_timers_save(struct hw_timers *timers);
void hw_timers_load(const struct hw_timers *timers);

/* The outputs of the timers in the registers: bits IRQ_GUEST_VIRTUAL_TIMER and IRQ_GUEST_PHYSICAL_TIMER that are
 * asserted. */
uint32_t hw_timers_asserted(void);

/*
 * Makes the guest in the registers take a synchronous exception at EL1 with this syndrome and fault address, as the
 * hardware would (D1.10, AArch64.TakeException): false when the vector itself is where it came from, so that it would
 * recur for ever.
 */
bool hw_inject_sync(uint64_t syndrome, uint64_t address);

/* Drops this CPU's cached translations of the VM in the loaded world. Waits for its own CPU only. */
void hw_tlb_flush_local(void);
/* The same behind a change of its stage-2 tables, which this CPU sees from here on. */
void hw_stage2_changed(void);

/* The registers that ID traps answer from, in logic/arm/sysreg's shape. */
struct sysreg_ids;
void hw_ids_read(struct sysreg_ids *ids);

/* This CPU's affinity, as in struct blob_cpu. */
uint64_t hw_cpu_affinity(void);
/* Boot, on each CPU: everything that is the same for all frames. */
void hw_cpu_init(void);
/* Writes zeros over a range at a 64-byte boundary, in blocks of 64 bytes; boot only. */
void hw_zero(void *at, uint64_t bytes);
/* As crc32_update of base/crc32.h, by the machine's instructions for it where it has them; boot only. */
uint32_t hw_crc32(uint32_t crc, const void *data, size_t bytes);
/* What EL2 has to say while no service can say it: boot errors and its own end. Waits a bounded time for each
 * character. */
void hw_early_console_init(void *uart);
void hw_early_print(const char *text);

/*
 * Starts another CPU, by its affinity: it goes on in boot_secondary(index) on its own stack (port/boot.h), with EL2's
 * map. 0, or firmware's negative answer. In a step only for CPU_ON of hardware, which boot alone does. Ordered after
 * all that was written before.
 */
int64_t hw_cpu_start(uint64_t affinity, uint32_t index);

/* Waits for an event that another CPU sends, or none: it may come back at once. hw_event_send: to all CPUs, after what
 * was written before. */
void hw_event_wait(void);
void hw_event_send(void);

/* Ends the system through firmware: power off or reset. Does not come back. */
_Noreturn void hw_system_off(void);
_Noreturn void hw_system_reset(void);
/* Stops this CPU for good, interrupts masked. */
_Noreturn void hw_halt(void);

#endif
