/* SPDX-License-Identifier: Apache-2.0 */
/* What the vectors call: interrupt hooks, caught exceptions, and the dump that ends a guest. */
#include "guests/runtime/exception.h"

#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/sysreg.h"

static interrupt_hook irq_hook = gic_dispatch;
static interrupt_hook fiq_hook;

static struct {
	bool armed;
	struct exception_caught caught;
} catcher[RUNTIME_CPU_MAX];

void runtime_irq(struct exception_frame *frame);
void runtime_fiq(struct exception_frame *frame);
void runtime_sync(struct exception_frame *frame);
void runtime_serror(struct exception_frame *frame);
void runtime_unexpected(struct exception_frame *frame);

void exception_hook_irq(interrupt_hook hook) { irq_hook = hook; }
void exception_hook_fiq(interrupt_hook hook) { fiq_hook = hook; }

void exception_catch(void)
{
	unsigned cpu = cpu_index();

	catcher[cpu].caught = (struct exception_caught){0};
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* cleared before armed, as the handler on this CPU sees it */
	catcher[cpu].armed = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* armed before the instruction under test */
}

struct exception_caught exception_caught(void)
{
	unsigned cpu = cpu_index();

	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* the instruction under test before the record is read */
	catcher[cpu].armed = false;
	return catcher[cpu].caught;
}

static _Noreturn void dump_and_stop(const char *what, const struct exception_frame *frame)
{
	print("guest: %s on cpu %u: pc 0x%lx esr 0x%lx far 0x%lx spsr 0x%lx lr 0x%lx\n", what, cpu_index(), frame->elr,
	      frame->esr, frame->far, frame->spsr, frame->x[30]);
	psci_system_off();
}

void runtime_irq(struct exception_frame *frame) { irq_hook(frame); }

void runtime_fiq(struct exception_frame *frame)
{
	if (fiq_hook == NULL)
		dump_and_stop("fiq", frame);
	fiq_hook(frame);
}

void runtime_sync(struct exception_frame *frame)
{
	unsigned cpu = cpu_index();
	bool fetch = esr_class_of(frame->esr) == ESR_CLASS_FETCH_SAME;

	if (!catcher[cpu].armed)
		dump_and_stop("exception", frame);
	catcher[cpu].caught.count++;
	catcher[cpu].caught.esr = frame->esr;
	catcher[cpu].caught.far = frame->far;
	catcher[cpu].caught.elr = frame->elr;
	/* There is nothing behind an address that can't be fetched: back to whoever called it. */
	frame->elr = fetch ? frame->x[30] : frame->elr + 4;
}

void runtime_serror(struct exception_frame *frame) { dump_and_stop("serror", frame); }
void runtime_unexpected(struct exception_frame *frame) { dump_and_stop("unexpected vector", frame); }
