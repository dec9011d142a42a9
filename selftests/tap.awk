# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftests/tap.awk: judge the output of one test.
#
# Variables: status, the exit status of the test.  Prints "PASSED FAILED
# SKIPPED" and then, a line each, what is wrong beyond results that say so; a
# test with such a fault has one failure more.

function fault(text)
{
	faults[++nr_faults] = text
}

/^(not )?ok([ \t]|$)/ {
	results++
	number = $1 == "not" ? $3 : $2
	if (number ~ /^[0-9]+$/ && number != results)
		fault("result " results " has the number " number)
	if ($1 == "not")
		failed++
	else if (/# *[Ss][Kk][Ii][Pp]/)
		skipped++
	else
		passed++
}

/^1\.\.[0-9]+/ {
	plans++
	plan = substr($1, 4) + 0
	if (plan == 0 && /# *[Ss][Kk][Ii][Pp]/)
		skipped++
}

/^Bail out!/ {
	fault($0)
}

END {
	if (!plans)
		fault("no plan: it ended early")
	else if (plans > 1)
		fault(plans " plans")
	else if (plan != results)
		fault("the plan says " plan " results, there are " results + 0)
	else if (!plan && !skipped)
		fault("no results")
	if (status == 124 || status == 137)
		fault("killed: timeout, or out of memory")
	else if (status > 128)
		fault("killed by signal " (status - 128))
	else if (status && !failed)
		fault("ended with status " status ", though no result says not ok")
	else if (!status && failed)
		fault("ended with status 0, though a result says not ok")
	print passed + 0, failed + (nr_faults > 0), skipped + 0
	for (i = 1; i <= nr_faults; i++)
		print faults[i]
}
