"""A3: gradients are checked by the student's function.  (Training checks none: nothing of the DCGAN changes.)"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigan

from ... import gradcheck
from ...gradcheck import GradientError
from . import Change


def changes(student: Any) -> Sequence[Change]:
    def check_gradients(f: Callable, inputs: Sequence[np.ndarray], order: int = 2, **_: Any) -> None:
        if not student.check(f, [np.array(x) for x in inputs], order):
            raise GradientError(f"the gradients are wrong, according to {student.__name__}.check")

    return [Change(owner, "check_gradients", check_gradients, "checks") for owner in (gradcheck, minigan)]
