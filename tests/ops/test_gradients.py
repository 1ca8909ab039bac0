"""Every op's gradient, and its gradient's gradient, against difference quotients: every element, float64.

One property over the table of `op_cases.py`.  How tight: the quotient's own error is about 1e-11, the check allows
1e-8, and `test_gradients_can_fail.py` shows what it catches.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_gradients
from tests.support.op_cases import CASES


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_gradient_and_its_gradient_match_difference_quotients(name, data):
    """First and second derivatives by every input, at any shape, setting and place in memory."""
    call = data.draw(CASES[name].calls)
    check_gradients(call.function, call.inputs, order=2)
