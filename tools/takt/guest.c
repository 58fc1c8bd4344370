/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a guest's kernel, initial RAM disk and device tree into its memory. */
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
	bool is_initrd = strcmp(piece->what, "initrd") == 0;
	struct place place = tree_place(system->tree, domain->path, is_initrd ? "takt,initrd" : "takt,kernel");
	if (piece->ipa >= ram.base && piece->ipa <= ram.base + ram.bytes)
		diag_add(diag, RULE_IMAGE_TOO_BIG, place, domain->path,
			 "the %s needs memory up to 0x%" PRIx64 ", but memory ends at 0x%" PRIx64
			 " (memory of %.0f MiB would do)",
			 piece->what, piece->ipa + piece->span, ram.base + ram.bytes,
			 (double)(align_up(piece->ipa + piece->span - ram.base + BLOCK_BYTES / 2, BLOCK_BYTES / 2)) /
				 MIB);
	else
		diag_add(diag, RULE_IMAGE_OUTSIDE, place, domain->path,
			 "the %s lies at 0x%" PRIx64 ", where the domain has no memory (that is 0x%" PRIx64
			 " to 0x%" PRIx64 ": change memory, or where the %s is linked to)",
			 piece->what, piece->ipa, ram.base, ram.base + ram.bytes - 1, piece->what);
}

bool guest_add_piece(struct guest *guest, const struct system *system, const struct system_domain *domain,
		     struct guest_piece piece, struct diag *diag)
{
	bool fits = false;
	for (uint32_t i = 0; i < domain->memory_count; i++)
		fits = fits || inside(domain->memory[i], piece.ipa, piece.span);
	if (!fits) {
		refuse_piece(system, domain, &piece, diag);
		return false;
	}
	for (uint32_t i = 0; i < guest->piece_count; i++) {
		if (ranges_overlap(piece.ipa, piece.span, guest->pieces[i].ipa, guest->pieces[i].span)) {
			diag_add(diag, RULE_IMAGE_KIND, tree_place(system->tree, domain->path, "takt,kernel"),
				 domain->path, "two segments of the kernel overlap at 0x%" PRIx64, piece.ipa);
			return false;
		}
	}
	if (guest->piece_count == GUEST_PIECE_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, domain->path, "takt,kernel"), domain->path,
			 "the kernel has more than %u segments to load", GUEST_PIECE_MAX - 2);
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
						    guest->initrd.size},
			       diag);
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

void guest_load(struct guest *guest, const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	*guest = (struct guest){0};
	if (domain->kernel == NULL || domain->memory_count == 0)
		return;
	make_seed(guest, domain);
	if (!guest_load_kernel(guest, system, domain, diag) || !load_initrd(guest, system, domain, diag))
		return;
	guest->dtb_ipa = free_ipa(guest, domain);
	guest->dtb = guest_make_tree(guest, system, domain);
	struct guest_piece piece = {"device tree", guest->dtb_ipa, guest->dtb.size, guest->dtb.data, guest->dtb.size};
	guest_add_piece(guest, system, domain, piece, diag);
}

void guest_fini(struct guest *guest)
{
	free(guest->kernel.data);
	free(guest->initrd.data);
	free(guest->dtb.data);
	*guest = (struct guest){0};
}
