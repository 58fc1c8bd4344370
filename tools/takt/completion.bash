# SPDX-License-Identifier: Apache-2.0
#
# Completion of takt's command line for bash: `source` it, or copy it to /usr/share/bash-completion/completions/takt. Commands, options,
# rules and boards are asked of the program itself, so that they are never others than it has.

# The long options that a help text names.
_takt_options()
{
	"$1" "$2" --help 2>/dev/null | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u
}

# Words of $2 that begin with $1.
_takt_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

# Files that end with one of these, and directories to look further in.
_takt_files()
{
	local word=$1 end
	shift
	mapfile -t COMPREPLY < <(compgen -d -S / -- "$word"
		for end; do
			compgen -f -X "!*$end" -- "$word"
		done)
	compopt -o nospace 2>/dev/null
	[ ${#COMPREPLY[@]} -ne 1 ] || [ -d "${COMPREPLY[0]%/}" ] || compopt +o nospace 2>/dev/null
}

# The value of an option; false where it takes none, or one that can't be known.
_takt_value()
{
	case $2 in
	--explain)
		_takt_words "$3" "$("$1" help rules | awk '{ print $1 }')"
		;;
	--cpu)
		_takt_words "$3" 'cortex-a53 cortex-a57 cortex-a72 max'
		;;
	--control | --serial)
		mapfile -t COMPREPLY < <(compgen -f -- "$3")
		;;
	--format)
		_takt_words "$3" 'image fit'
		;;
	-I | --path | --services | --log-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$3")
		;;
	-o | --output | --el2 | --report | --ceilings | --merge | --html | --bounds | --json | --qemu | --firmware | --symbols | --gdb)
		[ "$2" != --json ] || [ "${COMP_WORDS[1]}" = bound ] || return 1
		mapfile -t COMPREPLY < <(compgen -f -- "$3")
		;;
	*)
		return 1
		;;
	esac
}

_takt()
{
	local program=$1 word=$2 before=$3
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_takt_words "$word" "--help --version --explain $("$program" --help | awk '/^  [a-z]+ / && $1 != "takt" { print $1 }')"
		return
	fi
	_takt_value "$program" "$before" "$word" && return
	if [[ $word == -* ]]; then
		_takt_words "$word" "$(_takt_options "$program" "${COMP_WORDS[1]}")"
		return
	fi
	case ${COMP_WORDS[1]} in
	new) _takt_words "$word" "$("$program" new 2>/dev/null)" ;;
	help) _takt_words "$word" 'properties rules' ;;
	check | build) _takt_files "$word" .dts ;;
	run) _takt_files "$word" .dts .img .itb ;;
	gdb)
		case " ${COMP_WORDS[*]:2:COMP_CWORD-2} " in
		*.dts\ * | *.img\ * | *.itb\ *) _takt_words "$word" el2 ;;
		*) _takt_files "$word" .dts .img .itb ;;
		esac
		;;
	vm) [ "$COMP_CWORD" -ne 2 ] || _takt_words "$word" 'list stop start restart pause resume reserve mode' ;;
	report) _takt_files "$word" .json ;;
	bound) _takt_files "$word" .elf ;;
	esac
}

complete -F _takt takt
