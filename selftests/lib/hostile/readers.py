# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Feeds what the loader reads to its readers: PYTHONPATH=selftests/lib python3 -m hostile.readers

  SUBJECT... [--seconds S] [--seed N] [--steps N] [--keep DIR]

A SUBJECT gets --steps inputs, or as many as in --seconds, divided among the SUBJECTs.  Input N
is that of seed SEED + N: one that fails is kept in DIR and named with its seed, which gives
the same again with --steps 1.
"""
import argparse
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from . import kernel, judge
from .objects import Objects, bent, bent_types
from .policies import Policies, flow, strange_files

SOURCE, BUILD = os.environ["SRC"], os.environ["BUILD"]
CALL = BUILD + "/sanitized/hostile_call"


def hook_names():
    """Those that the policies and the tests attach to."""
    found = set()
    for path in glob.glob(SOURCE + "/bpf/progs/*.c") + glob.glob(SOURCE + "/selftests/loader/progs/*.c"):
        with open(path) as f:
            found |= set(re.findall(r'SEC\("\??lsm(?:\.s)?/(\w+)"\)', f.read()))
    return sorted(found - {"no_such_hook"})


class Reader:
    """The process that the loader's readers run in."""
    def __init__(self, folder):
        self.said = os.path.join(folder, "said")
        self.process = None

    def start(self):
        environment = dict(os.environ, ASAN_OPTIONS=judge.OPTIONS, UBSAN_OPTIONS=judge.OPTIONS)
        self.process = subprocess.Popen([CALL, self.said] + hook_names(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None

    def call(self, words):
        """status, out, err; the status of the process if it ended."""
        if not self.process:
            self.start()
        self.process.stdin.write(" ".join(words).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            status = self.process.wait()
            self.stop()
            with open(self.said, "rb") as out, open(self.said + ".err", "rb") as err:
                return status, out.read(), err.read()
        out = self.process.stdout.read(int(answer[1]))
        return int(answer[0]), out, self.process.stdout.read(int(answer[2]))


class Subjects:
    """Makes the input of a seed: files and the words of the request."""
    def __init__(self, folder, tree):
        self.folder = folder
        tests = BUILD + "/selftests/loader/progs"
        self.policies = Policies(SOURCE, BUILD + "/bpf", tests, tree)
        self.objects = Objects(BUILD + "/bpf", tests)
        self.hooks = hook_names()

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def policy(self, r):
        return ["policy", self.file("input.yaml", self.policies.text(r))]

    def object(self, r):
        return ["object", self.file("input.bpf.o", self.objects.data(r))]

    def pair(self, r):
        """A bent object in a good policy file: types and names of the one in the other."""
        policy = r.choice(r.choice(self.policies.samples[:4] + [self.policies.samples[3]] * 4))
        with open(policy["object"], "rb") as f:
            data = f.read()
        data = bent(r, data) if r.random() < 0.3 else bent_types(r, data)
        policy = dict(policy, object=self.file("input.bpf.o", data))
        policy.pop("order", None)
        return ["policy", self.file("input.yaml", flow(r, {"version": 1, "policies": [policy]}))]

    def record(self, r):
        return ["record", self.file("input.record", kernel.record(r))]

    def table(self, r):
        return ["table", self.file("input.table", kernel.table(r, self.hooks))]

    def format(self, r):
        return ["format", self.file("input.format", kernel.trace_format(r))]

    def event(self, r):
        return ["event", self.file("input.event", kernel.event(r)), r.choice(["text", "json"])]

    def path(self, r):
        hook = r.choice(self.hooks)
        symbols, core = kernel.path_files(r, hook)
        return ["path", self.file("input.kallsyms", symbols), self.file("input.kcore", core), hook] + \
            r.choice([[], ["--all"], ["-j"], ["-j", "--all"]])


NAMES = ["policy", "pair", "object", "record", "table", "format", "event", "path"]


class Run:
    def __init__(self, options, folder):
        tree = os.path.join(folder, "tree")
        os.makedirs(tree + "/sub/below")
        for name in "a", "sub/x.conf", "sub/below/y.conf":
            with open(os.path.join(tree, name), "w"):
                pass
        self.options, self.folder = options, folder
        self.reader = Reader(folder)
        self.subjects = Subjects(folder, tree)
        self.failed = 0

    def check(self, name, seed, words):
        start = time.monotonic()
        status, out, err = self.reader.call(words)
        wrong = judge.judge(status, out, err, "-j" in words or words[-1] == "json")
        if not wrong and time.monotonic() - start > 20:
            wrong = "%d s long" % (time.monotonic() - start)
        if wrong:
            self.fail(name, seed, words, wrong, out, err)
        return status

    def fail(self, name, seed, words, wrong, out, err):
        self.failed += 1
        print("%s, seed %s: %s" % (name, seed, wrong))
        for line in (out + err).decode(errors="backslashreplace").split("\n")[:14]:
            print("  said: " + ascii(line)[1:240])
        if self.options.keep:
            folder = os.path.join(self.options.keep, "%s-%s" % (name, seed))
            os.makedirs(folder, exist_ok=True)
            for path in glob.glob(self.folder + "/input.*"):
                shutil.copy(path, folder)
            print("  kept in " + folder)

    def strange(self):
        """Files that are no policy files; never by chance."""
        folder = os.path.join(self.folder, "strange")
        os.mkdir(folder)
        for path in strange_files(folder):
            if path and " " not in path and "\n" not in path:
                self.check("policy", path, ["policy", path])

    def subject(self, name, seconds):
        end, steps, ends = time.monotonic() + seconds, 0, {}
        while steps < self.options.steps if self.options.steps else time.monotonic() < end:
            seed = self.options.seed + steps
            words = getattr(self.subjects, name)(random.Random("%s %d" % (name, seed)))
            status = self.check(name, seed, words)
            ends[status] = ends.get(status, 0) + 1
            steps += 1
            if self.failed > 20:
                break
        print("%s: %d inputs, seeds %d to %d, ends %s" % (
            name, steps, self.options.seed, self.options.seed + steps - 1,
            " ".join("%d:%d" % end for end in sorted(ends.items()))), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT")
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--keep")
    options = parser.parse_args()
    names = options.subjects or NAMES + ["strange"]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options, folder)
        if "strange" in names:
            names.remove("strange")
            run.strange()
        for name in names:
            run.subject(name, options.seconds / len(names))
        run.reader.stop()
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
