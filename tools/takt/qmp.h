/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of QEMU's monitor protocol (QMP): one JSON object per line, one command at a time. It never blocks: whoever
 * waits for an answer must go on reading the serial line, which QEMU may be blocked on.
 */
#ifndef TOOLS_TAKT_QMP_H
#define TOOLS_TAKT_QMP_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct qmp {
	int fd;
	char *buffer; /* of a line that is not complete */
	size_t bytes;
	size_t room;
	json_t *reply;    /* of the command, with "return" or "error"; null until it came */
	bool is_greeted;  /* QEMU is there */
	bool is_closed;   /* QEMU is gone */
	bool is_shutdown; /* the machine was switched off or reset */
};

void qmp_init(struct qmp *qmp, int fd);
void qmp_fini(struct qmp *qmp);

/* Sends a command; arguments may be null and are taken over. The reply before is released. False: the connection is
 * gone. */
bool qmp_send(struct qmp *qmp, const char *command, json_t *arguments);

/* Reads what is there; to be called when fd is readable. */
void qmp_receive(struct qmp *qmp);

#endif
