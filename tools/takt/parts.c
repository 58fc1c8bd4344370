/* SPDX-License-Identifier: Apache-2.0 */
/* Reads EL2's and the services' ELF files, and checks that they are what abi/image.h and abi/service.h say. */
#include "tools/takt/parts.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "abi/service.h"
#include "base/bits.h"
#include "base/checked.h"
#include "tools/takt/check.h"
#include "tools/takt/command.h"

#define SEGMENT_MAX 32U
#define EL2_BYTES_MAX (UINT64_C(64) << 20)
#define SERVICE_BYTES_MAX UINT64_C(0xf0000)
#define ASSUMED_EL2_BYTES UINT64_C(0x100000)
#define ASSUMED_SERVICE_BYTES UINT64_C(0x8000)

struct elf {
	const char *path;
	struct bytes file;
	uint64_t entry;
	Elf64_Phdr segments[SEGMENT_MAX];
	uint32_t count;
};

static int complain(const char *path, const char *text)
{
	fprintf(stderr, "takt: %s: %s\n", path, text);
	return EXIT_ENVIRONMENT;
}

static int read_elf(struct elf *elf, const char *path)
{
	Elf64_Ehdr header;
	*elf = (struct elf){.path = path};
	int error = util_read_file(path, &elf->file);
	if (error) {
		fprintf(stderr, "takt: %s: %s (run make to build it)\n", path, strerror(error));
		return EXIT_ENVIRONMENT;
	}
	if (elf->file.size < sizeof(header))
		return complain(path, "is no ELF file");
	memcpy(&header, elf->file.data, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_AARCH64 ||
	    !range_within(header.e_phoff, (uint64_t)header.e_phnum * sizeof(Elf64_Phdr), elf->file.size))
		return complain(path, "is no ELF file for AArch64");
	elf->entry = header.e_entry;
	for (unsigned i = 0; i < header.e_phnum && elf->count < SEGMENT_MAX; i++) {
		Elf64_Phdr segment;
		memcpy(&segment, elf->file.data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type != PT_LOAD || segment.p_memsz == 0)
			continue;
		if (!range_within(segment.p_offset, segment.p_filesz, elf->file.size) ||
		    segment.p_filesz > segment.p_memsz)
			return complain(path, "has a broken segment");
		elf->segments[elf->count++] = segment;
	}
	return elf->count ? EXIT_KEPT : complain(path, "has nothing to load");
}

/* Segments as they lie in memory; the first address is `base`. */
static bool flatten(const struct elf *elf, uint64_t base, uint64_t bytes, struct bytes *out)
{
	*out = (struct bytes){.data = util_alloc(bytes, 1), .size = bytes};
	for (uint32_t i = 0; i < elf->count; i++) {
		const Elf64_Phdr *s = &elf->segments[i];
		if (s->p_paddr < base || !range_within(s->p_paddr - base, s->p_memsz, bytes))
			return false;
		memcpy(out->data + (s->p_paddr - base), elf->file.data + s->p_offset, s->p_filesz);
	}
	return true;
}

static int load_el2(struct parts *parts, const struct elf *elf)
{
	struct linux_image_header header;
	struct image_info info;
	uint64_t base = UINT64_MAX;
	uint64_t top = 0;
	for (uint32_t i = 0; i < elf->count; i++) {
		const Elf64_Phdr *s = &elf->segments[i];
		base = s->p_paddr < base ? s->p_paddr : base;
		top = s->p_paddr + s->p_memsz > top ? s->p_paddr + s->p_memsz : top;
	}
	if (top - base > EL2_BYTES_MAX || top - base < IMAGE_INFO_OFFSET + sizeof(info) ||
	    !flatten(elf, base, align_up(top - base, PAGE_BYTES), &parts->el2))
		return complain(elf->path, "has segments too far apart for EL2");
	memcpy(&header, parts->el2.data, sizeof(header));
	memcpy(&info, parts->el2.data + IMAGE_INFO_OFFSET, sizeof(info));
	if (header.magic != LINUX_IMAGE_MAGIC || info.magic != IMAGE_INFO_MAGIC)
		return complain(elf->path, "is not Takt's EL2 (its image header is missing)");
	if (!is_aligned(info.el2_bytes, PAGE_BYTES) || info.el2_bytes < parts->el2.size ||
	    info.el2_bytes > EL2_BYTES_MAX)
		return complain(elf->path, "says a wrong size of itself (el2_bytes)");
	parts->el2.data = util_resize(parts->el2.data, info.el2_bytes, 1);
	memset(parts->el2.data + parts->el2.size, 0, info.el2_bytes - parts->el2.size);
	parts->el2.size = info.el2_bytes;
	return EXIT_KEPT;
}

static void append(struct bytes *to, uint64_t base, const struct elf *elf, const Elf64_Phdr *s)
{
	uint64_t end = align_up(s->p_vaddr - base + s->p_memsz, PAGE_BYTES);
	if (end > to->size) {
		to->data = util_resize(to->data, end, 1);
		memset(to->data + to->size, 0, end - to->size);
		to->size = end;
	}
	memcpy(to->data + (s->p_vaddr - base), elf->file.data + s->p_offset, s->p_filesz);
}

/* place: where its map begins, LOADER_IPA or 0. */
static int load_service(struct service_part *part, const struct elf *elf, uint64_t place)
{
	part->entry = elf->entry;
	for (uint32_t i = 0; i < elf->count; i++) {
		const Elf64_Phdr *s = &elf->segments[i];
		bool is_data = s->p_vaddr >= place + SERVICE_DATA_IPA;
		uint64_t base = place + (is_data ? SERVICE_DATA_IPA : SERVICE_TEXT_IPA);
		if (s->p_vaddr < base || !range_within(s->p_vaddr - base, s->p_memsz, SERVICE_BYTES_MAX))
			return complain(elf->path, "is linked outside a service's address map");
		if (is_data == !(s->p_flags & PF_W))
			return complain(elf->path, "has writable text or read-only data");
		append(is_data ? &part->data : &part->text, base, elf, s);
	}
	if (part->text.size == 0)
		return complain(elf->path, "has no text");
	return EXIT_KEPT;
}

static int load_one(struct parts *parts, struct service_part *service, const char *path)
{
	uint64_t place = service == &parts->loader ? LOADER_IPA : 0;
	struct elf elf;
	int code = read_elf(&elf, path);
	if (code == EXIT_KEPT)
		code = service ? load_service(service, &elf, place) : load_el2(parts, &elf);
	free(elf.file.data);
	return code;
}

int parts_load(struct parts *parts, const char *el2, const char *services)
{
	*parts = (struct parts){0};
	char *exe = util_exe_dir();
	char *el2_path = el2 ? util_copy(el2) : util_format("%s/../el2/takt.elf", exe);
	char *directory = services ? util_copy(services) : util_format("%s/../services", exe);
	char *model = util_format("%s/pl011.elf", directory);
	char *driver = util_format("%s/uart.elf", directory);
	char *loader = util_format("%s/loader.elf", directory);
	int code = load_one(parts, NULL, el2_path);
	if (code == EXIT_KEPT)
		code = load_one(parts, &parts->model, model);
	if (code == EXIT_KEPT)
		code = load_one(parts, &parts->driver, driver);
	if (code == EXIT_KEPT)
		code = load_one(parts, &parts->loader, loader);
	free(exe);
	free(el2_path);
	free(directory);
	free(model);
	free(driver);
	free(loader);
	return code;
}

static struct bytes zeros(uint64_t bytes) { return (struct bytes){.data = util_alloc(bytes, 1), .size = bytes}; }

void parts_assume(struct parts *parts)
{
	*parts = (struct parts){.el2 = zeros(ASSUMED_EL2_BYTES)};
	struct service_part *services[] = {&parts->model, &parts->driver, &parts->loader};
	for (unsigned i = 0; i < 3; i++) {
		services[i]->text = zeros(ASSUMED_SERVICE_BYTES);
		services[i]->data = zeros(ASSUMED_SERVICE_BYTES);
		services[i]->entry = SERVICE_TEXT_IPA + (services[i] == &parts->loader ? LOADER_IPA : 0);
	}
}

void parts_fini(struct parts *parts)
{
	struct service_part *services[] = {&parts->model, &parts->driver, &parts->loader};
	for (unsigned i = 0; i < 3; i++) {
		free(services[i]->text.data);
		free(services[i]->data.data);
	}
	free(parts->el2.data);
	*parts = (struct parts){0};
}
