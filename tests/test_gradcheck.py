"""The gradient check itself: what it says, and what it refuses.  (That it catches: `test_gradients_can_fail.py`.)"""

import numpy as np
import pytest

from minigan.gradcheck import GradientError, check_gradients


def test_the_check_names_the_element_that_is_wrong():
    """The message says which input, how many elements, where, and both numbers."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])

    def wrong(x):
        y = x * 2.0
        if y.creator is not None:
            right = y.creator.backward
            y.creator.backward = lambda grad: (right(grad)[0] * np.array([[1.0, 1.0], [5.0, 1.0]]), None)
        return y

    with pytest.raises(GradientError, match=r"first derivative by input 0 of shape \(2, 2\): 1 of 4 .*at \(1, 0\)"):
        check_gradients(wrong, [x])


def test_a_gradient_that_is_not_a_number_is_rejected():
    """nan compares false with everything; the check must not take that for agreement."""

    def wrong(x):
        y = x * 2.0
        if y.creator is not None:
            y.creator.backward = lambda grad: (grad * np.nan, None)
        return y

    with pytest.raises(GradientError, match=r"3 of 3 .*got nan"):
        check_gradients(wrong, [np.ones(3)])


def test_the_check_refuses_what_it_cannot_check():
    """float32 is too coarse for 1e-8; there is no third order."""
    with pytest.raises(TypeError, match="check_gradients expected float64 inputs, got float32"):
        check_gradients(lambda x: x * 2.0, [np.ones(2, np.float32)])
    with pytest.raises(ValueError, match="check_gradients expected order 1 or 2, got 3"):
        check_gradients(lambda x: x * 2.0, [np.ones(2)], order=3)
