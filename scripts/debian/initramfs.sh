#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the Debian guest's initramfs: busybox, cyclictest and hackbench with the libraries that they are linked with, and our init.
# The same inputs give the same bytes.
#
#     initramfs.sh DIR INIT MKCPIO OUT
set -eu

dir=$1
init=$2
mkcpio=$3
out=$4
root=$dir/root
entries=$dir/initramfs.list

die() {
	echo "takt: $*" >&2
	exit 3
}

unpack_packages() {
	rm -rf "$root"
	mkdir -p "$root"
	awk '!/^#/ && $1 !~ /^linux-image/ { print $4 }' "$dir/manifest" | while read -r file; do
		dpkg-deb --fsys-tarfile "$dir/debs/$file" | tar -x -C "$root" --no-same-owner --wildcards \
			--exclude='./usr/share/*' --exclude='*/gconv' 2>"$root.log" || {
			head -n 2 "$root.log" >&2
			exit 1
		}
	done || die "the packages can't be unpacked under $root (is the disk full?)"
}

# Where a shared library or the dynamic linker lies below $root.
find_library() {
	find "$root/lib" "$root/usr/lib" -name "$1" 2>/dev/null | head -n 1
}

# What an ELF file needs: its interpreter and its libraries, by name.
needed() {
	aarch64-linux-gnu-readelf -Wld "$1" |
		sed -n -e 's/.*(NEEDED).*\[\(.*\)\]/\1/p' -e 's/.*program interpreter: .*\/\(.*\)\]/\1/p'
}

# A program at /usr/bin, and after it the libraries that it needs and were not listed before.
list_program() {
	[ -x "$1" ] || die "$1 is not in the fetched packages"
	echo "file /usr/bin/$(basename "$1") $(readlink -f "$1") 0755"
	todo=$(needed "$1")
	while [ -n "$todo" ]; do
		library=${todo%%[!-_.+a-zA-Z0-9]*}
		todo=$(printf '%s' "${todo#"$library"}" | sed '/^$/d')
		case " $listed " in
		*" $library "*) continue ;;
		esac
		listed="$listed $library"
		path=$(find_library "$library")
		[ -n "$path" ] || die "$1 needs $library, which is in no fetched package"
		echo "file /lib/$library $(readlink -f "$path") 0755"
		todo=$(printf '%s\n%s' "$todo" "$(needed "$path")" | sed '/^$/d')
	done
}

list_entries() {
	for name in bin dev lib proc root sys tmp usr usr/bin; do
		echo "dir /$name 0755"
	done
	# The kernel opens it before init runs; everything else in /dev is devtmpfs.
	echo "node /dev/console 0600 5 1"
	echo "link /lib64 lib"
	echo "link /bin/sh busybox"
	echo "file /init $init 0755"
	echo "file /bin/busybox $root/bin/busybox 0755"
	listed=
	list_program "$root/usr/bin/cyclictest"
	list_program "$root/usr/bin/hackbench"
}

unpack_packages
list_entries >"$entries"
trap 'rm -f "$out.new" "$out.cpio"' EXIT
"$mkcpio" <"$entries" >"$out.cpio" || die "the initramfs can't be written"
gzip -9nc "$out.cpio" >"$out.new" || die "the initramfs can't be written (is the disk full?)"
mv "$out.new" "$out"
rm -rf "$root" "$root.log"
