/* SPDX-License-Identifier: Apache-2.0 */
/* `takt vm` where the VMs are: see vm_shell.h. */
#include "logic/vm_shell.h"

#include "logic/vm_text.h"

#define BACKSPACE '\b'
#define DELETE '\x7f'
#define KILL_LINE '\x15'

static void put_text(const struct vm_shell *shell, const char *text)
{
	while (*text != '\0')
		shell->port->put(shell->port->arg, *text++);
}

static void put_number(const struct vm_shell *shell, int64_t number)
{
	char digits[20];
	unsigned n = 0;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	if (number < 0)
		put_text(shell, "-");
	do {
		digits[n++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	while (n != 0)
		shell->port->put(shell->port->arg, digits[--n]);
}

static const char *name_of(const struct vm_shell *shell, uint32_t vm)
{
	return shell->port->name(shell->port->arg, vm);
}

static const char *state_of(const struct vm_shell *shell, uint32_t vm)
{
	return vm_text_state(shell->port->state(shell->port->arg, vm));
}

/* By name, or by a number that is nobody's name. vm_count: there is none. */
static uint32_t find_vm(const struct vm_shell *shell, const char *word)
{
	uint32_t count = shell->port->vm_count;
	uint32_t number;
	for (uint32_t vm = 0; vm < count; vm++)
		if (vm_text_is(name_of(shell, vm), word))
			return vm;
	return vm_text_number(word, &number) && number < count ? number : count;
}

void vm_shell_init(struct vm_shell *shell, const struct vm_shell_port *port)
{
	*shell = (struct vm_shell){.port = port};
}

static void list_text(const struct vm_shell *shell, uint32_t vm)
{
	put_text(shell, vm < 10 ? " " : "");
	put_number(shell, vm);
	put_text(shell, " ");
	put_text(shell, name_of(shell, vm));
	put_text(shell, ": ");
	put_text(shell, state_of(shell, vm));
	put_text(shell, "\n");
}

static void begin_answer(const struct vm_shell *shell, uint32_t id)
{
	put_text(shell, "@takt {\"id\":");
	put_number(shell, id);
}

static void put_state(const struct vm_shell *shell, uint32_t vm)
{
	put_text(shell, ",\"state\":\"");
	put_text(shell, state_of(shell, vm));
	put_text(shell, "\"");
}

static void list_json(const struct vm_shell *shell, uint32_t vm)
{
	begin_answer(shell, shell->list_id);
	put_text(shell, ",\"vm\":\"");
	put_text(shell, name_of(shell, vm));
	put_text(shell, "\"");
	put_state(shell, vm);
	put_text(shell, "}\n");
}

static void begin_result(const struct vm_shell *shell, uint32_t id, int64_t result)
{
	begin_answer(shell, id);
	put_text(shell, ",\"result\":");
	put_number(shell, result);
}

static void end_list(struct vm_shell *shell)
{
	shell->is_listing = false;
	if (!shell->is_for_program)
		return;
	begin_result(shell, shell->list_id, SMCCC_OK);
	put_text(shell, ",\"count\":");
	put_number(shell, shell->port->vm_count);
	put_text(shell, "}\n");
}

bool vm_shell_continue(struct vm_shell *shell)
{
	if (!shell->is_listing)
		return false;
	if (shell->list_next == shell->port->vm_count)
		end_list(shell);
	else if (shell->is_for_program)
		list_json(shell, shell->list_next++);
	else
		list_text(shell, shell->list_next++);
	return true;
}

/* A list that is under way ends first, whether there is room or not. */
static void begin_list(struct vm_shell *shell, bool is_for_program, uint32_t id)
{
	while (vm_shell_continue(shell))
		;
	shell->is_listing = true;
	shell->is_for_program = is_for_program;
	shell->list_id = id;
	shell->list_next = 0;
}

static void put_problem(const struct vm_shell *shell, const char *subject, const char *text)
{
	put_text(shell, subject);
	put_text(shell, ": ");
	put_text(shell, text);
	put_text(shell, "\n");
}

static void command_text(const struct vm_shell *shell, uint32_t command, const char *word)
{
	uint32_t vm = find_vm(shell, word);
	if (vm == shell->port->vm_count) {
		put_problem(shell, word, "there is no such VM (takt vm list shows them)");
		return;
	}
	const char *refusal = vm_text_refusal(command, shell->port->command(shell->port->arg, vm, command));
	if (refusal != NULL)
		put_problem(shell, name_of(shell, vm), refusal);
}

static void command_json(const struct vm_shell *shell, uint32_t id, uint32_t command, const char *word)
{
	uint32_t vm = find_vm(shell, word);
	if (vm == shell->port->vm_count || command == TAKT_VM_COMMAND_COUNT) {
		begin_result(shell, id, SMCCC_INVALID_PARAMETER);
	} else {
		begin_result(shell, id, shell->port->command(shell->port->arg, vm, command));
		put_state(shell, vm);
	}
	put_text(shell, "}\n");
}

static int64_t reserve(const struct vm_shell *shell, const char *vm_word, const char *budget_word,
		       const char *period_word)
{
	uint64_t budget, period;
	uint32_t vm = find_vm(shell, vm_word);
	if (vm == shell->port->vm_count || !vm_text_ns(budget_word, &budget) || !vm_text_ns(period_word, &period))
		return SMCCC_INVALID_PARAMETER;
	return shell->port->reserve(shell->port->arg, vm, budget, period);
}

static int64_t change_mode(const struct vm_shell *shell, const char *word)
{
	uint32_t mode = 0;
	while (mode < shell->port->mode_count && !vm_text_is(shell->port->mode_name(shell->port->arg, mode), word))
		mode++;
	return mode < shell->port->mode_count ? shell->port->mode(shell->port->arg, mode) : SMCCC_INVALID_PARAMETER;
}

#define WORDS 6U /* the longest: takt vm reserve VM BUDGET PERIOD */

/* What is more than a command for a VM. False: this is not. */
static bool obey_other(const struct vm_shell *shell, const char *const *words, size_t count, int64_t *result)
{
	if (count == 4 && vm_text_is(words[0], "reserve"))
		*result = reserve(shell, words[1], words[2], words[3]);
	else if (count == 2 && vm_text_is(words[0], "mode"))
		*result = change_mode(shell, words[1]);
	else
		return false;
	return true;
}

static void obey_typed(struct vm_shell *shell)
{
	const char *words[WORDS];
	int64_t result;
	size_t count = vm_text_split(shell->typed.text, words, WORDS);
	if (count == 0)
		return;
	bool is_ours = count >= 3 && vm_text_is(words[0], "takt") && vm_text_is(words[1], "vm");
	uint32_t command = is_ours ? vm_text_find(words[2]) : TAKT_VM_COMMAND_COUNT;
	if (is_ours && count == 3 && vm_text_is(words[2], "list")) {
		begin_list(shell, false, 0);
	} else if (count == 4 && command != TAKT_VM_COMMAND_COUNT) {
		command_text(shell, command, words[3]);
	} else if (is_ours && obey_other(shell, words + 2, count - 2, &result)) {
		const char *refusal = count == 4 ? vm_text_mode_refusal(result) : vm_text_reserve_refusal(result);
		if (refusal != NULL)
			put_problem(shell, words[3], refusal);
	} else {
		put_problem(shell, "usage", VM_TEXT_USAGE);
	}
}

static void obey_request(struct vm_shell *shell)
{
	const char *words[WORDS];
	int64_t result;
	uint32_t id;
	size_t count = vm_text_split(shell->request.text, words, WORDS);
	if (count == 0 || !vm_text_number(words[0], &id))
		return;
	if (count == 2 && vm_text_is(words[1], "list")) {
		begin_list(shell, true, id);
	} else if (obey_other(shell, words + 1, count - 1, &result)) {
		begin_result(shell, id, result);
		put_text(shell, "}\n");
	} else if (count == 3) {
		command_json(shell, id, vm_text_find(words[1]), words[2]);
	} else {
		command_json(shell, id, TAKT_VM_COMMAND_COUNT, "");
	}
}

static bool line_add(struct vm_shell_line *line, char byte)
{
	if (line->bytes >= VM_SHELL_LINE_BYTES - 1)
		return false;
	line->text[line->bytes++] = byte;
	return true;
}

static void line_end(struct vm_shell_line *line)
{
	line->text[line->bytes] = '\0';
	line->bytes = 0;
}

static void erase(struct vm_shell *shell)
{
	if (shell->typed.bytes == 0)
		return;
	shell->typed.bytes--;
	put_text(shell, "\b \b");
}

void vm_shell_type(struct vm_shell *shell, char byte)
{
	if (byte == '\r' || byte == '\n') {
		put_text(shell, "\n");
		line_end(&shell->typed);
		obey_typed(shell);
	} else if (byte == BACKSPACE || byte == DELETE) {
		erase(shell);
	} else if (byte == KILL_LINE) {
		while (shell->typed.bytes != 0)
			erase(shell);
	} else if (byte >= ' ' && byte < DELETE && line_add(&shell->typed, byte)) {
		shell->port->put(shell->port->arg, byte);
	}
}

bool vm_shell_request(struct vm_shell *shell, char byte)
{
	if (byte != '\r') {
		(void)line_add(&shell->request, byte);
		return false;
	}
	line_end(&shell->request);
	obey_request(shell);
	return true;
}

void vm_shell_forget(struct vm_shell *shell) { shell->request.bytes = 0; }

void vm_shell_redraw(struct vm_shell *shell)
{
	for (uint32_t i = 0; i < shell->typed.bytes; i++)
		shell->port->put(shell->port->arg, shell->typed.text[i]);
}
