/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may follow what happens to a VM (abi/blob.h). Of a reset, a crash and an expired watchdog the VM does not go on;
 * of other events nothing need follow. Pure; any CPU.
 */
#ifndef LOGIC_CONFIG_EVENT_H
#define LOGIC_CONFIG_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/blob.h"

/* mode_count: of the system, with the normal one. */
bool config_event_suits(enum blob_vm_event event, uint32_t action, uint32_t mode_count);

/* Something may follow for which its memory must be restored. */
bool config_event_needs_loader(const uint8_t on[BLOB_EVENT_ROOM]);

#endif
