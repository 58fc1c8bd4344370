/* SPDX-License-Identifier: Apache-2.0 */
/* An indirect call that may reach its own caller. refuse: recursion */
#include "../records.h"
	.text
function subject
	call_target subject
	str	x30, [sp, #-16]!
	blr	x1
	ldr	x30, [sp], #16
	ret
done subject
