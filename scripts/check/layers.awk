# SPDX-License-Identifier: Apache-2.0
#
# Checks who includes whom: the table "what may depend on what" of docs/design.md. Reads the output of
# `grep -n '#include'` over the tree, FILE:LINE:TEXT, and a list of all files before it; prints each
# include that is not allowed, and fails when there is one.
#
# A layer is the first folder of a path. A module is the second one, or the file itself up to a dot or underscore, so that
# logic/sched.h, logic/sched_tree.h and logic/sched/edf.c are of one module.

BEGIN {
	FS = ":"
	allowed["abi"] = "abi base"
	allowed["base"] = "base"
	allowed["logic"] = "abi base"
	allowed["port"] = "abi base port"
	allowed["arch"] = "abi base logic port"
	allowed["drv"] = "base port arch"
	allowed["plat"] = "base port drv plat"
	allowed["core"] = "abi base logic port core"
	allowed["services"] = "abi base logic services"
	allowed["guests"] = "abi base logic guests"
	allowed["tools"] = "abi base logic tools"
	# Layers in which a module may include itself, but not its neighbours.
	split("logic arch drv", names, " ")
	for (i in names)
		own_module[names[i]] = 1
	# Layers that must build without a C library.
	split("abi base logic port arch drv plat core services guests", names, " ")
	for (i in names)
		freestanding[names[i]] = 1
	headers = "^(stdint|stdbool|stddef|stdarg|stdalign|stdnoreturn|limits|float|iso646)\\.h$"
}

function normal(path,    parts, n, i, kept, out)
{
	n = split(path, parts, "/")
	kept = 0
	for (i = 1; i <= n; i++) {
		if (parts[i] == "." || parts[i] == "")
			continue
		if (parts[i] == ".." && kept > 0)
			kept--
		else
			out[++kept] = parts[i]
	}
	path = out[1]
	for (i = 2; i <= kept; i++)
		path = path "/" out[i]
	return path
}

function layer(path)
{
	sub(/\/.*/, "", path)
	return path
}

function module(path)
{
	sub(/^[^\/]*\//, "", path)
	sub(/\/.*/, "", path)
	sub(/[_.].*$/, "", path)
	return path
}

function folder(path)
{
	sub(/[^\/]*$/, "", path)
	return path
}

function object(why)
{
	print file ":" line ": " why
	objections++
}

NF == 1 {
	exists[normal($1)] = 1
	next
}

{
	file = normal($1)
	line = $2
	text = $0
	sub(/^[^:]*:[^:]*:[ \t]*#[ \t]*include[ \t]*/, "", text)
	from = layer(file)
	if (!(from in allowed))
		next
	is_hosted = file ~ /^arch\/host\//
	name = substr(text, 2)
	sub(/[">].*/, "", name)
	if (text ~ /^</) {
		if ((from in freestanding) && !is_hosted && name !~ headers)
			object("<" name "> is no freestanding header, and " from "/ has no C library")
		next
	}
	target = normal(folder(file) name)
	if (!(target in exists))
		target = normal(name)
	if (!(target in exists))
		next
	to = layer(target)
	if (index(" " allowed[from] " ", " " to " "))
		next
	if (to == from && (from in own_module) && module(file) == module(target))
		next
	if (to == from && (from in own_module))
		object(from "/" module(file) " must not include " target ", of another module")
	else
		object(from "/ must not include " target "; allowed: " allowed[from])
}

END {
	exit objections > 0
}
