/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `takt run --control SOCKET`: the system's serial line for another program, `takt vm`. One client at a time, who sees
 * all that comes and may send; one that does not read is dropped, for the run does not wait.
 */
#ifndef TOOLS_TAKT_RUN_CONTROL_H
#define TOOLS_TAKT_RUN_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

struct run_control {
	const char *path; /* NULL: there is none */
	int listen_fd;    /* or -1 */
	int client_fd;    /* or -1 */
};

/* The address of a socket at path; or EXIT_ENVIRONMENT: it is too long, and that was said on stderr. */
int control_address(const char *path, struct sockaddr_un *address);

/* Begins to listen, unless path is NULL. Answers an enum exit_code; what is wrong was said on stderr. */
int control_init(struct run_control *control, const char *path);
void control_fini(struct run_control *control);

/* A client waits to be taken. */
void control_accept(struct run_control *control);
/* What the client sends, at most room bytes. 0: it has gone. */
size_t control_read(struct run_control *control, char *data, size_t room);
/* What the serial line said. */
void control_write(struct run_control *control, const char *data, size_t bytes);

#endif
