"""A6: transposed convolution, which spreads each pixel over a window, and its two gradients."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...tensor import Tensor
from ..asking import Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, hold_gradient, hold_value, holds

Pair = tuple[int, int]


class Case(NamedTuple):
    """One transposed convolution: its inputs by name, and its settings as the submission gets them."""

    inputs: dict[str, np.ndarray]
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        stride, padding, extra = map(tuple, self.settings["geometry"])
        return f"conv_transpose2d with stride {stride}, padding {padding} and output_padding {extra}"

    def reference(self, x: Tensor, w: Tensor) -> Tensor:
        """What is right."""
        stride, padding, extra = map(tuple, self.settings["geometry"])
        return ops.conv_transpose2d(x, w, stride, padding, extra)

    def hold_value(self, ask: Ask, shape_alone: bool = False) -> None:
        hold_value(ask, self.reference, self.inputs, self.settings, self.name, math.inf if shape_alone else 1e-9)

    def hold_gradient(self, ask: Ask, rng: np.random.Generator, by: str) -> None:
        hold_gradient(ask, self.reference, self.inputs, self.settings, self.name, rng, [by])


def draw(
    rng: np.random.Generator, stride: Pair = (2, 2), padding: Pair = (0, 0), extra: Pair = (0, 0),
    sides: Pair = (2, 4), equal: bool = False,
) -> Case:  # fmt: skip
    """Images and a kernel, and the settings.  Sides differ; those of the kernel are from `sides[0]` to `sides[1]`.

    With `equal`, there are as many channels in as out, so that shapes do not tell them apart.
    """
    channels_in, channels_out = draw_sizes(rng, 2, 2, 4)
    kernel = draw_sizes(rng, 2, *sides)
    x = rng.normal(size=(int(rng.integers(2, 4)), *draw_sizes(rng, 2, 3, 5), channels_in))
    w = rng.normal(size=(*kernel, channels_in if equal else channels_out, channels_in))
    return Case({"x": x, "w": w}, {"f": "conv_transpose2d", "geometry": [list(stride), list(padding), list(extra)]})


def values(ask: Ask, rng: np.random.Generator) -> None:
    """Strides 1 and 2, nothing cut off."""
    for stride, equal in ((1, False), (2, True), (2, False)):
        draw(rng, (stride, stride), equal=equal).hold_value(ask)


def gradient(by: str) -> Any:
    """The probe of the gradient by one input, at strides 1 and 2."""

    def probe(ask: Ask, rng: np.random.Generator) -> None:
        draw(rng, (1, 1)).hold_gradient(ask, rng, by)
        draw(rng, (2, 2), equal=True).hold_gradient(ask, rng, by)

    return probe


def harder(ask: Ask, rng: np.random.Generator, cases: Sequence[Case]) -> None:
    """Value and gradients; of what is wrong already without padding, which costs other points, only the shape."""
    simple = [draw(rng, (1, 1)), draw(rng), draw(rng, equal=True)]
    right_value = all(holds(case.hold_value, ask) for case in simple)
    by = [key for key in "xw" if all(holds(case.hold_gradient, ask, rng, key) for case in simple)]
    for case in cases:
        case.hold_value(ask, shape_alone=not right_value)
        for key in by:
            case.hold_gradient(ask, rng, key)


def padding(ask: Ask, rng: np.random.Generator) -> None:
    """p pixels are cut off on all sides; also as many as the kernel has, where none need to be added."""
    harder(ask, rng, [draw(rng, (1, 1), (1, 1)), draw(rng, (2, 2), (1, 1)), draw(rng, (2, 2), (2, 2), sides=(2, 3))])


def drawn_padding(ask: Ask, rng: np.random.Generator) -> int:
    """1, or 0 if padding is wrong already."""
    return int(holds(padding, ask, rng))


def output_padding(ask: Ask, rng: np.random.Generator) -> None:
    """Rows and columns more at the bottom and on the right, where a kernel reaches them and where it does not."""
    p = drawn_padding(ask, rng)
    harder(ask, rng, [draw(rng, (2, 2), (p, p), (1, 1), (2, 3)), draw(rng, (3, 3), (0, 0), (2, 2), (3, 4))])


def directions(ask: Ask, rng: np.random.Generator) -> None:
    """Strides and paddings that differ by direction."""
    p = drawn_padding(ask, rng)
    settings = ((2, 1), (0, p)), ((1, 3), (p, 2 * p)), ((3, 2), (p, 0))
    harder(ask, rng, [draw(rng, *both, sides=(3, 4)) for both in settings])


def holes(ask: Ask, rng: np.random.Generator) -> None:
    """Strides larger than the kernel: some pixels get nothing and are 0."""
    stride = int(rng.integers(4, 6))
    harder(ask, rng, [draw(rng, (stride, stride), sides=(2, 3))])


def adjoint(ask: Ask, rng: np.random.Generator) -> None:
    """⟨g, y⟩ = ⟨x, ∂x⟩ = ⟨w, ∂w⟩, by the submission's own numbers: y is linear in x and in w."""
    case = draw(rng)
    y = ask("value", case.settings, **case.inputs)["y"]
    if not y.any():
        raise Wrong(f"{case.name}: y is 0 everywhere")
    g = rng.normal(size=y.shape)
    answer = ask("gradient", {**case.settings, "by": ["x", "w"]}, v=g, **case.inputs)
    total = np.array((g * y).sum())
    for key, x in case.inputs.items():
        found = answer[f"d_{key}"]
        if found.shape != x.shape:
            raise Wrong(f"∂L/∂{key}: expected shape {x.shape}, got {found.shape}")
        compare(f"⟨{key}, ∂{key}⟩, which is ⟨g, y⟩, of {case.name}", np.array((x * found).sum()), total, 1e-8)


def checkerboard(ask: Ask, rng: np.random.Generator) -> None:
    """How many inputs each of `stride` neighbouring outputs is made from."""
    pairs = [(4, 2), (3, 2), (2, 5), *rng.integers((1, 1), (12, 6), (12, 2)).tolist()]
    for kernel, stride in pairs:
        found = ask("touches", {"kernel": kernel, "stride": stride})["counts"]
        expected = np.bincount(np.arange(kernel) % stride, minlength=stride)
        compare(f"touches({kernel}, {stride})", found, expected.astype(float))


def care(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and the inputs are not changed."""
    case = draw(rng)
    small = {key: x.astype(np.float32) for key, x in case.inputs.items()}
    y = ask("value", case.settings, **small)["y"]
    if y.dtype != np.float32:
        raise Wrong(f"y of float32 inputs: expected float32, got {y.dtype}")
    v = rng.normal(size=y.shape).astype(np.float32)
    answer = ask("gradient", {**case.settings, "by": ["x", "w"]}, v=v, **small)
    for key, x in small.items():
        if answer[f"d_{key}"].dtype != np.float32:
            raise Wrong(f"∂L/∂{key} of float32 inputs: expected float32, got {answer[f'd_{key}'].dtype}")
        compare(f"{key} after conv_transpose2d and its gradient", answer[f"after_{key}"], x, 0.0)


ASSIGNMENT = Assignment(
    name="a06",
    title="Transposed convolution",
    minutes=120,
    functions=("conv_transpose2d", "touches"),
    removed={
        "ops/convolution.py": (
            "Trilinear", "conv2d", "conv_transpose2d", "conv2d_by_windows", "conv_transpose2d_by_zero_insertion",
        ),
        "ops/windows.py": ("unfold", "fold", "Unfold", "Fold", "windows_of"),
        "ops/arrangement.py": ("insert_zeros",),
        "ops/algorithms.py": ("MatrixProduct", "Im2col", "TapPlanes"),
        "ops/nine_products.py": ("NineProducts",),
        "ops/minimal_filtering.py": ("MinimalFiltering",),
    },
    parts=(
        Part(
            "values", 15, values,
            "This is the definition: the generator makes images larger with nothing else.",
            "notebook 4, §2",
            (
                "One image of one pixel, and any kernel: the result is the kernel, times the pixel. With two pixels?",
                "Put s − 1 zeros between neighbours and k − 1 around; then slide the kernel over it, turned by 180°.",
                "Without zeros: y has s (h − 1) + k rows. For each tap (u, v), add x @ w[u, v].T to the slice of y "
                "that begins at (u, v), has a step of s, and is as large as x.",
            ),
        ),
        Part(
            "dx", 15, gradient("x"),
            "Without ∂L/∂x, a generator learns in its last layer only.",
            "notebook 4, §3",
            (
                "Which outputs does x[i, j] go to, and with which tap each time? They all send something back.",
                "∂L/∂x is made from ∂L/∂y by an ordinary convolution: of stride s, with the same kernel, not turned.",
                "dx += g[slice of (u, v)] @ w[u, v], with the same slices as in forward.",
            ),
        ),
        Part(
            "dw", 15, gradient("w"),
            "This is the gradient that the kernel learns from.",
            "notebook 4, §3",
            (
                "The tap (u, v) multiplies every pixel of every image once: its gradient is a sum over all of them.",
                "w[u, v] is a matrix (C, D): C channels of y, D channels of x. So is its gradient.",
                "dw[u, v] = (the slice of g, as rows with C columns).T @ (x, as rows with D columns).",
            ),
        ),
        Part(
            "padding", 10, padding,
            "Padding is what the convolution added, so its transpose takes it away.",
            "notebook 4, §2",
            (
                "Print the shape of y for padding 0, 1 and 2: it must get smaller, by 2 each time.",
                "Padding p cuts p rows off at the top and p at the bottom; in backward, g is 0 where was cut.",
                "By zero insertion: k − p − 1 zeros around, not k − 1; and where that is negative, cut.",
            ),
        ),
        Part(
            "output_padding", 10, output_padding,
            "A convolution of stride 2 makes 3 pixels of 5, and also of 6: its transpose has to be told which.",
            "notebook 4, §2",
            (
                "The rows more are at the bottom and the columns more on the right: on one side only.",
                "They belong to the image before the padding is cut off, so taps can reach into them.",
                "Make y with s (h − 1) + k + output_padding rows, add up all taps, and then cut the padding off.",
            ),
        ),
        Part(
            "directions", 10, directions,
            "Where height and width have the same settings, an exchange of the two is never noticed.",
            "notebook 4, §2",
            (
                "Print the shapes: is your y as large as asked, or is it transposed?",
                "Stride, padding, output_padding, kernel and image each have a vertical and a horizontal size.",
                "Write `sv, sh = self.stride` and so on first, and use no index after that.",
            ),
        ),
        Part(
            "adjoint", 5, adjoint,
            "y is linear in x and in w; ⟨g, y⟩ = ⟨x, ∂x⟩ = ⟨w, ∂w⟩ is then true of any right gradients.",
            "notebook 4, §3",
            (
                "This needs no reference: compute the three numbers yourself, with a random g.",
                "If two of the three are equal, the third belongs to the array that is wrong.",
                "Try it with stride 1 first, then with one image of one pixel.",
            ),
        ),
        Part(
            "holes", 5, holes,
            "With a stride larger than the kernel, windows do not touch: a formula that relies on overlaps breaks.",
            "notebook 4, §4",
            (
                "Kernel 2, stride 4, one row of two pixels: write down all six numbers of y.",
                "Between two windows lie s − k zeros; after the last one there are none.",
                "A slice from u with a step of s must stop at u + s (h − 1) + 1: so it has exactly h rows.",
            ),
        ),
        Part(
            "checkerboard", 10, checkerboard,
            "Where neighbours are made from different numbers of inputs, a checkerboard lies over the picture.",
            "notebook 4, §4",
            (
                "Kernel of ones, image of ones: conv_transpose2d counts. Look at the middle, not at the border.",
                "Output s j + r gets a product from tap u if u and r leave the same remainder when divided by s.",
                "So count the taps u = r, r + s, r + 2s, … below k, for r = 0 … s − 1; there may be none.",
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
    ),
)  # fmt: skip
