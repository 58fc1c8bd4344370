/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board's serial line for `takt vm --serial`: a pseudo-terminal, whose name is printed, with the shell of the console
 * driver behind it and other consoles' lines in between. Ends when its standard input does.
 *
 *     fake_line [silent | lossy | long]    answers nothing; loses the line of one VM; has a VM of the longest name
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logic/vm_shell.h"

static const char *mode = "";
static char answer[8192];
static size_t answer_bytes;

static const char *name_of(void *arg, uint32_t vm)
{
	static const char *const names[] = {"radio", "linux"};

	(void)arg;
	return vm == 1 && strcmp(mode, "long") == 0 ? "a-name-of-thirty-one-characters" : names[vm];
}

static int64_t state_of(void *arg, uint32_t vm)
{
	(void)arg;
	return vm == 0 ? TAKT_VM_RUNNING : TAKT_VM_FAILED;
}

static int64_t obey(void *arg, uint32_t vm, uint32_t command)
{
	(void)arg;
	return vm == 0 && command == TAKT_VM_STOP ? SMCCC_OK : TAKT_VM_BUSY;
}

static void put(void *arg, char c)
{
	(void)arg;
	if (answer_bytes < sizeof(answer))
		answer[answer_bytes++] = c;
}

/* Line by line, with a console's prefix, among others. */
static void send_answer(int fd)
{
	size_t begin = 0;
	unsigned lines = 0;

	for (size_t i = 0; i < answer_bytes; i++) {
		if (answer[i] != '\n')
			continue;
		dprintf(fd, "[radio] frame %u @takt {\"id\":1}\r\n[linux] Booting Li\r\r\n", lines);
		if (lines++ != 0 || strcmp(mode, "lossy") != 0)
			dprintf(fd, "[takt] %.*s\r\n[linux]+nux\r\n", (int)(i - begin), &answer[begin]);
		begin = i + 1;
	}
	answer_bytes = 0;
}

static int64_t reserve(void *arg, uint32_t vm, uint64_t budget_ns, uint64_t period_ns)
{
	(void)arg;
	return vm == 0 && budget_ns == 100 && period_ns == 4000000000 ? SMCCC_OK : TAKT_RESERVE_GENERATION;
}

static const char *mode_name(void *arg, uint32_t mode)
{
	(void)arg;
	return mode == 0 ? "normal" : "limp-home";
}

static int64_t change_mode(void *arg, uint32_t mode)
{
	(void)arg;
	return mode == 1 ? SMCCC_OK : TAKT_VM_BUSY;
}

int main(int argc, char **argv)
{
	static const struct vm_shell_port port = {.vm_count = 2,
						  .name = name_of,
						  .state = state_of,
						  .command = obey,
						  .reserve = reserve,
						  .mode_count = 2,
						  .mode_name = mode_name,
						  .mode = change_mode,
						  .put = put};
	struct vm_shell shell;
	bool is_request = false;
	unsigned char byte;
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	mode = argc > 1 ? argv[1] : "";
	if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0)
		return 1;
	int keep = open(ptsname(fd), O_RDWR | O_NOCTTY); /* so that the line outlives each client */
	printf("%s\n", ptsname(fd));
	fflush(stdout);
	vm_shell_init(&shell, &port);
	for (;;) {
		struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
		if (poll(fds, 2, -1) <= 0)
			continue;
		if (fds[1].revents != 0)
			break;
		if (read(fd, &byte, 1) != 1 || strcmp(mode, "silent") == 0)
			continue;
		if (byte == VM_SHELL_PREFIX)
			is_request = true;
		else if (is_request && vm_shell_request(&shell, (char)byte))
			is_request = false;
		while (vm_shell_continue(&shell))
			;
		send_answer(fd);
	}
	close(keep);
	return 0;
}
