# loses: false_alarm, formula, proportional, second_input, elements, small, not_a_number, second, history, untouched
"""The engine's own check."""

from minigan import GradientError, check_gradients


def check(f, inputs, order=1):
    try:
        check_gradients(f, inputs, order)
    except GradientError:
        return False
    return True
