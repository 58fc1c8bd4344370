/* SPDX-License-Identifier: Apache-2.0 */
/* Which command suits which state of a VM: abi/hypercall.h has both. Pure; any CPU. */
#ifndef LOGIC_VM_COMMAND_H
#define LOGIC_VM_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/hypercall.h"

/* SMCCC_OK: it does; SMCCC_INVALID_PARAMETER: there is no such command; or TAKT_VM_BUSY, TAKT_VM_WRONG_STATE,
 * TAKT_VM_NOT_RESTARTABLE. has_loader: its memory can be restored. */
int64_t vm_command_judge(uint64_t command, enum takt_vm_state state, bool has_loader);

#endif
