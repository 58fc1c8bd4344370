/* SPDX-License-Identifier: Apache-2.0 */
/* What boot needs of a machine beyond port/cpu.h: where the blob is, and EL2's own address map, until it is sealed.
 * Boot CPU only, but for boot_secondary. */
#ifndef PORT_BOOT_H
#define PORT_BOOT_H

#include <stdint.h>

#include "base/types.h"

struct boot_blob {
	uint64_t offset; /* from the start of the image; 0: none */
	uint64_t bytes;
	uint64_t uart_pa; /* of the early console; 0: none */
};

/* As the image's header says (abi/image.h). */
struct boot_blob hw_boot_blob(void);

/* Each makes a physical range readable (the blob) or readable and writable, and answers where. Page-aligned; the arena
 * by 2 MiB. */
const void *hw_map_blob(pa_t at, uint64_t bytes);
void *hw_map_device(pa_t at, uint64_t bytes);
void *hw_map_memory(pa_t at, uint64_t bytes);
void *hw_map_redistributors(pa_t at, uint64_t bytes);
void *hw_map_arena(pa_t at, uint64_t bytes);

/* Makes the stacks of CPU index, whose pages are at `at`: HW_STACK_PAGES. The CPU that boots has its own. */
#define HW_STACK_PAGES 3U
void hw_map_stack(uint32_t index, pa_t at);

/* From here on the map can't change. All CPUs have been started: none can begin at its first instruction any more. */
void hw_map_seal(void);

/* The core's, where a CPU begins that hw_cpu_start started. */
_Noreturn void boot_secondary(uint32_t index);

#endif
