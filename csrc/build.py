"""How cffi builds microbp._bp, the C engine: csrc/bp.h is its declaration, csrc/bp.c its source."""

from __future__ import annotations

import os
import platform
import sys
import tempfile

import cffi

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MSVC = sys.platform == "win32" and "GCC" not in sys.version


def openmp() -> list[str]:
    """The flag with which this compiler links a program that uses OpenMP; none if it has no OpenMP."""
    from setuptools._distutils.ccompiler import new_compiler
    from setuptools._distutils.sysconfig import customize_compiler

    flag = "/openmp" if MSVC else "-fopenmp"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "openmp.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n")
        shown = os.dup(2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a compiler without OpenMP says so, and that is no news
        try:
            compiler = new_compiler()
            customize_compiler(compiler)
            objects = compiler.compile([source], output_dir=folder, extra_postargs=[flag])
            compiler.link_executable(objects, "openmp", output_dir=folder, extra_postargs=[] if MSVC else [flag])
        except Exception:  # whatever keeps this compiler from OpenMP, the engine is built without
            return []
        finally:
            os.dup2(shown, 2)
            os.close(shown)
    return [flag]


def builder(threads: bool = False) -> cffi.FFI:
    """The extension, ready to be compiled."""
    ffi = cffi.FFI()
    with open(os.path.join(TOP, "csrc", "bp.h"), encoding="ascii") as header:
        ffi.cdef(header.read())
    flags = openmp() if threads else []
    if not MSVC:
        flags += ["-fno-asynchronous-unwind-tables", "-fvisibility=hidden"]  # nothing throws or is called from outside
        flags.append("-fno-jump-tables")  # as fast, and smaller
    if platform.machine() in ("x86_64", "aarch64", "arm64"):
        flags.append("-fno-tree-vectorize")  # what pays is written in vectors: as fast, and a fifth smaller
    ffi.set_source(
        "microbp._bp",
        '#include <stddef.h>\n#include <stdint.h>\n#include "bp.h"\n',
        sources=["csrc/bp.c"],
        depends=["csrc/" + name for name in sorted(os.listdir(os.path.join(TOP, "csrc"))) if name.endswith(".h")],
        include_dirs=["csrc"],
        extra_compile_args=["/O2", "/fp:precise", *flags] if MSVC else ["-std=c11", "-O2", "-ffp-contract=off", *flags],
        extra_link_args=[] if MSVC else [*flags, "-lm", *([] if sys.platform == "darwin" else ["-s"])],
        optional=os.environ.get("MICROBP_REQUIRE_C", "0") in ("", "0"),
        py_limited_api=True,
    )
    return ffi


def ffi() -> cffi.FFI:
    """What setup.py names: the builder, with threads where the compiler has them."""
    return builder(threads=True)
