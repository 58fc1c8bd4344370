/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading whole ones, and writing so that a file appears whole or not at all. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/takt/util.h"

char *util_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return util_copy(".");
	if (slash == path)
		return util_copy("/");
	return util_format("%.*s", (int)(slash - path), path);
}

const char *util_basename(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *util_exe_dir(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length < 0)
		return util_copy(".");
	path[length] = '\0';
	return util_dirname(path);
}

bool util_file_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int read_all(int fd, struct bytes *content)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	size_t room = st.st_size > 0 ? (size_t)st.st_size : 4096;
	content->data = util_alloc(room + 1, 1);
	for (;;) {
		if (content->size == room) {
			room *= 2;
			content->data = util_resize(content->data, room + 1, 1);
		}
		ssize_t got = read(fd, content->data + content->size, room - content->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		content->size += (size_t)got;
	}
	content->data[content->size] = 0; /* a text is terminated */
	return 0;
}

int util_read_file(const char *path, struct bytes *content)
{
	*content = (struct bytes){0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int error = read_all(fd, content);
	close(fd);
	if (error) {
		free(content->data);
		*content = (struct bytes){0};
	}
	return error;
}

int output_open(struct output *output, const char *path)
{
	*output = (struct output){.path = util_copy(path), .temporary = util_format("%s.XXXXXX", path)};
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd < 0) {
		int error = errno;
		free(output->path);
		free(output->temporary);
		*output = (struct output){.fd = -1};
		return error;
	}
	return 0;
}

int output_write(struct output *output, uint64_t offset, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	while (bytes > 0) {
		ssize_t done = pwrite(output->fd, p, bytes, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		p += done;
		offset += (uint64_t)done;
		bytes -= (size_t)done;
	}
	return 0;
}

int output_resize(struct output *output, uint64_t bytes)
{
	return ftruncate(output->fd, (off_t)bytes) == 0 ? 0 : errno;
}

/* mkostemp gives 0600; the result gets what an ordinary new file would have. */
static int set_mode(int fd)
{
	mode_t mask = umask(0);
	umask(mask);
	return fchmod(fd, 0666 & ~mask) == 0 ? 0 : errno;
}

int output_commit(struct output *output)
{
	int error = set_mode(output->fd);
	if (close(output->fd) != 0 && error == 0)
		error = errno;
	output->fd = -1;
	if (error == 0 && rename(output->temporary, output->path) != 0)
		error = errno;
	if (error)
		return error;
	free(output->path);
	free(output->temporary);
	*output = (struct output){.fd = -1};
	return 0;
}

void output_abort(struct output *output)
{
	if (output->temporary == NULL)
		return;
	if (output->fd >= 0)
		close(output->fd);
	unlink(output->temporary);
	free(output->path);
	free(output->temporary);
	*output = (struct output){.fd = -1};
}

int util_write_file(const char *path, const void *data, size_t bytes)
{
	struct output output;
	int error = output_open(&output, path);
	if (error)
		return error;
	error = output_write(&output, 0, data, bytes);
	if (error == 0)
		error = output_commit(&output);
	if (error)
		output_abort(&output);
	return error;
}
