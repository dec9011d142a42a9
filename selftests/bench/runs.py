# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Run files of make bench: reading them, and what names a figure in them.

A run is {"version": 1, "date", "form": "full" or "short", "accel": "tcg-icount"
or "kvm", "machine": {...}, "kernels": {NAME: {...}}, "failures": [...],
"figures": [...]}.  A figure has section, name, kernel, setup ("without" or
"with" bpf in lsm=) and unit; further keys that tell it from others (KEYS); and
samples and the value to quote, or the reason why there is none.
"""
import json
import math
import sys

VERSION = 1
KEYS = ("section", "kernel", "setup", "name", "operation", "attached", "programs",
        "path", "load")


class BadRun(Exception):
    """A file that is no run, with the reason."""


def key(figure):
    return tuple(figure.get(k) for k in KEYS)


def describe(figure_key):
    """One line for people: the members that are there."""
    names = dict(zip(KEYS, figure_key))
    words = [str(names[k]) for k in ("section", "kernel", "setup", "name")]
    words += [f"{k} {names[k]}" for k in KEYS[4:] if names[k] is not None]
    return ", ".join(words)


def is_number(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value))


def check_figure(figure, where):
    if not isinstance(figure, dict):
        raise BadRun(f"{where}: not an object")
    for member in ("section", "name", "unit"):
        if not isinstance(figure.get(member), str):
            raise BadRun(f"{where}: no {member}")
    if "reason" in figure:
        if not isinstance(figure["reason"], str) or "value" in figure:
            raise BadRun(f"{where}: a reason is a text and stands instead of a value")
        return
    if not is_number(figure.get("value")):
        raise BadRun(f"{where}: neither a value nor a reason")
    samples = figure.get("samples")
    if not isinstance(samples, list) or not samples or not all(map(is_number, samples)):
        raise BadRun(f"{where}: no samples")


def load(path):
    """The run in the file; BadRun says what is wrong with it."""
    try:
        with open(path, encoding="utf-8") as file:
            run = json.load(file)
    except OSError as err:
        raise BadRun(f"{path}: {err.strerror}") from err
    except ValueError as err:
        raise BadRun(f"{path}: no JSON: {err}") from err
    if not isinstance(run, dict) or run.get("version") != VERSION:
        raise BadRun(f"{path}: no run of make bench, or of another version than {VERSION}")
    for member, kind in (("figures", list), ("kernels", dict), ("machine", dict)):
        if not isinstance(run.get(member), kind):
            raise BadRun(f"{path}: no {member}")
    if not run["figures"]:
        raise BadRun(f"{path}: no figures")
    seen = set()
    for number, figure in enumerate(run["figures"]):
        where = f"{path}: figure {number}"
        check_figure(figure, where)
        if key(figure) in seen:
            raise BadRun(f"{where}: twice there: {describe(key(figure))}")
        seen.add(key(figure))
    return run


def die(status, text):
    print(f"{sys.argv[0].rsplit('/', 1)[-1]}: {text}", file=sys.stderr)
    sys.exit(status)
