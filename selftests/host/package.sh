#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make install and the Debian packages have what they should, and the packages
# come out the same twice.  Policies are taken as they are built.
. "$SRC/selftests/lib/tap.sh"

cd "$SRC" || exit 1
for tool in dpkg-deb dpkg-shlibdeps dpkg-buildflags rst2man llvm-strip; do
	command -v $tool >/dev/null && continue
	skip "no $tool; make deps installs it"
	done_testing
done

# --- make man, make install
check "the manual pages are made" make -s man NO_DEPS=1 BUILD="$BUILD"
for page in docs/man/*.rst; do
	name=$(basename "$page" .rst)
	section=$(sed -n 's/^:Manual section: //p' "$page")
	check "$name($section) is made" grep -q '^\.SH NAME' "$BUILD/man/$name.$section"
done
check "make install" make install NO_DEPS=1 BUILD="$BUILD" DESTDIR="$TMP/root" PREFIX=/opt/x
for file in sbin/lsmslot lib/lsmslot/protect_files.bpf.o include/lsmslot/event.h include/linux/lsm_slot.h \
	    share/man/man8/lsmslot-events.8 share/bash-completion/completions/lsmslot; do
	check "installs $file" test -s "$TMP/root/opt/x/$file"
done
check "nothing else than below PREFIX" test "$(cd "$TMP/root" && find . -type f ! -path './opt/x/*')" = ""
check_status 2 "nothing to install is an error" make install NO_DEPS=1 BUILD="$TMP/none" DESTDIR="$TMP/other"
check_said "first: make loader bpf man" "it names the way out"
check "and nothing is installed" test ! -e "$TMP/other"

# --- the packages
check_status 64 "bad usage" packaging/deb a b
BUILD=$TMP/none check_status 66 "no policies" packaging/deb "$TMP/none"
check_said "first: make bpf" "it names the way out"
check "the packages are made" packaging/deb "$TMP/one"
version=$(sed -n 's/^#define LSMSLOT_VERSION "\(.*\)"$/\1/p' loader/lsmslot.h)
main=$TMP/one/lsmslot_${version}_$(dpkg --print-architecture).deb
dev=$TMP/one/lsmslot-dev_${version}_all.deb
check "both of them, and nothing else" diff <(printf '%s\n' "$main" "$dev" | sort) <(printf '%s\n' "$TMP"/one/* | sort)
check "once more" packaging/deb "$TMP/two"
for file in "$main" "$dev"; do
	check "$(basename "$file") is the same" cmp "$file" "$TMP/two/$(basename "$file")"
done

dpkg-deb -c "$main" | awk '{ print $6 }' >"$TMP/files"
for program in bpf/progs/*.bpf.c; do
	check "it has $(basename "$program" .c).o" grep -qx "./usr/lib/lsmslot/$(basename "$program" .c).o" "$TMP/files"
done
for page in docs/man/*.rst; do
	section=$(sed -n 's/^:Manual section: //p' "$page")
	page=$(basename "$page" .rst).$section
	check "it has $page" grep -qx "./usr/share/man/man$section/$page.gz" "$TMP/files"
done
for file in usr/sbin/lsmslot usr/share/bash-completion/completions/lsmslot usr/share/doc/lsmslot/copyright \
	    usr/share/doc/lsmslot/changelog.gz; do
	check "it has $file" grep -qx "./$file" "$TMP/files"
done
for unit in systemd/*.service; do
	[ ! -f "$unit" ] || check "it has $unit" grep -qx "./usr/lib/systemd/system/$(basename "$unit")" "$TMP/files"
done
check "all belongs to root" test -z "$(dpkg-deb -c "$main" | awk '$2 != "root/root"')"
check "it depends on the loader's libraries" sh -c \
	"dpkg-deb -f '$main' Depends | grep libbpf1 | grep libjson-c5 | grep libsmartcols1 | grep -q libcapstone4"
for header in event.h types.h; do
	check "the other has $header" sh -c "dpkg-deb -c '$dev' | grep -q ' ./usr/include/lsmslot/$header$'"
done

# --- installed into a root of its own
root=$TMP/installed
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
touch "$root/var/lib/dpkg/status"
as_root=()
[ "$(id -u)" = 0 ] || as_root=(fakeroot)
check "dpkg installs them" "${as_root[@]}" dpkg --root="$root" --force-depends --force-script-chrootless \
	--force-not-root --log=/dev/null -i "$main" "$dev"
check_output "lsmslot $version" "the loader runs" "$root/usr/sbin/lsmslot" --version
check "its files are whole" sh -c "cd '$root' && md5sum --quiet -c var/lib/dpkg/info/lsmslot.md5sums"
check_status 1 "no path of the build in them" grep -raF "$SRC" "$root/usr"
check "libbpf can read the policies" bpftool btf dump file "$root/usr/lib/lsmslot/protect_files.bpf.o"
check "dpkg removes them" "${as_root[@]}" dpkg --root="$root" --force-script-chrootless --force-not-root \
	--log=/dev/null -r lsmslot lsmslot-dev
check "nothing is left" test -z "$(find "$root/usr" -type f 2>/dev/null)"

# --- the kernel's package: its configuration
check_status 64 "kernel/deb: bad usage" kernel/deb --now
configure() {
	NO_DEPS=1 SOURCE=${KERNEL_SOURCE:-$BUILD/kernel/src} BUILD=$TMP/kernel CONFIG=$1 kernel/deb --configure
}
check_status 66 "kernel/deb: no configuration" configure "$TMP/none"
debian=/usr/src/linux-config-6.12/config.amd64_none_cloud-amd64.xz
if [ ! -d "${KERNEL_SOURCE:-$BUILD/kernel/src}" ]; then
	skip "no kernel source in $BUILD/kernel/src: kernel/deb --configure is not tried; make prepare unpacks it"
else
	echo '# CONFIG_SECURITY is not set' >"$TMP/tiny"
	check_status 65 "kernel/deb: an option that does not come out" configure "$TMP/tiny"
	check_said "CONFIG_BPF_LSM_SLOTS=y" "it is named"
	if [ ! -f $debian ]; then
		skip "no $debian: kernel/deb --configure is not tried with it; install linux-config-6.12"
	else
		check "kernel/deb: Debian's configuration" configure $debian
		check_said "-lsmslot" "the kernel's release"
		config=$TMP/kernel/kernel-deb/config
		check "it has slots" grep -qx CONFIG_BPF_LSM_SLOTS=y "$config"
		check "bpf is in its list of LSMs" grep -qE '^CONFIG_LSM="(.*,)?bpf(,.*)?"$' "$config"
	fi
fi

done_testing
