/* SPDX-License-Identifier: Apache-2.0 */
/* Two functions that call each other. refuse: recursion */
#include "../records.h"
	.text
function other
	str	x30, [sp, #-16]!
	bl	subject
	ldr	x30, [sp], #16
	ret
done other
function subject
	str	x30, [sp, #-16]!
	cbz	x0, 1f
	bl	other
1:	ldr	x30, [sp], #16
	ret
done subject
