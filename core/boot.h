/* SPDX-License-Identifier: Apache-2.0 */
/* Where arch's first instructions go on in C, with EL2's image mapped: the image's physical address, and the counter at
 * reset. */
#ifndef CORE_BOOT_H
#define CORE_BOOT_H

#include <stdint.h>

_Noreturn void boot_main(uint64_t image, uint64_t reset);

#endif
