"""Every example in a docstring runs, and the README's code too."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re

import pytest

import microbp
from microbp.engine import missing

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(microbp.__path__, "microbp.")
    if not info.name.endswith("__main__")
)


@pytest.mark.parametrize("name", ["microbp", *MODULES])
def test_examples_in_docstrings(name):
    if name == "microbp.c" and missing():
        pytest.skip(missing()["c"])
    if name == "microbp.teach.plot":
        pytest.importorskip("matplotlib")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_code_of_the_readme(readme, capsys):
    with open(os.path.join(ROOT, readme), encoding="utf-8") as file:
        (code,) = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
    namespace: dict[str, object] = {}
    exec(code, namespace)
    net, X = namespace["net"], namespace["X"]
    assert [round(y_hat[0]) for y_hat in net.predict(X)] == namespace["Y"]
    assert "(11)  e_1" in capsys.readouterr().out


def test_the_digest_in_the_readme_is_the_one_that_train_prints(capsys):
    from microbp.cli import main

    main(["train"])
    digest = capsys.readouterr().out.split()[-1]
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        assert f"digest   {digest}\n" in file.read()
