// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sealed links: everything that gets rid of a link or of what its program does
 * is tried, and the program still denies.  And what has to be refused, is.
 *
 * What is sealed stays until reboot, so this only runs with $SEAL set, in a VM
 * of its own (host/seal.sh): with "slot" as argument a link is sealed that is
 * attached, with "born" one is created sealed, "trampoline" is where none can be,
 * and "stuck" where what was in the way could not be detached.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "linkctl.h"
#include "progs/seal.h"
#include "seal.skel.h"
#include "slots.h"

#define PINS "/tmp/seal-pins"
#define FTRACE "/proc/sys/kernel/ftrace_enabled"
#define JIT_LIMIT "/proc/sys/net/core/bpf_jit_limit"

static struct seal_bpf *skel;

static bool denied(void)
{
	errno = 0;
	return prctl(SEAL_OPTION, 0, 0, 0, 0) && errno == SEAL_ERRNO;
}

static int fd_of(const struct bpf_program *program)
{
	return bpf_program__fd(program);
}

static int load_returning(int verdict, enum bpf_prog_type type,
			  enum bpf_attach_type attach_type, const char *hook)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type);
	int fd;

	opts.attach_btf_id = libbpf_find_vmlinux_btf_id(hook, attach_type);
	fd = bpf_prog_load(type, "other", "GPL", insns, 2, &opts);
	if (fd < 0)
		test_bail("cannot load a program for %s", hook);
	return fd;
}

static int load(enum bpf_prog_type type, enum bpf_attach_type attach_type, const char *hook)
{
	return load_returning(0, type, attach_type, hook);
}

static int create_sealed(int prog)
{
	int link = link_attach_at(prog, LSM_SLOT_F_SEAL, 0, 0);

	return link < 0 ? link : 0;
}

/* What @act makes of @fd; in a child, so that the test keeps its capabilities. */
static int without_mac_admin(int (*act)(int fd), int fd)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (syscall(SYS_capget, &head, caps))
			_exit(99);
		caps[CAP_MAC_ADMIN / 32].effective &= ~(1U << CAP_MAC_ADMIN % 32);
		if (syscall(SYS_capset, &head, caps))
			_exit(99);
		_exit(-act(fd));
	}
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

/* An extension, of one of the program's functions, is loaded for a program that exists. */
static struct bpf_program *load_extension_of(const char *function)
{
	struct seal_bpf *again = seal_bpf__open();
	struct bpf_program *program;

	if (!again)
		test_bail("cannot open the extension");
	bpf_object__for_each_program(program, again->obj)
		bpf_program__set_autoload(program, program == again->progs.allow_all);
	if (bpf_program__set_attach_target(again->progs.allow_all, fd_of(skel->progs.denier),
					   function) ||
	    seal_bpf__load(again))
		test_bail("cannot load the extension");
	return again->progs.allow_all;
}

static void load_extension(void)
{
	skel->progs.allow_all = load_extension_of("answer");
}

static struct bpf_link *attach_extension(void)
{
	return bpf_program__attach_freplace(skel->progs.allow_all, 0, NULL);
}

/* Before anything is sealed: what stands in the way of sealing. */
static void check_obstacles(int link)
{
	struct bpf_link *other, *second;
	int filter, watcher, cgroup;

	test_ok(without_mac_admin(link_seal, link) == -EPERM, "sealing without CAP_MAC_ADMIN is refused");
	other = attach_extension();
	if (!other)
		test_bail("cannot attach the extension");
	test_ok(!denied(), "an extension of the program takes its effect");
	test_ok(link_seal(link) == -EBUSY, "then sealing is refused");
	second = bpf_program__attach_freplace(load_extension_of("also"), 0, NULL);
	if (!second)
		test_bail("cannot attach a second extension");
	bpf_link__destroy(other);
	test_ok(!denied() && link_seal(link) == -EBUSY, "as long as there is one of two");
	bpf_link__destroy(second);
	test_ok(denied(), "without it the program denies again");

	other = bpf_program__attach_trace(skel->progs.overrule);
	if (!other)
		test_bail("cannot attach to security_task_prctl");
	test_ok(link_seal(link) == -EBUSY, "with a program on a security_*() function it is refused");
	bpf_link__destroy(other);

	filter = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "schedule");
	watcher = bpf_link_create(filter, 0, BPF_TRACE_FENTRY, NULL);
	test_ok(watcher >= 0 && link_seal(watcher) == -EINVAL, "a tracing link cannot be sealed");
	test_ok(link_seal(filter) == -EINVAL, "nor a program");
	test_ok(link_seal(999) == -EBADF, "nor nothing");
	close(watcher);
	close(filter);
	filter = load_returning(1, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, "socket_bind");
	cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY);
	watcher = bpf_link_create(filter, cgroup, BPF_LSM_CGROUP, NULL);
	test_ok(watcher >= 0 && link_seal(watcher) == -EINVAL, "nor a link of a cgroup");
	close(watcher);
	close(cgroup);
	close(filter);

	filter = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "task_prctl");
	watcher = bpf_link_create(filter, 0, BPF_LSM_MAC, NULL);
	test_ok(watcher >= 0 && link_seal(link) == -ERANGE,
		"behind a program that is not sealed it is refused");
	close(watcher);
	slots_switch(false);
	watcher = bpf_link_create(filter, 0, BPF_LSM_MAC, NULL);
	slots_switch(true);
	test_ok(watcher >= 0 && link_seal(link) == -ERANGE, "and behind one on the trampoline");
	test_ok(link_seal(watcher) == -EOPNOTSUPP, "where nothing can be sealed");
	close(watcher);
	close(filter);
	test_ok(!(slots_link(skel->links.denier).flags & LSM_SLOT_LINK_SEALED), "not sealed so far");
}

static void check_sealed(int link)
{
	struct {
		__u32 link_fd, new_prog_fd, flags, old_prog_fd;
	} attr = { .link_fd = link, .new_prog_fd = fd_of(skel->progs.allower),
		   .flags = LSM_SLOT_F_SEAL };
	struct bpf_link *other;

	test_ok(bpf_call(BPF_LINK_UPDATE, &attr, sizeof(attr)) == -EINVAL,
		"sealing and replacing at once is refused");
	test_ok(!link_seal(link), "sealed");
	test_ok(slots_link(skel->links.denier).flags & LSM_SLOT_LINK_SEALED, "and says so");
	test_ok(!link_seal(link), "sealed once more, which changes nothing");
	test_ok(link_replace(link, fd_of(skel->progs.allower), -1) == -EROFS && denied(),
		"its program cannot be replaced");
	test_ok(bpf_link_detach(link) == -EOPNOTSUPP && denied(), "BPF_LINK_DETACH is refused");
	load_extension();	/* one that was attached cannot be again */
	other = attach_extension();
	test_ok(!other && errno == EROFS && denied(), "nor can it be extended");
	other = bpf_program__attach_trace(skel->progs.overrule);
	test_ok(!other && errno == EROFS && denied(),
		"nor can a security_*() function be overruled");
	other = bpf_program__attach_trace(skel->progs.watcher);
	test_ok(other && denied(), "but its hook can be watched");
	bpf_link__destroy(other);
}

/*
 * What would end the call before the sealed program is asked, without a no: the
 * hook's default, and a verdict whose lower half is 0.  Neither gets in front.
 */
static int load_silencer(int nr)
{
	struct bpf_insn upper[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 0 },
		{ .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC);
	int fd;

	if (nr % 2)
		return load_returning(-ENOSYS, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "task_prctl");
	opts.attach_btf_id = libbpf_find_vmlinux_btf_id("task_prctl", BPF_LSM_MAC);
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "upper", "GPL", upper, 3, &opts);
	if (fd < 0)
		test_bail("cannot load a program that returns 1 << 32");
	return fd;
}

/* Others on the hook, and all the switches. */
static void check_others(int sealed)
{
	int links[30], program, place, nr;

	for (nr = 0; nr < 30; nr++) {
		program = load_silencer(nr);
		links[nr] = bpf_link_create(program, 0, BPF_LSM_MAC, NULL);
		close(program);
		if (links[nr] < 0)
			break;
	}
	test_ok(nr == 30 && denied(), "with %d programs that end the call it denies", nr);
	while (nr)
		close(links[--nr]);
	test_ok(denied(), "and without them again");

	program = load_silencer(0);
	test_ok(link_attach_at(program, LINK_BEFORE | LINK_LINK, sealed, 0) == -EROFS,
		"no program can be put before it");
	place = link_attach_at(program, LINK_BEFORE, 0, 0);
	test_ok(place >= 0 && denied(), "one that is to be the first goes behind it");
	close(place);
	place = link_attach_at(program, LSM_SLOT_F_SEAL | LINK_BEFORE | LINK_LINK, sealed, 0);
	test_ok(place == -EROFS, "nor one that is sealed itself");
	slots_switch(false);
	place = bpf_link_create(program, 0, BPF_LSM_MAC, NULL);
	test_ok(place == -EROFS && denied(), "nor attached to the trampoline, with the switch off");
	slots_switch(true);
	close(program);

	write_text("/proc/sys/kernel/bpf_stats_enabled", "1");
	test_ok(denied(), "with run statistics on");
	write_text("/proc/sys/kernel/bpf_stats_enabled", "0");
	if (access(FTRACE, W_OK)) {
		test_skip("kernel has no %s", FTRACE);
		return;
	}
	write_text(FTRACE, "0");
	test_ok(denied(), "with kernel.ftrace_enabled=0");
	write_text(FTRACE, "1");
}

/* A program of a cgroup may answer anything, but not before the sealed one. */
static void check_cgroup(void)
{
	int deny = load_returning(-EACCES, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "socket_bind");
	int sealed = link_attach_at(deny, LSM_SLOT_F_SEAL, 0, 0);
	int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY);
	int allow = load_returning(1, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, "socket_bind");
	int link = bpf_link_create(allow, cgroup, BPF_LSM_CGROUP, NULL);
	struct sockaddr sa = { .sa_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	test_ok(sealed >= 0 && link >= 0 && bind(sock, &sa, sizeof(sa.sa_family)) && errno == EACCES,
		"a cgroup's program runs behind a sealed one");
	close(sock);
	close(link);
	close(allow);
	close(cgroup);
	close(sealed);
	close(deny);
}

/* The last reference that user space has goes: pins, file system, owner. */
static void check_loss(int id)
{
	int status, link;
	pid_t pid;

	mkdir(PINS, 0700);
	if (mount("bpf", PINS, "bpf", 0, NULL) || bpf_obj_pin(bpf_link__fd(skel->links.denier),
							     PINS "/denier"))
		test_bail("cannot pin");
	unlink(PINS "/denier");
	if (bpf_obj_pin(bpf_link__fd(skel->links.denier), PINS "/denier"))
		test_bail("cannot pin again");
	bpf_link__destroy(skel->links.denier);
	skel->links.denier = NULL;
	umount(PINS);
	rmdir(PINS);
	usleep(300000);
	test_ok(denied(), "closed, unpinned, the pins' file system unmounted: it denies");

	/* A child opens the only descriptor and is killed with it. */
	pid = fork();
	if (!pid) {
		if (bpf_link_get_fd_by_id(id) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	test_ok(WIFSIGNALED(status) && denied(), "its owner killed: it denies");

	seal_bpf__destroy(skel);
	usleep(300000);
	test_ok(denied(), "all programs and maps closed: it denies");
	link = bpf_link_get_fd_by_id(id);
	test_ok(link >= 0, "the link is still there");
	test_ok(link_replace(link, load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "task_prctl"), -1) == -EROFS &&
		denied(), "and still refuses another program");
	close(link);
}

/* A link that is created sealed. */
static void check_born_sealed(void)
{
	int link, id, refused, second;

	refused = without_mac_admin(create_sealed, fd_of(skel->progs.denier));
	test_ok(refused == -EPERM && !denied(), "creating it sealed needs CAP_MAC_ADMIN (got %s)",
		strerror(-refused));
	link = link_attach_at(fd_of(skel->progs.second_denier), LSM_SLOT_F_SEAL, 0, 0);
	id = link < 0 ? 0 : link_id_of(link);
	test_ok(link >= 0 && denied(), "created sealed, it denies");
	close(link);
	usleep(300000);
	test_ok(denied(), "closed at once, it denies");
	link = bpf_link_get_fd_by_id(id);
	test_ok(link >= 0 && link_id_of(link) == (__u32)id, "and is there");

	second = load_silencer(0);
	test_ok(link_attach_at(second, LSM_SLOT_F_SEAL | LINK_AFTER, 0, 0) >= 0 && denied(),
		"another one can be sealed behind it");
	close(second);
	second = load_silencer(1);
	id = link_attach_at(second, LINK_AFTER | LINK_LINK, link, 0);
	test_ok(id == -EROFS, "and none attached between them");
	id = bpf_link_create(second, 0, BPF_LSM_MAC, NULL);
	close(second);
	second = load_silencer(0);
	test_ok(id >= 0 && link_attach_at(second, LSM_SLOT_F_SEAL | LINK_AFTER, 0, 0) == -ERANGE,
		"nor one created sealed behind one that is not");
	close(second);
	close(id);
	close(link);
	check_cgroup();
}

/* On the trampoline there is no order, and it can be stopped. */
static void check_trampoline(void)
{
	int link;

	slots_switch(false);
	test_ok(create_sealed(fd_of(skel->progs.second_denier)) == -EOPNOTSUPP && !denied(),
		"a link cannot be created sealed on the trampoline");
	skel->links.denier = bpf_program__attach_lsm(skel->progs.denier);
	if (!skel->links.denier)
		test_bail("cannot attach");
	link = bpf_link__fd(skel->links.denier);
	test_ok(denied() && link_seal(link) == -EOPNOTSUPP, "nor sealed there");
	test_ok(!(slots_link(skel->links.denier).flags & LSM_SLOT_LINK_SEALED), "it is not sealed");
	slots_switch(true);
	test_ok(create_sealed(fd_of(skel->progs.second_denier)) == -EOPNOTSUPP,
		"nor can one be created that would have to join it there");
	bpf_link__destroy(skel->links.denier);
	test_ok(!denied(), "it can be detached");
}

/*
 * Closes the last descriptor of a link whose program is on a trampoline, as somebody
 * for whom no memory for another trampoline is left: this one stays.  The kernel
 * warns of it, once.
 */
static void fail_to_detach(int link)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = {};
	char limit[32], byte;
	int go[2], status;
	FILE *file;
	pid_t pid;

	if (pipe(go))
		test_bail("cannot make a pipe");
	pid = fork();
	if (!pid) {
		if (read(go[0], &byte, 1) != 1 || syscall(SYS_capset, &head, caps))
			_exit(1);
		close(link);
		_exit(0);
	}
	close(link);
	file = fopen(JIT_LIMIT, "re");
	if (!file || !fgets(limit, sizeof(limit), file))
		test_bail("cannot read %s", JIT_LIMIT);
	fclose(file);
	write_text(JIT_LIMIT, "1");
	if (write(go[1], "", 1) != 1)
		test_bail("cannot write to a pipe");
	waitpid(pid, &status, 0);
	write_text(JIT_LIMIT, limit);
	if (status)
		test_bail("the child failed");
	close(go[0]);
	close(go[1]);
}

static int watch(const char *function)
{
	int program = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, function);
	int link = bpf_link_create(program, 0, BPF_TRACE_FENTRY, NULL);

	close(program);
	if (link < 0)
		test_bail("cannot attach to %s", function);
	return link;
}

/* What runs further on although it was detached stands in the way like what was not. */
static void check_stuck(int sealed)
{
	int before = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "task_prctl");
	int watcher = watch("bpf_lsm_task_prctl"), link;

	slots_switch(false);
	link = bpf_link_create(before, 0, BPF_LSM_MAC, NULL);
	slots_switch(true);
	if (link < 0)
		test_bail("cannot attach to the trampoline");
	fail_to_detach(link);
	test_ok(denied(), "it denies behind a program that could not be detached");
	test_ok(link_seal(sealed) == -ERANGE, "where it cannot be sealed");
	test_ok(create_sealed(fd_of(skel->progs.second_denier)) == -ERANGE,
		"nor a link be created sealed");
	close(watcher);
	watcher = watch("bpf_lsm_task_prctl");

	link = bpf_link_create(fd_of(skel->progs.overrule), 0, BPF_MODIFY_RETURN, NULL);
	if (link < 0)
		test_bail("cannot attach to security_task_prctl");
	test_ok(link_seal(sealed) == -EBUSY, "once there is another trampoline, only what overrules is in the way");
	close(watcher);
	watcher = watch("security_task_prctl");
	fail_to_detach(link);
	test_ok(link_seal(sealed) == -EBUSY, "also if that could not be detached");
	test_ok(create_sealed(fd_of(skel->progs.second_denier)) == -EBUSY,
		"and a link cannot be created sealed");
	test_ok(!(slots_link(skel->links.denier).flags & LSM_SLOT_LINK_SEALED), "it is not sealed");
	close(watcher);
	close(before);
}

/* One call's worth of a fresh set of programs. */
static void open_skeleton(void)
{
	skel = seal_bpf__open();
	if (!skel)
		test_bail("cannot open the programs");
	bpf_program__set_autoload(skel->progs.allow_all, false);
	if (seal_bpf__load(skel))
		test_bail("cannot load the programs");
}

int main(int argc, char **argv)
{
	int link;

	if (!have_link_order()) {
		test_skip("no seals: kernel has no LSM slots");
		return test_done();
	}
	if (!getenv("SEAL")) {
		test_skip("sealing lasts until reboot: runs in host/seal, in a VM of its own");
		return test_done();
	}
	slots_switch(true);
	open_skeleton();
	load_extension();
	test_ok(!denied(), "nothing attached: allowed");
	if (argc > 1 && strcmp(argv[1], "slot") && strcmp(argv[1], "stuck")) {
		if (!strcmp(argv[1], "born"))
			check_born_sealed();
		else
			check_trampoline();
		return test_done();
	}
	skel->links.denier = bpf_program__attach_lsm(skel->progs.denier);
	if (!skel->links.denier)
		test_bail("cannot attach");
	link = bpf_link__fd(skel->links.denier);
	test_ok(denied(), "attached: denied");
	if (argc > 1 && !strcmp(argv[1], "stuck")) {
		check_stuck(link);
		return test_done();
	}
	check_obstacles(link);
	check_sealed(link);
	check_others(link);
	check_loss(link_id_of(link));
	return test_done();
}
