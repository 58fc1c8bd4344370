/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one CPU wants of a context that belongs to another: a bit, and a kick of the context's rank, so that what may
 * not interrupt the receiver now waits in its interrupt controller. Nobody waits for an answer, and nothing can
 * overflow: asking twice is asking once.
 *
 *   sender                                   receiver
 *   what the bit is about
 *   context->mail |= bit       (release)
 *   cpu->mail[kick] |= context (release)
 *   SGI                          --->        acknowledges it
 *                                            takes a context of cpu->mail[kick] (acquire), then all of its bits
 * (acquire) does what they say; kicks itself when more contexts wait: one a step
 */
#ifndef CORE_MAIL_H
#define CORE_MAIL_H

#include "core/core.h"

enum mail {
	MAIL_WAKE = 1U << 0,    /* an interrupt for a vCPU, or its turn in the model; notifications for a driver */
	MAIL_START = 1U << 1,   /* the vCPU is switched on, the driver begins */
	MAIL_STOP = 1U << 2,    /* its VM stops */
	MAIL_ASIDE = 1U << 3,   /* another vCPU needs its list registers (core/remote.h) */
	MAIL_REPLY = 1U << 4,   /* a vCPU that it asked has left its guest */
	MAIL_EVENT = 1U << 5,   /* MODEL_EVENT for its VM's model */
	MAIL_LOAD = 1U << 6,    /* its VM is off, and begins again with its loader */
	MAIL_COMMAND = 1U << 7, /* to vCPU 0: its VM has a command */
	MAIL_RESERVE = 1U << 9, /* a reservation of its CPU has a change, or the CPU has to go on to a mode */
	MAIL_ALARM = 1U << 8,   /* to vCPU 0: its VM's alarm must look earlier than it thinks */
};

/* From any CPU, also the context's own. Three loops of atomic_publish_bits and a register write. */
void mail_post(struct context *to, uint32_t bits);

/* This CPU was kicked: does what one context's bits say. */
void mail_open(struct cpu *cpu, uint32_t kick, ticks_t now);

#endif
