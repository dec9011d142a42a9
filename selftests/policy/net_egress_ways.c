// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * net-egress: every way of sending to an address that is not allowed, next to
 * the same way to one that is.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/vm_sockets.h>
#include <netinet/udp.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "net_egress.h"
#include "uring.h"

static struct host denied, allowed;
static int packet_fd, raw_fd;

/* --- Connecting ----------------------------------------------------------- */

static int connect_with(int family, int type, const void *to, size_t size)
{
	int fd = new_socket(family, type, 0);
	int err = result(connect(fd, to, size));

	close(fd);
	return err;
}

#define CONNECT(name, family, type, member)				\
static int name(void *arg)						\
{									\
	struct host *host = arg;					\
									\
	return connect_with(family, type, &host->member,		\
			    sizeof(host->member));			\
}

CONNECT(connect_tcp4, AF_INET, SOCK_STREAM, in4)
CONNECT(connect_tcp6, AF_INET6, SOCK_STREAM, in6)
CONNECT(connect_tcp_mapped, AF_INET6, SOCK_STREAM, mapped)
CONNECT(connect_udp4, AF_INET, SOCK_DGRAM, in4)
CONNECT(connect_udp6, AF_INET6, SOCK_DGRAM, in6)
CONNECT(connect_udp_mapped, AF_INET6, SOCK_DGRAM, mapped)
CONNECT(connect_udp6_in4, AF_INET6, SOCK_DGRAM, in4)

static int connect_scoped(void *arg)
{
	struct host *host = arg;
	struct sockaddr_in6 to = host->in6;

	to.sin6_scope_id = 1;
	return connect_with(AF_INET6, SOCK_STREAM, &to, sizeof(to));
}

static int connect_nonblocking(void *arg)
{
	struct host *host = arg;
	int fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int err = result(connect(fd, (void *)&host->in4, sizeof(host->in4)));

	close(fd);
	return err == -EINPROGRESS ? 0 : err;
}

/* The connection is only made by the first write; connect() has the address. */
static int connect_fast_open(void *arg)
{
	struct host *host = arg;
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), one = 1, err;

	if (setsockopt(fd, SOL_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		test_bail("no TCP_FASTOPEN_CONNECT");
	err = result(connect(fd, (void *)&host->in4, sizeof(host->in4)));
	close(fd);
	return err;
}

static int send_fast_open(void *arg)
{
	struct host *host = arg;
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);
	int err = result(sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&host->in4,
				 sizeof(host->in4)));

	close(fd);
	return err;
}

static int send_fast_open6(void *arg)
{
	struct host *host = arg;
	int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
	int err = result(sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&host->in6,
				 sizeof(host->in6)));

	close(fd);
	return err;
}

static int uring_connect(void *arg)
{
	struct host *host = arg;
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), err;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT,
		.fd = fd,
		.addr = (__u64)&host->in4,
		.off = sizeof(host->in4),
	};

	err = uring_do(&sqe);
	close(fd);
	return err;
}

/* --- Messages with an address --------------------------------------------- */

static int send_with(int family, const void *to, size_t size)
{
	int fd = new_socket(family, SOCK_DGRAM, 0);
	int err = result(sendto(fd, "x", 1, 0, to, size));

	close(fd);
	return err;
}

#define SENDTO(name, family, member)					\
static int name(void *arg)						\
{									\
	struct host *host = arg;					\
									\
	return send_with(family, &host->member, sizeof(host->member));	\
}

SENDTO(sendto4, AF_INET, in4)
SENDTO(sendto6, AF_INET6, in6)
SENDTO(sendto_mapped, AF_INET6, mapped)
SENDTO(sendto6_in4, AF_INET6, in4)

static int sendto_no_family(void *arg)
{
	struct host *host = arg;
	struct sockaddr_in to = host->in4;

	to.sin_family = AF_UNSPEC;
	return send_with(AF_INET, &to, sizeof(to));
}

/* A connected IPv6 socket ignores an address without a family. */
static int sendto6_no_family(void *arg)
{
	struct host *host = arg;
	struct sockaddr_in6 to = allowed.in6;

	to.sin6_family = AF_UNSPEC;
	return result(sendto(host->udp6, "x", 1, 0, (void *)&to, sizeof(to)));
}

/* A socket connected to an allowed host, and a message to another one. */
static int sendto_elsewhere(void *arg)
{
	struct host *host = arg;

	return result(sendto(allowed.udp4, "x", 1, 0, (void *)&host->in4,
			      sizeof(host->in4)));
}

static int send_message(void *arg)
{
	struct host *host = arg;
	struct iovec data = { "x", 1 };
	struct msghdr message = {
		.msg_name = &host->in4,
		.msg_namelen = sizeof(host->in4),
		.msg_iov = &data,
		.msg_iovlen = 1,
	};
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), err;

	err = result(sendmsg(fd, &message, 0));
	close(fd);
	return err;
}

/* The first goes to an allowed host: the number of messages sent tells. */
static int send_messages(void *arg)
{
	struct host *hosts[2] = { &allowed, arg };
	struct iovec data = { "x", 1 };
	struct mmsghdr messages[2] = {};
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), sent;

	for (int i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_name = &hosts[i]->in4;
		messages[i].msg_hdr.msg_namelen = sizeof(hosts[i]->in4);
		messages[i].msg_hdr.msg_iov = &data;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, messages, 2, 0);
	close(fd);
	if (sent < 1)
		test_bail("sendmmsg failed");
	return sent == 2 ? 0 : -EPERM;
}

static int uring_message(void *arg)
{
	struct host *host = arg;
	struct iovec data = { "x", 1 };
	struct msghdr message = {
		.msg_name = &host->in4,
		.msg_namelen = sizeof(host->in4),
		.msg_iov = &data,
		.msg_iovlen = 1,
	};
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), err;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SENDMSG,
		.fd = fd,
		.addr = (__u64)&message,
		.len = 1,
	};

	err = uring_do(&sqe);
	close(fd);
	return err < 0 ? err : 0;
}

static int ping(void *arg)
{
	static const char echo[8] = { 8 };
	struct host *host = arg;
	int fd = new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), err;
	struct sockaddr_in to = host->in4;

	to.sin_port = 0;
	err = result(sendto(fd, echo, sizeof(echo), 0, (void *)&to, sizeof(to)));
	close(fd);
	return err;
}

/* --- Sockets connected before --------------------------------------------- */

static int tcp_write(void *arg)
{
	return result(write(((struct host *)arg)->tcp4, "x", 1));
}

static int tcp_write6(void *arg)
{
	return result(write(((struct host *)arg)->tcp6, "x", 1));
}

/* TCP does not look at the address. */
static int tcp_pretend(void *arg)
{
	struct host *host = arg;

	return result(sendto(host->tcp4, "x", 1, 0, (void *)&allowed.in4,
			      sizeof(allowed.in4)));
}

static int tcp_sendfile(void *arg)
{
	struct host *host = arg;
	int fd = open("/proc/self/exe", O_RDONLY), err;
	off_t at = 0;

	err = result(sendfile(host->tcp4, fd, &at, 16));
	close(fd);
	return err;
}

static int tcp_splice(void *arg)
{
	struct host *host = arg;
	int ends[2], err;

	if (pipe(ends) || write(ends[1], "x", 1) != 1)
		test_bail("no pipe");
	err = result(splice(ends[0], NULL, host->tcp4, NULL, 1, 0));
	close(ends[0]);
	close(ends[1]);
	return err;
}

static int tcp_uring(void *arg)
{
	struct host *host = arg;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND,
		.fd = host->tcp4,
		.addr = (__u64)"x",
		.len = 1,
	};
	int err = uring_do(&sqe);

	return err < 0 ? err : 0;
}

static int udp_send(void *arg)
{
	return result(send(((struct host *)arg)->udp4, "x", 1, 0));
}

static int udp_send6(void *arg)
{
	return result(send(((struct host *)arg)->udp6, "x", 1, 0));
}

static int udp_corked(void *arg)
{
	struct host *host = arg;

	return result(sendto(host->corked4, "x", 1, 0, (void *)&allowed.in4,
			      sizeof(allowed.in4)));
}

static int udp_corked6(void *arg)
{
	struct host *host = arg;

	return result(sendto(host->corked6, "x", 1, 0, (void *)&allowed.in6,
			      sizeof(allowed.in6)));
}

static int inherited(void *arg)
{
	int status, pid = fork();

	if (!pid)
		_exit(-tcp_write(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot run a child");
	return -WEXITSTATUS(status);
}

static int passed(void *arg)
{
	char room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = { "x", 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int pair[2], fd, err;
	char byte;

	data.iov_base = &byte;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		test_bail("no socket pair");
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &((struct host *)arg)->tcp4, sizeof(int));
	if (sendmsg(pair[0], &message, 0) != 1 || recvmsg(pair[1], &message, 0) != 1)
		test_bail("cannot pass a descriptor");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	err = result(write(fd, "x", 1));
	close(fd);
	close(pair[0]);
	close(pair[1]);
	return err;
}

/* --- Without an address, or with a second one ----------------------------- */

static int open_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_packet(void *arg)
{
	return open_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
}

static int open_packet_dgram(void *arg)
{
	return open_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
}

/* The old way of asking for a packet socket. */
static int open_sock_packet(void *arg)
{
	return open_socket(AF_INET, SOCK_PACKET, htons(ETH_P_ALL));
}

static int open_raw(void *arg)
{
	return open_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
}

static int open_raw6(void *arg)
{
	return open_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}

static int open_sctp(void *arg)
{
	return open_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
}

static int open_mptcp(void *arg)
{
	return open_socket(AF_INET, SOCK_STREAM, 262);
}

static int open_vsock(void *arg)
{
	return open_socket(AF_VSOCK, SOCK_STREAM, 0);
}

static int open_xdp(void *arg)
{
	return open_socket(44 /* AF_XDP */, SOCK_RAW, 0);
}

/*
 * Sockets of other kinds from before the policy, each good for one try. With
 * none left the way was tried more often than it should.
 */
#define MPTCP 262
/* include/uapi/linux/sctp.h, which needs the kernel's types */
#define SCTP_SOCKOPT_BINDX_ADD		100
#define SCTP_SOCKOPT_CONNECTX_OLD	107
#define SCTP_SOCKOPT_CONNECTX		110
#define NR_SPARE 64

struct spare {
	int family, type, protocol;
	bool bound;
	int fds[NR_SPARE];
	int next, err;
};

static struct spare sctp = {
	.family = AF_INET, .type = SOCK_STREAM, .protocol = IPPROTO_SCTP, .bound = true,
};
static struct spare sctp_many = {
	.family = AF_INET, .type = SOCK_SEQPACKET, .protocol = IPPROTO_SCTP, .bound = true,
};
static struct spare sctp_unbound = {
	.family = AF_INET, .type = SOCK_STREAM, .protocol = IPPROTO_SCTP,
};
static struct spare mptcp = {
	.family = AF_INET, .type = SOCK_STREAM, .protocol = MPTCP,
};
static struct spare vsock = {
	.family = AF_VSOCK, .type = SOCK_STREAM, .protocol = 0,
};
static int sctp_fd, mptcp_fd, vsock_fd;	/* connected */

static const struct sockaddr_vm vsock_host = {
	.svm_family = AF_VSOCK,
	.svm_cid = VMADDR_CID_LOCAL,
	.svm_port = PORT,
};

/*
 * SCTP picks a source port at random, also one that an association of an earlier
 * socket still holds at the other end, and then times out after minutes: one
 * connect() of some thousand.  Each socket that connects has a port of its own.
 */
static int bind_own(int fd)
{
	static in_port_t port = 20000;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port++) };

	return bind(fd, (void *)&any, sizeof(any));
}

static void spare_init(struct spare *spare)
{
	for (int i = 0; i < NR_SPARE; i++) {
		spare->fds[i] = socket(spare->family, spare->type | SOCK_CLOEXEC,
				       spare->protocol);
		if (spare->fds[i] < 0) {
			spare->err = -errno;
			return;
		}
		if (spare->bound && bind_own(spare->fds[i]))
			test_bail("cannot bind an SCTP socket");
	}
}

static int spare_take(struct spare *spare)
{
	if (spare->err)
		return spare->err;
	if (spare->next == NR_SPARE)
		test_bail("no socket left of family %d, protocol %d", spare->family,
			  spare->protocol);
	return spare->fds[spare->next++];
}

static int spare_connect(struct spare *spare, const void *to, size_t size)
{
	int fd = spare_take(spare), err;

	if (fd < 0)
		return fd;
	err = result(connect(fd, to, size));
	close(fd);
	return err;
}

static int spare_send(struct spare *spare, int flags, const void *to, size_t size)
{
	int fd = spare_take(spare), err;

	if (fd < 0)
		return fd;
	err = result(sendto(fd, "x", 1, flags, to, size));
	close(fd);
	return err;
}

static int spare_option(struct spare *spare, int option, const void *at, size_t size)
{
	int fd = spare_take(spare), err;

	if (fd < 0)
		return fd;
	err = result(setsockopt(fd, IPPROTO_SCTP, option, at, size));
	close(fd);
	return err;
}

static int sctp_connect(void *arg)
{
	struct host *host = arg;

	return spare_connect(&sctp, &host->in4, sizeof(host->in4));
}

static int sctp_connectx(void *arg)
{
	struct host *host = arg;

	return spare_option(&sctp, SCTP_SOCKOPT_CONNECTX, &host->in4, sizeof(host->in4));
}

/* The second address of two. */
static int sctp_connectx_second(void *arg)
{
	struct host *host = arg;
	struct sockaddr_in to[2] = { allowed.in4, host->in4 };

	return spare_option(&sctp, SCTP_SOCKOPT_CONNECTX, to, sizeof(to));
}

/* With one that is allowed in front, the host's own is the second. */
static int sctp_connectx_second_other(void *arg)
{
	return arg == &allowed ? sctp_connectx(arg) : sctp_connectx_second(arg);
}

static int sctp_connectx_old(void *arg)
{
	struct host *host = arg;

	return spare_option(&sctp, SCTP_SOCKOPT_CONNECTX_OLD, &host->in4,
			    sizeof(host->in4));
}

static int sctp_message(void *arg)
{
	struct host *host = arg;

	return spare_send(&sctp, 0, &host->in4, sizeof(host->in4));
}

static int sctp_message_many(void *arg)
{
	struct host *host = arg;

	return spare_send(&sctp_many, 0, &host->in4, sizeof(host->in4));
}

static int sctp_bindx(void *arg)
{
	struct sockaddr_in at = allowed.in4;

	at.sin_port = 0;
	return spare_option(&sctp_unbound, SCTP_SOCKOPT_BINDX_ADD, &at, sizeof(at));
}

static int sctp_write(void *arg)
{
	return sctp.err ? sctp.err : result(write(sctp_fd, "x", 1));
}

static int mptcp_connect(void *arg)
{
	struct host *host = arg;

	return spare_connect(&mptcp, &host->in4, sizeof(host->in4));
}

static int mptcp_fast_open(void *arg)
{
	struct host *host = arg;

	return spare_send(&mptcp, MSG_FASTOPEN, &host->in4, sizeof(host->in4));
}

static int mptcp_write(void *arg)
{
	return mptcp.err ? mptcp.err : result(write(mptcp_fd, "x", 1));
}

static int vsock_connect(void *arg)
{
	return spare_connect(&vsock, &vsock_host, sizeof(vsock_host));
}

static int vsock_write(void *arg)
{
	return vsock.err ? vsock.err : result(write(vsock_fd, "x", 1));
}

/* The kernel has them and they work, or it does not have them. */
static void others_before(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	serve_protocol(AF_INET, SOCK_STREAM, IPPROTO_SCTP, &any, sizeof(any));
	serve_protocol(AF_VSOCK, SOCK_STREAM, 0, &vsock_host, sizeof(vsock_host));
	spare_init(&sctp);
	spare_init(&sctp_many);
	spare_init(&sctp_unbound);
	spare_init(&mptcp);
	spare_init(&vsock);
	sctp_fd = spare_take(&sctp);
	mptcp_fd = spare_take(&mptcp);
	vsock_fd = spare_take(&vsock);
	if ((!sctp.err && connect(sctp_fd, (void *)&denied.in4, sizeof(denied.in4))) ||
	    (!mptcp.err && connect(mptcp_fd, (void *)&denied.in4, sizeof(denied.in4))) ||
	    (!vsock.err && connect(vsock_fd, (void *)&vsock_host, sizeof(vsock_host))))
		test_bail("cannot connect by SCTP, MPTCP or vsock");
}

static int send_packet(void *arg)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	char frame[64] = {};

	return result(sendto(packet_fd, frame, sizeof(frame), 0, (void *)&to,
			      sizeof(to)));
}

static int send_raw(void *arg)
{
	static const char echo[8] = { 8 };

	return result(sendto(raw_fd, echo, sizeof(echo), 0, (void *)&allowed.in4,
			      sizeof(allowed.in4)));
}

/* Loose source route by way of 10.9.0.2: the packet goes there first. */
static const unsigned char route[8] = { 131, 7, 4, 10, 9, 0, 2, 0 };

static int route_option(void *arg)
{
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0);
	int err = result(setsockopt(fd, SOL_IP, IP_OPTIONS, route, sizeof(route)));

	close(fd);
	return err;
}

static int route_option6(void *arg)
{
	int fd = new_socket(AF_INET6, SOCK_DGRAM, 0);
	int err = result(setsockopt(fd, SOL_IPV6, IPV6_RTHDR, NULL, 0));

	close(fd);
	return err;
}

/* Behind another control message, which is none. */
static int route_message(void *arg)
{
	char room[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(route))] = {};
	struct iovec data = { "x", 1 };
	struct msghdr message = {
		.msg_name = &allowed.in4,
		.msg_namelen = sizeof(allowed.in4),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), err;

	head->cmsg_level = SOL_IP;
	head->cmsg_type = IP_TTL;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(head) = 64;
	head = CMSG_NXTHDR(&message, head);
	head->cmsg_level = SOL_IP;
	head->cmsg_type = IP_RETOPTS;
	head->cmsg_len = CMSG_LEN(sizeof(route));
	memcpy(CMSG_DATA(head), route, sizeof(route));
	err = result(sendmsg(fd, &message, 0));
	close(fd);
	return err;
}

/* A segment routing header, by way of fd00::2. */
struct route6 {
	unsigned char next, length, type, left, first, flags, tag[2];
	struct in6_addr segment[2];
};

static void route6_make(struct route6 *route6)
{
	*route6 = (struct route6){ .length = 4, .type = 4, .left = 1, .first = 1 };
	route6->segment[0] = allowed.in6.sin6_addr;
	route6->segment[1] = denied.in6.sin6_addr;
}

/* The kernel takes mobile hosts' routes only in messages, if it is built to. */
static int route_message6(void *arg)
{
	char room[CMSG_SPACE(sizeof(struct route6))] = {};
	struct iovec data = { "x", 1 };
	struct msghdr message = {
		.msg_name = &allowed.in6,
		.msg_namelen = sizeof(allowed.in6),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int fd = new_socket(AF_INET6, SOCK_DGRAM, 0), err;

	head->cmsg_level = SOL_IPV6;
	head->cmsg_type = IPV6_RTHDR;
	head->cmsg_len = CMSG_LEN(sizeof(struct route6));
	route6_make((struct route6 *)CMSG_DATA(head));
	err = result(sendmsg(fd, &message, 0));
	close(fd);
	return err;
}

/* Sockets that have a route since before the policy. */
static int routed_udp, routed_udp6, routed_tcp;

static void routes_before(void)
{
	struct route6 route6;

	route6_make(&route6);
	routed_udp = new_socket(AF_INET, SOCK_DGRAM, 0);
	routed_udp6 = new_socket(AF_INET6, SOCK_DGRAM, 0);
	routed_tcp = new_socket(AF_INET, SOCK_STREAM, 0);
	if (connect(routed_tcp, (void *)&allowed.in4, sizeof(allowed.in4)) ||
	    setsockopt(routed_udp, SOL_IP, IP_OPTIONS, route, sizeof(route)) ||
	    setsockopt(routed_tcp, SOL_IP, IP_OPTIONS, route, sizeof(route)) ||
	    setsockopt(routed_udp6, SOL_IPV6, IPV6_RTHDR, &route6, sizeof(route6)))
		test_bail("cannot set a source route");
}

static int routed_send(void *arg)
{
	return result(sendto(routed_udp, "x", 1, 0, (void *)&allowed.in4,
			     sizeof(allowed.in4)));
}

static int routed_send6(void *arg)
{
	return result(sendto(routed_udp6, "x", 1, 0, (void *)&allowed.in6,
			     sizeof(allowed.in6)));
}

static int routed_write(void *arg)
{
	return result(write(routed_tcp, "x", 1));
}

static const struct way ways[] = {
	WAY("connect, TCP over IPv4", connect_tcp4),
	WAY("connect, TCP over IPv6", connect_tcp6),
	WAY("connect, TCP, mapped address", connect_tcp_mapped),
	WAY("connect, UDP over IPv4", connect_udp4),
	WAY("connect, UDP over IPv6", connect_udp6),
	WAY("connect, UDP, mapped address", connect_udp_mapped),
	WAY("connect, IPv6 UDP socket, IPv4 address", connect_udp6_in4),
	WAY("connect, IPv6 with an interface", connect_scoped),
	WAY("connect, not blocking", connect_nonblocking),
	WAY("connect, TCP_FASTOPEN_CONNECT", connect_fast_open),
	WAY("connect, io_uring", uring_connect),
	WAY("sendto, MSG_FASTOPEN", send_fast_open),
	WAY("sendto, MSG_FASTOPEN over IPv6", send_fast_open6),
	WAY("sendto, UDP over IPv4", sendto4),
	WAY("sendto, UDP over IPv6", sendto6),
	WAY("sendto, UDP, mapped address", sendto_mapped),
	WAY("sendto, IPv6 UDP socket, IPv4 address", sendto6_in4),
	WAY("sendto, address without a family", sendto_no_family),
	WAY("sendto, IPv6, allowed address without a family", sendto6_no_family),
	WAY("sendto, on a socket connected elsewhere", sendto_elsewhere),
	WAY("sendmsg", send_message),
	WAY("sendmmsg, the second message", send_messages),
	WAY("sendmsg, io_uring", uring_message),
	WAY("sendto, ICMP", ping),
	WAY("write, TCP connected before", tcp_write),
	WAY("write, TCP over IPv6 connected before", tcp_write6),
	WAY("sendto, TCP connected before, allowed address", tcp_pretend),
	WAY("sendfile, TCP connected before", tcp_sendfile),
	WAY("splice, TCP connected before", tcp_splice),
	WAY("io_uring send, TCP connected before", tcp_uring),
	WAY("send, UDP connected before", udp_send),
	WAY("send, UDP over IPv6 connected before", udp_send6),
	WAY("sendto, UDP corked before, allowed address", udp_corked),
	WAY("sendto, UDP over IPv6 corked before, allowed address", udp_corked6),
	WAY("write, inherited", inherited),
	WAY("write, passed on", passed),
	WAY_ALONE("packet socket", open_packet),
	WAY_ALONE("packet socket without headers", open_packet_dgram),
	WAY_ALONE("packet socket by SOCK_PACKET", open_sock_packet),
	WAY_ALONE("raw socket", open_raw),
	WAY_ALONE("raw IPv6 socket", open_raw6),
	WAY_ALONE("SCTP", open_sctp),
	WAY_ALONE("MPTCP", open_mptcp),
	WAY_ALONE("vsock", open_vsock),
	WAY_ALONE("AF_XDP", open_xdp),
	WAY_ALONE("connect, SCTP socket from before", sctp_connect),
	WAY_ALONE("sctp_connectx, SCTP socket from before", sctp_connectx),
	WAY_ALONE("sctp_connectx, the second address", sctp_connectx_second),
	WAY_ALONE("sctp_connectx, the old option", sctp_connectx_old),
	WAY_ALONE("sendto, SCTP socket from before, new association", sctp_message),
	WAY_ALONE("sendto, SCTP socket of many associations from before", sctp_message_many),
	WAY_ALONE("sctp_bindx, SCTP socket from before", sctp_bindx),
	WAY_ALONE("write, SCTP connected before", sctp_write),
	WAY_ALONE("connect, MPTCP socket from before", mptcp_connect),
	WAY_ALONE("sendto, MSG_FASTOPEN, MPTCP socket from before", mptcp_fast_open),
	WAY_ALONE("write, MPTCP connected before", mptcp_write),
	WAY_ALONE("connect, vsock from before", vsock_connect),
	WAY_ALONE("write, vsock connected before", vsock_write),
	WAY_ALONE("sendto, packet socket from before", send_packet),
	WAY_ALONE("sendto, raw socket from before", send_raw),
	WAY_ALONE("source route, IPv4 option", route_option),
	WAY_ALONE("source route, IPv6 option", route_option6),
	WAY_ALONE("source route, control message", route_message),
	WAY_ALONE_FAILS("source route, IPv6 control message", route_message6, -EINVAL),
	WAY_ALONE("source route, UDP option from before", routed_send),
	WAY_ALONE("source route, IPv6 UDP option from before", routed_send6),
	WAY_ALONE("source route, TCP option from before", routed_write),
};

static void connect_before(struct host *host)
{
	host->tcp4 = new_socket(AF_INET, SOCK_STREAM, 0);
	host->tcp6 = new_socket(AF_INET6, SOCK_STREAM, 0);
	host->udp4 = new_socket(AF_INET, SOCK_DGRAM, 0);
	host->udp6 = new_socket(AF_INET6, SOCK_DGRAM, 0);
	host->corked4 = new_socket(AF_INET, SOCK_DGRAM, 0);
	host->corked6 = new_socket(AF_INET6, SOCK_DGRAM, 0);
	if (connect(host->tcp4, (void *)&host->in4, sizeof(host->in4)) ||
	    connect(host->tcp6, (void *)&host->in6, sizeof(host->in6)) ||
	    connect(host->udp4, (void *)&host->in4, sizeof(host->in4)) ||
	    connect(host->udp6, (void *)&host->in6, sizeof(host->in6)))
		test_bail("cannot connect to %s and %s", host->ip4, host->ip6);
	setsockopt(host->corked4, SOL_UDP, UDP_CORK, &(int){ 1 }, sizeof(int));
	setsockopt(host->corked6, SOL_UDP, UDP_CORK, &(int){ 1 }, sizeof(int));
	if (sendto(host->corked4, "x", 1, 0, (void *)&host->in4, sizeof(host->in4)) != 1 ||
	    sendto(host->corked6, "x", 1, 0, (void *)&host->in6, sizeof(host->in6)) != 1)
		test_bail("cannot cork");
}

static void start(struct policy *policy)
{
	policy_open(policy, "net_egress");
	policy_start(policy);
	list4(policy, "10.9.0.0", 16, NET_EGRESS_DENY);
	list4(policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
	list6(policy, "fd00::1", 128, NET_EGRESS_ALLOW);
}

/* With allow_other the addresses of SCTP and MPTCP that the caller gives count. */
static void start_allowing_other(struct policy *policy)
{
	policy_open(policy, "net_egress");
	policy_constant(policy, "allow_other", true);
	policy_start(policy);
	list4(policy, "10.9.0.1", 32, NET_EGRESS_ALLOW);
}

static const struct way other_ways[] = {
	WAY("connect, SCTP", sctp_connect),
	WAY("sctp_connectx", sctp_connectx),
	WAY("sctp_connectx, the second address", sctp_connectx_second_other),
	WAY("sctp_connectx, the old option", sctp_connectx_old),
	WAY("sendto, SCTP, new association", sctp_message),
	WAY("sendto, SCTP of many associations", sctp_message_many),
	WAY("connect, MPTCP", mptcp_connect),
	WAY("sendto, MSG_FASTOPEN, MPTCP", mptcp_fast_open),
};

int main(void)
{
	net_init();
	host_init(&allowed, "10.9.0.1", "fd00::1");
	host_init(&denied, "10.9.0.2", "fd00::2");
	connect_before(&allowed);
	connect_before(&denied);
	packet_fd = new_socket(AF_PACKET, SOCK_DGRAM, 0);
	others_before();
	routes_before();
	raw_fd = new_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	ways_run("net-egress", ways, ARRAY_SIZE(ways), start, &denied, &allowed);
	ways_run("net-egress, allow_other", other_ways, ARRAY_SIZE(other_ways),
		 start_allowing_other, &denied, &allowed);
	return test_done();
}
