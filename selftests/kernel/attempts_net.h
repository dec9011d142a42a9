/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attempts: hooks of sockets. */
#ifndef KERNEL_ATTEMPTS_NET_H
#define KERNEL_ATTEMPTS_NET_H

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "attempts.h"

static struct sockaddr_un unix_name = { .sun_family = AF_UNIX, .sun_path = "sock" };

#define UNIX_NAME	(struct sockaddr *)&unix_name, sizeof(unix_name)

static int make_socket(int type)
{
	return check_fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

/* A call on the socket @fd, an unbound one of @type. */
#define TRY_SOCKET(name, type, call)					\
static int try_##name(void)						\
{									\
	int fd = make_socket(type);					\
	int ret = RECORDED(call);					\
									\
	close(fd);							\
	unlink("sock");							\
	return ret;							\
}

TRY_SOCKET(bind, SOCK_STREAM, bind(fd, UNIX_NAME))
TRY_SOCKET(getsockname, SOCK_STREAM,
	   getsockname(fd, (struct sockaddr *)&(struct sockaddr_un) { 0 },
		       &(socklen_t) { sizeof(struct sockaddr_un) }))
TRY_SOCKET(getsockopt, SOCK_STREAM,
	   getsockopt(fd, SOL_SOCKET, SO_TYPE, &(int) { 0 },
		      &(socklen_t) { sizeof(int) }))
TRY_SOCKET(setsockopt, SOCK_STREAM,
	   setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int) { 1 }, sizeof(int)))

static int try_socket(void)
{
	return RECORDED(made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

static int try_socketpair(void)
{
	int fds[2] = { -1, -1 };
	int ret = RECORDED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));

	close(fds[0]);
	close(fds[1]);
	return ret;
}

/* A call on @fd, with a listening socket @server, bound to the name. */
#define TRY_SERVER(name, type, prepare, call)				\
static int try_##name(void)						\
{									\
	int server = make_socket(type), fd = make_socket(type), ret;	\
									\
	if (bind(server, UNIX_NAME) || (prepare))			\
		test_bail("no server for an attempt");			\
	ret = RECORDED(call);						\
	close(fd);							\
	close(server);							\
	unlink("sock");							\
	return ret;							\
}

TRY_SERVER(listen, SOCK_STREAM, 0, listen(server, 1))
TRY_SERVER(connect, SOCK_STREAM, listen(server, 1), connect(fd, UNIX_NAME))
TRY_SERVER(accept, SOCK_STREAM, listen(server, 1) || connect(fd, UNIX_NAME),
	   made(accept4(server, NULL, NULL, SOCK_CLOEXEC)))
TRY_SERVER(sendto, SOCK_DGRAM, 0, sendto(fd, "a", 1, 0, UNIX_NAME))
TRY_SERVER(recv, SOCK_DGRAM, sendto(fd, "a", 1, 0, UNIX_NAME) != 1,
	   recv(server, &(char) { 0 }, 1, MSG_DONTWAIT))
TRY_SERVER(getpeername, SOCK_STREAM, listen(server, 1) || connect(fd, UNIX_NAME),
	   getpeername(fd, (struct sockaddr *)&(struct sockaddr_un) { 0 },
		       &(socklen_t) { sizeof(struct sockaddr_un) }))
TRY_SERVER(shutdown, SOCK_STREAM, listen(server, 1) || connect(fd, UNIX_NAME),
	   shutdown(fd, SHUT_RDWR))

static int try_netlink(void)
{
	struct nlmsghdr message = { .nlmsg_len = sizeof(message),
				    .nlmsg_type = NLMSG_NOOP };
	int fd = check_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	int ret = RECORDED(send(fd, &message, sizeof(message), 0));

	close(fd);
	return ret;
}

static const struct attempt attempts_net[] = {
	{ "socket_create", try_socket, 0 },
	{ "socket_post_create", try_socket, 0 },
	{ "sk_alloc_security", try_socket, ENOMEM },
	{ "socket_socketpair", try_socketpair, 0 },
	{ "socket_bind", try_bind, 0 },
	{ "socket_listen", try_listen, 0 },
	{ "socket_connect", try_connect, 0 },
	{ "unix_stream_connect", try_connect, 0 },
	{ "socket_accept", try_accept, 0 },
	{ "socket_sendmsg", try_sendto, 0 },
	{ "unix_may_send", try_sendto, 0 },
	{ "socket_recvmsg", try_recv, 0 },
	{ "socket_getsockname", try_getsockname, 0 },
	{ "socket_getpeername", try_getpeername, 0 },
	{ "socket_getsockopt", try_getsockopt, 0 },
	{ "socket_setsockopt", try_setsockopt, 0 },
	{ "socket_shutdown", try_shutdown, 0 },
	{ "netlink_send", try_netlink, 0 },
};

#endif /* KERNEL_ATTEMPTS_NET_H */
