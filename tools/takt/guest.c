/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a guest's kernel, initial RAM disk, device tree and other files into its memory. */
#include "tools/takt/guest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/checked.h"
#include "tools/takt/check.h"

#define MIB (1024.0 * 1024.0)

static bool inside(struct range outer, uint64_t base, uint64_t bytes)
{
	return base >= outer.base && range_within(base - outer.base, bytes, outer.bytes);
}

static void refuse_piece(const struct system *system, const struct system_domain *domain,
			 const struct guest_piece *piece, struct diag *diag)
{
	struct range ram = domain->memory[0];
	struct place place = tree_place(system->tree, piece->path, piece->property);
	if (piece->ipa >= ram.base && piece->ipa <= ram.base + ram.bytes)
		diag_add(diag, RULE_IMAGE_TOO_BIG, place, piece->path,
			 "the %s needs memory up to 0x%" PRIx64 ", but memory ends at 0x%" PRIx64
			 " (memory of %.0f MiB would do)",
			 piece->what, piece->ipa + piece->span, ram.base + ram.bytes,
			 (double)(align_up(piece->ipa + piece->span - ram.base + BLOCK_BYTES / 2, BLOCK_BYTES / 2)) /
				 MIB);
	else
		diag_add(diag, RULE_IMAGE_OUTSIDE, place, piece->path,
			 "the %s lies at 0x%" PRIx64 ", where the domain has no memory (that is 0x%" PRIx64
			 " to 0x%" PRIx64 ": change memory, or where the %s is to be)",
			 piece->what, piece->ipa, ram.base, ram.base + ram.bytes - 1, piece->what);
}

static void refuse_overlap(const struct system *system, const struct guest_piece *piece,
			   const struct guest_piece *other, struct diag *diag)
{
	diag_add(diag, RULE_MEMORY_OVERLAP, tree_place(system->tree, piece->path, piece->property), piece->path,
		 "the %s, from 0x%" PRIx64 " to 0x%" PRIx64 ", overlaps the %s, from 0x%" PRIx64 " to 0x%" PRIx64,
		 piece->what, piece->ipa, piece->ipa + piece->span - 1, other->what, other->ipa,
		 other->ipa + other->span - 1);
}

bool guest_add_piece(struct guest *guest, const struct system *system, const struct system_domain *domain,
		     struct guest_piece piece, struct diag *diag)
{
	bool fits = false;
	for (uint32_t i = 0; i < domain->memory_count; i++)
		fits = fits || inside(domain->memory[i], piece.ipa, piece.span);
	for (uint32_t i = 0; i < domain->image_count; i++)
		fits = fits || inside((struct range){domain->images[i].ipa, domain->images[i].rom_bytes}, piece.ipa,
				      piece.span);
	if (!fits) {
		refuse_piece(system, domain, &piece, diag);
		return false;
	}
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		if (ranges_overlap(piece.ipa, piece.span, guest->pieces[i].ipa, guest->pieces[i].span)) {
			refuse_overlap(system, &piece, &guest->pieces[i], diag);
			return false;
		}
	}
	if (guest->piece_count == GUEST_PIECE_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, piece.path, piece.property), piece.path,
			 "more than %u segments of the kernel and other pieces to load", GUEST_PIECE_MAX);
		return false;
	}
	guest->pieces[guest->piece_count++] = piece;
	return true;
}

/* The first page behind everything that lies in the first range of RAM. */
static uint64_t free_ipa(const struct guest *guest, const struct system_domain *domain)
{
	uint64_t end = domain->memory[0].base;
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		const struct guest_piece *piece = &guest->pieces[i];
		if (inside(domain->memory[0], piece->ipa, piece->span) && piece->ipa + piece->span > end)
			end = piece->ipa + piece->span;
	}
	return align_up(end, PAGE_BYTES);
}

static bool load_initrd(struct guest *guest, const struct system *system, const struct system_domain *domain,
			struct diag *diag)
{
	if (domain->initrd == NULL)
		return true;
	struct place place = tree_place(system->tree, domain->path, "takt,initrd");
	int error = util_read_file(domain->initrd, &guest->initrd);
	if (error || guest->initrd.size == 0) {
		diag_add(diag, RULE_IMAGE_MISSING, place, domain->path, "%s: %s", domain->initrd,
			 error ? strerror(error) : "the file is empty");
		return false;
	}
	guest->initrd_ipa = free_ipa(guest, domain);
	guest->initrd_bytes = guest->initrd.size;
	return guest_add_piece(guest, system, domain,
			       (struct guest_piece){"initrd", guest->initrd_ipa, guest->initrd.size, guest->initrd.data,
						    guest->initrd.size, domain->path, "takt,initrd"},
			       diag);
}

/* Where the device tree goes: see guest.h. */
static uint64_t tree_ipa(const struct guest *guest, const struct system_domain *domain)
{
	uint64_t start = domain->memory[0].base;
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		if (ranges_overlap(start, align_up(guest->dtb.size, PAGE_BYTES), guest->pieces[i].ipa,
				   guest->pieces[i].span))
			return free_ipa(guest, domain);
	}
	return start;
}

static bool load_tree(struct guest *guest, const struct system *system, const struct system_domain *domain,
		      struct diag *diag)
{
	guest->dtb = guest_make_tree(guest, system, domain);
	guest->dtb_ipa = tree_ipa(guest, domain);
	return guest_add_piece(guest, system, domain,
			       (struct guest_piece){"device tree", guest->dtb_ipa, guest->dtb.size, guest->dtb.data,
						    guest->dtb.size, domain->path, "takt,kernel"},
			       diag);
}

/* The bytes of a file, or of a read-only memory, which reads as erased where no file covers it. */
static bool read_image(const struct system *system, const struct system_image *image, struct bytes *file,
		       struct diag *diag)
{
	struct place place = tree_place(system->tree, image->path, "file");
	int error = image->file ? util_read_file(image->file, file) : 0;
	if (error || (image->file && file->size == 0)) {
		diag_add(diag, RULE_IMAGE_MISSING, place, image->path, "%s: %s", image->file,
			 error ? strerror(error) : "the file is empty");
		return false;
	}
	if (image->rom_bytes == 0)
		return true;
	if (file->size > image->rom_bytes) {
		diag_add(diag, RULE_IMAGE_TOO_BIG, place, image->path,
			 "%s has %zu bytes, the read-only memory 0x%" PRIx64 " (size = <0x%" PRIx64 "> would do)",
			 image->file, file->size, image->rom_bytes, align_up(file->size, PAGE_BYTES));
		return false;
	}
	file->data = util_resize(file->data, image->rom_bytes, 1);
	memset(file->data + file->size, 0xff, image->rom_bytes - file->size);
	file->size = image->rom_bytes;
	return true;
}

static bool load_images(struct guest *guest, const struct system *system, const struct system_domain *domain,
			struct diag *diag)
{
	for (uint32_t i = 0; i < domain->image_count; i++) {
		const struct system_image *image = &domain->images[i];
		struct bytes *file = &guest->images[i];
		if (!read_image(system, image, file, diag) ||
		    !guest_add_piece(guest, system, domain,
				     (struct guest_piece){"file", image->ipa, file->size, file->data, file->size,
							  image->path, "address"},
				     diag))
			return false;
	}
	return true;
}

static void make_seed(struct guest *guest, const struct system_domain *domain)
{
	static const uint64_t keys[2][2] = {
		{UINT64_C(0x74616b742d736565), UINT64_C(0x642d776f72642d30)},
		{UINT64_C(0x74616b742d736565), UINT64_C(0x642d776f72642d31)},
	};
	for (unsigned i = 0; i < 2; i++) {
		uint64_t of_name = util_siphash(keys[i], domain->name, strlen(domain->name));
		uint64_t key[2] = {keys[i][0] ^ of_name, keys[i][1]};
		guest->seed[i] = util_siphash(key, domain->seed, strlen(domain->seed));
	}
}

/* Firmware without a kernel is a file of a read-only memory. */
static bool load_kernel(struct guest *guest, const struct system *system, const struct system_domain *domain,
			struct diag *diag)
{
	if (domain->kernel != NULL && !guest_load_kernel(guest, system, domain, diag))
		return false;
	if (domain->has_entry)
		guest->entry_ipa = domain->entry;
	return true;
}

void guest_load(struct guest *guest, const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	*guest = (struct guest){0};
	if ((domain->kernel == NULL && !domain->has_entry) || domain->memory_count == 0)
		return;
	make_seed(guest, domain);
	if (load_kernel(guest, system, domain, diag) && load_initrd(guest, system, domain, diag) &&
	    load_tree(guest, system, domain, diag))
		load_images(guest, system, domain, diag);
}

void guest_fini(struct guest *guest)
{
	free(guest->kernel.data);
	free(guest->initrd.data);
	free(guest->dtb.data);
	for (uint32_t i = 0; i < SYSTEM_IMAGE_MAX; i++)
		free(guest->images[i].data);
	*guest = (struct guest){0};
}

/* The granules of a piece within a range; empty: none. */
static struct range touched(const struct guest_piece *piece, enum guest_extent extent, struct range range,
			    uint64_t granule)
{
	uint64_t bytes = extent == GUEST_SPAN ? piece->span : piece->size;
	uint64_t first = piece->ipa & ~(granule - 1);
	uint64_t end = align_up(piece->ipa + bytes, granule);
	uint64_t range_end = range.base + range.bytes;
	first = first < range.base ? range.base : first;
	end = end > range_end ? range_end : end;
	return bytes != 0 && first < end ? (struct range){first, end - first} : (struct range){0, 0};
}

bool guest_next_run(const struct guest *guest, enum guest_extent extent, struct range range, uint64_t granule,
		    struct range *run)
{
	uint64_t first = UINT64_MAX;
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		struct range t = touched(&guest->pieces[i], extent, range, granule);
		first = t.bytes != 0 && t.base < first ? t.base : first;
	}
	if (first == UINT64_MAX)
		return false;
	uint64_t end = first;
	for (bool grew = true; grew;) {
		grew = false;
		for (uint32_t i = 0; i < guest->piece_count; i++) {
			struct range t = touched(&guest->pieces[i], extent, range, granule);
			if (t.bytes != 0 && t.base <= end && t.base + t.bytes > end) {
				end = t.base + t.bytes;
				grew = true;
			}
		}
	}
	*run = (struct range){first, end - first};
	return true;
}
