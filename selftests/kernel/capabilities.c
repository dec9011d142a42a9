// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who may do what: each thing that can be done to LSM links, tried by root, by
 * users with some capabilities and with none, by root of a user namespace and
 * without capabilities.  Each comes out with the errno of the table below, and what is
 * refused changes nothing.
 *
 * All inherit descriptors of a program and a link, as from a service that
 * passes them on.  A program on a security_*() function is attached all the
 * while, so that sealing ends with EBUSY for those who may: a seal would stay.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "insns.h"
#include "linkctl.h"
#include "subjects.h"

#define HOOK	"settime"
#define PIN	"/sys/fs/bpf/capabilities"
#define TRACE	"/sys/kernel/tracing/events/lsm_slots/lsm_slot_deny/id"
#define STATS	"/proc/sys/kernel/bpf_stats_enabled"

enum {
	ROOT, BPF, MAC, NET, ADMIN, NOBODY, USERNS, ROOTNS,
	BARE,		/* fares as ROOTNS does */
	NR_SUBJECTS
};

static const struct subject {
	const char *name;
	__u64 caps;
} subjects[NR_SUBJECTS] = {
	[ROOT] = { "root" },
	[BPF] = { "user with CAP_BPF, CAP_PERFMON", CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) },
	[MAC] = { "user with CAP_BPF, CAP_PERFMON, CAP_MAC_ADMIN",
		  CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_MAC_ADMIN) },
	[NET] = { "user with CAP_PERFMON, CAP_NET_ADMIN",
		  CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_NET_ADMIN) },
	[ADMIN] = { "user with CAP_SYS_ADMIN", CAP_BIT(CAP_SYS_ADMIN) },
	[NOBODY] = { "user" },
	[USERNS] = { "root in a user's user namespace" },
	[ROOTNS] = { "root in a user namespace of its own" },
	[BARE] = { "user id 0 without capabilities" },
};

static int first, spare, first_link, values, hook_id;
static __u32 first_id, first_link_id, values_id;
static struct hook_list before;

/* --- What is tried, in a child. -------------------------------------------- */

static int closed(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : closed(fd);
}

static int do_load(void)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC,
		    .attach_btf_id = hook_id);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "other", "GPL", insns, 2, &opts);

	return fd < 0 ? -errno : closed(fd);
}

static int do_attach(void)
{
	return closed(link_attach_at(spare, 0, 0, 0));
}

static int do_attach_nothing(void)
{
	return closed(link_attach_at(999, 0, 0, 0));
}

static int do_attach_raw(void)
{
	int fd = bpf_raw_tracepoint_open(NULL, spare);

	return fd < 0 ? -errno : closed(fd);
}

static int do_before(void)
{
	return closed(link_attach_at(spare, LINK_BEFORE | LINK_LINK, first_link, 0));
}

static int do_after_id(void)
{
	return closed(link_attach_at(spare, LINK_AFTER | LINK_ID, first_id, 0));
}

static int do_revision(void)
{
	return closed(link_attach_at(spare, 0, 0, before.revision));
}

static int do_stale(void)
{
	return closed(link_attach_at(spare, 0, 0, before.revision + 1));
}

/* And back. */
static int do_replace(void)
{
	int err = link_replace(first_link, spare, first);

	return err ? err : link_replace(first_link, first, spare);
}

static int do_seal(void)
{
	return link_seal(first_link);
}

static int do_attach_sealed(void)
{
	return closed(link_attach_at(spare, LSM_SLOT_F_SEAL, 0, 0));
}

static int do_detach(void)
{
	return bpf_link_detach(first_link) ? -errno : 0;
}

static int do_query(void)
{
	struct hook_list list;

	return hook_query(hook_id, &list);
}

static int do_link_info(void)
{
	char info[256] = {};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(first_link, info, &size) ? -errno : 0;
}

static int do_link_by_id(void)
{
	int fd = bpf_link_get_fd_by_id(first_link_id);

	return fd < 0 ? -errno : closed(fd);
}

static int do_prog_by_id(void)
{
	int fd = bpf_prog_get_fd_by_id(first_id);

	return fd < 0 ? -errno : closed(fd);
}

static int do_map_by_id(void)
{
	int fd = bpf_map_get_fd_by_id(values_id);

	return fd < 0 ? -errno : closed(fd);
}

static int do_next_link(void)
{
	__u32 next;

	return bpf_link_get_next_id(0, &next) ? -errno : 0;
}

static int do_pin_link(void)
{
	int fd = bpf_obj_get(PIN "-link");

	return fd < 0 ? -errno : closed(fd);
}

static int do_pin_map(void)
{
	int fd = bpf_obj_get(PIN "-map");

	return fd < 0 ? -errno : closed(fd);
}

static int do_unpin(void)
{
	return unlink(PIN "-spare") ? -errno : 0;
}

static int do_map_write(void)
{
	__u32 zero = 0;
	__u64 value = 1;

	return bpf_map_update_elem(values, &zero, &value, 0) ? -errno : 0;
}

static int do_switch(void)
{
	return write_text(LSM_SLOT_SYSCTL_FILE, "0");
}

static int do_hooks_file(void)
{
	return opened(LSM_SLOT_HOOKS_FILE, O_RDONLY);
}

static int do_stats(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : closed(fd);
}

static int do_stats_switch(void)
{
	return write_text(STATS, "0");
}

/* Takes programs off trampolines; see verdict_limits.c. */
static int do_ftrace_switch(void)
{
	return write_text("/proc/sys/kernel/ftrace_enabled", "1");
}

static int do_tracepoint(void)
{
	return opened(TRACE, O_RDONLY);
}

enum change {
	NOTHING,	/* also when it is allowed */
	REVISION,	/* the hook has another revision, and else is as before */
	SWITCH,		/* kernel.lsm_slots is 0 */
};

#define ALL(err) { err, err, err, err, err, err, err, err }

static const struct attempt {
	const char *name;
	int (*run)(void);
	enum change change;
	int want[BARE];
} attempts[] = {
/*	ROOT	BPF	MAC	NET	ADMIN	NOBODY	USERNS	ROOTNS */
	/* From nothing. */
	{ "load an LSM program", do_load, NOTHING, {
	0,	0,	0,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "BPF_PROG_QUERY of a hook", do_query, NOTHING, {
	0,	-EPERM,	-EPERM,	0,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "link by id", do_link_by_id, NOTHING, {
	0,	-EPERM,	-EPERM,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "program by id", do_prog_by_id, NOTHING, {
	0,	-EPERM,	-EPERM,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "map by id", do_map_by_id, NOTHING, {
	0,	-EPERM,	-EPERM,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "BPF_LINK_GET_NEXT_ID", do_next_link, NOTHING, {
	0,	-EPERM,	-EPERM,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "link from root's pin", do_pin_link, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, 0 } },
	{ "map from root's pin", do_pin_map, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, 0 } },
	{ "write kernel.lsm_slots", do_switch, SWITCH, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EPERM } },
	{ "open the list of hooks", do_hooks_file, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, 0 } },
	{ "open the tracepoint's id", do_tracepoint, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, 0 } },
	{ "BPF_ENABLE_STATS", do_stats, NOTHING, {
	0,	-EPERM,	-EPERM,	-EPERM,	0,	-EPERM,	-EPERM,	-EPERM } },
	{ "write kernel.bpf_stats_enabled", do_stats_switch, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EPERM } },
	{ "write kernel.ftrace_enabled", do_ftrace_switch, NOTHING, {
	0,	-EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, 0 } },
	{ "attach without a descriptor", do_attach_nothing, NOTHING, ALL(-EBADF) },
	/* With descriptors that somebody passed on. */
	{ "attach", do_attach, REVISION, ALL(0) },
	{ "attach by BPF_RAW_TRACEPOINT_OPEN", do_attach_raw, REVISION, ALL(0) },
	{ "attach before a link", do_before, REVISION, ALL(0) },
	{ "attach after a program by id", do_after_id, REVISION, ALL(0) },
	{ "attach at the hook's revision", do_revision, REVISION, ALL(0) },
	{ "attach at another revision", do_stale, NOTHING, ALL(-ESTALE) },
	{ "replace, and back", do_replace, REVISION, ALL(0) },
	{ "BPF_LINK_DETACH", do_detach, NOTHING, ALL(-EOPNOTSUPP) },
	{ "link information", do_link_info, NOTHING, ALL(0) },
	{ "write a map", do_map_write, NOTHING, ALL(0) },
	{ "seal", do_seal, NOTHING, {
	-EBUSY,	-EPERM,	-EBUSY,	-EPERM,	-EPERM,	-EPERM,	-EPERM,	-EPERM } },
	{ "attach sealed", do_attach_sealed, NOTHING, {
	-EBUSY,	-EPERM,	-EBUSY,	-EPERM,	-EPERM,	-EPERM,	-EPERM,	-EPERM } },
};

/* --- Who tries. ------------------------------------------------------------ */

static bool become(int subject)
{
	if (subject == ROOT)
		return true;
	if (subject == ROOTNS)
		return enter_userns(0);
	if (subject == BARE)
		return keep_caps(0);
	return become_user(subjects[subject].caps) &&
	       (subject != USERNS || enter_userns(SUBJECT_USER));
}

static int tried_by(int subject, int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(become(subject) ? -run() : 255);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 255)
		test_bail("cannot become %s", subjects[subject].name);
	return -WEXITSTATUS(status);
}

/* The same programs and links as before; what a child attached goes with it. */
static bool same_list(struct hook_list *list)
{
	for (int i = 0; i < 500; i++) {
		if (hook_query(hook_id, list))
			test_bail("cannot query the hook");
		if (list->nr == before.nr &&
		    !memcmp(list->progs, before.progs, list->nr * sizeof(*list->progs)) &&
		    !memcmp(list->links, before.links, list->nr * sizeof(*list->links)))
			return true;
		pause_ms(20);
	}
	return false;
}

static void try(const struct attempt *attempt, int subject)
{
	int want = attempt->want[subject == BARE ? ROOTNS : subject], got, on;
	enum change change = want ? NOTHING : attempt->change;
	struct hook_list after;
	bool same;

	settled_link(first_link);
	if (hook_query(hook_id, &before))
		test_bail("cannot query the hook");
	got = tried_by(subject, attempt->run);
	same = same_list(&after);
	on = read_number(LSM_SLOT_SYSCTL_FILE);
	test_ok(got == want, "%s: %s: %s (got %s)", subjects[subject].name, attempt->name,
		want ? strerror(-want) : "works", got ? strerror(-got) : "success");
	test_ok(same && (after.revision != before.revision) == (change == REVISION) &&
		on == (change != SWITCH) && !(read_link(first_link).flags & LSM_SLOT_LINK_SEALED) &&
		!access(PIN "-link", F_OK), "%s: %s: %s", subjects[subject].name, attempt->name,
		change == NOTHING ? "nothing changed" : "took effect");
	switch_slots(true);
}

/* Last, because it can be done once; root's own would pass. */
static void try_unpin(void)
{
	for (int subject = BPF; subject < ROOTNS; subject++) {
		int got = tried_by(subject, do_unpin);

		test_ok(got == -EPERM && !access(PIN "-spare", F_OK), "%s: unpin: %s (got %s)",
			subjects[subject].name, strerror(EPERM), strerror(-got));
	}
	test_ok(!tried_by(ROOTNS, do_unpin), "%s: unpin: works", subjects[ROOTNS].name);
}

static int load_returning_0(enum bpf_prog_type type, enum bpf_attach_type attach_type,
			    const char *function)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type);
	int fd;

	opts.attach_btf_id = libbpf_find_vmlinux_btf_id(function, attach_type);
	fd = bpf_prog_load(type, "capabilities", "GPL", insns, 2, &opts);
	if (fd < 0)
		test_bail("cannot load a program for %s", function);
	return fd;
}

static __u32 map_id_of(int map)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &size))
		test_bail("cannot ask about a map");
	return info.id;
}

static void pin(int fd, const char *path)
{
	unlink(path);
	if (bpf_obj_pin(fd, path))
		test_bail("cannot pin %s", path);
}

int main(void)
{
	int overrule;

	if (!have_link_order()) {
		test_skip("kernel has no LSM slots");
		return test_done();
	}
	switch_slots(true);
	hook_id = hook_btf_id(HOOK);
	first = load_returning_0(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK);
	spare = load_returning_0(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK);
	values = bpf_map_create(BPF_MAP_TYPE_ARRAY, "capabilities", 4, 8, 1, NULL);
	overrule = load_returning_0(BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN,
				    "security_settime64");
	overrule = bpf_raw_tracepoint_open(NULL, overrule);
	first_link = attach_program(first);
	if (values < 0 || overrule < 0)
		test_bail("cannot prepare");
	first_id = prog_id_of(first);
	first_link_id = link_id_of(first_link);
	values_id = map_id_of(values);
	umask(022);
	pin(first_link, PIN "-link");
	pin(values, PIN "-map");
	pin(values, PIN "-spare");
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		for (int subject = 0; subject < NR_SUBJECTS; subject++)
			try(&attempts[i], subject);
	try_unpin();
	unlink(PIN "-link");
	unlink(PIN "-map");
	return test_done();
}
