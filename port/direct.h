/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core needs of the physical interrupt controller and the MMU for a VM whose physical interrupts are its own
 * (core/direct.h). Same rules as port/cpu.h. On the CPU of that VM, unless a comment says otherwise.
 *
 * While the guest has the CPU interface, no physical interrupt is taken to EL2 there (IHI 0069, 4.7): those that the
 * guest does not have are disabled, but for EL2's wake-up, which is the maintenance interrupt, made pending by hand.
 */
#ifndef PORT_DIRECT_H
#define PORT_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "port/cpu.h"

/* The CPU interface (ICC_*_EL1) while its guest is out of it. All zero, but for the mask: after a reset. */
struct hw_direct {
	uint64_t mask; /* ICC_PMR_EL1 */
	uint64_t control, binary_point, enable, active;
};

/* Boot: whether the CPU has no more active priorities than `active` holds. */
bool hw_direct_is_possible(void);

/* ICC_PMR_EL1 that admits EL2's own interrupts and nobody's lines. */
#define HW_DIRECT_MASK UINT64_C(0x20)

/* The interface becomes the guest's: the registers that Group 0 and 1 have in common trap, and those of Group 0. And
 * EL2's again, masked as above. */
void hw_direct_load(const struct hw_direct *interface);
void hw_direct_save(struct hw_direct *interface);

/* Interrupts 32 * word up that a VM has, one bit each: disabled, neither pending nor active, of the most urgent
 * priority that is the guest's. */
void hw_direct_clear(uint32_t word, uint32_t bits);

/* The distributor, or this CPU's redistributor; and registers of them. */
volatile uint8_t *hw_direct_block(bool is_dist);
uint32_t hw_direct_read(const volatile uint8_t *block, uint32_t offset);
void hw_direct_write(volatile uint8_t *block, uint32_t offset, uint32_t value);
void hw_direct_write_byte(volatile uint8_t *block, uint32_t offset, uint8_t value);

/* Registers of the CPU interface, which is the guest's. The last is only read. */
enum hw_direct_register { HW_DIRECT_PMR, HW_DIRECT_CTLR, HW_DIRECT_RPR };
uint64_t hw_direct_register(enum hw_direct_register which);
void hw_direct_register_set(enum hw_direct_register which, uint64_t value);

/* From any CPU, whose redistributor is named: EL2's wake-up is pending there, after all that was written before. */
void hw_direct_recall(void *redistributor);
/* It is not any more, nor will it be until it is made so. At most HW_DIRECT_POLLS reads of a status bit. */
#define HW_DIRECT_POLLS 1000U
void hw_direct_recalled(void);

/* From any CPU, after a change that made all of a world's stage 2 invalid: no CPU uses it when this returns. */
void hw_stage2_revoked(const struct hw_world *world);

#endif
