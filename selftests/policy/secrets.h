/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of secrets-guard: the test program under two names, one of them
 * a listed binary. Both can be told to do something:
 *
 *	PROGRAM do WHAT BASE
 *
 * ends with status 0 or an errno. BASE is a folder with a secret in it. Before
 * it does, the program has mapped its libraries, which must be allowed.
 */
#ifndef POLICY_TEST_SECRETS_H
#define POLICY_TEST_SECRETS_H

#include <lsmslot/secrets_guard.h>

#include "files.h"

#define OUTSIDER TEST_ROOT "/bin/outsider"
#define ALLOWED TEST_ROOT "/bin/allowed"
#define LIBRARIES "/usr/lib/x86_64-linux-gnu"
#define SECRET "the secret"
#define NO_ANSWER 200	/* statuses that are no errno */
#define NO_SUCH_DEED 201

struct secret {
	char base[PATH_SIZE];	/* a folder of its own, never listed */
	char folder[PATH_SIZE];	/* listed when it is about folders */
	char dir[PATH_SIZE];	/* in folder, the file is in here */
	char file[PATH_SIZE];
	char out[PATH_SIZE];	/* a name in base, free */
	char other[PATH_SIZE];	/* another file in base */
};

struct deed {
	const char *name;
	int (*do_it)(struct secret *secret);
};

static inline void secret_paths(struct secret *s, const char *base)
{
	path_set(s->base, "%s", base);
	path_set(s->folder, "%s/folder", base);
	path_set(s->dir, "%s/folder/dir", base);
	path_set(s->file, "%s/folder/dir/file", base);
	path_set(s->out, "%s/out", base);
	path_set(s->other, "%s/other", base);
}

static inline void secret_make(struct secret *s, const char *base)
{
	secret_paths(s, base);
	if (mkdir(s->base, 0755) || mkdir(s->folder, 0755) || mkdir(s->dir, 0755))
		test_bail("cannot make %s", s->dir);
	file_write(s->file, SECRET, strlen(SECRET), 0644);
	file_write(s->other, "other file", 10, 0644);
}

/* First thing in main(): the program may be one of the two copies. */
static inline void secrets_payload(int argc, char **argv, const struct deed *deeds,
				   size_t nr)
{
	struct secret secret;

	if (argc < 4 || strcmp(argv[1], "do"))
		return;
	secret_paths(&secret, argv[3]);
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(argv[2], deeds[i].name))
			_exit(-deeds[i].do_it(&secret));
	_exit(NO_SUCH_DEED);
}

static inline int child_status(int pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		test_bail("cannot run a child");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -NO_ANSWER;
}

/* What @program says that came of it: 0, -errno, -NO_ANSWER if it was killed. */
static inline int run(const char *program, const char *deed, const char *base)
{
	int pid = fork();

	if (!pid) {
		execl(program, program, "do", deed, base, NULL);
		_exit(errno);
	}
	return child_status(pid);
}

static inline void copy_file(const char *from, const char *to)
{
	int in = file_open(from, O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char data[65536];
	ssize_t size;

	if (out < 0)
		test_bail("cannot make %s", to);
	while ((size = read(in, data, sizeof(data))) > 0)
		if (write(out, data, size) != size)
			test_bail("cannot write %s", to);
	if (size < 0)
		test_bail("cannot read %s", from);
	close(in);
	close(out);
}

static inline void list_in(struct policy *policy, const char *map, const char *path,
			   __u32 groups)
{
	struct lsmslot_inode_id id = inode_id(path, 0);

	map_set(policy_map(policy, map), &id, &groups);
}

static inline void unlist_in(struct policy *policy, const char *map, const char *path)
{
	struct lsmslot_inode_id id = inode_id(path, 0);

	map_clear(policy_map(policy, map), &id);
}

/* Attached, with one listed binary and the folder of the system's libraries. */
static inline void secrets_attach(struct policy *policy)
{
	/* Open for as long as the test runs: on some overlays the number of a
	 * folder changes when the kernel has forgotten it. */
	static int libraries = -1;

	if (libraries < 0)
		libraries = file_open(LIBRARIES, O_PATH);
	policy_attach(policy, "secrets_guard");
	list_in(policy, "binaries", ALLOWED, SECRETS_GUARD_GROUP);
	list_in(policy, "libraries", LIBRARIES, 1);
}

static inline void secrets_init(void)
{
	files_init();
	if (mkdir(TEST_ROOT "/bin", 0755))
		test_bail("cannot make a folder");
	copy_file("/proc/self/exe", OUTSIDER);
	copy_file("/proc/self/exe", ALLOWED);
}

/* Opens as @flags say, and reads the secret if they are for reading. */
static inline int open_read(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	char data[64] = "";
	int err = 0;

	if (fd < 0)
		return -errno;
	if ((flags & O_ACCMODE) != O_WRONLY && !(flags & O_TRUNC) &&
	    read(fd, data, sizeof(data) - 1) < 0)
		err = -errno;
	else if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC) &&
		 strcmp(data, SECRET))
		err = -ENOMSG;
	close(fd);
	return err;
}

#endif /* POLICY_TEST_SECRETS_H */
