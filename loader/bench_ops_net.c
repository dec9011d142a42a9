// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on sockets; what is sent stays on the loopback device. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "bench_env.h"

#define FEW 16

static int op_socket(struct bench_env *env)
{
	(void)env;
	return bench_closed(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int op_connect(struct bench_env *env)
{
	return bench_checked(connect(env->udp[0], (struct sockaddr *)&env->udp_addr,
				     sizeof(env->udp_addr)));
}

static int op_getsockname(struct bench_env *env)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	return bench_checked(getsockname(env->udp[0], (struct sockaddr *)&in, &len));
}

static int op_getsockopt(struct bench_env *env)
{
	int value;
	socklen_t len = sizeof(value);

	return bench_checked(getsockopt(env->udp[0], SOL_SOCKET, SO_RCVBUF, &value, &len));
}

static int op_setsockopt(struct bench_env *env)
{
	int value = 0;

	return bench_checked(setsockopt(env->udp[0], SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)));
}

static int send_and_recv(int from, int to)
{
	char byte = 0;

	if (send(from, &byte, 1, 0) < 0)
		return -errno;
	return bench_checked(recv(to, &byte, 1, 0));
}

static int op_udp(struct bench_env *env)
{
	return send_and_recv(env->udp[0], env->udp[1]);
}

static int op_local(struct bench_env *env)
{
	return send_and_recv(env->pair[0], env->pair[1]);
}

static int op_socketpair(struct bench_env *env)
{
	int pair[2];

	(void)env;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	close(pair[0]);
	return bench_checked(close(pair[1]));
}

/* A connection to @listener at @addr and its end, without a TIME_WAIT left behind. */
static int connection(int listener, int family, const void *addr, socklen_t len)
{
	struct linger reset = { .l_onoff = 1 };
	int fd, peer, err = 0;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (family == AF_INET && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err = -errno;
	if (!err && connect(fd, addr, len))
		err = -errno;
	peer = err ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (!err && peer < 0)
		err = -errno;
	close(fd);
	if (peer >= 0)
		close(peer);
	return err;
}

static int op_tcp(struct bench_env *env)
{
	if (env->tcp < 0)
		return env->tcp;
	return connection(env->tcp, AF_INET, &env->tcp_addr, sizeof(env->tcp_addr));
}

static int op_stream(struct bench_env *env)
{
	if (env->local < 0)
		return env->local;
	return connection(env->local, AF_UNIX, &env->local_addr, env->local_len);
}

static const struct bench_op ops[] = {
	OP("socket_create",       "socket() and close()",                  op_socket),
	OP("socket_post_create",  "socket() and close()",                  op_socket),
	OP("sk_free_security",    "socket() and close()",                  op_socket),
	OP("socket_socketpair",   "socketpair() and close()",              op_socketpair),
	OP("socket_connect",      "connect() of a UDP socket",             op_connect),
	OP("socket_accept",       "connect(), accept() and close(), TCP",  op_tcp, .batch = FEW),
	OP("socket_sendmsg",      "send() and recv(), UDP",                op_udp),
	OP("socket_recvmsg",      "send() and recv(), UDP",                op_udp),
	OP("socket_sock_rcv_skb", "send() and recv(), UDP",                op_udp),
	OP("unix_may_send",       "send() and recv(), AF_UNIX",            op_local),
	OP("unix_stream_connect", "connect(), accept() and close(), AF_UNIX", op_stream, .batch = FEW),
	OP("socket_getsockname",  "getsockname()",                         op_getsockname),
	OP("socket_getsockopt",   "getsockopt()",                          op_getsockopt),
	OP("socket_setsockopt",   "setsockopt()",                          op_setsockopt),
};

/* A socket bound to a free port of the loopback device, whose address goes to @addr. */
static int bound(int type, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	*addr = (struct sockaddr_in){ .sin_family = AF_INET };
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)addr, len) ||
	    getsockname(fd, (struct sockaddr *)addr, &len) ||
	    (type == SOCK_STREAM && listen(fd, 16)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Listens at an abstract address that the kernel chooses. */
static int listening(struct sockaddr_un *addr, socklen_t *len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*len = sizeof(*addr);
	if (bind(fd, (struct sockaddr *)addr, sizeof(addr->sun_family)) ||
	    getsockname(fd, (struct sockaddr *)addr, len) || listen(fd, 16))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static void setup(struct bench_env *env)
{
	struct timeval second = { .tv_sec = 1 };

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, env->pair))
		env->pair[0] = env->pair[1] = -errno;
	env->udp[0] = bench_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	env->udp[1] = bound(SOCK_DGRAM, &env->udp_addr);
	env->tcp = bound(SOCK_STREAM, &env->tcp_addr);
	env->local = listening(&env->local_addr, &env->local_len);
	/* A firewall may drop what is sent: an error, not a recv() without end. */
	setsockopt(env->udp[1], SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	/* Refused, this fails the operations that send. */
	(void)op_connect(env);
}

BENCH_GROUP(bench_net, ops, setup, NULL);
