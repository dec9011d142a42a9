/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests in C: results in the Test Anything Protocol.
 *
 *	int main(void)
 *	{
 *		test_ok(answer() == 42, "the answer is %d", 42);
 *		if (!have_question())
 *			test_skip("there is no question here");
 *		return test_done();
 *	}
 *
 * test_ok() returns its condition, so that a test can stop where nothing more
 * makes sense.  A test that cannot go on ends with test_bail(), which is a
 * failure; test_done() prints the plan and gives main() its status.  The
 * state is the process's own: a child that fork()s off must not report.
 */
#ifndef SELFTESTS_TESTING_H
#define SELFTESTS_TESTING_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test_state {
	int results;
	int failures;
	pid_t pid;
};

static struct test_state test_state;

/* A line of its own per result, and out at once: a crash must not eat it. */
static inline void test_line(const char *head, const char *fmt, va_list args)
{
	char text[1024], *at;

	vsnprintf(text, sizeof(text), fmt, args);
	for (at = text; *at; at++)
		if (*at == '\n' || *at == '#')
			*at = *at == '#' ? '+' : ' ';
	printf("%s%s\n", head, text);
	fflush(stdout);
}

/* A failed scaffold: the test says nothing more and is a failure. */
__attribute__((format(printf, 1, 2), noreturn))
static inline void test_bail(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	va_start(args, fmt);
	test_line("Bail out! ", fmt, args);
	va_end(args);
	printf("# errno at that point: %d (%s)\n", err, strerror(err));
	fflush(stdout);
	_exit(1);
}

static inline void test_number(char *head, size_t size, const char *verdict)
{
	if (!test_state.pid)
		test_state.pid = getpid();
	if (test_state.pid != getpid())
		test_bail("a child process reported a result");
	snprintf(head, size, "%s %d - ", verdict, ++test_state.results);
}

__attribute__((format(printf, 2, 3)))
static inline bool test_ok(bool condition, const char *fmt, ...)
{
	char head[32];
	va_list args;

	test_number(head, sizeof(head), condition ? "ok" : "not ok");
	if (!condition)
		test_state.failures++;
	va_start(args, fmt);
	test_line(head, fmt, args);
	va_end(args);
	return condition;
}

/*
 * @seconds as a limit: longer by the factor $SLOW, at least 1, for kernels that
 * check what they do.
 */
static inline double test_limit(double seconds)
{
	const char *text = getenv("SLOW");
	double factor = text ? strtod(text, NULL) : 1;

	return factor > 1 ? seconds * factor : seconds;
}

/* For what this kernel or host cannot do; the text says what it lacks. */
__attribute__((format(printf, 1, 2)))
static inline void test_skip(const char *fmt, ...)
{
	char head[48];
	va_list args;

	test_number(head, 32, "ok");
	strcat(head, "# SKIP ");
	va_start(args, fmt);
	test_line(head, fmt, args);
	va_end(args);
}

/* Further facts, shown when the test fails. */
__attribute__((format(printf, 1, 2)))
static inline void test_diag(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	test_line("# ", fmt, args);
	va_end(args);
}

/* The plan, and the status for main() to return. */
static inline int test_done(void)
{
	if (test_state.pid && test_state.pid != getpid())
		test_bail("a child process ended the test");
	printf("1..%d\n", test_state.results);
	fflush(stdout);
	return test_state.failures || !test_state.results;
}

#endif /* SELFTESTS_TESTING_H */
