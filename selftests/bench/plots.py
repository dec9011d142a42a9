# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The plots of a run, by gnuplot, as SVG."""
import os
import subprocess

import sections

COLOURS = {"stock": "#d97706", "base": "#7c3aed", "ours": "#1d6fb8"}
HEADER = """
set encoding utf8
set terminal svg size {width},{height} dynamic background rgb 'white' font 'sans-serif,13'
set border 3 linecolor rgb '#444444'
set tics nomirror
set grid {grid} linecolor rgb '#dddddd' linewidth 1
"""


class Failed(Exception):
    """gnuplot did not draw."""


def quoted(text):
    """A word in gnuplot data and titles, where _ and ^ would be markup."""
    return '"' + "".join(c for c in str(text) if c not in '"\\\n') + '"'


def gnuplot(script, path):
    result = subprocess.run(["gnuplot"], input=script, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if result.returncode or "<svg" not in result.stdout or "</svg>" not in result.stdout:
        raise Failed(f"gnuplot cannot draw {path}: {result.stderr.strip()}")
    first, _, rest = result.stdout.partition("\n")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(first + "\n<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->\n" + rest)
    os.rename(path + ".new", path)


def bars(groups, series, title, label, path, logarithmic=False):
    """Horizontal bars: @groups are names, @series [(title, colour, values)]; None is no bar."""
    thick = 0.8 / len(series)
    # Many bars are thin ones.
    bar = 13 if len(groups) < 30 else 9
    height = 120 + len(groups) * (bar * len(series) + bar * 2 // 3)
    script = HEADER.format(width=960, height=height, grid="xtics")
    longest = max(len(name) for name in groups)
    script += f"set lmargin {0.78 * longest + 2}\nset rmargin 8\nset title {quoted(title)} noenhanced\n"
    script += f"set xlabel {quoted(label)} noenhanced\nset yrange [{len(groups) - 0.4}:-0.6]\n"
    script += "set key outside above horizontal noenhanced samplen 1.5\nset style fill solid noborder\n"
    script += "set ytics scale 0 noenhanced (" + ", ".join(
        f"{quoted(name)} {i}" for i, name in enumerate(groups)) + ")\n"
    values = [v for _, _, column in series for v in column if v is not None]
    if logarithmic:
        script += "set logscale x\nset xrange [1:*]\n"
    elif min(values, default=0) >= 0:
        script += "set xrange [0:*]\n"
    plots_ = []
    for number, (name, colour, column) in enumerate(series):
        script += f"$bars{number} << END\n"
        low, high = (-0.4 + thick * number, -0.4 + thick * (number + 0.92))
        for i, value in enumerate(column):
            if value is not None:
                # What is nothing or less has no place on a logarithmic axis: a thin mark.
                shown = max(value, 1.03) if logarithmic else value
                zero = 1 if logarithmic else 0
                script += f"{min(zero, shown)} {i + (low + high) / 2} {min(zero, shown)} {max(zero, shown)} {i + low} {i + high}\n"
        script += "NaN NaN NaN NaN NaN NaN\nEND\n"
        plots_.append(f"$bars{number} using 1:2:3:4:5:6 with boxxyerror linecolor rgb '{colour}' "
                      f"title {quoted(name)}")
    script += "plot " + ", \\\n     ".join(plots_) + "\n"
    gnuplot(script, path)


def hooks(view, path):
    # Of the hooks that one operation calls, the first.
    groups = list({operation: (hook, operation) for hook, operation in reversed(view.hooks())}.values())
    groups.reverse()
    groups = [g for g in groups if any(view.hook_added(k, *g, "noop") is not None
                                       for k in view.kernels)]
    series = [(view.names[k], COLOURS[k],
               [view.hook_added(k, *hook, "noop") for hook in groups]) for k in view.kernels]
    bars([f"{operation} [{hook}]" for hook, operation in groups], series,
         "What one no-op program adds to an operation (hook in brackets)",
         f"{view.unit}, logarithmic", path, True)


def slope(view, path):
    series = sections.slope_series(view)
    script = HEADER.format(width=900, height=520, grid="xtics ytics")
    script += "set title 'Programs on one hook: cost of an operation' noenhanced\n"
    script += f"set xlabel 'programs'\nset ylabel {quoted(view.unit + ' per operation')}\n"
    script += "set xrange [0:*]\nset yrange [0:*]\nset key top left noenhanced reverse Left\n"
    plots_ = []
    for number, (label, kind, line, points) in enumerate(series):
        script += f"$line{number} << END\n" + "".join(f"{x} {y}\n" for x, y in points) + "END\n"
        dash, point = (1, 7) if line == "slots" or kind != "ours" else (2, 6)
        plots_.append(f"$line{number} using 1:2 with linespoints linewidth 2 dashtype {dash} "
                      f"pointtype {point} pointsize 0.5 linecolor rgb '{COLOURS[kind]}' title {quoted(label)}")
    gnuplot(script + "plot " + ", \\\n     ".join(plots_) + "\n", path)


def work(view, path):
    series = []
    for kind in view.kernels:
        column = [view.work_added(kind, name, "policies") for name in view.works()]
        series.append((view.names[kind], COLOURS[kind], column))
    bars(view.works(), series, "The five policies attached: overhead against no bpf in lsm=",
         "percent", path)


def draw(view, directory):
    for name, draw_one, there in (("hooks", hooks, view.hooks()), ("work", work, view.works()),
                                  ("slope", slope, sections.slope_series(view))):
        path = os.path.join(directory, name + ".svg")
        if there:
            draw_one(view, path)
        elif os.path.exists(path):
            os.remove(path)
