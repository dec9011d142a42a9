/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests that need many programs on one hook and want to know which of them
 * ran, in which order, and what the caller was told (progs/recorder.bpf.c).
 *
 * A call of the hook is recorder_call(): fgetxattr() of a file of the test's
 * own.  It returns 0 if no program denied it, else the errno.
 */
#ifndef RECORDER_H
#define RECORDER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "progs/recorder_limits.h"
#include "recorder.skel.h"
#include "testing.h"

#define RECORDER_HOOK "inode_getxattr"

/* An answer that no kernel code gives and that tells whose it is. */
#define VERDICT_OF(program) (1000 + (int)(program))

struct recorder {
	struct recorder_bpf *skel;
	struct bpf_program *programs[RECORDER_PROGRAMS];
	struct bpf_link *links[RECORDER_PROGRAMS];
	int file;
};

static inline __u32 task_id(void)
{
	return syscall(SYS_gettid);
}

static inline double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static inline void nap(int milliseconds)
{
	usleep(milliseconds * 1000);
}

static inline int recorder_quiet(enum libbpf_print_level level, const char *format,
				 va_list args)
{
	return 0;
}

static inline struct bpf_program *recorder_find(struct recorder *r, int program)
{
	char name[32];

	if (program == RECORDER_SPINNER)
		strcpy(name, "spinner");
	else
		snprintf(name, sizeof(name), "%s_%d",
			 program < RECORDER_PLAIN ? "plain" : "sleepable", program);
	return bpf_object__find_program_by_name(r->skel->obj, name);
}

static inline bool recorder_wanted(int program, int plain, int sleepable, bool spinner)
{
	if (program < RECORDER_PLAIN)
		return program < plain;
	if (program < RECORDER_SPINNER)
		return program < RECORDER_PLAIN + sleepable;
	return spinner;
}

/* The file whose extended attributes the programs watch. */
static inline void recorder_mark(struct recorder *r)
{
	struct stat st;

	r->file = memfd_create("recorder", MFD_CLOEXEC);
	if (r->file < 0 || fstat(r->file, &st))
		test_bail("cannot make the file to watch");
	r->skel->bss->marked_ino = st.st_ino;
	/* The kernel's own encoding. */
	r->skel->bss->marked_dev = major(st.st_dev) << 20 | minor(st.st_dev);
}

/* Loads the first @plain and @sleepable programs, and perhaps the spinner. */
static inline void recorder_load(struct recorder *r, int plain, int sleepable,
				 bool spinner)
{
	memset(r, 0, sizeof(*r));
	r->skel = recorder_bpf__open();
	if (!r->skel)
		test_bail("cannot open the programs");
	for (int i = 0; i < RECORDER_PROGRAMS; i++) {
		r->programs[i] = recorder_find(r, i);
		if (!r->programs[i])
			test_bail("the object has no program %d", i);
		bpf_program__set_autoload(r->programs[i],
					  recorder_wanted(i, plain, sleepable, spinner));
	}
	if (recorder_bpf__load(r->skel))
		test_bail("cannot load the programs");
	recorder_mark(r);
	r->skel->bss->watched[0] = task_id();
}

/* Returns 0 or a negative errno. */
static inline int recorder_try_attach(struct recorder *r, int program)
{
	libbpf_print_fn_t print = libbpf_set_print(recorder_quiet);

	r->links[program] = bpf_program__attach_lsm(r->programs[program]);
	libbpf_set_print(print);
	return r->links[program] ? 0 : -errno;
}

static inline void recorder_attach(struct recorder *r, int program)
{
	if (recorder_try_attach(r, program))
		test_bail("cannot attach program %d", program);
}

/* Closes the link, which detaches. */
static inline void recorder_detach(struct recorder *r, int program)
{
	if (bpf_link__destroy(r->links[program]))
		test_bail("cannot detach program %d", program);
	r->links[program] = NULL;
}

static inline __u32 recorder_id(struct recorder *r, int program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(r->programs[program]), &info, &size))
		test_bail("cannot ask about program %d", program);
	return info.id;
}

/* Gives up the test's own reference; only what runs it holds it still. */
static inline void recorder_drop(struct recorder *r, int program)
{
	bpf_program__unload(r->programs[program]);
}

static inline bool program_exists(__u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	else if (errno != ENOENT)
		test_bail("cannot look for program id %u", id);
	return fd >= 0;
}

static inline bool program_goes(__u32 id, double seconds)
{
	double end = seconds_now() + test_limit(seconds);

	while (program_exists(id)) {
		if (seconds_now() > end)
			return false;
		nap(20);
	}
	return true;
}

/* 0 if the hook allowed it. */
static inline int recorder_call(const struct recorder *r)
{
	char value[16];

	if (fgetxattr(r->file, "user.recorder", value, sizeof(value)) >= 0)
		return 0;
	return errno == ENODATA || errno == EOPNOTSUPP ? 0 : errno;
}

static inline void recorder_forget(struct recorder *r)
{
	memset(r->skel->bss->sequences, 0, sizeof(r->skel->bss->sequences));
}

/* "3 2 1", of the first programs of a list. */
static inline const char *sequence_text(const __u32 *programs, int nr)
{
	static char texts[4][8 * 40];
	static int next;
	char *text = texts[next++ % 4];
	int at = 0;

	text[0] = '\0';
	for (int i = 0; i < nr && at < 8 * 40 - 16; i++)
		at += sprintf(text + at, "%s%u", i ? " " : "", programs[i]);
	return text;
}

/* Did watched task @task run exactly these programs in this order? */
static inline bool recorder_ran(struct recorder *r, int task, const __u32 *programs,
				int nr)
{
	struct recorder_sequence *sequence = &r->skel->bss->sequences[task];
	int noted = sequence->nr < RECORDER_LENGTH ? sequence->nr : RECORDER_LENGTH;

	if (noted == nr && !memcmp(sequence->programs, programs, nr * sizeof(*programs)))
		return true;
	test_diag("wanted %d: %s", nr, sequence_text(programs, nr));
	test_diag("ran %u: %s", sequence->nr, sequence_text(sequence->programs, noted));
	return false;
}

static inline void recorder_free(struct recorder *r)
{
	for (int i = 0; i < RECORDER_PROGRAMS; i++)
		if (r->links[i])
			recorder_detach(r, i);
	recorder_bpf__destroy(r->skel);
	close(r->file);
}

#endif /* RECORDER_H */
