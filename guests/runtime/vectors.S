/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors. The first instruction of the IRQ and FIQ vectors reads the virtual counter into x28, which no
 * compiled code uses (-ffixed-x28): latencies are measured up to that instruction. The others save x28 as it is.
 *
 * A frame (struct exception_frame): x0 to x30, ELR, SPSR, ESR, FAR, one word of padding.
 */
#define FRAME_BYTES 288

	.macro	save_and_call handler
	sub	sp, sp, #FRAME_BYTES
	stp	x0, x1, [sp, #0]
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
	mrs	x0, elr_el1
	stp	x30, x0, [sp, #240]
	mrs	x0, spsr_el1
	mrs	x1, esr_el1
	stp	x0, x1, [sp, #256]
	mrs	x0, far_el1
	str	x0, [sp, #272]
	mov	x0, sp
	bl	\handler
	b	restore
	.endm

	.text
restore:
	ldp	x0, x1, [sp, #248]	/* ELR, SPSR */
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #FRAME_BYTES
	eret

irq:	save_and_call runtime_irq
fiq:	save_and_call runtime_fiq
sync:	save_and_call runtime_sync
serror:	save_and_call runtime_serror
other:	save_and_call runtime_unexpected

	.macro	vector target
	.balign 128
	b	\target
	.endm
	.macro	stamped_vector target
	.balign 128
	mrs	x28, cntvct_el0
	b	\target
	.endm

	.balign 2048
	.globl vectors
vectors:
	.rept 4				/* SP_EL0 */
	vector	other
	.endr
	vector	sync			/* SP_EL1 */
	stamped_vector irq
	stamped_vector fiq
	vector	serror
	.rept 8				/* EL0 */
	vector	other
	.endr
	.balign 128
