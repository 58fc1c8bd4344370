/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exception from a lower level says: fields of ESR_EL2, FAR_EL2 and HPFAR_EL2 (DDI 0487, D17.2.37 ESR_EL2,
 * D17.2.60 HPFAR_EL2). Pure, constant time; every bit pattern has an answer, since a guest can produce nearly all of
 * them.
 */
#ifndef LOGIC_ARM_DECODE_H
#define LOGIC_ARM_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/stats.h"
#include "base/bits.h"
#include "base/types.h"

/* ESR_EL2.EC of synchronous exceptions that a lower level can take to EL2. */
enum esr_ec {
	ESR_EC_UNKNOWN = 0x00,
	ESR_EC_WFX = 0x01,
	ESR_EC_CP15_32 = 0x03,
	ESR_EC_CP15_64 = 0x04,
	ESR_EC_CP14_32 = 0x05,
	ESR_EC_CP14_LS = 0x06,
	ESR_EC_FP = 0x07,
	ESR_EC_CP10_ID = 0x08,
	ESR_EC_PAC = 0x09,
	ESR_EC_LS64 = 0x0a,
	ESR_EC_CP14_64 = 0x0c,
	ESR_EC_BTI = 0x0d,
	ESR_EC_ILL = 0x0e,
	ESR_EC_SVC64 = 0x15,
	ESR_EC_HVC64 = 0x16,
	ESR_EC_SMC64 = 0x17,
	ESR_EC_SYSREG = 0x18,
	ESR_EC_SVE = 0x19,
	ESR_EC_ERET = 0x1a,
	ESR_EC_SME = 0x1d,
	ESR_EC_IABT_LOW = 0x20,
	ESR_EC_PC_ALIGN = 0x22,
	ESR_EC_DABT_LOW = 0x24,
	ESR_EC_SP_ALIGN = 0x26,
	ESR_EC_FP_EXC64 = 0x2c,
	ESR_EC_BREAKPOINT_LOW = 0x30,
	ESR_EC_STEP_LOW = 0x32,
	ESR_EC_WATCHPOINT_LOW = 0x34,
	ESR_EC_BKPT32 = 0x38,
	ESR_EC_BRK64 = 0x3c,
};

#define ESR_EC_COUNT 64U

static inline unsigned esr_ec(uint64_t esr) { return (unsigned)bits_get(esr, 31, 26); }

/* Instruction-specific syndrome, 25 bits. */
static inline uint32_t esr_iss(uint64_t esr) { return (uint32_t)bits_get(esr, 24, 0); }

/* Bytes of the instruction that was trapped: what ELR_EL2 must advance by to skip it. */
static inline uint64_t esr_instruction_bytes(uint64_t esr) { return bits_get(esr, 25, 25) != 0 ? 4 : 2; }

/* Immediate of HVC, SMC, SVC. */
static inline uint32_t esr_imm16(uint64_t esr) { return (uint32_t)bits_get(esr, 15, 0); }

/* WFx: the instruction was WFE or WFET, else WFI or WFIT (ISS.TI). */
static inline bool esr_is_wfe(uint64_t esr) { return bits_get(esr, 0, 0) != 0; }

/*
 * Whether the trapped instruction would have been executed: hardware may trap a conditional instruction of AArch32
 * whose condition fails (DDI 0487, ISS of the classes with CV and COND), which then does nothing. pstate is that of the
 * exit.
 */
bool decode_condition_holds(uint64_t esr, uint64_t pstate);

/* enum exit_class of each exception class, for synchronous exceptions from a guest at EL1 or EL0. None is EXIT_SVC: a
 * guest's SVC is taken to EL1. */
extern const uint8_t esr_classes[ESR_EC_COUNT];
/* The same from one with direct delivery: EXIT_DIRECT where its recall, or a register of the interrupt controller, may
 * be meant. */
extern const uint8_t esr_direct_classes[ESR_EC_COUNT];

/*
 * The exit class of a synchronous exception from a guest. What has no class of its own is EXIT_UNDEF. The caller
 * decides by vector, not by this, about IRQ and SError, and about exceptions of a service.
 */
static inline enum exit_class esr_class(uint64_t esr) { return (enum exit_class)esr_classes[esr_ec(esr)]; }

enum fault_kind {
	FAULT_TRANSLATION, /* nothing is mapped there at stage 2 */
	FAULT_PERMISSION,  /* mapped, and the access is not allowed */
	FAULT_ACCESS_FLAG,
	FAULT_ADDRESS_SIZE,
	FAULT_OTHER, /* external abort, alignment, TLB conflict, unsupported exclusive, ... */
};

/* DFSC or IFSC, the low six bits of the syndrome. Level -1 is FAULT_OTHER: our tables have none. */
static inline enum fault_kind decode_fault_kind(uint64_t esr)
{
	static const uint8_t kinds[4] = {FAULT_ADDRESS_SIZE, FAULT_TRANSLATION, FAULT_ACCESS_FLAG, FAULT_PERMISSION};
	unsigned status = (unsigned)bits_get(esr, 5, 0);
	return status < 0x10 ? (enum fault_kind)kinds[status >> 2] : FAULT_OTHER;
}

/* A data abort (ESR_EC_DABT_LOW). Size, register and extension mean something only when valid. */
struct mmio_access {
	bool valid; /* ISV: one load or store of one general register, without writeback */
	bool is_write;
	bool sign_extend;          /* a load that sign-extends */
	bool is_64bit;             /* the register is Xt, else Wt */
	bool is_s1ptw;             /* the fault was in a walk of the guest's own tables */
	bool is_cache_maintenance; /* a DC or IC instruction; is_write is then set and means nothing */
	uint8_t size_bytes;        /* 1, 2, 4 or 8 */
	uint8_t reg;               /* 0 to 30; 31 is the zero register */
	uint8_t kind;              /* enum fault_kind */
};

static inline struct mmio_access decode_mmio(uint64_t esr)
{
	return (struct mmio_access){
		.valid = bits_get(esr, 24, 24) != 0,
		.is_write = bits_get(esr, 6, 6) != 0,
		.sign_extend = bits_get(esr, 21, 21) != 0,
		.is_64bit = bits_get(esr, 15, 15) != 0,
		.is_s1ptw = bits_get(esr, 7, 7) != 0,
		.is_cache_maintenance = bits_get(esr, 8, 8) != 0,
		.size_bytes = (uint8_t)(1U << bits_get(esr, 23, 22)),
		.reg = (uint8_t)bits_get(esr, 20, 16),
		.kind = (uint8_t)decode_fault_kind(esr),
	};
}

/*
 * A device can answer this data abort: a translation fault of an access that the syndrome describes (ISV), not in a
 * walk of the guest's tables. One comparison: the way of every emulated access.
 */
static inline bool decode_is_emulable(uint64_t esr)
{
	uint64_t isv_s1ptw_fault = BIT64(24) | BIT64(7) | MASK64(5, 2);
	return (esr & isv_s1ptw_fault) == (BIT64(24) | BIT64(2));
}

/* What a load leaves in its 64-bit register, when the device answered raw. Only the low size_bytes of raw count. */
static inline uint64_t mmio_load_value(struct mmio_access access, uint64_t raw)
{
	unsigned unused_bits = 64U - 8U * access.size_bytes;
	uint64_t top = raw << unused_bits;
	uint64_t value = access.sign_extend ? (uint64_t)((int64_t)top >> unused_bits) : top >> unused_bits;
	return access.is_64bit ? value : (uint32_t)value;
}

/* What a store of a register that holds value sends to the device. */
static inline uint64_t mmio_store_value(struct mmio_access access, uint64_t value)
{
	unsigned unused_bits = 64U - 8U * access.size_bytes;
	return value << unused_bits >> unused_bits;
}

/*
 * HPFAR_EL2 holds the faulting address only for these stage-2 aborts. For a permission fault that was not in a walk
 * it is UNKNOWN, and the address takes an AT instruction to find.
 */
static inline bool decode_has_fault_ipa(uint64_t esr)
{
	bool is_s1ptw = bits_get(esr, 7, 7) != 0;
	return is_s1ptw || (bits_get(esr, 5, 0) < 0x10 && decode_fault_kind(esr) != FAULT_PERMISSION);
}

/* The IPA of a stage-2 abort. In a walk of the guest's tables (is_s1ptw) the low 12 bits are not those of the walk. */
static inline ipa_t decode_fault_ipa(uint64_t hpfar, uint64_t far)
{
	return ipa(bits_get(hpfar, 43, 4) << 12 | bits_get(far, 11, 0));
}

/*
 * A system register or instruction by its encoding, in 16 bits. Registers of one CRn and op1 lie in order of (CRm,
 * op2).
 */
#define SYSREG_KEY(op0, op1, crn, crm, op2) \
	((uint16_t)(((op0)&3U) << 14 | ((op1)&7U) << 11 | ((crn)&15U) << 7 | ((crm)&15U) << 3 | ((op2)&7U)))

/* A trapped MSR, MRS or system instruction (ESR_EC_SYSREG). */
struct sysreg_access {
	uint16_t key; /* SYSREG_KEY */
	uint8_t rt;   /* 0 to 30; 31 is the zero register */
	bool is_read; /* MRS, else MSR or SYS */
};

/* ISS: Op0 21:20, Op2 19:17, Op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1, direction 0. Higher bits of iss may be anything. */
static inline struct sysreg_access decode_sysreg(uint64_t iss)
{
	uint64_t key = bits_get(iss, 21, 20) << 14 | bits_get(iss, 16, 10) << 7 | bits_get(iss, 4, 1) << 3 |
		       bits_get(iss, 19, 17);
	return (struct sysreg_access){
		.key = (uint16_t)key,
		.rt = (uint8_t)bits_get(iss, 9, 5),
		.is_read = bits_get(iss, 0, 0) != 0,
	};
}

#endif
