/* SPDX-License-Identifier: Apache-2.0 */
/* The end of EL2, for its own bugs and for a blob that it must refuse: one record, then the CPU stops. */
#ifndef CORE_PANIC_H
#define CORE_PANIC_H

#include <stdint.h>

_Noreturn void panic(const char *what, uint64_t value);

/* From the vectors: an exception taken from EL2 itself. */
_Noreturn void panic_exception(uint64_t vector, uint64_t syndrome, uint64_t pc, uint64_t address);

#endif
