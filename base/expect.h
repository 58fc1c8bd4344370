/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a condition goes where it counts: the compiler lays that way out as a straight line. */
#ifndef BASE_EXPECT_H
#define BASE_EXPECT_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#endif
