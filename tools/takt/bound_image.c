/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the ELF file: 64-bit, little-endian, AArch64, linked at its final address. */
#include "tools/takt/bound_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "tools/takt/util.h"

#define CODE_LIMIT_BYTES (UINT64_C(64) << 20)
#define CLAIM_LIMIT UINT64_C(1000000)

struct reader {
	const uint8_t *data;
	size_t size;
	Elf64_Ehdr head;
	const uint8_t *sections;
	const char *names;
	size_t names_size;
};

static Elf64_Shdr section_at(const struct reader *r, unsigned index)
{
	Elf64_Shdr section;
	memcpy(&section, r->sections + index * sizeof(section), sizeof(section));
	return section;
}

static const uint8_t *section_data(const struct reader *r, const Elf64_Shdr *section)
{
	if (section->sh_type == SHT_NOBITS || !range_within(section->sh_offset, section->sh_size, r->size))
		return NULL;
	return r->data + section->sh_offset;
}

/* The string at offset in a table of strings, "" when it does not end inside. */
static const char *string_at(const char *strings, size_t size, uint64_t offset)
{
	if (offset >= size || memchr(strings + offset, 0, size - offset) == NULL)
		return "";
	return strings + offset;
}

static const char *section_name(const struct reader *r, const Elf64_Shdr *section)
{
	return string_at(r->names, r->names_size, section->sh_name);
}

static const char *reader_init(struct reader *r, const uint8_t *data, size_t size)
{
	*r = (struct reader){.data = data, .size = size};
	if (size < sizeof(r->head) || memcmp(data, ELFMAG, SELFMAG) != 0)
		return "not an ELF file";
	memcpy(&r->head, data, sizeof(r->head));
	if (r->head.e_ident[EI_CLASS] != ELFCLASS64 || r->head.e_ident[EI_DATA] != ELFDATA2LSB ||
	    r->head.e_machine != EM_AARCH64)
		return "not a 64-bit little-endian AArch64 file";
	if (r->head.e_type != ET_EXEC && r->head.e_type != ET_DYN)
		return "not linked (it needs final addresses)";
	if (r->head.e_shentsize != sizeof(Elf64_Shdr) ||
	    !range_within(r->head.e_shoff, (uint64_t)r->head.e_shnum * sizeof(Elf64_Shdr), size))
		return "its section headers lie outside of the file";
	r->sections = data + r->head.e_shoff;
	if (r->head.e_shstrndx >= r->head.e_shnum)
		return "it has no section names";
	Elf64_Shdr names = section_at(r, r->head.e_shstrndx);
	r->names = (const char *)section_data(r, &names);
	r->names_size = names.sh_size;
	return r->names == NULL ? "it has no section names" : NULL;
}

static void image_add_part(struct bound_image *image, const Elf64_Shdr *section, const uint8_t *data)
{
	bool is_code = (section->sh_flags & SHF_EXECINSTR) != 0;
	image->parts = util_resize(image->parts, image->part_count + 1, sizeof(*image->parts));
	image->parts[image->part_count++] = (struct bound_part){section->sh_addr, section->sh_size, data, is_code};
	if (is_code)
		image->text_bytes += section->sh_size;
	else if (section->sh_flags & SHF_WRITE)
		image->data_bytes += section->sh_size;
	else
		image->rodata_bytes += section->sh_size;
}

static const char *read_parts(struct bound_image *image, const struct reader *r)
{
	for (unsigned i = 0; i < r->head.e_shnum; i++) {
		Elf64_Shdr section = section_at(r, i);
		if (!(section.sh_flags & SHF_ALLOC) || section.sh_type == SHT_NOBITS || section.sh_size == 0)
			continue;
		const uint8_t *data = section_data(r, &section);
		if (data == NULL || section.sh_addr > UINT64_MAX - section.sh_size)
			return "a section lies outside of the file or of the address space";
		image_add_part(image, &section, data);
	}
	return NULL;
}

static uint32_t little32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t little64(const uint8_t *p) { return little32(p) | (uint64_t)little32(p + 4) << 32; }

static const char *read_code(struct bound_image *image)
{
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;
	for (size_t i = 0; i < image->part_count; i++) {
		const struct bound_part *p = &image->parts[i];
		if (!p->is_code)
			continue;
		low = p->address < low ? p->address : low;
		high = p->address + p->bytes > high ? p->address + p->bytes : high;
	}
	if (high == 0)
		return "it has no code";
	if (low % 4 != 0 || high - low > CODE_LIMIT_BYTES)
		return "its code is not aligned, or spans more than 64 MiB";
	image->code = (struct bound_code){low, (size_t)((high - low) / 4)};
	image->words = util_alloc(image->code.word_count, sizeof(*image->words));
	for (size_t i = 0; i < image->part_count; i++) {
		const struct bound_part *p = &image->parts[i];
		for (uint64_t k = 0; p->is_code && p->address % 4 == 0 && k + 4 <= p->bytes; k += 4)
			image->words[(p->address - low + k) / 4] = little32(p->data + k);
	}
	return NULL;
}

static int symbol_compare(const void *a, const void *b)
{
	const struct bound_symbol *x = a;
	const struct bound_symbol *y = b;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->is_function != y->is_function)
		return x->is_function ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void image_add_symbol(struct bound_image *image, const Elf64_Sym *symbol, const char *name)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);
	bool is_named = type == STT_FUNC || type == STT_NOTYPE || type == STT_OBJECT;
	if (!is_named || symbol->st_shndx == SHN_UNDEF || name[0] == 0 || name[0] == '$')
		return;
	image->symbols = util_resize(image->symbols, image->symbol_count + 1, sizeof(*image->symbols));
	image->symbols[image->symbol_count++] =
		(struct bound_symbol){symbol->st_value, symbol->st_size, util_copy(name), type == STT_FUNC};
}

/* Assembly may leave a function without a size: it reaches to the next one. */
static void size_functions(struct bound_image *image)
{
	uint64_t next = image->code.base + 4 * image->code.word_count;
	for (size_t i = image->symbol_count; i-- > 0;) {
		struct bound_symbol *s = &image->symbols[i];
		if (!s->is_function)
			continue;
		if (s->size == 0 && next > s->address)
			s->size = next - s->address;
		next = s->address;
	}
}

static void read_symbols(struct bound_image *image, const struct reader *r)
{
	for (unsigned i = 0; i < r->head.e_shnum; i++) {
		Elf64_Shdr table = section_at(r, i);
		if (table.sh_type != SHT_SYMTAB || table.sh_link >= r->head.e_shnum)
			continue;
		Elf64_Shdr strings = section_at(r, table.sh_link);
		const uint8_t *entries = section_data(r, &table);
		const char *text = (const char *)section_data(r, &strings);
		for (uint64_t k = 0; entries && text && (k + 1) * sizeof(Elf64_Sym) <= table.sh_size; k++) {
			Elf64_Sym symbol;
			memcpy(&symbol, entries + k * sizeof(symbol), sizeof(symbol));
			image_add_symbol(image, &symbol, string_at(text, strings.sh_size, symbol.st_name));
		}
	}
	if (image->symbol_count != 0)
		qsort(image->symbols, image->symbol_count, sizeof(*image->symbols), symbol_compare);
	size_functions(image);
}

/* The text behind the two words of the record at `at`; null when it does not end inside. */
static const char *record_text(const uint8_t *data, uint64_t bytes, uint64_t at)
{
	const char *text = (const char *)data + at + 16;
	return bytes - at < 24 || memchr(text, 0, bytes - at - 16) == NULL ? NULL : text;
}

static uint64_t record_next(uint64_t at, const char *text) { return at + (16 + strlen(text) + 1 + 7) / 8 * 8; }

static const char *read_loops(struct bound_image *image, const uint8_t *data, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes;) {
		const char *place = record_text(data, bytes, at);
		if (place == NULL)
			return "a record of .takt.loops is cut short (base/bound.h says how one looks)";
		image->records = util_resize(image->records, image->record_count + 1, sizeof(*image->records));
		image->records[image->record_count++] =
			(struct bound_record){little64(data + at), little64(data + at + 8), util_copy(place)};
		at = record_next(at, place);
	}
	return NULL;
}

static int claim_compare(const void *a, const void *b)
{
	const struct bound_claim *x = a;
	const struct bound_claim *y = b;
	int order = strcmp(x->name, y->name);
	return order != 0 ? order : (x->address > y->address) - (x->address < y->address);
}

static struct bound_claim claim_read(const uint8_t *record, const char *text)
{
	struct bound_claim claim = {little64(record), little64(record + 8), util_copy(text), ""};
	char *at = strchr(claim.name, '@');
	if (at != NULL) {
		*at = 0;
		claim.place = at + 1;
	}
	return claim;
}

static const char *read_claims(struct bound_image *image, const uint8_t *data, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes;) {
		const char *text = record_text(data, bytes, at);
		if (text == NULL)
			return "a record of .takt.steps is cut short (base/bound.h says how one looks)";
		image->claims = util_resize(image->claims, image->claim_count + 1, sizeof(*image->claims));
		image->claims[image->claim_count++] = claim_read(data + at, text);
		at = record_next(at, text);
	}
	if (image->claim_count != 0)
		qsort(image->claims, image->claim_count, sizeof(*image->claims), claim_compare);
	for (size_t i = 0; i < image->claim_count; i++) {
		if (image->claims[i].most > CLAIM_LIMIT)
			return "a STEP_BOUND is negative or beyond measure";
		if (i != 0 && strcmp(image->claims[i].name, image->claims[i - 1].name) == 0 &&
		    image->claims[i].most != image->claims[i - 1].most)
			return "two STEP_BOUNDs of one name have different values";
	}
	return NULL;
}

static const char *read_targets(struct bound_image *image, const uint8_t *data, uint64_t bytes)
{
	if (bytes % 16 != 0)
		return "a record of .takt.calls is cut short (base/bound.h says how one looks)";
	image->target_count = bytes / 16;
	image->targets = util_alloc(image->target_count, sizeof(*image->targets));
	for (size_t i = 0; i < image->target_count; i++)
		image->targets[i] = (struct bound_target){little64(data + 16 * i), little64(data + 16 * i + 8)};
	return NULL;
}

static const char *read_ends(struct bound_image *image, const uint8_t *data, uint64_t bytes)
{
	if (bytes % 8 != 0)
		return "a record of .takt.ends is cut short (base/bound.h says how one looks)";
	image->end_count = bytes / 8;
	image->ends = util_alloc(image->end_count, sizeof(*image->ends));
	for (size_t i = 0; i < image->end_count; i++)
		image->ends[i] = little64(data + 8 * i);
	return NULL;
}

static const char *read_records(struct bound_image *image, const struct reader *r)
{
	const char *fault = NULL;
	for (unsigned i = 0; i < r->head.e_shnum && fault == NULL; i++) {
		Elf64_Shdr section = section_at(r, i);
		const uint8_t *data = section_data(r, &section);
		const char *name = section_name(r, &section);
		if (data == NULL)
			continue;
		if (strcmp(name, ".takt.loops") == 0)
			fault = read_loops(image, data, section.sh_size);
		else if (strcmp(name, ".takt.calls") == 0 && image->targets == NULL)
			fault = read_targets(image, data, section.sh_size);
		else if (strcmp(name, ".takt.steps") == 0)
			fault = read_claims(image, data, section.sh_size);
		else if (strcmp(name, ".takt.ends") == 0 && image->ends == NULL)
			fault = read_ends(image, data, section.sh_size);
	}
	return fault;
}

char *bound_image_load(struct bound_image *image, const char *path)
{
	struct bytes file;
	struct reader reader;
	*image = (struct bound_image){.path = util_copy(path)};
	int error = util_read_file(path, &file);
	if (error != 0)
		return util_copy(strerror(error));
	image->content = file.data;
	const char *fault = reader_init(&reader, file.data, file.size);
	if (fault == NULL)
		fault = read_parts(image, &reader);
	if (fault == NULL)
		fault = read_code(image);
	if (fault == NULL) {
		read_symbols(image, &reader);
		fault = read_records(image, &reader);
	}
	return fault == NULL ? NULL : util_copy(fault);
}

void bound_image_fini(struct bound_image *image)
{
	for (size_t i = 0; i < image->symbol_count; i++)
		free(image->symbols[i].name);
	for (size_t i = 0; i < image->record_count; i++)
		free((void *)(uintptr_t)image->records[i].place);
	for (size_t i = 0; i < image->claim_count; i++)
		free(image->claims[i].name);
	free(image->claims);
	free(image->path);
	free(image->words);
	free(image->symbols);
	free(image->records);
	free(image->targets);
	free(image->ends);
	free(image->parts);
	free(image->content);
	*image = (struct bound_image){0};
}

bool bound_image_is_code(const struct bound_image *image, uint64_t address)
{
	for (size_t i = 0; i < image->part_count; i++) {
		const struct bound_part *p = &image->parts[i];
		if (p->is_code && address >= p->address && address - p->address + 4 <= p->bytes)
			return address % 4 == 0;
	}
	return false;
}

bool bound_image_is_end(const struct bound_image *image, uint64_t address)
{
	for (size_t i = 0; i < image->end_count; i++)
		if (image->ends[i] == address)
			return true;
	return false;
}

uint32_t bound_image_word(const struct bound_image *image, uint64_t address)
{
	return image->words[(address - image->code.base) / 4];
}

bool bound_image_read(const struct bound_image *image, uint64_t address, uint64_t *value)
{
	for (size_t i = 0; i < image->part_count; i++) {
		const struct bound_part *p = &image->parts[i];
		if (address < p->address || !range_within(address - p->address, 8, p->bytes))
			continue;
		*value = little64(p->data + (address - p->address));
		return true;
	}
	return false;
}

const struct bound_symbol *bound_image_symbol(const struct bound_image *image, const char *name)
{
	for (size_t i = 0; i < image->symbol_count; i++)
		if (strcmp(image->symbols[i].name, name) == 0)
			return &image->symbols[i];
	return NULL;
}

const struct bound_symbol *bound_image_function(const struct bound_image *image, uint64_t address)
{
	const struct bound_symbol *found = NULL;
	for (size_t i = 0; i < image->symbol_count && image->symbols[i].address <= address; i++) {
		const struct bound_symbol *s = &image->symbols[i];
		if (s->is_function && address - s->address < s->size)
			found = s;
	}
	return found;
}

/* A label in the middle of a function does not name what follows: the function does. */
char *bound_image_describe(const struct bound_image *image, uint64_t address)
{
	const struct bound_symbol *nearest = bound_image_function(image, address);
	for (size_t i = 0; nearest == NULL && i < image->symbol_count; i++)
		if (i + 1 == image->symbol_count || image->symbols[i + 1].address > address)
			nearest = &image->symbols[i];
	if (nearest == NULL || nearest->address > address)
		return util_format("0x%llx", (unsigned long long)address);
	if (nearest->address == address)
		return util_copy(nearest->name);
	return util_format("%s+0x%llx", nearest->name, (unsigned long long)(address - nearest->address));
}
