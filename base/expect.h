/* SPDX-License-Identifier: Apache-2.0 */
/* What the code knows and the compiler can't: which way a condition goes where it counts, so that that way is laid out
 * as a straight line. */
#ifndef BASE_EXPECT_H
#define BASE_EXPECT_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* What is so by construction, and no instruction tests: for the compiler and the analyser to build on. */
#define known(condition) ((condition) ? (void)0 : __builtin_unreachable())

/* Behind a branch that seldom gives x another value: both ways have it in one register, so that the usual one copies
 * nothing. */
#define joined(x) __asm__("" : "+r"(x))

#endif
