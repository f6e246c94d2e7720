"""C that is compiled when it is needed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from functools import cache

COMPILER = os.environ.get("CC") or "gcc"


@cache
def library(source: str, *flags: str) -> ctypes.CDLL:
    """The shared library out of one file of C; ImportError with the compiler's words where it cannot be built."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "library.so")
        options = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC", "-o", path)
        try:
            subprocess.run([COMPILER, *options, source, *flags], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise ImportError(f"no compiler {COMPILER!r}; name one in CC") from None
        except subprocess.CalledProcessError as problem:
            raise ImportError(f"{os.path.basename(source)}: {problem.stderr.strip()}") from None
        return ctypes.CDLL(path)


def compiler() -> str:
    """The first line of what the compiler says of itself."""
    try:
        return subprocess.run([COMPILER, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "no C compiler"
