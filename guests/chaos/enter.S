/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into a block and out of it, by whatever exception (chaos.h). The vectors trust nothing but VBAR_EL1, the map of their own
 * page and VMPIDR: SCTLR_EL1 is set before memory is touched, and three registers that hold nothing else save x0 to x2.
 */
#include "guests/chaos/chaos.h"

#define STACK_SHIFT 13

	.text
	.globl chaos_execute
chaos_execute:
	stp	x19, x20, [x0, #CHAOS_SAVED]
	stp	x21, x22, [x0, #CHAOS_SAVED + 16]
	stp	x23, x24, [x0, #CHAOS_SAVED + 32]
	stp	x25, x26, [x0, #CHAOS_SAVED + 48]
	stp	x27, x28, [x0, #CHAOS_SAVED + 64]
	stp	x29, x30, [x0, #CHAOS_SAVED + 80]
	mov	x1, sp
	str	x1, [x0, #CHAOS_SAVED_SP]
	mov	x1, #1
	str	x1, [x0, #CHAOS_INSIDE]
	ldr	x1, [x0, #CHAOS_ELR]
	msr	elr_el1, x1
	ldr	x1, [x0, #CHAOS_SPSR]
	msr	spsr_el1, x1
	dsb	sy			/* the block is written before it is fetched */
	ic	iallu
	dsb	nsh
	ldr	x1, [x0, #CHAOS_SCTLR]
	msr	sctlr_el1, x1
	isb
	ldr	x1, [x0, #CHAOS_SP]
	msr	sp_el0, x1
	mov	sp, x1
	ldp	x29, x30, [x0, #CHAOS_X + 232]
	ldp	x27, x28, [x0, #CHAOS_X + 216]
	ldp	x25, x26, [x0, #CHAOS_X + 200]
	ldp	x23, x24, [x0, #CHAOS_X + 184]
	ldp	x21, x22, [x0, #CHAOS_X + 168]
	ldp	x19, x20, [x0, #CHAOS_X + 152]
	ldp	x17, x18, [x0, #CHAOS_X + 136]
	ldp	x15, x16, [x0, #CHAOS_X + 120]
	ldp	x13, x14, [x0, #CHAOS_X + 104]
	ldp	x11, x12, [x0, #CHAOS_X + 88]
	ldp	x9, x10, [x0, #CHAOS_X + 72]
	ldp	x7, x8, [x0, #CHAOS_X + 56]
	ldp	x5, x6, [x0, #CHAOS_X + 40]
	ldp	x3, x4, [x0, #CHAOS_X + 24]
	ldp	x1, x2, [x0, #CHAOS_X + 8]
	ldr	x0, [x0, #CHAOS_X]
	eret

/* x0: the vector's number; tpidr_el1, tpidrro_el0: x0 and x1 of the block. */
out:
	msr	tpidr_el0, x2
	mov	x1, #CHAOS_SCTLR_RESET_LOW
	movk	x1, #CHAOS_SCTLR_RESET_HIGH, lsl #16
	msr	sctlr_el1, x1
	isb
	mrs	x2, mpidr_el1
	and	x2, x2, #7
	adrp	x1, chaos_cpus
	add	x1, x1, :lo12:chaos_cpus
	add	x1, x1, x2, lsl #CHAOS_CPU_SHIFT
	ldr	x2, [x1, #CHAOS_INSIDE]
	cbz	x2, lost
	str	xzr, [x1, #CHAOS_INSIDE]
	str	x0, [x1, #CHAOS_SLOT]
	mrs	x0, esr_el1
	mrs	x2, far_el1
	stp	x0, x2, [x1, #CHAOS_ESR]
	mrs	x0, elr_el1
	mrs	x2, spsr_el1
	stp	x0, x2, [x1, #CHAOS_ELR]
	mrs	x0, tpidr_el1
	mrs	x2, tpidrro_el0
	stp	x0, x2, [x1, #CHAOS_X]
	mrs	x0, tpidr_el0
	stp	x0, x3, [x1, #CHAOS_X + 16]
	stp	x4, x5, [x1, #CHAOS_X + 32]
	stp	x6, x7, [x1, #CHAOS_X + 48]
	stp	x8, x9, [x1, #CHAOS_X + 64]
	stp	x10, x11, [x1, #CHAOS_X + 80]
	stp	x12, x13, [x1, #CHAOS_X + 96]
	stp	x14, x15, [x1, #CHAOS_X + 112]
	stp	x16, x17, [x1, #CHAOS_X + 128]
	stp	x18, x19, [x1, #CHAOS_X + 144]
	stp	x20, x21, [x1, #CHAOS_X + 160]
	stp	x22, x23, [x1, #CHAOS_X + 176]
	stp	x24, x25, [x1, #CHAOS_X + 192]
	stp	x26, x27, [x1, #CHAOS_X + 208]
	stp	x28, x29, [x1, #CHAOS_X + 224]
	str	x30, [x1, #CHAOS_X + 240]
	ldr	x0, [x1, #CHAOS_SAVED_SP]
	mov	sp, x0
	ldp	x19, x20, [x1, #CHAOS_SAVED]
	ldp	x21, x22, [x1, #CHAOS_SAVED + 16]
	ldp	x23, x24, [x1, #CHAOS_SAVED + 32]
	ldp	x25, x26, [x1, #CHAOS_SAVED + 48]
	ldp	x27, x28, [x1, #CHAOS_SAVED + 64]
	ldp	x29, x30, [x1, #CHAOS_SAVED + 80]
	ret

/* An exception where none may be: the guest has hurt itself. */
lost:
	ldr	x2, [x1, #CHAOS_SAVED_SP]
	mov	sp, x2
	mrs	x1, esr_el1
	mrs	x2, far_el1
	mrs	x3, elr_el1
	b	chaos_lost

	.globl chaos_start_secondary
chaos_start_secondary:
	msr	daifset, #0xf
	adrp	x0, chaos_vectors
	add	x0, x0, :lo12:chaos_vectors
	msr	vbar_el1, x0
	isb
	mrs	x0, mpidr_el1
	and	x0, x0, #7
	add	x1, x0, #1
	lsl	x1, x1, #STACK_SHIFT
	adrp	x2, guest_stacks
	add	x2, x2, :lo12:guest_stacks
	add	sp, x2, x1
	b	chaos_secondary_main

	.balign 2048
	.globl chaos_vectors
chaos_vectors:
	.set	number, 0
	.rept 16
	.balign 128
	msr	tpidr_el1, x0
	msr	tpidrro_el0, x1
	mov	x0, #number
	b	out
	.set	number, number + 1
	.endr
	.balign 128
