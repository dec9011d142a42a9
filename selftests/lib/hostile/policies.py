# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Policy files: good ones, then bent as YAML and as bytes."""
import glob
import os
import re

from . import bend


class Raw(bytes):
    """Goes into the file as it is."""


def samples(objects, tests, tree):
    """Policies that are right on any host; tree is a folder with files."""
    def policy(name, **more):
        return dict({"name": name, "object": "%s/%s.bpf.o" % (objects, name.replace("-", "_"))},
                    **more)

    files = [{"key": tree + "/a", "value": "full", "parents": "anchor"},
             {"key": tree + "/sub/**/*.conf", "value": "full"},
             {"key": tree + "/gone", "value": "full", "optional": True}]
    types = {
        "names": ["a", {"key": "b c", "value": 7}], "mounts": ["/proc"],
        "numbers": [{"key": -1, "value": 18446744073709551615}, {"key": "0o17", "value": 0}],
        "ports": [443, {"key": "0x50", "value": 2}], "colours": ["red", {"key": "Dark-Blue"}],
        "pairs": [{"low": 1, "high": 2}, {"key": {"high": 4, "low": 3}, "value": 9}],
        "files": [{"key": tree + "/a", "value": "red"}], "nets": ["10.0.0.0/8", "127.0.0.1"],
        "nets6": [{"key": "fd00::/8", "value": 7}], "table": [{"key": 3, "value": 1}],
        "rules": [{"key": 5, "value": {"colour": "red", "level": -1, "name": "x", "port": 80,
                                       "bytes": [1, 2, 3], "inner": {"on": True}, "count": 1}}],
    }
    constants = {"small": 255, "negative": -5, "big": "0xffffffffffffffff", "flag": True,
                 "colour": "dark-blue", "word": "some"}
    return [
        [policy("protect-files", maps={"protected": files}, mode="enforce", order="first")],
        [policy("exec-guard", maps={"noexec_devs": ["/proc"]}, mode="audit"),
         policy("net-egress", order={"after": "exec-guard"},
                maps={"ipv4": [{"key": "10.0.0.0/8", "value": "allow"}],
                      "ipv6": [{"key": "::1", "value": "deny"}]})],
        [policy("wx-guard", constants={"guard_ptrace": True}, seal=True,
                pin="/sys/fs/bpf/elsewhere/wx",
                maps={"exempt": [{"key": tree + "/a", "value": "jit", "optional": True}]}),
         policy("kmod-lock"), policy("bpf-guard", scope=["/"])],
        [dict(name="types", object=tests + "/apply_types.bpf.o", maps=types,
              constants=constants, programs=["types_ioctl"])],
        [policy("secrets-guard"), policy("userns-guard"), policy("mount-guard"),
         policy("ptrace-guard", order="last")],
    ]


def pages(source):
    """What the documentation shows."""
    found = []
    for page in glob.glob(source + "/docs/**/*.*", recursive=True) + [source + "/README.md"]:
        if page.endswith((".md", ".rst")):
            with open(page, "rb") as f:
                text = f.read()
            found += re.findall(rb"^```yaml\n(version: 1\n.*?)^```", text, re.M | re.S)
            for pad, shown in re.findall(rb"^( +)version: 1\n((?:\1.*\n|\n)*)", text, re.M):
                found.append(b"version: 1\n" + re.sub(rb"^" + pad, b"", shown, flags=re.M))
    with open(source + "/selftests/bench/work/policies.yaml", "rb") as f:
        found.append(f.read())
    return found


def quoted(text):
    """In the escapes of YAML, which let any character but NUL through to whom it is for."""
    try:
        text = text.decode()
    except UnicodeDecodeError:
        text = text.decode("latin-1")
    return b'"' + b"".join(b"\\U%08x" % ord(c) if c in '"\\' or not " " <= c <= "~" else c.encode()
                          for c in text) + b'"'


def scalar(r, value):
    if isinstance(value, Raw):
        return bytes(value)
    if value is True or value is False:
        return b"true" if value else b"false"
    text = value if isinstance(value, bytes) else str(value).encode()
    how = r.randrange(400)
    if how == 0:
        return b"'" + text.replace(b"'", b"''") + b"'"
    if how == 1:
        return b'"' + text + b'"'
    if how == 2:
        return b"!!str " + text
    return text if re.fullmatch(rb"[\w./-]+", text) else quoted(text)


def flow(r, value):
    if isinstance(value, dict):
        return b"{" + b", ".join(scalar(r, k) + b": " + flow(r, v) for k, v in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b", ".join(flow(r, v) for v in value) + b"]"
    return scalar(r, value)


def block(r, value, indent):
    pad = b"\n" + b" " * indent
    if isinstance(value, dict) and value and r.random() < 0.8:
        return b"".join(pad + scalar(r, k) + b": " + block(r, v, indent + 2)
                        for k, v in value.items())
    if isinstance(value, list) and value and r.random() < 0.8:
        return b"".join(pad + b"- " + flow(r, v) if not isinstance(v, dict) else
                        pad + b"- " + block(r, v, indent + 2) for v in value)
    return flow(r, value)


def nested(r):
    depth = r.choice([10, 100, 1000, 5000])
    opening, closing = r.choice([(b"[", b"]"), (b"{a: ", b"}"), (b"- ", b""), (b"? ", b"")])
    return Raw(b"\n" * (opening[1:] == b" ") + opening * depth + closing * r.choice([0, depth]))


def bomb(r):
    """Aliases of aliases; some name themselves."""
    lines = [b"&a0 [x, x]"] + [b"&a%d [*a%d, *a%d]" % (i, i - 1, i - 1) for i in range(1, 25)]
    return Raw(b"[" + b", ".join(lines) + b"]") if r.random() < 0.8 else Raw(b"&s [*s, {a: *s}]")


def odd_value(r, old):
    # Another number in the place of one, which the rest of the word makes sense of.
    if isinstance(old, (str, int)) and re.search(r"\d", str(old)) and r.random() < 0.4:
        places = list(re.finditer(r"\d+", str(old)))
        place = r.choice(places)
        return str(old)[:place.start()] + str(bend.number(r)) + str(old)[place.end():]
    return r.choice([
        lambda: [], dict, lambda: [old], lambda: {"key": old}, lambda: Raw(b""), lambda: Raw(b"~"),
        lambda: bend.word(r), lambda: bend.word(r), lambda: bend.number(r),
        lambda: -bend.number(r), lambda: "0x%x" % bend.number(r), lambda: b"/" + bend.word(r),
        lambda: nested(r) if r.random() < 0.3 else "x", lambda: bomb(r), lambda: [old] * 300, lambda: Raw(b"*nowhere"),
        lambda: Raw(b"!tag x"), lambda: Raw(b"|\n" + bend.word(r)), lambda: "x" * 70000,
        lambda: {bend.word(r): old}, lambda: "1.2.3.4/%d" % bend.number(r),
        lambda: "::/%d" % bend.number(r), lambda: str(old) + "\\x1b\\0\\u009b",
        lambda: "/proc/self/fd", lambda: "/dev/zero", lambda: "/dev/null", lambda: "/",
    ])()


def bend_value(r, value):
    """value with something in it replaced, left out or twice."""
    if isinstance(value, dict) and value and r.random() < 0.9:
        value = dict(value)
        key = r.choice(list(value))
        if "policies" in value and r.random() < 0.9:
            return dict(value, policies=bend_value(r, value["policies"]))
        what = r.randrange(10)
        if what == 0:
            del value[key]
        elif what == 1:
            value[bend.word(r) or b"x"] = value.pop(key)
        elif what == 2:
            value[Raw(key.encode() if isinstance(key, str) else key)] = value[key]
        else:
            value[key] = bend_value(r, value[key])
        return value
    if isinstance(value, list) and value and r.random() < 0.9:
        value = list(value)
        i = r.randrange(len(value))
        what = r.randrange(8)
        if what == 0:
            del value[i]
        elif what == 1:
            value[i:i] = [value[i]]
        else:
            value[i] = bend_value(r, value[i])
        return value
    return odd_value(r, value)


class Policies:
    def __init__(self, source, objects, tests, tree):
        self.samples = samples(objects, tests, tree)
        self.pages = [page.replace(b"object: ", b"object: " + objects.encode() + b"/")
                      .replace(b"build/bpf/", b"") for page in pages(source)]
        self.tree = tree.encode()

    def good(self, r, whole=False):
        value = {"version": 1, "policies": r.choice(self.samples)}
        return value if whole else flow(r, value)

    def text(self, r):
        """One policy file."""
        if r.random() < 0.2:
            text = r.choice(self.pages)
        else:
            value = self.good(r, True)
            for _ in range(r.choice([0, 1, 1, 1, 1, 2])):
                value = bend_value(r, value)
            text = block(r, value, 0).lstrip(b"\n") + b"\n"
        if r.random() < 0.2:
            text = bend.some(r, text)
        if r.random() < 0.03:
            text = text.replace(b"\n", b"\r\n")
        if r.random() < 0.02:
            text = text.decode("latin-1").encode(r.choice(["utf-16", "utf-16-be", "utf-32"]))
        # A walk through all of the host's files only takes long.
        return re.sub(rb"/\*\*", b"/*", text) if self.tree + b"/sub/**" not in text else \
            re.sub(rb"(?<!/sub)/\*\*", b"/*", text)


def strange_files(folder):
    """Paths that are no files with text; made below folder."""
    def path(name):
        return os.path.join(folder, name)

    os.mkfifo(path("fifo"))
    os.mkdir(path("dir"))
    os.symlink("loop", path("loop"))
    os.symlink("nowhere", path("dangling"))
    with open(path("empty"), "wb"):
        pass
    with open(path("sparse"), "wb") as f:
        f.truncate(17 << 20)
    with open(path("unreadable"), "wb") as f:
        f.write(b"version: 1\n")
    os.chmod(path("unreadable"), 0)
    with open(path("comments"), "wb") as f:
        f.write(b"#\n" * (8 << 20))
    with open(path("brackets"), "wb") as f:
        f.write(b"[" * (1 << 20))
    with open(path("keys"), "wb") as f:
        f.write(b"version: 1\npolicies: []\n" + b"".join(b"k%d: 1\n" % i for i in range(150000)))
    with open(path("names"), "wb") as f:
        f.write(b"version: 1\npolicies:\n" +
                b"".join(b"- {name: p%d, object: /dev/null}\n" % i for i in range(20000)))
    with open(path("scalar"), "wb") as f:
        f.write(b"version: " + b"1" * (15 << 20))
    return [path(name) for name in sorted(os.listdir(folder))] + \
        ["/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem", "/", "", path("no") * 40,
         path("a\x1b[2Jb"), path("a\nb"), "/dev/tty"]
