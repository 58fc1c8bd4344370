/* SPDX-License-Identifier: Apache-2.0 */
/* For loops.awk. Each line that it must name ends with the word "named". */
#include "base/bound.h"

#define LOOP_IN_MACRO(x) while (x)

int loops(int n, char c);

int loops(int n, char c)
{
	for (int i = 0; i < n; i++) {
		LOOP_BOUND(4);
		n--; /* while (this) is a comment { */
	}
	for (int i = 0; i < n; i++) { /* named */
		n--;
		LOOP_BOUND(4);
	}
	while (n > 4 && c != '"')
		LOOP_BOUND(4);
	while (n > 4 && c != '\'' && c != ')') /* named */
		n--;
	do {
		LOOP_BOUND(4);
		const char *text = "for (;;) while (1)";
		n -= text[0];
	} while (n > 4);
	do { // named
		n--;
	} while (n > 4);
	for (int i = 0; i < (n + (2)); /* over lines, with parentheses */
	     i++) {
		/* a comment in front */
		LOOP_BOUND(4);
	}
	LOOP_UNROLLED
	for (int i = 0; i < 4; i++)
		n++;
	if (n > 3) {
		n = 2;
	}
	while (n == 4) { /* named */
		;
	}
	for (;;) { /* named */
		if (n++ > 3)
			break;
	}
	for (;;)
		__asm__ volatile("wfi");
}
