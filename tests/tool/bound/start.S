/* SPDX-License-Identifier: Apache-2.0 */
/* Runs subjects on a bare machine: EL1, MMU off, a stack, each subject called by main, then power off by PSCI. */
	.text
	.global _start
_start:
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0
	bl	main
	mov	w0, #0x0008
	movk	w0, #0x8400, lsl #16 /* SYSTEM_OFF */
	hvc	#0
1:	wfi
	b	1b

	.bss
	.balign	16
	.skip	4096
stack_top:
