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

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		die "this needs root, and there is no sudo. As root, run: apt-get install $missing"
	fi
}

ask() {
	if [ "${YES:-0}" = 1 ] || [ "${CI:-false}" = true ]; then
		return
	fi
	[ -t 0 ] || die "not installed without asking, and there is no terminal to ask on: set YES=1"
	printf 'Install them now with apt-get? [Y/n] '
	read -r answer
	case $answer in
	'' | [Yy]*) ;;
	*) die "nothing was installed. To do it yourself: apt-get install $missing" ;;
	esac
}

# apt's lists may be absent (containers) or older than what the mirror still has.
install_missing() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get install --simulate $missing >/dev/null 2>&1 || as_root apt-get -q=1 update ||
		die "apt-get update failed: installing $missing needs the network"
	as_root apt-get -q=1 install --yes --no-install-recommends $missing && return
	as_root apt-get -q=1 update && as_root apt-get -q=1 install --yes --no-install-recommends $missing ||
		die "apt-get could not install: $missing(its answer is above; this needs the network, once)"
}

command -v dpkg-query >/dev/null || die "this is not Debian: install what these packages of Debian 12 hold, and \
an empty command named dpkg-query is not enough: $(wanted | tr '\n' ' ')"
missing=$(missing_packages)
if [ -n "$missing" ]; then
	echo "Takt needs Debian packages that are not installed here: $missing"
	ask
	install_missing
	missing=$(missing_packages)
	[ -z "$missing" ] || die "still not installed: $missing"
fi
if [ ! -e "$stamp" ]; then
	mkdir -p "$(dirname "$stamp")"
	echo "# The packages were found." >"$stamp"
fi
