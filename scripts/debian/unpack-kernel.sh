#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Takes the kernel out of a fetched package: a raw arm64 Image, unpacked if it is gzip.
#
#     unpack-kernel.sh DIR PATTERN OUT
#
# DIR is what fetch.sh filled, PATTERN an extended regular expression that the package's whole name matches.
set -eu

dir=$1
pattern=$2
out=$3

die() {
	echo "takt: $*" >&2
	exit 3
}

file=$(awk -v pattern="^($pattern)\$" '!/^#/ && $1 ~ pattern { print $4 }' "$dir/manifest" | head -n 1)
[ -n "$file" ] || die "no package $pattern in $dir/manifest"
trap 'rm -f "$out.gz" "$out.new"' EXIT
dpkg-deb --fsys-tarfile "$dir/debs/$file" | tar -xO --wildcards './boot/vmlinuz-*' >"$out.gz" ||
	die "$dir/debs/$file can't be unpacked (is the disk full?)"
if [ "$(od -An -tx1 -N2 "$out.gz" | tr -d ' ')" = 1f8b ]; then
	gzip -dc "$out.gz" >"$out.new" || die "the kernel in $file can't be unpacked (is the disk full?)"
else
	mv "$out.gz" "$out.new"
fi
[ "$(od -An -c -j56 -N4 "$out.new" | tr -d ' ')" = 'ARMd' ] || die "the kernel in $file is no arm64 Image"
mv "$out.new" "$out"
