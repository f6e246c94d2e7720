"""microbp against its peers, in one run.

    python3 benchmarks/run.py
    python3 benchmarks/run.py --only "784-30-10*single" --rounds 9
    python3 benchmarks/run.py --json last.json --markdown docs/benchmarks-last.md --plot docs/benchmarks.png

It needs NumPy. Every peer that is installed is measured (pip install jax torch scikit-learn numba micrograd; apt-get
install libfann-dev). Each runs in a process of its own for each number of threads, kept to as many CPUs, and sleeps
while another is measured. For every workload rounds go over all processes in turn; figures are medians over the
rounds. The net, its first parameters, the data, the precision and the updates are the same for all, which the check
at the beginning verifies; compilation, warming up and the conversion of data are not timed. A peer that would need
more than a few seconds does fewer updates, and its time for one is compared.

MNIST is read from the folder in MICROBP_MNIST; without it the rows that need it are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from fnmatch import fnmatch
from itertools import product
from typing import TYPE_CHECKING, Any

from peers import PEERS, Peer
from report import Results, markdown, plot
from workloads import Workload, workloads

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = [([2, 2, 1], 1), ([20, 7, 3], 1), ([20, 7, 3], 4), ([9, 8, 7, 3], 8)]  # widths and batch
TOLERANCE = {"single": 1e-5, "double": 1e-9}
PAUSE = 0.05  # seconds between two peers, in which the threads of the one before stop spinning


class Process:
    """A worker, asked and answering in lines of JSON."""

    def __init__(self, peer: Peer, threads: int, quick: bool) -> None:
        self.peer, self.threads = peer, threads
        self.name = f"{peer.key} {threads}"
        count = str(threads)
        environment = {
            **os.environ,
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), count),
        }
        if threads == 1:
            environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        command = [sys.executable, os.path.join(HERE, "worker.py")]
        self.process = subprocess.Popen(
            [*command, peer.module, peer.form, count, "quick" if quick else ""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip

    def ask(self, *command: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        return dict(json.loads(answer)) if answer else {"error": "the process ended"}

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def say(*words: object) -> None:
    print(*words, file=sys.stderr, flush=True)


def start(quick: bool, versions: dict[str, str], chosen: list[Peer]) -> Iterator[Process]:
    """A process for each peer that works here, for each number of threads that this machine has."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for process in [Process(peer, n, quick) for peer in chosen for n in peer.threads if n <= cpus]:  # all load at once
        answer = process.ask("start")
        if "error" in answer:
            say(f"{process.name}: {answer['error']}")
            process.end()
            continue
        versions[process.peer.label] = answer["version"]
        yield process


def check(processes: list[Process]) -> list[str]:
    """Whether all compute the same updates: lines for the report. One that does not is not measured."""
    lines = []
    for process in list(processes):
        wrong = ""
        worst = dict.fromkeys(TOLERANCE, 0.0)
        if process.peer.key == "peak":
            continue
        for (widths, batch), (precision, tolerance) in product(CHECKS, TOLERANCE.items()):
            if not process.peer.can(Workload("check", tuple(widths), precision, 0, 0, batch=batch)):
                continue
            answer = process.ask("check", widths, batch, precision)
            if "error" in answer:
                wrong = f"not measured: {answer['error']}"
                break
            worst[precision] = max(worst[precision], answer["difference"])
            if not answer["difference"] <= tolerance < answer["change"]:
                wrong = f"not measured, other updates than microbp: {widths} by {batch}, {precision}: {answer}"
                break
        if wrong:
            processes.remove(process)
            process.end()
        lines.append(f"{process.name}: {wrong or '{single:.1e} single, {double:.1e} double'.format(**worst)}")
    return lines


def measure(w: Workload, processes: list[Process], rounds: int, results: Results) -> None:
    """Rounds over all processes that can do the workload."""
    able = [p for p in processes if (p.peer.key in w.peers if w.peers else p.peer.can(w))]
    if w.peers:
        able = [p for p in able if p.threads == 1]
    if w.widths[0] < 3:  # nobody has a use for a second thread here but as it comes
        able = [p for p in able if p.threads == 1 or p.peer.key in ("jax", "torch")]
    ready = []
    for process in able:
        answer = process.ask("prepare", w.name)
        if "error" in answer:
            say(f"  {process.name}: {answer['error']}")
            continue
        ready.append(process)
        results.units[w.name, process.name] = answer["units"]
    for _ in range(rounds):
        for process in list(ready):
            time.sleep(PAUSE)
            answer = process.ask("run")
            if "error" in answer:
                say(f"  {process.name}: {answer['error']}")
                ready.remove(process)
                continue
            results.seconds.setdefault((w.name, process.name), []).append(answer["seconds"])
            if "note" in answer:
                results.notes[w.name] = answer["note"]
    for process in able:
        process.ask("release")
    for process in ready:
        times = results.seconds[w.name, process.name]
        say(f"  {process.name:14} {statistics.median(times) * 1e6:14,.3f} µs {w.unit}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PATTERN", default="*", help='workloads, as in "784-30-10*double"')
    parser.add_argument("--peers", metavar="KEYS", help=f"some of {','.join(p.key for p in PEERS)}")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try out the script; figures mean nothing")
    parser.add_argument("--no-check", dest="check", action="store_false", help="leave out the check of the updates")
    parser.add_argument("--json", metavar="FILE", help="write every measurement")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables, which are printed anyway")
    parser.add_argument("--plot", metavar="FILE", help="draw the ratios and the growth of cost")
    options = parser.parse_args()

    chosen = [w for w in workloads(options.quick) if fnmatch(w.name, options.only) or options.only in w.name]
    if not chosen:
        parser.error(f"no workload matches {options.only!r}; there are: {'; '.join(w.name for w in workloads())}")
    keys = options.peers.split(",") if options.peers else [peer.key for peer in PEERS]
    results = Results(options.rounds, options.quick, os.getloadavg()[0] if hasattr(os, "getloadavg") else None)
    processes = list(start(options.quick, results.versions, [peer for peer in PEERS if peer.key in keys]))
    try:
        if options.check:
            say("parameters after two epochs, the largest difference from microbp's Python engine:")
            results.checked = check(processes)
            say("\n".join(results.checked))
        for w in chosen:
            say(w.name)
            measure(w, processes, options.rounds, results)
    finally:
        for process in processes:
            process.end()
    measured = [w for w in chosen if any(name == w.name for name, _ in results.seconds)]
    text = markdown(results, measured)
    print(text)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as stream:
            print(text, file=stream)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(results.as_dict(), stream, indent=1, ensure_ascii=False)
    if options.plot:
        plot(results, measured, options.plot)


if __name__ == "__main__":
    main()
