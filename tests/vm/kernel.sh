# Debian's current kernel for the guest, by package name; sourced by run.sh.
#
# The image and its modules are unpacked into a cache, beside rmnet and wwan_hwsim, which
# Debian does not build: they come from Debian's own source and headers (kernel.md 3.4,
# 5.3).  The cache is kept by kernel version, so that a second run takes nothing.

kernel_cache=${PDNMUX_VM_CACHE:-/var/cache/pdnmux-vm}

# The package that a name of Debian's stands for now.
kernel_depend()
{
	apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \($2[^ ]*\)$/\1/p" | head -1
}

# fetch DIR PACKAGE: its .deb in DIR.
kernel_fetch()
{
	(cd "$1" && apt-get download -qq "$2" >&2) && return
	apt-get update -qq >&2 && (cd "$1" && apt-get download -qq "$2" >&2) && return
	echo "cannot download $2: see apt-get's words above" >&2
	return 1
}

# extra_module NAME PATH CONFIG: builds PATH of the kernel's source as a module.
kernel_module()
{
	local name=$1 path=$2 config=$3 src=$kernel_tmp/src/$1

	mkdir -p "$src" && tar -C "$src" -xJf "$kernel_tmp/source/usr/src/"linux-source-*.tar.xz \
		--strip-components="$(echo "linux/$path" | tr '/' '\n' | wc -l)" \
		--wildcards "linux-source-*/$path" || return 1
	[ "$name" = rmnet ] ||
		{ find "$src" -type f ! -name "$name.*" -delete
		  echo "obj-m := $name.o" >"$src/Makefile"; }
	make -s -C "/usr/src/linux-headers-$kernel_release" M="$src" "$config=m" modules >&2 &&
		strip --strip-debug "$src/$name.ko" &&
		install -D "$src/$name.ko" \
			"$kernel_tmp/root/lib/modules/$kernel_release/updates/$name.ko"
}

kernel_unpack()
{
	local image=$1

	mkdir -p "$kernel_tmp/root" "$kernel_tmp/source" || return 1
	chown _apt "$kernel_tmp" "$kernel_tmp/source" 2>/dev/null
	kernel_fetch "$kernel_tmp" "$image" &&
		dpkg -x "$kernel_tmp"/linux-image-*.deb "$kernel_tmp/root" &&
		need_packages "linux-headers-$kernel_release" || return 1
	kernel_fetch "$kernel_tmp/source" "$(kernel_depend linux-source linux-source-)" &&
		dpkg -x "$kernel_tmp"/source/linux-source-*.deb "$kernel_tmp/source" || return 1
	kernel_module rmnet drivers/net/ethernet/qualcomm/rmnet CONFIG_RMNET &&
		kernel_module wwan_hwsim drivers/net/wwan CONFIG_WWAN_HWSIM || return 1
	mv "$kernel_tmp/root/boot/vmlinuz-$kernel_release" "$kernel_tmp/root/vmlinuz" &&
		rm -rf "$kernel_tmp/root/boot" &&
		depmod -b "$kernel_tmp/root" "$kernel_release"
}

# Sets kernel_release and kernel_dir.
kernel_prepare()
{
	local image version

	image=$(kernel_depend linux-image-amd64 linux-image-)
	[ -n "$image" ] || { apt-get update -qq; image=$(kernel_depend linux-image-amd64 linux-image-); }
	[ -n "$image" ] || { echo "apt knows no linux-image-amd64" >&2; return 1; }
	kernel_release=${image#linux-image-}
	version=$(apt-cache show "$image" | sed -n 's/^Version: //p' | head -1)
	kernel_dir=$kernel_cache/$kernel_release-$version
	[ ! -f "$kernel_dir/vmlinuz" ] || return 0
	mkdir -p "$kernel_cache" && kernel_tmp=$(mktemp -d "$kernel_cache/tmp.XXXXXX") || return 1
	chmod 755 "$kernel_tmp" # apt downloads as a user of its own
	echo "preparing $image $version in $kernel_dir" >&2
	kernel_unpack "$image" && mv "$kernel_tmp/root" "$kernel_dir"
	local status=$?
	rm -rf "$kernel_tmp"
	return $status
}

# kernel_initramfs FILE: just enough to mount the host's files.
kernel_initramfs()
{
	local dir=$work/initramfs modules=$kernel_dir/lib/modules/$kernel_release m

	mkdir -p "$dir"/{bin,dev,proc,sys,host,out,over,new,lib/modules/$kernel_release} &&
		cp /bin/busybox "$dir/bin/" && cp "$here/init" "$dir/init" || return 1
	for m in virtio_mmio 9pnet_virtio 9p overlay; do
		modprobe -d "$kernel_dir" -S "$kernel_release" --show-depends "$m"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$work/modules"
	while read -r m; do
		install -D "$m" "$dir/modules/$(basename "$m")" &&
			echo "/modules/$(basename "$m")" >>"$dir/modules.list" || return 1
	done <"$work/modules"
	(cd "$dir" && find . | cpio -o -H newc --quiet | gzip -1) >"$1"
}
