"""The course: code prints what the chapters say, quotes stand in microbp, pictures and notebooks are up to date."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import microbp

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(microbp.__file__).resolve().parent.parent  # where this microbp is imported from
COURSE = ROOT / "docs" / "course"
QUOTE = re.compile(r"^```py\n# (?P<file>\S+), (?P<name>\S+)\n(?P<code>.*?)^```\n", re.M | re.S)
EQUATION = re.compile(r"\((\d+)\) `")

specification = importlib.util.spec_from_file_location("make_course", COURSE / "make.py")
make = importlib.util.module_from_spec(specification)
specification.loader.exec_module(make)

CHAPTERS = [(language, name) for language in make.LANGUAGES for name in make.NAMES]
WITH_PLOTS = [name for name in make.NAMES if "```python plot" in make.read(make.chapter("en", name))]

# Runs a chapter without NumPy and matplotlib, in the folder where it is, and writes what its blocks print
RUN = """
import importlib.util, json, sys
sys.modules["numpy"] = sys.modules["matplotlib"] = None
specification = importlib.util.spec_from_file_location("make_course", sys.argv[1])
make = importlib.util.module_from_spec(specification)
specification.loader.exec_module(make)
outputs = make.run(make.read(make.chapter("en", sys.argv[2])), plots=False)
make.write(make.Path("outputs.json"), json.dumps(outputs))
"""


def text_of(language, name):
    return make.read(make.chapter(language, name))


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(PACKAGE), **more}


@pytest.mark.parametrize("name", make.NAMES)
def test_the_code_prints_what_the_chapter_says_and_draws_its_picture(name, engine, tmp_path):
    command = [sys.executable, "-c", RUN, str(COURSE / "make.py"), name]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(MICROBP_ENGINE=engine), capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    outputs = json.loads(make.read(tmp_path / "outputs.json"))
    assert make.filled(text_of("en", name), outputs) == text_of("en", name)
    drawn = sorted(tmp_path.glob("*.svg"))
    assert [path.name for path in drawn] == [path.name for path in make.PICTURES.glob(f"{name}.svg")]
    assert all(path.read_bytes() == (make.PICTURES / path.name).read_bytes() for path in drawn)
    assert bool(drawn) == (name not in WITH_PLOTS)


@pytest.mark.parametrize("name", WITH_PLOTS)
def test_plots_can_be_made_anew(name, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    make.run(text_of("en", name))
    for picture in (tmp_path / f"{name}.png", make.PICTURES / f"{name}.png"):
        assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_every_picture_is_shown_and_none_is_left_over():
    kinds = {path.name for path in make.PICTURES.iterdir()}
    assert kinds == {f"{name}.{'png' if name in WITH_PLOTS else 'svg'}" for name in make.NAMES}
    for language, name in CHAPTERS:
        shown = re.findall(r"!\[[^\]]+\]\(\.\./pictures/([^)]+)\)", text_of(language, name))
        assert len(shown) == 1
        assert shown[0] in kinds
        assert shown[0].startswith(name)


def quotes(text):
    return [(found["file"], found["name"], found["code"]) for found in QUOTE.finditer(text)]


def source_of(file, name):
    """The source of a function, its name with that of its class."""
    source = make.read(ROOT / file)
    node = ast.parse(source)
    for part in name.split("."):
        (node,) = (child for child in node.body if getattr(child, "name", None) == part)
    return source.splitlines()[node.lineno - 1 : node.end_lineno]


def stands_in(code, lines):
    """Whether the code is a part of these lines, whatever its indentation."""
    quoted = code.splitlines()
    windows = (lines[start : start + len(quoted)] for start in range(len(lines) - len(quoted) + 1))
    return any(dedent("\n".join(window)).splitlines() == quoted for window in windows)


@pytest.mark.parametrize("name", make.NAMES)
def test_quotes_stand_in_microbp(name):
    found = quotes(text_of("en", name))
    assert len(found) == text_of("en", name).count("```py\n") >= 1
    for file, function, code in found:
        assert stands_in(code, source_of(file, function)), (file, function, code)


def test_a_quote_that_is_not_there_is_noticed():
    lines = source_of("microbp/bp.py", "sigmoid_slope")
    assert stands_in("return f * (1.0 - f)\n", lines)
    assert not stands_in("return f * (1 - f)\n", lines)


def test_every_equation_of_the_article_stands_above_code():
    seen = {}
    for name in make.NAMES:
        equations = []
        for line in re.sub(r"^```text\n.*?^```\n", "", text_of("en", name), flags=re.M | re.S).splitlines():
            if line.startswith("> "):
                equations += map(int, EQUATION.findall(line))
            elif line.startswith(("```py", "```python")):
                seen.update(dict.fromkeys(equations, name))
                equations = []
    assert sorted(seen) == list(range(1, 12))


@pytest.mark.parametrize("name", make.NAMES)
def test_both_languages_have_the_same_code_outputs_quotes_and_equations(name):
    english, chinese = text_of("en", name), text_of("zh", name)
    assert [found.groups() for found in make.CODE.finditer(english)] == [
        found.groups() for found in make.CODE.finditer(chinese)
    ]
    assert quotes(english) == quotes(chinese)
    assert [EQUATION.findall(line) for line in english.splitlines() if EQUATION.search(line) and line[0] == ">"] == [
        EQUATION.findall(line) for line in chinese.splitlines() if EQUATION.search(line) and line[0] == ">"
    ]
    assert english.count("```") == chinese.count("```")


@pytest.mark.parametrize(("language", "slip"), [("en", "Where the article slips"), ("zh", "文章的笔误")])
def test_the_slips_of_the_article_are_named(language, slip):
    remarks = []
    for name in make.NAMES:
        remarks += re.findall(rf"^> \*\*{slip}.*(?:\n> .*)*", text_of(language, name), re.M)
    words = ["ŷ_j^k", "军方误差", "∂∂ŷ", "−η g_j ∂β_j/∂w_hj", "Σ_{i=1}^l"]
    assert len(remarks) == len(words)
    assert all(word in remark for word, remark in zip(words, remarks))


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_notebooks_are_those_of_the_chapters(language, name):
    path = make.chapter(language, name).with_suffix(".ipynb")
    assert make.read(path) == make.notebook(text_of(language, name))
    content = json.loads(make.read(path))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert content["metadata"]["kernelspec"]["language"] == "python"
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", one) for one in ids)
    codes = []
    for cell in content["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        assert all(isinstance(line, str) for line in cell["source"])
        if cell["cell_type"] == "code":
            keys |= {"execution_count", "outputs"}
            codes.append("".join(cell["source"]) + "\n")
            assert all(output["output_type"] == "stream" and output["text"] for output in cell["outputs"])
        else:
            assert cell["cell_type"] == "markdown"
            assert "```python" not in "".join(cell["source"])
        assert set(cell) == keys
    assert codes == [found["code"] for found in make.CODE.finditer(text_of(language, name))]


@pytest.mark.parametrize("path", sorted([*COURSE.glob("*.md"), *COURSE.glob("*/*.md"), *COURSE.glob("*/*.ipynb")]),
                         ids=lambda path: path.relative_to(COURSE).as_posix())  # fmt: skip
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)", make.read(path))
    assert links
    for link in links:
        assert (path.parent / link).resolve().exists(), link


def test_the_index_and_both_readmes_lead_to_the_course():
    links = re.findall(r"\]\(([^)]+)\)", make.read(COURSE / "README.md"))
    assert set(links) == {f"{language}/{name}.{end}" for language, name in CHAPTERS for end in ("md", "ipynb")}
    assert all("(docs/course/README.md)" in make.read(ROOT / file) for file in ("README.md", "README.zh-CN.md"))
