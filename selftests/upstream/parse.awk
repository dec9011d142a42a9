# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# awk -v suite=SUITE -v name=NAME -v status=STATUS -f parse.awk OUTPUT: what a test of the
# kernel's own said.  A line a result, tabs between: SUBTEST RESULT; SUBTEST is - for the
# test as a whole, which comes last.  STATUS is that of timeout(1) around the test.

function say(subtest, result) {
	if (!(subtest in said))
		print subtest "\t" result
	said[subtest]
}

function word(line) {
	return line ~ /FAIL|not ok/ ? "FAIL" : line ~ /SKIP/ ? "SKIP" : "OK"
}

{ gsub(/\t/, " ") }

# #12 name:OK, #12/3 name/subtest:OK; a subtest's name may have colons and slashes.  Behind
# the OK of a test may be how many of its subtests were skipped.
suite == "test_progs" && /^#[0-9]+(\/[0-9]+)? .*:(OK|FAIL|SKIP)/ {
	subtest = $0
	sub(/^#[0-9\/]+ +/, "", subtest)
	sub(/ \(SKIP: [0-9]+\/[0-9]+\)$/, "", subtest)
	match(subtest, /:(OK|FAIL|SKIP)[^:]*$/)
	result = word(substr(subtest, RSTART))
	subtest = substr(subtest, 1, RSTART - 1)
	if (subtest == name)
		whole = result
	else
		say(substr(subtest, length(name) + 2), result)
	next
}

# test_verifier: #1/u description OK
suite == "bpf" && /^#[0-9]+\/[up] .* (OK|FAIL|SKIP)/ {
	subtest = $0
	match(subtest, / (OK|FAIL|SKIP).*$/)
	result = word(substr(subtest, RSTART))
	say(substr(subtest, 2, RSTART - 2), result)
	next
}

suite == "ftrace" && /^(not )?ok / {
	whole = /# *(SKIP|XFAIL)/ ? "SKIP" : word($0)
	next
}

suite !~ /^(test_progs|bpf|ftrace)$/ && /^(not )?ok / {
	result = /^not/ ? "FAIL" : /# *SKIP/ ? "SKIP" : "OK"
	sub(/^(not )?ok [0-9]* *-? */, "")
	sub(/ *#.*/, "")
	say($0, result)
	next
}

# livepatch: TEST: description ... ok
/^TEST: .* \.\.\. / {
	result = /not ok$/ ? "FAIL" : /ok$/ ? "OK" : "SKIP"
	sub(/^TEST: /, "")
	sub(/ \.\.\. .*/, "")
	say($0, result)
}

END {
	if (status == 124 || status == 137)
		whole = "TIMEOUT"
	else if (suite ~ /^(test_progs|ftrace)$/)
		whole = whole ? whole : "FAIL"
	else
		whole = status == 0 ? "OK" : status == 4 ? "SKIP" : "FAIL"
	print "-\t" whole
}
