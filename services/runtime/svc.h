/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of a service to EL2, and the pages that it finds at fixed places (abi/service.h). For target code at EL0
 * only; the logic of a service takes the same objects as arguments, so that it runs on the host.
 */
#ifndef SERVICES_RUNTIME_SVC_H
#define SERVICES_RUNTIME_SVC_H

#include <stdint.h>

#include "abi/service.h"

/* The read-only configuration of this service. */
static inline const struct service_config *service_config(void)
{
	return (const struct service_config *)SERVICE_CONFIG_IPA;
}

/* The same of a loader. */
static inline const struct loader_config *loader_config(void)
{
	return (const struct loader_config *)(LOADER_IPA + SERVICE_CONFIG_IPA);
}

/* The consoles mapped here: one in a model; in a driver, as many as its configuration says. */
static inline struct console *service_consoles(void) { return (struct console *)SERVICE_CONSOLE_IPA; }

/* The VM's memory is restored. Comes back while EL2 has another part to do, and is to be called again. */
static inline void svc_loaded(void)
{
	/* "memory": all that was stored is in place before. */
	__asm__ volatile("svc %0" ::"i"(SVC_LOADED) : "x0", "x1", "x2", "x3", "memory");
}

/* Ends the call of a model. */
static inline _Noreturn void svc_model_return(uint64_t value, uint64_t line, uint64_t notify)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x1 __asm__("x1") = line;
	register uint64_t x2 __asm__("x2") = notify;

	/* "memory": all stores to the rings and to the state come before the end of the call. */
	__asm__ volatile("svc %0" ::"i"(SVC_MODEL_RETURN), "r"(x0), "r"(x1), "r"(x2) : "memory");
	__builtin_unreachable();
}

/* Blocks until a bit is set for this driver; answers and clears all that are. */
static inline uint64_t svc_wait(void)
{
	register uint64_t x0 __asm__("x0");

	__asm__ volatile("svc %1" : "=r"(x0) : "i"(SVC_WAIT) : "x1", "x2", "x3", "memory");
	return x0;
}

/* The line of this bit was served, and may interrupt again. */
static inline void svc_line_done(uint64_t bit)
{
	register uint64_t x0 __asm__("x0") = bit;

	/* "memory": the device's registers were served before. */
	__asm__ volatile("svc %1" : "+r"(x0) : "i"(SVC_LINE_DONE) : "x1", "x2", "x3", "memory");
}

/* Calls the console model of a VM with MODEL_EVENT soon. */
static inline void svc_notify(uint64_t vm)
{
	register uint64_t x0 __asm__("x0") = vm;

	/* "memory": the bytes put into its ring come before. */
	__asm__ volatile("svc %1" : "+r"(x0) : "i"(SVC_NOTIFY) : "x1", "x2", "x3", "memory");
}

/* A VM's state, enum takt_vm_state, or an error. */
static inline int64_t svc_vm_state(uint32_t vm)
{
	register uint64_t x0 __asm__("x0") = vm;

	__asm__ volatile("svc %1" : "+r"(x0) : "i"(SVC_VM_STATE) : "x1", "x2", "x3", "memory");
	return (int64_t)x0;
}

/* takt_vm_command of abi/hypercall.h. */
static inline int64_t svc_vm_command(uint32_t vm, uint32_t command)
{
	register uint64_t x0 __asm__("x0") = vm;
	register uint64_t x1 __asm__("x1") = command;

	__asm__ volatile("svc %2" : "+r"(x0), "+r"(x1) : "i"(SVC_VM_COMMAND) : "x2", "x3", "memory");
	return (int64_t)x0;
}

/* takt_mode of abi/hypercall.h. */
static inline int64_t svc_mode(uint32_t mode)
{
	register uint64_t x0 __asm__("x0") = mode;

	__asm__ volatile("svc %1" : "+r"(x0) : "i"(SVC_MODE) : "x1", "x2", "x3", "memory");
	return (int64_t)x0;
}

/* takt_vm_reserve of abi/hypercall.h, of the VM's vCPU 0, with the deadline at the period's end, and as last known. */
static inline int64_t svc_vm_reserve(uint32_t vm, uint64_t budget, uint64_t period)
{
	register uint64_t x0 __asm__("x0") = vm;
	register uint64_t x1 __asm__("x1");
	register uint64_t x2 __asm__("x2");
	register uint64_t x3 __asm__("x3");
	register uint64_t x4 __asm__("x4");
	register uint64_t x5 __asm__("x5");
	register uint64_t x6 __asm__("x6");

	__asm__ volatile("svc %5"
			 : "+r"(x0), "=r"(x1), "=r"(x2), "=r"(x3), "=r"(x4)
			 : "i"(SVC_VM_RESERVATION)
			 : "memory");
	if (x0 != 0)
		return (int64_t)x0;
	x6 = x1; /* the generation */
	x0 = vm;
	x3 = budget;
	x4 = period;
	x5 = period;
	__asm__ volatile("svc %3"
			 : "+r"(x0), "+r"(x3), "+r"(x4)
			 : "i"(SVC_VM_RESERVE), "r"(x5), "r"(x6)
			 : "x1", "x2", "memory");
	return (int64_t)x0;
}

#endif
