/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug registers (DDI 0487, D17.3). All are trapped, always (MDCR_EL2.TDA, TDOSA, TDRA): untrapping breakpoints would
 * untrap the debug communication channel and the claim tags with them, and those are one for all guests of the CPU.
 *
 *   kept, switched once they enable something   MDSCR_EL1, DBGBVR, DBGBCR, DBGWVR, DBGWCR
 *   constant, writes ignored                    the rest: the external debug interface, OS lock and powerdown control
 *                                               exist and do nothing
 */
#include "core/debug.h"

#include "base/bits.h"

#define KEY_MDCCINT SYSREG_KEY(2, 0, 0, 2, 0)
#define KEY_MDSCR SYSREG_KEY(2, 0, 0, 2, 2)
#define KEY_OSDTRRX SYSREG_KEY(2, 0, 0, 0, 2)
#define KEY_OSDTRTX SYSREG_KEY(2, 0, 0, 3, 2)
#define KEY_OSECCR SYSREG_KEY(2, 0, 0, 6, 2)
#define KEY_MDRAR SYSREG_KEY(2, 0, 1, 0, 0)
#define KEY_OSLAR SYSREG_KEY(2, 0, 1, 0, 4)
#define KEY_OSLSR SYSREG_KEY(2, 0, 1, 1, 4)
#define KEY_OSDLR SYSREG_KEY(2, 0, 1, 3, 4)
#define KEY_DBGPRCR SYSREG_KEY(2, 0, 1, 4, 4)
#define KEY_CLAIMSET SYSREG_KEY(2, 0, 7, 8, 6)
#define KEY_CLAIMCLR SYSREG_KEY(2, 0, 7, 9, 6)
#define KEY_AUTHSTATUS SYSREG_KEY(2, 0, 7, 14, 6)
#define KEY_MDCCSR SYSREG_KEY(2, 3, 0, 1, 0)
#define KEY_DBGDTR SYSREG_KEY(2, 3, 0, 4, 0)
#define KEY_DBGDTRX SYSREG_KEY(2, 3, 0, 5, 0) /* RX, TX */

#define OSLSR_LOCK_IMPLEMENTED BIT64(3)                               /* OSLM 0b10; not locked */
#define MDSCR_WRITABLE (BIT64(0) | BIT64(12) | BIT64(13) | BIT64(15)) /* SS, TDCC, KDE, MDE: OS lock not locked */
#define MDSCR_ENABLES (BIT64(0) | BIT64(13) | BIT64(15))              /* SS, KDE, MDE */
#define CONTROL_ENABLE BIT64(0)                                       /* DBGBCR.E, DBGWCR.E */

/* What reads give where EL2 keeps nothing; writes are ignored. */
static bool constant_register(uint16_t key, uint64_t *value)
{
	switch (key) {
	case KEY_OSLSR:
		*value = OSLSR_LOCK_IMPLEMENTED;
		return true;
	case KEY_CLAIMSET:
		*value = 0xff;
		return true;
	case KEY_MDCCINT:
	case KEY_OSDTRRX:
	case KEY_OSDTRTX:
	case KEY_OSECCR:
	case KEY_MDRAR:
	case KEY_OSLAR:
	case KEY_OSDLR:
	case KEY_DBGPRCR:
	case KEY_CLAIMCLR:
	case KEY_AUTHSTATUS:
	case KEY_MDCCSR:
	case KEY_DBGDTR:
	case KEY_DBGDTRX:
		*value = 0;
		return true;
	default:
		return false;
	}
}

/* DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>: CRn 0, CRm n, op2 4 to 7. */
static bool is_numbered(uint16_t key) { return bits_get(key, 10, 7) == 0 && bits_get(key, 2, 2) != 0; }

static bool is_implemented(const struct vcpu *vcpu, uint16_t key)
{
	uint64_t features = vcpu->vm->ids->id[ID_AA64DFR0_EL1];
	uint64_t count = bits_get(key, 1, 1) == 0 ? bits_get(features, 15, 12) : bits_get(features, 23, 20);
	return bits_get(key, 6, 3) <= count;
}

static bool enables_something(uint16_t key, uint64_t value)
{
	if (key == KEY_MDSCR)
		return (value & MDSCR_ENABLES) != 0;
	return bits_get(key, 0, 0) == 1 && (value & CONTROL_ENABLE) != 0;
}

/* Where a register with state is kept, or NULL. */
static uint64_t *kept_register(struct vcpu *vcpu, uint16_t key)
{
	if (key == KEY_MDSCR)
		return &vcpu->state.debug_control;
	if (!is_numbered(key) || !is_implemented(vcpu, key))
		return NULL;
	return &vcpu->state.debug[4 * bits_get(key, 6, 3) + bits_get(key, 1, 0)];
}

bool debug_access(struct vcpu *vcpu, struct sysreg_access access)
{
	struct hw_frame *frame = &vcpu->context.frame;
	uint64_t constant;
	if (constant_register(access.key, &constant)) {
		if (access.is_read)
			guest_reg_set(frame, access.rt, constant);
		return true;
	}
	uint64_t *kept = kept_register(vcpu, access.key);
	if (kept == NULL)
		return false;
	if (access.is_read) {
		guest_reg_set(frame, access.rt, *kept);
		return true;
	}
	uint64_t value = guest_reg(frame, access.rt);
	*kept = access.key == KEY_MDSCR ? value & MDSCR_WRITABLE : value;
	if ((vcpu->state.uncommon & HW_VCPU_DEBUG) != 0 || enables_something(access.key, *kept))
		hw_vcpu_debug_load(&vcpu->state);
	return true;
}
