"""Golden digests: what a handful of small trainings come to, on every engine, Python and machine.

A change of one bit anywhere changes them. After an intended change, `PYTHONPATH=. python tests/test_golden.py` prints
the new ones.
"""

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# name: keywords of Net, of its data and of train; digest; the last epoch's error
GOLDEN = {
    "one weight": (
        {
            "widths": [1, 1],
            "m": 4,
            "sparse": False,
            "net": {},
            "train": {"eta": 0.5, "epochs": 50},
        },
        "31274e476a6407ab80e98c3dfe122eaa22976e3d41b4d17c2a813b8f67d850ab",
        "0x1.ed479923078f4p-6",
    ),
    "xor shape, standard": (
        {
            "widths": [2, 2, 1],
            "m": 4,
            "sparse": False,
            "net": {"seed": 7},
            "train": {"eta": 0.5, "epochs": 200},
        },
        "2171ae9f7e9afe30b36452315ba9e7d6e4e2aa2773ac6109b86d6bc087c4df01",
        "0x1.e8fbd9f62ec67p-6",
    ),
    "xor shape, accumulated, in order": (
        {
            "widths": [2, 2, 1],
            "m": 4,
            "sparse": False,
            "net": {"seed": 8, "init": "book"},
            "train": {"eta": 0.9, "epochs": 100, "batch": "all", "shuffle": False},
        },
        "77c3fbb6078d7947aa7ab560135a3b1f6fd39de65b9d81f2234d74b754938359",
        "0x1.d21fcf88f01e7p-6",
    ),
    "deep, batches that do not divide": (
        {
            "widths": [3, 5, 4, 2],
            "m": 10,
            "sparse": False,
            "net": {"seed": 3, "activation": ["tanh", "sigmoid"], "output": "linear"},
            "train": {"eta": 0.05, "epochs": 30, "batch": 3},
        },
        "53ce7daa5bf056cd471ce03de6afc4c4e51d5e2b31b6348b728d3022a9ff0353",
        "0x1.2f66bcc0c39dap-4",
    ),
    "deep, single": (
        {
            "widths": [3, 5, 4, 2],
            "m": 10,
            "sparse": False,
            "net": {"seed": 3, "precision": "single"},
            "train": {"eta": 0.7, "epochs": 30, "batch": 3},
        },
        "a545bc5dacd2e25ae4626cc543dff27cc9ecce085adb06d520ebe574640a2214",
        "0x1.0e78034cccccdp-4",
    ),
    "wide, single, standard, sparse": (
        {
            "widths": [17, 17, 3],
            "m": 12,
            "sparse": True,
            "net": {"seed": 18446744073709551615, "precision": "single", "activation": "tanh"},
            "train": {"eta": 0.3, "epochs": 10},
        },
        "b54a295e7870b82b8d7dd98d641dbe4a9f59b06c756f09e0d5fba26ee03b04d1",
        "0x1.0b6278cc00000p-7",
    ),
    "wide, double, sparse, in order": (
        {
            "widths": [9, 17, 2],
            "m": 12,
            "sparse": True,
            "net": {"seed": 5, "init": [-2, 2]},
            "train": {"eta": 0.3, "epochs": 10, "shuffle": False},
        },
        "fa1ab62665744ca327e3442f966f7ab76fbd352889bd133bf2ae66b689adaa4f",
        "0x1.3f8c30b12b8bbp-4",
    ),
    "many outputs, double": (
        {
            "widths": [4, 9, 17],
            "m": 6,
            "sparse": False,
            "net": {"seed": 4, "init": [-2, 2]},
            "train": {"eta": 0.9, "epochs": 20},
        },
        "6e6a3c0b7427aaefe2a29ccb62b79881e16e22b0d9f4867c238e76d6fa5c15e9",
        "0x1.26cee44c41c58p-1",
    ),
    "wide, single, accumulated": (
        {
            "widths": [4, 17, 1],
            "m": 9,
            "sparse": False,
            "net": {"seed": 6, "precision": "single", "output": "linear"},
            "train": {"eta": 0.1, "epochs": 40, "batch": "all"},
        },
        "1fce5ff71476b02bba43132c2d5541b37c728d019da9e9c018be4b1528df5970",
        "0x1.34cd353aaaaabp-5",
    ),
    "no hidden layer, tanh": (
        {
            "widths": [5, 3],
            "m": 7,
            "sparse": True,
            "net": {"seed": 9, "activation": "tanh"},
            "train": {"eta": 0.2, "epochs": 40, "batch": 2},
        },
        "95ab54d97a8aaafc48c116f4a9faab13b13c1cf74aaea1db65d9fc93f3aa6265",
        "0x1.978e9a6dcbffdp-5",
    ),
}


def trained(case, engine):
    """Digest and last error of a case. Imports all it needs: other Pythons run it by itself."""
    from microbp import Net

    widths, m, sparse = case["widths"], case["m"], case["sparse"]
    X = [[(37 * k + 11 * i) % 17 / 16 - 0.25 for i in range(widths[0])] for k in range(m)]
    if sparse:
        X = [[0 if (k + i) % 4 else x for i, x in enumerate(row)] for k, row in enumerate(X)]
    Y = [[(5 * k + 3 * j) % 7 / 8 for j in range(widths[-1])] for k in range(m)]
    net = Net(*widths, engine=engine, **case["net"])
    history = net.train(X, Y, **case["train"])
    return [net.digest(), history.error[-1].hex()]


@pytest.mark.parametrize("name", GOLDEN)
def test_training_gives_the_golden_digest(name, engine):
    case, *golden = GOLDEN[name]
    assert trained(case, engine) == golden


# Other Pythons ----------------------------------------------------------------------------------------------------

PROGRAM = f"""
import json, sys
sys.path.insert(0, sys.argv[1])
{inspect.getsource(trained)}
print(json.dumps({{name: trained(case, "python") for name, case in json.load(sys.stdin).items()}}))
"""


def run(python, program, *arguments, given=""):
    """What a Python prints for a program, without the environment's and the user's packages."""
    command = [python, "-I", "-S", "-B", "-c", program, *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=300)


def other_pythons():
    """The Pythons from 3.9 on that are found on the PATH and under pyenv, by version; not the one that runs this."""
    names = ["python3", "python", "pypy3", "pypy", *(f"python3.{minor}" for minor in range(9, 20))]
    found = [shutil.which(name) for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += map(str, sorted(pyenv.glob("versions/*/bin/python")))
    about = "import sys; print(sys.implementation.name, *sys.version_info[:3])"
    pythons = {}
    for python in filter(None, found):
        answer = run(python, about)  # a name on the PATH may be a pyenv shim with no Python behind it
        if answer.returncode == 0:
            name, *version = answer.stdout.split()
            pythons.setdefault((name, *map(int, version)), python)
    pythons.pop((sys.implementation.name, *sys.version_info[:3]), None)
    return {version: python for version, python in pythons.items() if version[1:] >= (3, 9)}


def test_other_pythons_give_the_golden_digests():
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.9 on was found")
    cases = json.dumps({name: case for name, (case, *_) in GOLDEN.items()})
    golden = {name: values for name, (_, *values) in GOLDEN.items()}
    for version, python in pythons.items():
        answer = run(python, PROGRAM, str(REPOSITORY), given=cases)
        assert answer.returncode == 0, f"{version}: {answer.stderr}"
        assert json.loads(answer.stdout) == golden, version


if __name__ == "__main__":
    for name, (case, *_) in GOLDEN.items():
        print(name, *trained(case, "python"), sep="\n    ")
