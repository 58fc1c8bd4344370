/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions: the Linux Image header, then the way to the C world. Entered at EL2 with the MMU off, by QEMU's -kernel or
 * a boot loader, at any 2 MiB-aligned address; x0 (a device tree) is not used. Position-independent until the MMU is on.
 *
 * x19: physical address of the image, x20: the counter at reset. Other CPUs begin at secondary_entry, by PSCI's CPU_ON.
 */
#include "arch/aarch64/frame.h"

/* Turns the MMU on with the level-1 table at x0; goes on at the label with linked addresses. Clobbers x1, x2. */
	.macro	enable_mmu to
	/* Attributes 0: Normal write-back, 1: Device-nGnRE. */
	ldr	x1, =0x04ff
	msr	mair_el2, x1
	/* 39-bit addresses, 4 KiB, write-back inner-shareable walks, physical size as the CPU has it */
	ldr	x1, =0x80803519
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #7
	bfi	x1, x2, #16, #3
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	tlbi	alle2
	tlbi	vmalls12e1
	ic	iallu
	dsb	nsh		/* the tables and the invalidation are complete before the MMU uses them */
	isb
	/* RES1, instruction cache, write implies execute-never, stack alignment, data cache, MMU */
	ldr	x1, =0x30cd183d
	msr	sctlr_el2, x1
	isb			/* from here on the identity map translates */
	ldr	x1, =\to
	br	x1
	.endm

	.section .head, "ax"
	.global image_start
image_start:
	b	primary_entry
	.word	0
	.quad	0			/* text_offset: at the start of a 2 MiB block */
	.quad	image_el2_bytes		/* image_size: `takt build` puts in that of the whole image */
	.quad	0xa			/* little-endian, 4 KiB pages, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.word	0x644d5241		/* "ARM\x64" */
	.word	0

	.ascii	"TAKTIMG2"		/* struct image_info, abi/image.h */
	.quad	image_el2_bytes
	.global image_blob_offset
image_blob_offset:
	.quad	0
	.global image_blob_bytes
image_blob_bytes:
	.quad	0
	.global image_uart_pa
image_uart_pa:
	.quad	0

	.text
	.type	primary_entry, %function
primary_entry:
	mrs	x20, cntpct_el0
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	wrong_level
	mov	x1, #(1 << 31)		/* HCR_EL2.RW alone: whatever firmware left (E2H, TGE) would change what follows */
	msr	hcr_el2, x1
	isb
	adrp	x19, image_start
	adrp	x1, boot_stack_top
	mov	sp, x1
	mov	x0, x19
	bl	mmu_build
	/* What was written with the MMU off is in memory; a line that a boot loader's caches still have would hide it. */
	adrp	x1, tables_start
	adrp	x2, data_end
1:	dc	ivac, x1
	add	x1, x1, #64
	cmp	x1, x2
	b.lo	1b
	dsb	sy		/* the invalidation is complete before the walks that it is for */
	enable_mmu high_entry
high_entry:
	ldr	x1, =locals
	ldr	x2, =panic_stack_top
	str	x2, [x1, #LOCAL_PANIC_STACK]
	msr	tpidr_el2, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	ldr	x1, =boot_stack_top
	mov	sp, x1
	isb
	mov	x0, x19
	mov	x1, x20
	bl	boot_main
	/* boot_main does not come back. */
wrong_level:
	wfe
	b	wrong_level
	.size	primary_entry, . - primary_entry
	.ltorg

/* Any CPU but the first, with the MMU off: x0 is its index. The tables are there, and nothing else is read before the MMU is on. */
	.global secondary_entry
	.type	secondary_entry, %function
secondary_entry:
	msr	daifset, #0xf
	mov	x19, x0
	mov	x1, #(1 << 31)		/* HCR_EL2.RW alone, as above */
	msr	hcr_el2, x1
	isb
	adrp	x0, level1
	enable_mmu secondary_high
secondary_high:
	ldr	x1, =locals
	add	x1, x1, x19, lsl #LOCAL_BYTES_SHIFT
	msr	tpidr_el2, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	add	x2, x19, #1
	ldr	x1, =EL2_VA_STACKS
	add	x1, x1, x2, lsl #EL2_STACK_SLOT_SHIFT
	mov	sp, x1
	isb
	mov	x0, x19
	bl	boot_secondary
	/* boot_secondary does not come back. */
	.size	secondary_entry, . - secondary_entry
	.ltorg
