"""Reading the student's functions out of a Python file or a notebook."""

import json

import pytest

from minigan.course.sources import MOST_CODE, MOST_NOTEBOOK, extract, read_source
from minigan.errors import BadInput


def notebook(*cells, **more) -> bytes:
    code = [{"cell_type": "code", "source": cell, "outputs": [], "metadata": {}, **more} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# A"}, *code], "nbformat": 4}).encode()


def run(source: str) -> dict:
    names: dict = {}
    exec(source, names)
    return names


def test_a_notebook_gives_the_functions_and_what_they_need():
    data = notebook(
        "%matplotlib inline\nimport numpy as np\nimport os",
        "FACTOR = 2\ndef helper(x):\n    return np.sum(x) * FACTOR",
        "def f(x):\n    return helper(x)",
        "print(f([1]))\nos.remove('a')",
    )
    source = read_source("a.ipynb", data, ["f"])
    assert run(source)["f"]([1, 2]) == 6
    assert "os" not in source
    assert "print" not in source


def test_the_last_definition_counts():
    cells = ["def f():\n    return 1", "def f():\n    return g()", "def g():\n    return 2", "def g():\n    return 3"]
    assert run(extract(cells, ["f"]))["f"]() == 3


@pytest.mark.parametrize(
    "cells",
    [
        ["class A:", "    pass\ndef f(): pass"],  # a cell that was split in its middle
        ["%%time\ndef g(): pass", "!pip install x\ndef f():\n    return 1"],
        ["?f", "def f(): return 1", "f?"],
        [["def f():\n", "    return 1"]],
    ],
)
def test_cells_that_do_not_run_do_no_harm(cells):
    data = notebook(*cells)
    if cells[0] == "class A:":
        with pytest.raises(BadInput, match="expected the function f"):
            read_source("a.ipynb", data, ["f"])
    else:
        assert run(read_source("a.ipynb", data, ["f"]))["f"]() == 1


def test_huge_and_hostile_outputs_are_not_looked_at():
    outputs = [{"output_type": "display_data", "data": {"text/html": "<script>x</script>" * 100_000}}]
    assert "def f" in read_source("a.ipynb", notebook("def f(): return 1", outputs=outputs), ["f"])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.py", b"x" * (MOST_CODE + 1), "1,048,577 bytes, more than"),
        ("a.ipynb", b" " * (MOST_NOTEBOOK + 1), "more than the"),
        ("a.py", b"\xff\xfe", "expected text in UTF-8"),
        ("a.py", b"def f(:", "line 1: "),
        ("a.py", b"def f(): pass\0", "a.py"),
        ("a.py", b"(" * 100_000, "a.py"),
        ("a.ipynb", b"[" * 100_000, "cannot be read"),
        ("a.ipynb", b"{}", "cannot be read as Python"),
        ("a.ipynb", b'{"cells": [{"cell_type": "code", "source": 5}]}', "cannot be read"),
        ("a.py", b"def g(): pass", "expected the function f, which it does not define"),
        ("a.py", "def сonv(): pass".encode(), "expected the function f"),
    ],
)
def test_what_cannot_be_read_is_one_line(name, data, message):
    with pytest.raises(BadInput, match=message) as error:
        read_source(name, data, ["f"])
    assert "\n" not in str(error.value)


def test_letters_of_another_alphabet_are_pointed_out():
    with pytest.raises(BadInput, match=r"it defines '\\u0441onv2d', spelled with other letters"):
        read_source("a.py", "def сonv2d(): pass".encode(), ["conv2d"])
    with pytest.raises(BadInput, match="it defines 'Conv2D', spelled with other letters"):
        read_source("a.py", b"Conv2D = 1", ["conv2d"])


def test_python_reads_some_letters_as_others():
    """By NFKC: such a file defines the function, for Python as for us."""
    assert read_source("a.py", "def ｃｏｎｖ２ｄ(): pass".encode(), ["conv2d"])
