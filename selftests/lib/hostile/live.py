# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Hostile command lines, files and pins, the loader as a process: PYTHONPATH=selftests/lib
python3 -m hostile.live SUBJECT... [--seconds S] [--seed N] [--steps N] [--keep DIR]

The SUBJECTs: commands (anywhere; by root, it becomes nobody), and in the VM as root:
rooted (the same as root), pins, objects, policies.  Without --steps each has its share of
--seconds; step N is that of seed SEED + N, but for pins, where the steps before count.
"""
import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time

from . import bend, kernel, policies, world
from .commands import MODES, Loader, line
from .objects import Objects

SOURCE, BUILD = os.environ["SRC"], os.environ["BUILD"]
SANITIZED = BUILD + "/sanitized/loader/lsmslot"
LOCK = "/run/lsmslot/lock"


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Run:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.failed = 0
        self.tests, self.objects_dir = BUILD + "/selftests/loader/progs", BUILD + "/bpf"
        tree = os.path.join(folder, "tree")
        os.makedirs(tree + "/sub")
        for name in "a", "sub/x.conf":
            self.file("tree/" + name, b"")
        self.policies = policies.Policies(SOURCE, self.objects_dir, self.tests, tree)
        self.objects = Objects(self.objects_dir, self.tests)
        strange = os.path.join(folder, "strange")
        os.mkdir(strange)
        self.strange = [os.fsencode(p) for p in policies.strange_files(strange)]
        self.foreign = None

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o644)
        return path

    def loader(self, nobody=False):
        prefix = []
        if nobody and os.getuid() == 0:
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        elif not nobody:
            # What it sealed would stay.
            prefix = ["setpriv", "--bounding-set=-mac_admin", "--inh-caps=-mac_admin"]
        said = os.path.join(self.folder, "said")
        os.makedirs(said, exist_ok=True)
        return Loader(os.environ["LSMSLOT"], SANITIZED, said, prefix)

    def state(self):
        return world.links(), world.tree()

    def step(self, loader, r, words, mode, seed, live):
        """One run of the loader, and whether one that refused changed nothing."""
        before = self.state() if live else None
        start = time.monotonic()
        status, out, err = loader.run(r, words, mode)
        wrong = loader.judge(words, mode, status, out, err)
        if not wrong and time.monotonic() - start > 50:
            wrong = "took %d s" % (time.monotonic() - start)
        if live and not wrong:
            after = self.state()
            written = b"cannot write the output" in err or mode in ("stdout", "closed", "full", "pipe",
                                                                    "stderr", "size")
            if status and not written and before != after:
                wrong = "status %s, but what is attached or pinned changed: %s" % (
                    status, [set(a.items()) ^ set(b.items()) for a, b in zip(before, after)])
            if os.path.exists(LOCK) and os.path.getsize(LOCK):
                wrong = "something was written to the lock: %r" % read(LOCK)[:100]
                os.truncate(LOCK, 0)
            if self.foreign and self.foreign[1] not in after[0]:
                wrong = "a link of another kind is gone"
        if wrong:
            self.failed += 1
            print("seed %s, mode %s: %s" % (seed, mode, wrong))
            print("  lsmslot " + " ".join(ascii(w.decode("latin-1"))[:300] for w in words[:20]))
            for text in (out + err).decode(errors="backslashreplace").split("\n")[:14]:
                print("  said: " + ascii(text)[1:300])
            sys.stdout.flush()
            self.keep(seed, words)
        return status

    def keep(self, seed, words):
        if not self.options.keep:
            return
        folder = os.path.join(self.options.keep, str(seed))
        os.makedirs(folder, exist_ok=True)
        for word in words:
            if word.startswith(os.fsencode(self.folder)) and os.path.isfile(word) and \
                    os.path.getsize(word) < 1 << 20:
                shutil.copy(word, os.fsencode(folder))
        print("  kept in " + folder)

    def good(self, r, live):
        """Words that name what is there."""
        found = [os.fsencode(self.file("policy.yaml", self.policies.text(r))),
                 os.fsencode(self.file("good.yaml", self.policies.good(r))),
                 os.fsencode(self.file("bent.bpf.o", self.objects.data(r)))]
        for name in "pair", "trio", "mixed", "swap1", "cookie", "nohook":
            found.append(os.fsencode("%s/%s.bpf.o" % (self.tests, name)))
        found += [b"file_open", b"inode_symlink", b"file_permission", b"audit", b"enforce",
                  b"protect-files", b"exec_guard", r.choice(self.strange)]
        if live:
            found += [p for p in world.tree() if b"/" in p][:40]
        return found

    def commands_as(self, loader, r, seed, live):
        return self.step(loader, r, line(r, self.good(r, live)), r.choice(MODES), seed, live)

    def commands(self, r, seed):
        return self.commands_as(self.loader(nobody=True), r, seed, False)

    def rooted(self, r, seed):
        if seed % 30 == 0:
            world.clear()
        return self.commands_as(self.loader(), r, seed, True)

    def objects_at(self, path, r, seed):
        what = r.choice(["attach", "check", "apply"])
        if what == "attach":
            words = [b"attach", path, b"--pin", b"/sys/fs/bpf/bent"]
        else:
            text = b"version: 1\npolicies:\n- name: bent\n  object: " + path + b"\n"
            words = [what.encode(), os.fsencode(self.file("bent.yaml", text))] + \
                ([b"--dry-run"] if r.random() < 0.5 and what == "apply" else [])
        status = self.step(self.loader(), r, words, "plain", seed, True)
        if not status:
            self.step(self.loader(), r, [b"status"] + r.choice([[], [b"-j"]]), "plain", seed, True)
            world.clear()
        return status

    def bent_objects(self, r, seed):
        return self.objects_at(os.fsencode(self.file("bent.bpf.o", self.objects.data(r))), r, seed)

    def bent_policies(self, r, seed):
        path = os.fsencode(self.file("policy.yaml", self.policies.text(r)))
        words = r.choice([[b"check", path], [b"apply", path, b"--dry-run"], [b"apply", path]])
        status = self.step(self.loader(), r, words + r.choice([[], [b"-j"]]), "plain", seed, True)
        if words[0] == b"apply" and not status:
            world.clear()
        return status

    def pins(self, r, seed):
        """A few policies, then disorder, then commands that look at it."""
        if not self.foreign:
            before = world.links()
            os.makedirs("/sys/fs/cgroup/hostile", exist_ok=True)
            fd = world.attach_foreign("/sys/fs/cgroup/hostile")
            self.foreign = fd, (set(world.links()) - set(before)).pop()
        world.clear()
        loader, plain = self.loader(), random.Random(0)
        text = b"version: 1\npolicies:\n" + b"".join(
            b"- {name: %s, object: %s/%s.bpf.o}\n" % (n, os.fsencode(self.objects_dir), n.replace(b"-", b"_"))
            for n in r.sample([b"exec-guard", b"userns-guard", b"kmod-lock", b"mount-guard"], 2))
        host = os.fsencode(self.file("host.yaml", text))
        loader.run(plain, [b"apply", host])
        for _ in range(r.choice([1, 1, 2, 4, 10])):
            world.disorder(r, self.foreign[0])
        if seed % 50 == 49:
            for i in range(3000):
                os.makedirs(b"/sys/fs/bpf/lsmslot/%d" % i, exist_ok=True)
        status = None
        for _ in range(4):
            pins = [p for p in world.tree() if not p.endswith(b".debug")] or [b"x"]
            folder = r.choice([p for p in pins if world.tree().get(p, (0,))[0] == 0o40000] or pins)
            words = r.choice([
                [b"status"], [b"status", b"-j"], [b"stats"], [b"stats", b"-j"], [b"hooks", b"-a"],
                [b"apply", host], [b"apply", host, b"-n"], [b"apply", host, b"-n", b"-j"],
                [b"apply", host, b"--prune"], [b"apply", host, b"--prune", b"-j"], [b"detach", folder],
                [b"detach", r.choice(pins)], [b"detach", os.path.dirname(r.choice(pins))],
                [b"mode", b"audit", folder], [b"mode", b"exec-guard"], [b"mode", b"-j", folder],
                [b"mode", b"enforce", b"kmod-lock"], [b"events", b"-j", folder], [b"events"],
                [b"attach", os.fsencode(self.tests) + b"/pair.bpf.o", b"--pin", folder],
                [b"attach", os.fsencode(self.objects_dir) + b"/exec_guard.bpf.o", b"--replace", folder],
            ])
            status = self.step(loader, r, words, "plain", seed, True)
        return status

    def odd_names(self):
        """Every listing with names in it that steer a terminal."""
        names = [b"a\x1b[2J\nb\xff\xc2\x9b31m\x7f\x01\xe2\x80\xae"]
        loader, r = self.loader(), random.Random(0)
        for name in names:
            folder = b"/sys/fs/bpf/" + name
            for words in ([b"attach", os.fsencode(self.tests) + b"/pair.bpf.o", b"--pin", folder],
                          [b"status"], [b"status", b"-j"], [b"stats"], [b"stats", b"-j"],
                          [b"hooks", b"-a"], [b"hooks", b"-a", b"-j"], [b"mode", folder],
                          [b"mode", folder, b"-j"], [b"events", folder], [b"events", folder, b"-j"],
                          [b"detach", folder + b"/nosuch"], [b"detach", folder]):
                self.step(loader, r, words, "plain", ascii(name), True)
            world.clear()
        for name in names:
            folder = os.path.join(os.fsencode(self.folder), name)
            os.mkdir(folder)
            path = os.path.join(folder, name)
            with open(path, "wb") as f:
                f.write(self.policies.good(r))
            for words in [b"check"], [b"check", b"-j"], [b"apply", b"-n"], [b"apply", b"-n", b"-j"]:
                self.step(loader, r, words + [path], "plain", ascii(name), True)

    def subject(self, name, seconds):
        end, steps, ends = time.monotonic() + seconds, 0, {}
        call = {"objects": self.bent_objects, "policies": self.bent_policies}.get(name) or \
            getattr(self, name)
        while steps < self.options.steps if self.options.steps else time.monotonic() < end:
            seed = self.options.seed + steps
            status = call(random.Random("%s %d" % (name, seed)), seed)
            ends[status] = ends.get(status, 0) + 1
            steps += 1
            if self.failed > 20:
                break
        if name != "commands":
            world.clear()
        print("%s: %d steps, seeds %d to %d, ends %s" % (
            name, steps, self.options.seed, self.options.seed + steps - 1,
            " ".join("%s:%d" % end for end in sorted(ends.items(), key=str))), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("subjects", nargs="+", metavar="SUBJECT")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        run = Run(options, folder)
        for name in options.subjects:
            print("# " + name, flush=True)
            if name == "names":
                run.odd_names()
            else:
                run.subject(name, options.seconds / len(options.subjects))
        if run.foreign:
            os.close(run.foreign[0])
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
