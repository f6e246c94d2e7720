"""The race: from the start of a process to 97.5 % of the test images of MNIST, each contestant in its own process.

    MICROBP_MNIST=folder python3 benchmarks/race.py [--rounds 5] [--only microbp,torch]

All of them train the same net, 784-128-10 with relu and softmax, by Adam with eta 0.001 on batches of 32 in binary32,
in a new random order in each epoch, and look at the 10,000 test images after every epoch. Everything counts: starting
Python, importing the library, reading the gzipped files, compiling, training, evaluating. Rounds are interleaved, and a
round gives every contestant the same seed, though each draws from it in its own way; figures are medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
from time import perf_counter

HERE = os.path.dirname(os.path.abspath(__file__))
MNIST = os.environ.get("MICROBP_MNIST") or os.path.join(HERE, "..", "..", "shared", "data", "mnist")
CONTESTANTS = {"microbp": "microbp", "jax": "JAX", "torch": "PyTorch", "sklearn": "scikit-learn"}
WANTED = 0.975


def run(name: str, seed: int) -> tuple[float, int]:
    """The seconds and the epochs that a contestant took."""
    command = [sys.executable, os.path.join(HERE, "race", f"race_{name}.py"), MNIST, str(seed)]
    begin = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = perf_counter() - begin
    lines = done.stdout.split("\n")[:-1]
    if done.returncode or not lines or float(lines[-1]) < WANTED:
        raise RuntimeError(f"{name}, seed {seed}: wanted {WANTED}, got {lines[-1:]} {done.stderr[-500:]}")
    return seconds, len(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", metavar="NAME,..", default=",".join(CONTESTANTS), help=", ".join(CONTESTANTS))
    args = parser.parse_args()
    missing = [name for name in args.only.split(",") if importlib.util.find_spec(name) is None]
    names = [name for name in args.only.split(",") if name not in missing]
    told: dict[str, list[tuple[float, int]]] = {name: [] for name in names}
    for seed in range(1, args.rounds + 1):
        for name in names:
            told[name].append(run(name, seed))
            print(f"round {seed}: {name} {told[name][-1][0]:.2f} s, {told[name][-1][1]} epochs", file=sys.stderr)

    medians = {name: statistics.median(seconds for seconds, _ in runs) for name, runs in told.items()}
    base = medians.get("microbp", 0.0)
    print("| from process start to 97.5 % | seconds | from .. to | epochs | times microbp's |")
    print("|---|---|---|---|---|")
    for name in sorted(names, key=medians.__getitem__):
        seconds, epochs = zip(*told[name])
        ratio = f"{medians[name] / base:.1f}" if base else "–"
        span = f"{min(seconds):.2f} .. {max(seconds):.2f}"
        print(f"| {CONTESTANTS[name]} | {medians[name]:.2f} | {span} | {statistics.median(epochs):g} | {ratio} |")
    for name in missing:
        print(f"\n{CONTESTANTS[name]} is not installed.")


if __name__ == "__main__":
    main()
