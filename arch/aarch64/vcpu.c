/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU's registers: what moves at a switch. FP is moved with the q registers in assembly, because
 * EL2 itself is compiled without them.
 */
#include "port/cpu.h"

#include "arch/aarch64/sysreg.h"
#include "base/bound.h"
#include "port/irq.h"

#define MPIDR_RES1 BIT64(31)

/* Every register, in the order in which it is kept: one list for both directions. */
#define EL1_REGISTERS(R)      \
	R(0, sctlr_el1)       \
	R(1, cpacr_el1)       \
	R(2, ttbr0_el1)       \
	R(3, ttbr1_el1)       \
	R(4, tcr_el1)         \
	R(5, mair_el1)        \
	R(6, amair_el1)       \
	R(7, vbar_el1)        \
	R(8, esr_el1)         \
	R(9, far_el1)         \
	R(10, afsr0_el1)      \
	R(11, afsr1_el1)      \
	R(12, contextidr_el1) \
	R(13, tpidr_el0)      \
	R(14, tpidrro_el0)    \
	R(15, tpidr_el1)      \
	R(16, sp_el1)         \
	R(17, elr_el1)        \
	R(18, spsr_el1)       \
	R(19, par_el1)        \
	R(20, cntkctl_el1)    \
	R(21, csselr_el1)

#define SAVE(index, name) vcpu->el1[index] = sysreg_read(name);
#define LOAD(index, name) sysreg_write(name, vcpu->el1[index]);

/* A service's world traps FP at EL2 too; the world that is loaded next sets it anew. */
static void fp_untrap(void)
{
	sysreg_write(cptr_el2, CPTR_RES1 | CPTR_TTA);
	isb();
}

static void fp_save(struct hw_vcpu *vcpu)
{
	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
			 "stp q0, q1, [%0]\n\tstp q2, q3, [%0, #32]\n\t"
			 "stp q4, q5, [%0, #64]\n\tstp q6, q7, [%0, #96]\n\t"
			 "stp q8, q9, [%0, #128]\n\tstp q10, q11, [%0, #160]\n\t"
			 "stp q12, q13, [%0, #192]\n\tstp q14, q15, [%0, #224]\n\t"
			 "stp q16, q17, [%0, #256]\n\tstp q18, q19, [%0, #288]\n\t"
			 "stp q20, q21, [%0, #320]\n\tstp q22, q23, [%0, #352]\n\t"
			 "stp q24, q25, [%0, #384]\n\tstp q26, q27, [%0, #416]\n\t"
			 "stp q28, q29, [%0, #448]\n\tstp q30, q31, [%0, #480]\n\t" ::"r"(vcpu->fp)
			 : "memory");
	vcpu->fpcr = sysreg_read(fpcr);
	vcpu->fpsr = sysreg_read(fpsr);
}

static void fp_load(const struct hw_vcpu *vcpu)
{
	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
			 "ldp q0, q1, [%0]\n\tldp q2, q3, [%0, #32]\n\t"
			 "ldp q4, q5, [%0, #64]\n\tldp q6, q7, [%0, #96]\n\t"
			 "ldp q8, q9, [%0, #128]\n\tldp q10, q11, [%0, #160]\n\t"
			 "ldp q12, q13, [%0, #192]\n\tldp q14, q15, [%0, #224]\n\t"
			 "ldp q16, q17, [%0, #256]\n\tldp q18, q19, [%0, #288]\n\t"
			 "ldp q20, q21, [%0, #320]\n\tldp q22, q23, [%0, #352]\n\t"
			 "ldp q24, q25, [%0, #384]\n\tldp q26, q27, [%0, #416]\n\t"
			 "ldp q28, q29, [%0, #448]\n\tldp q30, q31, [%0, #480]\n\t" ::"r"(vcpu->fp)
			 : "memory");
	sysreg_write(fpcr, vcpu->fpcr);
	sysreg_write(fpsr, vcpu->fpsr);
}

/* The debug registers number n, for the four kinds; n is a constant, for it is part of the instruction. */
#define DEBUG_REGISTERS(R) R(0) R(1) R(2) R(3) R(4) R(5) R(6) R(7) R(8) R(9) R(10) R(11) R(12) R(13) R(14) R(15)

#define DEBUG_LOAD(n)                                                    \
	if ((n) < breakpoints) {                                         \
		sysreg_write(dbgbvr##n##_el1, vcpu->debug[4 * (n)]);     \
		sysreg_write(dbgbcr##n##_el1, vcpu->debug[4 * (n) + 1]); \
	}                                                                \
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
	DEBUG_REGISTERS(DEBUG_LOAD)
	sysreg_write(mdscr_el1, vcpu->debug_control);
}

static bool has_sme(void) { return bits_get(sysreg_read(S3_0_C0_C4_1), 27, 24) != 0; } /* ID_AA64PFR1_EL1 */
static bool has_ras(void) { return bits_get(sysreg_read(id_aa64pfr0_el1), 31, 28) != 0; }

#define WORDS_IN_PART 8U
#define WORDS_MAX 128U

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

void hw_vcpu_reset(struct hw_vcpu *vcpu, struct hw_frame *frame, uint32_t index, uint64_t entry, uint64_t argument)
{
	_Static_assert(sizeof(vcpu->fp) == 64 * 8 && sizeof(vcpu->el1) == 24 * 8 && sizeof(vcpu->debug) == 64 * 8 &&
			       sizeof(*frame) % (WORDS_IN_PART * 8) == 0,
		       "cleared in parts");
	clear_words(vcpu->fp, 64);
	clear_words(vcpu->el1, 24);
	clear_words(vcpu->debug, 64);
	clear_words(frame->x, sizeof(*frame) / 8);
	vcpu->fpcr = 0;
	vcpu->fpsr = 0;
	vcpu->debug_control = 0;
	vcpu->debug_live = false;
	vcpu->is_lent = false;
	vcpu->has_late = has_sme() || has_ras();
	vcpu->late[0] = 0;
	vcpu->late[1] = 0;
	vcpu->el1[0] = SCTLR_EL1_RESET;
	vcpu->vmpidr = MPIDR_RES1 | index;
	frame->pc = entry;
	frame->pstate = SPSR_EL1H;
	frame->x[0] = argument;
}

void hw_vcpu_lend(struct hw_vcpu *vcpu)
{
	if (vcpu->is_lent)
		return;
	vcpu->is_lent = true;
	vcpu->el1[0] = sysreg_read(sctlr_el1);
	sysreg_write(sctlr_el1, SCTLR_EL1_RESET);
	if (vcpu->debug_live)
		sysreg_write(mdscr_el1, 0);
}

void hw_vcpu_take_back(struct hw_vcpu *vcpu)
{
	if (!vcpu->is_lent)
		return;
	vcpu->is_lent = false;
	sysreg_write(sctlr_el1, vcpu->el1[0]);
	if (vcpu->debug_live)
		sysreg_write(mdscr_el1, vcpu->debug_control);
}

void hw_vcpu_discard(void)
{
	sysreg_write(sctlr_el1, SCTLR_EL1_RESET);
	sysreg_write(mdscr_el1, 0);
}

/* Registers of extensions that are hidden from guests and that no trap covers: switched where the CPU has them. */
#define TPIDR2_EL0 S3_3_C13_C0_5 /* SME */
#define VDISR_EL2 S3_4_C12_C1_1  /* RAS: what a guest's DISR_EL1 is */
#define read_named(name) sysreg_read(name)
#define write_named(name, value) sysreg_write(name, value)

/* Out of line: most CPUs have neither (see has_late). */
static __attribute__((noinline)) void late_save(struct hw_vcpu *vcpu)
{
	if (has_sme())
		vcpu->late[0] = read_named(TPIDR2_EL0);
	if (has_ras())
		vcpu->late[1] = read_named(VDISR_EL2);
}

static __attribute__((noinline)) void late_load(const struct hw_vcpu *vcpu)
{
	if (has_sme())
		write_named(TPIDR2_EL0, vcpu->late[0]);
	if (has_ras())
		write_named(VDISR_EL2, vcpu->late[1]);
}

void hw_vcpu_save(struct hw_vcpu *vcpu)
{
	hw_vcpu_take_back(vcpu);
	if (vcpu->has_late)
		late_save(vcpu);
	EL1_REGISTERS(SAVE)
	if (!vcpu->no_fp) {
		fp_untrap();
		fp_save(vcpu);
	}
	if (vcpu->debug_live)
		sysreg_write(mdscr_el1, 0); /* the next guest's code must not be stopped; the state is what it was */
}

void hw_vcpu_load(const struct hw_vcpu *vcpu)
{
	EL1_REGISTERS(LOAD)
	if (vcpu->has_late)
		late_load(vcpu);
	sysreg_write(vmpidr_el2, vcpu->vmpidr);
	if (!vcpu->no_fp) {
		fp_untrap();
		fp_load(vcpu);
	}
	if (vcpu->debug_live)
		debug_load(vcpu);
}

void hw_vcpu_debug_load(struct hw_vcpu *vcpu)
{
	vcpu->debug_live = true;
	debug_load(vcpu);
}

void hw_timers_save(struct hw_timers *timers)
{
	timers->virtual_control = sysreg_read(cntv_ctl_el0);
	timers->virtual_compare = sysreg_read(cntv_cval_el0);
	timers->physical_control = sysreg_read(cntp_ctl_el0);
	timers->physical_compare = sysreg_read(cntp_cval_el0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
}

void hw_timers_load(const struct hw_timers *timers)
{
	/* The compare values first: an enabled timer with the old value could fire. */
	sysreg_write(cntv_cval_el0, timers->virtual_compare);
	sysreg_write(cntp_cval_el0, timers->physical_compare);
	isb();
	sysreg_write(cntv_ctl_el0, timers->virtual_control);
	sysreg_write(cntp_ctl_el0, timers->physical_control);
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
