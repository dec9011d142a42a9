# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The loader as a process: command lines, descriptors and limits that nobody plans for."""
import os
import re
import resource
import signal
import subprocess

from . import bend, judge

MIB = 1 << 20
# Ends of a process that the test made: the reader of its output went, or it was interrupted.
BROKEN_PIPE, INTERRUPTED = -signal.SIGPIPE, -signal.SIGINT
# The dynamic linker's, where there is no memory or descriptor for it.
NOT_STARTED = 127

OPTIONS = {
    "attach": "-p= --pin= -P= --program= -l --log --audit --cookie= --first --last --before= "
              "--after= --revision= --replace= --reuse-maps",
    "detach": "-i= --id= -P= --program=",
    "apply": "-n --dry-run --prune -l --log -j --json",
    "check": "-l --log -j --json",
    "mode": "-j --json",
    "status": "-j --json -w --watch --watch= -n= --count=",
    "hooks": "-a --attached -p --probe -j --json",
    "events": "-c= --count= -n --since-now -t --trace -j --json",
    "stats": "-e= --enable= -j --json",
    "bench": "-l --list -p= --programs= -j --json",
    "path": "-a --all -j --json",
    "features": "-j --json",
    "help": "", "--help": "", "--version": "", "nosuch": "", "": "",
}


def number(r):
    return r.choice([b"0.1", b"0", b"-1", b"1", b"2", b"0x1", b"1e3", b"nan", b"inf", b"1x", b" 1",
                     b"18446744073709551615", b"18446744073709551616", b"4294967296", b"0.2",
                     str(bend.number(r)).encode()])


def value(r, good):
    return r.choice([
        lambda: number(r), lambda: bend.word(r), lambda: b"", lambda: b"A" * r.choice([300, 5000, 100000]),
        lambda: r.choice(good), lambda: r.choice(good), lambda: r.choice(good),
        lambda: b"link:" + number(r), lambda: b"id:" + number(r),
        lambda: b"/sys/fs/bpf/" + bend.word(r),
    ])()


def line(r, good):
    """Words of one command; good are files, pins, names that are there."""
    command = r.choice([c for c in OPTIONS for _ in range(1 if c in ("help", "") or c[:1] in "-n" else 6)])
    words = [command.encode()]
    options = OPTIONS[command].split() + ["-h", "--help"] * (r.random() < 0.05)
    for _ in range(r.choice([0, 0, 1, 1, 2, 3, 6])):
        option = r.choice(options or ["-j"])
        if r.random() < 0.05:
            words.append(b"-" * r.randrange(4) + bend.word(r))
        elif not option.endswith("="):
            words.append(option.encode())
        elif option.startswith("--") and r.random() < 0.5:
            words.append(option.encode() + value(r, good))
        else:
            words.append(option[:-1].encode())
            if r.random() < 0.9:
                words.append(value(r, good))
    for _ in range(r.choice([0, 1, 1, 1, 1, 2, 3])):
        words.insert(r.randrange(1, len(words) + 1) if r.random() < 0.3 else len(words), value(r, good))
    if r.random() < 0.02:
        words += [b"x"] * 5000
    return [word.replace(b"\0", b"") for word in words]


MODES = ["plain"] * 14 + ["stdin", "stdout", "stderr", "closed", "full", "pipe", "files", "size",
                          "memory", "memory"]

# They run until they are interrupted, if they did not refuse the command line.
ENDLESS = (b"events", b"status", b"stats", b"bench")


class Loader:
    def __init__(self, plain, sanitized, folder, prefix=()):
        self.plain, self.sanitized, self.prefix = plain, sanitized, list(prefix)
        self.folder = folder

    def limits(self, r, mode):
        """What the child does before it becomes the loader."""
        files, memory = r.randrange(4, 16), r.choice([8, 10, 12, 14, 16, 20, 24, 30, 40, 80]) * MIB

        def prepare():
            closed = {"stdin": [0], "stdout": [1], "stderr": [2], "closed": [0, 1, 2]}.get(mode, [])
            for fd in closed:
                os.close(fd)
            if mode == "files":
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
            elif mode == "size":
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
            elif mode == "memory":
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        return prepare

    def run(self, r, words, mode="plain", seconds=60):
        """(status, out, err) of the loader; None for a status that is a hang."""
        # The sanitizer needs more memory than there is.
        program = self.plain if mode == "memory" else self.sanitized
        out = os.path.join(self.folder, "out")
        environment = dict(os.environ, UBSAN_OPTIONS=judge.OPTIONS, ASAN_OPTIONS=judge.OPTIONS)
        stdout = open("/dev/full" if mode == "full" else out, "wb+")
        if mode == "pipe":
            reader, writer = os.pipe()
            os.close(reader)
            stdout.close()
            stdout = os.fdopen(writer, "wb")
        endless = words[0] in ENDLESS
        with stdout:
            child = subprocess.Popen(self.prefix + [program] + words, stdin=subprocess.DEVNULL,
                                     stdout=stdout, stderr=subprocess.PIPE, env=environment,
                                     preexec_fn=self.limits(r, mode),
                                     restore_signals=True, close_fds=True)
            try:
                err = child.communicate(timeout=3 if endless else seconds)[1]
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGINT if endless else signal.SIGABRT)
                try:
                    err = child.communicate(timeout=seconds)[1]
                except subprocess.TimeoutExpired:
                    child.kill()
                    err = child.communicate()[1]
                    return None, b"", err
        with open(out, "rb") as f:
            return child.returncode, b"" if mode in ("full", "pipe") else f.read(), err

    def judge(self, words, mode, status, out, err):
        if status is None:
            return "hangs"
        if status == NOT_STARTED and mode in ("memory", "files") and b"shared libr" in err:
            return None
        if status == BROKEN_PIPE and mode == "pipe":
            return None
        if status == INTERRUPTED and words[0] in (b"status", b"stats", b"bench"):
            return None
        if mode in ("stderr", "closed") and not 0 <= status < 10:
            return "status %s" % status
        if mode in ("stderr", "closed"):
            return None
        if mode in ("full", "stdout") and status == 0 and words[0] != b"events":
            return "status 0 without its output"
        # An error in JSON is lost; that it is comes after what else is wrong.
        if mode in ("full", "stdout", "pipe", "size"):
            err = re.sub(rb"(?<=.)lsmslot: cannot write the output: .*\n$", b"", err)
        as_json = "--json" in OPTIONS.get(words[0].decode(), "") and \
            any(re.fullmatch(rb"-j|--json|-\w*j", word) for word in words)
        # What is watched, and events, is a document each time.
        return judge.judge(status, out, err, as_json, stream=words[0] in ENDLESS)
