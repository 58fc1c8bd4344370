/* SPDX-License-Identifier: Apache-2.0 */
/* A manager's calls (abi/hypercall.h). */
#ifndef GUESTS_RUNTIME_TAKT_H
#define GUESTS_RUNTIME_TAKT_H

#include <stdint.h>

#include "guests/runtime/smccc.h"

struct takt_vm {
	int64_t answer; /* 0, or an error; then the others are not set */
	uint64_t state; /* enum takt_vm_state */
	union {
		char name[32]; /* NUL-terminated */
		uint64_t words[4];
	};
};

static inline void takt_info(uint64_t function, uint64_t number, struct takt_vm *info)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = number;
	register uint64_t x2 __asm__("x2");
	register uint64_t x3 __asm__("x3");
	register uint64_t x4 __asm__("x4");
	register uint64_t x5 __asm__("x5");

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "=r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)::"memory");
	*info = (struct takt_vm){.answer = (int64_t)x0, .state = x1, .words = {x2, x3, x4, x5}};
}

static inline void takt_vm_info(uint64_t vm, struct takt_vm *info) { takt_info(TAKT_VM_INFO, vm, info); }

static inline int64_t takt_vm_command(uint64_t vm, uint32_t command)
{
	return (int64_t)smccc_hvc(TAKT_VM_COMMAND, vm, command, 0).x0;
}

struct takt_reservation {
	uint64_t generation; /* of the reservations of its CPU */
	uint64_t budget, period, deadline;
};

static inline int64_t takt_vm_reservation(uint64_t vm, uint64_t vcpu, struct takt_reservation *r)
{
	register uint64_t x0 __asm__("x0") = TAKT_VM_RESERVATION;
	register uint64_t x1 __asm__("x1") = vm;
	register uint64_t x2 __asm__("x2") = vcpu;
	register uint64_t x3 __asm__("x3");
	register uint64_t x4 __asm__("x4");

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "=r"(x3), "=r"(x4)::"memory");
	*r = (struct takt_reservation){.generation = x1, .budget = x2, .period = x3, .deadline = x4};
	return (int64_t)x0;
}

/* Of the generation that is known; the next one is known then. */
static inline int64_t takt_vm_reserve(uint64_t vm, uint64_t vcpu, struct takt_reservation *r)
{
	register uint64_t x0 __asm__("x0") = TAKT_VM_RESERVE;
	register uint64_t x1 __asm__("x1") = vm;
	register uint64_t x2 __asm__("x2") = vcpu;
	register uint64_t x3 __asm__("x3") = r->budget;
	register uint64_t x4 __asm__("x4") = r->period;
	register uint64_t x5 __asm__("x5") = r->deadline;
	register uint64_t x6 __asm__("x6") = r->generation;

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1) : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6) : "memory");
	if (x0 == SMCCC_OK)
		r->generation = x1;
	return (int64_t)x0;
}

static inline int64_t takt_mode(uint64_t mode) { return (int64_t)smccc_hvc(TAKT_MODE, mode, 0, 0).x0; }

/* The state is enum takt_mode_state. */
static inline void takt_mode_info(uint64_t mode, struct takt_vm *info) { takt_info(TAKT_MODE_INFO, mode, info); }

#endif
