/* SPDX-License-Identifier: Apache-2.0 */
/* An indirect call without a list; the list of its neighbour doesn't count. refuse: call-without-targets */
#include "../records.h"
	.text
function neighbour
	call_target neighbour
	ret
done neighbour
function subject
	str	x30, [sp, #-16]!
	blr	x1
	ldr	x30, [sp], #16
	ret
done subject
