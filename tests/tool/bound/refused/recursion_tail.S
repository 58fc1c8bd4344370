/* SPDX-License-Identifier: Apache-2.0 */
/* A function that jumps to itself: a loop, and it has no bound. refuse: loop-without-bound */
#include "../records.h"
	.text
function subject
	cbz	x0, 1f
	sub	x0, x0, #1
	b	subject
1:	ret
done subject
