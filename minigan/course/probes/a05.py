"""A5: convolution, a product of windows with a kernel, and its two gradients."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...tensor import Tensor
from ..asking import Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, hold_gradient, hold_value, holds, shapes

Pair = tuple[int, int]
SLOWEST = 5.0  # seconds for the layer of `speed`


class Case(NamedTuple):
    """One convolution: its inputs by name, and its settings as the submission gets them."""

    inputs: dict[str, np.ndarray]
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        stride, padding = map(tuple, self.settings["geometry"])
        return f"conv2d with stride {stride} and padding {padding}"

    def reference(self, x: Tensor, w: Tensor) -> Tensor:
        """What is right."""
        stride, padding = self.settings["geometry"]
        return ops.conv2d(x, w, tuple(stride), tuple(padding))

    def hold_value(self, ask: Ask, shape_alone: bool = False) -> None:
        hold_value(ask, self.reference, self.inputs, self.settings, self.name, math.inf if shape_alone else 1e-9)

    def hold_gradient(self, ask: Ask, rng: np.random.Generator, by: str) -> None:
        hold_gradient(ask, self.reference, self.inputs, self.settings, self.name, rng, [by])


def draw(
    rng: np.random.Generator, stride: Pair = (1, 1), padding: Pair = (0, 0), left: int = 0, equal: bool = False
) -> Case:
    """Images and a kernel, and the settings: sides that differ; `left` pixels, at most, that no window covers.

    With `equal`, there are as many channels in as out, so that shapes do not tell them apart.
    """
    channels_in, channels_out = draw_sizes(rng, 2, 2, 4)
    kernel, windows = draw_sizes(rng, 2, 2, 4), draw_sizes(rng, 2, 2, 4)
    sides = [s * (n - 1) + k - 2 * p + min(left, s - 1) for s, n, k, p in zip(stride, windows, kernel, padding)]
    x = rng.normal(size=(int(rng.integers(2, 4)), *sides, channels_in))
    w = rng.normal(size=(*kernel, channels_in, channels_in if equal else channels_out))
    return Case({"x": x, "w": w}, {"f": "conv2d", "geometry": [list(stride), list(padding)]})


def values(ask: Ask, rng: np.random.Generator) -> None:
    """Stride 1, without and with padding."""
    for padding in ((0, 0), (1, 1)):
        draw(rng, padding=padding).hold_value(ask)


def gradient(by: str) -> Any:
    """The probe of the gradient by one input, at strides 1 and 2."""

    def probe(ask: Ask, rng: np.random.Generator) -> None:
        draw(rng).hold_gradient(ask, rng, by)
        draw(rng, (2, 2), (1, 1), equal=True).hold_gradient(ask, rng, by)

    return probe


def harder(ask: Ask, rng: np.random.Generator, cases: Sequence[Case]) -> None:
    """Value and gradients; of what is wrong already at stride 1, which costs other points, only the shape."""
    simple = draw(rng)
    right_value = holds(simple.hold_value, ask)
    by = [key for key in simple.inputs if holds(simple.hold_gradient, ask, rng, key)]
    for case in cases:
        case.hold_value(ask, shape_alone=not right_value)
        for key in by:
            case.hold_gradient(ask, rng, key)


def directions(ask: Ask, rng: np.random.Generator) -> None:
    """Strides and paddings that differ by direction."""
    harder(ask, rng, [draw(rng, (2, 1), (0, 1)), draw(rng, (1, 3), (1, 0))])


def left_over(ask: Ask, rng: np.random.Generator) -> None:
    """Sides that the windows do not fill: the last pixels take no part, and their gradient is 0."""
    harder(ask, rng, [draw(rng, (2, 2), left=1), draw(rng, (3, 2), left=int(rng.integers(1, 3)))])


def adjoint(ask: Ask, rng: np.random.Generator) -> None:
    """⟨g, conv(x, w)⟩ = ⟨x, ∂x⟩ = ⟨w, ∂w⟩, by the submission's own numbers: conv is linear in x and in w."""
    case = draw(rng, (2, 2), (1, 1))
    y = ask("value", case.settings, **case.inputs)["y"]
    g = rng.normal(size=y.shape)
    answer = ask("gradient", {**case.settings, "by": ["x", "w"]}, v=g, **case.inputs)
    total = np.array((g * y).sum())
    for key, x in case.inputs.items():
        found = answer[f"d_{key}"]
        if found.shape != x.shape:
            raise Wrong(f"∂L/∂{key}: expected shape {x.shape}, got {found.shape}")
        compare(f"⟨{key}, ∂{key}⟩, which is ⟨g, y⟩, of {case.name}", np.array((x * found).sum()), total, 1e-8)


def care(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and the inputs are not changed."""
    case = draw(rng, (2, 2), (1, 1))
    small = {key: x.astype(np.float32) for key, x in case.inputs.items()}
    y = ask("value", case.settings, **small)["y"]
    if y.dtype != np.float32:
        raise Wrong(f"y of float32 inputs: expected float32, got {y.dtype}")
    v = rng.normal(size=y.shape).astype(np.float32)
    answer = ask("gradient", {**case.settings, "by": ["x", "w"]}, v=v, **small)
    for key, x in small.items():
        if answer[f"d_{key}"].dtype != np.float32:
            raise Wrong(f"∂L/∂{key} of float32 inputs: expected float32, got {answer[f'd_{key}'].dtype}")
        compare(f"{key} after conv2d and its gradient", answer[f"after_{key}"], x, 0.0)


def speed(ask: Ask, rng: np.random.Generator) -> None:
    """Forward and backward of a layer of the DCGAN in SLOWEST seconds."""
    right_value = holds(draw(rng).hold_value, ask)
    x, w = rng.normal(size=(4, 28, 28, 16)), rng.normal(size=(4, 4, 16, 32))
    layer = Case({"x": x, "w": w}, {"f": "conv2d", "geometry": [[2, 2], [1, 1]]})
    v = rng.normal(size=(4, 14, 14, 32))
    y = ask("gradient", {**layer.settings, "by": ["x", "w"]}, v=v, **layer.inputs)["y"]
    if ask.took > SLOWEST:
        raise Wrong(f"{layer.name} of {shapes(layer.inputs)}: expected {SLOWEST:.0f} seconds, took {ask.took:.1f}")
    compare(layer.name, y, layer.reference(Tensor(x), Tensor(w)).numpy(), 1e-9 if right_value else math.inf)


ASSIGNMENT = Assignment(
    name="a05",
    title="Convolution",
    minutes=180,
    functions=("conv2d",),
    removed={
        "ops/convolution.py": (
            "Trilinear", "conv2d", "conv_transpose2d", "conv2d_by_windows", "conv_transpose2d_by_zero_insertion",
        ),
        "ops/windows.py": ("unfold", "fold", "Unfold", "Fold", "windows_of"),
        "ops/algorithms.py": ("MatrixProduct", "Im2col", "TapPlanes"),
        "ops/nine_products.py": ("NineProducts",),
        "ops/minimal_filtering.py": ("MinimalFiltering",),
    },
    parts=(
        Part(
            "values", 20, values,
            "This is the definition; everything else is derived from it.",
            "notebook 4, §1",
            (
                "Take the smallest case: one 3×3 image, a 2×2 kernel, one channel. Which four numbers make y[0, 0]?",
                "Pad first, with np.pad. Then y[:, i, j] is one product of a window with the kernel, for all images.",
                "Loop over the taps (u, v) of the kernel, not over pixels: the slice of the padded images that starts "
                "at (u, v) and is as large as y meets w[u, v]; add up the products slice @ w[u, v].",
            ),
        ),
        Part(
            "dx", 20, gradient("x"),
            "Without ∂L/∂x no layer below this one learns, and G, which learns through D, not at all.",
            "notebook 4, §2 and §3",
            (
                "Which outputs does one pixel of x take part in, and with which tap of the kernel each time?",
                "Go through the taps as in forward, but the other way: what y took from a slice of x, its gradient "
                "gives back to the same slice.",
                "dxp[slice of (u, v)] += g @ w[u, v].T, with += because windows overlap; then cut the padding off.",
            ),
        ),
        Part(
            "dw", 20, gradient("w"),
            "This is the gradient that the kernel learns from.",
            "notebook 4, §3",
            (
                "A kernel's tap (u, v) is used at every place of every image. What does that mean for its gradient?",
                "∂L/∂w[u, v] is a sum over images and places: no mean, and nothing is left out.",
                "dw[u, v] = (slice of (u, v), as a matrix of rows with C columns).T @ (g as a matrix with D columns).",
            ),
        ),
        Part(
            "directions", 10, directions,
            "Where height and width have the same settings, an exchange of the two is never noticed.",
            "notebook 4, §1",
            (
                "Print the shapes: is your y as large as asked, or is it transposed?",
                "Stride, padding, kernel and image each have a vertical and a horizontal size: four pairs.",
                "Write `sv, sh = self.stride` and `pv, ph = self.padding` first, and use no index after that.",
            ),
        ),
        Part(
            "left_over", 10, left_over,
            "With stride 2, an even side and an odd kernel leave a row over: common in real networks.",
            "notebook 4, §1",
            (
                "Which pixels does the last window end on? Are there pixels behind it?",
                "⌊…⌋ in the formula of h says that windows which do not fit entirely are left out.",
                "A slice with a step must stop at u + s·h, not at the end of the image; those pixels have gradient 0.",
            ),
        ),
        Part(
            "adjoint", 5, adjoint,
            "Convolution is linear in x and in w; ⟨g, y⟩ = ⟨x, ∂x⟩ = ⟨w, ∂w⟩ is then true of any right gradients.",
            "notebook 4, §3",
            (
                "This needs no reference: compute the three numbers yourself, with a random g.",
                "If two of the three are equal, the third belongs to the array that is wrong.",
                "Try it with stride 1 and no padding; then change one of the two, and see which breaks it.",
            ),
        ),
        Part(
            "care", 5, care,
            "float64 that creeps in doubles memory and halves the speed of all that follows, and an input that was "
            "changed makes gradients wrong elsewhere.",
            "notebook 1, §4",
            (
                "Print y.dtype and dx.dtype for float32 inputs.",
                "np.zeros(shape) is float64: np.zeros(shape, x.dtype) is not.",
                "`x += …`, `out = x` without a copy, and `x -= …` are the usual suspects.",
            ),
        ),
        Part(
            "speed", 10, speed,
            "A training step of the DCGAN convolves eight times; loops over pixels in Python take minutes for that.",
            "notebook 4, §1",
            (
                "How many times does your innermost line run for 4 images of 28×28 pixels with 16 channels?",
                "Leave loops over images, places and channels to NumPy: 16 taps of a 4×4 kernel are the only loop.",
                "`a @ b` of a (…, C) array and a (C, D) array is a matrix product over the last axis, at full speed.",
            ),
            seconds=SLOWEST + 2,
        ),
    ),
)  # fmt: skip
