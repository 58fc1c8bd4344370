/* SPDX-License-Identifier: Apache-2.0 */
/* Words: see vm_text.h. */
#include "logic/vm_text.h"

static const char *const state_names[] = {
	[TAKT_VM_OFF] = "off",           [TAKT_VM_RUNNING] = "running", [TAKT_VM_PAUSED] = "paused",
	[TAKT_VM_STOPPING] = "stopping", [TAKT_VM_FAILED] = "failed",   [TAKT_VM_LOADING] = "loading",
};

#define STATE_COUNT ((int64_t)(sizeof(state_names) / sizeof(state_names[0])))

static const struct {
	const char *name;
	const char *remedy; /* in the wrong state */
} commands[TAKT_VM_COMMAND_COUNT] = {
	[TAKT_VM_STOP] = {"stop", "it does not run: there is nothing to stop"},
	[TAKT_VM_START] = {"start", "it is on already (restart begins it anew, resume lets a paused one go on)"},
	[TAKT_VM_RESTART] = {"restart", "it does not run (start begins it)"},
	[TAKT_VM_PAUSE] = {"pause", "it does not run, or is paused already"},
	[TAKT_VM_RESUME] = {"resume", "it is not paused"},
};

const char *vm_text_state(int64_t state) { return state >= 0 && state < STATE_COUNT ? state_names[state] : "unknown"; }

const char *vm_text_command(uint32_t command)
{
	return command < TAKT_VM_COMMAND_COUNT ? commands[command].name : NULL;
}

bool vm_text_is(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

uint32_t vm_text_find(const char *name)
{
	uint32_t command = 0;
	while (command < TAKT_VM_COMMAND_COUNT && !vm_text_is(commands[command].name, name))
		command++;
	return command;
}

const char *vm_text_refusal(uint32_t command, int64_t answer)
{
	switch (answer) {
	case SMCCC_OK:
		return NULL;
	case TAKT_VM_WRONG_STATE:
		return command < TAKT_VM_COMMAND_COUNT ? commands[command].remedy : "it is not in the state for that";
	case TAKT_VM_BUSY:
		return "another command is under way, or it is stopping or loading (try again when that is done)";
	case TAKT_VM_NOT_RESTARTABLE:
		return "no copy of its images is kept (takt,on-reset or takt,on-crash = \"restart\" in its description "
		       "keeps one)";
	case SMCCC_DENIED:
		return "not allowed (takt,manager in this VM's description allows it)";
	default:
		return "there is no such VM or command";
	}
}

const char *vm_text_reserve_refusal(int64_t answer)
{
	switch (answer) {
	case SMCCC_OK:
		return NULL;
	case TAKT_VM_BUSY:
		return "an earlier change waits for its release, or a mode is entered (try again when that is done)";
	case TAKT_RESERVE_NONE:
		return "it has no budget: best effort, or a time table (its description gives one)";
	case TAKT_RESERVE_FULL:
		return "that does not fit on its CPU (lower another budget first)";
	case TAKT_RESERVE_GENERATION:
		return "somebody else has changed a reservation meanwhile (try again)";
	case SMCCC_DENIED:
		return "not allowed (takt,manager in this VM's description allows it)";
	default:
		return "there is no such VM, or not 0 < budget <= period, in nanoseconds";
	}
}

const char *vm_text_mode_refusal(int64_t answer)
{
	switch (answer) {
	case SMCCC_OK:
		return NULL;
	case TAKT_VM_BUSY:
		return "the system is on its way to another mode (try again when that is complete)";
	case SMCCC_DENIED:
		return "not allowed (takt,manager in this VM's description allows it)";
	default:
		return "there is no such mode (/takt,modes in the description has them; \"normal\" is the description "
		       "itself)";
	}
}

bool vm_text_ns(const char *word, uint64_t *ns)
{
	uint64_t value = 0;
	unsigned digits = 0;
	while (word[digits] >= '0' && word[digits] <= '9' && digits < 11)
		value = value * 10 + (uint64_t)(word[digits++] - '0');
	if (digits == 0 || digits > 10 || word[digits] != '\0')
		return false;
	*ns = value;
	return true;
}

size_t vm_text_split(char *line, const char *words[], size_t most)
{
	size_t count = 0;
	while (*line != '\0') {
		if (*line == ' ') {
			*line++ = '\0';
			continue;
		}
		if (count < most)
			words[count] = line;
		count++;
		while (*line != '\0' && *line != ' ')
			line++;
	}
	return count;
}

bool vm_text_number(const char *word, uint32_t *number)
{
	uint32_t value = 0;
	unsigned digits = 0;
	while (word[digits] >= '0' && word[digits] <= '9' && digits < 10)
		value = value * 10 + (uint32_t)(word[digits++] - '0');
	if (digits == 0 || digits > 9 || word[digits] != '\0')
		return false;
	*number = value;
	return true;
}
