"""`import microbp` needs nothing but a Python, and loads next to nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# What the core may import. `__future__` is how a module asks for annotations that are not evaluated.
ALLOWED = ["__future__", "array", "math", "struct", "hashlib", "json", "os"]
SLOW = {"typing", "dataclasses", "enum", "re", "csv", "inspect", "tempfile", "argparse", "numpy", "cffi"}


def python(program):
    """What this Python prints for a program, without site-packages, the environment and the current folder."""
    command = [sys.executable, "-I", "-S", "-B", "-c", program, str(REPOSITORY)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def loaded(*statements):
    """The modules that an empty interpreter has after these statements."""
    lines = ["import sys", "sys.path.insert(0, sys.argv[1])", *statements, "print(*sorted(sys.modules))"]
    return set(python("\n".join(lines)).split())


def test_import_without_site_packages():
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import microbp
net = microbp.Net(2, 2, 1, seed=7)
net.train([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], eta=0.5, epochs=10)
print(microbp.__version__, len(net.digest()), "site" in sys.modules)
"""
    version, digits, site = python(program).split()
    assert version[0].isdigit()
    assert (digits, site) == ("64", "False")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="what PyPy's own modules load is its own affair")
def test_import_loads_no_module_beyond_the_allowed_ones():
    empty = loaded()
    own = {name for name in loaded("import microbp") if name.partition(".")[0] == "microbp"}
    assert "microbp.net" in own
    assert loaded("import microbp") - own - loaded(f"import {', '.join(ALLOWED)}") - empty == set()


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="what PyPy's own modules load is its own affair")
def test_import_loads_no_slow_module():
    assert loaded("import microbp") & SLOW - loaded() == set()


def test_import_loads_no_tool():
    tools = {"microbp.data", "microbp.cli", "microbp.files", "microbp.teach"}
    assert loaded("import microbp") & tools == set()


def test_public_names():
    names = python("import sys; sys.path.insert(0, sys.argv[1]); import microbp; print(*sorted(microbp.__all__))")
    assert {"DivergedError", "Net", "engines"} <= set(names.split())
