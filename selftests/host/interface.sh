#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Commands, options and exit statuses are the same in the code, in what the
# program says, in the manual pages and in the completion.
. "$SRC/selftests/lib/tap.sh"

shopt -s extglob
none=--no-such-option

# Options as lines "SHORT LONG VALUE": SHORT "-" if none, VALUE "none",
# "optional" or "required".

# of_help LSMSLOT COMMAND
of_help() {
	"$1" "$2" --help 2>/dev/null |
		sed -nE 's/^  (-([A-Za-z]), |    )--([a-z][a-z-]*)( (\[?)([A-Z]+[]A-Z|]*))?( .*|$)/\2 \3 \5\6/p; ' |
		awk '{ short = NF > 1 && length($1) == 1 ? $1 : "-" }
		     { i = short == "-" ? 1 : 2; value = $(i + 1) }
		     { print short, $i, value == "" ? "none" : value ~ /^\[/ ? "optional" : "required" }' |
		sort -u -k 2
}

# of_code DIRECTORY COMMAND: the getopt table.
of_code() {
	awk '/^static const struct option options/ { on = 1; next } /^};/ { on = 0 }
	     on && /no_argument|required_argument|optional_argument/' "$1/cmd_$2.c" |
		sed -E "s/^\t\{ *\"([a-z-]+)\", *(no|required|optional)_argument, *NULL, *('(.)'|[A-Z_]+) *\},?.*/\4 \1 \2/; s/^ /- /; s/ no$/ none/" |
		sort -u -k 2
}

# of_page DIRECTORY COMMAND: the items of the page that are options, which may
# share a line.
of_page() {
	grep -E '^(-[A-Za-z], )?--[a-z]' "$1/lsmslot-$2.rst" |
		sed -E 's/, --/\n--/g; s/(^|\n)-([A-Za-z])\n--/\1-\2, --/g' |
		sed -E 's/^-([A-Za-z]), --([a-z-]+)( (\[?)[A-Z].*)?$/\1 \2 \3/; s/^--([a-z-]+)( .*)?$/- \1 \2/' |
		awk '{ print $1, $2, $3 == "" ? "none" : $3 ~ /^\[/ ? "optional" : "required" }' |
		sort -u -k 2
}

# synopsis DIRECTORY COMMAND: long options that it names.
synopsis() {
	awk '/^SYNOPSIS$/ { on = 1; next } /^[A-Z ]+$/ { on = 0 } on' "$1/lsmslot-$2.rst" |
		grep -oE -e '--[a-z][a-z-]*' | sort -u
}

# completed FILE LSMSLOT COMMAND: long options that completion offers.
completed() (
	. "$1"
	COMP_WORDS=("$2" "$3" --)
	COMP_CWORD=2
	_lsmslot
	printf '%s\n' "${COMPREPLY[@]}" | sort -u
)

# refuses LSMSLOT COMMAND WORD...: unknown option or a missing value in the last line.
said() {
	"$@" 2>&1 </dev/null | tail -n 1
}

# --help is described in lsmslot(8) for all commands, and --json may be.
without_common() {
	grep -vE '(^| )(help|json) '
}

# compare WHAT FILE FILE: says how they differ.
compare() {
	diff "$2" "$3" >"$TMP/diff" && return
	echo "$1:"
	sed -n 's/^</  only the first has/p; s/^>/  only the second has/p' "$TMP/diff"
}

# accepts LSMSLOT COMMAND: what getopt does with each option that help shows.
# An unknown option behind it ends the command before it does anything.
accepts() {
	local lsmslot=$1 command=$2 short long value said

	while read -r short long value; do
		[ "$long" != help ] || continue
		case $value in
		none | optional)
			said=$(said "$lsmslot" "$command" "--$long" $none)
			[[ $said == *"unknown option '$none'"* ]] || echo "--$long is not accepted alone: $said" ;;
		required)
			said=$(said "$lsmslot" "$command" "--$long")
			[[ $said == *"option '--$long' needs a value"* ]] || echo "--$long needs no value: $said" ;;
		esac
		[ "$short" != - ] || continue
		case $value in
		none | optional)
			said=$(said "$lsmslot" "$command" "-$short" $none)
			[[ $said == *"unknown option '$none'"* ]] || echo "-$short is not accepted alone: $said" ;;
		required)
			said=$(said "$lsmslot" "$command" "-$short")
			[[ $said == *"option '-$short' needs a value"* ]] || echo "-$short needs no value: $said" ;;
		esac
	done < <(of_help "$lsmslot" "$command")
	said=$(said "$lsmslot" "$command" $none)
	[[ $said == *"$command: unknown option '$none'"* ]] || echo "$none is accepted: $said"
}

# drift LSMSLOT CODE PAGES COMPLETION COMMAND: what does not fit together, a line each.
drift() {
	local lsmslot=$1 code=$2 pages=$3 completion=$4 command=$5

	if [ ! -f "$pages/lsmslot-$command.rst" ]; then
		echo "there is no page lsmslot-$command.rst"
		return
	fi
	if [[ $("$lsmslot" "$command" --help 2>/dev/null | head -n 1) != "usage: lsmslot $command"* ]]; then
		echo "--help does not begin with how to use it"
		return
	fi
	of_help "$lsmslot" "$command" >"$TMP/help"
	of_code "$code" "$command" >"$TMP/code"
	of_page "$pages" "$command" >"$TMP/page"
	grep -q '^h help none$' "$TMP/help" || echo "--help does not show -h, --help"
	compare "code and help" "$TMP/code" "$TMP/help"
	compare "page and help" <(without_common <"$TMP/page") <(without_common <"$TMP/help")
	if [ "$(awk '/^SYNOPSIS$/ { on = 1 } /^DESCRIPTION$/ { on = 0 } on' "$pages/lsmslot-$command.rst" |
		grep -c '\*OPTION\*')" = 0 ]; then
		compare "synopsis and help" <(synopsis "$pages" "$command") \
			<(awk '$2 != "help" { print "--" $2 }' "$TMP/help" | sort -u)
	fi
	compare "completion and help" <(completed "$completion" "$lsmslot" "$command") \
		<(awk '{ print "--" $2 }' "$TMP/help" | sort -u)
	grep -qE "^\*\*lsmslot $command\*\*$" "$pages/lsmslot.rst" || echo "lsmslot.rst does not describe it"
	grep -qE "^\| \*\*lsmslot $command\*\*" "$pages/lsmslot.rst" || echo "the synopsis of lsmslot.rst has it not"
	grep -qF "lsmslot-$command(8)" "$pages/lsmslot.rst" || echo "lsmslot.rst does not lead to its page"
	accepts "$lsmslot" "$command"
}

# statuses HEADER PAGE
statuses() {
	compare "lsmslot.h and lsmslot.rst" \
		<(sed -nE '/^enum status/,/^};/s/^\tST_[A-Z_]+ = ([0-9]+),.*/\1/p' "$1" | sort -n) \
		<(awk '/^EXIT STATUS$/ { on = 1; next } /^[A-Z ]+$/ { on = 0 } on && /^[0-9]+$/' "$2" | sort -n)
}

commands() {
	"$1" help | awk '/^commands:/ { on = 1; next } /^$/ { on = 0 } on && $1 != "help" { print $1 }'
}

fits() {
	local what=$1

	if [ -s "$TMP/drift" ]; then
		not_ok "$what"
		diag "$(cat "$TMP/drift")"
	else
		ok "$what"
	fi
}

code=$SRC/loader pages=$SRC/docs/man completion=$SRC/completion/lsmslot.bash

commands "$LSMSLOT" >"$TMP/commands"
check "help lists commands" test "$(wc -l <"$TMP/commands")" -ge 12
check "each has its file, and no other has" diff <(sort "$TMP/commands") \
	<(cd "$code" && ls cmd_*.c | sed 's/^cmd_//; s/\.c$//' | sort)
check "each has its page, and there is no other" diff <(sort "$TMP/commands") \
	<(cd "$pages" && grep -lx ':Manual section: 8' lsmslot-*.rst | sed 's/^lsmslot-//; s/\.rst$//' | sort)
check "completion has each, help, and the global options" diff \
	<({ cat "$TMP/commands"; echo help; echo --help; echo --version; } | sort) \
	<(. "$completion"; COMP_WORDS=("$LSMSLOT" ""); COMP_CWORD=1; _lsmslot; printf '%s\n' "${COMPREPLY[@]}" | sort)
while read -r command; do
	drift "$LSMSLOT" "$code" "$pages" "$completion" "$command" >"$TMP/drift" 2>&1
	fits "$command: code, help, page and completion fit"
done <"$TMP/commands"
statuses "$code/lsmslot.h" "$pages/lsmslot.rst" >"$TMP/drift"
fits "exit statuses: code and page fit"

# --- the check itself finds what is wrong, one thing at a time
# finds TEXT WHAT: of the drift of events in the copies.
finds() {
	drift "$copy/lsmslot" "$copy/loader" "$copy/man" "$copy/completion.bash" events >"$TMP/drift" 2>&1
	cp "$TMP/drift" "$TMP/found"
	check "$2" grep -qF -e "$1" "$TMP/found" || diag "found: $(cat "$TMP/found")"
}

fresh() {
	rm -rf "$copy"
	mkdir "$copy"
	cp -r "$pages" "$copy/man"
	mkdir "$copy/loader"
	cp "$code"/cmd_events.c "$code/lsmslot.h" "$copy/loader"
	cp "$completion" "$copy/completion.bash"
	ln -s "$LSMSLOT" "$copy/lsmslot"
}

# wrapped SCRIPT: a lsmslot whose output goes through sed.
wrapped() {
	rm "$copy/lsmslot"
	printf '#!/bin/sh\n"%s" "$@" 2>&1 | sed "%s"\n' "$LSMSLOT" "$1" >"$copy/lsmslot"
	chmod +x "$copy/lsmslot"
}

copy=$TMP/copy
fresh
drift "$copy/lsmslot" "$copy/loader" "$copy/man" "$copy/completion.bash" events >"$TMP/drift" 2>&1
fits "copies fit as they are"
sed -i '/^-c, --count N$/d' "$copy/man/lsmslot-events.rst"
finds "only the second has c count required" "an option that the page lacks"
fresh
sed -i 's/^-c, --count N$/-c, --count/' "$copy/man/lsmslot-events.rst"
finds "only the first has c count none" "a value that the page lacks"
fresh
sed -i 's/^-c, --count N$/&\n  x\n\n-x, --extra/' "$copy/man/lsmslot-events.rst"
finds "only the first has x extra none" "an option that only the page has"
fresh
sed -i 's/ \[\*\*--trace\*\*\]//' "$copy/man/lsmslot-events.rst"
finds "synopsis and help" "an option that the synopsis lacks"
fresh
sed -i 's/^\*\*lsmslot events\*\*$/**lsmslot other**/' "$copy/man/lsmslot.rst"
finds "lsmslot.rst does not describe it" "a command that lsmslot.rst lacks"
fresh
rm "$copy/man/lsmslot-events.rst"
finds "there is no page" "a page that is missing"
fresh
sed -i '/"since-now"/d' "$copy/loader/cmd_events.c"
finds "code and help" "an option that the code lacks"
fresh
wrapped '/--since-now/d'
finds "only the first has n since-now none" "an option that help lacks"
fresh
wrapped 's/^  -n, --since-now /  -n, --since-then /'
finds "--since-then is not accepted alone" "an option that only help has"
fresh
wrapped 's/^  -c, --count N  /  -c, --count    /'
finds "--count is not accepted alone" "a value that help lacks"
fresh
sed -i "s/grep -oE -e '--\[a-z-\]+'/& | grep -v count/" "$copy/completion.bash"
finds "completion and help" "an option that completion lacks"
fresh
sed -i 's/ST_NOT_FOUND = 5,/&\n\tST_EXTRA = 99,/' "$copy/loader/lsmslot.h"
statuses "$copy/loader/lsmslot.h" "$pages/lsmslot.rst" >"$TMP/drift"
check "a status that the page lacks" grep -q 'only the first has 99' "$TMP/drift"

done_testing
