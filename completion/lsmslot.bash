# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Bash completion of lsmslot.  Commands and options come from lsmslot itself;
# what is here is what their values are.
# shellcheck shell=bash

# Commands, one a line.
_lsmslot_commands() {
	"${1:-lsmslot}" help 2>/dev/null | awk '/^commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'
}

# Long options of a command, one a line.
_lsmslot_options() {
	"$1" "$2" --help 2>/dev/null | grep -oE '^  (-[A-Za-z], |    )--[a-z][a-z-]*' | grep -oE -e '--[a-z-]+'
}

# True if OPTION of COMMAND has to have a value: its help shows one in capitals.
_lsmslot_takes_value() {
	case $3 in
	--*)	"$1" "$2" --help 2>/dev/null | grep -qE -- "^  (-[A-Za-z], |    )$3 [A-Z]" ;;
	-?)	"$1" "$2" --help 2>/dev/null | grep -qE -- "^  $3, --[a-z-]+ [A-Z]" ;;
	*)	return 1 ;;
	esac
}

_lsmslot_hooks() {
	if [ -r /sys/kernel/security/lsm_slots/hooks ]; then
		cut -d ' ' -f 1 /sys/kernel/security/lsm_slots/hooks
	else
		"$1" hooks -j 2>/dev/null | sed -n 's/^ *"\(hook\|name\)": *"\([a-z0-9_]*\)".*/\2/p' | sort -u
	fi
}

# Operations of bench, by their hooks.
_lsmslot_bench_hooks() {
	"$1" bench --list 2>/dev/null | awk 'NR > 1 { print $1 }' | sort -u
}

# Policies: the directories that attach pinned into.
_lsmslot_policies() {
	local dir

	for dir in /sys/fs/bpf/lsmslot/*/; do
		[ -d "$dir" ] || continue
		dir=${dir%/}
		echo "${dir##*/}"
	done
}

# Pins of links, and the directories they are in.
_lsmslot_pins() {
	local path

	for path in /sys/fs/bpf/lsmslot/* /sys/fs/bpf/lsmslot/*/*; do
		[ -e "$path" ] && [ "${path##*/}" != maps ] && echo "$path"
	done
}

_lsmslot_links() {
	"$1" status -j 2>/dev/null | sed -n "s/^ *\"$2\": *\"\{0,1\}\([A-Za-z0-9_.]*\)\"\{0,1\},\{0,1\}$/\1/p" | sort -u
}

# Files whose names match the pattern, and directories on the way.
_lsmslot_files() {
	compgen -f -X "!$2" -- "$1"
	compgen -d -S / -- "$1"
}

# Values of OPTION of COMMAND.
_lsmslot_value() {
	local lsmslot=$1 command=$2 option=$3 word=$4

	case $command:$option in
	attach:--pin | attach:-p)
		compgen -d -- "${word:-/sys/fs/bpf/}" ;;
	attach:--replace)
		compgen -W "$(_lsmslot_pins)" -- "$word" ;;
	attach:--before | attach:--after)
		compgen -W "$(_lsmslot_pins; _lsmslot_links "$lsmslot" program)" -- "$word" ;;
	bench:--programs | bench:-p)
		compgen -W "0,1,2,4,8 0,1,2,4,8,16,32,64" -- "$word" ;;
	detach:--id | detach:-i)
		compgen -W "$(_lsmslot_links "$lsmslot" link_id)" -- "$word" ;;
	detach:--program | detach:-P)
		compgen -W "$(_lsmslot_links "$lsmslot" program)" -- "$word" ;;
	esac
}

# Arguments of COMMAND that are no options.
_lsmslot_argument() {
	local lsmslot=$1 command=$2 word=$3

	case $command in
	attach)		_lsmslot_files "$word" '*.o' ;;
	apply | check)	_lsmslot_files "$word" '*.y?(a)ml' ;;
	detach)		compgen -W "$(_lsmslot_pins)" -- "$word" ;;
	events)		compgen -W "$(_lsmslot_policies)" -- "$word" ;;
	mode)		compgen -W "$(_lsmslot_policies; echo audit enforce)" -- "$word" ;;
	hooks | path)	compgen -W "$(_lsmslot_hooks "$lsmslot")" -- "$word" ;;
	bench)		compgen -W "$(_lsmslot_bench_hooks "$lsmslot")" -- "$word" ;;
	esac
}

_lsmslot() {
	local lsmslot=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
	local command=${COMP_WORDS[1]} previous=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_lsmslot_commands "$lsmslot") --help --version" -- "$word")
	elif [ "$COMP_CWORD" -gt 2 ] && _lsmslot_takes_value "$lsmslot" "$command" "$previous"; then
		mapfile -t COMPREPLY < <(_lsmslot_value "$lsmslot" "$command" "$previous" "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_lsmslot_options "$lsmslot" "$command")" -- "$word")
	else
		mapfile -t COMPREPLY < <(_lsmslot_argument "$lsmslot" "$command" "$word")
	fi
	# A directory is completed further, without a blank behind it.
	if [ ${#COMPREPLY[@]} = 1 ] && [[ ${COMPREPLY[0]} == */ ]]; then
		compopt -o nospace 2>/dev/null
	fi
	return 0
}

complete -F _lsmslot lsmslot
