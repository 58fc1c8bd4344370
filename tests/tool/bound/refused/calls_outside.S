/* SPDX-License-Identifier: Apache-2.0 */
/* A call to where no code is. refuse: flow-outside */
#include "../records.h"
	.text
function subject
	str	x30, [sp, #-16]!
	bl	subject + 0x100000
	ldr	x30, [sp], #16
	ret
done subject
