# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Bytes and strings bent at random; all of it from one random.Random."""

ODD = [
    b"\0", b"\n", b"\r\n", b"\t", b"\x1b[2J", b"\x1b]0;x\x07", b"\x7f", b"\xff", b"\xc3\x28",
    b"\xc2\x9b31m", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",
    b"%s%n", b"'", b"\"", b"\\", b"../", b"~", b"*", b"**", b"[", b"{", b"&a ", b"*a", b"!!x ",
    b"# ", b": ", b"- ", b"-1", b"0x", b"1e400", b"18446744073709551616", b"-9223372036854775809",
    b"4294967296", b"true", b"null", b"%00", b"\xc2\xa0", b"\xf0\x9f\x98\x80", b"A" * 300,
    b"B" * 5000,
]


def number(r):
    return r.choice([0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000,
                     0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, r.getrandbits(8),
                     r.getrandbits(16), r.getrandbits(32), r.getrandbits(64), 2 ** 64 - 1])


def some(r, data, times=None):
    """data with a few changes of bytes."""
    data = bytearray(data)
    for _ in range(times or r.choice([1, 1, 1, 2, 3, 5, 20])):
        at = r.randrange(len(data) + 1)
        size = min(len(data) - at, r.choice([1, 1, 2, 4, 8, 30, 200]))
        what = r.randrange(8)
        if what == 0 and size:
            data[at] ^= 1 << r.randrange(8)
        elif what == 1:
            data[at:at + size] = r.randbytes(size)
        elif what == 2:
            data[at:at] = r.choice(ODD)
        elif what == 3:
            del data[at:at + size]
        elif what == 4:
            data[at:at] = data[at:at + size]
        elif what == 5:
            other = r.randrange(len(data) + 1)
            data[at:at + size] = data[other:other + size]
        elif what == 6:
            del data[at:]
        else:
            width = r.choice([1, 2, 4, 8])
            data[at:at + width] = (number(r) & (2 ** (8 * width) - 1)).to_bytes(width, "little")
    return bytes(data)


def word(r):
    """A short string of the kind that nobody expects, without NUL."""
    parts = [r.choice(ODD + [b"lsmslot", b"file_open", b"/sys/fs/bpf", b"protect-files", b""])
             for _ in range(r.choice([1, 1, 2, 3]))]
    return b"".join(parts).replace(b"\0", b"")
