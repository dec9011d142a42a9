// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The loader's readers in one process, call after call, so that a generator gets
 * thousands of inputs a second through them.  Linked with the objects of the loader
 * but main.o, and with --wrap for what reads the running kernel.
 *
 *	call SAID HOOK...	what is said goes to the file SAID and its standard error to
 *				SAID.err; the kernel is to have these hooks
 *
 * A request is a line "SUBJECT FILE...", the answer "STATUS OUT ERR" and so many bytes of
 * what was said.  No program is loaded.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <linux/lsm_slot.h>

#include "args.h"
#include "encode.h"
#include "event_text.h"
#include "event_trace.h"
#include "hooks.h"
#include "host.h"
#include "links.h"
#include "record.h"
#include "wanted.h"

#define MAX_WORDS 8
/* No input takes as long: what does is a hang. */
#define SECONDS 30

char *__real_read_text(const char *path);
int __real_open(const char *path, int flags, ...);
char *__wrap_read_text(const char *path);
int __wrap_open(const char *path, int flags, ...);
int __wrap_need_capability(const char *cmd, int cap);
int __wrap_links_collect(struct lsm_links *links, const struct hooks *hooks);
struct btf *__wrap_btf__load_vmlinux_btf(void);

static struct {
	const char *path, *file;
} instead[4];
static const void *types;
static __u32 types_size;
static struct hooks hooks;

static const char *look_up(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(instead) / sizeof(instead[0]); i++)
		if (instead[i].path && !strcmp(instead[i].path, path))
			return instead[i].file;
	return path;
}

char *__wrap_read_text(const char *path)
{
	return __real_read_text(look_up(path));
}

int __wrap_open(const char *path, int flags, ...)
{
	int mode = 0;
	va_list ap;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, int);
		va_end(ap);
	}
	return __real_open(look_up(path), flags, mode);
}

int __wrap_need_capability(const char *cmd, int cap)
{
	(void)cmd;
	(void)cap;
	return ST_OK;
}

int __wrap_links_collect(struct lsm_links *links, const struct hooks *h)
{
	(void)h;
	memset(links, 0, sizeof(*links));
	return ST_OK;
}

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return btf__new(types, types_size);
}

/* A kernel's types as far as hooks_load() looks at them. */
static void make_types(char **names)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), proto, i;
	char func[128];

	proto = btf__add_func_proto(btf, number);
	for (i = 0; names[i]; i++) {
		snprintf(func, sizeof(func), HOOK_FUNC_PREFIX "%s", names[i]);
		btf__add_func(btf, func, BTF_FUNC_GLOBAL, proto);
	}
	btf__add_union(btf, "security_list_options", 8);
	for (i = 0; names[i]; i++)
		btf__add_field(btf, names[i], number, 0, 0);
	types = btf__raw_data(btf, &types_size);
}

/* Says what the entries of a policy are, as apply does. */
static void describe(const struct wanted_set *set)
{
	size_t i, j, k;

	for (i = 0; i < set->n; i++)
		for (j = 0; j < set->v[i].nr_maps; j++) {
			const struct wanted_map *m = &set->v[i].maps[j];
			const struct btf *btf = bpf_object__btf(set->v[i].policy.obj);

			for (k = 0; k < m->entries.n; k++) {
				free(encode_describe(btf, bpf_map__btf_key_type_id(m->map),
						     m->entries.v[k].key, m->entries.key_size));
				free(encode_describe(btf, bpf_map__btf_value_type_id(m->map),
						     m->entries.v[k].value, m->entries.value_size));
			}
		}
}

static int call_policy(char **words)
{
	struct wanted_set set;
	int status = wanted_open(&set, "check", words[1], &hooks);

	if (!status) {
		describe(&set);
		wanted_close(&set);
	}
	return status;
}

static int call_object(char **words)
{
	struct policy policy;
	int status;

	policy_speak_as("attach", "--program NAME");
	status = policy_open(&policy, words[1], NULL, 0);
	if (!status) {
		status = policy_check_hooks(&policy, &hooks);
		policy_close(&policy);
	}
	return status;
}

static int call_record(char **words)
{
	char *text = __real_read_text(words[1]);
	struct record record;
	int err = record_parse(&record, text);

	free(text);
	if (err)
		return fail(ST_FAILED, "record: %s", strerror(-err));
	record_free(&record);
	return ST_OK;
}

static int call_table(char **words)
{
	struct hooks table;
	int status;

	instead[0].path = LSM_SLOT_HOOKS_FILE;
	instead[0].file = words[1];
	status = hooks_load(&table);
	if (!status)
		hooks_free(&table);
	return status;
}

static int call_format(char **words)
{
	struct event_trace *trace;
	int status;

	instead[0].path = "/sys/kernel/tracing/events/lsm_slots/lsm_slot_deny/format";
	instead[0].file = words[1];
	instead[1].path = "/sys/kernel/tracing/events/lsm_slots/lsm_slot_deny/id";
	instead[1].file = words[1];
	status = event_trace_open(&trace);
	if (!status)
		event_trace_close(trace);
	return status;
}

static int call_event(char **words)
{
	struct lsmslot_event event = {};
	int fd = __real_open(words[1], O_RDONLY | O_CLOEXEC);

	if (read(fd, &event, sizeof(event)) < 0)
		return ST_FAILED;
	close(fd);
	event_print(&event, "policy", words[2] && *words[2] == 'j');
	return ST_OK;
}

/* "path SYMBOLS CORE HOOK [OPTION]..." */
static int call_path(char **words)
{
	int argc = 0;

	instead[0].path = "/proc/kallsyms";
	instead[0].file = words[1];
	instead[1].path = "/proc/kcore";
	instead[1].file = words[2];
	words[2] = words[0];
	while (words[2 + argc])
		argc++;
	optind = 0;
	return cmd_path(argc, words + 2);
}

static const struct {
	const char *name;
	int (*call)(char **words);
} subjects[] = {
	{ "policy", call_policy }, { "object", call_object }, { "record", call_record },
	{ "table", call_table }, { "format", call_format }, { "event", call_event },
	{ "path", call_path },
};

static int call(char *line)
{
	char *words[MAX_WORDS + 1] = {}, *save = NULL;
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	words[0] = strtok_r(line, " ", &save);
	for (i = 1; words[i - 1] && i < MAX_WORDS; i++)
		words[i] = strtok_r(NULL, " ", &save);
	memset(instead, 0, sizeof(instead));
	json_errors = false;
	for (i = 0; words[0] && words[1] && i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (!strcmp(words[0], subjects[i].name))
			return subjects[i].call(words);
	return -1;
}

/* Lets what is written to @fd go to @path. */
static bool write_to(int fd, const char *path)
{
	int file = __real_open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	return file >= 0 && dup2(file, fd) == fd && !close(file);
}

/* What was written to @fd, which is empty then. */
static char *take(int fd, long *len)
{
	char *text;

	*len = lseek(fd, 0, SEEK_END);
	text = xcalloc(1, *len + 1);
	if (pread(fd, text, *len, 0) != *len || ftruncate(fd, 0))
		exit(98);
	return text;
}

/* As in main.c: out of memory, the loader ends in the middle of a call. */
static void end_early(void)
{
	fail_end(ST_FAILED);
}

int main(int argc, char **argv)
{
	FILE *answers = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), "w");
	char *line = NULL, *out, *err;
	long out_len, err_len;
	size_t room = 0;
	int status;

	if (argc < 3 || !write_to(STDOUT_FILENO, argv[1]) ||
	    !write_to(STDERR_FILENO, xasprintf("%s.err", argv[1])))
		return 98;
	if (atexit(end_early))
		return 98;
	libbpf_set_print(NULL);
	make_types(argv + 2);
	if (hooks_load(&hooks))
		return 98;
	while (getline(&line, &room, stdin) > 0) {
		alarm(SECONDS);
		status = call(line);
		fail_end(status);
		alarm(0);
		fflush(stdout);
		fflush(stderr);
		out = take(STDOUT_FILENO, &out_len);
		err = take(STDERR_FILENO, &err_len);
		fprintf(answers, "%d %ld %ld\n", status, out_len, err_len);
		fwrite(out, 1, out_len, answers);
		fwrite(err, 1, err_len, answers);
		fflush(answers);
		free(out);
		free(err);
	}
	return 0;
}
