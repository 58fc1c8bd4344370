/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port/cpu.h: the CPU as EL2 sees it, and the run as a whole. EL2 is on the stack of host_run; it leaves by longjmp,
 * since the core never comes back by itself.
 */
#include "arch/host/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "logic/arm/exception.h"
#include "logic/arm/sysreg.h"

#define STUCK_MAX 1000U

struct host_machine host;

_Noreturn void host_finish(enum host_end end)
{
	if (!host.has_ended)
		host.end = end;
	longjmp(host.out, 1);
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
	host_memory_reset();
	host_guests_reset();
	host = (struct host_machine){.deadline = TICKS_NEVER.raw, .arena_pa = HOST_RAM_PA};
	host_gic_reset();
}

enum host_end host_run(const struct host_config *config)
{
	host.config = config;
	if (setjmp(host.out) == 0)
		config->boot(config->load_pa, host.now);
	return host.end;
}

static void end_when_due(void)
{
	if (host.has_ended || host.now >= host.config->horizon)
		host_finish(HOST_HORIZON);
	if (host.stuck++ > STUCK_MAX) {
		host_fail("no instruction was executed between %u exits; the last syndrome is %#llx", STUCK_MAX,
			  (unsigned long long)host.esr);
		host_finish(HOST_FAILED);
	}
}

enum hw_exit hw_enter(struct hw_frame *frame)
{
	struct host_guest *g = host_guest_of(frame);
	end_when_due();
	host_begin_step();
	uint64_t from = host.now;
	host_guest_enter(g, frame);
	if (host.has_ended)
		host_finish(HOST_FAILED);
	fiber_resume(&g->fiber);
	if (host.config->ran != NULL && host.now != from)
		host.config->ran(g->vmid, g->vcpu, from, host.now);
	if (host.has_ended || host.now >= host.config->horizon)
		host_finish(HOST_HORIZON);
	memcpy(frame->x, g->x, sizeof(frame->x));
	return host.exit;
}

void hw_wait(void)
{
	end_when_due();
	host_begin_step();
	host_run_events();
	while (!host_irq_is_due()) {
		host.now = host_next_event();
		if (host.now >= host.config->horizon)
			host_finish(HOST_HORIZON);
		host_run_events();
	}
}

void hw_frame_park(struct hw_frame *frame)
{
	frame->pc = host.elr;
	frame->pstate = host.spsr;
	frame->sp_el0 = host.sp_el0;
}

void hw_frame_resume(const struct hw_frame *frame)
{
	host.elr = frame->pc;
	host.spsr = frame->pstate;
	host.sp_el0 = frame->sp_el0;
}

void hw_frame_call(struct hw_frame *frame, uint64_t entry, uint64_t stack)
{
	frame->pc = entry;
	frame->pstate = PSTATE_EL0_MASKED;
	frame->sp_el0 = stack;
	host_guest_restart(frame, true);
}

uint64_t hw_exit_syndrome(void) { return host.esr; }
uint64_t hw_exit_address(void) { return host.far; }
uint64_t hw_exit_ipa_page(void) { return host.hpfar; }
uint64_t hw_exit_pc(void) { return host.elr; }
uint64_t hw_exit_pstate(void) { return host.spsr; }
void hw_exit_skip(void) { host.elr += 4; }
void hw_frame_skip(struct hw_frame *frame, uint64_t syndrome)
{
	(void)syndrome; /* all programs are AArch64 */
	frame->pc += 4;
}

void hw_cpu_init(void) { hw_vcpu_discard(); }
uint64_t hw_cpu_affinity(void) { return 0; }

void hw_tlb_flush_local(void) { host.tlb_flushes++; }
uint64_t host_tlb_flushes(void) { return host.tlb_flushes; }

void hw_early_console_init(void *uart) { (void)uart; }
void hw_early_print(const char *text) { say(text); }

/* One CPU: there is no other to start, and none to wait for. */
int64_t hw_cpu_start(uint64_t affinity, uint32_t index)
{
	host_fail("CPU %u of affinity %llu is to be started", index, (unsigned long long)affinity);
	return -1;
}

void hw_event_wait(void) { host_fail("EL2 waits for another CPU"); }
void hw_event_send(void) {}

_Noreturn void hw_system_off(void) { host_finish(HOST_OFF); }
_Noreturn void hw_system_reset(void) { host_finish(HOST_RESET); }
_Noreturn void hw_halt(void) { host_finish(HOST_HALTED); }

/* A CPU without PAN, SSBS and MTE. */
bool hw_inject_sync(uint64_t syndrome, uint64_t address)
{
	const struct exception_source source = {.pstate = host.spsr, .sctlr = host.state.el1[EL1_SCTLR]};
	uint64_t vector = host.state.el1[EL1_VBAR] + exception_vector_offset(host.spsr);
	if (host.elr == vector && bits_get(host.spsr, 3, 2) != 0)
		return false;
	host.state.el1[EL1_ESR] = exception_syndrome(syndrome, host.spsr);
	host.state.el1[EL1_FAR] = address;
	host.state.el1[EL1_SPSR] = host.spsr;
	host.state.el1[EL1_ELR] = host.elr;
	host.elr = vector;
	host.spsr = exception_pstate(&source);
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
