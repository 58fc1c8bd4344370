/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket of a run: see run_control.h. */
#include "tools/takt/run_control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/takt/command.h"

static int fail(const char *path, const char *text)
{
	fprintf(stderr, "%s: error: %s\n", path, text);
	return EXIT_ENVIRONMENT;
}

int control_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return fail(path, "the path of a socket has at most 107 characters");
	memcpy(address->sun_path, path, strlen(path));
	return EXIT_KEPT;
}

/* A socket that a run left behind, which was killed, makes room; one that somebody listens on does not. */
static bool is_left_over(const struct sockaddr_un *address)
{
	struct stat status;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
			  errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return is_refused && stat(address->sun_path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int listen_at(struct run_control *control, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int error = bind(control->listen_fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ? errno : 0;

	umask(mask);
	if (error == 0 && listen(control->listen_fd, 4) != 0)
		error = errno;
	return error;
}

int control_init(struct run_control *control, const char *path)
{
	struct sockaddr_un address;

	*control = (struct run_control){.listen_fd = -1, .client_fd = -1};
	if (path == NULL)
		return EXIT_KEPT;
	int code = control_address(path, &address);
	if (code != EXIT_KEPT)
		return code;
	control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control->listen_fd < 0)
		return fail(path, strerror(errno));
	if (is_left_over(&address))
		unlink(path);
	int error = listen_at(control, &address);
	if (error == EADDRINUSE)
		return fail(path, "is there already (another run's, or no socket: choose another name)");
	if (error != 0)
		return fail(path, strerror(error));
	control->path = path;
	return EXIT_KEPT;
}

static void drop_client(struct run_control *control)
{
	close(control->client_fd);
	control->client_fd = -1;
}

void control_fini(struct run_control *control)
{
	if (control->client_fd >= 0)
		drop_client(control);
	if (control->listen_fd >= 0)
		close(control->listen_fd);
	if (control->path != NULL)
		unlink(control->path);
}

void control_accept(struct run_control *control)
{
	control->client_fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);
}

size_t control_read(struct run_control *control, char *data, size_t room)
{
	ssize_t n = recv(control->client_fd, data, room, 0);

	if (n > 0)
		return (size_t)n;
	drop_client(control);
	return 0;
}

void control_write(struct run_control *control, const char *data, size_t bytes)
{
	if (control->client_fd < 0)
		return;
	ssize_t n = send(control->client_fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)bytes)
		drop_client(control);
}
