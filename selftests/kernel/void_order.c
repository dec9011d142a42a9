// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Void hooks: all programs run, newest first, whatever they return, in slots
 * and on the trampoline.
 */
#define _GNU_SOURCE
#include "attempts_files.h"
#include "attempts_ipc.h"
#include "attempts_net.h"
#include "attempts_tasks.h"

#define NR_PROGRAMS	3

static int open_and_close(void)
{
	return RECORDED(made(open("file", O_RDONLY | O_CLOEXEC)));
}

/* What frees later, and not in this task: record all tasks for a while. */
static int free_some_time(int (*run)(void))
{
	int ret;

	record_all = true;
	ret = run();
	for (int i = 0; i < 100 && !record->nr; i++)
		pause_ms(20);
	record_all = false;
	record_off();
	return ret;
}

static int free_task(void)
{
	return free_some_time(try_fork);
}

static int free_inode(void)
{
	return free_some_time(try_unlink);
}

static int free_msg_queue(void)
{
	return free_some_time(try_msgget);
}

static int set_owner(void)
{
	int fd = make_socket(SOCK_STREAM);
	int ret = RECORDED(fcntl(fd, F_SETOWN, getpid()));

	close(fd);
	return ret;
}

static int free_map(void)
{
	return free_some_time(try_map_create);
}

static int free_prog(void)
{
	return free_some_time(try_prog_load);
}

static int free_sock(void)
{
	return free_some_time(try_socket);
}

static int proc_inode(void)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/status", getpid());
	return RECORDED(made(open(path, O_RDONLY | O_CLOEXEC)));
}

static const struct attempt attempts[] = {
	{ "file_free_security", open_and_close, 0 },
	{ "task_free", free_task, 0 },
	{ "cred_free", free_task, 0 },
	{ "bprm_committing_creds", try_exec, 0 },
	{ "bprm_committed_creds", try_exec, 0 },
	{ "inode_post_setxattr", try_setxattr, 0 },
	{ "inode_post_removexattr", try_removexattr, 0 },
	{ "inode_post_setattr", try_fchmod, 0 },
	{ "inode_free_security", free_inode, 0 },
	{ "msg_queue_free_security", free_msg_queue, 0 },
	{ "file_set_fowner", set_owner, 0 },
	{ "bpf_map_free", free_map, 0 },
	{ "bpf_prog_free", free_prog, 0 },
	{ "sk_free_security", free_sock, 0 },
	{ "task_to_inode", proc_inode, 0 },
	{ "d_instantiate", try_mkdir, 0 },
};

/* Do the ids come in whole rounds? */
static bool in_rounds(const char *ids)
{
	if (!*ids)
		return false;
	for (; *ids; ids += NR_PROGRAMS)
		if (strncmp(ids, "321", NR_PROGRAMS))
			return false;
	return true;
}

static bool run(const struct attempt *attempt, const int *programs, bool slots)
{
	unsigned int want = slots ? LSM_SLOT_PLACE_SLOT : LSM_SLOT_PLACE_TRAMPOLINE;
	int links[NR_PROGRAMS], ret;
	char ids[RECORD_MAX + 1];
	bool good = true;

	switch_slots(slots);
	for (int i = 0; i < NR_PROGRAMS; i++)
		links[i] = attach_program(programs[i]);
	for (int i = 0; i < NR_PROGRAMS && have_slots(); i++)
		good &= settled_link(links[i]).place == want;
	if (!good)
		test_diag("%s: not in place %s", attempt->hook, place_name(want));
	record_clear();
	ret = attempt->run();
	record_text(ids);
	for (int i = 0; i < NR_PROGRAMS; i++)
		close(links[i]);
	if (ret || !in_rounds(ids)) {
		test_diag("%s on %s: result %d, programs \"%s\"", attempt->hook,
			  place_name(want), ret, ids);
		return false;
	}
	return good;
}

static void test_hook(const struct attempt *attempt)
{
	int programs[NR_PROGRAMS];
	bool good;

	for (int i = 0; i < NR_PROGRAMS; i++) {
		programs[i] = record_program(attempt->hook, i + 1);
		record->result[i] = i - 2;	/* -2, -1, 0 */
	}
	good = run(attempt, programs, false);
	if (good && have_slots())
		good = run(attempt, programs, true);
	test_ok(good, "%s: all three run, newest first", attempt->hook);
	for (int i = 0; i < NR_PROGRAMS; i++)
		close(programs[i]);
}

int main(void)
{
	attempts_prepare();
	record_open();
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		test_hook(&attempts[i]);
	if (have_slots())
		switch_slots(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	return test_done();
}
