/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port/cpu.h on AArch64: entering and leaving frames, what an exit says, time, worlds. Linked with link-time
 * optimisation, so that each of these becomes the few instructions that it is.
 */
#include "port/cpu.h"

#include "arch/aarch64/frame.h"
#include "arch/aarch64/sysreg.h"
#include "base/bound.h"
#include "base/crc32.h"
#include "logic/arm/decode.h"
#include "logic/arm/stage2.h"
#include "port/direct.h"

_Static_assert(offsetof(struct hw_frame, el2_sp) == FRAME_EL2_SP, "vectors.S and hw_enter use this offset");
_Static_assert(offsetof(struct hw_frame, x) == 0 && sizeof(struct hw_frame) % 16 == 0, "SP points at it");

/*
 * The label is global because the vectors branch to it: there must be one copy. The clobber list is the contract with
 * the compiler: whatever it keeps over the guest's run it keeps in memory.
 */
enum hw_exit hw_enter(struct hw_frame *frame)
{
	register uint64_t x0 __asm__("x0") = (uint64_t)frame;
	__asm__ volatile("mov x1, sp\n\t"
			 "str x1, [x0, %[el2_sp]]\n\t"
			 "mov sp, x0\n\t"
			 "ldr x30, [sp, #240]\n\t"
			 "ldp x28, x29, [sp, #224]\n\t"
			 "ldp x26, x27, [sp, #208]\n\t"
			 "ldp x24, x25, [sp, #192]\n\t"
			 "ldp x22, x23, [sp, #176]\n\t"
			 "ldp x20, x21, [sp, #160]\n\t"
			 "ldp x18, x19, [sp, #144]\n\t"
			 "ldp x16, x17, [sp, #128]\n\t"
			 "ldp x14, x15, [sp, #112]\n\t"
			 "ldp x12, x13, [sp, #96]\n\t"
			 "ldp x10, x11, [sp, #80]\n\t"
			 "ldp x8, x9, [sp, #64]\n\t"
			 "ldp x6, x7, [sp, #48]\n\t"
			 "ldp x4, x5, [sp, #32]\n\t"
			 "ldp x2, x3, [sp, #16]\n\t"
			 "ldp x0, x1, [sp]\n\t"
			 "eret\n\t"
			 "dsb nsh\n\t" /* no CPU may speculate past the ERET */
			 "isb\n"
			 ".global hw_enter_return\n"
			 "hw_enter_return:"
			 : "+r"(x0)
			 : [el2_sp] "i"(FRAME_EL2_SP)
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
			   "x28", "x29", "x30", "cc", "memory");
	return (enum hw_exit)x0;
}

/* With no deadline the timer is off while the CPU sleeps: an emulator that skips idle time would skip to the end of
 * time. */
void hw_wait(void)
{
	sysreg_write(cnthp_ctl_el2, sysreg_read(cnthp_cval_el2) != TICKS_NEVER.raw ? 1 : 0);
	__asm__ volatile("dsb sy\n\t" /* what EL2 wrote is seen by others before it sleeps */
			 "wfi\n\t"
			 "isb" /* no clock read from before the sleep */
			 ::
				 : "memory");
	sysreg_write(cnthp_ctl_el2, 1);
}

void hw_frame_park(struct hw_frame *frame)
{
	sysreg_save_pair(elr_el2, spsr_el2, frame, offsetof(struct hw_frame, pc));
	frame->sp_el0 = sysreg_read(sp_el0);
}

void hw_frame_resume(const struct hw_frame *frame)
{
	sysreg_load_pair(elr_el2, spsr_el2, frame, offsetof(struct hw_frame, pc));
	sysreg_write(sp_el0, frame->sp_el0);
}

void hw_frame_call(struct hw_frame *frame, uint64_t entry, uint64_t stack)
{
	frame->pc = entry;
	frame->pstate = SPSR_EL0T;
	frame->sp_el0 = stack;
}

uint64_t hw_exit_syndrome(void) { return sysreg_read(esr_el2); }
uint64_t hw_exit_address(void) { return sysreg_read(far_el2); }
uint64_t hw_exit_ipa_page(void) { return sysreg_read(hpfar_el2); }
uint64_t hw_exit_pc(void) { return sysreg_read(elr_el2); }
uint64_t hw_exit_pstate(void) { return sysreg_read(spsr_el2); }

/* PSTATE fields that an instruction's completion changes (C5.2.19): SS; BTYPE, or in AArch32 IT. */
#define PSTATE_AARCH32 BIT64(4)
#define PSTATE_BTYPE MASK64(11, 10)
#define PSTATE_SS BIT64(21)
#define PSTATE_IT_LOW MASK64(26, 25)
#define PSTATE_IT_HIGH MASK64(15, 10)

/* Another instruction of an IT block is done: its mask moves up, and the block ends with the last one (F1.2.1,
 * ITAdvance). */
static uint64_t advance_it(uint64_t pstate)
{
	uint64_t it = bits_get(pstate, 15, 10) << 2 | bits_get(pstate, 26, 25);
	it = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
	pstate &= ~(PSTATE_IT_LOW | PSTATE_IT_HIGH);
	return pstate | it >> 2 << 10 | (it & 3) << 25;
}

static uint64_t completed(uint64_t pstate)
{
	pstate &= ~PSTATE_SS;
	return (pstate & PSTATE_AARCH32) != 0 ? advance_it(pstate) : pstate & ~PSTATE_BTYPE;
}

/* Out of line: the usual guest has none of these, and the usual way must stay short. */
static __attribute__((noinline)) void skip_with_state(uint64_t pstate, uint64_t pc)
{
	sysreg_write(elr_el2, pc + esr_instruction_bytes(sysreg_read(esr_el2)));
	sysreg_write(spsr_el2, completed(pstate));
}

void hw_exit_skip(void)
{
	uint64_t pstate = sysreg_read(spsr_el2);
	uint64_t pc = sysreg_read(elr_el2);
	if ((pstate & (PSTATE_SS | PSTATE_BTYPE | PSTATE_AARCH32)) != 0)
		skip_with_state(pstate, pc);
	else
		sysreg_write(elr_el2, pc + 4);
}

void hw_frame_skip(struct hw_frame *frame, uint64_t syndrome)
{
	frame->pc += esr_instruction_bytes(syndrome);
	frame->pstate = completed(frame->pstate);
}

ticks_t hw_now(void) { return ticks(sysreg_read(cntpct_el0)); }
void hw_timer_arm(ticks_t when) { sysreg_write(cnthp_cval_el2, when.raw); }

/* What MDCR_EL2 says of the performance monitors. HPMN: all counters are EL1's, if any; 0 is unpredictable. */
static uint64_t monitors(uint32_t flags)
{
	uint64_t version = bits_get(sysreg_read(id_aa64dfr0_el1), 11, 8);
	uint64_t mdcr = (flags & HW_WORLD_PMU) != 0 ? 0 : MDCR_TPMCR | MDCR_TPM;
	if (version == 0 || version == PMU_OTHER)
		return mdcr;
	mdcr |= bits_get(sysreg_read(pmcr_el0), 15, 11);
	if (version >= PMU_V3P1)
		mdcr |= MDCR_HPMD;
	return version >= PMU_V3P5 ? mdcr | MDCR_HCCD : mdcr;
}

void hw_world_init(struct hw_world *world, pa_t stage2_root, uint32_t vmid, uint32_t flags)
{
	bool service = (flags & HW_WORLD_SERVICE) != 0;
	uint64_t hcr = HCR_RW | HCR_VM | HCR_AMO;
	if ((flags & HW_WORLD_DIRECT) == 0)
		hcr |= HCR_IMO | HCR_FMO;
	if (service)
		hcr |= HCR_TGE | HCR_DC | HCR_TWI | HCR_TWE;
	else
		hcr |= HCR_SWIO | HCR_FB | HCR_BSU_INNER | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR;
	if (!service && (flags & HW_WORLD_DEDICATED) == 0)
		hcr |= HCR_TWI | HCR_TWE;
	/* Limited-ordering regions and error records are hidden where the CPU has them; elsewhere the bits are RES0. */
	if (bits_get(sysreg_read(id_aa64mmfr1_el1), 19, 16) != 0)
		hcr |= HCR_TLOR;
	if (bits_get(sysreg_read(id_aa64pfr0_el1), 31, 28) != 0)
		hcr |= HCR_TERR;
	world->hcr = hcr;
	world->vttbr = stage2_root.raw | ((uint64_t)vmid << 48);
	bool has_amu = bits_get(sysreg_read(id_aa64pfr0_el1), 47, 44) != 0;
	world->cptr = (has_amu ? CPTR_TAM : 0) | CPTR_RES1 | CPTR_TTA |
		      (service || (flags & HW_WORLD_NO_FP) != 0 ? CPTR_TFP : 0);
	world->mdcr = MDCR_TDA | MDCR_TDOSA | MDCR_TDRA | monitors(flags);
	if (bits_get(sysreg_read(id_aa64dfr0_el1), 35, 32) != 0)
		world->mdcr |= MDCR_TPMS;
	if (bits_get(sysreg_read(id_aa64dfr0_el1), 43, 40) != 0)
		world->mdcr |= MDCR_TTRF;
}

/* The counter and both timers are the guest's; its virtual time is the counter itself. */
#define CNTHCTL_EL1_ACCESS UINT64_C(3) /* EL1PCTEN, EL1PCEN */

void hw_cpu_init(void)
{
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(hstr_el2, 0);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1_ACCESS);
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	hw_timer_arm(TICKS_NEVER);
	sysreg_write(cnthp_ctl_el2, 1);
	sysreg_write(vtcr_el2, stage2_vtcr((uint32_t)bits_get(sysreg_read(id_aa64mmfr0_el1), 3, 0)));
	hw_vcpu_discard();
	sysreg_write(oslar_el1, 0); /* the guests' OS Lock is emulated; this one would silence their breakpoints */
	sysreg_write(osdlr_el1, 0);
	isb();
}

uint64_t hw_cpu_affinity(void) { return sysreg_read(mpidr_el1) & UINT64_C(0xff00ffffff); }

#define ZERO_BLOCK_BYTES 64U
#define ZERO_BLOCKS_AT_ONCE 16U

/* Answers what is behind them. */
static uint64_t zero_blocks_at_once(uint64_t address)
{
	__asm__ volatile(".rept 16\n\tdc zva, %0\n\tadd %0, %0, #64\n\t.endr" : "+r"(address)::"memory");
	return address;
}

void hw_zero(void *at, uint64_t bytes)
{
	uint64_t address = (uint64_t)at;
	uint64_t step = UINT64_C(4) << bits_get(sysreg_read(dczid_el0), 3, 0);
	uint64_t end = address + bytes;
	while (step == ZERO_BLOCK_BYTES && end - address >= ZERO_BLOCKS_AT_ONCE * ZERO_BLOCK_BYTES) {
		LOOP_BOUND(65536 / ZERO_BLOCKS_AT_ONCE);
		address = zero_blocks_at_once(address);
	}
	for (; step == ZERO_BLOCK_BYTES && address < end; address += ZERO_BLOCK_BYTES) {
		LOOP_BOUND(65536);
		__asm__ volatile("dc zva, %0" ::"r"(address) : "memory");
	}
	for (; address < end; address += ZERO_BLOCK_BYTES) {
		LOOP_BOUND(65536);
		__asm__ volatile("stp xzr, xzr, [%0]\n\tstp xzr, xzr, [%0, #16]\n\t"
				 "stp xzr, xzr, [%0, #32]\n\tstp xzr, xzr, [%0, #48]" ::"r"(address)
				 : "memory");
	}
}

static bool has_crc32(void) { return bits_get(sysreg_read(id_aa64isar0_el1), 19, 16) != 0; }

static uint32_t crc32_byte(uint32_t state, uint8_t byte)
{
	__asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(state) : "r"(byte));
	return state;
}

static uint32_t crc32_word(uint32_t state, uint64_t word)
{
	__asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %x1" : "+r"(state) : "r"(word));
	return state;
}

uint32_t hw_crc32(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	const uint8_t *end = p + bytes;
	uint32_t state = ~crc;
	if (!has_crc32())
		return crc32_update(crc, data, bytes);
	while (p < end && !is_aligned((uintptr_t)p, sizeof(uint64_t))) {
		LOOP_BOUND(7);
		state = crc32_byte(state, *p++);
	}
	while (end - p >= 32) {
		LOOP_BOUND(CRC32_BYTES_MAX / 32);
		uint64_t words[4];
		__builtin_memcpy(words, __builtin_assume_aligned(p, sizeof(words[0])), sizeof(words));
		state = crc32_word(crc32_word(state, words[0]), words[1]);
		state = crc32_word(crc32_word(state, words[2]), words[3]);
		p += sizeof(words);
	}
	while (p < end) {
		LOOP_BOUND(31);
		state = crc32_byte(state, *p++);
	}
	return ~state;
}

void hw_world_load(const struct hw_world *world)
{
	sysreg_load_pair(hcr_el2, vttbr_el2, world, offsetof(struct hw_world, hcr));
	sysreg_load_pair(cptr_el2, mdcr_el2, world, offsetof(struct hw_world, cptr));
}

void hw_world_follow(const struct hw_world *world) { sysreg_write(vttbr_el2, world->vttbr); }

void hw_tlb_flush_local(void)
{
	isb(); /* the VMID that was loaded is the one that is flushed */
	__asm__ volatile("tlbi vmalle1" ::: "memory");
	dsb_nsh(); /* complete before the guest runs */
	isb();
}

void hw_stage2_changed(void)
{
	__asm__ volatile("dsb ishst\n\t" /* the descriptor before the walks that follow */
			 "isb\n\t"
			 "tlbi vmalls12e1" ::
				 : "memory");
	dsb_nsh(); /* complete before the guest runs */
	isb();
}

void hw_stage2_revoked(const struct hw_world *world)
{
	uint64_t before = sysreg_read(vttbr_el2);
	sysreg_write(vttbr_el2, world->vttbr);
	__asm__ volatile("dsb ishst\n\t" /* the descriptors before the walks that follow */
			 "isb\n\t"       /* whose VMID it is */
			 "tlbi vmalls12e1is" ::
				 : "memory");
	dsb_ish(); /* complete on all CPUs */
	sysreg_write(vttbr_el2, before);
	isb();
}

void hw_event_wait(void) { __asm__ volatile("wfe" ::: "memory"); }
/* The stores before the event that says so. */
void hw_event_send(void) { __asm__ volatile("dsb ish\n\tsev" ::: "memory"); }

_Noreturn void hw_halt(void)
{
	__asm__ volatile("msr daifset, #0xf");
	for (;;)
		__asm__ volatile("wfi");
}
