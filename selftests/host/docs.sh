#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What README.md and docs/ name exists: targets of make, files, subcommands,
# linked pages.  What docs/security.md says names a test, or that there is none.
# And every file names a licence whose text is here.
. "$SRC/selftests/lib/tap.sh"

cd "$SRC" || exit 1
targets=$(make -s NO_DEPS=1 help | sed -n 's/^  make \([a-z-]*\) .*/\1/p')

# code PAGE: what it shows as code, a piece a line: `spans`, fenced and indented blocks.
code() {
	awk '/^ *```/ { fenced = !fenced; next }
		fenced || /^(    |\t)/ { print; next }
		{
			nr = split($0, part, "`")
			for (i = 2; i <= nr; i += 2)
				print part[i]
		}' "$1"
}

# Kernel files are named by their path in the kernel tree.
kernel_file() {
	[ -e "kernel/files/$1" ] || [ "$1" = include/linux/lsm_hook_defs.h ] ||
		grep -qxF "+++ b/$1" kernel/series-*/*.patch
}

# Names in capitals stand for any.  What is built is not looked for.
path_exists() {
	local path=${1%/} pattern

	case $path in
	build/*)	return 0 ;;
	kernel/bpf/another.h | kernel/series-6.13 | bpf/progs/tmp_links.bpf.c | \
		bpf/progs/clock_guard.bpf.c | selftests/policy/clock_guard.c)
			return 0 ;;	# made by the reader of an example
	esac
	pattern=$(sed -E 's/(NAME|GROUP|PROGRAM)/*/g' <<<"$path")
	compgen -G "$pattern" >/dev/null || kernel_file "$path"
}

# missing PAGE: what the page names that is not there, a line each.
missing() {
	local page=$1 word

	for word in $(code "$page" | grep -oE '(^|[ $])make( [A-Z_]+=[^ ]*)* [a-z][a-z-]*' |
		      awk '{ print $NF }' | sort -u); do
		grep -qx -- "$word" <<<"$targets" || echo "target $word"
	done
	for word in $(code "$page" | grep -oE '(^|[ $#])lsmslot [a-z]+' |
		      awk '{ print $NF }' | sort -u); do
		[ -f "loader/cmd_$word.c" ] || [ "$word" = help ] || echo "subcommand $word"
	done
	for word in $(code "$page" | tr ' ;()"'"'" '\n' | sed 's/[,:.]*$//' |
		      grep -E '^(kernel|bpf|loader|selftests|include|docs|mk|build|LICENSES|security|\.ci)/' |
		      sort -u); do
		path_exists "$word" || echo "file $word"
	done
	for word in $(grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -v '^[a-z]*:' | sort -u); do
		[ -e "$(dirname "$page")/$word" ] || echo "link $word"
	done
}

# unshown PAGE: items of lists, and rows of tables whose last column is "shown by",
# that neither name a test nor say that there is none.
unshown() {
	awk -F ' *[|] *' '
		function flush() {
			if (item != "" && tolower(item) !~ /selftests\/|not tested/)
				print item
			item = ""
		}
		/^  / && item != "" { sub(/^ +/, " "); item = item $0; next }
		{ flush() }
		/^- / { item = $0 }
		!/^\|/ { shown = 0 }
		/^\|/ && $(NF - 1) == "shown by" { shown = 1; next }
		/^\|/ && shown && !/^\|-/ && $(NF - 1) !~ /selftests\/|not tested/
		END { flush() }' "$1"
}

# --- the check itself finds what is wrong
cat >"$TMP/page.md" <<'END'
Text may say make nonsense of docs/nothing.md. `make nosuch` may not, `make kernel` may.

    BUILD=x make VM_KERNEL=y absent

See `docs/absent.md`, `selftests/GROUP/absent.sh`, `docs/design.md`, `kernel/bpf/trampoline.c`
and `kernel/bpf/absent.c`; [here](absent.md).

```console
# lsmslot befriend x
```
END
cat >"$TMP/wanted" <<'END'
target absent
target nosuch
subcommand befriend
file docs/absent.md
file kernel/bpf/absent.c
file selftests/GROUP/absent.sh
link absent.md
END
missing "$TMP/page.md" >"$TMP/missing"
check "a page with errors: all are found, and nothing else" diff "$TMP/wanted" "$TMP/missing"

cat >"$TMP/page.md" <<'END'
- An item
  that has `selftests/host/docs.sh`.
- One that has no test. *Not
  tested*: for a reason.
- One that has nothing,
  on two lines.

| what | |
|---|---|
| not asked for | |

| what | shown by |
|---|---|
| `selftests/host/docs.sh` | elsewhere |
| this | `selftests/host/docs.sh` |
| that | *not tested*: no reason |
END
cat >"$TMP/wanted" <<'END'
- One that has nothing, on two lines.
| `selftests/host/docs.sh` | elsewhere |
END
unshown "$TMP/page.md" >"$TMP/missing"
check "statements without a test: all are found, and nothing else" diff "$TMP/wanted" "$TMP/missing"

# --- the pages
check "make help lists targets" test "$(wc -w <<<"$targets")" -gt 10
for page in README.md docs/*.md docs/*/*.md; do
	missing "$page" >"$TMP/missing"
	if [ -s "$TMP/missing" ]; then
		not_ok "$page: all it names exists"
		diag "$(cat "$TMP/missing")"
	else
		ok "$page: all it names exists"
	fi
done
unshown docs/security.md >"$TMP/missing"
if ! check "docs/security.md: all it says names a test" diff /dev/null "$TMP/missing"; then
	diag "$(cat "$TMP/missing")"
fi
for target in $targets; do
	check "README.md has make $target" grep -qE "make $target\b" <(code README.md)
done
for page in docs/*.md docs/policies/*.md; do
	check "README.md leads to $page" grep -qF "($page)" README.md
done

# --- licences
check "git lists the files" git -c safe.directory="$SRC" ls-files
cp "$TMP/out" "$TMP/files"
check "there are some" grep -qx Makefile "$TMP/files"
# A patch has the licence of the files it changes (see LICENSE), and so has the
# letter that goes with them; a log is what a kernel printed.
grep -vE '^(LICENSE$|LICENSES/|kernel/series-[0-9.]+/(.*\.patch|cover-letter)$|selftests/host/logs/)' "$TMP/files" |
	while read -r file; do
		[ ! -f "$file" ] || head -n 5 "$file" | grep -q 'SPDX-License-Identifier: ' ||
			echo "$file"
	done >"$TMP/bare"
check "every file has an SPDX line" diff /dev/null "$TMP/bare"
for licence in $(git -c safe.directory="$SRC" grep -hoE 'SPDX-License-Identifier: [^*>"]*' -- ':!kernel/series-*' ':!selftests/host/docs.sh' |
		 sed 's/^[^:]*: //' | grep -oE '[A-Za-z0-9.-]+-[A-Za-z0-9.-]+' | sort -u); do
	check "LICENSES has $licence" test -s "LICENSES/$licence.txt"
done

done_testing
