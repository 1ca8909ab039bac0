"""Reading the student's functions out of a Python file or a notebook."""

import json
import time
from pathlib import Path

import pytest

from minigan.course.assignment import find_assignment
from minigan.course.pages import page_of
from minigan.course.sources import MOST_CODE, MOST_NOTEBOOK, extract, read_source
from minigan.errors import BadInput

HERE = Path(__file__).parent


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
        ["%%time\ndef g(): pass", "!pip install x\ndef f():\n    return 1"],
        ["?f", "def f(): return 1", "f?"],
        [["def f():\n", "    return 1"]],
    ],
)
def test_cells_that_do_not_run_do_no_harm(cells):
    assert run(read_source("a.ipynb", notebook(*cells), ["f"]))["f"]() == 1


@pytest.mark.parametrize(
    "cells",
    [
        ["def f():\n    return (\n        3\n        % 2\n    )"],
        ["def f():\n    return 2 - (1\n!= 1) - 1", "x = 1"],
        ["from math import *", "def f(): return int(cos(0))"],
        ["def f(): return 0", "def wrap(g): return lambda: g() + 1", "f = wrap(f)"],
        ["S = [0]", "S += [1]", "def f(): return S[-1]"],
        ["class A:\n    def g(self): return 0", "def g(self): return 1", "A.g = g", "def f(): return A().g()"],
        ["try:\n    import nothing_of_the_kind as n\nexcept ImportError:\n    n = 1", "def f(): return n"],
        ["if True:\n    def h(): return 1\nelse:\n    def h(): return 2", "def f(): return h()"],
        ["import math\nx = undefined.f()", "import math", "def f(x=1):\n    y = x\n    return y", "y = undefined"],
        ['def f():\n    """Text.\n% of it\n"""\n    return 1'],
    ],
)
def test_what_belongs_to_a_function_is_taken(cells):
    """And nothing that has only a local variable's name."""
    assert run(read_source("a.ipynb", notebook(*cells), ["f"]))["f"]() == 1


def test_a_cell_that_defines_the_function_and_cannot_be_parsed_is_an_error():
    """It is not an earlier version that is graded."""
    for cells in (["def f(): return 1", "def f(:\n    return 2"], ["class A:", "    pass\ndef f(): pass"]):
        with pytest.raises(BadInput, match=r"a.ipynb: line \d: "):
            read_source("a.ipynb", notebook(*cells), ["f"])


def test_the_notebook_that_is_handed_out_can_be_written_in():
    """Its own cells, in which x, w and y are other things, are left out; wherever the solution stands."""
    solution = (HERE / "a05" / "right_taps.py").read_text("utf-8")
    cells = json.loads(page_of(find_assignment("a05"))[1])["cells"]
    for position in (1, len(cells) // 2, len(cells)):
        code = {"cell_type": "code", "source": solution, "outputs": [], "metadata": {}}
        data = json.dumps({"cells": [*cells[:position], code, *cells[position:]], "nbformat": 4}).encode()
        source = read_source("a05.ipynb", data, ["conv2d"])
        assert "load_dataset" not in source
        run(source)


def test_a_notebook_with_much_code_is_refused_before_it_is_parsed():
    begin = time.monotonic()
    with pytest.raises(BadInput, match="its code: 8,000,"):
        read_source("a.ipynb", notebook("B = [" + "1," * 4_000_000 + "]\ndef f(): return B"), ["f"])
    assert time.monotonic() - begin < 5


def test_huge_and_hostile_outputs_are_not_looked_at():
    outputs = [{"output_type": "display_data", "data": {"text/html": "<script>x</script>" * 100_000}}]
    assert "def f" in read_source("a.ipynb", notebook("def f(): return 1", outputs=outputs), ["f"])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.py", b"x" * (MOST_CODE + 1), "262,145 bytes, more than"),
        ("a.ipynb", b" " * (MOST_NOTEBOOK + 1), "more than the"),
        ("a.py", b"\xff\xfe", "expected text in UTF-8"),
        ("a.py", b"def f(:", "line 1: "),
        ("a.py", b"def f(): pass\0", "a.py"),
        ("a.py", b"(" * 100_000, "a.py"),
        ("a.ipynb", b"[" * 100_000, "expected a Jupyter notebook"),
        ("a.ipynb", b"{}", "expected a Jupyter notebook"),
        ("a.ipynb", b'{"cells": [{"cell_type": "code", "source": 5}]}', "expected a Jupyter notebook"),
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
