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
 *
 * A loop record is two 64-bit words, an address inside the loop's body and the bound, then the place in the source
 * as a string FILE:LINE#SERIAL, padded to 8 bytes: it tells the copies of one loop from two loops that share an
 * address. A call record is two 64-bit words, an address inside the function and the target's. The asm is volatile: a
 * compiler that copies the body copies the record; it is inline, so that it counts as nothing when the compiler weighs
 * what to inline.
 */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

#if defined(__aarch64__)

#define BOUND_TEXT(x) BOUND_TEXT_OF(x)
#define BOUND_TEXT_OF(x) #x
#define BOUND_PLACE __FILE__ ":" BOUND_TEXT(__LINE__) "#" BOUND_TEXT(__COUNTER__)

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

#else

#define LOOP_BOUND(n) ((void)(n))
#define CALL_TARGET(f) ((void)(f))

#endif

#endif
