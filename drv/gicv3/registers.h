/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the physical GICv3 (IHI 0069, 12.9 to 12.11) and its priorities, for the files here. Those from IGROUPR
 * to ICFGR lie alike in the distributor and behind GICR_SGI_BASE. */
#ifndef DRV_GICV3_REGISTERS_H
#define DRV_GICV3_REGISTERS_H

#include <stdint.h>

#include "arch/aarch64/sysreg.h"
#include "base/bits.h"

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GICD_IGROUPR 0x0080U
#define GICD_ISENABLER 0x0100U
#define GICD_ICENABLER 0x0180U
#define GICD_ISPENDR 0x0200U
#define GICD_ICPENDR 0x0280U
#define GICD_ISACTIVER 0x0300U
#define GICD_ICACTIVER 0x0380U
#define GICD_IPRIORITYR 0x0400U
#define GICD_ICFGR 0x0c00U
#define GICD_IROUTER 0x6000U
#define GICD_CTLR_ENABLE_GRP1 \
	(BIT32(0) | BIT32(1)) /* EnableGrp1 in the non-secure view, EnableGrp1A or both groups in others */
#define GICD_CTLR_ARE BIT32(4)
#define GICD_CTLR_RWP BIT32(31)

#define GICR_CTLR 0x0000U
#define GICR_CTLR_RWP BIT32(3)
#define GICR_TYPER_AFFINITY 0x000cU
#define GICR_WAKER 0x0014U
#define GICR_WAKER_SLEEP BIT32(1)
#define GICR_WAKER_CHILDREN BIT32(2)
#define GICR_SGI_BASE 0x10000U

#define ICC_CTLR_EOIMODE UINT64_C(2)

#define PRIORITY_TIME 0x00U
#define PRIORITY_OWN 0x10U
#define PRIORITY_BAND_FIRST 0x20U
#define PRIORITY_STEP 0x10U

static inline uint32_t read32(const volatile uint8_t *block, uint32_t offset)
{
	return *(const volatile uint32_t *)(block + offset);
}

static inline void write32(volatile uint8_t *block, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(block + offset) = value;
}

/* System registers of a CPU interface, by their names here: S3_<op1>_C<n>_C<m>_<op2>. */
#define READ(name) sysreg_read_named(name)
#define sysreg_read_named(name) sysreg_read(name)
#define WRITE(name, value) sysreg_write_named(name, value)
#define sysreg_write_named(name, value) sysreg_write(name, value)

/* As hw_irq_init was told. */
volatile uint8_t *gic_distributor(void);

#endif
