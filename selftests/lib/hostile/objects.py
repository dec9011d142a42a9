# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""BPF objects, bent where their readers look."""
import glob
import struct

from . import bend

HEADER, SECTION, SYMBOL, RELOCATION = 64, 64, 24, 16
# Where the fields of each of these are: offset, width.
HEADER_FIELDS = [(16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (40, 8), (48, 4), (52, 2), (54, 2),
                 (56, 2), (58, 2), (60, 2), (62, 2)]
SECTION_FIELDS = [(0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8),
                  (56, 8)]
SYMBOL_FIELDS = [(0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8)]


class Elf:
    def __init__(self, data):
        self.data = bytearray(data)
        shoff, = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        self.sections = {}
        self.headers = [shoff + SECTION * i for i in range(count)]
        strings, = struct.unpack_from("<Q", data, self.headers[names] + 24)
        for at in self.headers:
            name, kind = struct.unpack_from("<II", data, at)
            offset, size = struct.unpack_from("<QQ", data, at + 24)
            name = data[strings + name:data.index(b"\0", strings + name)].decode()
            self.sections[name] = at, kind, offset, size

    def field(self, r, base, fields):
        at, width = r.choice(fields)
        if base + at + width > len(self.data):
            raise IndexError
        value = bend.number(r)
        if r.random() < 0.5:
            old = int.from_bytes(self.data[base + at:base + at + width], "little")
            value = old + r.choice([-8, -1, 1, 2, 8, 64])
        value &= 2 ** (8 * width) - 1
        self.data[base + at:base + at + width] = value.to_bytes(width, "little")

    def place(self, r, name):
        return self.sections[name][2:4]

    def bytes_of(self, r, name):
        """Some bytes of a section, its size stays."""
        offset, size = self.place(r, name)
        if not size:
            return
        for _ in range(r.choice([1, 1, 2, 5])):
            at = offset + r.randrange(size)
            end = min(at + r.choice([1, 4]), offset + size)
            self.data[at:end] = r.choice([r.randbytes(end - at), b"\0" * (end - at),
                                          b"\xff" * (end - at)])

    def btf_types(self):
        """Where the types of .BTF are: offset, kind, number of members."""
        offset, size = self.sections[".BTF"][2:4]
        head, start, length = struct.unpack_from("<III", self.data, offset + 4)
        extra = {1: 4, 3: 12, 14: 4, 17: 4}
        each = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
        at, end, found = offset + head + start, offset + head + start + length, []
        while at + 12 <= min(end, offset + size):
            info, = struct.unpack_from("<I", self.data, at + 4)
            kind, members = info >> 24 & 31, info & 0xffff
            found.append((at, kind, members))
            at += 12 + extra.get(kind, 0) + each.get(kind, 0) * members
        return found

    def btf_type(self, r):
        """A type of .BTF: what it is called, refers to, how large it and its members are."""
        types = self.btf_types()
        # Each kind as often as another: sections are few, and constants lie in one.
        kind = r.choice(sorted({t[1] for t in types}))
        at, kind, members = r.choice([t for t in types if t[1] == kind])
        fields = [(0, 4), (4, 4), (8, 4)]
        if kind in (1, 3, 14, 17):
            fields += [(12, 4)] + ([(16, 4), (20, 4)] if kind == 3 else [])
        if kind in (4, 5, 6, 13, 15, 19) and members:
            width = 8 if kind in (6, 13) else 12
            member = 12 + width * r.randrange(members)
            fields = [(member + i, 4) for i in range(0, width, 4)] + fields[1:]
        if r.random() < 0.6:
            self.field(r, at, fields)
            return
        # References to types of the object, itself too, rather than to none.
        where, width = r.choice(fields)
        value = r.choice([r.randrange(len(types) + 2), types.index((at, kind, members)) + 1])
        struct.pack_into("<I", self.data, at + where, value)

    def variables(self, r):
        """Where a section has its variables, which libbpf looks up if the size is 0."""
        at, _, members = r.choice([t for t in self.btf_types() if t[1] == 15 and t[2] > 1])
        struct.pack_into("<I", self.data, at + 8, 4096)
        for i in range(members):
            if r.random() < 0.5:
                offset = r.choice([8 * i, -8, -4, -2, -1, bend.number(r)]) & 0xffffffff
                struct.pack_into("<I", self.data, at + 12 + 12 * i + 4, offset)

    def strings(self, r, name):
        """A name replaced in place, by one as long."""
        offset, size = self.place(r, name)
        at = offset + r.randrange(max(size, 1))
        odd = r.choice(bend.ODD)[:offset + size - at]
        self.data[at:at + len(odd)] = odd

    def instructions(self, r):
        names = [n for n, s in self.sections.items() if s[1] == 1 and "lsm" in n and s[3]]
        if names:
            self.bytes_of(r, r.choice(names))


def several(elf, times, make):
    """So many changes; an earlier one may have taken away what a later one is about."""
    for _ in range(times):
        try:
            make()
        except (struct.error, IndexError, ValueError):
            pass


def bent(r, data):
    elf = Elf(data)
    several(elf, r.choice([1, 1, 1, 2, 4]), lambda: change(r, elf))
    return bytes(elf.data)


def bent_types(r, data):
    """Only its types: what a policy file's values are written by."""
    elf = Elf(data)
    if r.random() < 0.15:
        several(elf, 1, lambda: elf.variables(r))
    else:
        several(elf, r.choice([1, 1, 2, 3]), lambda: elf.btf_type(r))
    return bytes(elf.data)


def change(r, elf):
    """One change; it may not apply any more."""
    what = r.randrange(14)
    if what < 4 and ".BTF" in elf.sections:
        elf.btf_type(r)
    elif what == 4:
        elf.field(r, 0, HEADER_FIELDS)
    elif what == 5:
        elf.field(r, r.choice(elf.headers), SECTION_FIELDS)
    elif what == 6:
        offset, size = elf.place(r, ".symtab")
        elf.field(r, offset + SYMBOL * r.randrange(size // SYMBOL), SYMBOL_FIELDS)
    elif what == 7:
        names = [n for n in elf.sections if n.startswith(".rel")]
        offset, size = elf.place(r, r.choice(names))
        elf.field(r, offset + RELOCATION * r.randrange(size // RELOCATION), [(0, 8), (8, 4), (12, 4)])
    elif what == 8:
        offset, _ = elf.place(r, ".BTF")
        elf.field(r, offset, [(i, 4) for i in range(0, 24, 4)])
    elif what == 9 and ".BTF.ext" in elf.sections:
        offset, size = elf.place(r, ".BTF.ext")
        elf.field(r, offset, [(i, 4) for i in range(0, min(size - 4, 80), 4)])
    elif what == 10:
        # The strings of .BTF, which names of programs, maps and constants are in.
        offset, size = elf.place(r, ".BTF")
        head, = struct.unpack_from("<I", elf.data, offset + 4)
        start, length = struct.unpack_from("<II", elf.data, offset + 16)
        at = offset + head + start + r.randrange(max(length, 1))
        odd = r.choice(bend.ODD)[:max(offset + size - at, 0)]
        elf.data[at:at + len(odd)] = odd
    elif what == 11:
        elf.strings(r, r.choice([".strtab", "license"]))
    elif what == 12:
        elf.instructions(r)
    else:
        elf.bytes_of(r, r.choice(list(elf.sections)))


class Objects:
    def __init__(self, *folders):
        self.samples = []
        for folder in folders:
            for path in sorted(glob.glob(folder + "/*.bpf.o")):
                with open(path, "rb") as f:
                    self.samples.append(f.read())

    def data(self, r):
        """One object."""
        data = r.choice(self.samples)
        what = r.randrange(40)
        if what == 0:
            return data[:r.randrange(len(data))]
        if what == 1:
            return r.choice([b"", b"\x7fELF", b"#!/bin/sh\n", r.randbytes(500), data[:64], data * 2])
        if what == 2:
            # Another class or byte order; another machine.
            data = bytearray(data)
            data[r.choice([4, 5, 6, 7, 18])] = r.choice([0, 1, 2, 3, 62, 255])
            return bytes(data)
        if what == 3:
            return bend.some(r, data)
        if what == 4:
            return data.replace(b"GPL\0", r.choice([b"\0\0\0\0", b"GPLx", b"\x1b[2J"[:4]]))
        return bent(r, data)
