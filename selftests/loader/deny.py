#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""deny.py COMM [COUNT]: does what reporter.bpf.o denies, with a comm of its choice.

COMM may have escapes like \\x1b. With COUNT, only the cheapest of it, so often.
Prints the error of each, or "none".
"""
import errno
import os
import socket
import sys
import tempfile

comm = sys.argv[1].encode("latin-1").decode("unicode_escape").encode("latin-1")


def tried(call, *args):
    try:
        call(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
    return "none"


with tempfile.TemporaryDirectory() as where:
    with open("/proc/self/comm", "wb") as f:
        f.write(comm)
    if len(sys.argv) > 2:
        print({tried(os.getpgid, os.getpid()) for _ in range(int(sys.argv[2]))})
        sys.exit()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    print("mkdir", tried(os.mkdir, where + "/a b"))
    print("symlink", tried(os.symlink, b"caf\xc3\xa9 \x1b[31m\xff\\", where + "/link"))
    print("connect", tried(udp.connect, ("127.0.0.9", 4321)))
    print("connect6", tried(udp6.connect, ("::1", 4321)))
    print("kill", tried(os.kill, os.getpid(), 0))
    print("setnice", tried(os.setpriority, os.PRIO_PROCESS, 0, 0))
    print("getpgid", tried(os.getpgid, os.getpid()))
