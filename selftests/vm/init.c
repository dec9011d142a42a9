// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * PID 1 of the test VM: an overlay over the host's root file system, then one
 * command or a shell in it.
 *
 * The host (selftests/vm/run) describes the run in the 9p share "run":
 *
 *   dirs      directories that must stay visible at their host path, NUL after each;
 *             the first is the working directory
 *   env       environment of the command, NUL after each KEY=VALUE
 *   command   shell command; absent: an interactive shell on /dev/hvc0
 *   stdin     input of the command; absent: /dev/null
 *
 * The share's "out" becomes the host's directory for results.  Output goes to
 * the virtio ports "out" and "err", the exit status to the port "status" as
 * the last thing, and the kernel log to "kmsg" in the share.  The command
 * writes to pipes and not to the ports, as a port can be open only once: a
 * command that opens /dev/stderr would fail.
 *
 * If the initramfs has a folder "image", that is the root file system, and a
 * folder "share" has what the share would.  There are no ports then, and
 * nothing is mounted of the host until the command has ended: its results are
 * copied then, and "stdout", "stderr" and "status" to the share.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_STRINGS	64
#define SHARE		"/run/vm"
#define OPTIONS_9P	"trans=virtio,version=9p2000.L,msize=512000"

/* The root file system came with the initramfs. */
static bool has_image;

static void power_off(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Without a status the host reports that the VM never did: say why and end. */
static void die(const char *fmt, ...)
{
	va_list args;

	fputs("vm init: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	power_off();
}

static void make_dir(const char *path)
{
	char part[4096];
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0755);
		*slash = '/';
	}
	if (mkdir(part, 0755) && errno != EEXIST)
		die("cannot make %s", path);
}

static void do_mount(const char *what, const char *where, const char *type,
		     unsigned long flags, const char *options)
{
	make_dir(where);
	if (mount(what, where, type, flags, options))
		die("cannot mount %s on %s", what, where);
}

/* For file systems that a kernel without the option does not have. */
static void try_mount(const char *type, const char *where)
{
	struct stat st;

	if (stat(where, &st) || mount(type, where, type, 0, NULL))
		fprintf(stderr, "vm init: no %s: %s\n", type, strerror(errno));
}

static char *read_file(const char *path, size_t *size)
{
	char *text = NULL;
	size_t used = 0;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		text = realloc(text, used + 65537);
		if (!text)
			die("no memory for %s", path);
		got = read(fd, text + used, 65536);
		if (got < 0)
			die("cannot read %s", path);
		used += got;
	} while (got);
	close(fd);
	text[used] = '\0';
	if (size)
		*size = used;
	return text;
}

/* Split a file of NUL-ended strings; the result ends with a NULL. */
static char **read_strings(const char *path)
{
	char **strings = calloc(MAX_STRINGS + 1, sizeof(*strings));
	size_t size, at, nr = 0;
	char *text;

	text = read_file(path, &size);
	if (!text || !strings)
		die("cannot read %s", path);
	for (at = 0; at < size; at += strlen(text + at) + 1) {
		if (nr == MAX_STRINGS) {
			errno = E2BIG;
			die("%s", path);
		}
		strings[nr++] = text + at;
	}
	return strings;
}

static void mount_host(void)
{
	do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	do_mount("run", SHARE, "9p", 0, OPTIONS_9P);
	do_mount("hostroot", "/host", "9p", MS_RDONLY,
		 OPTIONS_9P ",cache=loose");
	do_mount("overlay", "/upper", "tmpfs", 0, "mode=0755,size=75%");
	make_dir("/upper/data");
	make_dir("/upper/work");
	do_mount("overlay", "/new", "overlay", 0,
		 "lowerdir=/host,upperdir=/upper/data,workdir=/upper/work");
}

static void mount_image(void)
{
	do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	do_mount("/share", SHARE, NULL, MS_BIND, NULL);
	do_mount("/image", "/new", NULL, MS_BIND, NULL);
}

static int open_path(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die("the host has no %s", path);
	return fd;
}

static void bind_fd(int fd, const char *where)
{
	char source[64];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	do_mount(source, where, NULL, MS_BIND, NULL);
	close(fd);
}

static void change_root(void)
{
	if (chdir("/new") || mount("/new", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("cannot change the root");
}

static void mount_all(void)
{
	do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	do_mount("proc", "/proc", "proc", 0, NULL);
	do_mount("sysfs", "/sys", "sysfs", 0, NULL);
	do_mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666");
	do_mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	do_mount("tmpfs", "/run", "tmpfs", 0, "mode=0755");
	do_mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	make_dir("/run/lock");
	try_mount("cgroup2", "/sys/fs/cgroup");
	try_mount("bpf", "/sys/fs/bpf");
	try_mount("securityfs", "/sys/kernel/security");
	try_mount("debugfs", "/sys/kernel/debug");
	try_mount("tracefs", "/sys/kernel/tracing");
	if (symlink("/proc/self/fd", "/dev/fd") ||
	    symlink("/proc/self/fd/0", "/dev/stdin") ||
	    symlink("/proc/self/fd/1", "/dev/stdout") ||
	    symlink("/proc/self/fd/2", "/dev/stderr"))
		die("cannot make the links in /dev");
}

/*
 * mount_all() hides what the host has below /tmp, /run and so on, where the
 * directories of the run may be: open them before it and bind them after it.
 */
static void mount_new_root(char **dirs)
{
	int fds[MAX_STRINGS], share = open_path(SHARE);
	struct stat st;
	size_t i;

	change_root();
	for (i = 0; dirs[i]; i++)
		fds[i] = open_path(dirs[i]);
	mount_all();
	bind_fd(share, SHARE);
	if (has_image)
		make_dir(SHARE "/out");
	else
		do_mount("out", SHARE "/out", "9p", 0, OPTIONS_9P);
	for (i = 0; dirs[i]; i++) {
		if (stat(dirs[i], &st))
			bind_fd(fds[i], dirs[i]);
		else
			close(fds[i]);
	}
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		fprintf(stderr, "vm init: no loopback: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int create_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die("cannot make %s", path);
	return fd;
}

static int open_port(const char *name)
{
	char path[512], *text;
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	dir = opendir("/sys/class/virtio-ports");
	if (!dir)
		die("no virtio ports");
	while (fd < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 entry->d_name);
		text = read_file(path, NULL);
		if (text && !strcmp(strtok(text, "\n") ?: "", name)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		free(text);
	}
	closedir(dir);
	if (fd < 0)
		die("no virtio port %s", name);
	return fd;
}

static void write_all(int fd, const char *text, size_t size)
{
	ssize_t done;

	for (; size; text += done, size -= done) {
		done = write(fd, text, size);
		if (done < 0 && errno != EINTR)
			die("cannot write to the host");
		if (done < 0)
			done = 0;
	}
}

struct stream {
	int from;	/* read end of the pipe, non-blocking; -1 when at its end */
	int to;		/* virtio port */
};

/* Pass on what is there now. */
static void pump(struct stream *stream)
{
	char buffer[65536];
	ssize_t got;

	while (stream->from >= 0) {
		got = read(stream->from, buffer, sizeof(buffer));
		if (got > 0) {
			write_all(stream->to, buffer, got);
		} else if (!got) {
			close(stream->from);
			stream->from = -1;
		} else if (errno != EINTR) {
			return;
		}
	}
}

static void run_child(char **env, const char *cwd, const char *command)
{
	char *argv[] = { "/bin/bash", "-c", (char *)command, NULL };
	char *shell[] = { "/bin/bash", "--norc", "-i", NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(cwd))
		die("cannot change to %s", cwd);
	execve("/bin/bash", command ? argv : shell, env);
	die("cannot run /bin/bash");
}

static pid_t start_command(struct stream *out, struct stream *err, char **env,
			   const char *cwd, const char *command)
{
	int outs[2], errs[2], in;
	pid_t pid;

	if (has_image) {
		outs[1] = create_file(SHARE "/stdout");
		errs[1] = create_file(SHARE "/stderr");
	} else {
		if (pipe2(outs, O_CLOEXEC) || pipe2(errs, O_CLOEXEC))
			die("no pipe");
		*out = (struct stream){ .from = outs[0], .to = open_port("out") };
		*err = (struct stream){ .from = errs[0], .to = open_port("err") };
		fcntl(outs[0], F_SETFL, O_NONBLOCK);
		fcntl(errs[0], F_SETFL, O_NONBLOCK);
	}
	in = open(SHARE "/stdin", O_RDONLY | O_CLOEXEC);
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0)
		die("no standard input");

	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid) {
		setsid();
		dup2(in, STDIN_FILENO);
		dup2(outs[1], STDOUT_FILENO);
		dup2(errs[1], STDERR_FILENO);
		run_child(env, cwd, command);
	}
	close(in);
	close(outs[1]);
	close(errs[1]);
	return pid;
}

static pid_t start_shell(char **env, const char *cwd)
{
	const char *rows = getenv("ROWS"), *columns = getenv("COLUMNS");
	struct winsize size = {
		.ws_row = rows ? atoi(rows) : 24,
		.ws_col = columns ? atoi(columns) : 80,
	};
	pid_t pid;
	int tty;

	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid) {
		setsid();
		tty = open("/dev/hvc0", O_RDWR);
		if (tty < 0 || ioctl(tty, TIOCSCTTY, 0))
			die("no terminal /dev/hvc0");
		ioctl(tty, TIOCSWINSZ, &size);
		dup2(tty, STDIN_FILENO);
		dup2(tty, STDOUT_FILENO);
		dup2(tty, STDERR_FILENO);
		run_child(env, cwd, NULL);
	}
	return pid;
}

/* Reap every child until @pid has ended; return its status as a shell would. */
static int wait_for(pid_t pid, struct stream *out, struct stream *err)
{
	struct pollfd fds[2];
	struct timespec tick = { .tv_nsec = 200 * 1000 * 1000 };
	sigset_t none;
	int status;
	pid_t got;

	sigemptyset(&none);
	for (;;) {
		while ((got = waitpid(-1, &status, WNOHANG)) > 0) {
			if (got == pid)
				return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
							     WEXITSTATUS(status);
		}
		fds[0] = (struct pollfd){ .fd = out->from, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = err->from, .events = POLLIN };
		ppoll(fds, 2, &tick, &none);
		pump(out);
		pump(err);
	}
}

/* The console shows warnings and worse; keep the rest of the log too. */
static void save_kernel_log(void)
{
	char record[8192];
	ssize_t got;
	int from, to = create_file(SHARE "/kmsg");

	from = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		die("cannot save the kernel log");
	for (;;) {
		got = read(from, record, sizeof(record));
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		write_all(to, record, got);
	}
	close(to);
}

/* What the command left and wrote, to the host's share. */
static void copy_results(void)
{
	int share = open_path(SHARE);
	int status;
	pid_t pid;

	do_mount("run", SHARE, "9p", 0, OPTIONS_9P);
	do_mount("out", SHARE "/out", "9p", 0, OPTIONS_9P);
	pid = fork();
	if (!pid) {
		if (!fchdir(share))
			execl("/bin/cp", "cp", "-r", "out", "stdout", "stderr", SHARE, NULL);
		die("cannot run cp");
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("cannot copy the results");
	close(share);
}

static void child_ended(int signal)
{
}

int main(void)
{
	struct stream out = { .from = -1 }, err = { .from = -1 };
	char **dirs, **env, **var, *command;
	int port = -1, status, size;
	char report[16];
	sigset_t chld;
	pid_t pid;

	has_image = !access("/image", F_OK);
	if (has_image)
		mount_image();
	else
		mount_host();
	dirs = read_strings(SHARE "/dirs");
	env = read_strings(SHARE "/env");
	command = read_file(SHARE "/command", NULL);
	if (!*dirs)
		die("the run names no directory");
	mount_new_root(dirs);
	for (var = env; *var; var++)
		putenv(*var);
	loopback_up();
	if (sethostname("lsmslot-vm", strlen("lsmslot-vm")))
		die("cannot set the host name");

	/* SIGCHLD is let in by ppoll() only, so that none is lost before it. */
	signal(SIGCHLD, child_ended);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);

	if (!has_image)
		port = open_port("status");
	if (command)
		pid = start_command(&out, &err, env, dirs[0], command);
	else
		pid = start_shell(env, dirs[0]);
	status = wait_for(pid, &out, &err);
	pump(&out);
	pump(&err);
	if (has_image) {
		copy_results();
		port = create_file(SHARE "/status");
	}
	save_kernel_log();
	size = snprintf(report, sizeof(report), "%d\n", status);
	write_all(port, report, size);
	power_off();
}
