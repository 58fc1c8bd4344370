/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port/cpu.h: the CPU as EL2 sees it, and the run as a whole. EL2 of each CPU is a fiber that never comes back: the run
 * ends by a switch to the stack of host_run, and what was under way is forgotten.
 */
#include "arch/host/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/hypercall.h"
#include "base/bits.h"
#include "base/bound.h"
#include "logic/arm/exception.h"
#include "logic/arm/sysreg.h"

#define STUCK_MAX 1000U

struct host_machine host;

_Noreturn void host_finish(enum host_end end)
{
	if (!host.has_ended)
		host.end = end;
	fiber_switch(here->fiber, &host.caller);
	abort();
}

_Noreturn void host_over(void)
{
	if (host.has_ended)
		host_finish(HOST_FAILED);
	here->state = HOST_CPU_OVER;
	host_yield();
	abort();
}

static void say(const char *text)
{
	uint32_t room = HOST_TEXT_BYTES - host.text_bytes;
	int written = snprintf(host.text + host.text_bytes, room, "%s", text);
	host.text_bytes += (uint32_t)written < room ? (uint32_t)written : room - 1;
}

/* The run ends when EL2 next looks: a program can't leave its coroutine for good. */
void host_fail(const char *format, ...)
{
	char text[256];
	va_list arguments;
	if (host.has_ended)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say(text);
	host.has_ended = true;
	host.end = HOST_FAILED;
}

const char *host_text(void) { return host.text; }

void host_reset(void)
{
	struct fiber el2[HOST_CPU_MAX];
	for (uint32_t i = 0; i < HOST_CPU_MAX; i++)
		el2[i] = host.cpus[i].el2;
	host_memory_reset();
	host_guests_reset();
	host = (struct host_machine){.arena_pa = HOST_RAM_PA};
	for (uint32_t i = 0; i < HOST_CPU_MAX; i++)
		host.cpus[i].el2 = el2[i];
	host_cpus_reset();
}

static void begin(void *cpu)
{
	const struct host_cpu *self = cpu;
	if (self->index == 0)
		host.config->boot(host.config->load_pa, self->now);
	else
		host.config->boot_secondary(self->index);
	abort();
}

enum host_end host_run(const struct host_config *config)
{
	host.config = config;
	host_seed(config->seed);
	host_start(0, begin);
	fiber_switch(&host.caller, here->fiber);
	host.has_pauses = false; /* whatever of the core is called from now on is no step */
	return host.end;
}

static void end_when_due(void)
{
	if (host.has_ended || here->now >= host.config->horizon)
		host_over();
	if (here->stuck++ > STUCK_MAX) {
		host_fail("no instruction was executed between %u exits; the last syndrome is %#llx", STUCK_MAX,
			  (unsigned long long)here->esr);
		host_finish(HOST_FAILED);
	}
}

void step_has_ended(void)
{
	end_when_due();
	host_begin_step();
}

/* EL2's step ends. */
static void leave_el2(void)
{
	bool is_quiet = true;
	here->is_in_el2 = false;
	for (uint32_t i = 0; i < host.cpu_count; i++)
		is_quiet = is_quiet && !host.cpus[i].is_in_el2;
	if (is_quiet && host.config->settled != NULL)
		host_look(host.config->settled);
	end_when_due();
	host_begin_step();
}

static void come_to_el2(void)
{
	if (host.has_ended || here->now >= host.config->horizon)
		host_over();
	here->is_in_el2 = true;
}

enum hw_exit hw_enter(struct hw_frame *frame)
{
	struct host_guest *g = host_guest_of(frame);
	leave_el2();
	uint64_t from = here->now;
	host_guest_enter(g, frame);
	if (host.has_ended)
		host_finish(HOST_FAILED);
	host_change_fiber(&g->fiber);
	if (host.config->ran != NULL && here->now != from)
		host.config->ran(g->vmid, g->vcpu, from, here->now);
	come_to_el2();
	memcpy(frame->x, g->x, sizeof(frame->x));
	return here->exit;
}

void hw_wait(void)
{
	leave_el2();
	host_run_events();
	while (!host_irq_is_due(here)) {
		host_rest(UINT64_MAX);
		if (here->now >= host.config->horizon)
			host_over();
		host_run_events();
	}
	come_to_el2();
}

void hw_frame_park(struct hw_frame *frame)
{
	frame->pc = here->elr;
	frame->pstate = here->spsr;
	frame->sp_el0 = here->sp_el0;
}

void hw_frame_resume(const struct hw_frame *frame)
{
	here->elr = frame->pc;
	here->spsr = frame->pstate;
	here->sp_el0 = frame->sp_el0;
}

void hw_frame_call(struct hw_frame *frame, uint64_t entry, uint64_t stack)
{
	frame->pc = entry;
	frame->pstate = PSTATE_EL0_MASKED;
	frame->sp_el0 = stack;
	host_guest_restart(frame, true);
}

uint64_t hw_exit_syndrome(void) { return here->esr; }
uint64_t hw_exit_address(void) { return here->far; }
uint64_t hw_exit_ipa_page(void) { return here->hpfar; }
uint64_t hw_exit_pc(void) { return here->elr; }
uint64_t hw_exit_pstate(void) { return here->spsr; }
void hw_exit_skip(void) { here->elr += 4; }
void hw_frame_skip(struct hw_frame *frame, uint64_t syndrome)
{
	(void)syndrome; /* all programs are AArch64 */
	frame->pc += 4;
}

void hw_cpu_init(void) { hw_vcpu_discard(); }
uint64_t hw_cpu_affinity(void) { return host_affinity(here->index); }

void hw_tlb_flush_local(void) { host.tlb_flushes++; }
void hw_stage2_changed(void) { host.tlb_flushes++; }
uint64_t host_tlb_flushes(void) { return host.tlb_flushes; }

void hw_early_console_init(void *uart) { (void)uart; }
void hw_early_print(const char *text) { say(text); }

/* As firmware does (DEN0022, 5.6). */
int64_t hw_cpu_start(uint64_t affinity, uint32_t index)
{
	struct host_cpu *cpu = host_cpu_of(affinity);
	if (cpu == NULL)
		return PSCI_INVALID_PARAMETERS;
	if (cpu->state != HOST_CPU_OFF)
		return PSCI_ALREADY_ON;
	if (cpu->index != index)
		host_fail("CPU %u is to be started as number %u", cpu->index, index);
	host_start(cpu->index, begin);
	host_point();
	return 0;
}

_Noreturn void hw_system_off(void) { host_finish(HOST_OFF); }
_Noreturn void hw_system_reset(void) { host_finish(HOST_RESET); }
_Noreturn void hw_halt(void) { host_finish(HOST_HALTED); }

/* A CPU without PAN, SSBS and MTE. */
bool hw_inject_sync(uint64_t syndrome, uint64_t address)
{
	const struct exception_source source = {.pstate = here->spsr, .sctlr = here->registers.el1[EL1_SCTLR]};
	uint64_t vector = here->registers.el1[EL1_VBAR] + exception_vector_offset(here->spsr);
	if (here->elr == vector && bits_get(here->spsr, 3, 2) != 0)
		return false;
	here->registers.el1[EL1_ESR] = exception_syndrome(syndrome, here->spsr);
	here->registers.el1[EL1_FAR] = address;
	here->registers.el1[EL1_SPSR] = here->spsr;
	here->registers.el1[EL1_ELR] = here->elr;
	here->elr = vector;
	here->spsr = exception_pstate(&source);
	return true;
}

/* A Cortex-A53's, as far as anybody looks. */
void hw_ids_read(struct sysreg_ids *ids)
{
	*ids = (struct sysreg_ids){0};
	ids->id[ID_AA64PFR0_EL1] = 0x01002222;
	ids->id[ID_AA64DFR0_EL1] = 0x10305106;
	ids->id[ID_AA64ISAR0_EL1] = 0x00011120;
	ids->id[ID_AA64MMFR0_EL1] = 0x00001122;
}
