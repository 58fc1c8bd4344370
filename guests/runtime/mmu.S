/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1 as an identity map of 4 GiB: the first GiB is Device-nGnRE and not executable, the rest Normal write-back, inner
 * shareable. The table is constant, so that no CPU writes memory before its MMU is on.
 */
#define BLOCK_DEVICE 0x0060000000000405		/* UXN PXN, AF, AttrIndx 1 */
#define BLOCK_NORMAL 0x0000000000000701		/* AF, inner shareable, AttrIndx 0 */
#define MAIR 0x04ff				/* 0: Normal write-back; 1: Device-nGnRE */
/* T0SZ 32: 4 GiB, walk from level 1; walks write-back, inner shareable; no TTBR1; 40-bit IPA */
#define TCR ((2 << 32) | (1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 32)
#define SCTLR_M_C_I ((1 << 12) | (1 << 2) | 1)

	.section .rodata.mmu, "a"
	.balign 32
mmu_table:
	.quad	BLOCK_DEVICE
	.quad	BLOCK_NORMAL + 0x40000000
	.quad	BLOCK_NORMAL + 0x80000000
	.quad	BLOCK_NORMAL + 0xc0000000

	.text
/* void mmu_enable(void): uses no stack; clobbers x0 and x1. */
	.globl mmu_enable
mmu_enable:
	ldr	x0, =MAIR
	msr	mair_el1, x0
	ldr	x0, =TCR
	msr	tcr_el1, x0
	adrp	x0, mmu_table
	add	x0, x0, :lo12:mmu_table
	msr	ttbr0_el1, x0
	isb
	tlbi	vmalle1			/* nothing stale from before; the dsb waits for it */
	dsb	nsh
	isb
	mrs	x0, sctlr_el1
	ldr	x1, =SCTLR_M_C_I
	orr	x0, x0, x1
	msr	sctlr_el1, x0
	isb
	ret
