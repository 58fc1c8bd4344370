/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own address map before C can use it; port/boot.h has the rest, and frame.h draws the map. */
#ifndef ARCH_AARCH64_MMU_H
#define ARCH_AARCH64_MMU_H

#include <stdint.h>

/* With the MMU off: fills the tables for the image at this physical address, and its identity map; answers the level-1
 * table's address. */
uint64_t mmu_build(uint64_t image_pa);

/* The physical address of something in the image, by its linked address. */
uint64_t mmu_pa_of(const char *symbol);

#endif
