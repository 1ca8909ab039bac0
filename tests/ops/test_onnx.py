"""ONNX's node tests as an independent oracle: every case that can be expressed passes, and docs/onnx.md counts them."""

import re

import numpy as np
import pytest

from minigan import Tensor
from tests.support import ROOT

pytest.importorskip("onnx", reason="ONNX, whose node tests these are, is not installed: pip install onnx")

import onnx

from tests.support.onnx_cases import NOT_HERE, OPS, cases, table

KNOWN = [case for case in cases() if case.op in OPS or case.op in NOT_HERE]
EXPRESSIBLE = [case for case in KNOWN if case.reason is None]
NO_GRADIENT = {  # it is zero, or the result is no float, or (Cast) ends at the leaf: what comes is an array
    "ArgMax", "ArgMin", "Cast", "CastLike", "Ceil", "Equal", "Floor", "Greater", "GreaterOrEqual", "Hardmax", "IsInf",
    "IsNaN", "Less", "LessOrEqual", "Round", "Shape", "Sign", "Size",
}  # fmt: skip
SMOOTH = [case for case in EXPRESSIBLE if case.op not in NO_GRADIENT]
FOUR_DIGITS = {"test_averagepool_2d_ceil_last_window_starts_on_pad"}  # of what ONNX expects


def finite(arrays):
    return all(np.isfinite(x).all() for x in arrays)


def each(chosen):
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case.name.removeprefix("test_"))


def test_no_op_is_forgotten():
    """An op that is new in ONNX: enter it in tests/support/onnx_ops.py, or its kind in tests/support/onnx_cases.py."""
    assert {case.op for case in cases()} - OPS.keys() - NOT_HERE.keys() == set()
    assert OPS.keys() & NOT_HERE.keys() == set()
    assert len(EXPRESSIBLE) > 500


@each(EXPRESSIBLE)
def test_values(case):
    with np.errstate(all="warn" if finite(case.expected) else "ignore"):
        outputs = case.run(case.values())
    assert len(outputs) == len(case.expected)
    assert isinstance(outputs[0], Tensor) == (case.op not in NO_GRADIENT)
    for y, expected in zip(outputs, case.expected):
        y = y.numpy() if isinstance(y, Tensor) else y
        assert (y.shape, y.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(y, expected, case.rtol if case.name in FOUR_DIGITS else 1e-5, 1e-6)


@each([case for case in SMOOTH if finite(case.expected) and case.inputs[0].size])
def test_slope(case):
    """The change along a random direction, by the gradient, is that of a difference quotient, in float64."""
    step, (xs, directions) = 1e-6, generic_inputs(case)
    outputs = tensors(case.run(xs))
    weights = [Tensor(np.random.default_rng(1).normal(size=y.shape)) for y in outputs]
    total(outputs, weights).backward()
    slope = sum((x.grad.numpy() * d).sum() for x, d in zip(tensors(xs), directions) if x.grad is not None)

    up, down = (total(tensors(case.run(shifted(xs, directions, h))), weights).item() for h in (step, -step))
    assert slope == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-6)


def tensors(values):
    return [x for x in values if isinstance(x, Tensor)]


def total(outputs, weights):
    """⟨weights, outputs⟩, over all of them."""
    return sum((y * w).sum() for y, w in zip(outputs, weights))


def generic_inputs(case):
    """The inputs a little higher (or lower, if that leaves the domain), away from kinks and ties; and directions."""
    rng = np.random.default_rng(0)
    for sign in (1, -1):
        xs = case.values(lambda x: x + sign * rng.uniform(0.01, 0.02, x.shape))  # noqa: B023  (called at once)
        with np.errstate(invalid="ignore"):
            if finite(y.numpy() for y in tensors(case.run(xs))):
                break
    return xs, [rng.normal(size=x.shape) for x in tensors(xs)]


def shifted(xs, directions, step):
    """The same inputs, each Tensor a step further in its direction."""
    directions = iter(directions)
    return [Tensor(x.data + step * next(directions)) if isinstance(x, Tensor) else x for x in xs]


def test_the_page_counts_right():
    """`python -m docs.tables onnx` writes the table."""
    page = (ROOT / "docs" / "onnx.md").read_text("utf-8")
    shown = page.split("<!-- table onnx -->\n")[1].split("\n<!-- end -->")[0]
    version = re.match(r"onnx (\S+):", shown)[1]
    if version != onnx.__version__:
        pytest.skip(f"the page counts the cases of onnx {version}; installed is {onnx.__version__}")
    assert shown == table()
