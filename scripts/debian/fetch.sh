#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Gets the Debian guest's packages (linux/packages) for arm64, verified by apt's signatures, through an apt state of
# our own: the user's mirror, proxies and keys are used, nothing of the user's system is changed.
#
#     fetch.sh DIR LIST
#
# leaves in DIR: debs/*.deb, and `manifest` with a line "package version sha256 file" for each. When the manifest is there and
# all that it names is there, nothing is done and no network is needed. May be interrupted anywhere and run again.
set -eu

dir=$1
list=$2
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/apt
debs=$dir/debs
manifest=$dir/manifest

die() {
	echo "takt: $*" >&2
	exit 3
}

say() {
	echo "  DEBIAN   $*"
}

# Names the list that a manifest was made from.
list_id() {
	wanted | sha256sum | cut -d ' ' -f 1
}

# True when every package of the list has been fetched and each file is what the manifest says.
is_complete() {
	[ -s "$manifest" ] && [ "$(sed -n 's/^# list //p' "$manifest")" = "$(list_id)" ] &&
		(cd "$debs" && awk '!/^#/ { print $3 "  " $4 }' "$manifest" | sha256sum --check --status --strict 2>/dev/null)
}

# The user's Debian sources, with no other architecture or distributor in them.
copy_sources() {
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	eval "$(apt-config shell list_file Dir::Etc::sourcelist/f parts_dir Dir::Etc::sourceparts/d)"
	awk_program=$(dirname "$0")/sources.awk
	rm -rf "$apt/etc"
	mkdir -p "$apt/etc/parts"
	for file in "$list_file" "$parts_dir"/*.list; do
		[ -f "$file" ] || continue
		awk -v codename="$codename" -f "$awk_program" "$file" >"$apt/etc/parts/$(basename "$file" .list).list"
	done
	for file in "$parts_dir"/*.sources; do
		[ -f "$file" ] || continue
		awk -v codename="$codename" -v deb822=1 -f "$awk_program" "$file" >"$apt/etc/parts/$(basename "$file")"
	done
	find "$apt/etc/parts" -type f -size 0 -delete
	[ -n "$(ls "$apt/etc/parts")" ] ||
		die "no apt source of Debian $codename (component main) is configured on this machine: the Debian guest comes from there"
}

# A configuration read after the user's own: state, cache and sources under $apt, hooks off, nothing that the guest does not need.
write_config() {
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$debs"
	: >"$apt/state/status"
	cat >"$apt/apt.conf" <<-END
		APT::Architecture "arm64";
		#clear APT::Architectures;
		APT::Architectures { "arm64"; };
		APT::Sandbox::User "$(id -un)";
		Dir::State "$apt/state";
		Dir::State::status "$apt/state/status";
		Dir::Cache "$apt/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$apt/etc/parts";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Pre-Invoke;
		#clear DPkg::Post-Invoke;
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::Retries "3";
		Acquire::http::Timeout "30";
		Acquire::https::Timeout "30";
	END
}

private_apt() {
	tool=$1
	shift
	"$tool" -c "$apt/apt.conf" "$@"
}

# The packages that a package depends on, first alternatives, one a line.
depends() {
	private_apt apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
		sed -n 's/^ *Depends: //p'
}

# The libraries that a package needs, and those that these need.
libraries() {
	todo=$1
	seen=
	while [ -n "$todo" ]; do
		found=$(depends $todo | grep '^lib' | sort -u) || found=
		todo=
		for name in $found; do
			case " $seen " in
			*" $name "*) ;;
			*) seen="$seen $name" todo="$todo $name" ;;
			esac
		done
	done
	printf '%s\n' $seen
}

# The list without its comments.
wanted() {
	grep -v -e '^#' -e '^$' "$list"
}

# The list with metapackages resolved and libraries added.
resolve() {
	for name in $(wanted); do
		case $name in
		linux-image-*)
			kernel=$(depends "$name" | grep '^linux-image-[0-9]' | head -n 1)
			echo "${kernel:-$name}"
			;;
		*)
			echo "$name"
			libraries "$name"
			;;
		esac
	done | sort -u
}

can_resolve() {
	for name in $(wanted); do
		private_apt apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || return 1
	done
}

free_kib() {
	df -Pk "$dir" | awk 'NR == 2 { print $4 }'
}

# The disk must take the lists, the packages and what is unpacked of them, beside what is there of them already: apt
# itself may hang on a full one.
check_space() {
	needed=$((450 * 1024 - $(du -sk "$dir" | cut -f 1)))
	[ "$(free_kib)" -ge $needed ] ||
		die "disk full: the Debian guest needs $((needed / 1024)) MiB more in $dir, $(($(free_kib) / 1024)) MiB are free"
}

update_lists() {
	say "reading the package lists for arm64 (about 10 MB)"
	private_apt apt-get -q=1 update || true
	can_resolve || die "the Debian guest's packages can't be looked up: \`make demo\`, \`make check\` and" \
		"\`make bench\` need the network once, to read your Debian mirror's lists (the mirror's answer is above)"
}

# Fields of the package's record: "version sha256 size architecture".
record() {
	private_apt apt-cache show --no-all-versions "$1" |
		awk '{ if (!($1 in value)) value[$1] = $2 }
			END { print value["Version:"], value["SHA256:"], value["Size:"], value["Architecture:"] }'
}

# Fetches one package unless it is there whole; apt checks it against the signed lists. (apt-get download does not go on with a
# part of a file, and keeps a whole one that is wrong.)
fetch_package() {
	name=$1
	set -- $(record "$name")
	[ $# -eq 4 ] || die "no package $name for arm64 in your Debian mirror's lists"
	# As apt names it: the epoch's colon is escaped.
	file=${name}_$(echo "$1" | sed 's/:/%3a/g')_$4.deb
	if ! echo "$2  $debs/$file" | sha256sum --check --status 2>/dev/null; then
		say "$file, $(($3 / 1024)) KiB"
		rm -f "$debs/$file"
		(cd "$debs" && private_apt apt-get -q=1 download "$name=$1") || return 1
		echo "$2  $debs/$file" | sha256sum --check --status ||
			die "$debs/$file is not what apt's signed lists say"
	fi
	echo "$name $1 $2 $file" >>"$manifest.new"
}

fetch_all() {
	echo "# list $(list_id)" >"$manifest.new"
	for package in $(resolve); do
		fetch_package "$package" || return 1
	done
}

# One at a time: parallel rules may all ask for it.
exec 9>"$dir/lock"
flock 9
is_complete && exit 0
command -v apt-get >/dev/null || die "apt-get not found: the Debian guest's packages are fetched with it"
check_space
rm -f "$manifest"
copy_sources
write_config
can_resolve || update_lists
if ! fetch_all; then
	# The mirror may have newer packages than the lists say, and the old ones no more.
	update_lists
	fetch_all || die "a package could not be fetched ($(($(free_kib) / 1024)) MiB of disk are free): this needs the network, once." \
		"What has arrived is kept; run it again"
fi
mv "$manifest.new" "$manifest"
