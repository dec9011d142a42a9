// SPDX-License-Identifier: GPL-2.0-only
/*
 * net-egress: where sockets may send to, by lists of IPv4 and IPv6 prefixes.
 *
 * An address is given to connect(), or with a message to a socket that is not
 * connected. Both are asked here. A connected socket is asked again when it
 * sends: it may have been connected before the policy, by a task that is not in
 * scope, or before the list was changed. Connections that were accepted are
 * none of this policy's business, so servers go on serving.
 *
 * What has no address that could be compared is refused as a kind of socket.
 *
 * docs/policies/net-egress.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include <lsmslot/net_egress.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, NET_EGRESS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_ipv4_prefix);
	__type(value, enum net_egress_verdict);
} ipv4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, NET_EGRESS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_ipv6_prefix);
	__type(value, enum net_egress_verdict);
} ipv6 SEC(".maps");

const volatile enum net_egress_verdict default_verdict = NET_EGRESS_DENY;
const volatile bool check_connected = true;
const volatile bool allow_packet = false;
const volatile bool allow_raw = false;
const volatile bool allow_other = false;
const volatile bool allow_source_routes = false;

/* include/linux/socket.h; policy.h has the three that others need */
#define AF_UNSPEC	0
#define AF_KEY		15
#define AF_NETLINK	16
#define AF_PACKET	17
#define AF_ALG		38
#define MSG_FASTOPEN	0x20000000

#define SOL_IP		0
#define SOL_IPV6	41
#define IP_OPTIONS	4
#define IP_RETOPTS	7
#define IPV6_2292RTHDR	5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_RTHDR	57
#define LOOPBACK	0x7f000001

/* --- Addresses ------------------------------------------------------------ */

static __always_inline bool allowed4(__be32 addr)
{
	struct lsmslot_ipv4_prefix key = { .prefixlen = 32 };
	enum net_egress_verdict *verdict;

	__builtin_memcpy(key.addr, &addr, sizeof(key.addr));
	verdict = bpf_map_lookup_elem(&ipv4, &key);
	return (verdict ? *verdict : default_verdict) == NET_EGRESS_ALLOW;
}

static __always_inline bool allowed6(const __be32 *addr)
{
	struct lsmslot_ipv6_prefix key = { .prefixlen = 128 };
	enum net_egress_verdict *verdict;

	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	verdict = bpf_map_lookup_elem(&ipv6, &key);
	return (verdict ? *verdict : default_verdict) == NET_EGRESS_ALLOW;
}

/* The kernel takes the address of nobody for the host itself. */
static __noinline int check4(const char *hook, __be32 addr, __be16 port)
{
	if (!addr)
		addr = bpf_htonl(LOOPBACK);
	if (allowed4(addr))
		return 0;
	return deny_address(hook, AF_INET, &addr, port);
}

/*
 * A mapped address is an IPv4 address: what leaves the host is IPv4. Nobody's
 * address becomes either loopback address, by how the socket is bound; both have
 * to be allowed.
 */
static __noinline int check6(const char *hook, const __be32 *addr, __be16 port)
{
	__be32 to[4];

	__builtin_memcpy(to, addr, sizeof(to));
	if (!to[0] && !to[1] && to[2] == bpf_htonl(0xffff))
		return check4(hook, to[3], port);
	if (!to[0] && !to[1] && !to[2] && !to[3]) {
		if (!allowed4(bpf_htonl(LOOPBACK)))
			return deny_address(hook, AF_INET6, to, port);
		to[3] = bpf_htonl(1);
	}
	if (allowed6(to))
		return 0;
	return deny_address(hook, AF_INET6, to, port);
}

/* An address of user space, copied by the kernel: it does not change any more. */
union address {
	__u16 family;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static __always_inline int check_sockaddr(const char *hook, __u16 family,
					  const union address *to)
{
	switch (family) {
	case AF_INET:
		return check4(hook, to->in4.sin_addr.s_addr, to->in4.sin_port);
	case AF_INET6:
		return check6(hook, to->in6.sin6_addr.in6_u.u6_addr32,
			      to->in6.sin6_port);
	}
	return deny_number(hook, family);
}

/* --- Kinds of sockets ----------------------------------------------------- */

enum kind {
	KIND_LOCAL,	/* stays on the host, or only configures it */
	KIND_IP,	/* IP with a destination that is known here */
	KIND_RAW,	/* IP with headers that may be the sender's own */
	KIND_PACKET,	/* frames */
	KIND_OTHER,	/* reaches other hosts in a way that is not known here */
};

/*
 * What is not named is KIND_OTHER, so that a family or protocol of a later
 * kernel is no way out: SCTP and MPTCP connect to further addresses on their
 * own, RDS, TIPC, SMC, vsock and AF_XDP have other addresses or none.
 */
static __always_inline enum kind kind_of(int family, int type, int protocol)
{
	switch (family) {
	case AF_UNSPEC:
	case AF_UNIX:
	case AF_KEY:
	case AF_NETLINK:
	case AF_ALG:
		return KIND_LOCAL;
	case AF_INET:
	case AF_INET6:
		break;
	case AF_PACKET:
		return KIND_PACKET;
	default:
		return KIND_OTHER;
	}
	switch (type) {
	case SOCK_RAW:
		return KIND_RAW;
	case SOCK_STREAM:
		if (protocol == 0 || protocol == IPPROTO_TCP)
			return KIND_IP;
		return KIND_OTHER;
	case SOCK_DGRAM:
		if (protocol == 0 || protocol == IPPROTO_UDP ||
		    protocol == IPPROTO_UDPLITE || protocol == IPPROTO_ICMP ||
		    protocol == 58 /* IPPROTO_ICMPV6 */)
			return KIND_IP;
		return KIND_OTHER;
	}
	return KIND_OTHER;
}

static __always_inline bool kind_allowed(enum kind kind)
{
	switch (kind) {
	case KIND_LOCAL:
	case KIND_IP:
		return true;
	case KIND_RAW:
		return allow_raw;
	case KIND_PACKET:
		return allow_packet;
	case KIND_OTHER:
		return allow_other;
	}
	return false;
}

static __always_inline enum kind sock_kind(struct sock *sk)
{
	return kind_of(sk->__sk_common.skc_family, sk->sk_type, sk->sk_protocol);
}

static __always_inline bool is_ip(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* @type and @family are the kernel's: SOCK_PACKET is AF_PACKET by now. */
SEC("lsm/socket_create")
int BPF_PROG(net_egress_create, int family, int type, int protocol, int kern)
{
	if (kern || kind_allowed(kind_of(family, type, protocol)))
		return 0;
	return deny_number("socket_create", family);
}

/* --- Source routes -------------------------------------------------------- */

/*
 * With a source route the packet first goes to an address in the route, and the
 * one that connect() or sendto() got is only where it is to end.
 */
static __always_inline bool is_source_route(int level, int option)
{
	if (level == SOL_IP)
		return option == IP_OPTIONS || option == IP_RETOPTS;
	if (level == SOL_IPV6)
		return option == IPV6_RTHDR || option == IPV6_2292RTHDR ||
		       option == IPV6_2292PKTOPTIONS;
	return false;
}

/* As socket options IP_RETOPTS only asks for the options of what comes in. */
SEC("lsm/socket_setsockopt")
int BPF_PROG(net_egress_setsockopt, struct socket *sock, int level, int optname)
{
	if (level != SOL_IP && level != SOL_IPV6)
		return 0;
	if (allow_source_routes || !is_source_route(level, optname))
		return 0;
	if (level == SOL_IP && optname == IP_RETOPTS)
		return 0;
	return deny_number("socket_setsockopt", optname);
}

/* One set by an option before the policy was there. */
static __always_inline bool sock_has_source_route(struct sock *sk, __u16 family)
{
	struct inet_sock *inet = untrusted(struct inet_sock, sk);
	struct ip_options_rcu *options = inet->inet_opt;
	struct ipv6_pinfo *pinfo;

	if (options && options->opt.srr)
		return true;
	if (family != AF_INET6)
		return false;
	pinfo = inet->pinet6;
	return pinfo && pinfo->opt && pinfo->opt->srcrt;
}

struct control {
	void *at;
	void *end;
	bool found;
};

#define CONTROL_MAX 64	/* messages in one call */

/* One control message; 0 goes on to the next one. */
static long control_step(__u32 i, struct control *control)
{
	struct {
		__u64 len;
		int level;
		int type;
	} head;

	if (control->at + sizeof(head) > control->end)
		return 1;
	/* What cannot be read, or does not end, is taken as a source route. */
	control->found = true;
	if (bpf_probe_read_kernel(&head, sizeof(head), control->at))
		return 1;
	if (is_source_route(head.level, head.type))
		return 1;
	control->found = i == CONTROL_MAX - 1;
	/* The kernel refuses such a message, or goes no further. */
	if (head.len < sizeof(head) || head.len > control->end - control->at)
		return 1;
	control->at += (head.len + 7) & ~7ULL;
	return 0;
}

static __always_inline bool message_has_source_route(struct msghdr *msg)
{
	struct control control = {
		.at = msg->msg_control,
		.end = msg->msg_control + msg->msg_controllen,
	};

	if (msg->msg_control_is_user)
		return true;
	bpf_loop(CONTROL_MAX, control_step, &control, 0);
	return control.found;
}

/* --- Connecting and sending ----------------------------------------------- */

SEC("lsm/socket_connect")
int BPF_PROG(net_egress_connect, struct socket *sock, struct sockaddr *address,
	     int addrlen)
{
	struct sock *sk = sock->sk;
	union address to = {};
	enum kind kind;

	if (!sk)
		return 0;
	kind = sock_kind(sk);
	if (kind == KIND_LOCAL)
		return 0;
	if (!kind_allowed(kind))
		return deny_number("socket_connect", sk->__sk_common.skc_family);
	if (!is_ip(sk->__sk_common.skc_family))
		return 0;
	bpf_probe_read_kernel(&to, sizeof(to), address);
	/* Connecting to nothing disconnects. */
	if (to.family == AF_UNSPEC)
		return 0;
	return check_sockaddr("socket_connect", to.family, &to);
}

/* include/uapi/linux/sctp.h, include/linux/sctp.h; the last two as on the wire */
#define SCTP_SOCKOPT_CONNECTX	110
#define SCTP_SENDMSG_CONNECT	126
#define SCTP_PARAM_ADD_IP	bpf_htons(0xc001)
#define SCTP_PARAM_SET_PRIMARY	bpf_htons(0xc004)

struct addresses {
	__u64 at;	/* a number: what it points to is only copied */
	int left;	/* bytes */
	bool denied;
};

#define ADDRESSES_MAX 64	/* in one call */

/* One of several addresses, one behind the other; 0 goes on to the next one. */
static long addresses_step(__u32 i, struct addresses *addresses)
{
	union address to = {};
	int size;

	if (addresses->left < (int)sizeof(to.family))
		return 1;
	bpf_probe_read_kernel(&to, sizeof(to), (void *)addresses->at);
	addresses->denied = check_sockaddr("sctp_bind_connect", to.family, &to);
	size = to.family == AF_INET ? sizeof(to.in4) : sizeof(to.in6);
	addresses->at += size;
	addresses->left -= size;
	return addresses->denied;
}

/*
 * sctp_connectx() is a socket option, and a message can make an association. Of
 * what a peer asks for in its packets the task knows nothing that is current.
 */
SEC("lsm/sctp_bind_connect")
int BPF_PROG(net_egress_sctp, struct sock *sk, int optname, struct sockaddr *address,
	     int addrlen)
{
	struct addresses addresses = { .left = addrlen };

	if (optname == SCTP_PARAM_ADD_IP || optname == SCTP_PARAM_SET_PRIMARY ||
	    BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		return 0;
	if (!allow_other)
		return deny_number("sctp_bind_connect", optname);
	if (optname != SCTP_SOCKOPT_CONNECTX && optname != SCTP_SENDMSG_CONNECT)
		return 0;
	/* Read, and not set: the verifier would follow a pointer it knows. */
	bpf_probe_read_kernel(&addresses.at, sizeof(addresses.at), &address);
	bpf_loop(ADDRESSES_MAX, addresses_step, &addresses, 0);
	if (addresses.denied)
		return -EPERM;
	return addresses.left >= (int)sizeof(__u16) ?
	       deny_number("sctp_bind_connect", optname) : 0;
}

static const char sendmsg[] = "socket_sendmsg";

static __always_inline int check_peer(struct sock *sk, __u16 family)
{
	struct sock *peer = untrusted(struct sock, sk);
	__be32 addr[4];

	if (!check_connected)
		return 0;
	if (family == AF_INET) {
		addr[0] = peer->__sk_common.skc_daddr;
		return addr[0] ? check4(sendmsg, addr[0],
					peer->__sk_common.skc_dport) : 0;
	}
	for (int i = 0; i < 4; i++)
		addr[i] = peer->__sk_common.skc_v6_daddr.in6_u.u6_addr32[i];
	if (!(addr[0] | addr[1] | addr[2] | addr[3]))
		return 0;
	return check6(sendmsg, addr, peer->__sk_common.skc_dport);
}

/*
 * Where a corked UDP socket has been sending to: what is added goes there too,
 * whatever its own address.
 */
static __noinline int check_cork(struct sock *sk)
{
	struct udp_sock *udp = untrusted(struct udp_sock, sk);
	__be32 addr[4];

	if (udp->pending == AF_INET)
		return check4(sendmsg, udp->inet.cork.fl.u.ip4.daddr, 0);
	bpf_probe_read_kernel(addr, sizeof(addr), &udp->inet.cork.fl.u.ip6.daddr);
	return check6(sendmsg, addr, 0);
}

/*
 * A child of a listening socket keeps the length of its queue, and no other
 * connected socket has one but one that listened itself before.
 */
static __always_inline bool is_accepted(struct sock *sk)
{
	return sk->sk_max_ack_backlog != 0;
}

static __always_inline int send_stream(struct sock *sk, struct msghdr *msg,
				       __u16 family)
{
	union address to = {};
	int err;

	/* Only fast open looks at a stream's address: it connects by it. */
	if ((msg->msg_flags & MSG_FASTOPEN) && msg->msg_name) {
		bpf_probe_read_kernel(&to, sizeof(to), msg->msg_name);
		err = check_sockaddr(sendmsg, to.family, &to);
		if (err)
			return err;
	}
	if (is_accepted(sk))
		return 0;
	if (!allow_source_routes && sock_has_source_route(sk, family))
		return deny_number(sendmsg, IP_OPTIONS);
	return check_peer(sk, family);
}

static __always_inline int send_datagram(struct sock *sk, struct msghdr *msg,
					 __u16 family)
{
	struct udp_sock *udp = untrusted(struct udp_sock, sk);
	union address to = {};
	__u16 to_family;
	int err;

	if (!allow_source_routes &&
	    (sock_has_source_route(sk, family) ||
	     (msg->msg_controllen && message_has_source_route(msg))))
		return deny_number(sendmsg, IP_OPTIONS);
	if (sk->sk_type == SOCK_DGRAM &&
	    (sk->sk_protocol == IPPROTO_UDP || sk->sk_protocol == IPPROTO_UDPLITE) &&
	    udp->pending) {
		err = check_cork(sk);
		if (err)
			return err;
	}
	if (!msg->msg_name)
		return check_peer(sk, family);
	bpf_probe_read_kernel(&to, sizeof(to), msg->msg_name);
	to_family = to.family;
	/*
	 * No family means the socket's own, as old programs expect; only IPv6
	 * datagram sockets ignore such an address.
	 */
	if (to_family == AF_UNSPEC) {
		if (family == AF_INET6 && sk->sk_type == SOCK_DGRAM)
			return check_peer(sk, family);
		to_family = family;
	}
	return check_sockaddr(sendmsg, to_family, &to);
}

/* write(), sendfile(), splice(), io_uring: all ways of sending end here. */
SEC("lsm/socket_sendmsg")
int BPF_PROG(net_egress_send, struct socket *sock, struct msghdr *msg, int size)
{
	struct sock *sk = sock->sk;
	enum kind kind;
	__u16 family;

	if (!sk)
		return 0;
	family = sk->__sk_common.skc_family;
	if (family == AF_UNIX || family == AF_NETLINK)
		return 0;
	kind = sock_kind(sk);
	if (!kind_allowed(kind))
		return deny_number(sendmsg, family);
	if (!is_ip(family))
		return 0;
	if (sk->sk_type == SOCK_STREAM)
		return send_stream(sk, msg, family);
	return send_datagram(sk, msg, family);
}
