/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognises and places a kernel: arm64 Linux Image (Documentation/arch/arm64/booting in the Linux tree), ELF64 for
 * AArch64 (segments at their physical addresses), or raw. A file compressed by gzip is unpacked first.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "abi/image.h"
#include "base/bits.h"
#include "base/checked.h"
#include "tools/takt/check.h"
#include "tools/takt/guest.h"

#define IMAGE_FLAG_BIG_ENDIAN 1U
#define LEGACY_TEXT_OFFSET UINT64_C(0x80000) /* of images before Linux 3.17, whose image_size is 0 */
#define KERNEL_BYTES_MAX (UINT64_C(1) << 30)

struct loader {
	struct guest *guest;
	const struct system *system;
	const struct system_domain *domain;
	struct diag *diag;
};

__attribute__((format(printf, 3, 4))) static bool refuse(const struct loader *l, enum rule rule, const char *format,
							 ...)
{
	va_list args;
	va_start(args, format);
	char *text = util_vformat(format, args);
	va_end(args);
	diag_add(l->diag, rule, tree_place(l->system->tree, l->domain->path, "takt,kernel"), l->domain->path, "%s: %s",
		 l->domain->kernel, text);
	free(text);
	return false;
}

static bool is_gzip(const struct bytes *file)
{
	return file->size > 2 && file->data[0] == 0x1f && file->data[1] == 0x8b;
}

/* Replaces compressed contents by what they hold. Answers what is wrong with them, or null. */
static const char *unpack(struct bytes *file)
{
	struct bytes out = {.data = util_alloc(file->size * 4, 1)};
	size_t room = file->size * 4;
	z_stream stream = {.next_in = file->data, .avail_in = (uInt)file->size};
	int state = inflateInit2(&stream, 15 + 16);
	while (state == Z_OK && out.size < KERNEL_BYTES_MAX) {
		if (out.size == room) {
			room *= 2;
			out.data = util_resize(out.data, room, 1);
		}
		stream.next_out = out.data + out.size;
		stream.avail_out = (uInt)(room - out.size);
		state = inflate(&stream, Z_NO_FLUSH);
		out.size = room - stream.avail_out;
	}
	inflateEnd(&stream);
	free(file->data);
	*file = out;
	if (state == Z_STREAM_END)
		return NULL;
	if (state == Z_OK)
		return "unpacked by gzip, it would be larger than 1 GiB";
	return state == Z_BUF_ERROR ? "it is compressed by gzip, and cut off: the end is missing"
				    : "it is compressed by gzip, and damaged";
}

static bool has_linux_magic(const struct bytes *file)
{
	struct linux_image_header header;
	if (file->size < sizeof(header))
		return false;
	memcpy(&header, file->data, sizeof(header));
	return header.magic == LINUX_IMAGE_MAGIC;
}

static bool has_elf_magic(const struct bytes *file)
{
	return file->size > SELFMAG && memcmp(file->data, ELFMAG, SELFMAG) == 0;
}

static bool load_linux(const struct loader *l)
{
	struct guest *guest = l->guest;
	struct linux_image_header header;
	struct range ram = l->domain->memory[0];
	memcpy(&header, guest->kernel.data, sizeof(header));
	if (header.flags & IMAGE_FLAG_BIG_ENDIAN)
		return refuse(l, RULE_IMAGE_KIND, "this Linux Image is big-endian (Takt starts little-endian guests)");
	if (!is_aligned(ram.base, BLOCK_BYTES)) {
		diag_add(l->diag, RULE_MEMORY_ALIGN, tree_place(l->system->tree, l->domain->path, "memory"),
			 l->domain->path,
			 "a Linux kernel needs memory that begins at a multiple of 2 MiB (it begins at 0x%" PRIx64 ")",
			 ram.base);
		return false;
	}
	uint64_t offset = header.image_size ? header.text_offset : LEGACY_TEXT_OFFSET;
	uint64_t span = header.image_size > guest->kernel.size ? header.image_size : guest->kernel.size;
	guest->entry_ipa = ram.base + offset;
	return guest_add_piece(guest, l->system, l->domain,
			       (struct guest_piece){"kernel", ram.base + offset, span, guest->kernel.data,
						    guest->kernel.size, l->domain->path, "takt,kernel"},
			       l->diag);
}

static bool load_raw(const struct loader *l)
{
	struct guest *guest = l->guest;
	guest->entry_ipa = l->domain->memory[0].base + l->domain->load_offset;
	if (!is_aligned(guest->entry_ipa, 4))
		return refuse(l, RULE_IMAGE_KIND, "takt,load-offset is no multiple of 4, so nothing can start there");
	return guest_add_piece(guest, l->system, l->domain,
			       (struct guest_piece){"kernel", guest->entry_ipa, guest->kernel.size, guest->kernel.data,
						    guest->kernel.size, l->domain->path, "takt,kernel"},
			       l->diag);
}

static bool load_elf_segment(const struct loader *l, const Elf64_Phdr *segment)
{
	struct guest *guest = l->guest;
	if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
		return true;
	if (segment->p_filesz > segment->p_memsz ||
	    !range_within(segment->p_offset, segment->p_filesz, guest->kernel.size))
		return refuse(l, RULE_IMAGE_KIND, "this ELF file is broken (a segment ends behind the file)");
	return guest_add_piece(guest, l->system, l->domain,
			       (struct guest_piece){"kernel", segment->p_paddr, segment->p_memsz,
						    guest->kernel.data + segment->p_offset, segment->p_filesz,
						    l->domain->path, "takt,kernel"},
			       l->diag);
}

/* The entry is a virtual address: its place in a segment tells the guest address. */
static void find_elf_entry(struct guest *guest, const Elf64_Phdr *segment, uint64_t entry)
{
	if (segment->p_type == PT_LOAD && entry >= segment->p_vaddr && entry - segment->p_vaddr < segment->p_memsz)
		guest->entry_ipa = segment->p_paddr + (entry - segment->p_vaddr);
}

static bool load_elf(const struct loader *l)
{
	struct guest *guest = l->guest;
	Elf64_Ehdr header;
	if (guest->kernel.size < sizeof(header))
		return refuse(l, RULE_IMAGE_KIND, "this ELF file is broken (it ends in its header)");
	memcpy(&header, guest->kernel.data, sizeof(header));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_AARCH64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB)
		return refuse(l, RULE_IMAGE_KIND,
			      "this ELF file is for another machine (%u; needed is 64-bit little-endian AArch64, 183)",
			      header.e_machine);
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return refuse(l, RULE_IMAGE_KIND, "this ELF file is not linked (it is an object file)");
	if (header.e_phentsize != sizeof(Elf64_Phdr) ||
	    !range_within(header.e_phoff, (uint64_t)header.e_phnum * sizeof(Elf64_Phdr), guest->kernel.size))
		return refuse(l, RULE_IMAGE_KIND, "this ELF file is broken (its segment table ends behind the file)");
	guest->entry_ipa = header.e_entry;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;
		memcpy(&segment, guest->kernel.data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (!load_elf_segment(l, &segment))
			return false;
		find_elf_entry(guest, &segment, header.e_entry);
	}
	if (guest->piece_count == 0)
		return refuse(l, RULE_IMAGE_KIND, "this ELF file has nothing to load");
	return true;
}

/* What the file is, judged by its first bytes; KERNEL_AUTO: nothing that is known. */
static enum system_kernel_type recognise(const struct bytes *file)
{
	if (has_elf_magic(file))
		return KERNEL_ELF;
	return has_linux_magic(file) ? KERNEL_LINUX : KERNEL_AUTO;
}

static bool refuse_unknown(const struct loader *l)
{
	const struct bytes *file = &l->guest->kernel;
	if (l->domain->kernel_type == KERNEL_LINUX)
		return refuse(l, RULE_IMAGE_KIND,
			      "this is no arm64 Linux Image (its magic \"ARM\\x64\" is missing at byte 56)");
	if (l->domain->kernel_type == KERNEL_ELF)
		return refuse(l, RULE_IMAGE_KIND, "this is no ELF file");
	if (file->size > 8 && memcmp(file->data, "MZ", 2) == 0 && memcmp(file->data + 4, "zimg", 4) == 0)
		return refuse(l, RULE_IMAGE_KIND, "this is an EFI-compressed kernel (take the Image inside it)");
	return refuse(
		l, RULE_IMAGE_KIND,
		"neither an arm64 Linux Image nor an ELF file (takt,kernel-type = \"raw\" would load it as it is)");
}

bool guest_load_kernel(struct guest *guest, const struct system *system, const struct system_domain *domain,
		       struct diag *diag)
{
	struct loader l = {guest, system, domain, diag};
	int error = util_read_file(domain->kernel, &guest->kernel);
	if (error)
		return refuse(&l, RULE_IMAGE_MISSING, "can't be read: %s", strerror(error));
	if (guest->kernel.size == 0)
		return refuse(&l, RULE_IMAGE_KIND, "the file is empty");
	guest->type = domain->kernel_type;
	if (domain->kernel_type == KERNEL_RAW)
		return load_raw(&l);
	guest->is_packed = is_gzip(&guest->kernel);
	const char *wrong = guest->is_packed ? unpack(&guest->kernel) : NULL;
	if (wrong)
		return refuse(&l, RULE_IMAGE_KIND, "%s", wrong);
	guest->type = recognise(&guest->kernel);
	if (guest->type == KERNEL_AUTO || (domain->kernel_type != KERNEL_AUTO && domain->kernel_type != guest->type))
		return refuse_unknown(&l);
	return guest->type == KERNEL_LINUX ? load_linux(&l) : load_elf(&l);
}
