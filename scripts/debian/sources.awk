# SPDX-License-Identifier: Apache-2.0
#
# Of apt's sources (one-line format on input, or deb822 with -v deb822=1), those that serve Debian's own packages for
# the release CODENAME, without a restriction to an architecture; everything else about them (mirror, keys,
# options) stays as the user has it. Sources of other distributors and of source packages are left out.
#
#     awk -v codename=bookworm [-v deb822=1] -f sources.awk FILE

BEGIN {
	suites = "^(" codename "|stable|oldstable|testing|unstable|sid)(-updates|-security|/updates)?$"
	if (deb822)
		RS = ""
}

function has_word(text, pattern,    words, n, i)
{
	n = split(text, words, /[ \t\n]+/)
	for (i = 1; i <= n; i++)
		if (words[i] ~ pattern)
			return 1
	return 0
}

# The value of a field of the stanza in $0, with the lines that continue it.
function field(name,    lines, n, i, value, inside)
{
	n = split($0, lines, "\n")
	for (i = 1; i <= n; i++) {
		if (tolower(lines[i]) ~ "^" tolower(name) ":") {
			inside = 1
			value = substr(lines[i], length(name) + 2)
		} else if (inside && lines[i] ~ /^[ \t]/) {
			value = value " " lines[i]
		} else if (lines[i] !~ /^#/) {
			inside = 0
		}
	}
	return value
}

function print_stanza(    lines, n, i, dropped)
{
	n = split($0, lines, "\n")
	for (i = 1; i <= n; i++) {
		if (lines[i] ~ /^#/)
			continue
		if (lines[i] !~ /^[ \t]/)
			dropped = tolower(lines[i]) ~ /^(architectures|types):/
		if (!dropped)
			print lines[i]
	}
	print "Types: deb\n"
}

deb822 {
	if (has_word(field("Types"), "^deb$") && has_word(field("Components"), "^main$") &&
	    has_word(field("Suites"), suites) && field("URIs") !~ /cdrom:/)
		print_stanza()
	next
}

/^[ \t]*deb[ \t]/ {
	line = $0
	sub(/#.*/, "", line)
	options = ""
	if (match(line, /\[[^]]*\]/)) {
		options = substr(line, RSTART + 1, RLENGTH - 2)
		line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
		gsub(/arch[+-]?=[^ \t]*/, "", options)
		if (options ~ /[^ \t]/)
			options = "[" options "] "
		else
			options = ""
	}
	n = split(line, word, /[ \t]+/)
	first = word[1] == "" ? 2 : 1
	if (word[first + 1] ~ /^cdrom:/ || word[first + 2] !~ suites || !has_word(line, "^main$"))
		next
	sub(/^[ \t]*deb[ \t]+/, "", line)
	print "deb " options line
}
