/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a description mean together: rules across nodes, on what system_read accepted. */
#ifndef TOOLS_TAKT_CHECK_H
#define TOOLS_TAKT_CHECK_H

#include "tools/takt/diag.h"
#include "tools/takt/system.h"

/* The guest platform: QEMU's virt board. */
#define GUEST_GICD_IPA UINT64_C(0x08000000)
#define GUEST_GICD_BYTES UINT64_C(0x10000)
#define GUEST_GICR_IPA UINT64_C(0x080a0000)
#define GUEST_GICR_BYTES UINT64_C(0x20000) /* for each vCPU */
#define GUEST_UART_IPA UINT64_C(0x09000000)
#define GUEST_UART_BYTES UINT64_C(0x1000)
#define GUEST_UART_INTID 33U
/* Where that board has nothing. */
#define GUEST_WATCHDOG_REFRESH_IPA UINT64_C(0x09100000)
#define GUEST_WATCHDOG_CONTROL_IPA UINT64_C(0x09101000)
#define GUEST_WATCHDOG_BYTES UINT64_C(0x1000) /* of each */
#define GUEST_WATCHDOG_INTID 42U
#define GUEST_STOLEN_IPA UINT64_C(0x09102000)
#define GUEST_STOLEN_BYTES UINT64_C(0x1000)

#define PAGE_BYTES UINT64_C(0x1000)
#define BLOCK_BYTES UINT64_C(0x200000)

/* Memory, devices, lines and identities of all domains. */
void check_system(const struct system *system, struct diag *diag);

/* Of one domain's devices (check_device.c): pages, owners, lines, clocks, DMA. */
void check_devices(const struct system *system, const struct system_domain *domain, struct diag *diag);

/* Whether the ranges share a byte. */
bool check_overlap(struct range a, struct range b);

/* The domain gets a PL011 model: yes, unless it has a device of its own at that address. */
bool check_has_console(const struct system_domain *domain);

/* The domain's flash, or null. */
const struct system_image *check_flash_of(const struct system_domain *domain);

#endif
