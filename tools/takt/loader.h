/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a domain's loader does when the VM is restarted: pages of RAM that its images touch are copied, all others
 * cleared. The copies are packed, in the order of the pieces.
 */
#ifndef TOOLS_TAKT_LOADER_H
#define TOOLS_TAKT_LOADER_H

#include "abi/service.h"
#include "logic/config_event.h"
#include "tools/takt/guest.h"

static inline bool loader_is_needed(const struct system_domain *domain)
{
	return config_event_needs_loader(domain->on);
}

/* Of the loader with this number, counted in the order of the domains; NULL: there are fewer. */
const struct system_domain *loader_domain(const struct system *system, uint32_t index);

/* The pieces, by address; answers the bytes of all copies, a multiple of a page. At most LOADER_PIECE_MAX. */
uint64_t loader_plan(struct loader_config *config, const struct system_domain *domain, const struct guest *guest);

/* What the copies hold: as many bytes as loader_plan answered. */
struct bytes loader_make_copies(const struct loader_config *config, uint64_t bytes, const struct guest *guest);

#endif
