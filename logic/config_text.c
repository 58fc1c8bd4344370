/* SPDX-License-Identifier: Apache-2.0 */
/* What each rule demands, for people. For the tool: a file of its own, so that EL2 does not carry it. */
#include "logic/config.h"

#define RULE_TEXT(rule, name, text) [rule] = text,
static const char *const rule_texts[CONFIG_RULE_COUNT] = {CONFIG_RULES(RULE_TEXT)};
#undef RULE_TEXT

const char *config_rule_text(enum config_rule rule) { return rule < CONFIG_RULE_COUNT ? rule_texts[rule] : "?"; }
