/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's alarm: who waits for the times of its watchdog and of its lines that are throttled or polled. EL2's deadline
 * timer is the scheduler's, so the wait is that of a context, beside the VM's vCPU 0: on its CPU, with its reservation
 * or weight, and its band. It executes nothing: its address space is empty, and its first fetch is the exit in which it
 * looks.
 *
 *   OFF --wake--> READY --its turn: alarm_look--> BLOCKED --looks_at has come--> READY
 *
 * A time that has gone, or moved away, costs a look too: whoever wakes for it looks, and waits on. One that comes
 * nearer moves what a blocked alarm waits for.
 */
#ifndef CORE_ALARM_H
#define CORE_ALARM_H

#include "core/core.h"

/* VMID of all alarms, behind those of services: there is nothing in their address space. */
#define ALARM_VMID (BLOB_VM_MAX + 1U + BLOB_SERVICE_MAX)

/* The VM has begun; it is not locked. Its lines are polled from here on. */
void alarm_begin(struct cpu *cpu, struct vm *vm, ticks_t now);

/* The current context is this one: does what is due, and waits for the next. */
void alarm_look(struct cpu *cpu, struct alarm *alarm, ticks_t now);

/* It has to look by then. The VM is locked. True: that is earlier than it thinks, and alarm_hasten is to follow. */
bool alarm_set(struct alarm *alarm, ticks_t due);

/* Behind alarm_set, or MAIL_ALARM: it knows. The VM is not locked. */
void alarm_hasten(struct cpu *cpu, struct alarm *alarm, ticks_t now);

/* Its context is current, and the CPU is to idle: what sched_block was not told (logic/sched.h). */
void alarm_await(struct cpu *cpu, const struct alarm *alarm);

#endif
