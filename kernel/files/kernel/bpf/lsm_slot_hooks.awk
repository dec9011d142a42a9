#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-only
#
# Generate the list of LSM hooks with their arguments' names, for
# kernel/bpf/lsm_slot_hooks.c.
#
# usage: awk -f lsm_slot_hooks.awk bpf_lsm.c lsm_hook_defs.h
#
# The macro list of lsm_hook_defs.h carries parameters as the C compiler wants
# them, "struct file *file, int mask"; a macro cannot take them apart to store
# each in the program's context.  So this does, keeping the #ifdefs:
#
#   LSM_SLOT_HOOK(int, 0, file_permission, 2, (struct file *file, int mask),
#		  LSM_SLOT_ARG(0, file) LSM_SLOT_ARG(1, mask))
#
# A hook that has no slots becomes
#
#   LSM_SLOT_NONE(int, 0, vm_enough_memory, "disabled", (...))
#
# for one of two reasons: "disabled", BPF programs may not attach to it at all
# (read from bpf_lsm_disabled_hooks in bpf_lsm.c), or "wide-argument", it takes
# an argument by value that is wider than 8 bytes and so does not fit one word
# of the context; the compiler finds those (LSM_SLOT_ARG()) and they are named
# here:

BEGIN {
	wide["socket_getpeersec_stream"] = 1	# two sockptr_t
}

function die(text)
{
	print FILENAME ":" FNR ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

function trim(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# The position of the comma that ends the first of comma separated things.
function next_comma(text,	i, c, depth)
{
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")")
			depth--
		else if (c == "," && !depth)
			return i
	}
	return length(text) + 1
}

function hook(text,	i, ret, value, name, params, list, param, nr, fill)
{
	for (i = 1; i <= 3; i++) {
		head[i] = trim(substr(text, 1, next_comma(text) - 1))
		text = trim(substr(text, next_comma(text) + 1))
	}
	ret = head[1]
	value = head[2]
	name = head[3]
	params = text
	if (ret != "int" && ret != "void")
		die("hook " name " returns " ret ", neither int nor void")
	if (params == "")
		die("hook " name " has no parameter list")

	if (name in disabled) {
		seen[name] = 1
		printf "LSM_SLOT_NONE(%s, %s, %s, \"disabled\", (%s))\n",
		       ret, value, name, params
		return
	}
	if (name in wide) {
		printf "LSM_SLOT_NONE(%s, %s, %s, \"wide-argument\", (%s))\n",
		       ret, value, name, params
		return
	}

	nr = 0
	fill = ""
	list = params == "void" ? "" : params
	while (list != "") {
		param = trim(substr(list, 1, next_comma(list) - 1))
		list = trim(substr(list, next_comma(list) + 1))
		if (!match(param, /[A-Za-z_][A-Za-z0-9_]*$/) || RSTART == 1)
			die("hook " name ": parameter \"" param "\" has no name")
		fill = fill " LSM_SLOT_ARG(" nr++ ", " substr(param, RSTART) ")"
	}
	printf "LSM_SLOT_HOOK(%s, %s, %s, %d, (%s),%s)\n",
	       ret, value, name, nr, params, fill == "" ? " " : fill
}

# bpf_lsm.c: the hooks to which programs may not attach
FILENAME ~ /\.c$/ {
	if (/^BTF_SET_START\(bpf_lsm_disabled_hooks\)/)
		in_set = found_set = 1
	else if (/^BTF_SET_END\(bpf_lsm_disabled_hooks\)/)
		in_set = 0
	else if (in_set && /^BTF_ID\(func, bpf_lsm_[a-z0-9_]+\)/) {
		sub(/^BTF_ID\(func, bpf_lsm_/, "")
		sub(/\).*/, "")
		disabled[$0] = 1
	}
	next
}

# lsm_hook_defs.h: comments out, #ifdefs through, entries joined to one line
{
	gsub(/\/\*[^*]*\*\//, "")
}
/\/\*/ {
	in_comment = 1
	sub(/\/\*.*/, "")
}
in_comment {
	if (/\*\//)
		in_comment = 0
	next
}
/^#/ {
	if (!/^#[ ]*(if|ifdef|ifndef|else|elif|endif)/)
		die("unexpected directive: " $0)
	print
	next
}
/^LSM_HOOK\(/ {
	if (entry != "")
		die("entry begins inside another: " entry)
}
/^LSM_HOOK\(/ || entry != "" {
	entry = entry == "" ? $0 : entry " " trim($0)
	if (entry ~ /\)[ \t]*$/ && gsub(/\(/, "(", entry) == gsub(/\)/, ")", entry)) {
		sub(/^LSM_HOOK\(/, "", entry)
		sub(/\)[ \t]*$/, "", entry)
		hook(entry)
		hooks++
		entry = ""
	}
	next
}
/[^ \t]/ {
	die("not understood: " $0)
}

END {
	if (failed)
		exit 1
	if (!found_set || !hooks) {
		print "lsm_slot_hooks.awk: no hooks or no bpf_lsm_disabled_hooks found" > "/dev/stderr"
		exit 1
	}
	for (name in disabled)
		if (!(name in seen)) {
			print "lsm_slot_hooks.awk: disabled hook " name " is not in the list" > "/dev/stderr"
			exit 1
		}
}
