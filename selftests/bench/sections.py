# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The sections of the page of a run: tables in Markdown."""
import runs

KINDS = ("noop", "lookup", "sleepable", "cgroup")
KIND_NAMES = {"nothing": "nothing", "noop": "no-op", "lookup": "look-up",
              "sleepable": "sleepable", "cgroup": "cgroup"}
ORDER = ("stock", "base", "ours", "off")

# DESIGN's goals for security_file_permission(), as what is added to it.
MOST_INSTRUCTIONS = 75 - 19	# of a verdict, less what it takes without bpf in lsm=
LEAST_RATIO = 4


def number(value):
    if value is None:
        return ""
    value = round(value, 6)
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def added(value):
    if value is None:
        return ""
    text = number(value)
    return "0" if text in ("0", "-0", "0.00", "-0.00") else text if value < 0 else "+" + text


def times(value):
    return "" if value is None else f"{value:.1f}"


def percent(value):
    return "" if value is None else f"{value:+.2f} %"


def table(head, rows, left=1):
    """Markdown; the first @left columns are text, the others numbers."""
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join("---" if i < left else "---:" for i in range(len(head))) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


class View:
    """A run with what the sections ask of it."""

    def __init__(self, run):
        self.run = run
        self.figures = {runs.key(f): f for f in run["figures"]}
        self.names = {k.get("kind"): n for n, k in run["kernels"].items()}
        self.unit = "instructions" if run["accel"] == "tcg-icount" else "cycles"
        # Kernels in which programs are measured, baselines first.
        self.kernels = [k for k in ORDER if k in self.names and k != "off"]
        if "stock" not in self.names or "ours" not in self.names:
            raise runs.BadRun("the page compares stock and ours; the run has not both")

    def figure(self, kind, section, name, setup="with", **more):
        key = {"section": section, "name": name, "setup": setup, "kernel": self.names.get(kind)}
        return self.figures.get(tuple({**key, **more}.get(k) for k in runs.KEYS))

    def value(self, *args, **more):
        return (self.figure(*args, **more) or {}).get("value")

    def in_section(self, section):
        return [f for f in self.run["figures"] if f["section"] == section]

    def distinct(self, section, *members):
        """What the figures of a section have for these members, in order."""
        return list(dict.fromkeys(tuple(f.get(m) for m in members)
                                  for f in self.in_section(section)))

    def hook_added(self, kind, name, operation, attached):
        """What a program adds to an operation, against no bpf in lsm= on the same kernel."""
        base = self.value(kind, "hooks", name, "without", operation=operation, attached="nothing")
        value = self.value(kind, "hooks", name, operation=operation, attached=attached)
        return None if base is None or value is None else value - base

    def hook_reason(self, kind, name, operation, attached):
        for setup, what in (("without", "nothing"), ("with", attached)):
            figure = self.figure(kind, "hooks", name, setup, operation=operation, attached=what)
            if figure is None:
                return "not in the run"
            if "reason" in figure:
                return figure["reason"]
        return None

    def hooks(self):
        return self.distinct("hooks", "name", "operation")

    def works(self):
        return [name for name, in self.distinct("work", "name")]

    def work_spread(self, name):
        """Of the rounds of a workload, in percent: less than that is no difference."""
        most = 0.0
        for kind in ("stock", "ours"):
            for setup in ("without", "with"):
                for attached in ("nothing", "noop", "policies"):
                    figure = self.figure(kind, "work", name, setup, attached=attached) or {}
                    samples = figure.get("samples")
                    if samples:
                        most = max(most, (max(samples) - min(samples)) / min(samples) * 100)
        return most

    def work_more(self, name, attached):
        """True if ours adds more than stock, by more than the spread; None if not measured."""
        stock, ours = (self.work_added(k, name, attached) for k in ("stock", "ours"))
        return None if None in (stock, ours) else ours > stock + self.work_spread(name)

    def work_added(self, kind, name, attached):
        """Percent over no bpf in lsm= on the same kernel."""
        base = self.value(kind, "work", name, "without", attached="nothing")
        value = self.value(kind, "work", name, attached=attached)
        return None if not base or value is None else (value - base) / base * 100

    def nothing(self, kind, name, operation):
        """True if nothing attached costs nothing; None if not measured."""
        more = self.hook_added(kind, name, operation, "nothing")
        base = self.value(kind, "hooks", name, "without", operation=operation, attached="nothing")
        return None if more is None else more <= max(1.0, base / 1000)


class Notes:
    """Reasons, each once, numbered."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return f"– [{self.texts.index(text) + 1}]"

    def lines(self):
        return "\n".join(f"{i + 1}. {t}" for i, t in enumerate(self.texts))


def ratio(more, less):
    return None if more is None or less is None or less <= 0 else more / less


def run(view):
    data, machine = view.run, view.run["machine"]
    rows = [(f"`{name}`", f"{k['release']}", f"`{(k.get('config_sha256') or 'not known')[:12]}`",
             "; ".join(f"`{o}`" for o in k.get("left_out", [])) or "none")
            for name, k in data["kernels"].items()]
    lines = ["## This run", "",
             f"{data['form'].capitalize()} form of {data['date']}, commit `{data.get('commit', '')[:12]}`"
             + (" with changes" if data.get("changed") else "") + ". "
             f"Host: {machine.get('cpu')}, {machine.get('processors')} processors, "
             f"{machine.get('system')}, Linux {machine.get('kernel')}; {machine.get('qemu')}; "
             f"{machine.get('compiler')}.", "",
             table(("kernel", "release", "SHA-256 of the configuration",
                    "options of vm.config that it has not or has otherwise"), rows, 4)]
    if data.get("failures"):
        lines += ["", "**Not all could be measured:**", ""]
        lines += [f"- {text}" for text in data["failures"]]
    return "\n".join(lines)


def judged(good, text):
    return ("not measured" if good is None else "met" if good else "**not met**", text)


def goals(view):
    rows = []

    def goal(what, good, text):
        rows.append((what, *judged(good, text)))

    operations = [o for n, o in view.hooks() if n == "file_permission"]
    for operation in operations:
        more = view.hook_added("ours", "file_permission", operation, "noop")
        calls = (view.figure("ours", "hooks", "file_permission", operation=operation,
                             attached="nothing") or {}).get("calls")
        if more is not None:
            more /= calls or 1
        goal(f"`file_permission` ({operation}): a no-op program adds at most {MOST_INSTRUCTIONS} instructions to a call",
             None if more is None or view.unit != "instructions" else more <= MOST_INSTRUCTIONS,
             "" if more is None else f"{added(more)} {view.unit}")
    if view.unit != "cycles":
        goal("`file_permission`: one program adds at most 45 cycles, each further one 20; 15 with "
             "mitigations=off", None, "needs native cycles")
    def count(what, answers):
        """Met if it is met wherever it can be asked; True, False, or None each."""
        known = [a for a in answers if a is not None]
        text = f"{known.count(True)} of {len(known)}"
        if len(known) < len(answers):
            text += f"; {len(answers) - len(known)} without a figure"
        goal(what, all(known) if known else None, text)

    def at_least(stock, ours):
        return None if None in (stock, ours) else ours <= 0 or stock >= LEAST_RATIO * ours

    count("nothing attached: no operation costs more than without bpf in `lsm=`",
          [view.nothing("ours", *h) for h in view.hooks()])
    count(f"one no-op program: at least {LEAST_RATIO} times less added to an operation than stock",
          [at_least(*(view.hook_added(k, *h, "noop") for k in ("stock", "ours")))
           for h in view.hooks()])
    more = [view.work_more(w, a) for w in view.works() for a in ("nothing", "noop", "policies")]
    count("no workload with more added than stock, beyond the spread of its rounds",
          [None if m is None else not m for m in more])
    return "## Goals\n\n" + table(("goal", "", "measured"), rows, 3)


def losses(view):
    lines = []
    for name, operation in view.hooks():
        if view.nothing("ours", name, operation) is False:
            lines.append(f"- `{name}` ({operation}), nothing attached: "
                         f"{added(view.hook_added('ours', name, operation, 'nothing'))} {view.unit}")
        for kind in KINDS:
            stock, ours = (view.hook_added(k, name, operation, kind) for k in ("stock", "ours"))
            if None in (stock, ours):
                continue
            if ours >= stock:
                lines.append(f"- `{name}` ({operation}), {KIND_NAMES[kind]}: {added(ours)}, "
                             f"stock {added(stock)} {view.unit}: no gain")
            elif kind == "noop" and stock < LEAST_RATIO * ours:
                lines.append(f"- `{name}` ({operation}), {KIND_NAMES[kind]}: {added(ours)}, "
                             f"stock {added(stock)} {view.unit}: less than {LEAST_RATIO} times better")
    for name in view.works():
        for attached in ("nothing", "noop", "policies"):
            stock, ours = (view.work_added(k, name, attached) for k in ("stock", "ours"))
            if view.work_more(name, attached):
                lines.append(f"- {name}, {attached} attached: {percent(ours)}, stock {percent(stock)}")
    for figure in view.in_section("control"):
        if figure["kernel"] != view.names["ours"] or "value" not in figure:
            continue
        more = {m: figure.get(m) for m in ("operation", "programs", "load")}
        stock = view.value("stock", "control", figure["name"], **more)
        if stock is not None and figure["value"] >= stock:
            lines.append(f"- {control_name(figure)}: {number(figure['value'])}, stock {number(stock)} "
                         f"{figure['unit']}")
    for name, in view.distinct("size", "name"):
        for setup in ("image", "without", "with"):
            stock, ours = (view.value(k, "size", name, setup) for k in ("stock", "ours"))
            if None in (stock, ours):
                continue
            worse = ours < stock if name in FREE else ours > stock
            if worse:
                lines.append(f"- {size_name(name)}{SETUPS[setup]}: {number(ours)}, "
                             f"stock {number(stock)} ({percent((ours - stock) / stock * 100)})")
    text = "## Where ours loses or gains nothing\n\n"
    return text + ("\n".join(lines) if lines else "Nowhere in this run.")


def hooks(view):
    notes = Notes()

    def cell(kind, hook, attached):
        more = view.hook_added(kind, *hook, attached)
        if more is None:
            return notes.mark(view.hook_reason(kind, *hook, attached))
        return added(more)

    if not view.hooks():
        return "This run has none."
    head = ["hook", "operation", "without"]
    for kind in view.kernels:
        head += [f"{view.names[kind]}: nothing", "no-op"]
    rows = []
    for hook in view.hooks():
        row = [f"`{hook[0]}`", hook[1], number(view.value("stock", "hooks", hook[0], "without",
                                                            operation=hook[1], attached="nothing"))]
        for kind in view.kernels:
            row += [cell(kind, hook, "nothing"), cell(kind, hook, "noop")]
        row.append(times(ratio(view.hook_added("stock", *hook, "noop"),
                               view.hook_added("ours", *hook, "noop"))))
        rows.append(row)
    text = table(head + ["stock : ours"], rows, 2) + "\n\n![What one no-op program adds](benchmarks/hooks.svg)\n\n"
    text += "Programs that do more, sleep, or belong to a control group:\n\n"
    head, rows = ["hook", "operation"], []
    for kind in KINDS[1:]:
        head += [f"{KIND_NAMES[kind]}: {view.names[view.kernels[0]]}"]
        head += [view.names[k] for k in view.kernels[1:]]
    for hook in view.hooks():
        rows.append([f"`{hook[0]}`", hook[1]] + [cell(k, hook, kind) for kind in KINDS[1:]
                                                  for k in view.kernels])
    return text + table(head, rows, 2) + ("\n\n" + notes.lines() if notes.texts else "")


def slope_series(view):
    """(label, kind, path, [(programs, value)]) of each line; none where it could not be."""
    found = []
    for kind in view.kernels:
        for path in ("slots", "trampoline"):
            points = {}
            for figure in view.in_section("slope"):
                if figure["kernel"] != view.names[kind] or "value" not in figure:
                    continue
                if figure.get("path") == path or not figure.get("programs"):
                    points[figure["programs"]] = figure["value"]
            if len(points) > 1:
                found.append((f"{view.names[kind]}, {path}", kind, path, sorted(points.items())))
    return found


def fitted(points, least, most):
    """Least squares: what one more program costs, from @least to @most programs."""
    points = [p for p in points if least <= p[0] <= most]
    if len(points) < 2:
        return None
    x, y = (sum(p[i] for p in points) / len(points) for i in (0, 1))
    return (sum((p[0] - x) * (p[1] - y) for p in points)
            / sum((p[0] - x) ** 2 for p in points))


def slope(view):
    series = slope_series(view)
    if not series:
        return "This run has none."
    counts = sorted({programs for line in series for programs, _ in line[3]})
    rows = [[programs] + [number(dict(line[3]).get(programs)) for line in series]
            for programs in counts]
    for least, most, name in ((1, 8, "1 to 8"), (9, 10 ** 6, "more than 8")):
        rows.append([f"one more, of {name}"] + [added(fitted(line[3], least, most)) for line in series])
    reasons = dict.fromkeys(f"- {f['kernel']}, {f.get('programs')} programs: {f['reason']}"
                            for f in view.in_section("slope") if "reason" in f)
    return ("![Cost by number of programs](benchmarks/slope.svg)\n\n"
            + table(["programs"] + [line[0] for line in series], rows, 0)
            + ("\n\n" + "\n".join(reasons) if reasons else ""))


def control_name(figure):
    return f"{figure['name']}, {figure['programs']} others, {figure['load']}"


def control(view):
    notes, rows = Notes(), []
    for name, load, programs, unit in view.distinct("control", "name", "load", "programs", "unit"):
        row = [name, load, programs, unit]
        for kind in view.kernels:
            figure = next((f for f in view.in_section("control")
                           if (f["kernel"], f["name"], f.get("load"), f.get("programs"))
                           == (view.names[kind], name, load, programs)), None)
            if figure is None:
                row.append(notes.mark("not in the run"))
            else:
                row.append(number(figure["value"]) if "value" in figure
                           else notes.mark(figure["reason"]))
        rows.append(row)
    if not rows:
        return "This run has none."
    head = ["", "load", "others", "unit"] + [view.names[k] for k in view.kernels]
    return table(head, rows, 2) + ("\n\n" + notes.lines() if notes.texts else "")


def work(view):
    notes, rows = Notes(), []
    head = ["workload", "without"]
    for attached in ("nothing", "noop", "policies"):
        head += [f"{KIND_NAMES.get(attached, attached)}: {view.names[view.kernels[0]]}"]
        head += [view.names[k] for k in view.kernels[1:]]
    head.append("spread")
    for name in view.works():
        base = view.figure("stock", "work", name, "without", attached="nothing") or {}
        row = [name, f"{number(base['value'])} {base['unit']}" if "value" in base
               else notes.mark(base.get("reason", "not in the run"))]
        for attached in ("nothing", "noop", "policies"):
            for kind in view.kernels:
                more = view.work_added(kind, name, attached)
                figure = view.figure(kind, "work", name, attached=attached) or {}
                row.append(percent(more) if more is not None
                           else notes.mark(figure.get("reason", "not in the run")))
        rows.append([*row, f"{view.work_spread(name):.2f} %"])
    if not rows:
        return "This run has none."
    absent = {(f["kernel"], f["left_out"]) for f in view.in_section("work") if f.get("left_out")}
    for kernel, hooks_without in sorted(absent):
        notes.mark(f"{kernel} has no no-op program on `{'`, `'.join(hooks_without.split())}`: "
                   "it lets none attach there")
    return ("![Overhead of work](benchmarks/work.svg)\n\n" + table(head, rows, 1)
            + ("\n\n" + notes.lines() if notes.texts else ""))


SETUPS = {"image": "", "without": ", without bpf in `lsm=`", "with": ", with bpf in `lsm=`"}
FREE = ("MemTotal", "MemFree", "MemAvailable")
SIZE_NAMES = {"image": "bzImage", "text": "text of vmlinux", "data": "data of vmlinux",
              "bss": "bss of vmlinux", "boot": "boot, up to init"}


def size_name(name):
    return SIZE_NAMES.get(name, f"`{name}`")


def size(view):
    rows, kernels = [], [k for k in ORDER if k in view.names]
    for name, setup, unit in view.distinct("size", "name", "setup", "unit"):
        values = {k: view.value(k, "size", name, setup) for k in kernels}
        row = [size_name(name) + SETUPS[setup], unit] + [number(values[k]) for k in kernels]
        for kind in ("off", "ours"):
            if kind in view.names:
                more = None not in (values[kind], values["stock"])
                row.append(percent((values[kind] - values["stock"]) / values["stock"] * 100)
                           if more else "")
        rows.append(row)
    if not rows:
        return "This run has none."
    head = ["", "unit"] + [view.names[k] for k in kernels]
    head += [f"{view.names[k]} against stock" for k in ("off", "ours") if k in view.names]
    return table(head, rows, 2)
