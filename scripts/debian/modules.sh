#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes an initramfs archive of kernel modules from a fetched package, and of a first program that loads them. Linux takes
# several archives one behind the other, so this one goes behind the Debian guest's own.
#
#     modules.sh DIR PATTERN MODULES PROGRAM MKCPIO OUT
#
# DIR is what fetch.sh filled, PATTERN an extended regular expression that the package's whole name matches, MODULES the list in
# loading order.
set -eu

dir=$1
pattern=$2
modules=$3
program=$4
mkcpio=$5
out=$6
root=$out.root
order=$root/order

die() {
	echo "takt: $*" >&2
	exit 3
}

unpack_package() {
	file=$(awk -v pattern="^($pattern)\$" '!/^#/ && $1 ~ pattern { print $4 }' "$dir/manifest" | head -n 1)
	[ -n "$file" ] || die "no package $pattern in $dir/manifest"
	set --
	while read -r name; do
		set -- "$@" "*/$name.ko" "*/$name.ko.xz"
	done <"$order"
	# A pattern for which there is nothing is an error to tar: what is missing is seen below.
	dpkg-deb --fsys-tarfile "$dir/debs/$file" | tar -x -C "$root" --no-same-owner --wildcards --transform 's,.*/,,' "$@" \
		2>/dev/null || :
	xz -dqf "$root"/*.ko.xz 2>/dev/null || :
}

# What a module needs must be loaded before it.
check_needs() {
	aarch64-linux-gnu-readelf -p .modinfo "$root/$1.ko" | sed -n 's/.*\] *depends=//p' | tr ',-' '\n_' |
		while read -r needed; do
			[ -z "$needed" ] || sed "/^$1\$/,\$d" "$order" | grep -qx "$needed" ||
				die "the module $1 needs $needed before it in $modules"
		done
}

list_entries() {
	echo "dir /modules 0755"
	echo "file /modules/order $order 0644"
	echo "file /disk-boot $program 0755"
	while read -r name; do
		[ -s "$root/$name.ko" ] || die "no module $name in $file (is the disk full?)"
		check_needs "$name"
		echo "file /modules/$name.ko $root/$name.ko 0644"
	done <"$order"
}

trap 'rm -rf "$root" "$out.new" "$out.cpio"' EXIT
rm -rf "$root"
mkdir -p "$root"
grep -v -e '^#' -e '^$' "$modules" >"$order"
unpack_package
list_entries >"$root/entries"
"$mkcpio" <"$root/entries" >"$out.cpio" || die "the archive of modules can't be written"
gzip -9nc "$out.cpio" >"$out.new" || die "the archive of modules can't be written (is the disk full?)"
mv "$out.new" "$out"
