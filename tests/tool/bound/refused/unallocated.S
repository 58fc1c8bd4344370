/* SPDX-License-Identifier: Apache-2.0 */
/* An encoding that no Armv8 instruction has. refuse: instruction */
#include "../records.h"
	.text
function subject
	nop
	.word	0xffffffff
	ret
done subject
