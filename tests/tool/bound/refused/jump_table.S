/* SPDX-License-Identifier: Apache-2.0 */
/* A jump table: BR without a list. refuse: call-without-targets */
#include "../records.h"
	.text
function subject
	adr	x1, 1f
	br	x1
1:	ret
done subject
