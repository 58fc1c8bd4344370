/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records for the console: EL2 writes no text and waits for nobody, it puts 64 bytes into a ring that the console
 * driver puts into words. A full ring drops the record and counts it. A VM has LOG_QUOTA_RECORDS in a second, so that
 * one that is started and fails over and over fills neither the ring nor the console; the rest is counted.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/core.h"

#define LOG_QUOTA_RECORDS 8U

/* Something happened to a VM. */
void log_event(struct cpu *cpu, uint32_t vm, uint32_t vcpu, enum log_reason reason, ticks_t now);
/* The system goes to a mode. */
void log_mode(struct cpu *cpu, uint32_t mode, enum log_reason reason, ticks_t now);
/* Of a VM, with the place and syndrome of the exit under way. */
void log_fault(struct cpu *cpu, uint32_t vm, uint32_t vcpu, enum log_reason reason, ticks_t now);

#endif
