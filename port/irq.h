/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core needs of the physical interrupt controller and of its virtualisation half. Same rules as port/cpu.h.
 * Interrupt identifiers are the controller's (GIC INTIDs).
 */
#ifndef PORT_IRQ_H
#define PORT_IRQ_H

#include <stdbool.h>
#include <stdint.h>

/* Private interrupts that EL2 knows by name. */
#define IRQ_GUEST_PMU 23U /* of VMs that have a PMU, where a board has its interrupt */
#define IRQ_MAINTENANCE 25U
#define IRQ_DEADLINE 26U
#define IRQ_GUEST_VIRTUAL_TIMER 27U
#define IRQ_GUEST_PHYSICAL_TIMER 30U
#define IRQ_GUEST_TIMERS ((UINT32_C(1) << IRQ_GUEST_VIRTUAL_TIMER) | (UINT32_C(1) << IRQ_GUEST_PHYSICAL_TIMER))
#define IRQ_SHARED_FIRST 32U
#define IRQ_SPECIAL_FIRST 1020U

#define IRQ_BANDS 12U

/*
 * Kicks from CPU to CPU: INTID 0 up, each at the priority of the first band that it stands for, so that the receiver's
 * mask admits one for a context exactly when it would admit that context's lines. Eight SGIs are all that non-secure
 * software may count on: the most urgent bands and best effort have their own, the others share one.
 */
#define IRQ_KICKS 8U
#define IRQ_KICKS_OWN 6U

static inline uint32_t irq_kick_of(uint32_t band)
{
	if (band < IRQ_KICKS_OWN)
		return band;
	return band + 1 < IRQ_BANDS ? IRQ_KICKS_OWN : IRQ_KICKS_OWN + 1;
}

/* The first band that a kick stands for. */
static inline uint32_t irq_kick_band(uint32_t kick) { return kick <= IRQ_KICKS_OWN ? kick : IRQ_BANDS - 1; }

/* Boot, once: distributor; then each CPU its redistributor and interface. Bounded loops over the controller's lines. */
void hw_irq_init(void *distributor);
void hw_irq_init_cpu(void *redistributor);

/* Takes the most urgent pending interrupt; 1020 up: none. It is active until dropped and deactivated. */
uint32_t hw_irq_acknowledge(void);
/* Lets others of its priority interrupt again, while it stays active. */
void hw_irq_drop(uint32_t intid);
/* Makes it inactive: it can become pending again. After what this CPU did to its source, memory or system register. */
void hw_irq_deactivate(uint32_t intid);

/* Makes the kick pending on the CPU of this affinity, after all that was written before. */
void hw_irq_kick(uint64_t affinity, uint32_t kick);

/* A shared line: routed to the CPU of this affinity, at a band's priority; disabled. */
void hw_irq_line_init(uint32_t intid, uint32_t band, bool edge, uint64_t affinity);
/* Shared lines by words: bit n of word w is INTID 32 w + n. One write, whose effect comes a little later. */
void hw_irq_lines_enable(uint32_t word, uint32_t bits);
void hw_irq_lines_disable(uint32_t word, uint32_t bits);
/* One that is pending and not active becomes active, as if it had been acknowledged; enabled or not. False: it is none.
 */
bool hw_irq_line_take(uint32_t intid);
/* Neither active nor, as far as an edge has made them so, pending. */
void hw_irq_lines_clear(uint32_t word, uint32_t bits);
/* Private interrupts that hw_irq_init_cpu leaves disabled, as bits 0 to 31. Boot, on each CPU. */
void hw_irq_private_enable(uint32_t bits);
/* Active state of private interrupts, as bits 0 to 31: moved with the vCPU that they are linked to. */
void hw_irq_private_activate(uint32_t bits);
void hw_irq_private_deactivate(uint32_t bits);

/* The mask that admits EL2's own interrupts and lines of bands 0 to band; IRQ_BANDS admits all. */
uint64_t hw_irq_mask_of(uint32_t band);
void hw_irq_mask(uint64_t mask);
/* An interrupt that the mask admits is pending (ISR_EL1), as seen after all earlier changes of the mask. */
bool hw_irq_is_pending(void);

/* The list registers and the virtual CPU interface of the vCPU in the registers (ICH_*_EL2). */
uint32_t hw_lr_count(void);
uint64_t hw_lr_empty(void); /* ICH_ELRSR_EL2: bit n set: list register n holds nothing pending or active */
uint64_t hw_lr_read(uint32_t index);
void hw_lr_write(uint32_t index, uint64_t value);
/* Writes all list registers in use from values[0 .. hw_lr_count()). */
void hw_lr_load(const uint64_t *values);
uint32_t hw_vgic_control(void); /* ICH_HCR_EL2, EOIcount in bits 31 to 27 */
void hw_vgic_control_set(uint64_t value);
uint64_t hw_vgic_vmcr(void); /* ICH_VMCR_EL2 */

struct hw_vgic {
	uint64_t vmcr;
	uint64_t ap0r0;
	uint64_t ap1r0;
};
void hw_vgic_save(struct hw_vgic *vgic);
void hw_vgic_load(const struct hw_vgic *vgic);
void hw_vgic_reset(struct hw_vgic *vgic);

#endif
