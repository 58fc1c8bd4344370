/* SPDX-License-Identifier: Apache-2.0 */
/* TAP (Test Anything Protocol 13) on the console: numbered results, the plan at the end. Boot CPU only. */
#ifndef GUESTS_RUNTIME_TAP_H
#define GUESTS_RUNTIME_TAP_H

#include <stdbool.h>
#include <stdint.h>

void tap_ok(bool passed, const char *what);
/* Passes when the values are equal; else says both. */
void tap_equal(uint64_t got, uint64_t expected, const char *what);
void tap_skip(const char *what, const char *why);
/* Prints the plan and the line `# end`, and switches the machine off. */
_Noreturn void tap_end(void);

/* True when Takt is below (the vendor-specific hypervisor's UID says so); false on a bare machine. */
bool tap_on_takt(void);

#endif
