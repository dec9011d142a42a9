/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of net-egress: a network name space of the test's own, with two
 * hosts in it that are the test itself.
 */
#ifndef POLICY_TEST_NET_EGRESS_H
#define POLICY_TEST_NET_EGRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <lsmslot/net_egress.h>

#include "ways.h"

#define PORT 7007

struct host {
	const char *ip4, *ip6;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6, mapped;
	/* Sockets from before the policy; corked holds a message to the host. */
	int tcp4, tcp6, udp4, udp6, corked4, corked6;
};

static inline void host_init(struct host *host, const char *ip4, const char *ip6)
{
	char mapped[64];

	memset(host, 0, sizeof(*host));
	host->ip4 = ip4;
	host->ip6 = ip6;
	host->in4.sin_family = AF_INET;
	host->in4.sin_port = htons(PORT);
	host->in6.sin6_family = host->mapped.sin6_family = AF_INET6;
	host->in6.sin6_port = host->mapped.sin6_port = htons(PORT);
	snprintf(mapped, sizeof(mapped), "::ffff:%s", ip4);
	if (inet_pton(AF_INET, ip4, &host->in4.sin_addr) != 1 ||
	    inet_pton(AF_INET6, ip6, &host->in6.sin6_addr) != 1 ||
	    inet_pton(AF_INET6, mapped, &host->mapped.sin6_addr) != 1)
		test_bail("no addresses: %s %s", ip4, ip6);
}

static inline int new_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		test_bail("no socket of family %d, type %d", family, type);
	return fd;
}

/* Takes what is sent to @family, for as long as the test runs. */
static inline void serve(int family, int type)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = new_socket(family, type, 0), one = 1;

	if (family == AF_INET6)
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, family == AF_INET ? (void *)&any4 : (void *)&any6,
		 family == AF_INET ? sizeof(any4) : sizeof(any6)))
		test_bail("cannot bind");
	if (type == SOCK_STREAM && listen(fd, 4096))
		test_bail("cannot listen");
}

static inline void net_init(void)
{
	if (unshare(CLONE_NEWNET))
		test_bail("cannot have a network name space");
	sh("ip link set lo up && ip addr add 10.9.0.1/32 dev lo && "
	       "ip addr add 10.9.0.2/32 dev lo && "
	       "ip addr add fd00::1/128 dev lo nodad && "
	       "ip addr add fd00::2/128 dev lo nodad && "
	       "ip addr add 10.9.0.3/24 brd 10.9.0.255 dev lo && ip route add 239.0.0.0/8 dev lo && "
	       "ip -6 route add 64:ff9b::/96 dev lo && "
	       "echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range");
	serve(AF_INET, SOCK_STREAM);
	serve(AF_INET6, SOCK_STREAM);
	serve(AF_INET, SOCK_DGRAM);
	serve(AF_INET6, SOCK_DGRAM);
}

/* Takes connections of @family and @protocol to @port of the host itself. */
static inline void serve_protocol(int family, int type, int protocol,
				  const void *at, size_t size)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd >= 0 && (bind(fd, at, size) || listen(fd, 4096)))
		test_bail("cannot serve family %d, protocol %d", family, protocol);
}

static inline void list4(struct policy *policy, const char *ip, __u32 length,
			 enum net_egress_verdict verdict)
{
	struct lsmslot_ipv4_prefix key = { .prefixlen = length };

	inet_pton(AF_INET, ip, key.addr);
	map_set(policy_map(policy, "ipv4"), &key, &verdict);
}

static inline void list6(struct policy *policy, const char *ip, __u32 length,
			 enum net_egress_verdict verdict)
{
	struct lsmslot_ipv6_prefix key = { .prefixlen = length };

	inet_pton(AF_INET6, ip, key.addr);
	map_set(policy_map(policy, "ipv6"), &key, &verdict);
}

#endif /* POLICY_TEST_NET_EGRESS_H */
