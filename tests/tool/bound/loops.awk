# SPDX-License-Identifier: Apache-2.0
#
# Names each loop in C sources whose body doesn't begin with LOOP_BOUND: FILE:LINE. `takt bound` needs to know that there is none, because a
# loop can hide in another one's machine code. A loop that is never left needs none: a step ends in each turn, or the machine stops; nor
# does one marked LOOP_UNROLLED, which is straight code: if the compiler left it a loop, `takt bound` objects.
function blank(text) {
	gsub(/[^\n]/, " ", text)
	return text
}

# Comments, strings and preprocessor lines become blanks; lines stay.
function strip(text, out, at) {
	out = ""
	while (match(text, /\/\*|\/\/|"|'|(^|\n)[ \t]*#/)) {
		out = out substr(text, 1, RSTART - 1)
		at = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART)
		if (at == "/*")
			match(text, /\*\//)
		else if (at == "\"")
			match(text, /^"([^"\\\n]|\\.)*"/)
		else if (at == "'")
			match(text, /^'([^'\\\n]|\\.)*'/)
		else if (at == "//")
			match(text, /^[^\n]*/)
		else
			match(text, /^\n?[ \t]*#([^\n\\]|\\.|\\\n)*/)
		if (RLENGTH < 0)
			return out
		out = out blank(substr(text, 1, RSTART + RLENGTH - 1))
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

# The text behind the parenthesis that text begins with.
function behind_parens(text, i, depth, c) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "(") - (c == ")")
		if (depth == 0 && c == ")")
			return substr(text, i + 1)
	}
	return ""
}

# The statement that text begins with, a block or a simple one.
function statement(text, i, depth, c) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "{") - (c == "}")
		if (depth == 0 && (c == "}" || c == ";"))
			return substr(text, 1, i)
	}
	return text
}

function is_endless(word, head, body) {
	return word == "for" && head ~ /^[ \t\n]*\(;;\)/ && statement(body) !~ /break|return|goto/
}

function check(file, text, line, before, word, last, rest, closes, ends_do) {
	line = 1
	word = ""
	before = ""
	while (match(text, /[A-Za-z_0-9]+/)) {
		last = word
		word = substr(text, RSTART, RLENGTH)
		before = before substr(text, 1, RSTART - 1)
		line += gsub(/\n/, "\n", before)
		gsub(/[ \t\n]/, "", before)
		text = substr(text, RSTART + RLENGTH)
		closes = before ~ /}$/
		before = ""
		rest = text
		if (word == "for" || word == "while" || word == "do") {
			sub(/^[ \t\n]+/, "", rest)
			if (word != "do")
				rest = behind_parens(rest)
			sub(/^[ \t\n]*/, "", rest)
			if (is_endless(word, text, rest))
				continue
			ends_do = word == "while" && closes && rest ~ /^;/
			if (!ends_do && last != "LOOP_UNROLLED" && rest !~ /^({[ \t\n]*)?LOOP_BOUND[ \t]*\(/)
				print file ":" line
		}
	}
}

FNR == 1 && NR != 1 { check(file, strip(content)); content = "" }
{ file = FILENAME; content = content $0 "\n" }
END { if (NR != 0) check(file, strip(content)) }
