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
 * A record is two 64-bit words: an address inside the loop or function, and the bound or the
 * target's address. The asm is volatile: a compiler that copies the body copies the record.
 */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

#if defined(__aarch64__)

#define LOOP_BOUND(n)                                                                                                  \
	__asm__ volatile("771: .pushsection .takt.loops, \"\", %%progbits\n\t"                                          \
			 ".quad 771b, %c0\n\t"                                                                          \
			 ".popsection" ::"i"(n))
#define CALL_TARGET(f)                                                                                                 \
	__asm__ volatile("772: .pushsection .takt.calls, \"\", %%progbits\n\t"                                          \
			 ".quad 772b, %c0\n\t"                                                                          \
			 ".popsection" ::"S"(f))

#else

#define LOOP_BOUND(n) ((void)(n))
#define CALL_TARGET(f) ((void)(f))

#endif

#endif
