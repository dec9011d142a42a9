#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# mk/deps names what is missing, and installs it only with the right to.
. "$SRC/selftests/lib/tap.sh"

export PACKAGES_LIST=$TMP/packages
mkdir "$TMP/bin"
PATH=$TMP/bin:$PATH

# fake COMMAND SCRIPT: stands in for a command of the host.
fake() {
	printf '#!/bin/bash\n%s\n' "$2" >"$TMP/bin/$1"
	chmod +x "$TMP/bin/$1"
}

fake dpkg-query 'case ${!#} in here) echo installed ;; half) echo config-files ;; *) exit 1 ;; esac'
fake apt-get "echo \"\$*\" >>$TMP/apt; [ ! -e $TMP/apt-fails ]"
fake id 'echo 0'

printf '# a comment\n\nhere\tis here\n' >"$PACKAGES_LIST"
check "all there: nothing to do" "$SRC/mk/deps"
check "and nothing is done" test ! -e "$TMP/apt"

printf 'gone\tfor a reason\nhalf\tremoved, not purged\n' >>"$PACKAGES_LIST"
check_status 69 "-n: something is missing" "$SRC/mk/deps" -n
check_said "gone                   for a reason" "-n: it is named, with the reason"
check "-n: nothing is done" test ! -e "$TMP/apt"

check "as root" "$SRC/mk/deps"
check_said "for a reason" "as root: it is named first"
check "as root: just the missing ones are installed" \
	grep -q '^install -y --no-install-recommends gone half ' "$TMP/apt"
check "as root: after an update" sh -c "head -n 1 $TMP/apt | grep -q '^update'"

fake id 'echo 1000'
fake sudo 'exit 1'
rm "$TMP/apt"
check_status 69 "without the right: an error" "$SRC/mk/deps"
check_said "sudo apt-get update && sudo apt-get install -y --no-install-recommends gone half" \
	"without the right: it prints the command"
check "without the right: nothing is done" test ! -e "$TMP/apt"

fake sudo '[ "$1" = -n ] && shift; exec "$@"'
check "with sudo" "$SRC/mk/deps"
check "with sudo: installed" grep -q '^install .* gone half ' "$TMP/apt"

touch "$TMP/apt-fails"
check_status 1 "apt-get fails: so does deps" "$SRC/mk/deps"
check_status 64 "bad usage" "$SRC/mk/deps" --now

# The list itself: a reason for each, no package twice.
check "every package has a reason" \
	awk -F '\t' '/^(#|$)/ { next } NF != 2 || $2 == "" { exit 1 }' "$SRC/mk/packages"
check "no package is named twice" \
	sh -c "! cut -f 1 $SRC/mk/packages | grep -v '^#' | sort | uniq -d | grep ."

done_testing
