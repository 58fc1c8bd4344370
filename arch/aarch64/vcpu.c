/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU's registers: what moves at a switch. FP is moved with the q registers in assembly, because
 * EL2 itself is compiled without them.
 */
#include "port/cpu.h"

#include <stddef.h>

#include "arch/aarch64/local.h"
#include "arch/aarch64/sysreg.h"
#include "base/bound.h"
#include "base/expect.h"
#include "port/irq.h"

#define MPIDR_RES1 BIT64(31)

/*
 * Registers in pairs, each moved by one load or store: one list for both directions. SCTLR_EL1 is the first; CSSELR_EL1
 * is without a partner, but on the way in, where VMPIDR_EL2 is beside it.
 */
#define EL1_PAIRS(R)                   \
	R(0, sctlr_el1, cpacr_el1)     \
	R(2, ttbr0_el1, ttbr1_el1)     \
	R(4, tcr_el1, mair_el1)        \
	R(6, vbar_el1, contextidr_el1) \
	R(8, esr_el1, far_el1)         \
	R(10, tpidr_el0, tpidrro_el0)  \
	R(12, tpidr_el1, sp_el1)       \
	R(14, elr_el1, spsr_el1)       \
	R(16, par_el1, cntkctl_el1)
#define EL1_SCTLR 0U
#define EL1_CSSELR 18U

#define SAVE_PAIR(index, first, second) sysreg_save_pair(first, second, vcpu->el1, 8 * (index));
#define LOAD_PAIR(index, first, second) sysreg_load_pair(first, second, vcpu->el1, 8 * (index));
#define FPCR_OFFSET (offsetof(struct hw_vcpu, fpcr) - offsetof(struct hw_vcpu, el1))

/* Worlds of services, and of guests without FP, trap it at EL2 too; the world that is loaded next sets it anew. */
static void fp_untrap(void)
{
	sysreg_write(cptr_el2, CPTR_RES1 | CPTR_TTA);
	isb();
}

/* Four registers by an instruction, from a pointer that moves on. */
#define FP_QUADS(R)   \
	R(0, 1, 2, 3) \
	R(4, 5, 6, 7) \
	R(8, 9, 10, 11) R(12, 13, 14, 15) R(16, 17, 18, 19) R(20, 21, 22, 23) R(24, 25, 26, 27) R(28, 29, 30, 31)
#define QUAD(a, b, c, d) "{v" #a ".2d, v" #b ".2d, v" #c ".2d, v" #d ".2d}, [%0], #64\n\t"
#define SAVE_QUAD(a, b, c, d) "st1 " QUAD(a, b, c, d)
#define LOAD_QUAD(a, b, c, d) "ld1 " QUAD(a, b, c, d)

static void fp_save(struct hw_vcpu *vcpu)
{
	uint64_t *at = vcpu->fp;
	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t" FP_QUADS(SAVE_QUAD) : "+r"(at)::"memory");
	sysreg_save_pair(fpcr, fpsr, vcpu->el1, FPCR_OFFSET);
}

static void fp_load(const struct hw_vcpu *vcpu)
{
	const uint64_t *at = vcpu->fp;
	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t" FP_QUADS(LOAD_QUAD) : "+r"(at)::"memory");
	sysreg_load_pair(fpcr, fpsr, vcpu->el1, FPCR_OFFSET);
}

/* The debug registers number n, for the four kinds; n is a constant, for it is part of the instruction. */
#define DEBUG_REGISTERS(R) R(0) R(1) R(2) R(3) R(4) R(5) R(6) R(7) R(8) R(9) R(10) R(11) R(12) R(13) R(14) R(15)

#define LOAD_BREAKPOINT(n)                                               \
	if ((n) < breakpoints) {                                         \
		sysreg_write(dbgbvr##n##_el1, vcpu->debug[4 * (n)]);     \
		sysreg_write(dbgbcr##n##_el1, vcpu->debug[4 * (n) + 1]); \
	}
#define LOAD_WATCHPOINT(n)                                               \
	if ((n) < watchpoints) {                                         \
		sysreg_write(dbgwvr##n##_el1, vcpu->debug[4 * (n) + 2]); \
		sysreg_write(dbgwcr##n##_el1, vcpu->debug[4 * (n) + 3]); \
	}

static unsigned breakpoint_count(void) { return (unsigned)bits_get(sysreg_read(id_aa64dfr0_el1), 15, 12) + 1; }
static unsigned watchpoint_count(void) { return (unsigned)bits_get(sysreg_read(id_aa64dfr0_el1), 23, 20) + 1; }

static void debug_load(const struct hw_vcpu *vcpu)
{
	unsigned breakpoints = breakpoint_count();
	unsigned watchpoints = watchpoint_count();
	DEBUG_REGISTERS(LOAD_BREAKPOINT)
	DEBUG_REGISTERS(LOAD_WATCHPOINT)
	sysreg_write(mdscr_el1, vcpu->debug_control);
}

static bool has_pmu(void)
{
	uint64_t version = bits_get(sysreg_read(id_aa64dfr0_el1), 11, 8);
	return version != 0 && version != PMU_OTHER;
}

static unsigned pmu_counter_count(void) { return (unsigned)bits_get(sysreg_read(pmcr_el0), 15, 11); }

/* The event counter that PMXEVCNTR_EL0 and PMXEVTYPER_EL0 are: code for each by its name would be thirty times as long.
 */
static void pmu_select(uint32_t n)
{
	sysreg_write(pmselr_el0, n);
	isb(); /* before the registers that it selects */
}

/* Nothing counts, and no interrupt is asserted. */
static __attribute__((noinline)) void pmu_stop(struct hw_pmu *pmu)
{
	if (pmu->is_stopped)
		return;
	pmu->is_stopped = true;
	pmu->control = sysreg_read(pmcr_el0);
	pmu->interrupting = sysreg_read(pmintenset_el1);
	sysreg_write(pmcr_el0, pmu->control & ~PMCR_E);
	sysreg_write(pmintenclr_el1, UINT32_MAX);
	isb(); /* before its counters are read, or its line goes inactive */
}

static void pmu_go(struct hw_pmu *pmu)
{
	pmu->is_stopped = false;
	sysreg_write(pmcr_el0, pmu->control);
	sysreg_write(pmintenset_el1, pmu->interrupting); /* last: QEMU looks at the line's level then, and not before */
}

/* Stopped for the next guest: nothing is enabled, nothing has overflown, EL0 has no access. */
static void pmu_silence(void)
{
	sysreg_write(pmcntenclr_el0, UINT32_MAX);
	sysreg_write(pmintenclr_el1, UINT32_MAX);
	sysreg_write(pmovsclr_el0, UINT32_MAX);
	sysreg_write(pmuserenr_el0, 0);
}

static __attribute__((noinline)) void pmu_discard(void)
{
	if (!has_pmu())
		return;
	sysreg_write(pmcr_el0, 0);
	pmu_silence();
}

static void pmu_save(struct hw_pmu *pmu)
{
	pmu_stop(pmu);
	pmu->enabled = sysreg_read(pmcntenset_el0);
	pmu->overflown = sysreg_read(pmovsset_el0);
	pmu->select = sysreg_read(pmselr_el0);
	pmu->user = sysreg_read(pmuserenr_el0);
	pmu->cycles = sysreg_read(pmccntr_el0);
	pmu->cycles_filter = sysreg_read(pmccfiltr_el0);
	for (uint32_t i = 0; i < pmu_counter_count(); i++) {
		LOOP_BOUND(HW_PMU_COUNTER_MAX);
		pmu_select(i);
		pmu->counters[2 * i] = sysreg_read(pmxevcntr_el0);
		pmu->counters[2 * i + 1] = sysreg_read(pmxevtyper_el0);
	}
	pmu_silence();
}

static void pmu_load(struct hw_pmu *pmu)
{
	for (uint32_t i = 0; i < pmu_counter_count(); i++) {
		LOOP_BOUND(HW_PMU_COUNTER_MAX);
		pmu_select(i);
		sysreg_write(pmxevcntr_el0, pmu->counters[2 * i]);
		sysreg_write(pmxevtyper_el0, pmu->counters[2 * i + 1]);
	}
	sysreg_write(pmccntr_el0, pmu->cycles);
	sysreg_write(pmccfiltr_el0, pmu->cycles_filter);
	sysreg_write(pmovsset_el0, pmu->overflown);
	sysreg_write(pmcntenset_el0, pmu->enabled);
	sysreg_write(pmselr_el0, pmu->select);
	sysreg_write(pmuserenr_el0, pmu->user);
	isb(); /* before it counts */
	pmu_go(pmu);
}

/*
 * Registers that no trap covers, and that most CPUs do not have: those of extensions that are hidden from guests, and
 * auxiliary ones, which hold nothing in most implementations.
 */
#define TPIDR2_EL0 S3_3_C13_C0_5 /* SME */
#define VDISR_EL2 S3_4_C12_C1_1  /* RAS: what a guest's DISR_EL1 is */
#define read_named(name) sysreg_read(name)
#define write_named(name, value) sysreg_write(name, value)

static bool has_sme(void) { return bits_get(sysreg_read(S3_0_C0_C4_1), 27, 24) != 0; } /* ID_AA64PFR1_EL1 */
static bool has_ras(void) { return bits_get(sysreg_read(id_aa64pfr0_el1), 31, 28) != 0; }

/* Asks by writing: EL2 runs with registers of its own, so that what EL1's hold for a moment concerns nobody. */
#define HOLDS_ANYTHING(name)                          \
	__extension__({                               \
		uint64_t before_ = sysreg_read(name); \
		sysreg_write(name, UINT64_MAX);       \
		isb();                                \
		bool holds_ = sysreg_read(name) != 0; \
		sysreg_write(name, before_);          \
		holds_;                               \
	})

static bool has_auxiliary(void)
{
	return HOLDS_ANYTHING(amair_el1) || HOLDS_ANYTHING(afsr0_el1) || HOLDS_ANYTHING(afsr1_el1);
}

#define WORDS_IN_PART 8U
#define WORDS_MAX 152U

/* Clears words in parts of 64 bytes; count is a multiple of WORDS_IN_PART. */
static void clear_words(uint64_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i += WORDS_IN_PART) {
		LOOP_BOUND(WORDS_MAX / WORDS_IN_PART);
		__asm__ volatile("stp xzr, xzr, [%0]\n\tstp xzr, xzr, [%0, #16]\n\t"
				 "stp xzr, xzr, [%0, #32]\n\tstp xzr, xzr, [%0, #48]" ::"r"(words + i)
				 : "memory");
	}
}

/* Its memory may hold other instructions than those that this CPU has fetched: the loader wrote them, as data. */
static void instructions_flush(void) { __asm__ volatile("ic iallu\n\tdsb nsh\n\tisb" ::: "memory"); }

void hw_vcpu_reset(struct hw_vcpu *vcpu, struct hw_frame *frame, uint32_t index, uint64_t entry, uint64_t argument)
{
	_Static_assert(offsetof(struct hw_vcpu, uncommon) == 156 * 8 && sizeof(*frame) % (WORDS_IN_PART * 8) == 0,
		       "cleared in parts");
	clear_words(vcpu->el1, 152);
	for (uint32_t i = 60; i < 64; i++) {
		LOOP_BOUND(4);
		vcpu->debug[i] = 0;
	}
	clear_words(frame->x, sizeof(*frame) / 8);
	vcpu->uncommon &= HW_VCPU_NO_FP | HW_VCPU_PMU;
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0) {
		_Static_assert(sizeof(*vcpu->pmu) % (WORDS_IN_PART * 8) == 0, "cleared in parts");
		clear_words(&vcpu->pmu->control, sizeof(*vcpu->pmu) / 8);
		vcpu->uncommon |= HW_VCPU_WATCHES;
	}
	if (has_sme() || has_ras() || has_auxiliary())
		vcpu->uncommon |= HW_VCPU_LATE;
	vcpu->el1[EL1_SCTLR] = SCTLR_EL1_RESET;
	vcpu->vmpidr = MPIDR_RES1 | index;
	instructions_flush();
	frame->pc = entry;
	frame->pstate = SPSR_EL1H;
	frame->x[0] = argument;
}

/* Out of line, as what follows, and told nothing that is not at hand: the usual call of a service must stay short. */
static __attribute__((noinline)) void watch_no_more(void)
{
	const struct hw_vcpu *vcpu = local()->watched;
	if ((vcpu->uncommon & HW_VCPU_DEBUG) != 0)
		sysreg_write(mdscr_el1, 0);
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		pmu_stop(vcpu->pmu);
}

static __attribute__((noinline)) void watch_again(void)
{
	const struct hw_vcpu *vcpu = local()->watched;
	if ((vcpu->uncommon & HW_VCPU_DEBUG) != 0)
		sysreg_write(mdscr_el1, vcpu->debug_control);
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		pmu_go(vcpu->pmu);
}

void hw_vcpu_lend(struct hw_vcpu *vcpu)
{
	if ((vcpu->uncommon & HW_VCPU_LENT) != 0)
		return;
	vcpu->uncommon |= HW_VCPU_LENT;
	vcpu->el1[EL1_SCTLR] = sysreg_read(sctlr_el1);
	sysreg_write(sctlr_el1, SCTLR_EL1_SERVICE);
	if (unlikely((vcpu->uncommon & HW_VCPU_WATCHES) != 0))
		watch_no_more();
}

void hw_vcpu_take_back(struct hw_vcpu *vcpu)
{
	if ((vcpu->uncommon & HW_VCPU_LENT) == 0)
		return;
	vcpu->uncommon &= ~(uint32_t)HW_VCPU_LENT;
	sysreg_write(sctlr_el1, vcpu->el1[EL1_SCTLR]);
	if (unlikely((vcpu->uncommon & HW_VCPU_WATCHES) != 0))
		watch_again();
}

void hw_vcpu_discard(void)
{
	sysreg_write(sctlr_el1, SCTLR_EL1_RESET);
	sysreg_write(mdscr_el1, 0);
	pmu_discard();
}

bool hw_vcpu_pmu_is_asserted(const struct hw_vcpu *vcpu)
{
	const struct hw_pmu *pmu = vcpu->pmu;
	uint64_t control = pmu->is_stopped ? pmu->control : sysreg_read(pmcr_el0);
	uint64_t interrupting = pmu->is_stopped ? pmu->interrupting : sysreg_read(pmintenset_el1);
	return (control & PMCR_E) != 0 && (sysreg_read(pmovsset_el0) & interrupting) != 0;
}

void hw_vcpu_pmu_stop(struct hw_vcpu *vcpu) { pmu_stop(vcpu->pmu); }

static void late_save(struct hw_vcpu *vcpu)
{
	if (has_sme())
		vcpu->late[0] = read_named(TPIDR2_EL0);
	if (has_ras())
		vcpu->late[1] = read_named(VDISR_EL2);
	vcpu->late[2] = sysreg_read(amair_el1);
	vcpu->late[3] = sysreg_read(afsr0_el1);
	vcpu->late[4] = sysreg_read(afsr1_el1);
}

static void late_load(const struct hw_vcpu *vcpu)
{
	if (has_sme())
		write_named(TPIDR2_EL0, vcpu->late[0]);
	if (has_ras())
		write_named(VDISR_EL2, vcpu->late[1]);
	sysreg_write(amair_el1, vcpu->late[2]);
	sysreg_write(afsr0_el1, vcpu->late[3]);
	sysreg_write(afsr1_el1, vcpu->late[4]);
}

/* Out of line, as what follows: the usual switch must stay short. What watches is not waked for this. */
static __attribute__((noinline)) void uncommon_save(struct hw_vcpu *vcpu)
{
	if ((vcpu->uncommon & HW_VCPU_LENT) != 0)
		sysreg_write(sctlr_el1, vcpu->el1[EL1_SCTLR]);
	vcpu->uncommon &= ~(uint32_t)HW_VCPU_LENT;
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		pmu_save(vcpu->pmu);
	if ((vcpu->uncommon & HW_VCPU_LATE) != 0)
		late_save(vcpu);
	if ((vcpu->uncommon & HW_VCPU_DEBUG) != 0)
		sysreg_write(mdscr_el1, 0); /* the next guest's code must not be stopped; the state is what it was */
	fp_untrap();                        /* a service's world may be loaded */
}

static __attribute__((noinline)) void uncommon_load(const struct hw_vcpu *vcpu)
{
	local()->watched = vcpu;
	if ((vcpu->uncommon & HW_VCPU_LATE) != 0)
		late_load(vcpu);
	if ((vcpu->uncommon & HW_VCPU_DEBUG) != 0)
		debug_load(vcpu);
	if ((vcpu->uncommon & HW_VCPU_PMU) != 0)
		pmu_load(vcpu->pmu);
}

static inline __attribute__((always_inline)) void common_save(struct hw_vcpu *vcpu)
{
	EL1_PAIRS(SAVE_PAIR)
	vcpu->el1[EL1_CSSELR] = sysreg_read(csselr_el1);
}

static inline __attribute__((always_inline)) void common_load(const struct hw_vcpu *vcpu)
{
	EL1_PAIRS(LOAD_PAIR)
	sysreg_load_pair(csselr_el1, vmpidr_el2, vcpu->el1, 8 * EL1_CSSELR);
}

void hw_vcpu_save(struct hw_vcpu *vcpu)
{
	if (vcpu->uncommon != 0)
		uncommon_save(vcpu);
	common_save(vcpu);
	if ((vcpu->uncommon & HW_VCPU_NO_FP) == 0)
		fp_save(vcpu);
}

void hw_vcpu_load(const struct hw_vcpu *vcpu)
{
	common_load(vcpu);
	if (vcpu->uncommon != 0)
		uncommon_load(vcpu);
	if ((vcpu->uncommon & HW_VCPU_NO_FP) != 0)
		return;
	if ((sysreg_read(cptr_el2) & CPTR_TFP) != 0)
		fp_untrap();
	fp_load(vcpu);
}

/* FP is not trapped in the world of a guest that has nothing uncommon. */
bool hw_vcpu_exchange(struct hw_vcpu *from, const struct hw_vcpu *to)
{
	if (unlikely((from->uncommon | to->uncommon) != 0)) {
		hw_vcpu_save(from);
		hw_vcpu_load(to);
		return false;
	}
	common_save(from);
	fp_save(from);
	common_load(to);
	fp_load(to);
	return true;
}

void hw_vcpu_debug_load(struct hw_vcpu *vcpu)
{
	vcpu->uncommon |= HW_VCPU_DEBUG | HW_VCPU_WATCHES;
	local()->watched = vcpu;
	debug_load(vcpu);
}

void hw_timers_read(struct hw_timers *timers)
{
	timers->virtual_control = sysreg_read(cntv_ctl_el0);
	timers->virtual_compare = sysreg_read(cntv_cval_el0);
	timers->physical_control = sysreg_read(cntp_ctl_el0);
	timers->physical_compare = sysreg_read(cntp_cval_el0);
}

void hw_timers_save(struct hw_timers *timers)
{
	sysreg_save_pair(cntv_ctl_el0, cntp_ctl_el0, timers, offsetof(struct hw_timers, virtual_control));
	sysreg_save_pair(cntv_cval_el0, cntp_cval_el0, timers, offsetof(struct hw_timers, virtual_compare));
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
}

void hw_timers_load(const struct hw_timers *timers)
{
	/* The compare values first: an enabled timer with the old value could fire. */
	sysreg_load_pair(cntv_cval_el0, cntp_cval_el0, timers, offsetof(struct hw_timers, virtual_compare));
	isb();
	sysreg_load_pair(cntv_ctl_el0, cntp_ctl_el0, timers, offsetof(struct hw_timers, virtual_control));
}

#define TIMER_ASSERTED UINT64_C(5) /* ENABLE and ISTATUS, IMASK clear */
#define TIMER_ASSERTED_MASK UINT64_C(7)

uint32_t hw_timers_asserted(void)
{
	uint32_t asserted = 0;
	if ((sysreg_read(cntv_ctl_el0) & TIMER_ASSERTED_MASK) == TIMER_ASSERTED)
		asserted |= BIT32(IRQ_GUEST_VIRTUAL_TIMER);
	if ((sysreg_read(cntp_ctl_el0) & TIMER_ASSERTED_MASK) == TIMER_ASSERTED)
		asserted |= BIT32(IRQ_GUEST_PHYSICAL_TIMER);
	return asserted;
}
