/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of Takt itself that go into an image: EL2 and the services, from their ELF files. */
#ifndef TOOLS_TAKT_PARTS_H
#define TOOLS_TAKT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/takt/util.h"

/* A service's text (read, execute) and data (read, write), padded to pages. */
struct service_part {
	struct bytes text;
	struct bytes data;
	uint64_t entry;
};

struct parts {
	struct bytes el2; /* as in memory, from the first byte of the image; bss included */
	struct service_part model;
	struct service_part driver;
	struct service_part loader;
};

/* Stand-ins of the usual sizes, for a check without a build. */
void parts_assume(struct parts *parts);
/*
 * Reads them. el2: path of EL2's ELF file, services: directory of the services' files; null for the places beside the
 * program. Answers an enum exit_code, after a message on stderr when it is not EXIT_KEPT.
 */
int parts_load(struct parts *parts, const char *el2, const char *services);
void parts_fini(struct parts *parts);

#endif
