/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What U-Boot needs to start a system: a script, and optionally the image as a FIT ("flattened image tree",
 * doc/uImage.FIT in the U-Boot tree). Both are the same bytes in every build of the same system.
 *
 *     FIT:     0 ................ the tree: load address, entry, CRC-32 of the image
 *              MEDIA_FIT_OFFSET . the image, as `takt build` writes it alone
 *
 *     script:  64 bytes of header of a "legacy image" of type script (include/image.h there), length, text
 *
 * U-Boot's distro boot finds the script as boot.scr on a disk's boot partition; the image must lie beside it.
 */
#ifndef TOOLS_TAKT_MEDIA_H
#define TOOLS_TAKT_MEDIA_H

#include <stdint.h>

#include "tools/takt/util.h"

#define MEDIA_FIT_OFFSET UINT64_C(4096)

struct media {
	const char *name;     /* of the file that U-Boot loads, without directory */
	uint64_t load_pa;     /* of the image */
	uint64_t image_bytes; /* of the image, that is memory from load_pa on */
	bool is_fit;
};

/* Puts the tree before an image that was written at MEDIA_FIT_OFFSET. Answers 0 or an errno value. */
int media_finish_fit(struct output *output, const struct media *media);

/* The script; data is to be freed. */
struct bytes media_make_script(const struct media *media);

#endif
