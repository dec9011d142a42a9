#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# stats: runs, denials and a policy's counters, against what was done.
. "$SRC/selftests/loader/common"

check_output "usage: lsmslot stats" "--help" lsmslot stats --help
check_status 2 "an unknown option" lsmslot stats --frobnicate
check_status 2 "an argument" lsmslot stats now
for seconds in 0 -1 x 1s '' ' 1' 0x10s 100000 nan inf; do
	check_status 2 "--enable '$seconds'" lsmslot stats --enable "$seconds"
done
check_status 2 "--enable without a value" lsmslot stats --enable
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" stats

stats=/proc/sys/kernel/bpf_stats_enabled
check_is 0 "$(cat $stats)" "run statistics are off"
check "attach" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS"
mine="[p for p in d['programs'] if p['link_id'] == $(of_pin "$PINS/audited_mknod" link_id)][0]"
policy="[p for p in d['policies'] if p['pins'] == '$PINS'][0]"

check "stats" lsmslot stats -j
check_json "0 0 None" "'{runs} {time_ns} {average_ns}'.format(**$mine)" "nothing ran with statistics on"
check_json "enforce 0 0 0" "'{mode} {denied} {audited} {lost}'.format(**$policy)" "nothing was denied"
check_json "[False, None]" "[d['stats_switch'], d['seconds']]" "says that they are off"
check_output "Run statistics are off (kernel.bpf_stats_enabled=0)" "the table says so as well" lsmslot stats
check_said "$PINS" "and has the policy"

check_is EPERM "$(mkfifo_errno)" "a denial"
check_is EPERM "$(mkfifo_errno)" "another"
check "stats" lsmslot stats -j
check_json "2 0" "'{denied} {audited}'.format(**$policy)" "the policy counted them"
if kernel_has_query && [ "$PLACE" = slot ]; then
	check_json 2 "${mine}['denials']" "and so did the kernel"
else
	check_json None "${mine}['denials']" "the kernel does not count denials here"
fi

echo 1 >$stats
check_is EPERM "$(mkfifo_errno)" "with statistics on"
echo 0 >$stats
check "stats" lsmslot stats -j
check_json "1 True" "'{} {}'.format(${mine}['runs'], ${mine}['average_ns'] == ${mine}['time_ns'] > 0)" \
	"one run, with its time"

# Only what happens while --enable waits; statistics are on meanwhile, and off
# afterwards.  The denials go on until it has ended.
"$LSMSLOT" stats --enable 3 -j >"$TMP/enabled" &
pid=$!
denied=0
while kill -0 $pid 2>/dev/null; do
	mkfifo "$TMP/fifo" 2>/dev/null || denied=$((denied + 1))
	sleep 0.1
done
check "stats --enable" wait $pid
cp "$TMP/enabled" "$TMP/out"
check_json "3.0" "d['seconds']" "how long"
check_json True "0 < ${mine}['runs'] <= $denied" "runs, and no more than there were"
check_json True "0 < ${policy}['denied'] <= $denied" "denials, and no more than there were"
check_json True "${mine}['average_ns'] * ${mine}['runs'] - ${mine}['time_ns'] < 1" "the average"
check_is 0 "$(cat $stats)" "the switch is off"
check "stats" lsmslot stats -j
runs=$(json "${mine}['runs']")
check_is EPERM "$(mkfifo_errno)" "a denial"
check "stats" lsmslot stats -j
check_json "$runs" "${mine}['runs']" "is not counted"
check_output "Counted in 0.1 seconds" "the table says how long" lsmslot stats -e .1

# Two programs of one policy are one policy; a map of that name that the
# program does not use is none.
check "detach" lsmslot detach "$PINS"
check "attach what has no counters" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS"
mkdir "$PINS/maps"
bpftool map create "$PINS/maps/counters" type percpu_array key 4 value 8 entries 3 name counters
check "stats" lsmslot stats -j
check_json "[]" "[p for p in d['policies'] if p['pins'] == '$PINS']" "a foreign map is no policy's"
check "detach" lsmslot detach "$PINS"

done_testing
