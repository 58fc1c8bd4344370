/* links: @vgic */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC under register accesses and CPU interface actions that the input chooses: in the orderly way,
 * compared with the architecture's model, or at random, where the invariants of tests/prop/vgic_model.h must hold all
 * the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/prop/vgic_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

/* Up to four bytes of input; 0 when there is none. */
static uint32_t take(void *source)
{
	struct input *in = source;
	uint32_t value = 0;
	for (unsigned k = 0; k < 4 && in->left > 0; k++, in->left--)
		value = value << 8 | *in->data++;
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned lr_counts[] = {1, 2, 4, 16};
	static struct rig rig;
	struct input in = {data, size};
	if (size < 2)
		return 0;
	unsigned shape = *in.data++;
	in.left--;
	rig_init(&rig, 1 + (shape & 3U), lr_counts[shape >> 2 & 3U], (shape & 0x10U) != 0, take, &in);
	for (unsigned n = 0; in.left > 0 && n < 1000; n++) {
		if ((shape & 0x20U) != 0)
			rig_step(&rig);
		else
			rig_raw_step(&rig);
	}
	return 0;
}
