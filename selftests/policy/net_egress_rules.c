// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * name spaces: the system's (events have pids as the kernel counts)
 *
 * net-egress: what the lists and constants mean, what stays as it was, and that
 * the policy keeps to its cgroups.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net_egress.h"

static struct host near, far, any;

static int reach4(struct host *host)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	int err = outcome(connect(fd, (void *)&host->in4, sizeof(host->in4)));

	close(fd);
	return err;
}

static int reach6(struct host *host)
{
	int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
	int err = outcome(connect(fd, (void *)&host->in6, sizeof(host->in6)));

	close(fd);
	return err;
}

static void prefixes(void)
{
	struct policy policy;

	policy_open(&policy, "net_egress");
	policy_start(&policy);
	test_ok(reach4(&near) == -EPERM && reach6(&near) == -EPERM,
		"empty lists deny all");
	list4(&policy, "0.0.0.0", 0, NET_EGRESS_ALLOW);
	test_ok(!reach4(&near) && !reach4(&far), "a prefix of no length allows all");
	test_ok(reach6(&near) == -EPERM, "IPv6 has a list of its own");
	list4(&policy, "10.9.0.2", 31, NET_EGRESS_DENY);
	test_ok(!reach4(&near) && reach4(&far) == -EPERM, "a longer prefix wins");
	list4(&policy, "10.9.0.2", 32, NET_EGRESS_ALLOW);
	test_ok(!reach4(&far), "and a longer one over that");
	list4(&policy, "10.9.0.2", 32, 7);
	test_ok(reach4(&far) == -EPERM, "a value that is no verdict denies");
	policy_detach(&policy);

	policy_open(&policy, "net_egress");
	policy_constant(&policy, "default_verdict", NET_EGRESS_ALLOW);
	policy_start(&policy);
	list6(&policy, "fd00::2", 127, NET_EGRESS_DENY);
	test_ok(!reach4(&far) && !reach6(&near) && reach6(&far) == -EPERM,
		"default_verdict allow: only what is listed is denied");
	policy_detach(&policy);
}

static void nobody(void)
{
	struct policy policy;

	policy_open(&policy, "net_egress");
	policy_start(&policy);
	list4(&policy, "0.0.0.0", 32, NET_EGRESS_ALLOW);
	list6(&policy, "::", 128, NET_EGRESS_ALLOW);
	test_ok(reach4(&any) == -EPERM && reach6(&any) == -EPERM,
		"0.0.0.0 and :: are loopback, and not what is listed as such");
	list4(&policy, "127.0.0.1", 32, NET_EGRESS_ALLOW);
	test_ok(!reach4(&any) && reach6(&any) == -EPERM, "0.0.0.0 is 127.0.0.1");
	list6(&policy, "::1", 128, NET_EGRESS_ALLOW);
	test_ok(!reach6(&any), ":: is ::1");
	policy_detach(&policy);
}

/* A server answers a client to whose address it could not connect. */
static int serves(void)
{
	struct sockaddr_in to = near.in4, from = far.in4;
	int server = new_socket(AF_INET, SOCK_STREAM, 0), client, child, err;

	to.sin_port = htons(PORT + 1);
	from.sin_port = 0;
	if (bind(server, (void *)&to, sizeof(to)) || listen(server, 1))
		return -errno;
	client = new_socket(AF_INET, SOCK_STREAM, 0);
	if (bind(client, (void *)&from, sizeof(from)) ||
	    connect(client, (void *)&to, sizeof(to)))
		test_bail("no client");
	child = accept(server, NULL, NULL);
	if (child < 0)
		return -errno;
	err = outcome(send(child, "x", 1, 0));
	close(child);
	close(client);
	close(server);
	return err;
}

static int disconnects(int connected)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return outcome(connect(connected, &none, sizeof(none)));
}

static int uses_unix(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int pair[2], server, client, err;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || write(pair[0], "x", 1) != 1)
		return -errno;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "lsmslot-%d", getpid());
	server = new_socket(AF_UNIX, SOCK_DGRAM, 0);
	client = new_socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(server, (void *)&name, sizeof(name)))
		return -errno;
	err = outcome(sendto(client, "x", 1, 0, (void *)&name, sizeof(name)));
	close(server);
	close(client);
	close(pair[0]);
	close(pair[1]);
	return err;
}

static void others_work(void)
{
	int connected = new_socket(AF_INET, SOCK_DGRAM, 0);
	struct policy policy;

	if (connect(connected, (void *)&far.in4, sizeof(far.in4)))
		test_bail("cannot connect");
	policy_open(&policy, "net_egress");
	policy_start(&policy);
	list4(&policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	test_ok(!serves(), "allowed: listen, accept, and an answer");
	test_ok(!disconnects(connected), "allowed: disconnecting");
	test_ok(!uses_unix(), "allowed: Unix sockets");
	test_ok(!system("ip link show lo >/dev/null"), "allowed: netlink");
	policy_detach(&policy);
	close(connected);
}

static void constants(void)
{
	int tcp = new_socket(AF_INET, SOCK_STREAM, 0);
	struct policy policy;
	int fd;

	if (connect(tcp, (void *)&far.in4, sizeof(far.in4)))
		test_bail("cannot connect");
	policy_open(&policy, "net_egress");
	policy_constant(&policy, "check_connected", 0);
	policy_constant(&policy, "allow_packet", 1);
	policy_constant(&policy, "allow_raw", 1);
	policy_start(&policy);
	test_ok(write(tcp, "x", 1) == 1, "check_connected false: sending goes on");
	test_ok(reach4(&far) == -EPERM, "check_connected false: connecting is denied");
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	test_ok(fd >= 0, "allow_packet: a packet socket");
	close(fd);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	test_ok(fd >= 0, "allow_raw: a raw socket");
	test_ok(sendto(fd, "01234567", 8, 0, (void *)&far.in4, sizeof(far.in4)) < 0 &&
		errno == EPERM, "allow_raw: addresses count");
	far.in4.sin_family = AF_UNSPEC;
	test_ok(sendto(fd, "01234567", 8, 0, (void *)&far.in4, sizeof(far.in4)) < 0 &&
		errno == EPERM, "allow_raw: addresses without a family count");
	far.in4.sin_family = AF_INET;
	close(fd);
	policy_detach(&policy);
	close(tcp);
}

static void events(void)
{
	struct event_log log;
	struct policy policy;

	policy_open(&policy, "net_egress");
	policy_start(&policy);
	events_open(&log, &policy);
	reach4(&far);
	test_ok(events_take(&log) == 1 && log.last.pid == (__u32)getpid() &&
		!strcmp(log.last.hook, "socket_connect") &&
		log.last.object == LSMSLOT_OBJECT_ADDRESS &&
		log.last.address.family == AF_INET && log.last.address.port == PORT &&
		!memcmp(log.last.address.addr, &far.in4.sin_addr, 4),
		"the event names process, address and port");
	reach6(&far);
	test_ok(events_take(&log) == 1 && log.last.address.family == AF_INET6 &&
		!memcmp(log.last.address.addr, &far.in6.sin6_addr, 16),
		"the event of an IPv6 address");
	test_ok(policy_count(&policy, LSMSLOT_DENIED) == 2, "denials are counted");
	ring_buffer__free(log.ring);
	policy_detach(&policy);
}

#define CGROUP "/sys/fs/cgroup/lsmslot-net-egress"

static int reach_in_cgroup(void)
{
	int status, pid = fork();

	if (!pid) {
		int fd = open(CGROUP "/cgroup.procs", O_WRONLY);

		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(255);
		_exit(-reach4(&far));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 255)
		test_bail("cannot run a child in a cgroup");
	return -WEXITSTATUS(status);
}

static void scoped(void)
{
	struct policy policy;
	struct stat cgroup;
	lsmslot_cgroup_t id;
	__u32 one = 1;

	if (access("/sys/fs/cgroup/cgroup.procs", F_OK))
		net_sh("mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	if ((mkdir(CGROUP, 0755) && errno != EEXIST) || stat(CGROUP, &cgroup))
		test_bail("no cgroup");
	id = cgroup.st_ino;
	policy_open(&policy, "net_egress");
	policy_constant(&policy, "lsmslot_scoped", 1);
	policy_start(&policy);
	test_ok(!reach4(&far) && !reach_in_cgroup(), "scope: nowhere at first");
	map_set(policy_map(&policy, "scope"), &id, &one);
	test_ok(!reach4(&far), "scope: not outside of the cgroup");
	test_ok(reach_in_cgroup() == -EPERM, "scope: in the cgroup");
	policy_detach(&policy);
	rmdir(CGROUP);
}

int main(void)
{
	net_init();
	host_init(&near, "10.9.0.1", "fd00::1");
	host_init(&far, "10.9.0.2", "fd00::2");
	host_init(&any, "0.0.0.0", "::");
	prefixes();
	nobody();
	others_work();
	constants();
	events();
	scoped();
	return test_done();
}
