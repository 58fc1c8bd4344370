/* SPDX-License-Identifier: Apache-2.0 */
/* DWARF through libdw. The compilation unit of an address is found by ranges, which needs no .debug_aranges. */
#define _GNU_SOURCE
#include "tools/takt/bound_source.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/takt/util.h"

struct bound_source {
	int file;
	Dwarf *dwarf;
	Dwarf_Die *units;
	size_t unit_count;
};

struct bound_source *bound_source_open(const char *path)
{
	struct bound_source *s = util_alloc(1, sizeof(*s));
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	s->file = open(path, O_RDONLY | O_CLOEXEC);
	if (s->file < 0)
		return s;
	s->dwarf = dwarf_begin(s->file, DWARF_C_READ);
	while (s->dwarf != NULL && dwarf_get_units(s->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		s->units = util_resize(s->units, s->unit_count + 1, sizeof(*s->units));
		s->units[s->unit_count++] = die;
	}
	return s;
}

void bound_source_close(struct bound_source *source)
{
	if (source->dwarf != NULL)
		dwarf_end(source->dwarf);
	if (source->file >= 0)
		close(source->file);
	free(source->units);
	free(source);
}

/* Down the tree of scopes, as long as one has the address. */
static const char *innermost_function(Dwarf_Die *unit, uint64_t address)
{
	const char *name = NULL;
	Dwarf_Die die;
	int end = dwarf_child(unit, &die);
	while (end == 0) {
		int tag = dwarf_tag(&die);
		bool is_function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
		if ((!is_function && tag != DW_TAG_lexical_block) || dwarf_haspc(&die, address) <= 0) {
			end = dwarf_siblingof(&die, &die);
			continue;
		}
		name = is_function ? dwarf_diename(&die) : name;
		Dwarf_Die outer = die;
		end = dwarf_child(&outer, &die);
	}
	return name;
}

/* The part of a path behind the directory that the image was built in: "logic/arm/vgic.c". */
static const char *shortened(Dwarf_Die *unit, const char *file)
{
	Dwarf_Attribute attribute;
	const char *base = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	size_t length = base == NULL ? 0 : strlen(base);
	if (length != 0 && strncmp(file, base, length) == 0 && file[length] == '/')
		file += length + 1;
	return strncmp(file, "./", 2) == 0 ? file + 2 : file;
}

struct bound_place bound_source_find(struct bound_source *source, uint64_t address)
{
	struct bound_place place = {NULL, 0, NULL};
	for (size_t i = 0; i < source->unit_count; i++) {
		Dwarf_Die *unit = &source->units[i];
		if (dwarf_haspc(unit, address) <= 0)
			continue;
		Dwarf_Line *line = dwarf_getsrc_die(unit, address);
		const char *file = line == NULL ? NULL : dwarf_linesrc(line, NULL, NULL);
		if (file == NULL)
			continue;
		place.file = shortened(unit, file);
		dwarf_lineno(line, &place.line);
		place.function = innermost_function(unit, address);
		break;
	}
	return place;
}
