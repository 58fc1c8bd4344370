/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor half of the GICv3 CPU interface (ICH_*_EL2, IHI 0069 section 12.4), as port/irq.h promises it. */
#include "port/irq.h"

#include <stddef.h>

#include "arch/aarch64/sysreg.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/expect.h"
#include "drv/gicv3/registers.h"

#define ICH_VMCR S3_4_C12_C11_7
#define ICH_HCR S3_4_C12_C11_0
#define ICH_VTR S3_4_C12_C11_1
#define ICH_ELRSR S3_4_C12_C11_5
#define ICH_AP0R0 S3_4_C12_C8_0
#define ICH_AP1R0 S3_4_C12_C9_0

#define LIST_REGISTERS_USED 4U /* what the smallest CPUs have; more would only lengthen the longest step */

#define save_pair(first, second, base, offset) sysreg_save_pair(first, second, base, offset)
#define load_pair(first, second, base, offset) sysreg_load_pair(first, second, base, offset)

uint32_t hw_lr_count(void)
{
	ASSERT(bits_get(READ(ICH_VTR), 4, 0) + 1 >= LIST_REGISTERS_USED);
	return LIST_REGISTERS_USED;
}

uint64_t hw_lr_empty(void) { return READ(ICH_ELRSR); }

uint64_t hw_lr_read(uint32_t index)
{
	switch (index) {
	case 0:
		return READ(S3_4_C12_C12_0);
	case 1:
		return READ(S3_4_C12_C12_1);
	case 2:
		return READ(S3_4_C12_C12_2);
	default:
		return READ(S3_4_C12_C12_3);
	}
}

/* The first is mostly free. */
void hw_lr_write(uint32_t index, uint64_t value)
{
	if (likely(index == 0))
		WRITE(S3_4_C12_C12_0, value);
	else if (index == 1)
		WRITE(S3_4_C12_C12_1, value);
	else if (index == 2)
		WRITE(S3_4_C12_C12_2, value);
	else
		WRITE(S3_4_C12_C12_3, value);
}

uint32_t hw_vgic_control(void) { return (uint32_t)READ(ICH_HCR); }
void hw_vgic_control_set(uint64_t value) { WRITE(ICH_HCR, value); }
uint64_t hw_vgic_vmcr(void) { return READ(ICH_VMCR); }

/* Four: hw_lr_count asserts at boot that the CPU has them. */
void hw_lr_load(const uint64_t *values)
{
	sysreg_load_pair(S3_4_C12_C12_0, S3_4_C12_C12_1, values, 0);
	sysreg_load_pair(S3_4_C12_C12_2, S3_4_C12_C12_3, values, 16);
}

void hw_vgic_save(struct hw_vgic *vgic)
{
	save_pair(ICH_VMCR, ICH_AP0R0, vgic, offsetof(struct hw_vgic, vmcr));
	vgic->ap1r0 = READ(ICH_AP1R0);
}

void hw_vgic_load(const struct hw_vgic *vgic)
{
	load_pair(ICH_VMCR, ICH_AP0R0, vgic, offsetof(struct hw_vgic, vmcr));
	WRITE(ICH_AP1R0, vgic->ap1r0);
}

void hw_vgic_reset(struct hw_vgic *vgic) { *vgic = (struct hw_vgic){0}; }
