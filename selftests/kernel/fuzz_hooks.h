/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fuzzer plays with: hooks, the system calls that reach them, and the
 * programs by name and number.
 */
#ifndef FUZZ_HOOKS_H
#define FUZZ_HOOKS_H

#include <linux/types.h>

#include "progs/fuzz_verdicts.h"
#include "testing.h"

#define FUZZ_ENOPARAM	519	/* in the kernel only */

enum fuzz_hook_id {
	ON_TASK_PRCTL,
	ON_FS_CONTEXT_PARSE_PARAM,
	ON_PATH_SYMLINK,
	ON_INODE_SYMLINK,
	ON_PATH_MKNOD,
	ON_INODE_MKNOD,
	ON_D_INSTANTIATE,
	ON_INODE_SETXATTR,
	ON_INODE_POST_SETXATTR,
	ON_TASK_KILL,
	ON_FILE_PERMISSION,
	ON_FILE_OPEN,
	ON_FILE_FCNTL,
	ON_FILE_SET_FOWNER,
	ON_SOCKET_CREATE,
	ON_SOCKET_POST_CREATE,
	ON_SOCKET_BIND,
	FUZZ_HOOKS,
};

/**
 * struct fuzz_hook - a hook
 * @name: its name
 * @nr_args: how many arguments it has
 * @is_void: it has no verdict
 * @sleepable: its programs may sleep
 * @cgroup: programs of cgroups are attached to it as well; the kernel has ten
 *	places for such hooks
 * @verdict: if all programs return 0
 * @busy: called by bpf(), by the test when it looks at files, by other tasks
 */
struct fuzz_hook {
	const char *name;
	int nr_args;
	bool is_void, sleepable, cgroup;
	int verdict;
	bool busy;
};

static const struct fuzz_hook fuzz_hooks[FUZZ_HOOKS] = {
	[ON_TASK_PRCTL] = { "task_prctl", 5, false, true, true, -ENOSYS },
	[ON_FS_CONTEXT_PARSE_PARAM] = { "fs_context_parse_param", 2, false, false, false,
					-FUZZ_ENOPARAM },
	[ON_PATH_SYMLINK] = { "path_symlink", 3, false, true, false, 0 },
	[ON_INODE_SYMLINK] = { "inode_symlink", 3, false, true, true, 0 },
	[ON_PATH_MKNOD] = { "path_mknod", 4, false, false, false, 0 },
	[ON_INODE_MKNOD] = { "inode_mknod", 4, false, true, false, 0 },
	[ON_D_INSTANTIATE] = { "d_instantiate", 2, true, false, false, 0, true },
	[ON_INODE_SETXATTR] = { "inode_setxattr", 6, false, true, false, 0 },
	[ON_INODE_POST_SETXATTR] = { "inode_post_setxattr", 5, true, true, true, 0 },
	[ON_TASK_KILL] = { "task_kill", 4, false, false, false, 0 },
	[ON_FILE_PERMISSION] = { "file_permission", 2, false, false, false, 0, true },
	[ON_FILE_OPEN] = { "file_open", 1, false, true, true, 0, true },
	[ON_FILE_FCNTL] = { "file_fcntl", 3, false, false, false, 0 },
	[ON_FILE_SET_FOWNER] = { "file_set_fowner", 1, true, false, false, 0 },
	[ON_SOCKET_CREATE] = { "socket_create", 4, false, true, true, 0 },
	[ON_SOCKET_POST_CREATE] = { "socket_post_create", 5, false, true, true, 0 },
	[ON_SOCKET_BIND] = { "socket_bind", 3, false, true, true, 0 },
};

#define FUZZ_CALL_HOOKS 3

/**
 * struct fuzz_call - a system call
 * @name: for scripts
 * @nr: how many hooks it reaches
 * @hooks: which, in this order
 * @ret: the call's result if none of the hooks has an answer
 */
struct fuzz_call {
	const char *name;
	int nr;
	int hooks[FUZZ_CALL_HOOKS];
	int ret;
};

enum fuzz_call_id {
	CALL_PRCTL, CALL_FSCONFIG, CALL_SYMLINK, CALL_MKFIFO, CALL_SETXATTR, CALL_KILL,
	CALL_READ, CALL_OPEN, CALL_SETOWN, CALL_SOCKET, CALL_BIND,
	FUZZ_CALLS,
};

static const struct fuzz_call fuzz_calls[FUZZ_CALLS] = {
	[CALL_PRCTL] = { "prctl", 1, { ON_TASK_PRCTL }, -EINVAL },
	[CALL_FSCONFIG] = { "fsconfig", 1, { ON_FS_CONTEXT_PARSE_PARAM }, 0 },
	[CALL_SYMLINK] = { "symlink", 3,
			   { ON_PATH_SYMLINK, ON_INODE_SYMLINK, ON_D_INSTANTIATE }, 0 },
	[CALL_MKFIFO] = { "mkfifo", 3,
			  { ON_PATH_MKNOD, ON_INODE_MKNOD, ON_D_INSTANTIATE }, 0 },
	[CALL_SETXATTR] = { "setxattr", 2, { ON_INODE_SETXATTR, ON_INODE_POST_SETXATTR }, 0 },
	[CALL_KILL] = { "kill", 1, { ON_TASK_KILL }, 0 },
	[CALL_READ] = { "read", 1, { ON_FILE_PERMISSION }, 0 },
	[CALL_OPEN] = { "open", 1, { ON_FILE_OPEN }, 0 },
	[CALL_SETOWN] = { "setown", 2, { ON_FILE_FCNTL, ON_FILE_SET_FOWNER }, 0 },
	[CALL_SOCKET] = { "socket", 3,
			  { ON_SOCKET_CREATE, ON_SOCKET_POST_CREATE, ON_D_INSTANTIATE }, 0 },
	[CALL_BIND] = { "bind", 1, { ON_SOCKET_BIND }, 0 },
};

/* Programs of a sort on a hook; each can be attached once at a time. */
#define FUZZ_COPIES	12

/* Their names in scripts, and those of their patterns in the object. */
static const char *const fuzz_kinds[FUZZ_KINDS + 2] = {
	"plain", "cookie", "frame", "sleep", "tail", "chain", "miss", "cgroup",
	"middle", "final",
};

_Static_assert(FUZZ_HOOKS * FUZZ_KINDS * FUZZ_COPIES <= FUZZ_PROGRAMS, "ids fit");

static inline int fuzz_program(int hook, enum fuzz_kind kind, int copy)
{
	return (hook * FUZZ_KINDS + kind) * FUZZ_COPIES + copy;
}

static inline int fuzz_hook_of(int program)
{
	return program / (FUZZ_KINDS * FUZZ_COPIES);
}

static inline enum fuzz_kind fuzz_kind_of(int program)
{
	return program / FUZZ_COPIES % FUZZ_KINDS;
}

/* Is there such a program? */
static inline bool fuzz_kind_fits(int hook, enum fuzz_kind kind)
{
	if (kind == FUZZ_SLEEP)
		return fuzz_hooks[hook].sleepable;
	return kind != FUZZ_CGROUP || fuzz_hooks[hook].cgroup;
}

/* "task_prctl/cookie/3", of the last few calls. */
static inline const char *fuzz_program_name(int program)
{
	static char names[8][64];
	static int next;
	char *name = names[next++ % 8];

	snprintf(name, sizeof(names[0]), "%s/%s/%d", fuzz_hooks[fuzz_hook_of(program)].name,
		 fuzz_kinds[fuzz_kind_of(program)], program % FUZZ_COPIES);
	return name;
}

static inline int fuzz_find_hook(const char *name)
{
	for (int i = 0; i < FUZZ_HOOKS; i++)
		if (!strcmp(fuzz_hooks[i].name, name))
			return i;
	return -1;
}

static inline int fuzz_find_call(const char *name)
{
	for (int i = 0; i < FUZZ_CALLS; i++)
		if (!strcmp(fuzz_calls[i].name, name))
			return i;
	return -1;
}

/* The program of that name, negative if there is none. */
static inline int fuzz_find_program(const char *text)
{
	char hook[64], kind[16];
	int copy, at;

	if (sscanf(text, "%63[^/]/%15[^/]/%d", hook, kind, &copy) != 3)
		return -1;
	at = fuzz_find_hook(hook);
	if (at < 0 || copy < 0 || copy >= FUZZ_COPIES)
		return -1;
	for (int i = 0; i < FUZZ_KINDS; i++)
		if (!strcmp(fuzz_kinds[i], kind) && fuzz_kind_fits(at, i))
			return fuzz_program(at, i, copy);
	return -1;
}

#endif /* FUZZ_HOOKS_H */
