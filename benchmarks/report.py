"""What came of a run: tables in Markdown, a plot, every number as JSON."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compiled import compiler
from peers import PEERS
from workloads import FIGURES, Figure

if TYPE_CHECKING:
    from workloads import Workload

OURS = ("microbp", "python")
BOUND = "peak"


@dataclass
class Results:
    """Seconds of a unit, round by round, of each process ("key threads") on each workload."""

    rounds: int
    quick: bool
    load: float | None  # of the machine before the run
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    units: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)

    def best(self, workload: str, keys: tuple[str, ...], threads: int | None = None) -> tuple[float, str] | None:
        """The smallest median of these peers, and whose it is."""
        found = [
            (statistics.median(seconds), process)
            for (name, process), seconds in self.seconds.items()
            if name == workload and process.split()[0] in keys and threads in (None, int(process.split()[1]))
        ]
        return min(found, default=None)

    def as_dict(self) -> dict[str, Any]:
        runs = [
            {"workload": name, "process": process, "units": self.units[name, process], "seconds_a_unit": seconds}
            for (name, process), seconds in self.seconds.items()
        ]
        about = {"machine": machine(), "versions": self.versions, "checked": self.checked, "notes": self.notes}
        return {**about, "rounds": self.rounds, "load": self.load, "runs": runs}


def machine() -> str:
    """The CPU, its cores, the system, Python and the compiler."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            lines = dict(line.split(":", 1) for line in stream.read().split("\n\n")[0].splitlines() if ":" in line)
        fields = {name.strip(): value.strip() for name, value in lines.items()}
        sets = [name for name in ("avx2", "avx512f") if name in fields.get("flags", "").split()]
        family = f"family {fields['cpu family']}, model {fields['model']}" if "cpu family" in fields else ""
        model = ", ".join(filter(None, (fields.get("model name", model), family, *sets)))
    except OSError:
        pass
    system = f"{platform.system()} {platform.machine()}"
    return f"{model}; {os.cpu_count()} cores; {system}; Python {platform.python_version()}; {compiler()}"


def table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def number(x: float) -> str:
    """Three digits that count."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 1 else f"{x:.3f}"


def markdown(results: Results, measured: list[Workload]) -> str:
    """All tables."""
    versions = {label.split(",")[0].split(" (")[0]: version for label, version in results.versions.items() if version}
    parts = [f"{machine()}; {', '.join(map(' '.join, versions.items()))}. Medians of {results.rounds} rounds."]
    if results.load is not None and results.load > 0.3:
        parts.append(f"Something else was running: the load of the machine before the run was {results.load:.1f}.")
    if results.quick:
        parts.append("A quick run: these figures mean nothing.")
    compared = [w for w in measured if not w.name.startswith("linear")]
    if any(not w.peers for w in compared):
        parts += [absolute(results, [w for w in compared if not w.peers]), ratios(results, compared)]
    if any(figure.workload == w.name for figure in FIGURES for w in compared):
        parts.append(figures(results))
    if len(compared) < len(measured):
        parts.append(growth(results, [w for w in measured if w not in compared]))
    return "\n\n".join(parts)


def peers_of(results: Results) -> list[Any]:
    met = {process.split()[0] for _, process in results.seconds}
    return [peer for peer in PEERS if peer.key in met and peer.key not in (*OURS, BOUND)]


def absolute(results: Results, compared: list[Workload]) -> str:
    """Microseconds of a unit."""
    peers = peers_of(results)
    columns: list[tuple[tuple[str, ...], int | None]] = [(("microbp",), 1), (("microbp",), 2), (("python",), None)]
    columns += [((peer.key,), None) for peer in peers]
    rows, reduced = [], False
    for w in compared:
        row = [f"{w.name}, {w.unit}"]
        for keys, threads in columns:
            found = results.best(w.name, keys, threads)
            if found is None:
                row.append("–")
                continue
            seconds, process = found
            marks = " ²" if threads is None and process.endswith(" 2") else ""
            if results.units[w.name, process] < w.units:
                marks, reduced = marks + " *", True
            row.append(number(seconds * 1e6) + marks)
        rows.append(row)
    head = ["µs", "microbp, 1 thread", "2 threads", "Python engine", *(peer.label for peer in peers)]
    notes = "Peers: the best of one and two threads; ² with two."
    if reduced:
        notes += " \\* Fewer updates than microbp, as many as can be done in reasonable time."
    return f"{table(head, rows)}\n\n{notes}"


def ratios(results: Results, compared: list[Workload]) -> str:
    """How many times as fast as each peer microbp is, the best of one and two threads on both sides."""
    peers = peers_of(results)
    rows = []
    for w in compared:
        ours = results.best(w.name, ("microbp",))
        if w.peers or ours is None:
            continue
        row = [w.name]
        for key in ("python", *(peer.key for peer in peers)):
            theirs = results.best(w.name, (key,))
            row.append(f"{number(theirs[0] / ours[0])} ×" if theirs else "–")
        rows.append(row)
    return table(["microbp is as fast as … times", "Python engine", *(peer.label for peer in peers)], rows)


def reached(results: Results, figure: Figure) -> tuple[float, str] | None:
    """What a figure is in this run: the ratio, and what it is of."""
    ours = results.best(figure.workload, ("microbp",), figure.threads)
    if ours is None:
        return None
    if figure.seconds is not None:
        return figure.seconds / ours[0], f"{ours[0]:.3f} s, {results.notes.get(figure.workload, '')}"
    theirs = results.best(figure.workload, figure.peers, figure.peer_threads)
    if theirs is None:
        return None
    ratio = theirs[0] / ours[0]
    if figure.peers == (BOUND,):
        return ratio, f"{ratio:.0%}"
    return ratio, f"{number(ratio)} × {' on '.join(theirs[1].split())}"


def figures(results: Results) -> str:
    rows = []
    for figure in FIGURES:
        found = reached(results, figure)
        if found is None:
            continue
        ratio, text = found
        wanted = f"{figure.at_least:.0%}" if figure.peers == (BOUND,) else f"{figure.at_least:g} ×"
        if figure.seconds is not None:
            wanted = f"{figure.seconds} s"
        verdict = "reached" if ratio >= figure.at_least else "**not reached**"
        rows.append([figure.workload, figure.text, wanted, text, verdict])
    by_hand = "Against JAX and PyTorch as they are meant to be used, with their own gradients; by hand, see above."
    lines = [table(["work", "against", "at least", "this run", ""], rows), by_hand, *peak_speed(results)]
    return "\n\n".join(lines)


def peak_speed(results: Results) -> list[str]:
    """The peak itself, in billions of operations a second."""
    from workloads import workloads

    for w in workloads(results.quick):
        found = results.best(w.name, (BOUND,))
        if found and w.precision == "single":
            rate = 2 * w.products / found[0] / 1e9
            return [f"Peak of a core, separate multiplications and additions, single: {rate:.0f} GFLOP/s."]
    return []


def curves(results: Results, measured: list[Workload]) -> dict[str, list[tuple[int, float]]]:
    """For each axis the sizes and the seconds of a whole run."""
    found: dict[str, list[tuple[int, float]]] = {}
    for w in measured:
        best = results.best(w.name, ("microbp",))
        if best and w.name.startswith("linear in "):
            axis, size = w.name[len("linear in ") :].split(", ")
            whole = best[0] * (w.units if axis != "weights" else 1)  # steps differ in number there, so one is shown
            found.setdefault(axis, []).append((int(size), whole))
    return {axis: sorted(points) for axis, points in found.items()}


def growth(results: Results, measured: list[Workload]) -> str:
    """Cost divided by size, over the decades."""
    rows = []
    for axis, points in curves(results, measured).items():
        for size, seconds in points:
            rows.append([axis, f"{size:,}", f"{number(seconds * 1e6)}", f"{number(seconds / size * 1e9)}"])
    return table(["cost (microbp, one thread)", "size", "µs", "ns for each"], rows)


def plot(results: Results, measured: list[Workload], path: str) -> None:
    """Left the ratios to every peer, right the growth of cost, both on logarithmic axes."""
    try:
        import matplotlib
    except ImportError:
        print("no plot: matplotlib is not installed")
        return
    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(14, 7), width_ratios=(3, 2), layout="constrained")
    compared = [w for w in measured if not w.peers and results.best(w.name, ("microbp",))]
    markers = "osD^v<>PXd"
    for peer, marker in zip(peers_of(results), markers):
        points = []
        for row, w in enumerate(compared):
            ours, theirs = results.best(w.name, ("microbp",)), results.best(w.name, (peer.key,))
            if ours and theirs:
                points.append((theirs[0] / ours[0], row))
        left.plot(*zip(*points), marker, label=peer.label, alpha=0.8)
    left.axvline(1.0, color="black", linewidth=0.8)
    left.set_xscale("log")
    left.set_yticks(range(len(compared)), [w.name for w in compared])
    left.invert_yaxis()
    left.grid(axis="x", alpha=0.3)
    left.set_xlabel("microbp is as fast as the peer … times (best of one and two threads)")
    if peers_of(results):
        left.legend(fontsize="small")
    for (axis, points), marker in zip(curves(results, measured).items(), markers):
        sizes, seconds = zip(*points)
        unit = "one step, µs" if axis == "weights" else "the run, µs"
        right.plot(sizes, [s * 1e6 for s in seconds], marker + "-", label=f"{axis}: {unit}")
        base_size, base = points[-1]
        right.plot(sizes, [base * 1e6 * size / base_size for size in sizes], ":", color="grey", linewidth=1)
    right.set_xscale("log")
    right.set_yscale("log")
    right.grid(alpha=0.3)
    right.set_xlabel("size; dotted: linear")
    if right.lines:
        right.legend(fontsize="small")
    figure.savefig(path, dpi=120)
