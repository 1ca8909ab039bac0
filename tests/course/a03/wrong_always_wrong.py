# loses: false_alarm, formula, proportional, second_input, elements, small, not_a_number, second, history, untouched
"""Always says the same."""


def check(f, inputs, order=1):
    return False
