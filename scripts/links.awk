# SPDX-License-Identifier: Apache-2.0
#
# For each C file that has a comment `/* links: a.c @set */` in its first 60 lines: "FILE=a.c=@set". The list may go over
# several lines or several such comments, and be part of a longer one: then it ends with an empty line or the comment.

function finish()
{
	if (entry != "")
		print entry
	entry = ""
}

FNR == 1 {
	finish()
	open = 0
}

FNR <= 60 {
	line = $0
	if (match(line, /links:/)) {
		if (entry == "")
			entry = FILENAME
		open = 1
		line = substr(line, RSTART + RLENGTH)
	}
	if (open) {
		last = line ~ /\*\/|^[ \t*]*$/
		sub(/\*\/.*/, "", line)
		count = split(line, word, /[ \t]+/)
		for (i = 1; i <= count; i++)
			if (word[i] ~ /\.c$|^@/)
				entry = entry "=" word[i]
		if (last)
			open = 0
	}
}

END {
	finish()
}
