/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in a guest's memory when it starts: kernel, initial RAM disk and device tree, at guest addresses.
 *
 *   Linux:  RAM ... | Image (text_offset, image_size) | initrd | device tree | free
 *   others: device tree | ... | kernel, wherever it says | initrd | free
 *
 * The device tree is at the start of RAM, as on QEMU's board without Linux, where that leaves room for it; else behind
 * kernel and initrd. Files of the nodes image-WORD lie where these say.
 */
#ifndef TOOLS_TAKT_GUEST_H
#define TOOLS_TAKT_GUEST_H

#include <stdint.h>

#include "tools/takt/diag.h"
#include "tools/takt/system.h"
#include "tools/takt/util.h"

#define GUEST_PIECE_MAX 24U

/* Bytes that must be in memory at the start; what is behind `size` up to `span` is zero. */
struct guest_piece {
	const char *what;
	uint64_t ipa;
	uint64_t span;
	const uint8_t *data;
	uint64_t size;
	const char *path;     /* of the node that asks for it */
	const char *property; /* there, that names it */
};

struct guest {
	struct guest_piece pieces[GUEST_PIECE_MAX];
	uint32_t piece_count;
	enum system_kernel_type type; /* found out */
	bool is_packed;               /* the kernel's file is compressed */
	uint64_t entry_ipa;
	uint64_t dtb_ipa;
	uint64_t initrd_ipa, initrd_bytes; /* 0: none */
	uint64_t seed[2];                  /* of the VM's random numbers */
	struct bytes kernel, initrd, dtb;  /* what the pieces point into */
	struct bytes images[SYSTEM_IMAGE_MAX];
};

/* Loads a domain's files and makes its device tree. What is wrong goes to diag. guest_fini is due in every case. */
void guest_load(struct guest *guest, const struct system *system, const struct system_domain *domain,
		struct diag *diag);
void guest_fini(struct guest *guest);

enum guest_extent {
	GUEST_SPAN,    /* all that pieces take */
	GUEST_CONTENT, /* bytes that they bring, not the zeros behind */
};

/* The first run of granules in the range that some piece touches; false when there is none. */
bool guest_next_run(const struct guest *guest, enum guest_extent extent, struct range range, uint64_t granule,
		    struct range *run);

/* Kernel alone (guest_kernel.c): pieces, entry and type. False with a message given. */
bool guest_load_kernel(struct guest *guest, const struct system *system, const struct system_domain *domain,
		       struct diag *diag);
/* False, and a message, when [ipa, ipa + bytes) is not in the domain's memory. */
bool guest_add_piece(struct guest *guest, const struct system *system, const struct system_domain *domain,
		     struct guest_piece piece, struct diag *diag);

/* The device tree (guest_tree.c), for guest->initrd_* and seed. */
struct bytes guest_make_tree(const struct guest *guest, const struct system *system,
			     const struct system_domain *domain);
/* Its nodes of assigned devices (guest_device.c). */
struct writer;
void guest_put_devices(struct writer *w, const struct system *system, const struct system_domain *domain);

#endif
