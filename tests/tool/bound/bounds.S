/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions whose longest path can be counted by hand. Each `expect: NAME N` is one assertion.
 *
 * expect: straight 4
 * expect: diamond 6
 * expect: at_bottom 32
 * expect: at_top 34
 * expect: never_runs 5
 * expect: empty_body 36
 * expect: nested 77
 * expect: early_exit 69
 * expect: calls 13
 * expect: shared 19
 * expect: indirect 11
 * expect: tail 6
 * expect: tail_indirect 9
 * expect: copies 24
 * expect: one_header 50
 * expect: same_address 56
 * expect: panics 3
 * expect: traps 3
 * expect: ends_in_callee 14
 * expect: waits 3
 * expect: ends 2
 * expect: claimed_turns 56
 * expect: claimed_total 57
 * expect: claimed_either 25
 * expect: claimed_callee 39
 * expect: claimed_never 4
 * expect: claimed_target 18
 * expect: unclear 51
 */
#include "records.h"

	.text
function straight
	nop
	add	x0, x0, #1
	isb
	ret
done straight

/* 2 + the dearer arm 3 + ret */
function diamond
	cmp	x0, #0
	b.eq	1f
	add	x0, x0, #1
	add	x0, x0, #2
	b	2f
1:	nop
2:	ret
done diamond

/* The usual shape: the record stands at the loop's first instruction, and who comes in passes it. 1 + 9 * 3 + 3 + ret */
function at_bottom
	mov	x1, #10
1:	loop_bound 10, at_bottom
	nop
	subs	x1, x1, #1
	b.ne	1b
	ret
done at_bottom

/* The exit is in front of the record: 10 rounds of 3, then the test. 1 + 10 * 3 + 1 + 2 */
function at_top
	mov	x1, #10
1:	cbz	x1, 2f
	loop_bound 10, at_top
	sub	x1, x1, #1
	b	1b
2:	nop
	ret
done at_top

/* 1 + the test + 3 */
function never_runs
	mov	x1, #0
1:	cbz	x1, 2f
	loop_bound 0, never_runs
	b	1b
2:	nop
	nop
	ret
done never_runs

/*
 * An empty body: the record stands at the head's address, and belongs to the way back, as the jump over it shows. The head
 * runs once more than the body: 1 + 1 + 11 * 3 + ret.
 */
function empty_body
	mov	x1, #10
	b	1f
1:	loop_bound 10, empty_body
	nop
	subs	x1, x1, #1
	b.ne	1b
	ret
done empty_body

/* Both records stand at the inner head; the first emitted is the outer one's. 2 + 4 * (1 + 5 * 3 + 2) + 3 */
function nested
	mov	x1, #4
	nop
1:	mov	x2, #5
	loop_bound 4, nested_outer
2:	loop_bound 5, nested_inner
	nop
	subs	x2, x2, #1
	b.ne	2b
	subs	x1, x1, #1
	b.ne	1b
	nop
	nop
	ret
done nested

/* Leaves by the middle, behind the record: 9 rounds of 6, then 4 of a round and the dear way out of 10. */
function early_exit
	mov	x1, #10
1:	sub	x1, x1, #1
	loop_bound 10, early_exit
	ldr	x2, [x0], #8
	cbz	x2, 2f
	nop
	nop
	cbnz	x1, 1b
	ret
2:	.rept	10
	nop
	.endr
	ret
done early_exit

function leaf
	nop
	nop
	ret
done leaf

/* 7 of its own, 3 each time in leaf */
function calls
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	bl	leaf
	nop
	bl	leaf
	ldp	x29, x30, [sp], #16
	ret
done calls

/* The dearer arm: 3 + 13 + 1, then 2 */
function shared
	str	x30, [sp, #-16]!
	cbz	x0, 1f
	bl	calls
	b	2f
1:	bl	leaf
2:	ldr	x30, [sp], #16
	ret
done shared

/* Of leaf (3) and diamond (6) the dearer one. */
function indirect
	call_target leaf
	call_target diamond
	str	x30, [sp, #-16]!
	nop
	blr	x1
	ldr	x30, [sp], #16
	ret
done indirect

function tail
	nop
	nop
	b	leaf
done tail

function tail_indirect
	call_target leaf
	call_target diamond
	nop
	nop
	br	x1
done tail_indirect

/*
 * One source loop that the compiler unrolled: 5 runs in all, from the first record to the second by 2 instructions, back by
 * 4. Out by the middle: 2 + 2 + 4 + 2 + 4 + 2 + 8 + ret.
 */
function copies
	nop
1:	nop
	loop_bound 5, copies
	cbz	x0, 2f
	nop
	loop_bound 5, copies
	nop
	nop
	cbnz	x1, 1b
	ret
2:	nop
	nop
	nop
	nop
	nop
	nop
	nop
	nop
	ret
done copies

/* Two nested source loops, 3 and 2, with one head: (3 + 1) * (2 + 1) visits. 1 + 11 * 4 + 4 + ret */
function one_header
	nop
1:	loop_bound 3, one_header_outer
	loop_bound 2, one_header_inner
	nop
	cbz	x0, 1b
	nop
	cbnz	x1, 1b
	ret
done one_header

/* As nested, with the outer head one instruction in front. 1 + 3 * (1 + 4 * 4 + 1) + ret */
function same_address
	nop
1:	nop
2:	loop_bound 3, same_address_outer
	loop_bound 4, same_address_inner
	nop
	nop
	nop
	cbnz	x0, 2b
	cbnz	x1, 1b
	ret
done same_address

	.global panic
function panic
	.rept	100
	nop
	.endr
1:	b	1b
done panic

function panics
	cbz	x0, 1f
	nop
	ret
1:	mov	x0, #1
	bl	panic
done panics

function traps
	cbz	x0, 1f
	nop
	ret
1:	nop
	nop
	nop
	brk	#1000
done traps

function enters
	.rept	10
	nop
	.endr
	eret
done enters

/* The step ends in the callee; what stands behind the call doesn't count. */
function ends_in_callee
	nop
	nop
	bl	enters
	.rept	50
	nop
	.endr
	ret
done ends_in_callee

function waits
	dsb	sy
	nop
	wfi
	.rept	20
	nop
	.endr
	eret
done waits

function ends
	dsb	sy
	step_ends
	.rept	20
	nop
	.endr
	eret
done ends

/* The dear side of 14 in one of the 10 turns only: 1 + 10 * 4 + 14 + ret */
function claimed_turns
	mov	x1, #10
1:	loop_bound 10, claimed_turns
	ldr	x2, [x0], #8
	cbnz	x2, 2f
	step_bound claimed_turns, 1
	.rept	14
	nop
	.endr
2:	subs	x1, x1, #1
	b.ne	1b
	ret
done claimed_turns

/* 4 turns of 6, in each up to 4 inner ones of 3, but 10 of these in all: 1 + 4 * 6 + 10 * 3 + 2 */
function claimed_total
	mov	x1, #4
1:	loop_bound 4, claimed_outer
	mov	x2, #4
2:	cbz	x2, 3f
	loop_bound 4, claimed_inner
	step_bound claimed_inner, 10
	sub	x2, x2, #1
	b	2b
3:	nop
	nop
	subs	x1, x1, #1
	b.ne	1b
	nop
	ret
done claimed_total

/* One of the two sides, the dearer: 2 + 20 + 3 */
function claimed_either
	cbz	x0, 1f
	step_bound claimed_either, 1
	.rept	10
	nop
	.endr
1:	cbz	x1, 2f
	step_bound claimed_either, 1
	.rept	20
	nop
	.endr
2:	nop
	nop
	ret
done claimed_either

function once
	cbz	x0, 1f
	step_bound once, 1
	.rept	20
	nop
	.endr
1:	ret
done once

/* 4 calls, one of which has the dear side: 11 + 4 * 2 + 20 */
function claimed_callee
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	bl	once
	bl	once
	bl	once
	bl	once
	nop
	nop
	nop
	ldp	x29, x30, [sp], #16
	ret
done claimed_callee

/* 1 + 2 + ret */
function claimed_never
	cbz	x0, 1f
	step_bound claimed_never, 0
	.rept	50
	nop
	.endr
1:	nop
	nop
	ret
done claimed_never

/* Two calls of one of two, the dearer of which comes once: 5 + 7 + 6 */
function claimed_target
	call_target diamond
	call_target dear_once
	str	x30, [sp, #-16]!
	blr	x1
	blr	x1
	ldr	x30, [sp], #16
	ret
done claimed_target

function dear_once
	step_bound claimed_target, 1
	nop
	nop
	nop
	nop
	nop
	nop
	ret
done dear_once

/* Who jumps to the place has not passed it, or so it may be: only who falls into it counts. 1 + 10 * 4 + 9 + ret */
function unclear
	mov	x1, #10
1:	loop_bound 10, unclear
	subs	x1, x1, #1
	cbz	x0, 2f
	.rept	9
	nop
	.endr
	step_bound unclear, 1
2:	nop
	cbnz	x1, 1b
	ret
done unclear
