/* SPDX-License-Identifier: Apache-2.0 */
/* Data where code should be. refuse: instruction */
#include "../records.h"
	.text
function subject
	nop
	.word	0x00000001
	ret
done subject
