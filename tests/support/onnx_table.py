"""The table of ONNX's ops that minigan can express, which `onnx_ops.py` and the files beside it fill.

An entry is a function: its positional parameters are the inputs, those that it annotates as `Ints` come as arrays
(indices, shapes, conditions), `Numbers` as arrays if they are integers, and all others as Tensors; an optional one has
a default.  Its keyword-only parameters are the attributes, by their names in ONNX and with their defaults;
`outputs` is how many outputs are asked for.  It returns a Tensor, an array (what has no gradient) or a list of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigan import Tensor

Ints = np.ndarray
Numbers = Tensor | np.ndarray

INTEGERS = "values that are integers or booleans"
FLOATS = "floats of other precisions (float16, bfloat16 and smaller)"

OPS: dict[str, Callable] = {}
LACKS: dict[str, Callable[[Sequence[Any], dict[str, Any]], str | None]] = {}


def op(name: str, lacks: Callable | None = None) -> Callable[[Callable], Callable]:
    """Enter a function; `lacks` says of inputs, as arrays, and attributes what minigan lacks for them, None if nothing.

    Among the attributes it is given there is `outputs` too.
    """

    def enter(function: Callable) -> Callable:
        assert name not in OPS, name
        OPS[name] = function
        if lacks:
            LACKS[name] = lacks
        return function

    return enter
