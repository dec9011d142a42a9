// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hostile calls of bpf(2) about LSM links, from root, users and root of a user
 * namespace, who all hold descriptors of programs and links: whatever they pass,
 * what is refused is refused with a documented errno and changes nothing, nothing
 * is written outside of their buffers, and the program that denies stays.
 *
 * $HOSTILE_STEPS calls for each subject (10000), from seed $SEED (1).  A program
 * on a security_*() function is attached all the while, so that sealing ends with
 * EBUSY for those who may: a seal would stay.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "hostile_generate.h"
#include "insns.h"
#include "subjects.h"

#define HOOK		"settime"
#define OTHER_HOOK	"quotactl"
#define NR_ERRNOS	600

static const struct {
	const char *name;
	bool user, userns;
	__u64 caps;
} subjects[] = {
	{ "root", false, false, 0 },
	{ "user with CAP_BPF, CAP_PERFMON", true, false,
	  CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) },
	{ "user", true, false, 0 },
	{ "root in a user's user namespace", true, true, 0 },
};

/* What include/uapi/linux/lsm_slot.h and bpf(2) say of these commands. */
static const int documented[] = {
	EINVAL, EBADF, ENOENT, ERANGE, EROFS, ESTALE, EOPNOTSUPP, EBUSY, EPERM, EXDEV,
	EFAULT, ENOSPC, E2BIG, EBADFD,
};

/* What the generator has to get out of root's calls, or it is a toothless one. */
static const int reached[] = {
	0, EINVAL, EBADF, ENOENT, ERANGE, ESTALE, EOPNOTSUPP, EBUSY, EPERM, EXDEV, EFAULT,
	ENOSPC, E2BIG,
};

/* Filled by the child, in memory that is shared. */
struct report {
	unsigned long results[NR_COMMANDS][NR_ERRNOS];
	unsigned long calls, undocumented, changed, overwritten, lost, leaked;
	char first[1024];
};

static struct world world;
static struct report *report;
static int guard_link, other_link, guard, other;
static struct hook_list start;

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	while (dir && readdir(dir))
		nr++;
	if (dir)
		closedir(dir);
	return nr;
}

static bool same(const struct hook_list *a, const struct hook_list *b)
{
	return a->nr == b->nr && !memcmp(a->progs, b->progs, a->nr * sizeof(*a->progs)) &&
	       !memcmp(a->links, b->links, a->nr * sizeof(*a->links));
}

static void note(unsigned long *count, const struct call *c, int ret, const char *what)
{
	char *at = report->first;
	size_t room = sizeof(report->first);
	int n;

	if (!(*count)++ && !*at) {
		n = snprintf(at, room, "call %lu, %s, %u bytes, %s: %s:", report->calls,
			     commands[c->command].name, c->size, what,
			     ret < 0 ? strerror(-ret) : "success");
		for (int i = 0; i < 14 && (size_t)n < room; i++)
			n += snprintf(at + n, room - n, " %x", c->words[i]);
	}
}

/* What everybody who has the links can see of them: no capability is asked for. */
static bool links_changed(const struct lsm_slot_link_info *was)
{
	bool changed = false;

	for (size_t i = 0; i < ARRAY_SIZE(world.links); i++) {
		struct lsm_slot_link_info is = read_link(world.links[i]);

		changed |= is.position != was[i].position || is.attached != was[i].attached ||
			   (is.flags ^ was[i].flags) & LSM_SLOT_LINK_SEALED;
	}
	return changed;
}

static bool is_documented(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(documented); i++)
		if (documented[i] == err)
			return true;
	return false;
}

/* As it was before a call that succeeded. */
static void undo(const struct call *c, int ret)
{
	if (ret > 0 && (c->command == CREATE || c->command == RAW_OPEN))
		close(ret);
	if (c->command == UPDATE) {
		link_replace(guard_link, guard, -1);
		link_replace(other_link, other, -1);
	}
}

static void try(bool root)
{
	struct lsm_slot_link_info links[] = { read_link(guard_link), read_link(other_link) };
	struct hook_list before = {}, after = {};
	struct call c = {};
	int ret;

	if (root && hook_query(world.hook_id, &before))
		note(&report->lost, &c, 0, "no list");
	world.revision = root ? before.revision : world.revision;
	generate(&world, &c);
	ret = bpf_call(commands[c.command].number, c.at, c.size);
	report->calls++;
	report->results[c.command][ret < 0 && -ret < NR_ERRNOS ? -ret : 0]++;
	if (ret < 0 && !is_documented(-ret))
		note(&report->undocumented, &c, ret, "not documented");
	if (overwritten(&world, &c))
		note(&report->overwritten, &c, ret, "wrote elsewhere");
	if (ret < 0 && (links_changed(links) ||
			(root && (hook_query(world.hook_id, &after) ||
				  after.revision != before.revision || !same(&before, &after)))))
		note(&report->changed, &c, ret, "changed something");
	if (ret >= 0)
		undo(&c, ret);
	if (root && ret >= 0 && (hook_query(world.hook_id, &after) || !same(&start, &after)))
		note(&report->lost, &c, ret, "could not be undone");
}

static void child(size_t subject, unsigned long steps)
{
	int descriptors;

	if (subjects[subject].user && !become_user(subjects[subject].caps))
		_exit(90);
	if (subjects[subject].userns && !enter_userns(SUBJECT_USER))
		_exit(91);
	descriptors = open_descriptors();
	while (steps--)
		try(!subjects[subject].user);
	report->leaked = open_descriptors() - descriptors;
	_exit(0);
}

/* Is the time of day, which the first program denies to set, still denied? */
static bool denies(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return settimeofday(&now, NULL) && errno == EKEYREJECTED;
}

static void check(size_t subject, unsigned long steps)
{
	const char *name = subjects[subject].name;
	unsigned long done = 0, refused = 0;
	struct hook_list end;
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	if (hook_query(world.hook_id, &start))
		test_bail("cannot query the hook");
	pid = fork();
	if (!pid)
		child(subject, steps);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		test_bail("%s: the calls ended with status %x", name, status);
	for (int c = 0; c < NR_COMMANDS; c++)
		for (int e = 0; e < NR_ERRNOS; e++)
			*(e ? &refused : &done) += report->results[c][e];
	test_ok(report->calls == steps && !report->undocumented,
		"%s: %lu calls, %lu done and %lu refused, with documented errnos", name,
		report->calls, done, refused);
	test_ok(!report->changed, "%s: what was refused changed nothing", name);
	test_ok(!report->overwritten, "%s: nothing was written outside of buffers", name);
	test_ok(!report->leaked, "%s: no descriptor stayed", name);
	test_ok(!report->lost && !hook_query(world.hook_id, &end) && same(&start, &end) &&
		denies(), "%s: programs and links are those from before, and deny", name);
	if (*report->first)
		test_diag("%s", report->first);
}

/* The calls must have been a trial: of root's, some of each kind. */
static void check_reach(void)
{
	unsigned long nr;

	for (size_t i = 0; i < ARRAY_SIZE(reached); i++) {
		nr = 0;
		for (int c = 0; c < NR_COMMANDS; c++)
			nr += report->results[c][reached[i]];
		test_ok(nr, "root's calls met: %s (%lu)",
			reached[i] ? strerror(reached[i]) : "success", nr);
	}
	for (int c = 0; c < NR_COMMANDS; c++)
		if (c != DETACH)
			test_ok(report->results[c][0], "root's calls met: %s done (%lu)",
				commands[c].name, report->results[c][0]);
}

static void add(int fd, __u32 id)
{
	if (fd < 0 || world.nr_objects == MAX_OBJECTS)
		test_bail("cannot prepare");
	world.objects[world.nr_objects++] = fd;
	if (id)
		world.ids[world.nr_ids++] = id;
}

static int load(enum bpf_prog_type type, enum bpf_attach_type attach_type,
		const char *function, int verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, verdict), EXIT() };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type);
	int fd;

	if (function)
		opts.attach_btf_id = libbpf_find_vmlinux_btf_id(function, attach_type);
	fd = bpf_prog_load(type, "hostile", "GPL", insns, 2, &opts);
	if (fd < 0)
		test_bail("cannot load a program for %s", function ?: "sockets");
	add(fd, prog_id_of(fd));
	return fd;
}

static char *pages(size_t size, int protection)
{
	char *at = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED || mprotect(at, size, protection) ||
	    mprotect(at + size, 4096, PROT_NONE))
		test_bail("no memory");
	return at;
}

static void prepare(void)
{
	int overrule, ends[2];

	world.hook_id = hook_btf_id(HOOK);
	world.other_hook_id = hook_btf_id(OTHER_HOOK);
	guard = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK, -EKEYREJECTED);
	other = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK, 0);
	world.programs[0] = guard;
	world.programs[1] = other;
	world.programs[2] = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK, 0);
	world.programs[3] = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, HOOK, 0);
	world.foreign = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, OTHER_HOOK, 0);
	load(BPF_PROG_TYPE_SOCKET_FILTER, 0, NULL, 0);
	overrule = load(BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, "security_settime64", 0);
	add(bpf_raw_tracepoint_open(NULL, overrule), 0);
	guard_link = world.links[0] = attach_program(guard);
	other_link = world.links[1] = attach_program(other);
	add(guard_link, link_id_of(guard_link));
	add(other_link, link_id_of(other_link));
	add(bpf_map_create(BPF_MAP_TYPE_ARRAY, "hostile", 4, 8, 1, NULL), 0);
	add(open("/dev/null", O_RDWR | O_CLOEXEC), 0);
	if (pipe2(ends, O_CLOEXEC))
		test_bail("no pipe");
	add(ends[0], world.hook_id);
	add(ends[1], world.other_hook_id);
	world.objects[world.nr_objects++] = 999;	/* not open */
	world.objects[world.nr_objects++] = -1;
	world.out = pages(ARENA, PROT_READ | PROT_WRITE);
	world.in = pages(4096, PROT_READ | PROT_WRITE);
	world.readonly = pages(4096, PROT_READ);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		test_bail("no memory");
}

int main(void)
{
	unsigned long steps = getenv("HOSTILE_STEPS") ? strtoul(getenv("HOSTILE_STEPS"), NULL, 0) : 0;
	__u64 seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 0;

	if (!have_link_order()) {
		test_skip("kernel has no LSM slots");
		return test_done();
	}
	switch_slots(true);
	prepare();
	if (!test_ok(denies(), "the program denies"))
		return test_done();
	test_diag("seed %llu", seed ?: 1);
	for (size_t subject = 0; subject < ARRAY_SIZE(subjects); subject++) {
		world.random = (seed ?: 1) * 0x9e3779b97f4a7c15ULL + subject;
		check(subject, steps ?: 10000);
		if (!subject)
			check_reach();
	}
	return test_done();
}
