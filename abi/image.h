/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a bootable image begins: the Linux arm64 `Image` header (Documentation/arch/arm64/booting in the
 * Linux tree), then struct image_info. The linked EL2 has blob_offset 0; `takt build` lays
 *
 *     0 ......... EL2: header, text, rodata, data, bss, stacks, first page tables (zero in the file)
 *     el2_bytes . blob, page-aligned; then services, consoles, and the guests' images, each at its final place
 *
 * behind one another, and fills in blob_offset and the header's image_size.
 */
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include <stdint.h>

/* EL2 can begin at any multiple of 2 MiB below 512 GiB, but in the gibibyte at 256 GiB: its own addresses are there. */
#define IMAGE_ALIGN_BYTES UINT64_C(0x200000)
#define IMAGE_PA_END (UINT64_C(512) << 30)
#define IMAGE_PA_HOLE (UINT64_C(256) << 30)
#define IMAGE_PA_HOLE_BYTES (UINT64_C(1) << 30)

/* The image can begin at this physical address. */
#define IMAGE_PA_IS_OK(pa)                                       \
	((pa) % IMAGE_ALIGN_BYTES == 0 && (pa) < IMAGE_PA_END && \
	 ((pa) < IMAGE_PA_HOLE || (pa)-IMAGE_PA_HOLE >= IMAGE_PA_HOLE_BYTES))

#define LINUX_IMAGE_MAGIC 0x644d5241U /* "ARM\x64" */

struct linux_image_header {
	uint32_t code0;
	uint32_t code1;
	uint64_t text_offset; /* bytes from a 2 MiB-aligned base, little-endian */
	uint64_t image_size;  /* bytes of memory that it needs from there on */
	uint64_t flags;       /* bit 0: big-endian; 2-1: page size, 1 = 4 KiB; 3: any physical place */
	uint64_t reserved[3];
	uint32_t magic; /* LINUX_IMAGE_MAGIC */
	uint32_t reserved2;
};

#define IMAGE_INFO_MAGIC UINT64_C(0x32474d49544b4154) /* "TAKTIMG2" */
#define IMAGE_INFO_OFFSET 64U

/* EL2's own part at most, behind which the blob lies: what one of its translation tables maps. */
#define IMAGE_EL2_BYTES_MAX 0x200000U

struct image_info {
	uint64_t magic;
	uint64_t el2_bytes;   /* memory of EL2 from the start of the image; a multiple of 4 KiB */
	uint64_t blob_offset; /* of the blob from the start of the image; 0: none */
	uint64_t blob_bytes;
	uint64_t uart_pa; /* the blob's, for what must be said before it is trusted; 0: none */
};

#endif
