/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs and the frames that they run in: which one a frame is, and what must not have changed while it was away. A
 * frame becomes a program's when the core resets its vCPU or calls its service.
 */
#include "arch/host/machine.h"

#include <string.h>

#include "base/bits.h"

#define VTTBR_VMID_SHIFT 48U
#define MPIDR_AFF0 0xffU
#define VECTOR_SAME_LEVEL UINT64_C(0x200)
#define VECTOR_LOWER_LEVEL UINT64_C(0x400)

static struct host_guest guests[HOST_GUESTS];

void host_guests_reset(void)
{
	for (uint32_t i = 0; i < HOST_GUESTS; i++) {
		struct fiber fiber = {.own = guests[i].fiber.own};
		guests[i] = (struct host_guest){.fiber = fiber};
	}
}

/* Its place: where it is, or the first free one. */
static struct host_guest *find(const struct hw_frame *frame)
{
	uint32_t i = 0;
	while (i < HOST_GUESTS - 1 && guests[i].frame != frame && guests[i].frame != NULL)
		i++;
	return &guests[i];
}

/* One CPU executes it at a time. */
static void check_alone(const struct host_guest *g)
{
	for (uint32_t i = 0; i < host.cpu_count; i++) {
		if (host.cpus[i].fiber != &g->fiber)
			continue;
		host_fail("CPU %u enters a frame that CPU %u executes, of VMID %u", here->index, i, g->vmid);
		host_finish(HOST_FAILED);
	}
}

struct host_guest *host_guest_of(const struct hw_frame *frame)
{
	struct host_guest *g = find(frame);
	if (g->frame != frame) {
		host_fail("a frame is entered that was never given a start");
		host_finish(HOST_FAILED);
	}
	check_alone(g);
	return g;
}

void host_guest_restart(const struct hw_frame *frame, bool is_service)
{
	struct host_guest *g = find(frame);
	struct fiber fiber = {.own = g->fiber.own};
	check_alone(g);
	*g = (struct host_guest){.frame = frame, .fiber = fiber, .is_fresh = true, .is_service = is_service};
	g->pc = frame->pc;
	g->pstate = frame->pstate;
	g->sp_el0 = frame->sp_el0;
	fiber_start(&g->fiber, guest_main, g);
}

static void differs(const struct host_guest *g, const char *what, uint64_t index, uint64_t is, uint64_t was)
{
	host_fail("VMID %u vCPU %u, at %#llx, time %llu: %s %llu is %#llx and was %#llx", g->vmid, g->vcpu,
		  (unsigned long long)g->pc, (unsigned long long)here->now, what, (unsigned long long)index,
		  (unsigned long long)is, (unsigned long long)was);
}

static bool is_exception_register(uint32_t index)
{
	return index == EL1_ESR || index == EL1_FAR || index == EL1_ELR || index == EL1_SPSR;
}

static void check_registers(const struct host_guest *g, const char *what, const uint64_t *is, const uint64_t *was,
			    uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (is[i] != was[i])
			differs(g, what, i, is[i], was[i]);
}

static void check_state(const struct host_guest *g)
{
	const struct host_state *is = &here->registers;
	const struct host_state *was = &g->kept;
	for (uint32_t i = 0; i < EL1_COUNT; i++)
		if (is->el1[i] != was->el1[i] && !(g->is_vectored && is_exception_register(i)))
			differs(g, "EL1 register", i, is->el1[i], was->el1[i]);
	if ((here->world.hcr & HW_WORLD_NO_FP) == 0)
		check_registers(g, "FP register", is->fp, was->fp, 64);
	check_registers(g, "VMPIDR", &is->vmpidr, &was->vmpidr, 1);
	check_registers(g, "timer", &is->timers.virtual_control, &was->timers.virtual_control, 4);
	check_registers(g, "PMU", &is->pmu.control, &was->pmu.control, sizeof(is->pmu) / sizeof(uint64_t));
	check_registers(g, "virtual interface", &is->interface.vmcr, &was->interface.vmcr, 3);
}

/* Where the program goes on: at its PC, behind it if it had trapped, or at its vector. */
static void check_place(struct host_guest *g)
{
	bool from_el0 = bits_get(g->pstate, 3, 2) == 0;
	uint64_t vector = g->kept.el1[EL1_VBAR] + (from_el0 ? VECTOR_LOWER_LEVEL : VECTOR_SAME_LEVEL);
	g->is_vectored = g->may_skip && !g->is_service && here->elr == vector && here->elr != g->pc &&
			 here->registers.el1[EL1_ELR] == g->pc;
	if (here->elr != g->pc && !(g->may_skip && here->elr == g->pc + 4) && !g->is_vectored)
		differs(g, "PC", 0, here->elr, g->pc);
	if (!g->is_vectored && here->spsr != g->pstate)
		differs(g, "PSTATE", 0, here->spsr, g->pstate);
	if (here->sp_el0 != g->sp_el0)
		differs(g, "SP_EL0", 0, here->sp_el0, g->sp_el0);
}

static void check_general(struct host_guest *g, const struct hw_frame *frame)
{
	for (uint32_t i = 0; i < 31; i++)
		if (frame->x[i] != g->x[i] && (g->is_vectored || (g->may_change & BIT64(i)) == 0))
			differs(g, "general register", i, frame->x[i], g->x[i]);
}

static void begin(struct host_guest *g, const struct hw_frame *frame)
{
	g->is_fresh = false;
	g->vmid = (uint32_t)(here->world.vttbr >> VTTBR_VMID_SHIFT);
	g->vcpu = g->is_service ? 0 : (uint32_t)(here->registers.vmpidr & MPIDR_AFF0);
	g->program = host.config->program(g->vmid, g->vcpu);
	if (g->program == NULL)
		differs(g, "no program", 0, 0, 0);
	memcpy(g->argument, frame->x, sizeof(g->argument));
	memcpy(g->x, frame->x, sizeof(g->x));
	if (here->elr != g->pc || here->spsr != g->pstate || here->sp_el0 != g->sp_el0)
		differs(g, "PC at the start", 0, here->elr, g->pc);
	if (g->is_service)
		return;
	struct host_state reset = {.vmpidr = MPIDR_RES1 | g->vcpu};
	reset.el1[EL1_SCTLR] = SCTLR_RESET;
	g->kept = reset;
	check_state(g);
}

void host_guest_enter(struct host_guest *g, const struct hw_frame *frame)
{
	bool is_service = (here->world.hcr & HW_WORLD_SERVICE) != 0;
	if (is_service != g->is_service)
		differs(g, "rights of a service", 0, is_service, g->is_service);
	if (is_service)
		check_registers(g, "SCTLR_EL1 of a service", here->registers.el1, &(uint64_t){SCTLR_RESET}, 1);
	if (g->is_fresh) {
		begin(g, frame);
		return;
	}
	uint32_t vmid = (uint32_t)(here->world.vttbr >> VTTBR_VMID_SHIFT);
	if (vmid != g->vmid)
		differs(g, "VMID", 0, vmid, g->vmid);
	check_place(g);
	check_general(g, frame);
	if (!g->is_service) {
		check_state(g);
		host_lr_check();
	}
	memcpy(g->x, frame->x, sizeof(g->x));
	g->pc = here->elr;
	g->pstate = here->spsr;
	g->may_change = 0;
	g->may_skip = false;
}
