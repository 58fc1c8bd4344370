/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes an initramfs archive (cpio, "newc": Documentation/driver-api/early-userspace/buffer-format in the Linux tree)
 * to standard output from a list on standard input, one entry a line:
 *
 *     dir PATH MODE
 *     file PATH SOURCE MODE
 *     link PATH TARGET
 *     node PATH MODE MAJOR MINOR      (a character device)
 *
 * Owner 0, time 0, inodes counted from 1: the same list and files give the same bytes, and no entry needs a privilege.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_BYTES 4096
#define ALIGN 4U

/* File types of the format. */
#define MODE_DEVICE 0020000U
#define MODE_DIRECTORY 0040000U
#define MODE_FILE 0100000U
#define MODE_LINK 0120000U

struct entry {
	const char *path; /* without the leading slash */
	unsigned mode;    /* with the file type */
	unsigned major, minor;
	const char *data;
	size_t bytes;
};

static size_t written;

static _Noreturn void die(const char *format, ...)
{
	va_list args;

	fputs("mkcpio: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(3);
}

static void put(const void *data, size_t bytes)
{
	if (fwrite(data, 1, bytes, stdout) != bytes)
		die("write: %s", strerror(errno));
	written += bytes;
}

static void put_padding(void)
{
	static const char zeros[ALIGN];

	put(zeros, (ALIGN - written % ALIGN) % ALIGN);
}

static void put_entry(const struct entry *entry)
{
	static unsigned inode;
	char header[6 + 13 * 8 + 1];
	size_t name_bytes = strlen(entry->path) + 1;

	if (entry->bytes > UINT32_MAX)
		die("%s: too big", entry->path);
	snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ++inode,
		 entry->mode, 0U, 0U, 1U, 0U, (unsigned)entry->bytes, 0U, 0U, entry->major, entry->minor,
		 (unsigned)name_bytes, 0U);
	put(header, sizeof(header) - 1);
	put(entry->path, name_bytes);
	put_padding();
	put(entry->data, entry->bytes);
	put_padding();
}

static char *read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	struct stat info;
	char *data;

	if (file == NULL || fstat(fileno(file), &info) != 0)
		die("%s: %s", path, strerror(errno));
	*bytes = (size_t)info.st_size;
	data = malloc(*bytes + 1);
	if (data == NULL || fread(data, 1, *bytes, file) != *bytes)
		die("%s: can't be read", path);
	fclose(file);
	return data;
}

static unsigned mode_of(const char *text, unsigned type) { return type | (unsigned)strtoul(text, NULL, 8); }

/* One line of the list; false when it is none. */
static int put_line(char *line)
{
	char *word[5] = {NULL};
	size_t count = 0;

	for (char *w = strtok(line, " \t\n"); w != NULL && count < 5; w = strtok(NULL, " \t\n"))
		word[count++] = w;
	if (count < 3 || word[1][0] != '/')
		return 0;
	struct entry entry = {.path = word[1] + 1, .data = ""};
	if (strcmp(word[0], "dir") == 0 && count == 3) {
		entry.mode = mode_of(word[2], MODE_DIRECTORY);
	} else if (strcmp(word[0], "link") == 0 && count == 3) {
		entry.mode = MODE_LINK | 0777U;
		entry.data = word[2];
		entry.bytes = strlen(word[2]);
	} else if (strcmp(word[0], "node") == 0 && count == 5) {
		entry.mode = mode_of(word[2], MODE_DEVICE);
		entry.major = (unsigned)strtoul(word[3], NULL, 10);
		entry.minor = (unsigned)strtoul(word[4], NULL, 10);
	} else if (strcmp(word[0], "file") == 0 && count == 4) {
		char *data = read_file(word[2], &entry.bytes);

		entry.mode = mode_of(word[3], MODE_FILE);
		entry.data = data;
		put_entry(&entry);
		free(data);
		return 1;
	} else {
		return 0;
	}
	put_entry(&entry);
	return 1;
}

int main(void)
{
	static const struct entry trailer = {.path = "TRAILER!!!", .data = ""};
	char line[LINE_BYTES];

	for (unsigned number = 1; fgets(line, sizeof(line), stdin) != NULL; number++) {
		if (line[0] != '#' && line[0] != '\n' && !put_line(line))
			die("line %u of the list is none of: dir, file, link, node", number);
	}
	put_entry(&trailer);
	if (fflush(stdout) != 0)
		die("write: %s", strerror(errno));
	return 0;
}
