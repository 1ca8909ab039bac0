"""Hypothesis strategies for the inputs of ops: shapes, values clear of kinks, and awkward places in memory."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

LAYOUTS = ["as it comes", "transposed", "sliced", "reversed"]
seeds = st.integers(0, 2**32 - 1)


def shapes(min_dims: int = 0, max_dims: int = 3):
    """Shapes of up to 3 axes of up to 3: enough for an index error to show, few enough to check each element."""
    return array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=1, max_side=3)


def place(x: np.ndarray, layout: str) -> np.ndarray:
    """The same values, held in memory in another order, or with gaps, or backwards."""
    x = np.asarray(x)
    if x.ndim == 0:
        return x
    if layout == "transposed":
        return np.ascontiguousarray(x.T).T
    if layout == "sliced":
        roomy = np.full([2 * n for n in x.shape], np.nan)  # whoever reads between the elements will be found out
        view = roomy[(slice(None, None, 2),) * x.ndim]
        view[...] = x
        return view
    if layout == "reversed":
        backwards = (slice(None, None, -1),) * x.ndim
        return np.ascontiguousarray(x[backwards])[backwards]
    return x


@st.composite
def normal(draw, shape) -> np.ndarray:
    """Normally distributed values."""
    return place(np.random.default_rng(draw(seeds)).normal(size=shape), draw(st.sampled_from(LAYOUTS)))


@st.composite
def positive(draw, shape) -> np.ndarray:
    """Values from 0.5 to 2, for log, roots and divisors."""
    return place(np.random.default_rng(draw(seeds)).uniform(0.5, 2.0, shape), draw(st.sampled_from(LAYOUTS)))


@st.composite
def apart(draw, *shapes) -> list[np.ndarray]:
    """Arrays whose elements are all at least 0.1 apart, and at least 0.05 away from zero, half of them positive.

    For functions with a kink at zero or where two values meet: a difference quotient with steps of 0.002 stays clear.
    """
    rng, sizes = np.random.default_rng(draw(seeds)), [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    values = 0.1 * (rng.permutation(total) - total // 2 + 0.5)
    pieces = np.split(values, np.cumsum(sizes)[:-1])
    return [place(x.reshape(shape), draw(st.sampled_from(LAYOUTS))) for x, shape in zip(pieces, shapes)]


@st.composite
def axes(draw, ndim: int):
    """An `axis` argument: None, an int (perhaps from the end), or a tuple."""
    one = st.integers(-ndim, ndim - 1)
    several = st.lists(one, min_size=1, max_size=ndim, unique_by=lambda a: a % ndim).map(tuple)
    return draw(st.none() | one | several)


@st.composite
def pairs(draw, low: int, high: int):
    """A (vertical, horizontal) setting, as an int when both are equal."""
    v, h = draw(st.integers(low, high)), draw(st.integers(low, high))
    return v if v == h and draw(st.booleans()) else (v, h)
