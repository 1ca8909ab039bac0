"""What Python and NumPy ask of an object that holds numbers: comparing, converting, iterating, printing.

`ArrayProtocol` is the base of Tensor and knows nothing of gradients.  Comparisons give arrays of booleans; NumPy's own
functions take a Tensor, and where an op here computes the same (`NUMPY_FUNCTIONS`, filled by `ops/methods.py`), it is
that op, so that the result can be differentiated; all others take the values and return what they return for arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays.backend import Array, to_host
from .graph import recording

if TYPE_CHECKING:
    from typing_extensions import Self

NUMPY_FUNCTIONS: dict[Callable, Callable] = {}  # a function of NumPy → the op that computes it


class ArrayProtocol:
    """Comparisons, conversions, `+=`, and NumPy's functions, for a class with `data`, an array."""

    __slots__ = ()
    __hash__ = object.__hash__  # a Tensor is a key by its identity, although == compares values
    data: Any
    creator: Any
    requires_grad: Any

    if TYPE_CHECKING:  # methods that are ops, given to Tensor by `ops/methods.py`
        T: Self

        def __abs__(self) -> Self: ...
        def abs(self) -> Self: ...
        def clip(self, low: Any = None, high: Any = None) -> Self: ...
        def exp(self) -> Self: ...
        def flatten(self) -> Self: ...
        def log(self) -> Self: ...
        def max(self, axis: Any = None, keepdims: bool = False) -> Self: ...
        def min(self, axis: Any = None, keepdims: bool = False) -> Self: ...
        def relu(self) -> Self: ...
        def sigmoid(self) -> Self: ...
        def sqrt(self) -> Self: ...
        def squeeze(self, axis: Any = None) -> Self: ...
        def tanh(self) -> Self: ...
        def var(self, axis: Any = None, keepdims: bool = False) -> Self: ...

    # -- comparing --------------------------------------------------------------------------------------------------

    def __lt__(self, other: Any) -> Array:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> Array:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> Array:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> Array:
        return _compare(operator.ge, self, other)

    def __eq__(self, other: Any) -> Array:  # like NumPy, an array and not a bool
        return _compare(operator.eq, self, other)

    def __ne__(self, other: Any) -> Array:
        return _compare(operator.ne, self, other)

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    # -- as Python's own numbers and sequences ----------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(
            self._one_value("whether it is true", "a comparison such as (t > 0) gives an array: .any() or .all()")
        )

    def __float__(self) -> float:
        return float(self._one_value("a number"))

    def __int__(self) -> int:
        return int(self._one_value("a number"))

    def __format__(self, spec: str) -> str:
        return format(self._one_value(f"a number to print as {spec!r}"), spec) if spec else str(self)

    def _one_value(self, what: str, hint: str = "reduce it, for example with .mean()") -> Any:
        if self.data.size != 1:
            raise ValueError(f"expected a Tensor of size 1 for {what}, got shape {self.data.shape}; {hint}")
        return to_host(self.data).item()

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("a Tensor of shape () has no length and cannot be iterated over; its value is .item()")
        return self.data.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))  # type: ignore[index]  # indexing is Tensor's

    def tolist(self) -> Any:
        """The values as Python numbers, in lists as deep as there are axes."""
        return to_host(self.data).tolist()

    def argmax(self, axis: int | None = None) -> Array:
        """The index of the largest value (the first of equal ones), along an axis or of the flattened array."""
        return self.data.argmax(axis)

    def argmin(self, axis: int | None = None) -> Array:
        """The index of the smallest value, likewise."""
        return self.data.argmin(axis)

    # -- in place ---------------------------------------------------------------------------------------------------

    def __iadd__(self, other: Any) -> Any:
        return self._in_place(operator.add, operator.iadd, other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place(operator.sub, operator.isub, other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place(operator.mul, operator.imul, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place(operator.truediv, operator.itruediv, other)

    def _in_place(self, compute: Callable, change: Callable, other: Any) -> Any:
        """A Tensor with history, or beside one, becomes a new Tensor; a leaf changes in place, if nothing is recorded.

        RuntimeError for a leaf that requires a gradient while operations are recorded: its name alone would change.
        """
        if self.creator is not None or (recording() and not self.requires_grad and isinstance(other, ArrayProtocol)):
            return compute(self, other)
        if recording() and self.requires_grad:
            raise RuntimeError(
                f"{type(self).__name__} expected no change in place while operations are recorded, because this would "
                "make a new Tensor and leave the parameter as it was; write it within `with no_grad():`"
            )
        self.data = change(self.data, getattr(other, "data", other) if isinstance(other, ArrayProtocol) else other)
        return self

    # -- as NumPy's arrays ------------------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(to_host(self.data), dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Callable, method: str, *inputs: Any, **settings: Any) -> Any:
        if method == "__call__" and not settings and ufunc in NUMPY_FUNCTIONS:
            return NUMPY_FUNCTIONS[ufunc](*inputs)
        return getattr(ufunc, method)(*_values(inputs), **settings)

    def __array_function__(self, function: Callable, types: Any, inputs: tuple, settings: dict) -> Any:
        if function in NUMPY_FUNCTIONS:
            return NUMPY_FUNCTIONS[function](*inputs, **settings)
        return function(*_values(inputs), **_values(settings))


def _compare(comparison: Callable, a: Any, b: Any) -> Array:
    """Element by element, an array of booleans; NotImplemented for what is no number, so that == None is False."""
    if b is None or isinstance(b, (str, dict, set)):
        return NotImplemented
    return comparison(a.data, b.data if isinstance(b, ArrayProtocol) else b)


def _values(x: Any) -> Any:
    """The same arguments, in which every Tensor is a NumPy array."""
    if isinstance(x, ArrayProtocol):
        return to_host(x.data)
    if isinstance(x, (list, tuple)):
        return type(x)(_values(item) for item in x)
    return {key: _values(item) for key, item in x.items()} if isinstance(x, dict) else x
