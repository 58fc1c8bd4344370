/* SPDX-License-Identifier: Apache-2.0 */
/* Control falls off the end of the code. refuse: flow-outside */
#include "../records.h"
	.text
function subject
	nop
	cbz	x0, 1f
	ret
1:	nop
done subject
