#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Completion for bash: what a word may become. Prints TAP.
set -u

takt=$PWD/build/bin/takt
source tools/takt/completion.bash
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/plc.dts" "$work/plc.txt" "$work/run.json"
count=0

# completes LAST-IS-A-WORD-BEING-TYPED... -- EXPECTED...: exactly these, in any order.
completes()
{
	COMP_WORDS=("$takt")
	while [ "$1" != -- ]; do
		COMP_WORDS+=("$1")
		shift
	done
	shift
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_takt "$takt" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	local got wanted
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)
	wanted=$(printf '%s\n' "$@" | sort | xargs)
	count=$((count + 1))
	if [ "$got" = "$wanted" ]; then
		echo "ok $count - ${COMP_WORDS[*]:1} becomes $wanted"
	else
		echo "not ok $count - ${COMP_WORDS[*]:1} becomes \"$got\" instead of \"$wanted\""
	fi
}

completes b -- build bound
completes --e -- --explain
completes --explain irq-two -- irq-two-owners
completes check --explain memory-a -- memory-align
completes run --int -- --interactive
completes run x.dts --cpu cortex-a5 -- cortex-a53 cortex-a57
completes build --format f -- fit
completes check "$work/p" -- "$work/plc.dts"
completes report "$work/" -- "$work/run.json"
completes report --html "$work/plc.t" -- "$work/plc.txt"
completes check --json "$work/p" -- "$work/plc.dts"
completes bound --json "$work/r" -- "$work/run.json"
completes new q -- qemu-virt
completes gdb "$work/p" -- "$work/plc.dts"
completes gdb "$work/plc.dts" e -- el2
completes gdb --sym -- --symbols
completes help r -- rules
completes run --nothing-of-the-kind -- ""
echo "1..$count"
