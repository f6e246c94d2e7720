"""The build of the C engine; all else stands in pyproject.toml. MICROBP_REQUIRE_C=1 makes a failed build an error."""

import platform

from setuptools import setup

is_cpython = platform.python_implementation() == "CPython"
setup(
    cffi_modules=["csrc/build.py:ffi"],
    options={"bdist_wheel": {"py_limited_api": "cp39"}} if is_cpython else {},  # one wheel for every CPython
)
