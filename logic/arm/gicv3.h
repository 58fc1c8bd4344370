/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of a GICv3's distributor and redistributors (IHI 0069, 12.9 to 12.11), by offset: of the one that a guest
 * sees, be it in the books or the physical one. */
#ifndef LOGIC_ARM_GICV3_H
#define LOGIC_ARM_GICV3_H

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GICD_IIDR 0x0008U
#define GICD_IROUTER 0x6000U
#define GICR_CTLR 0x0000U
#define GICR_IIDR 0x0004U
#define GICR_TYPER 0x0008U
#define GICR_WAKER 0x0014U
#define GICR_SGI_BASE 0x10000U
#define GIC_PIDR2 0xffe8U

/* Laid out alike in the distributor and in a redistributor's SGI frame, which has word 0 alone. */
#define GIC_IGROUPR 0x0080U
#define GIC_ISENABLER 0x0100U
#define GIC_BITS_END 0x0400U
#define GIC_IPRIORITYR_END 0x0800U
#define GIC_ICFGR 0x0c00U
#define GIC_ICFGR_END 0x0d00U

#define GICD_CTLR_GROUPS 0x3U

#endif
