"""The products under the window add up to what the engine computes."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, ops
from minigan.stepper import Window
from minigan.stepper.snapshot import number

TENT = np.array([[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]])


@st.composite
def windows(draw):
    """A window of any geometry that fits, convolution or transposed, and what the engine computes."""

    def two(low, high):
        return draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    kernel_size, stride, padding, transposed = two(1, 4), two(1, 3), two(0, 3), draw(st.booleans())
    extra = tuple(draw(st.integers(0, s - 1)) if transposed else 0 for s in stride)
    size = tuple(max(n, k - 2 * p) for n, k, p in zip(two(1, 6), kernel_size, padding))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    image, kernel = rng.normal(size=size), rng.normal(size=kernel_size)
    x, w = Tensor(image[None, :, :, None]), Tensor(kernel[:, :, None, None])
    if not transposed:
        return Window(image, kernel, stride, padding), ops.conv2d(x, w, stride, padding).numpy()[0, :, :, 0]
    grown = [s * (n - 1) + k - 2 * p + a for s, n, k, p, a in zip(stride, size, kernel_size, padding, extra)]
    padding = padding if min(grown) > 0 else (0, 0)
    expected = ops.conv_transpose2d(x, w, stride, padding, extra).numpy()[0, :, :, 0]
    return Window(image, kernel, stride, padding, transposed=True, output_padding=extra), expected


@given(windows())
def test_every_sum_of_products_is_the_engines_number(case):
    window, expected = case
    assert window.last + 1 == expected.size
    sums = [(window.patch(i) * window.rotated).sum() for i in range(expected.size)]
    np.testing.assert_allclose(np.reshape(sums, expected.shape), expected, atol=1e-12)
    np.testing.assert_array_equal(window.result, expected)


@given(windows())
def test_what_is_inserted_is_zero_and_the_rest_is_the_image(case):
    window, _ = case
    assert not window.padded[window.inserted].any()
    kept = window.padded[~window.inserted]
    assert np.isin(kept, window.image).all()
    if kept.size == window.image.size:  # a padding of more than k − 1 cuts the image
        np.testing.assert_array_equal(kept, window.image.ravel())


def test_positions_of_a_textbook_example():
    """5×5 → 3×3: stride 2, padding 1, kernel 3 (Dumoulin & Visin 2016, figure 2.6)."""
    window = Window(np.arange(25.0).reshape(5, 5), np.ones((3, 3)), stride=2, padding=1)
    assert window.padded.shape == (7, 7)
    assert [window.indices(i)[2:] for i in range(9)] == [(top, left) for top in (0, 2, 4) for left in (0, 2, 4)]
    np.testing.assert_array_equal(window.patch(0), [[0, 0, 0], [0, 0, 1], [0, 5, 6]])
    np.testing.assert_array_equal(window.patch(4), [[6, 7, 8], [11, 12, 13], [16, 17, 18]])


def test_positions_of_its_transpose():
    """3×3 → 5×5: one zero between neighbours and one around, 7×7, and a stride of 1 (figure 4.5)."""
    window = Window(np.arange(1.0, 10.0).reshape(3, 3), TENT, stride=2, padding=1, transposed=True)
    np.testing.assert_array_equal(window.padded[1:6:2, 1:6:2], window.image)
    assert window.inserted.sum() == 49 - 9
    assert window.indices(7) == (1, 2, 1, 2)
    np.testing.assert_array_equal(window.patch(6), [[1, 0, 2], [0, 0, 0], [4, 0, 5]])


def parts(picture):
    """The texts of a picture, and its frames as (x, y, width, height)."""
    elements = list(ElementTree.fromstring(str(picture)).iter())
    frames = [e for e in elements if e.get("stroke") == "#e09f1f"]
    return [e.text for e in elements if e.text], [
        tuple(float(e.get(k)) for k in ("x", "y", "width", "height")) for e in frames
    ]


def test_a_picture_frames_the_window_and_shows_the_sum():
    window = Window(np.arange(1.0, 10.0).reshape(3, 3), TENT, stride=2, padding=1, transposed=True)
    texts, (window_frame, output_frame) = parts(window.frame(6))
    cell = window_frame[2] / 3
    assert np.allclose(window_frame, (cell, cell, 3 * cell, 3 * cell))
    assert np.allclose(output_frame, (cell, cell, cell, cell))
    assert "1·0.25 + 2·0.25 + 4·0.25 + 5·0.25 = 3" in texts
    assert "output[1, 1] is computed at position 7 of 25" in texts


def test_output_numbers_appear_one_after_the_other():
    """Each picture has one output number more than the one before."""
    window = Window(np.eye(3) * 7, [[1.0]])
    counts = [parts(window.frame(i))[0] for i in range(9)]
    assert [len(b) - len(a) for a, b in pairwise(counts)] == [1] * 8


@given(windows())
def test_the_still_picture_shows_every_number(case):
    """A frame around the window and one around the output number, for each position."""
    window, expected = case
    if expected.size > 49:
        assert str(window.still()) == str(window.frame(0))
        return
    texts, frames = parts(window.still())
    assert len(frames) == 2 * expected.size
    cell = frames[0][2] / window.rotated.shape[1]
    for i in range(expected.size):
        row, column = divmod(i, expected.shape[1])
        assert np.allclose(
            frames[2 * i][:2], (column * window.stride[1] * cell, row * window.stride[0] * cell), atol=1e-3
        )
    assert {number(value) for value in expected.ravel()} <= set(texts)


@pytest.mark.parametrize(
    ("arguments", "settings", "match"),
    [((np.ones((1, 3, 3, 1)), TENT), {}, r"image to be an array \(H, W\), got shape \(1, 3, 3, 1\)"),
     ((np.ones((5, 5)), np.ones(3)), {}, r"kernel to be an array"),
     ((np.ones((2, 2)), TENT), {}, "no smaller than the kernel"),
     ((np.ones((5, 5)), TENT), {"output_padding": 1}, "transposed convolutions only")],
)  # fmt: skip
def test_errors(arguments, settings, match):
    with pytest.raises(ValueError, match=match):
        Window(*arguments, **settings)


def test_there_is_no_position_beyond_the_last():
    with pytest.raises(IndexError, match="from 0 to 8, got 9"):
        Window(np.ones((5, 5)), TENT).frame(9)
