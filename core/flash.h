/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's flash: memory that it reads, and commands that its model answers. As long as the flash is an array, stage 2
 * maps it read-only, so that any load works and costs nothing. What is not mapped is always answered rightly, if
 * slowly, by the model; so all that is decided here is when to map:
 *
 *           load, while it is an array                        the model's answer says which it is:
 *        .-----------------------------> MAPPED               is_command, or an array
 *   UNMAPPED <---------------------------'  store
 *        '--> load in a command, store: a call of the model
 *
 * A store to what is mapped is a permission fault, whose address is not to be had from HPFAR_EL2: the flash is
 * unmapped, and the store repeated. If it was one to other read-only memory it faults again, and is that memory's. The
 * map changes by one descriptor, that of a 2 MiB block, and for this CPU alone: all vCPUs of such a VM are on it.
 */
#ifndef CORE_FLASH_H
#define CORE_FLASH_H

#include "core/core.h"

/* At boot, behind the VM's stage 2: the model has a flash, and the VM a block that maps it. */
void flash_init(struct model *model, const struct stage2 *stage2);

/*
 * The current vCPU's data abort at stage 2, which nobody else has answered: the access is repeated, or its model called
 * for it; or false: it is not the flash's, or none that can be emulated.
 */
bool flash_fault(struct cpu *cpu, struct vm *vm, uint64_t syndrome, ticks_t now);

#endif
