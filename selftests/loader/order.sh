#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# attach: place in the hook's running order, and the hook's revision.
# timeout: 900
. "$SRC/selftests/loader/common"

before=$(lsm_links)

# refused STATUS TEXT OBJECT OPTION...: with TEXT, and nothing is attached or pinned.
refused() {
	want=$1 text=$2 object=$3
	shift 3
	links=$(lsm_links)
	check_status "$want" "$object $*: status $want" \
		lsmslot attach "$PROGS/$object.bpf.o" --pin "$PINS-refused" "$@"
	check_said "$text" "$object $*: says why"
	check_is "$links" "$(lsm_links)" "$object $*: nothing is attached"
	check_fails "$object $*: nothing is pinned" [ -e "$PINS-refused" ]
}

# put NAME OBJECT PROGRAM [OPTION...]: one program, pinned in $PINS-NAME.
put() {
	name=$1 object=$2 program=$3
	shift 3
	check "attach $program $*" lsmslot attach "$PROGS/$object.bpf.o" \
		--pin "$PINS-$name" --program "$program" "$@"
}

drop() {
	for name; do
		check "detach $name" lsmslot detach "$PINS-$name"
	done
}

order_is() {
	check_is "$1" "$(programs inode_mknod)" "the order is $1"
}

refused 2 "takes one of --first" trio --first --last
refused 2 "takes one of --first" trio --before a --after b
refused 2 "need a pin" trio --before ''
refused 2 "needs a positive number" trio --revision 0
refused 2 "needs a positive number" trio --revision x
refused 2 "needs a positive number" trio --revision -1

if ! kernel_has_query; then
	for option in --first --last '--before deny_mknod' '--after link:1' '--revision 1'; do
		# shellcheck disable=SC2086 # an option and its value
		refused 4 "cannot order the programs" trio --program trio_one $option
	done
	done_testing
fi

# The kernel may be booted with lsm_slots=0.
switch=$(cat /proc/sys/kernel/lsm_slots)
echo 1 >/proc/sys/kernel/lsm_slots

put one trio trio_one
put two trio trio_two
order_is "trio_two trio_one"
put three trio trio_three --last
order_is "trio_two trio_one trio_three"
drop three
put three trio trio_three --first
order_is "trio_three trio_two trio_one"
drop three
put three trio trio_three --after "$PINS-two/trio_two"
order_is "trio_two trio_three trio_one"
drop three
put three trio trio_three --before "link:$(of_pin "$PINS-one/trio_one" link_id)"
order_is "trio_two trio_three trio_one"
drop three
put three trio trio_three --before "prog:$(of_pin "$PINS-two/trio_two" program_id)"
order_is "trio_three trio_two trio_one"
drop three
put three trio trio_three --after trio_one
order_is "trio_two trio_one trio_three"
drop three
bpftool prog pin id "$(of_pin "$PINS-one/trio_one" program_id)" "$PINS-prog"
put three trio trio_three --before "$PINS-prog"
order_is "trio_two trio_three trio_one"
rm "$PINS-prog"
drop three

# Where each is, as status has it.
put three trio trio_three --last
check "status" lsmslot status -j
check_json "[('trio_two', 0), ('trio_one', 1), ('trio_three', 2)]" \
	"[(l['program'], l['position']) for l in d['links'] if l['hook'] == 'inode_mknod']" \
	"status has the positions"
drop one two three

# All programs of an object go to one place, in the order of the object.
put mark pair deny_mknod
put end cookie keep_cookie --last
for place in --first --last '--before keep_cookie' '--after deny_mknod'; do
	# shellcheck disable=SC2086 # an option and its value
	check "attach all $place" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS-all" $place
	case $place in
	--first)	order_is "trio_one trio_two trio_three deny_mknod keep_cookie" ;;
	--last)		order_is "deny_mknod keep_cookie trio_one trio_two trio_three" ;;
	*)		order_is "deny_mknod trio_one trio_two trio_three keep_cookie" ;;
	esac
	drop all
done
drop end

# The first verdict counts.
put other swap2 swap_mknod --last
check_is EPERM "$(mkfifo_errno)" "the first program's verdict"
drop other
put other swap2 swap_mknod --first
check_is EACCES "$(mkfifo_errno)" "the other's, once it is the first"
drop other

# What cannot be a relative.
refused 5 "that 'no_such_program' names" trio --before no_such_program
refused 5 "that 'link:4000000000' names" trio --before link:4000000000
refused 5 "that 'prog:4000000000' names" trio --after prog:4000000000
refused 2 "'link:x' has no id" trio --before link:x
refused 2 "'prog:' has no id" trio --before prog:
refused 5 "cannot open the pin $PINS/nothing" trio --before "$PINS/nothing"
refused 5 "is no pin of a link or program" trio --before "$PINS-mark/maps/calls"
put ioctl pair allow_every_ioctl
refused 5 "is on hook 'file_ioctl'" trio --before allow_every_ioctl
refused 5 "is for hook 'file_ioctl'" pair --after deny_mknod
put again pair deny_mknod
refused 1 "2 links on hook 'inode_mknod' are deny_mknod" trio --before deny_mknod
drop again ioctl mark

# The revision tells whether the hook has changed.
was=$(revision inode_mknod)
put one trio trio_one --revision "$was"
check_fails "attaching changes the revision" [ "$(revision inode_mknod)" = "$was" ]
refused 8 "its revision is $(revision inode_mknod), not $was" trio --program trio_two --revision "$was"
refused 2 "--revision is for one program" trio --revision "$was"
was=$(revision inode_mknod)
drop one
check_fails "detaching changes it too" [ "$(revision inode_mknod)" = "$was" ]
check_is "$(revision inode_mknod)" "$(revision inode_mknod)" "asking does not"

# Without slots.
refused 4 "hook 'socket_getpeersec_stream' has no slots" wide --last
echo 0 >/proc/sys/kernel/lsm_slots
refused 4 "sysctl kernel.lsm_slots=1" trio --last
refused 4 "sysctl kernel.lsm_slots=1" trio --program trio_one --revision "$(revision inode_mknod)"
put one trio trio_one
check_is trampoline "$(of_pin "$PINS-one/trio_one" place)" "without an order it goes to the trampoline"
refused 4 "runs from the trampoline" trio --before trio_one
echo 1 >/proc/sys/kernel/lsm_slots
refused 4 "detach those first" trio --program trio_two --first
drop one

# A cookie is independent of the order.
put cookie cookie keep_cookie --cookie 0x1234 --last
check "mkfifo" mkfifo_works
check "read the cookie" bpftool -j map dump pinned "$PINS-cookie/maps/cookie"
check_json 4660 "d[0]['formatted']['value']" "the program got it"
drop cookie

echo "$switch" >/proc/sys/kernel/lsm_slots
check_is "$before" "$(lsm_links)" "nothing is left"
done_testing
