#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy file like that of the page of secrets-guard, with programs that are
# everywhere: sha256sum is nginx.
# shellcheck disable=SC2317
. "$SRC/selftests/lib/tap.sh"

lsmslot() {
	"$LSMSLOT" "$@"
}

grep -q ' /sys/fs/bpf bpf ' /proc/mounts || mount -t bpf bpf /sys/fs/bpf || exit 1
secrets=$TMP/private
mkdir "$secrets" || exit 1
echo secret >"$secrets/key"
program=$(readlink -f "$(command -v sha256sum)")
# On an overlay a folder's number changes once the kernel has forgotten it.
exec 8</usr/lib/x86_64-linux-gnu

# The page's first policy file: only paths and the place of objects differ.
awk '/^```yaml$/ { on = 1; next } /^```$/ { if (on) exit } on' \
	"$SRC/docs/policies/secrets-guard.md" |
	sed -e "s|/etc/ssl/private|$secrets|; s|/usr/sbin/nginx|$program|g" \
	    -e "s|, /usr/lib/nginx/modules||; /nginx/d" \
	    -e "s|object: |object: $BPF_DIR/|" >"$TMP/policy.yaml"
check "the page has a policy file" grep -q secrets_guard "$TMP/policy.yaml"

if lsmslot apply "$TMP/policy.yaml" 2>&1 | grep -q 'not there yet'; then
	skip "this loader has no apply"
	done_testing
	exit
fi
check "lsmslot apply attaches it" lsmslot apply "$TMP/policy.yaml"
check_fails "a program that is not listed cannot read" cat "$secrets/key"
check_said "not permitted" "... with EPERM"
check "the listed one can" sha256sum "$secrets/key"
check_fails "the listed one cannot be changed" touch "$program"
check "other files can be read" cat "$TMP/policy.yaml"
check "lsmslot detach" lsmslot detach /sys/fs/bpf/lsmslot/secrets_guard
check "lsmslot detach" lsmslot detach /sys/fs/bpf/lsmslot/protect_files
check "it can be read then" cat "$secrets/key"
done_testing
