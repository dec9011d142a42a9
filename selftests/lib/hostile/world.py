# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""BPF objects made and looked at by bpf(2) itself, and the BPF file system around them."""
import ctypes
import os
import stat
import struct

from . import bend, kernel

ROOT = "/sys/fs/bpf"
POLICIES = ROOT + "/lsmslot"

MAP_CREATE, MAP_UPDATE, PROG_LOAD, OBJ_PIN, OBJ_GET = 0, 2, 5, 6, 7
OBJ_GET_INFO, LINK_CREATE, LINK_FD, LINK_NEXT = 15, 28, 30, 31
CGROUP_SKB, INGRESS = 8, 0

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr, *keep):
    """bpf(2) with these bytes; keep is what they point to."""
    attr = ctypes.create_string_buffer(attr, 128)
    ret = libc.syscall(321, command, attr, 128)
    if ret < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ret, attr


def address(buffer):
    return ctypes.addressof(buffer)


def make_map(kind, key, value, entries):
    return bpf(MAP_CREATE, struct.pack("<IIII", kind, key, value, entries))[0]


def note(data):
    """A map like that of lsmslot-record."""
    data += b"\0"
    fd = make_map(2, 4, len(data), 1)
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(data)
    bpf(MAP_UPDATE, struct.pack("<IIQQQ", fd, 0, address(key), address(value), 0))
    return fd


def pin(fd, path):
    path = ctypes.create_string_buffer(path)
    bpf(OBJ_PIN, struct.pack("<QI", address(path), fd))


def get(path):
    path = ctypes.create_string_buffer(path)
    return bpf(OBJ_GET, struct.pack("<QI", address(path), 0))[0]


def load_allowing():
    """A program of another kind, which allows."""
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xb7, 0, 0, 1, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("<IIQQ", CGROUP_SKB, 2, address(code), address(licence)))[0]


def attach_foreign(cgroup):
    """The descriptor of a link that is none of lsmslot's business."""
    program = load_allowing()
    fd = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return bpf(LINK_CREATE, struct.pack("<IIII", program, fd, INGRESS, 0))[0]
    finally:
        os.close(fd)
        os.close(program)


def links():
    """id: (kind, program) of each link of the host."""
    found, id = {}, 0
    while True:
        try:
            id = struct.unpack_from("<II", bpf(LINK_NEXT, struct.pack("<I", id))[1].raw)[1]
            fd = bpf(LINK_FD, struct.pack("<I", id))[0]
        except FileNotFoundError:
            return found
        info = ctypes.create_string_buffer(256)
        bpf(OBJ_GET_INFO, struct.pack("<IIQ", fd, 256, address(info)))
        os.close(fd)
        kind, _, program = struct.unpack_from("<III", info.raw)
        found[id] = kind, program


def tree():
    """path: (kind, inode) of all below the BPF file system."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(ROOT)):
        for name in folders + files:
            path = os.path.join(folder, name)
            try:
                found[path] = stat.S_IFMT(os.lstat(path).st_mode), os.lstat(path).st_ino
            except FileNotFoundError:
                pass
    return found


def name(r):
    """Of a file in the BPF file system, which takes no dots."""
    word = r.choice([b"maps", b"settings", b"events", b"counters", b"lsmslot-record", b"x~apply",
                     b"protect_files", b"exec_guard", b"protect_write", b"a" * 255, bend.word(r)])
    return (word.replace(b"/", b"").replace(b".", b"") or b"x")[:255]


def folders():
    return [os.fsencode(ROOT)] + [p for p, (kind, _) in tree().items() if kind == stat.S_IFDIR]


def disorder(r, foreign):
    """One change to what is pinned, of those that root or a killed apply may make."""
    folder = r.choice(folders())
    path = os.path.join(folder, name(r))
    files = [p for p, (kind, _) in tree().items() if kind != stat.S_IFDIR and not p.endswith(b".debug")]
    fds = []
    what = r.randrange(13)
    try:
        if what == 0:
            os.mkdir(path)
        elif what == 1 and files:
            os.symlink(r.choice(files + folders()), path)
        elif what == 2:
            fds.append(make_map(r.choice([1, 2, 6, 9]), r.choice([4, 8]), r.choice([1, 4, 8, 4096]),
                                r.choice([1, 3, 64])))
        elif what == 3:
            fds.append(make_map(27, 0, 0, 4096))
        elif what == 4:
            fds.append(load_allowing())
        elif what == 5:
            fds.append(os.dup(foreign))
        elif what == 6 and files:
            fds.append(get(r.choice(files)))
        elif what == 7 and files:
            os.rename(r.choice(files), path)
        elif what == 8 and files:
            os.unlink(r.choice(files))
        elif what == 9:
            os.rename(folder, path + r.choice([b"", b"~apply"]))
        elif what == 10:
            os.chmod(r.choice(files + [folder]), r.choice([0, 0o400, 0o777]))
        elif what == 11:
            os.chown(folder, 65534, 65534)
        else:
            fds.append(note(kernel.record(r).replace(b"\0", b"")))
            path = os.path.join(r.choice(folders()), r.choice([b"lsmslot-record", name(r)]))
            if not path.endswith(b"/maps/lsmslot-record") and r.random() < 0.5:
                os.makedirs(os.path.join(folder, b"maps"), exist_ok=True)
                path = os.path.join(folder, b"maps/lsmslot-record")
        for fd in fds:
            pin(fd, path)
    except OSError:
        pass
    for fd in fds:
        os.close(fd)


def clear():
    """Removes all pins, and so all links that only they hold."""
    for path, (kind, _) in sorted(tree().items(), reverse=True):
        if path.endswith(b".debug"):
            continue
        try:
            (os.rmdir if kind == stat.S_IFDIR else os.unlink)(path)
        except OSError:
            pass
