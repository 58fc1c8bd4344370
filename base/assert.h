/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASSERT(condition): for our own bugs only, never for what a guest or a file did. It is always compiled in. Whoever
 * links base/ provides assert_failed: EL2 stops the machine with one record, host programs abort.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

_Noreturn void assert_failed(const char *condition, const char *file, int line);

#define ASSERT(condition)                                              \
	do {                                                           \
		if (__builtin_expect(!(condition), 0))                 \
			assert_failed(#condition, __FILE__, __LINE__); \
	} while (0)

#endif
