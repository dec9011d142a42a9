/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps and constants of the net-egress policy.
 *
 * Maps "ipv4" and "ipv6", LPM tries, at most NET_EGRESS_MAX entries each:
 *   key    struct lsmslot_ipv4_prefix, struct lsmslot_ipv6_prefix
 *   value  enum net_egress_verdict; any other value denies
 * The longest prefix that matches decides, and without one the constant
 * default_verdict. A change counts from the next hook call on.
 *
 * Constants, set before loading:
 *   default_verdict	NET_EGRESS_DENY
 *   check_connected	true: ask at every send on a connected socket, too
 *   allow_packet	false: no packet sockets
 *   allow_raw		false: no raw IP sockets
 *   allow_other	false: no sockets of other families and protocols that
 *			reach other hosts
 *   allow_source_routes false: no IPv4 options, no IPv6 routing headers
 */
#ifndef LSMSLOT_NET_EGRESS_H
#define LSMSLOT_NET_EGRESS_H

#include <lsmslot/types.h>

#define NET_EGRESS_MAX 65536

enum net_egress_verdict {
	NET_EGRESS_ALLOW = 1,
	NET_EGRESS_DENY = 2,
};

#endif /* LSMSLOT_NET_EGRESS_H */
