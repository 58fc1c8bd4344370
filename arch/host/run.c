/* SPDX-License-Identifier: Apache-2.0 */
/* How a program runs: the boundary between two instructions, exits to EL2, exceptions to EL1. On the program's own
 * stack. */
#include "abi/hypercall.h"
#include "arch/host/machine.h"

#include <string.h>

#include "base/bits.h"
#include "logic/arm/decode.h"

#define VECTOR_IRQ UINT64_C(0x280)
#define ESR_IL BIT64(25)
#define FSC_TRANSLATION_3 UINT64_C(7)

/* Where nothing is mapped, no program begins: the fetch is an exit, and for ever. */
static void fetch(struct host_guest *g)
{
	while (g->is_service && !host_translate(g->pc).is_mapped)
		guest_trap(g, (uint64_t)ESR_EC_IABT_LOW << 26 | ESR_IL | FSC_TRANSLATION_3, g->pc, g->pc >> 12 << 4);
}

void guest_main(void *guest)
{
	struct host_guest *g = guest;
	fetch(g);
	g->program(g);
	if (g->is_service)
		host_fail("the service of VMID %u came back", g->vmid);
	for (;;)
		guest_spin(g, UINT32_MAX);
}

void guest_exit(struct host_guest *g, enum hw_exit exit)
{
	here->exit = exit;
	here->elr = g->pc;
	here->spsr = g->pstate;
	here->sp_el0 = g->sp_el0;
	g->kept = here->registers;
	g->is_vectored = false;
	host_change_fiber(&here->el2);
}

/* What an exception handler at EL1 saves and restores. */
struct interrupted {
	uint64_t x[31];
	uint64_t elr, spsr;
};

static void take(struct host_guest *g, struct interrupted *kept)
{
	memcpy(kept->x, g->x, sizeof(kept->x));
	kept->elr = here->registers.el1[EL1_ELR];
	kept->spsr = here->registers.el1[EL1_SPSR];
}

static void eret(struct host_guest *g, const struct interrupted *kept)
{
	memcpy(g->x, kept->x, sizeof(kept->x));
	here->registers.el1[EL1_ELR] = kept->elr;
	here->registers.el1[EL1_SPSR] = kept->spsr;
	g->pc = kept->elr;
	g->pstate = kept->spsr;
}

static void acknowledge_all(struct host_guest *g)
{
	uint32_t intid = guest_gic_acknowledge(g);
	if (intid < IRQ_SPECIAL_FIRST)
		guest_gic_eoi(g, intid);
	else
		guest_mask(g, true);
}

static void take_irq(struct host_guest *g)
{
	struct interrupted kept;
	here->registers.el1[EL1_ELR] = g->pc;
	here->registers.el1[EL1_SPSR] = g->pstate;
	take(g, &kept);
	g->pc = here->registers.el1[EL1_VBAR] + VECTOR_IRQ;
	g->pstate = PSTATE_EL1H_MASKED;
	if (g->on_irq != NULL)
		g->on_irq(g);
	else
		acknowledge_all(g);
	eret(g, &kept);
}

/* At the vector. Where nothing can be executed there, the fetch is an exit, and for ever. */
static void take_sync(struct host_guest *g)
{
	struct interrupted kept;
	while (g->on_sync == NULL) {
		here->esr = (uint64_t)ESR_EC_IABT_LOW << 26 | ESR_IL | FSC_TRANSLATION_3;
		here->far = g->pc;
		here->hpfar = g->pc >> 12 << 4;
		host_pass(1);
		g->may_skip = true;
		guest_exit(g, HW_EXIT_SYNC);
	}
	take(g, &kept);
	if (g->on_sync(g, here->registers.el1[EL1_ESR], here->registers.el1[EL1_FAR]))
		kept.elr += 4;
	eret(g, &kept);
}

void guest_boundary(struct host_guest *g)
{
	for (;;) {
		host_run_events();
		if (host.has_ended || here->now >= host.config->horizon)
			host_change_fiber(&here->el2);
		else if (host_irq_is_due(here))
			guest_exit(g, HW_EXIT_IRQ);
		else if (!g->is_service && (g->pstate & PSTATE_I) == 0 && host_virtual_is_due())
			take_irq(g);
		else
			return;
	}
}

static void step(void)
{
	host_pass(1);
	here->stuck = 0;
}

/* General registers that EL2 may write for an exit with this syndrome. */
static uint64_t registers_of(const struct host_guest *g, uint64_t esr)
{
	switch (esr_ec(esr)) {
	case ESR_EC_HVC64:
	case ESR_EC_SMC64:
		return g->x[0] == TAKT_VM_RESERVATION ? 0x1f : 0xf;
	case ESR_EC_SVC64:
		return 0xf;
	case ESR_EC_DABT_LOW:
		return decode_mmio(esr).is_write ? 0 : BIT64(decode_mmio(esr).reg);
	case ESR_EC_SYSREG:
		return decode_sysreg(esr).is_read ? BIT64(decode_sysreg(esr).rt) : 0;
	default:
		return 0;
	}
}

static void set_syndrome(struct host_guest *g, uint64_t esr, uint64_t far, uint64_t hpfar)
{
	here->esr = esr;
	here->far = far;
	here->hpfar = hpfar;
	g->may_change = registers_of(g, esr);
}

void guest_trap(struct host_guest *g, uint64_t esr, uint64_t far, uint64_t hpfar)
{
	uint64_t pc = g->pc;
	while (g->pc == pc) {
		guest_boundary(g);
		step();
		set_syndrome(g, esr, far, hpfar);
		g->may_skip = true;
		guest_exit(g, HW_EXIT_SYNC);
		if (g->is_vectored)
			take_sync(g);
	}
}

void guest_call(struct host_guest *g, uint64_t esr)
{
	guest_boundary(g);
	step();
	set_syndrome(g, esr, here->far, here->hpfar);
	g->pc += 4;
	guest_exit(g, HW_EXIT_SYNC);
}

void guest_spin(struct host_guest *g, uint64_t instructions)
{
	guest_boundary(g);
	while (instructions != 0) {
		uint64_t from = here->now;
		host_rest(instructions < UINT64_MAX - from ? from + instructions : UINT64_MAX);
		uint64_t part = here->now - from;
		if (part != 0)
			here->stuck = 0;
		instructions -= part;
		g->pc += 4;
		guest_boundary(g);
	}
}
