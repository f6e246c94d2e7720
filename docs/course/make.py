"""Make the course: run its code, and write outputs into the chapters, the pictures, and a notebook for each chapter.

    python3 docs/course/make.py

A chapter is Markdown. A ```python block is code, run in order with one set of names for the chapter; a ```text block
right below it is what it prints. A ```python plot block needs matplotlib. A ```py block is not run: it quotes microbp,
its first line telling where. Both languages have the same code, so it is run once.
"""

import io
import json
import os
import re
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

COURSE = Path(__file__).resolve().parent
ROOT = COURSE.parent.parent
PICTURES = COURSE / "pictures"
LANGUAGES = ("en", "zh")
NAMES = ("1-perceptron", "2-forward", "3-error", "4-hidden", "5-training", "6-faster")
CODE = re.compile(r"^```python(?P<plot> plot)?\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.M | re.S)
PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}


def chapter(language, name):
    """The path of a chapter."""
    return COURSE / language / f"{name}.md"


def read(path):
    """A file's text."""
    return path.read_text(encoding="utf-8")


def write(path, text):
    """Write a file with the same bytes on every system."""
    path.write_bytes(text.encode("utf-8"))


def run(text, plots=True):
    """Run a chapter's code in the folder where one is; what each block prints, None for a plot that is left out."""
    names, outputs = {}, []
    for number, block in enumerate(CODE.finditer(text), 1):
        if block["plot"] and not plots:
            outputs.append(None)
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(block["code"], f"<block {number}>", "exec"), names)
        outputs.append(printed.getvalue())
    return outputs


def filled(text, outputs):
    """The chapter with these outputs below its code."""
    left = iter(outputs)

    def block(found):
        code, printed = f"```python{found['plot'] or ''}\n{found['code']}```\n", next(left)
        return f"{code}\n```text\n{printed}```\n" if printed else code

    return CODE.sub(block, text)


def notebook(text):
    """The chapter as a notebook (nbformat 4.5) with its outputs: the text of the .ipynb file."""
    cells, start = [], 0
    for block in CODE.finditer(text):
        cells.append(markdown(text[start : block.start()]))
        cells.append(code(block["code"], block["output"]))
        start = block.end()
    cells.append(markdown(text[start:]))
    cells = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(filter(None, cells), 1)]
    content = {"cells": cells, "metadata": {"kernelspec": PYTHON}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def markdown(text):
    """A cell of Markdown, whose links to chapters lead to their notebooks; None for nothing."""
    text = re.sub(r"\((\d-\w+)\.md\)", r"(\1.ipynb)", text.strip())
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(True)} if text else None


def code(source, output):
    """A cell of code with what it printed."""
    printed = {"name": "stdout", "output_type": "stream", "text": (output or "").splitlines(True)}
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [printed] if output else [],
        "source": source.rstrip("\n").splitlines(True),
    }


def main():
    """Make all of it, or nothing where the pictures cannot be made."""
    if find_spec("matplotlib") is None:
        sys.exit("the course's pictures need matplotlib; install it with: pip install 'microbp[plot]'")
    sys.path.append(str(ROOT))  # the checkout's microbp, where none is installed
    os.chdir(PICTURES)
    for name in NAMES:
        outputs = run(read(chapter(LANGUAGES[0], name)))
        for language in LANGUAGES:
            path = chapter(language, name)
            text = filled(read(path), outputs)
            write(path, text)
            write(path.with_suffix(".ipynb"), notebook(text))
        print(f"{name}: {len(outputs)} blocks")


if __name__ == "__main__":
    main()
