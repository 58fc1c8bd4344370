# SPDX-License-Identifier: Apache-2.0
#
# The Debian guest: unmodified kernels, and an initramfs of Debian's programs and linux/init. What was fetched stays in
# build/debian/debs; with that there, nothing here needs the network.

DEBIAN_PRODUCTS := build/debian/Image build/debian/Image-rt build/debian/Image-cloud build/debian/initrd.cpio.gz \
	build/debian/initrd-disk.cpio.gz build/debian/disk.ext4
MKCPIO := build/debian/mkcpio

.PHONY: debian
debian: $(DEBIAN_PRODUCTS)

build/debian/manifest: linux/packages scripts/debian/fetch.sh scripts/debian/sources.awk
	scripts/debian/fetch.sh build/debian linux/packages
	touch $@

build/debian/Image: build/debian/manifest scripts/debian/unpack-kernel.sh
	$(call say,UNPACK,$@)
	scripts/debian/unpack-kernel.sh build/debian 'linux-image-[0-9.-]+-arm64' $@

build/debian/Image-rt: build/debian/manifest scripts/debian/unpack-kernel.sh
	$(call say,UNPACK,$@)
	scripts/debian/unpack-kernel.sh build/debian 'linux-image-[0-9.-]+-rt-arm64' $@

build/debian/Image-cloud: build/debian/manifest scripts/debian/unpack-kernel.sh
	$(call say,UNPACK,$@)
	scripts/debian/unpack-kernel.sh build/debian 'linux-image-[0-9.-]+-cloud-arm64' $@

build/debian/initrd.cpio.gz: build/debian/manifest linux/init $(MKCPIO) scripts/debian/initramfs.sh
	$(call say,PACK,$@)
	scripts/debian/initramfs.sh build/debian linux/init $(MKCPIO) $@

# With the modules for a disk and a network behind it; and the disk.
build/debian/initrd-disk.cpio.gz: build/debian/initrd.cpio.gz build/debian/modules.cpio.gz
	cat $^ >$@

build/debian/modules.cpio.gz: build/debian/manifest linux/modules linux/disk-boot $(MKCPIO) scripts/debian/modules.sh
	$(call say,PACK,$@)
	scripts/debian/modules.sh build/debian 'linux-image-[0-9.-]+-arm64' linux/modules linux/disk-boot $(MKCPIO) $@

build/debian/disk.ext4: build/debian/manifest linux/disk-init scripts/debian/disk.sh
	$(call say,MKE2FS,$@)
	scripts/debian/disk.sh build/debian linux/disk-init $@

$(MKCPIO): scripts/debian/mkcpio.c
	$(call say,HOSTCC,$@)
	mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -O2 $(WARNINGS) $< -o $@
