"""Calls of A6: transposed convolution, and how many inputs touch an output."""

from typing import Any

import numpy as np

from .common import calls_of


def touches(student: Any, text: dict[str, Any]) -> dict[str, Any]:
    return {"counts": np.asarray(student.touches(text["kernel"], text["stride"]), float)}


def conv_transpose2d(student: Any, text: dict[str, Any], x: Any, w: Any) -> Any:
    return student.conv_transpose2d(x, w, *map(tuple, text["geometry"]))


CALLS = {**calls_of({"conv_transpose2d": conv_transpose2d}), "touches": touches}
