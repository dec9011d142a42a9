// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a denial reports: who, where, which file; that a full ring buffer loses
 * events and no denials; and that nothing is reported when nothing is denied.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include "attempt.h"
#include "events.h"

static struct events events;

static int open_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static __u64 boot_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The only event since the last look, NULL if it is not the only one. */
static const struct lsmslot_event *one_event(void)
{
	int nr = events_read(&events);

	if (nr != 1)
		test_diag("%d events", nr);
	return nr == 1 ? &events.seen[0] : NULL;
}

static bool named(const struct lsmslot_event *event, const char *name)
{
	if (event && strcmp(event->name, name)) {
		/* test_diag() would take some characters for its own. */
		test_diag("name is %zu bytes: %s", strlen(event->name), event->name);
		return false;
	}
	return event;
}

/*
 * The calling task's id as the kernel counts, wherever the test's pid name space
 * is: tgid << 32 | tid, one half at a time.
 */
static __u32 kernel_id(int shift)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .imm = shift },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "kernel_id", "GPL",
			       insns, ARRAY_SIZE(insns), NULL);

	if (fd < 0 || bpf_prog_test_run_opts(fd, &run))
		test_bail("cannot ask for the kernel's ids");
	close(fd);
	return run.retval;
}

static void who_and_what(struct policy *policy, int map)
{
	const struct lsmslot_event *event;
	char file[] = TEST_ROOT "/who";
	struct lsmslot_inode_id id;
	__u64 before, after;
	int pid, status, ids[2];
	__u32 id_of_child;

	file_write(file, "x", 1, 0666);
	if (chmod(file, 0666))
		test_bail("cannot open %s to all", file);
	list_path(map, file, PROTECT_FILES_FULL);
	id = path_id(file);
	events_read(&events);

	if (pipe(ids))
		test_bail("cannot make a pipe");
	before = boot_time();
	pid = fork();
	if (!pid) {
		id_of_child = kernel_id(32);
		if (write(ids[1], &id_of_child, sizeof(id_of_child)) < 0)
			_exit(1);
		prctl(PR_SET_NAME, "who\n\033[1m");
		if (setresuid(1234, 1234, 1234))
			_exit(1);
		_exit(-open_write(file));
	}
	if (waitpid(pid, &status, 0) != pid)
		test_bail("cannot wait");
	after = boot_time();
	if (read(ids[0], &id_of_child, sizeof(id_of_child)) < 0)
		test_bail("cannot read from the child");
	close(ids[0]);
	close(ids[1]);
	test_ok(WIFEXITED(status) && WEXITSTATUS(status) == EPERM, "event: denied");
	event = one_event();
	if (!test_ok(event, "event: one denial is one event"))
		return;
	test_ok(event->pid == id_of_child && event->tid == id_of_child,
		"event: pid, tid");
	test_ok(event->uid == 1234, "event: uid");
	test_ok(!strcmp(event->comm, "who\n\033[1m"), "event: comm, as it is");
	test_ok(!strcmp(event->hook, "file_open"), "event: hook");
	test_ok(event->verdict == -EPERM && !event->audit, "event: verdict");
	test_ok(event->time >= before && event->time <= after, "event: time");
	test_ok(event->object == LSMSLOT_OBJECT_FILE && event->file.dev == id.dev &&
		event->file.ino == id.ino, "event: the file's device and inode");
	test_ok(named(event, "/who"), "event: the file's path on its file system");
	test_ok(event->cgroup != 0, "event: cgroup");

	test_ok(result(unlink(file)) == -EPERM && (event = one_event()) &&
		!strcmp(event->hook, "inode_unlink"), "event: another hook");
	test_ok(result(chmod(file, 0600)) == -EPERM && (event = one_event()) &&
		!strcmp(event->hook, "inode_setattr"), "event: and another");
	unlist_path(map, file);
	test_ok(!open_write(file) && !events_read(&events),
		"event: none when nothing is denied");
}

static void *thread_opens(void *tid)
{
	*(__u32 *)tid = kernel_id(0);
	open_write(TEST_ROOT "/thread");
	return NULL;
}

static void thread(int map)
{
	const struct lsmslot_event *event;
	pthread_t thread;
	__u32 tid = 0;

	file_write(TEST_ROOT "/thread", "x", 1, 0644);
	list_path(map, TEST_ROOT "/thread", PROTECT_FILES_FULL);
	if (pthread_create(&thread, NULL, thread_opens, &tid) ||
	    pthread_join(thread, NULL))
		test_bail("cannot run a thread");
	event = one_event();
	test_ok(event && event->pid == kernel_id(32) && event->tid == tid &&
		event->pid != event->tid, "event of a thread: pid and tid differ");
	unlist_path(map, TEST_ROOT "/thread");
}

/* The path of a file that is listed, made from components. */
static void check_name(int map, const char *path, const char *name, const char *what)
{
	int err;

	list_path(map, path, PROTECT_FILES_FULL);
	events_read(&events);
	err = open_write(path);
	if (err == -EISDIR)
		err = result(chmod(path, 0755));
	test_ok(err == -EPERM && named(one_event(), name), "name: %s", what);
	unlist_path(map, path);
}

#define ROOM (LSMSLOT_NAME_SIZE - 1 - 3)	/* with the dots */

/* A file whose path on its file system is @length bytes. */
static void long_path(int map, int length, const char *what)
{
	char path[1024] = TEST_ROOT "/names", *in_fs = path + strlen(path);
	const char *name = in_fs;
	char expect[1024];
	int fd;

	while (length > 20) {
		strcat(in_fs, "/component");
		length -= 10;
		if (mkdir(path, 0755) && errno != EEXIST)
			test_bail("cannot make %s", path);
	}
	strcat(in_fs, "/");
	memset(in_fs + strlen(in_fs), 'f', length - 1);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		test_bail("cannot make %s", path);
	close(fd);
	strcpy(expect, name);
	if (strlen(name) > ROOM) {
		/* Whole components, as many as there is room for. */
		name += strlen(name) - ROOM;
		name = strchr(name, '/');
		sprintf(expect, "...%s", name);
	}
	check_name(map, path, expect, what);
}

static void names(int map)
{
	char path[1024], expect[1024], component[256];
	char dir[] = TEST_ROOT "/names";

	mount_tmpfs(dir);
	check_name(map, dir, "/", "the root of a file system");
	path_set(path, "%s/a", dir);
	file_write(path, "x", 1, 0644);
	check_name(map, path, "/a", "one letter");

	path_set(path, "%s/%s", dir, "new\nline \033[31m\001\177\\x \"'");
	file_write(path, "x", 1, 0644);
	check_name(map, path, "/new\nline \033[31m\001\177\\x \"'",
		   "control bytes, as they are");
	path_set(path, "%s/%s", dir, "\xff\xfe\xc3");
	file_write(path, "x", 1, 0644);
	check_name(map, path, "/\xff\xfe\xc3", "no valid UTF-8");

	/* Around the size of the pieces in which names are copied. */
	for (int length = 31; length <= 34; length++) {
		memset(component, 0, sizeof(component));
		memset(component, 'n', length - 1);
		component[length - 1] = 'e';
		sprintf(path, "%s/%s", dir, component);
		file_write(path, "x", 1, 0644);
		check_name(map, path, path + strlen(dir), "about 32 bytes");
	}

	memset(component, 'm', 255);
	component[0] = '1';
	component[254] = '9';
	component[255] = '\0';
	sprintf(path, "%s/%s", dir, component);
	file_write(path, "x", 1, 0644);
	sprintf(expect, "...%s", component + 255 - ROOM);
	check_name(map, path, expect, "a name of 255 bytes: its end");
	unlink(path);
	if (mkdir(path, 0755))
		test_bail("cannot make %s", path);
	strcat(path, "/file");
	file_write(path, "x", 1, 0644);
	check_name(map, path, ".../file", "a file below a name of 255 bytes");

	/* Just not too long, and just too long, to the byte. */
	for (int length = ROOM - 1; length <= ROOM + 1; length++) {
		sprintf(expect, "a path of %d bytes, %d fit", length, ROOM);
		long_path(map, length, expect);
	}
	long_path(map, 700, "a path of 700 bytes");
}

static void deep(int map)
{
	char name[LSMSLOT_NAME_SIZE] = "", dir[] = TEST_ROOT "/deep";
	const struct lsmslot_event *event;
	int fd;

	mount_tmpfs(dir);
	if (chdir(dir))
		test_bail("cannot go to %s", dir);
	for (int i = 0; i < 1000; i++)
		if (mkdir("d", 0755) || chdir("d"))
			test_bail("cannot go %d levels down", i);
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		test_bail("cannot make a deep file");
	close(fd);
	list_path(map, dir, PROTECT_FILES_FULL);
	events_read(&events);
	test_ok(open_write("file") == -EPERM, "name: 1000 levels down, denied");
	event = one_event();
	/* "..." and as many "/d" as fit in front of "/file" */
	strcpy(name, "...");
	for (int i = 0; i < (ROOM - 5) / 2; i++)
		strcat(name, "/d");
	strcat(name, "/file");
	test_ok(named(event, name), "name: 1000 levels down, the last of them");
	unlist_path(map, dir);
	if (chdir("/"))
		test_bail("cannot leave");
}

static void unnamed(int map)
{
	char dir[] = TEST_ROOT "/unnamed", path[PATH_SIZE];
	const struct lsmslot_event *event;

	if (mkdir(dir, 0755))
		test_bail("cannot make %s", dir);
	list_path(map, dir, PROTECT_FILES_FULL);
	path_set(path, "%s/new", dir);
	events_read(&events);
	test_ok(result(mkdir(path, 0755)) == -EPERM && (event = one_event()) &&
		named(event, "/unnamed/new") && !event->file.ino && event->file.dev &&
		!strcmp(event->hook, "inode_mkdir"),
		"name: of what was to be made: it has no inode yet");
	unlist_path(map, dir);
}

static void memfd(void)
{
	static struct events guard_events;
	struct policy guard;
	int fd = memfd_create("payload", MFD_CLOEXEC);
	void *code;

	policy_attach(&guard, "exec_guard");
	events_open(&guard_events, &guard);
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	test_ok(code == MAP_FAILED && events_read(&guard_events) == 1 &&
		!strcmp(guard_events.seen[0].name, "memfd:payload") &&
		!strcmp(guard_events.seen[0].hook, "mmap_file"),
		"name: a memfd, by exec-guard");
	events_close(&guard_events);
	policy_detach(&guard);
	close(fd);
}

/* Nobody reads: 256 KB are full after some hundreds. */
static void ring_full(struct policy *policy, int map)
{
	const int tries = 2000;
	__u64 denied, lost;
	char file[] = TEST_ROOT "/flood";
	int refused = 0, nr;

	file_write(file, "x", 1, 0644);
	list_path(map, file, PROTECT_FILES_FULL);
	events_read(&events);
	denied = policy_counter(policy, LSMSLOT_DENIED);
	lost = policy_counter(policy, LSMSLOT_LOST);
	for (int i = 0; i < tries; i++)
		refused += open_write(file) == -EPERM;
	denied = policy_counter(policy, LSMSLOT_DENIED) - denied;
	lost = policy_counter(policy, LSMSLOT_LOST) - lost;
	nr = events_read(&events);
	test_ok(refused == tries, "ring full: all are denied");
	test_ok(denied == (__u64)tries, "ring full: all are counted");
	test_ok(lost > 0 && lost + nr == denied,
		"ring full: lost events are counted, to the last one");
	test_ok(open_write(file) == -EPERM && one_event(),
		"ring read: events come again");
	unlist_path(map, file);
}

/* Tasks that preempt each other in the middle of a denial count right. */
static void many_at_once(struct policy *policy, int map)
{
	const int tasks = 8, tries = 500;
	char file[] = TEST_ROOT "/many";
	__u64 denied;

	file_write(file, "x", 1, 0644);
	list_path(map, file, PROTECT_FILES_FULL);
	denied = policy_counter(policy, LSMSLOT_DENIED);
	for (int t = 0; t < tasks; t++) {
		int pid = fork();

		if (pid)
			continue;
		for (int i = 0; i < tries; i++)
			open_write(file);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	test_ok(policy_counter(policy, LSMSLOT_DENIED) - denied == tasks * tries,
		"many at once: every denial is counted");
	unlist_path(map, file);
	events_read(&events);
}

int main(void)
{
	struct policy policy;
	int map;

	files_init();
	policy_attach(&policy, "protect_files");
	events_open(&events, &policy);
	map = policy_map(&policy, "protected");
	who_and_what(&policy, map);
	thread(map);
	names(map);
	deep(map);
	unnamed(map);
	memfd();
	ring_full(&policy, map);
	many_at_once(&policy, map);
	events_close(&events);
	policy_detach(&policy);
	return test_done();
}
