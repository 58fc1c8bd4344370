/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: all of EL2's objects, allocated at boot and never freed. `takt build` sizes it; running out is refused
 * there, asserted here. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdint.h>

#include "base/types.h"

void arena_init(void *base, pa_t base_pa, uint64_t bytes);

/* Zeroed, at a 64-byte boundary. */
void *arena_alloc(uint64_t bytes);

/* Zeroed 4 KiB pages. */
void *arena_alloc_pages(uint32_t pages);

/* The physical address of something in the arena. */
pa_t arena_pa(const void *at);

#endif
