/* SPDX-License-Identifier: Apache-2.0 */
/* The records of base/bound.h, for assembly. */
	.macro loop_bound n, place
771:	.pushsection .takt.loops, "", %progbits
	.balign 8
	.quad 771b, \n
	.asciz "\place"
	.balign 8
	.popsection
	.endm

	.macro step_bound name, n
773:	.pushsection .takt.steps, "", %progbits
	.balign 8
	.quad 773b, \n
	.asciz "\name@"
	.balign 8
	.popsection
	.endm

	.macro call_target f
772:	.pushsection .takt.calls, "", %progbits
	.balign 8
	.quad 772b, \f
	.popsection
	.endm

	.macro step_ends
774:	nop
	.pushsection .takt.ends, "", %progbits
	.balign 8
	.quad 774b
	.popsection
	.endm

	.macro function name
	.global \name
	.type \name, %function
\name:
	.endm

	.macro done name
	.size \name, . - \name
	.endm
