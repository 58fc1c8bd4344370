/* SPDX-License-Identifier: Apache-2.0 */
/* What the test guests share: set-up, waiting that always ends, and a recorder of interrupts. */
#ifndef TESTS_GUEST_HELPER_H
#define TESTS_GUEST_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/runtime/exception.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/sysreg.h"
#include "guests/runtime/tap.h"
#include "guests/runtime/timer.h"

#define WAIT_MS 500U

/* MMU, interrupt controller and this CPU's part of it, event stream. Interrupts stay masked. */
void test_start(void);
/* The same for a secondary CPU, whose MMU is on already. */
void test_start_secondary(void);

/* Number of CPUs of this machine, at most RUNTIME_CPU_MAX. */
unsigned test_cpu_count(void);

/* Waits in WFE until *word is value, at most WAIT_MS; answers whether it is. The event stream bounds each WFE. */
bool test_wait(const volatile uint32_t *word, uint32_t value);
/* Sleeps until the counter says so, by the virtual timer, whose handler stops it; interrupts are taken meanwhile. */
void test_sleep_until(uint64_t when);
/* Lets the interrupts that are there come: opens the mask for a moment. */
void test_take_interrupts(void);
/*
 * Starts the other CPUs, a result for each, calls run(cpu) on all of them, waits for their returns, a result for each,
 * and calls report(cpu) for all of them here.
 */
void test_run_on_all(void (*run)(unsigned cpu), void (*report)(unsigned cpu));

/* Both timers interrupt on this CPU, and the interrupt of either stops both. */
void test_attach_timers(void);
/* Whether the time of this CPU's virtual timer, which runs, has come. */
bool test_is_virtual_due(void);
/* Takes the timers' interrupts that are there, at once; afterwards neither runs. */
void test_end_timers(void);

/* The recorder: an IRQ hook that acknowledges, notes and ends each interrupt, in EOImode 0. */
#define RECORD_MAX 128U
struct record {
	unsigned count; /* of all, also those past the end of intids */
	unsigned intids[RECORD_MAX];
};
extern struct record recorded;
/* Clears the record and hooks the recorder. */
void record_start(void);
/* How often intid was taken since. */
unsigned record_count_of(unsigned intid);

/* Priority, edge, route to this CPU, enabled, neither pending nor active. */
void test_prepare(unsigned intid, uint8_t priority);

#endif
