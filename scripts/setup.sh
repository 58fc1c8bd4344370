#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes sure that the Debian packages of some groups (scripts/packages) are installed.
#
#     setup.sh STAMP GROUP...
#
# Says what is missing and installs it with apt-get: as root, else by sudo; asks first unless YES=1 or CI=true. STAMP is written
# when all is there, and left alone when it says so already.
set -eu

stamp=$1
shift
groups=$*
here=$(dirname "$0")

die() {
	echo "takt: $*" >&2
	exit 3
}

wanted() {
	for group in $groups; do
		sed -n "s/^$group //p" "$here/packages"
	done | sort -u
}

missing_packages() {
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(wanted) 2>/dev/null | sed -n 's/^installed //p')
	for package in $(wanted); do
		case "
$installed
" in
		*"
$package
"*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

advice() {
	echo "As root, run: apt-get install $missing"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

# Asks for the password once, before anything long.
become_root() {
	[ "$(id -u)" -ne 0 ] || return 0
	command -v sudo >/dev/null || die "this needs root, and there is no sudo. $(advice)"
	sudo -n true 2>/dev/null || sudo -v || die "this needs root, and sudo refuses. $(advice)"
}

ask() {
	if [ "${YES:-0}" = 1 ] || [ "${CI:-false}" = true ]; then
		return
	fi
	[ -t 0 ] || die "not installed without asking, and there is no terminal to ask on: set YES=1. $(advice)"
	printf 'Install them now with apt-get? [Y/n] '
	read -r answer
	case $answer in
	'' | [Yy]*) ;;
	*) die "nothing was installed. $(advice)" ;;
	esac
}

# Of what apt-get says: how much comes, each file and package, and the first errors of many.
apt_get() {
	as_root apt-get -q=1 -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any "$@" 2>&1 || echo "takt: failed"
}

show_progress() {
	awk '
		/^takt: failed$/ { failed = 1; next }
		/^(Need to get|After this operation|Get:|Unpacking |Setting up |Waiting for )/ { print "  " $0; fflush() }
		/^(E:|W:|dpkg:)/ && ++errors <= 3 { print "  " $0; fflush() }
		END {
			if (errors > 3)
				print "  (and " errors - 3 " more errors of this kind)"
			exit failed
		}'
}

install_once() {
	apt_get install --yes --fix-broken --no-install-recommends $missing | show_progress
}

update_lists() {
	echo "Reading the package lists of this machine's mirror"
	apt_get update | show_progress || die "the package lists can't be read: this needs the network, once (the answer is above)"
}

# apt's lists may be absent (containers) or older than what the mirror still has; dpkg may have been killed in its work.
install_missing() {
	export DEBIAN_FRONTEND=noninteractive
	[ -z "$(as_root dpkg --audit)" ] || as_root dpkg --configure -a || die "dpkg was interrupted, and can't go on"
	apt-get install --simulate --fix-broken $missing >/dev/null 2>&1 || update_lists
	install_once && return
	update_lists
	install_once || die "apt-get could not install $missing(its answer is above; it needs the network, once)"
}

command -v dpkg-query >/dev/null || die "this is no Debian system. Takt is built and run with these packages of Debian 12:" $(wanted)
missing=$(missing_packages)
if [ -n "$missing" ]; then
	echo "Takt needs Debian packages that are not installed here: $missing"
	ask
	become_root
	install_missing
	missing=$(missing_packages)
	[ -z "$missing" ] || die "still not installed: $missing"
fi
if [ ! -e "$stamp" ]; then
	mkdir -p "$(dirname "$stamp")"
	echo "# The packages were found." >"$stamp"
fi
