"""The build of the C engine; all else stands in pyproject.toml. MICROBP_REQUIRE_C=1 turns a failed build into an error."""

import platform

from setuptools import setup

if platform.python_implementation() == "CPython":
    options = {"bdist_wheel": {"py_limited_api": "cp39"}}
else:
    options = {}

setup(cffi_modules=["csrc/build.py:ffi"], options=options)
