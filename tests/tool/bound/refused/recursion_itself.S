/* SPDX-License-Identifier: Apache-2.0 */
/* A function that calls itself. refuse: recursion */
#include "../records.h"
	.text
function subject
	str	x30, [sp, #-16]!
	cbz	x0, 1f
	bl	subject
1:	ldr	x30, [sp], #16
	ret
done subject
