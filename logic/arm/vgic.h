/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3 (IHI 0069, GICv3 with DS = 1, affinity routing only) as pure decisions over bitmaps.
 */
#ifndef LOGIC_ARM_VGIC_H
#define LOGIC_ARM_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/types.h"

#define VGIC_SPI_WORDS 4U                   /* SPIs 32 .. 287, as QEMU virt has */
#define VGIC_INTID_MAX (32U + 64U * VGIC_SPI_WORDS)
#define VGIC_LR_MAX 16U
#define VGIC_VCPU_MAX 8U

#endif
