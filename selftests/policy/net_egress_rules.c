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
	int err = result(connect(fd, (void *)&host->in4, sizeof(host->in4)));

	close(fd);
	return err;
}

static int reach6(struct host *host)
{
	int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
	int err = result(connect(fd, (void *)&host->in6, sizeof(host->in6)));

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

/* By UDP, which only looks for a route. */
static int reach(const char *ip, __u16 port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), one = 1, err;

	inet_pton(AF_INET, ip, &to.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	err = result(sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)));
	close(fd);
	return err;
}

static int reach_embedded(const char *ip)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int fd = new_socket(AF_INET6, SOCK_DGRAM, 0), err;

	inet_pton(AF_INET6, ip, &to.sin6_addr);
	err = result(connect(fd, (void *)&to, sizeof(to)));
	close(fd);
	return err;
}

static void kinds_of_addresses(void)
{
	struct policy policy;
	int port, other, group, broadcast, nat64;

	policy_attach(&policy, "net_egress");
	list4(&policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	port = reach("10.9.0.1", PORT);
	other = reach("10.9.0.1", PORT + 5);
	test_ok(!port && !other && reach("10.9.0.2", PORT + 5) == -EPERM,
		"the port makes no difference");
	group = reach("239.1.2.3", PORT);
	broadcast = reach("10.9.0.255", PORT);
	list4(&policy, "239.1.0.0", 16, NET_EGRESS_ALLOW);
	list4(&policy, "10.9.0.255", 32, NET_EGRESS_ALLOW);
	test_ok(group == -EPERM && broadcast == -EPERM && !reach("239.1.2.3", PORT) &&
		!reach("10.9.0.255", PORT), "multicast and broadcast are addresses like others");
	nat64 = reach_embedded("64:ff9b::10.9.0.1");
	list6(&policy, "64:ff9b::", 96, NET_EGRESS_ALLOW);
	test_ok(nat64 == -EPERM && !reach_embedded("64:ff9b::10.9.0.1"),
		"NAT64 addresses are plain IPv6 addresses");
	policy_detach(&policy);
}

/*
 * A server answers a client to whose address it could not connect. Without bind()
 * the kernel chooses the port.
 */
static int serves(int backlog, bool bound)
{
	struct sockaddr_in to = near.in4, from = far.in4;
	int server = new_socket(AF_INET, SOCK_STREAM, 0), client, child, err;
	socklen_t size = sizeof(to);

	to.sin_port = htons(PORT + 1);
	from.sin_port = 0;
	if ((bound && bind(server, (void *)&to, sizeof(to))) || listen(server, backlog) ||
	    getsockname(server, (void *)&to, &size))
		return -errno;
	to.sin_addr = near.in4.sin_addr;
	client = new_socket(AF_INET, SOCK_STREAM, 0);
	if (bind(client, (void *)&from, sizeof(from)) ||
	    connect(client, (void *)&to, sizeof(to)))
		test_bail("no client");
	child = accept(server, NULL, NULL);
	if (child < 0)
		return -errno;
	err = result(send(child, "x", 1, 0));
	close(child);
	close(client);
	close(server);
	return err;
}

static int disconnects(int connected)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return result(connect(connected, &none, sizeof(none)));
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
	err = result(sendto(client, "x", 1, 0, (void *)&name, sizeof(name)));
	close(server);
	close(client);
	close(pair[0]);
	close(pair[1]);
	return err;
}

static int answers_udp(void)
{
	struct sockaddr_in at = near.in4, from = far.in4;
	int server = new_socket(AF_INET, SOCK_DGRAM, 0), err;
	int client = new_socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t size = sizeof(from);
	char data;

	at.sin_port = htons(PORT + 2);
	from.sin_port = 0;
	if (bind(server, (void *)&at, sizeof(at)) || bind(client, (void *)&from, size) ||
	    sendto(client, "x", 1, 0, (void *)&at, sizeof(at)) != 1 ||
	    recvfrom(server, &data, 1, 0, (void *)&from, &size) != 1)
		test_bail("no client by UDP");
	err = result(sendto(server, "x", 1, 0, (void *)&from, size));
	close(client);
	close(server);
	return err;
}

/* The second message to an address is not asked about: it has a source route. */
static int second_message(bool alone)
{
	static const unsigned char route[8] = { 131, 7, 4, 10, 9, 0, 2, 0 };
	char room[CMSG_SPACE(sizeof(route))] = {};
	struct iovec data = { "x", 1 };
	struct mmsghdr messages[2] = {};
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), sent;
	struct cmsghdr *head;

	for (int i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_name = &near.in4;
		messages[i].msg_hdr.msg_namelen = sizeof(near.in4);
		messages[i].msg_hdr.msg_iov = &data;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	messages[1].msg_hdr.msg_control = room;
	messages[1].msg_hdr.msg_controllen = sizeof(room);
	head = CMSG_FIRSTHDR(&messages[1].msg_hdr);
	head->cmsg_level = SOL_IP;
	head->cmsg_type = IP_RETOPTS;
	head->cmsg_len = CMSG_LEN(sizeof(route));
	memcpy(CMSG_DATA(head), route, sizeof(route));
	sent = sendmmsg(fd, messages + alone, 2 - alone, 0);
	close(fd);
	return sent < 0 ? -errno : sent;
}

static void source_routes(void)
{
	struct policy policy;

	policy_attach(&policy, "net_egress");
	list4(&policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	test_ok(second_message(true) == -EPERM && second_message(false) == 2,
		"limit: a source route in the second of two messages to one address");
	policy_detach(&policy);
	policy_open(&policy, "net_egress");
	policy_constant(&policy, "allow_source_routes", true);
	policy_start(&policy);
	list4(&policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	test_ok(second_message(true) == 1, "allow_source_routes: a source route");
	policy_detach(&policy);
}

/* Listened, was shut down, and connected before the policy. */
static int former_server(void)
{
	struct sockaddr_in at = near.in4;
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	at.sin_port = htons(PORT + 3);
	if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, 5) || shutdown(fd, SHUT_RDWR) ||
	    connect(fd, (void *)&far.in4, sizeof(far.in4)))
		test_bail("cannot connect what was a server");
	return fd;
}

static void others_work(void)
{
	int connected = new_socket(AF_INET, SOCK_DGRAM, 0);
	int former = former_server();
	struct policy policy;

	if (connect(connected, (void *)&far.in4, sizeof(far.in4)))
		test_bail("cannot connect");
	policy_open(&policy, "net_egress");
	policy_start(&policy);
	list4(&policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	test_ok(!serves(1, true), "allowed: listen, accept, and an answer");
	test_ok(!serves(1, false), "allowed: the same without bind");
	test_ok(serves(0, true) == -EPERM && serves(0, false) == -EPERM,
		"limit: with listen(fd, 0) an answer is refused");
	test_ok(answers_udp() == -EPERM, "limit: an answer of a UDP server is refused");
	test_ok(!disconnects(connected), "allowed: disconnecting");
	test_ok(!uses_unix(), "allowed: Unix sockets");
	test_ok(!system("ip link show lo >/dev/null"), "allowed: netlink");
	test_ok(write(former, "x", 1) == 1,
		"limit: what listened before it was connected before counts as accepted");
	close(former);
	policy_detach(&policy);
	close(connected);
}

static void other_kinds(void)
{
	static const struct {
		const char *what;
		int family, type, protocol;
	} kinds[] = {
		{ "SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP },
		{ "MPTCP", AF_INET, SOCK_STREAM, 262 },
		{ "vsock", AF_VSOCK, SOCK_STREAM, 0 },
		{ "AF_XDP", 44, SOCK_RAW, 0 },
	};
	bool can[ARRAY_SIZE(kinds)];
	struct policy policy;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int fd = socket(kinds[i].family, kinds[i].type, kinds[i].protocol);

		can[i] = fd >= 0;
		close(fd);
	}
	policy_open(&policy, "net_egress");
	policy_constant(&policy, "allow_other", true);
	policy_start(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int fd = socket(kinds[i].family, kinds[i].type, kinds[i].protocol);

		if (can[i])
			test_ok(fd >= 0, "allow_other: %s", kinds[i].what);
		else
			test_skip("this kernel has no %s", kinds[i].what);
		close(fd);
	}
	test_ok(reach4(&far) == -EPERM, "allow_other: addresses of TCP count");
	policy_detach(&policy);
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
	struct events log;
	struct policy policy;

	policy_open(&policy, "net_egress");
	policy_start(&policy);
	events_open(&log, &policy);
	reach4(&far);
	test_ok(events_read(&log) == 1 && log.seen[0].pid == (__u32)getpid() &&
		!strcmp(log.seen[0].hook, "socket_connect") &&
		log.seen[0].object == LSMSLOT_OBJECT_ADDRESS &&
		log.seen[0].address.family == AF_INET && log.seen[0].address.port == PORT &&
		!memcmp(log.seen[0].address.addr, &far.in4.sin_addr, 4),
		"the event names process, address and port");
	reach6(&far);
	test_ok(events_read(&log) == 1 && log.seen[0].address.family == AF_INET6 &&
		!memcmp(log.seen[0].address.addr, &far.in6.sin6_addr, 16),
		"the event of an IPv6 address");
	test_ok(policy_counter(&policy, LSMSLOT_DENIED) == 2, "denials are counted");
	events_close(&log);
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
		sh("mount -t cgroup2 cgroup2 /sys/fs/cgroup");
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
	kinds_of_addresses();
	others_work();
	source_routes();
	other_kinds();
	constants();
	events();
	scoped();
	return test_done();
}
