/* SPDX-License-Identifier: Apache-2.0 */
/* Wraps an image for U-Boot: see media.h. */
#define _GNU_SOURCE
#include "tools/takt/media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bits.h"

#define PLACE_BYTES UINT64_C(0x200000) /* a FIT is put at a multiple of this behind the image's own place */

/* Of the header of a legacy image. */
#define LEGACY_MAGIC 0x27051956U
#define LEGACY_OS_LINUX 5U
#define LEGACY_ARCH_ARM64 22U
#define LEGACY_TYPE_SCRIPT 6U
#define LEGACY_NAME_BYTES 32U

struct legacy_header { /* big-endian */
	uint32_t magic;
	uint32_t header_crc; /* with this field 0 */
	uint32_t time;
	uint32_t size; /* behind the header */
	uint32_t load;
	uint32_t entry;
	uint32_t data_crc;
	uint8_t os, arch, type, compression;
	char name[LEGACY_NAME_BYTES];
};

/* CRC-32 of `bytes` from `offset` on; answers 0 or an errno value. */
static int sum_file(int fd, uint64_t offset, uint64_t bytes, uint32_t *sum)
{
	uint8_t data[65536];
	uLong crc = crc32(0, NULL, 0);
	while (bytes > 0) {
		ssize_t got = pread(fd, data, bytes < sizeof(data) ? bytes : sizeof(data), (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : EIO;
		crc = crc32(crc, data, (uInt)got);
		offset += (uint64_t)got;
		bytes -= (uint64_t)got;
	}
	*sum = (uint32_t)crc;
	return 0;
}

/* libfdt's sequential writer fails for lack of room only, and then to the end: the last answer tells. */
static int write_tree(void *fdt, int room, const struct media *media, uint32_t sum)
{
	fdt_create(fdt, room);
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	fdt_property_string(fdt, "description", "a system of Takt");
	fdt_property_u32(fdt, "timestamp", 0);
	fdt_property_u32(fdt, "#address-cells", 2);
	fdt_begin_node(fdt, "images");
	fdt_begin_node(fdt, "takt");
	fdt_property_string(fdt, "description", "hypervisor and guests");
	fdt_property_string(fdt, "type", "kernel");
	fdt_property_string(fdt, "arch", "arm64");
	fdt_property_string(fdt, "os", "linux");
	fdt_property_string(fdt, "compression", "none");
	fdt_property_u64(fdt, "load", media->load_pa);
	fdt_property_u64(fdt, "entry", media->load_pa);
	fdt_property_u32(fdt, "data-position", (uint32_t)MEDIA_FIT_OFFSET);
	fdt_property_u32(fdt, "data-size", (uint32_t)media->image_bytes);
	fdt_begin_node(fdt, "hash-1");
	fdt_property_string(fdt, "algo", "crc32");
	fdt_property_u32(fdt, "value", sum);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "configurations");
	fdt_property_string(fdt, "default", "takt");
	fdt_begin_node(fdt, "takt");
	fdt_property_string(fdt, "description", "starts it");
	fdt_property_string(fdt, "kernel", "takt");
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	return fdt_finish(fdt);
}

int media_finish_fit(struct output *output, const struct media *media)
{
	uint8_t tree[MEDIA_FIT_OFFSET] = {0};
	uint32_t sum = 0;
	if (media->image_bytes > INT32_MAX)
		return EFBIG;
	int error = sum_file(output->fd, MEDIA_FIT_OFFSET, media->image_bytes, &sum);
	if (error)
		return error;
	if (write_tree(tree, sizeof(tree), media, sum) != 0)
		return ENOSPC;
	return output_write(output, 0, tree, fdt_totalsize(tree));
}

/* The configuration is named: U-Boot may be built to look for one that is compatible with the board instead. */
static char *script_text(const struct media *media)
{
	uint64_t pa = media->load_pa;
	if (media->is_fit)
		pa = align_up(pa + media->image_bytes, PLACE_BYTES);
	return util_format("load ${devtype} ${devnum}:${distro_bootpart} 0x%" PRIx64 " ${prefix}%s && %s 0x%" PRIx64
			   "%s - ${fdtcontroladdr}\n",
			   pa, media->name, media->is_fit ? "bootm" : "booti", pa, media->is_fit ? "#takt" : "");
}

struct bytes media_make_script(const struct media *media)
{
	char *text = script_text(media);
	size_t bytes = strlen(text);
	uint32_t list[2] = {htonl((uint32_t)bytes), 0}; /* length of the one script, and the end */
	struct legacy_header header = {
		.magic = htonl(LEGACY_MAGIC),
		.size = htonl((uint32_t)(sizeof(list) + bytes)),
		.os = LEGACY_OS_LINUX,
		.arch = LEGACY_ARCH_ARM64,
		.type = LEGACY_TYPE_SCRIPT,
		.name = "a system of Takt",
	};
	struct bytes script = {.size = sizeof(header) + sizeof(list) + bytes};
	script.data = util_alloc(script.size + 1, 1);
	uint8_t *content = script.data + sizeof(header);
	memcpy(content, list, sizeof(list));
	memcpy(content + sizeof(list), text, bytes + 1);
	header.data_crc = htonl((uint32_t)crc32(0, content, (uInt)(script.size - sizeof(header))));
	header.header_crc = htonl((uint32_t)crc32(0, (const uint8_t *)&header, sizeof(header)));
	memcpy(script.data, &header, sizeof(header));
	free(text);
	return script;
}
