/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a guest's CPUs, by PSCI's convention: EL1 with the MMU off, or EL2 on a machine without hypervisor, which
 * is left at once. Each CPU has a stack of 8 KiB, the one of its Aff0 (the primary's is the first).
 */
#define STACK_SHIFT 13
#define SCTLR_RES1 0x30d00800
#define SPSR_EL1H_MASKED 0x3c5

	.section .text.start, "ax"

	.globl guest_start
guest_start:
	msr	daifset, #0xf
	mov	x19, x0
	bl	leave_el2
	bl	cpu_init
	adrp	x1, guest_bss
	add	x1, x1, :lo12:guest_bss
	adrp	x2, guest_bss_end
	add	x2, x2, :lo12:guest_bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b
2:	mov	x0, x19
	b	runtime_main

/* A secondary: x0, PSCI's context, is 1 when the MMU is to be on before any memory is touched, else 0. */
	.globl guest_start_secondary
guest_start_secondary:
	msr	daifset, #0xf
	mov	x19, x0
	bl	leave_el2
	bl	cpu_init
	cbz	x19, 1f
	bl	mmu_enable
1:	b	runtime_secondary_main

/* Vectors, FP, stack. Clobbers x0 to x2. */
cpu_init:
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	mov	x0, #(3 << 20)
	msr	cpacr_el1, x0
	isb
	msr	fpcr, xzr
	mrs	x0, mpidr_el1
	and	x0, x0, #7
	add	x0, x0, #1
	lsl	x0, x0, #STACK_SHIFT
	adrp	x1, guest_stacks
	add	x1, x1, :lo12:guest_stacks
	add	sp, x1, x0
	ret

/* Goes on at the caller, at EL1 with what a hypervisor would have set up. Clobbers x0. */
leave_el2:
	mrs	x0, currentel
	cmp	x0, #(2 << 2)
	b.ne	1f
	mov	x0, #(1 << 31)
	msr	hcr_el2, x0
	mov	x0, #3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff
	msr	cptr_el2, x0
	msr	mdcr_el2, xzr
	mov	x0, #0xf
	msr	S3_4_C12_C9_5, x0	/* ICC_SRE_EL2 */
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	ldr	x0, =SCTLR_RES1
	msr	sctlr_el1, x0
	mov	x0, #SPSR_EL1H_MASKED
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret
1:	ret
