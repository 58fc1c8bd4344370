#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the Debian guest's disk: an ext4 file system with busybox and our init, without a partition table. The same inputs give the
# same bytes, but for the files' change times, which mke2fs takes from the host.
#
#     disk.sh DIR INIT OUT      DIR is what fetch.sh filled
set -eu

dir=$1
init=$2
out=$3
root=$out.root
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "takt: $*" >&2
	exit 3
}

trap 'rm -rf "$root" "$out.new" "$out.log"' EXIT
rm -rf "$root" "$out.new"
mkdir -p "$root/bin" "$root/sbin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/root"
file=$(awk '!/^#/ && $1 == "busybox-static" { print $4 }' "$dir/manifest")
dpkg-deb --fsys-tarfile "$dir/debs/$file" | tar -xO --wildcards './*bin/busybox' >"$root/bin/busybox" ||
	die "busybox can't be unpacked (is the disk full?)"
cp "$init" "$root/sbin/init"
chmod 755 "$root/bin/busybox" "$root/sbin/init"
for name in awk cat date dd echo grep hwclock ip ls md5sum mkdir mount nc ping poweroff ps rm setsid sh sleep sync tail uname umount; do
	ln -s busybox "$root/bin/$name"
done
find "$root" -exec touch -hd @0 {} +
# What would differ from build to build is fixed: time, identity, the seed of directory hashes.
E2FSPROGS_FAKE_TIME=1 mke2fs -q -t ext4 -O ^metadata_csum_seed -U 7b1c0d54-3e0a-5d5a-9c5e-000000000001 \
	-E hash_seed=7b1c0d54-3e0a-5d5a-9c5e-000000000002,root_owner=0:0 -d "$root" "$out.new" 32m >"$out.log" 2>&1 || {
	cat "$out.log" >&2
	die "the disk can't be made (is the host's full?)"
}
mv "$out.new" "$out"
