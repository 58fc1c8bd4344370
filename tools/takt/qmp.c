/* SPDX-License-Identifier: Apache-2.0 */
/* The QMP client: see qmp.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/takt/qmp.h"
#include "tools/takt/util.h"

void qmp_init(struct qmp *qmp, int fd) { *qmp = (struct qmp){.fd = fd}; }

void qmp_fini(struct qmp *qmp)
{
	json_decref(qmp->reply);
	free(qmp->buffer);
}

bool qmp_send(struct qmp *qmp, const char *command, json_t *arguments)
{
	json_t *object = json_pack("{s:s}", "execute", command);
	size_t sent = 0;

	if (arguments != NULL)
		json_object_set_new(object, "arguments", arguments);
	json_decref(qmp->reply);
	qmp->reply = NULL;
	char *line = json_dumps(object, JSON_COMPACT);
	size_t bytes = strlen(line);
	line[bytes++] = '\n'; /* in place of the terminator: it is sent by length */
	while (sent < bytes && !qmp->is_closed) {
		ssize_t n = send(qmp->fd, line + sent, bytes - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			qmp->is_closed = true;
	}
	free(line);
	json_decref(object);
	return !qmp->is_closed;
}

static void take_event(struct qmp *qmp, const char *event)
{
	if (strcmp(event, "SHUTDOWN") == 0 || strcmp(event, "RESET") == 0)
		qmp->is_shutdown = true;
}

static void take_line(struct qmp *qmp, const char *line, size_t bytes)
{
	json_t *object = json_loadb(line, bytes, 0, NULL);
	const char *event = json_string_value(json_object_get(object, "event"));

	if (json_object_get(object, "QMP") != NULL)
		qmp->is_greeted = true;
	else if (event != NULL)
		take_event(qmp, event);
	if (json_object_get(object, "return") != NULL || json_object_get(object, "error") != NULL) {
		json_decref(qmp->reply);
		qmp->reply = json_incref(object);
	}
	json_decref(object);
}

void qmp_receive(struct qmp *qmp)
{
	char *end;

	if (qmp->room - qmp->bytes < 4096) {
		qmp->room += 16384;
		qmp->buffer = util_resize(qmp->buffer, qmp->room, 1);
	}
	ssize_t n = recv(qmp->fd, qmp->buffer + qmp->bytes, qmp->room - qmp->bytes, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		qmp->is_closed = true;
	if (n <= 0)
		return;
	qmp->bytes += (size_t)n;
	while ((end = memchr(qmp->buffer, '\n', qmp->bytes)) != NULL) {
		size_t used = (size_t)(end - qmp->buffer) + 1;

		take_line(qmp, qmp->buffer, used);
		memmove(qmp->buffer, end + 1, qmp->bytes - used);
		qmp->bytes -= used;
	}
}
