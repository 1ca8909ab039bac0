"""What users pass in, made uniform, or refused with a sentence: numbers and arrays, types, shapes, indices."""

import operator
from typing import Any

import numpy as np

from .array_protocol import ArrayProtocol
from .arrays.backend import Array, is_array, to_host


def as_floats(data: Any) -> Array:
    """`data` as an array of float32 or float64, without copying where it is one; or TypeError."""
    if isinstance(data, ArrayProtocol) or (
        isinstance(data, (list, tuple)) and any(isinstance(x, ArrayProtocol) for x in data)
    ):
        raise TypeError(
            "expected an array or numbers, got a Tensor; use .detach() for one without history, ops.stack to join some"
        )
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError("expected an array without a mask; fill it with .filled(value)")
    array = data if is_array(data) and not isinstance(data, (np.ndarray, np.generic)) else np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"expected real numbers, got {array.dtype}")
    if array.dtype.kind == "f" and hasattr(data, "dtype"):
        return array if array.dtype.isnative and array.dtype.char in "fd" else array.astype(float_type(array.dtype))
    return array.astype(np.float32)


def float_type(dtype: Any) -> np.dtype:
    """`dtype` as float32 or float64 in this machine's order of bytes; TypeError for all others."""
    kind = np.dtype(dtype).newbyteorder("=")
    if kind not in (np.float32, np.float64):
        raise TypeError(f"expected float32 or float64, got {np.dtype(dtype)}; convert with astype(numpy.float32)")
    return kind


def ints(name: str, values: tuple) -> tuple[int, ...]:
    """Integers given one by one, or as one tuple or list; TypeError for anything else."""
    if len(values) == 1 and isinstance(values[0], (tuple, list)):
        values = tuple(values[0])
    try:
        return tuple(operator.index(value) for value in values)
    except TypeError:
        raise TypeError(f"{name} expected integers, got {values!r}") from None


def index_part(i: Any) -> Any:
    """One part of an index: an int, a slice, … or None as it is; lists and arrays as NumPy arrays; or TypeError."""
    if i is None or i is Ellipsis or isinstance(i, slice) or (isinstance(i, int) and not isinstance(i, bool)):
        return i
    if not isinstance(i, (bool, ArrayProtocol)) and (isinstance(i, (list, np.generic)) or is_array(i)):
        array = to_host(i) if is_array(i) else np.asarray(i)
        if array.dtype.kind in "iu" or (array.dtype.kind == "b" and array.ndim):
            return int(array) if array.ndim == 0 else array
    raise TypeError(f"expected integers, slices, …, None, or arrays of integers or booleans as index, got {i!r}")
