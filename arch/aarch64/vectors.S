/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's exception vectors (D1.10.2). From below, SP points at the frame that runs (struct hw_frame): each vector saves x0 to x30 there, takes
 * EL2's own stack back and goes on behind hw_enter's ERET, with x0 = enum hw_exit. Nothing else is saved: the compiler knows that hw_enter
 * clobbers every register. From EL2 itself an exception is our own bug.
 */
#include "arch/aarch64/frame.h"

	.macro	exit_vector name, kind
	.balign	0x80
	.global	\name
\name:
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	ldr	x1, [sp, #FRAME_EL2_SP]
	str	x30, [sp, #240]
	mov	sp, x1
	mov	x0, #\kind
	b	hw_enter_return
	.endm

	.macro	own_vector kind
	.balign	0x80
	mov	x0, #\kind
	b	own_exception
	.endm

	.text
	.balign	0x800
	.global	vectors
vectors:
	own_vector 0
	own_vector 1
	own_vector 2
	own_vector 3
	own_vector 4
	own_vector 5
	own_vector 6
	own_vector 7
	exit_vector vector_guest_sync, 0
	exit_vector vector_guest_irq, 1
	exit_vector vector_guest_fiq, 2
	exit_vector vector_guest_serror, 3
	own_vector 12
	own_vector 13
	own_vector 14
	own_vector 15

	/* The stack may be what failed: use the one kept for this. */
	.type	own_exception, %function
own_exception:
	mrs	x1, tpidr_el2
	ldr	x1, [x1, #LOCAL_PANIC_STACK]
	mov	sp, x1
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
	b	panic_exception
	.size	own_exception, . - own_exception
	.ltorg
