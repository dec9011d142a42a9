# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the running kernel says of itself, as files that are bent then."""
import json
import struct

from . import bend

BASE = 0xffffffff81000000
SIZE = 1 << 14
FUNCTION = 256


class Kernel:
    """A kernel of some functions that call each other at random."""
    def __init__(self, r, hook):
        self.functions = ["security_" + hook, "bpf_lsm_" + hook, "lsm_slot_run_0", "other",
                          "security_%s.cold" % hook, "__x86_return_thunk",
                          "__x86_indirect_thunk_rax", "__x86_indirect_thunk_array",
                          "__stack_chk_fail", "bpf_prog_0123456789abcdef_deny", "bpf_trampoline_6442",
                          "lsm_slot_walk_0"]
        self.hook = hook
        self.code = bytearray(b"\x90" * SIZE)
        for i in range(len(self.functions)):
            self.function(r, i)
        self.sites(r)

    def at(self, name):
        return BASE + FUNCTION * self.functions.index(name)

    def function(self, r, i):
        """Instructions, with targets among the functions and in this one."""
        start = FUNCTION * i
        at = start
        while at < start + FUNCTION - 16:
            target = FUNCTION * r.randrange(len(self.functions))
            near = start + r.randrange(FUNCTION)
            insn = r.choice([
                b"\x0f\x1f\x44\x00\x00", b"\x90", b"\x31\xc0", b"\x85\xc0", b"\x55", b"\x5d",
                b"\xe8" + struct.pack("<i", target - at - 5),
                b"\xe8" + struct.pack("<i", target - at - 5),
                b"\xe9" + struct.pack("<i", r.choice([target, near]) - at - 5),
                b"\x0f\x85" + struct.pack("<i", r.choice([target, near]) - at - 6),
                b"\x74" + struct.pack("<b", r.randrange(-100, 100)),
                b"\xeb" + struct.pack("<b", r.randrange(-100, 100)),
                b"\xff\xd0", b"\xff\xe0", b"\xc3", b"\x0f\x0b", b"\xcc", b"\xe3\x02", r.randbytes(3),
            ])
            self.code[at:at + len(insn)] = insn
            at += len(insn)

    def sites(self, r):
        self.table = FUNCTION * (len(self.functions) + 2)
        self.keys = ["__SCK__lsm_static_call_%s_%d" % (self.hook, i) for i in range(2)] + \
            ["__SCK__lsm_slot_%s_call_%d" % (self.hook, i) for i in range(2)]
        self.nr_sites = r.choice([0, 1, 8])
        for i in range(self.nr_sites):
            at = self.table + 8 * i
            key = SIZE - 8 * (1 + r.randrange(len(self.keys)))
            struct.pack_into("<ii", self.code, at, r.randrange(FUNCTION * len(self.functions)) - at,
                             key - at - 4)

    def symbols(self):
        lines = ["%016x T %s" % (self.at(name), name) for name in self.functions]
        lines += ["%016x D %s" % (BASE + SIZE - 8 * (i + 1), key) for i, key in enumerate(self.keys)]
        lines += ["%016x D __start_static_call_sites" % (BASE + self.table),
                  "%016x D __stop_static_call_sites" % (BASE + self.table + 8 * self.nr_sites)]
        return "".join(line + ("\t[bpf]" if " bpf_" in line and "lsm" not in line else "") + "\n"
                       for line in lines).encode()

    def core(self):
        head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
            "<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        return head + struct.pack("<IIQQQQQQ", 1, 7, 4096, BASE, 0, SIZE, SIZE, 1) + \
            bytes(4096 - 120) + bytes(self.code)


def path_files(r, hook):
    """/proc/kallsyms and /proc/kcore."""
    kernel = Kernel(r, hook)
    symbols, core = kernel.symbols(), kernel.core()
    if r.random() < 0.3:
        symbols = bend.some(r, symbols)
    if r.random() < 0.3:
        head = bend.some(r, core[:120])
        core = head + core[len(head):]
    if r.random() < 0.3:
        core = core[:4096] + bend.some(r, core[4096:])
    return symbols, core


def table(r, hooks):
    """/sys/kernel/security/lsm_slots/hooks."""
    text = "".join("%s %d %d %d %d %s %s\n" % (
        hook, 8, r.randrange(9), 0, r.randrange(2), r.choice("- disabled arguments".split()),
        r.choice(["0", "-", "-38"])) for hook in hooks).encode()
    return bend.some(r, text) if r.random() < 0.9 else text


FORMAT = b"""name: lsm_slot_deny
ID: 1234
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:__data_loc char[] hook;\toffset:8;\tsize:4;\tsigned:0;
\tfield:u32 prog_id;\toffset:12;\tsize:4;\tsigned:0;
\tfield:int verdict;\toffset:16;\tsize:4;\tsigned:1;
\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;

print fmt: "hook=%s prog_id=%u verdict=%d comm=%s", __get_str(hook), REC->prog_id
"""


def trace_format(r):
    return bend.some(r, FORMAT)


def event(r):
    """struct lsmslot_event."""
    text = lambda size: (bend.word(r) + bytes(r.choice([0, size])))[:size].ljust(size, b"\0")
    data = struct.pack("<QQIIIiBB6x", bend.number(r), bend.number(r), bend.number(r) & 0xffffffff,
                       r.getrandbits(32), r.getrandbits(32),
                       r.choice([-1, -13, 1, -4095, -2 ** 31, 2 ** 31 - 1, r.getrandbits(31)]),
                       r.getrandbits(1), r.choice([0, 1, 2, 3, 4, 5, 6, 255]))
    data += text(16) + text(32)
    data += struct.pack("<HH", r.choice([0, 2, 10, 1, 65535]), r.getrandbits(16)) + r.randbytes(16)
    data = data.ljust(len(data) + 4, b"\0") + text(256)
    return bend.some(r, data) if r.random() < 0.3 else data


def record(r):
    """What apply notes of a policy, as JSON."""
    value = {"format": 1, "policy": "protect-files", "file": "/etc/lsmslot/host.yaml",
             "object": "/usr/lib/lsmslot/protect_files.bpf.o", "digest": "0" * 64,
             "maps": ["protected", "scope"],
             "programs": [{"name": "protect_open", "program_id": 7, "link_id": 3}] * 2}
    odd = lambda: r.choice([None, True, 1.5, -1, 2 ** 70, "", "x" * 5000, [], {}, [None], [[]], [1],
                            [{}], [{"name": None}], {"name": 3}, "\x1b[2J\x00\u009b",
                            bend.word(r).decode("latin-1")])
    for _ in range(r.choice([0, 1, 1, 2])):
        key = r.choice(list(value))
        if r.random() < 0.2:
            del value[key]
        elif key in ("maps", "programs") and r.random() < 0.5 and isinstance(value[key], list):
            value[key] = value[key] + [odd()]
        elif key == "programs" and r.random() < 0.5:
            value[key] = [{"name": odd(), "program_id": odd(), "link_id": odd()}]
        else:
            value[key] = odd()
        if not value:
            break
    text = json.dumps(value, ensure_ascii=r.random() < 0.5).encode("utf-8", "surrogateescape")
    if r.random() < 0.05:
        text = b"[" * r.choice([10, 40, 5000])
    return bend.some(r, text) if r.random() < 0.4 else text
