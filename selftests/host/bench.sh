#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The benchmark outside the VM: two runs compared, the page of a run, what the
# driver makes of boots that failed. No figure here was measured.
. "$SRC/selftests/lib/tap.sh"

bench=$SRC/selftests/bench
export BUILD=$TMP/build
unset BOUND SHORT BASE KERNELS
mkdir -p "$BUILD/bench"

# change FILE PYTHON: a run like made.json in which the statements change "run";
# of(NAME) is the first figure with that name.
change() {
	python3 - "$TMP/made.json" "$1" "$2" <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
def of(name):
    return next(f for f in run["figures"] if f["name"] == name)
exec(sys.argv[3])
json.dump(run, open(sys.argv[2], "w"))
END
}

# Stock adds 20 with nothing attached and 200 per program, ours 0 and 40.
python3 - "$TMP/made.json" <<'END'
import json, sys
figures = []
def add(section, name, unit, value, kernel, setup, **more):
    figures.append({"section": section, "name": name, "unit": unit, "kernel": kernel,
                    "setup": setup, "samples": [value + 1, value], "value": value, **more})
for kernel, idle, program in (("stock-6.12", 20, 200), ("lsmslot-6.12", 0, 40)):
    for hook, cost in (("file_permission", 700), ("socket_bind", 90000), ("task_kill", 1000)):
        one = {"operation": hook.split("_")[1]}
        add("hooks", hook, "instructions", cost, kernel, "without", attached="nothing", **one)
        add("hooks", hook, "instructions", cost + idle, kernel, "with", attached="nothing", **one)
        for kind in ("noop", "lookup", "sleepable"):
            add("hooks", hook, "instructions", cost + program, kernel, "with", attached=kind, **one)
        figures.append({"section": "hooks", "name": hook, "unit": "instructions", "kernel": kernel,
                        "setup": "with", "attached": "cgroup", "reason": "no cgroup for it", **one})
    for programs in (0, 1, 2, 8):
        add("slope", "file_permission", "instructions", 700 + idle + programs * program, kernel,
            "with", operation="permission", programs=programs,
            path=programs and ("slots" if "lsm" in kernel else "trampoline") or None)
    for name in ("attach", "replace"):
        add("control", name, "ns", 1000 * program, kernel, "with", operation="getpgid",
            programs=8, load="idle")
    for name in ("find", "git_log"):
        add("work", name, "instructions", 10 ** 8, kernel, "without", attached="nothing")
        for attached, part in (("nothing", 0), ("noop", 1), ("policies", 3)):
            add("work", name, "instructions", 10 ** 8 + part * program * 10 ** 4, kernel, "with",
                attached=attached)
    add("size", "text", "bytes", 20200000 if "lsm" in kernel else 20000000, kernel, "image")
    add("size", "Slab", "bytes", 8000000, kernel, "with")
json.dump({"version": 1, "date": "2026-01-02T03:04:05Z", "form": "full", "accel": "tcg-icount",
           "machine": {"cpu": "none"}, "commit": "0123456789abcdef", "failures": [],
           "kernels": {"stock-6.12": {"kind": "stock", "release": "6.12.1"},
                       "lsmslot-6.12": {"kind": "ours", "release": "6.12.1"}},
           "figures": figures}, open(sys.argv[1], "w"))
END
made=$TMP/made.json

# --- two runs
check "equal runs" "$bench/check" "$made" "$made"
check_said "0 beyond their bounds" "and it says so"

change "$TMP/near.json" 'f = of("socket_bind"); f["value"] *= 1.004'
check "0.4 % worse is within the bound" "$bench/check" "$TMP/near.json" "$made"
check_said "the greatest difference is 0.40 %" "and the difference is named"
check_status 1 "but not within BOUND=0.3" env BOUND=0.3 "$bench/check" "$TMP/near.json" "$made"

change "$TMP/worse.json" 'f = of("socket_bind"); f["value"] *= 1.006'
check_status 1 "0.6 % worse is not" "$bench/check" "$TMP/worse.json" "$made"
check_said "worse: hooks, stock-6.12, without, socket_bind, operation bind, attached nothing: 90540 instructions, was 90000 (+0.60 %, bound 0.5 %)" \
	"the figure is named"
check "that is the one line" test "$(grep -c '^worse' "$TMP/out")" = 1
check "with BOUND=1 it is" env BOUND=1 "$bench/check" "$TMP/worse.json" "$made"
check_status 64 "BOUND=x is bad usage" env BOUND=x "$bench/check" "$made" "$made"
check_status 64 "BOUND=-1 is bad usage" env BOUND=-1 "$bench/check" "$made" "$made"
check_status 64 "BOUND=nan is bad usage" env BOUND=nan "$bench/check" "$made" "$made"

check "better is no regression" "$bench/check" "$made" "$TMP/worse.json"
check_said "better: hooks" "but named"
change "$TMP/slow.json" 'of("attach")["value"] *= 1.2'
check "a latency may differ by more" "$bench/check" "$TMP/slow.json" "$made"
change "$TMP/slower.json" 'of("attach")["value"] *= 1.3'
check_status 1 "though not by any amount" "$bench/check" "$TMP/slower.json" "$made"
change "$TMP/work.json" 'of("find")["value"] *= 1.02'
check_status 1 "work that is 2 % worse fails" "$bench/check" "$TMP/work.json" "$made"
change "$TMP/spread.json" 'f = of("find"); f["value"] *= 1.02; f["samples"] = [f["value"], f["value"] * 0.97]'
check "within the spread of its samples it does not" "$bench/check" "$TMP/spread.json" "$made"
change "$TMP/op.json" 'f = of("task_kill"); f["value"] *= 1.02; f["samples"] = [f["value"], f["value"] * 0.97]'
check_status 1 "an operation does" "$bench/check" "$TMP/op.json" "$made"

change "$TMP/less.json" 'run["figures"].remove(of("task_kill"))'
check_status 1 "a figure that is missing fails" "$bench/check" "$TMP/less.json" "$made"
check_said "missing in RUN: hooks, stock-6.12, without, task_kill" "and is named"
check_status 1 "missing in the other run, too" "$bench/check" "$made" "$TMP/less.json"
check_said "missing in AGAINST: hooks" "and is named as that"
change "$TMP/reason.json" 'f = of("task_kill"); del f["value"], f["samples"]; f["reason"] = "no kill"'
check_status 1 "a reason instead of a value fails" "$bench/check" "$TMP/reason.json" "$made"
check_said "no value in RUN: hooks, stock-6.12, without, task_kill, operation kill, attached nothing: no kill" \
	"and is named"
change "$TMP/unit.json" 'of("text")["unit"] = "KiB"'
check_status 1 "another unit fails" "$bench/check" "$TMP/unit.json" "$made"
check_said "another unit: size, stock-6.12, image, text: KiB, was bytes" "and is named"
change "$TMP/none.json" 'of("text")["value"] = 0'
check_status 1 "from nothing to something is worse" "$bench/check" "$made" "$TMP/none.json"

change "$TMP/short.json" 'run["form"] = "short"'
check_status 68 "short form against full form" "$bench/check" "$TMP/short.json" "$made"
change "$TMP/kvm.json" 'run["accel"] = "kvm"'
check_status 68 "cycles against instructions" "$bench/check" "$TMP/kvm.json" "$made"

head -c 1000 "$made" >"$TMP/broken.json"
check_status 65 "half a run" "$bench/check" "$TMP/broken.json" "$made"
check_said "broken.json: no JSON" "and the file is named"
for damage in 'run["version"] = 2' 'run["figures"] = []' 'of("text")["value"] = "many"' \
	'of("text")["value"] = True' 'of("text")["samples"] = []' 'del of("text")["unit"]' \
	'run["figures"].append(of("text"))' 'run = [run]'; do
	change "$TMP/damaged.json" "$damage"
	check_status 65 "no run: $damage" "$bench/check" "$made" "$TMP/damaged.json"
done
check_status 66 "no such file" "$bench/check" "$TMP/nosuch.json" "$made"
check_status 64 "no file" "$bench/check"
check_status 64 "three files" "$bench/check" "$made" "$made" "$made"

check_status 66 "nothing to compare with" "$bench/check" "$made"
cp "$TMP/short.json" "$BUILD/bench/run-2.json"
check_status 66 "a run of another form is nothing" "$bench/check" "$made"
cp "$TMP/worse.json" "$BUILD/bench/run-1.json"
check "the newest other run of this form" "$bench/check" "$made"
check_said "run-1.json" "is named"

# --- the page
if ! command -v gnuplot >/dev/null; then
	check_status 69 "no gnuplot, no page" "$bench/report" "$made" "$TMP/page"
	skip "the page: no gnuplot here (make bench-deps)"
else
	check "the page of a run" "$bench/report" "$made" "$TMP/page"
	page=$TMP/page/benchmarks.md
	row() {
		check "in the page: $1" grep -qxF -- "$1" "$page"
	}
	row '| `file_permission` | permission | 700 | +20 | +200 | 0 | +40 | 5.0 |'
	row '| `file_permission` | permission | +200 | +40 | +200 | +40 | – [1] | – [1] |'
	row '1. no cgroup for it'
	row '| one no-op program: at least 4 times less added to an operation than stock | met | 3 of 3 |'
	row '| nothing attached: no operation costs more than without bpf in `lsm=` | met | 3 of 3 |'
	row '| no workload with more added than stock, beyond the spread of its rounds | met | 6 of 6 |'
	row '| one more, of 1 to 8 | +200 | +40 |'
	row '| attach | idle | 8 | ns | 200,000 | 40,000 |'
	row '| find | 100,000,000 instructions | +0.00 % | +0.00 % | +2.00 % | +0.40 % | +6.00 % | +1.20 % | 0.00 % |'
	row '| text of vmlinux | bytes | 20,000,000 | 20,200,000 | +1.00 % |'
	row '- text of vmlinux: 20,200,000, stock 20,000,000 (+1.00 %)'
	check_fails "and no loss where both add nothing" grep -q '^- find, nothing' "$page"
	check "no placeholder is left" sh -c '! grep -E "@[A-Z]+@" "$1"' sh "$page"
	for plot in hooks slope work; do
		check "the page shows $plot.svg" grep -qF "(benchmarks/$plot.svg)" "$page"
		check "$plot.svg is XML" python3 -c \
			'import sys, xml.etree.ElementTree as e; assert e.parse(sys.argv[1]).getroot().tag.endswith("}svg")' \
			"$TMP/page/benchmarks/$plot.svg"
		check "$plot.svg names both kernels" sh -c \
			'grep -q "stock-6.12" "$1" && grep -q "lsmslot-6.12" "$1"' sh \
			"$TMP/page/benchmarks/$plot.svg"
		check "$plot.svg names its licence" sh -c 'head -n 5 "$1" | grep -q SPDX' sh \
			"$TMP/page/benchmarks/$plot.svg"
	done
	check "again" "$bench/report" "$made" "$TMP/again"
	check "gives the same" diff -r "$TMP/page" "$TMP/again"

	change "$TMP/lost.json" '
for f in run["figures"]:
    if f["kernel"] == "lsmslot-6.12" and f.get("attached") in ("noop", "nothing") and f["setup"] == "with":
        f["value"] += 90 if f["section"] == "hooks" else 10 ** 7
run["failures"] = ["ours with: slope, round 1: status 70"]'
	check "the page of a run with losses" "$bench/report" "$TMP/lost.json" "$TMP/page"
	row '| one no-op program: at least 4 times less added to an operation than stock | **not met** | 0 of 3 |'
	row '| nothing attached: no operation costs more than without bpf in `lsm=` | **not met** | 1 of 3 |'
	row '| no workload with more added than stock, beyond the spread of its rounds | **not met** | 2 of 6 |'
	row '- `task_kill` (kill), nothing attached: +90 instructions'
	row '- `task_kill` (kill), no-op: +130, stock +200 instructions: less than 4 times better'
	row '- find, noop attached: +10.40 %, stock +2.00 %'
	row '- ours with: slope, round 1: status 70'

	change "$TMP/wide.json" '
for f in run["figures"]:
    if f["section"] == "work":
        f["samples"] = [f["value"], f["value"] * 1.01]
        if f["kernel"] == "lsmslot-6.12" and f["attached"] == "nothing" and f["setup"] == "with":
            f["value"] *= 1.005'
	check "the page of a run with wide spread" "$bench/report" "$TMP/wide.json" "$TMP/page"
	row '| no workload with more added than stock, beyond the spread of its rounds | met | 6 of 6 |'
	row '| find | 100,000,000 instructions | +0.00 % | +0.50 % | +2.00 % | +0.40 % | +6.00 % | +1.20 % | 1.00 % |'
	check_fails "what is within the spread is no loss" grep -q '^- find, nothing' "$page"

	change "$TMP/alone.json" 'run["kernels"].pop("stock-6.12")'
	check_status 65 "a run without stock has no page" "$bench/report" "$TMP/alone.json" "$TMP/none"
	check_status 65 "nor half a run" "$bench/report" "$TMP/broken.json" "$TMP/none"
	check_status 66 "nor none" "$bench/report" "$TMP/nosuch.json" "$TMP/none"
	check "and none is begun" test ! -e "$TMP/none"
fi
check_status 64 "report without a run" "$bench/report"

# --- boots
boot=$TMP/work/raw/ours.with.boot.1
mkdir -p "$boot/out"
: >"$TMP/image"
printf 'ours\t%s\t\t\n' "$TMP/image" >"$TMP/work/kernels"
echo 0 >"$boot/status"
echo "6.12.1 #1 SMP" >"$boot/out/uname"
echo "6,300,1234567,-;Run /init as init process" >"$boot/console.log"
echo '{"section":"size","name":"Slab","unit":"bytes","samples":[5],"value":5}' >"$boot/out/memory.jsonl"
collect() {
	"$bench/collect" "$TMP/work" full tcg-icount "$TMP/run.json"
}
check "a boot becomes a run" collect
python3 -c 'import json, sys
for f in json.load(open(sys.argv[1]))["figures"]: print(f["kernel"], f["setup"], f["name"], f["value"])' \
	"$TMP/run.json" >"$TMP/figures"
printf '%s\n' "lsmslot-6.12 image image 0" "lsmslot-6.12 with Slab 5" \
	"lsmslot-6.12 with boot 1234567000" >"$TMP/wanted"
check "with its figures and no others" diff "$TMP/wanted" "$TMP/figures"
echo '{"section":"size","name":"Slab","unit":"bytes"}' >>"$boot/out/memory.jsonl"
check_status 65 "a figure without value and reason is an error" collect
check_said "memory.jsonl: figure 1" "and is named"
: >"$boot/out/memory.jsonl"
check_status 1 "a boot without figures fails" collect
check_said "lsmslot-6.12 with: boot, round 1: no figures" "and is named"
cp -r "$boot" "$TMP/work/raw/ours.with.hooks.1"
echo '{"section":"size","name":"Slab","unit":"bytes","samples":[5],"value":5}' >"$boot/out/memory.jsonl"
cp "$boot/out/memory.jsonl" "$TMP/work/raw/ours.with.hooks.1/out"
check_status 1 "a boot without figures of its part fails" collect
check_said "with: hooks, round 1: no figures" "and is named"
rm -r "$TMP/work/raw/ours.with.hooks.1"
echo 70 >"$boot/status"
echo "a splat" >"$boot/output"
check_status 1 "a boot that failed fails" collect
check_said "status 70: a splat" "with what it said"

# --- what the driver refuses
for setting in BASE=6.13 BASE=/nosuch/linux-source-7.3.tar.xz KERNELS=mine=/x; do
	check_fails "$setting" env NO_DEPS=1 "$setting" "$bench/run"
done
check_status 66 "KERNELS with an image that is not there" env KERNELS=ours=/nosuch/bzImage "$bench/run"
check_said "no kernel /nosuch/bzImage" "and it is named"
check_status 66 "SHORT=1 without kernels" env SHORT=1 "$bench/run"
check_said "make kernel kernel-stock" "and it says what to do"
check_status 64 "kernel/build base without a tarball" "$SRC/kernel/build" base
check_status 64 "kernel/build base with another file" "$SRC/kernel/build" base "$TMP/made.json"

done_testing
