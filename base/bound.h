/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declarations for `takt bound`, which computes the longest path of each exit
 * class from the linked image. They emit records into sections that are not
 * loaded and cost no instruction.
 *
 *   LOOP_BOUND(n)        as the first statement of a loop's body: the body runs at most n times
 *                        each time the loop is entered. n is an integer constant expression.
 *   CALL_TARGET(f)       in a function with an indirect call: f is one of its targets. A function may
 *                        declare several; every indirect call in it may reach each of them.
 *   STEP_BOUND(name, n)  a statement: all statements of that name together are executed at most n times in one step of
 *                        EL2, from an exit to the next entry. In a loop's body it bounds the turns of a whole step, at
 *                        the beginning of a function its calls; with n = 1 and one name in two branches these exclude
 *                        each other. A comment beside it says why that is so.
 *
 *   STEP_ENDS()          a statement: the step ends here, and the next one begins, without that anything has run.
 *
 * LOOP_BOUND and CALL_TARGET are checked against the code's structure; a STEP_BOUND is a claim about values, on which
 * `takt bound` relies and which it lists. On the host every execution is counted, and the host port ends a run
 * in which a step has more than n.
 *
 * A loop record is two 64-bit words, an address inside the loop's body and the bound, then the place in the source
 * as a string FILE:LINE#SERIAL, padded to 8 bytes: it tells the copies of one loop from two loops that share an
 * address. A call record is two 64-bit words, an address inside the function and the target's; a step record is an
 * address, n and NAME@FILE:LINE, padded likewise; that of an end is the address of a NOP, the step's last instruction.
 * The asm is volatile: a compiler that copies the body copies the record; it is inline, so that it counts as nothing
 * when the compiler weighs what to inline.
 */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

#if defined(__aarch64__)

#define BOUND_TEXT(x) BOUND_TEXT_OF(x)
#define BOUND_TEXT_OF(x) #x
#define BOUND_LINE __FILE__ ":" BOUND_TEXT(__LINE__)
#define BOUND_PLACE BOUND_LINE "#" BOUND_TEXT(__COUNTER__)

#define LOOP_BOUND(n)                                                                 \
	__asm__ volatile inline("771: .pushsection .takt.loops, \"\", %%progbits\n\t" \
				".balign 8\n\t"                                       \
				".quad 771b, %c0\n\t"                                 \
				".asciz \"" BOUND_PLACE "\"\n\t"                      \
				".balign 8\n\t"                                       \
				".popsection" ::"i"(n))
#define CALL_TARGET(f)                                                                \
	__asm__ volatile inline("772: .pushsection .takt.calls, \"\", %%progbits\n\t" \
				".balign 8\n\t"                                       \
				".quad 772b, %c0\n\t"                                 \
				".popsection" ::"S"(f))
#define STEP_BOUND(name, n)                                                           \
	__asm__ volatile inline("773: .pushsection .takt.steps, \"\", %%progbits\n\t" \
				".balign 8\n\t"                                       \
				".quad 773b, %c0\n\t"                                 \
				".asciz \"" #name "@" BOUND_LINE "\"\n\t"             \
				".balign 8\n\t"                                       \
				".popsection" ::"i"(n))
#define STEP_ENDS()                                                      \
	__asm__ volatile("774: nop\n\t"                                  \
			 ".pushsection .takt.ends, \"\", %%progbits\n\t" \
			 ".balign 8\n\t"                                 \
			 ".quad 774b\n\t"                                \
			 ".popsection" ::)

#else

#define LOOP_BOUND(n) ((void)(n))
#define CALL_TARGET(f) ((void)(f))
#define STEP_BOUND(name, n) (step_bound_passed != 0 ? step_bound_passed(#name, n) : (void)0)

#define STEP_ENDS() (step_has_ended != 0 ? step_has_ended() : (void)0)

/* Of the host port; a program without one does not count. */
__attribute__((weak)) void step_bound_passed(const char *name, unsigned n);
__attribute__((weak)) void step_has_ended(void);

#endif

/* Before a loop of few rounds, all of which are always run: it becomes straight code, and needs no bound. */
#if defined(__clang__)
#define LOOP_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define LOOP_UNROLLED _Pragma("GCC unroll 16")
#endif

#endif
