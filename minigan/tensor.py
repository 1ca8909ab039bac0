"""`Tensor`, `Op`, and the arithmetic behind Tensor's own operators.

Each op is a class; an instance is a node of the graph.  Its docstring is the formula, `forward` takes arrays and
returns one array, `backward` takes and returns Tensors, so that it can be differentiated again.
"""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .array_protocol import ArrayProtocol
from .arrays.backend import Array, device_of, is_array, kernel, namespace, to_device, to_host
from .graph import Step, backward_steps, leading_to, next_serial, recording, source
from .inputs import as_floats, float_type, index_part, ints

Value = Any  # a Tensor, an array or a number: what an operator takes beside a Tensor
Axis = int | Sequence[int] | None  # one axis, several, or all
Gradients = tuple["Tensor | None", ...]  # one for each input, None where it is not needed


class Op:
    """A differentiable operation; called once on its inputs, it becomes a node of the graph.

    `keeps` names the attributes in which `forward` stores what `backward` will use; they are cleared after the node's
    backward pass.  `reads_inputs` says whether `backward` depends on the values of the inputs: then a pass is refused
    if they were changed since.  `needs[i]` says whether the gradient of input i is needed; where it is False,
    `backward` returns None, and where it is True, None means zero.  Inputs are Tensors, arrays or Python numbers (both
    are constants without a gradient), Tensors and arrays all of one dtype.

    Raises, when it is called, TypeError if the inputs differ in dtype or are something else, and RuntimeError if it has
    been called before.

    Examples
    --------
    >>> from minigan import Op, Tensor
    >>> class Double(Op):
    ...     "y = x + x        ∂L/∂x = ∂L/∂y + ∂L/∂y"
    ...     def forward(self, x):
    ...         return x + x
    ...     def backward(self, grad):
    ...         return grad + grad
    >>> Double()(Tensor([1.0, 3.0], requires_grad=True))
    Tensor([2. 6.], shape=(2,), dtype=float32, creator=Double)
    """

    keeps: tuple[str, ...] = ()
    reads_inputs = True
    inputs: tuple = ()
    versions: tuple[int, ...] = ()  # of the inputs, when `forward` read them
    needs: tuple[bool, ...] = ()
    serial = -1  # -1 until called
    spent = False

    def forward(self, *arrays: Any, **_: Any) -> Array:  # declared so, a subclass may take what it needs
        """The output array, computed from the array (or number) of each input."""
        raise NotImplementedError

    def backward(self, grad: Tensor) -> Tensor | Gradients:
        """∂L/∂input for each input (a tuple, or one Tensor for a single input), computed from `grad` = ∂L/∂output."""
        raise NotImplementedError

    def __call__(self, *inputs: Tensor | float) -> Tensor:
        if self.serial >= 0:
            raise RuntimeError(f"{self!r} has been called already; an op is one node of the graph: make a new one")
        inputs = tuple(x if isinstance(x, (Tensor, int, float)) else self._constant(x) for x in inputs)
        tensors = [x for x in inputs if isinstance(x, Tensor)]
        if any(x.dtype != tensors[0].dtype for x in tensors):
            dtypes = ", ".join(str(x.dtype) for x in tensors)
            raise TypeError(f"{self!r} expected inputs of one dtype, got {dtypes}; convert with astype")
        self.serial = next_serial()
        self.needs = tuple(recording() and isinstance(x, Tensor) and x.requires_grad for x in inputs)
        output = Tensor(self.forward(*(x.data if isinstance(x, Tensor) else x for x in inputs)))
        if any(self.needs):
            self.inputs = inputs
            self.versions = tuple(x.version if isinstance(x, Tensor) else 0 for x in inputs)
            output._record(self)
        return output

    def _constant(self, x: Any) -> Tensor:
        """An array among the inputs, as a Tensor."""
        check_tensors(type(self).__name__, x)
        return Tensor(x)

    def result(self, kept: Array) -> Tensor:
        """The output Tensor, rebuilt from the kept array (to keep the Tensor itself would be a reference cycle)."""
        output = Tensor(kept)
        if any(self.needs):
            output._record(self)
        return output

    def release(self) -> None:
        """Drop the inputs and all that was kept; after this, the node cannot take part in a backward pass."""
        self.inputs, self.spent = (), True
        for name in self.keeps:
            setattr(self, name, None)

    def __repr__(self) -> str:
        hidden = {"inputs", "needs", "serial", "spent", "versions", *self.keeps}
        settings = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v is not None and k not in hidden)
        return f"{type(self).__name__}({settings})"


class Fused(Op):
    """An op that computes in one step, for speed, what several simpler ops could; its gradient is derived by hand.

    `definition` is the same function composed of simpler ops.  Tests compare `forward` and `gradient` with it, and it
    is what gets differentiated when a gradient of a gradient is asked for.
    """

    def definition(self, *inputs: Any, **_: Any) -> Tensor:
        """The same function, of Tensors, in simpler ops."""
        raise NotImplementedError

    def gradient(self, grad: Array) -> tuple[Array | None, ...]:
        """∂L/∂input for each input, None where it is not needed, from `grad` = ∂L/∂output; all are arrays."""
        raise NotImplementedError

    def backward(self, gradient_in: Tensor) -> Gradients:
        if not recording():
            return tuple(None if g is None else Tensor(g) for g in self.gradient(gradient_in.data))
        # A reshape to the same shape gives each input its own node: one input may depend on another, and what is
        # wanted is the partial derivative with respect to each.
        inputs = [x.reshape(x.shape) if isinstance(x, Tensor) else x for x in self.inputs]
        wanted = [x for x, need in zip(inputs, self.needs) if need]
        found = iter(grad(self.definition(*inputs), wanted, gradient_in, create_graph=True))
        return tuple(next(found) if need else None for need in self.needs)


class Tensor(ArrayProtocol):
    """An array that remembers how it was computed.

    `data` is the array, float32 or float64 (integers, booleans and lists become float32), `grad` the gradient that a
    leaf has collected (a Tensor or None), `creator` the Op that computed it (None for a leaf).  `version` counts how
    often `data` was assigned, changed by `+=` and the like, or by an optimiser.  The Tensor shares the memory of an
    array that it is given.  `shape`, `ndim`, `size`, `dtype` and `device` are those of `data`.

    The operators + − * / ** @ and indexing work as on NumPy arrays, take a Tensor, an array or a number on the other
    side, and are recorded where a Tensor with `requires_grad` is involved.  @ takes (…, n, k) and (…, k, m).

    Raises TypeError if `data` is a Tensor, or holds anything but real numbers, or if `requires_grad` is no bool; an
    operator, TypeError for what is no number, and ValueError for shapes that do not fit.  Setting `requires_grad` to
    False raises RuntimeError unless the Tensor is a leaf.

    Examples
    --------
    >>> from minigan import Tensor
    >>> x = Tensor([[1, 2], [3, 4]])
    >>> x @ x
    Tensor([[ 7. 10.]
            [15. 22.]], shape=(2, 2), dtype=float32)
    >>> x.mean(axis=0)
    Tensor([2. 3.], shape=(2,), dtype=float32)
    """

    __slots__ = ("__weakref__", "_data", "_requires_grad", "creator", "grad", "version")

    def __init__(self, data: Any, requires_grad: bool = False):
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad expected True or False, got {requires_grad!r}; values go in one list")
        self._data: Array = as_floats(data)
        self._requires_grad = requires_grad
        self.grad: Tensor | None = None
        self.creator: Op | None = None
        self.version = 0

    def _set_data(self, data: Any) -> None:
        self._data = as_floats(data)
        self.version += 1

    def _set_requires_grad(self, value: bool) -> None:
        if self.creator is not None and not value:
            raise RuntimeError(
                "requires_grad can be changed for a leaf only: this Tensor was computed, and a part of the gradient "
                "would get lost; use .detach() for one without history"
            )
        self._requires_grad = value

    def _record(self, creator: Op) -> None:
        self.creator, self._requires_grad = creator, True

    data = property(operator.attrgetter("_data"), _set_data)
    requires_grad = property(operator.attrgetter("_requires_grad"), _set_requires_grad)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    dtype = property(lambda self: self.data.dtype)
    device = property(lambda self: device_of(self.data))

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.data.shape

    def __repr__(self) -> str:
        made = f", creator={type(self.creator).__name__}" if self.creator is not None else ""
        values = np.array2string(self.numpy(), prefix="Tensor(", precision=4, threshold=100)
        return f"Tensor({values}, shape={self.shape}, dtype={self.dtype}{made})"

    # -- in and out -------------------------------------------------------------------------------------------------

    def numpy(self) -> np.ndarray:
        """The values as a NumPy array on the host."""
        return to_host(self.data)

    def item(self) -> float:
        """The one value of a Tensor of size 1, as a Python number.  Raises ValueError for another size."""
        if self.size != 1:
            raise ValueError(f"expected a Tensor of size 1, got shape {self.shape}")
        return self.numpy().item()

    def detach(self) -> Tensor:
        """The same values without history: no gradient flows through it."""
        return Tensor(self.data)

    def to(self, device: str) -> Tensor:
        """A leaf with the same values on `device`; for leaves only, because the result has no history.

        Raises RuntimeError if this Tensor was computed from others that require a gradient, and DeviceError if there is
        no such device.
        """
        self._must_be_leaf("to")
        return Tensor(to_device(self.numpy(), device), self.requires_grad)

    def astype(self, dtype: Any) -> Tensor:
        """A leaf with the same values as float32 or float64; for leaves only, for the same reason.

        Raises RuntimeError as `to` does, and TypeError for another dtype.
        """
        self._must_be_leaf("astype")
        return Tensor(self.data.astype(float_type(dtype)), self.requires_grad)

    def _must_be_leaf(self, name: str) -> None:
        if self.creator is not None:
            raise RuntimeError(f"{name} would cut this Tensor off from its history; convert the inputs, or detach")

    # -- the backward pass ------------------------------------------------------------------------------------------

    def steps(self, grad: Tensor | None = None, retain_graph: bool = False) -> Iterator[Step]:
        """The backward pass, one node at a time; each Step shows ∂L/∂output and ∂L/∂inputs of its node.

        `grad` is ∂L/∂self; by default 1, which needs a Tensor of size 1.  Leaves add their gradient to `.grad`.  The
        graph is freed on the way, unless `retain_graph`.
        Raises ValueError if a shape does not fit, TypeError if `grad` is no Tensor of this dtype, and RuntimeError if
        there is nothing to differentiate, an earlier backward pass has freed the graph, or a Tensor whose values are
        needed was changed after it was used.

        Examples
        --------
        >>> from minigan import Tensor
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> for step in x.log().sum().steps():
        ...     print(step)
        Reshape(shape=()): ∂L/∂output () → ∂L/∂inputs (1,)
        SumTo(shape=(1,)): ∂L/∂output (1,) → ∂L/∂inputs (2,)
        Log(): ∂L/∂output (2,) → ∂L/∂inputs (2,)
        """
        return backward_steps(self, self._seed(grad), retain_graph=retain_graph)

    def backward(self, grad: Tensor | None = None, retain_graph: bool = False) -> None:
        """The whole backward pass: all of `steps()`.  Raises what `steps` raises.

        Examples
        --------
        >>> from minigan import Tensor
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> x.log().sum().backward()
        >>> x.grad
        Tensor([1.  0.5], shape=(2,), dtype=float32)
        """
        deque(self.steps(grad, retain_graph), maxlen=0)

    def _seed(self, grad: Tensor | None) -> Tensor:
        if not self.requires_grad:
            raise RuntimeError("nothing to differentiate: this Tensor depends on no Tensor with requires_grad=True")
        if grad is None:
            if self.size != 1:
                raise ValueError(f"expected a loss of size 1, got shape {self.shape}; reduce it, or pass grad=")
            return Tensor(namespace(self.data).ones_like(self.data))
        if not isinstance(grad, Tensor) or grad.dtype != self.dtype:
            got = grad.dtype if isinstance(grad, Tensor) else type(grad).__name__
            raise TypeError(f"expected grad to be a Tensor of {self.dtype}, got {got}")
        if grad.shape != self.shape:
            raise ValueError(f"expected a gradient of shape {self.shape}, got {grad.shape}")
        return grad

    # -- arithmetic -------------------------------------------------------------------------------------------------

    def __add__(self, other: Value) -> Tensor:
        return Add()(self, operand(other, self))

    def __radd__(self, other: Value) -> Tensor:
        return Add()(operand(other, self), self)

    def __sub__(self, other: Value) -> Tensor:
        return Subtract()(self, operand(other, self))

    def __rsub__(self, other: Value) -> Tensor:
        return Subtract()(operand(other, self), self)

    def __mul__(self, other: Value) -> Tensor:
        return Multiply()(self, operand(other, self))

    def __rmul__(self, other: Value) -> Tensor:
        return Multiply()(operand(other, self), self)

    def __truediv__(self, other: Value) -> Tensor:
        return Divide()(self, operand(other, self))

    def __rtruediv__(self, other: Value) -> Tensor:
        return Divide()(operand(other, self), self)

    def __neg__(self) -> Tensor:
        return self * -1.0

    def __pow__(self, exponent: Value) -> Tensor:
        if isinstance(exponent := operand(exponent, self), Tensor):
            return PowerOf()(self, exponent)
        return Power(exponent)(self)

    def __rpow__(self, base: Value) -> Tensor:
        base = operand(base, self)
        if not isinstance(base, Tensor):
            base = Tensor(namespace(self.data).asarray(base, dtype=self.dtype))
        return PowerOf()(base, self)

    def __matmul__(self, other: Value) -> Tensor:
        return MatMul()(self, operand(other, self))

    def __rmatmul__(self, other: Value) -> Tensor:
        return MatMul()(operand(other, self), self)

    def __getitem__(self, index: Any) -> Tensor:
        return Slice(index)(self)

    # -- shape and reduction ----------------------------------------------------------------------------------------

    def reshape(self, *shape: Any) -> Tensor:
        """The same values, in C order, in another shape, given as ints or one tuple or list; one axis may be -1.

        Its length follows from the others.  Raises ValueError if the shape is not one for so many values, TypeError if
        it is not of integers.
        """
        shape = ints("reshape", shape)
        rest = math.prod(n for n in shape if n != -1)
        if shape.count(-1) > 1 or min(shape, default=1) < -1:
            raise ValueError(f"reshape expected lengths of axes, of which one may be -1, got {shape}")
        if self.size % rest if -1 in shape and rest else self.size != rest:
            raise ValueError(f"reshape expected a shape for the {self.size} values of shape {self.shape}, got {shape}")
        return Reshape(shape)(self)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, given as ints or one tuple or list; reversed if none are given.

        Raises ValueError unless each axis is given once, TypeError for what is no integer.
        """
        order = ints("transpose", axes) or tuple(range(self.ndim))[::-1]
        if sorted(a % self.ndim if -self.ndim <= a < self.ndim else -1 for a in order) != list(range(self.ndim)):
            raise ValueError(
                f"transpose expected all {self.ndim} axes of shape {self.shape} in some order, got {order}"
            )
        return Transpose(order)(self)

    def broadcast_to(self, shape: tuple[int, ...]) -> Tensor:
        """Repeated along new axes and axes of length 1, as NumPy broadcasts.

        Raises ValueError if it cannot be repeated to this shape, TypeError if the shape is not of integers.
        """
        shape = ints("broadcast_to", (shape,))
        pairs = zip(shape[::-1], self.shape[::-1])
        if len(shape) < self.ndim or any(n not in (1, m) for m, n in pairs):
            raise ValueError(f"broadcast_to expected a shape that {self.shape} can be repeated to, got {shape}")
        return self if shape == self.shape else BroadcastTo(shape)(self)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over an axis, several (a tuple), or all (None).

        These axes are left out of the shape or, with `keepdims`, get the length 1.  Raises ValueError if there is no
        such axis, or if one is given twice.
        """
        axes = axes_of(self, axis)
        kept = tuple(1 if i in axes else n for i, n in enumerate(self.shape))
        total = SumTo(kept)(self)
        return total if keepdims else total.reshape(tuple(n for i, n in enumerate(self.shape) if i not in axes))

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Arithmetic mean over an axis, several (a tuple), or all (None); see `sum`.  The mean of nothing is nan."""
        count = math.prod(self.shape[i] for i in axes_of(self, axis))
        return self.sum(axis, keepdims) * (1 / count if count else math.nan)  # of nothing: not a number, as in NumPy


def grad(
    outputs: Tensor,
    inputs: Sequence[Tensor],
    grad_outputs: Tensor | None = None,
    create_graph: bool = False,
    retain_graph: bool = False,
    allow_unused: bool = False,
) -> list[Any]:
    """The gradients with respect to each of `inputs`; no `.grad` is changed.

    `grad_outputs` is ∂L/∂outputs (1 by default, for an output of size 1).  With `create_graph` the gradients can be
    differentiated again, and the graph is not freed, as it is not with `retain_graph`.  If `outputs` do not depend on
    an input, its gradient is None with `allow_unused`; without, RuntimeError is raised.

    Raises TypeError if `inputs` is one Tensor instead of a list, and otherwise what `Tensor.steps` raises: ValueError,
    TypeError or RuntimeError.

    Examples
    --------
    >>> from minigan import Tensor, grad
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (slope,) = grad(x.log().sum(), [x], create_graph=True)
    >>> slope
    Tensor([1.  0.5], shape=(2,), dtype=float32, creator=Divide)
    >>> grad(slope.sum(), [x])
    [Tensor([-1.   -0.25], shape=(2,), dtype=float32)]
    """
    if isinstance(inputs, Tensor):
        raise TypeError("grad expected a list of input Tensors, got one Tensor; write [x]")
    seed, wanted, found = outputs._seed(grad_outputs), {source(x) for x in inputs}, dict[Any, Tensor]()
    useful, reached = leading_to(wanted, outputs)
    steps = backward_steps(
        outputs, seed, wanted=wanted, useful=useful, found=found, create_graph=create_graph, retain_graph=retain_graph
    )
    deque(steps, maxlen=0)

    def of(i: int, x: Tensor) -> Tensor | None:
        if (key := source(x)) in found:
            return found[key]
        if key in reached:  # no gradient arrived: it is zero
            return Tensor(namespace(x.data).zeros_like(x.data))
        if allow_unused:
            return None
        raise RuntimeError(f"grad: the output does not depend on input {i} of shape {x.shape}; see allow_unused")

    return [of(i, x) for i, x in enumerate(inputs)]


def check_tensors(name: str, *values: Any) -> None:
    """TypeError unless all are Tensors (or arrays, which are constants)."""
    for x in values:
        if not isinstance(x, Tensor) and not is_array(x):
            raise TypeError(f"{name} expected Tensors, got {type(x).__name__}; make one with minigan.Tensor(...)")


def operand(value: Value, like: Tensor) -> Tensor | float:
    """`value` as an input of an op beside `like`: Tensors and numbers stay as they are, arrays become Tensors."""
    if isinstance(value, np.generic):
        value = value.item()  # a NumPy scalar would promote float32 to float64 (and np.float64 is a Python float)
    if isinstance(value, (Tensor, int, float)):
        return value
    if value is None or isinstance(value, (str, complex)):
        raise TypeError(f"expected a Tensor, an array or a real number, got {value!r}")
    return Tensor(namespace(like.data).asarray(as_floats(value), dtype=like.dtype))


def axes_of(x: Tensor, axis: Axis) -> tuple[int, ...]:
    """`axis` (None: all; negative: counted from the end) as a tuple of non-negative axes, or ValueError."""
    axes = tuple(range(x.ndim)) if axis is None else ints("axis", (axis,))
    for a in axes:
        if not -x.ndim <= a < x.ndim:
            raise ValueError(f"expected an axis from {-x.ndim} to {x.ndim - 1} for shape {x.shape}, got {a}")
    found = tuple(a % x.ndim for a in axes)
    if len(set(found)) < len(found):
        raise ValueError(f"expected each axis once, got {axes}")
    return found


def sum_to(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The gradient of broadcasting from `shape`: sum over the axes along which values were repeated."""
    return x if x.shape == shape else SumTo(shape)(x)


class Binary(Op):
    """An op of two inputs that broadcast.

    A subclass defines `grad_a` and `grad_b`, the gradients in the broadcast shape; `backward` sums each of them over
    the axes along which its input was repeated.
    """

    def grad_a(self, grad: Tensor, a: Any, b: Any) -> Tensor:
        """∂L/∂a in the shape of the output, or any that broadcasts to it, from `grad` = ∂L/∂output."""
        raise NotImplementedError

    def grad_b(self, grad: Tensor, a: Any, b: Any) -> Tensor:
        """∂L/∂b, likewise."""
        raise NotImplementedError

    def backward(self, grad: Tensor) -> Gradients:
        a, b = self.inputs
        return (
            sum_to(self.grad_a(grad, a, b), a.shape) if self.needs[0] else None,
            sum_to(self.grad_b(grad, a, b), b.shape) if self.needs[1] else None,
        )


class Add(Binary):
    """y = a + b        ∂L/∂a = ∂L/∂y,  ∂L/∂b = ∂L/∂y"""

    reads_inputs = False

    def forward(self, a: Array, b: Array) -> Array:
        return a + b

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad

    grad_b = grad_a


class Subtract(Binary):
    """y = a − b        ∂L/∂a = ∂L/∂y,  ∂L/∂b = −∂L/∂y"""

    reads_inputs = False

    def forward(self, a: Array, b: Array) -> Array:
        return a - b

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return -grad


class Multiply(Binary):
    """y = a · b        ∂L/∂a = b · ∂L/∂y,  ∂L/∂b = a · ∂L/∂y"""

    def forward(self, a: Array, b: Array) -> Array:
        return a * b

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * b

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * a


class Divide(Binary):
    """y = a / b        ∂L/∂a = ∂L/∂y / b,  ∂L/∂b = −(∂L/∂y · a/b) / b        (b² could overflow)"""

    def forward(self, a: Array, b: Array) -> Array:
        return a / b

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad / b

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return -(grad * (a / b)) / b


class Piecewise(Op):
    """y = an array that is constant between the jumps of a function of x        ∂L/∂x = 0

    So `backward` of |x| is a function of x too, and a second derivative is 0 rather than missing.
    """

    keeps = ("y",)
    reads_inputs = False

    def __init__(self, y: Array):
        self.y = y

    def forward(self, *_: Any) -> Array:
        return self.y

    def backward(self, grad: Tensor) -> Gradients:
        return (None,) * len(self.inputs)


class Power(Op):
    """y = xⁿ        ∂L/∂x = n xⁿ⁻¹ · ∂L/∂y        (n a Python number)"""

    def __init__(self, exponent: float):
        if isinstance(exponent, np.generic):
            exponent = exponent.item()  # as in `operand`
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"expected a Python number as exponent, got {type(exponent).__name__}; use exp and log")
        self.exponent = exponent

    def forward(self, x: Array) -> Array:
        return x**self.exponent

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.inputs
        if self.exponent == 0:  # constant, also at x = 0, where x⁻¹ is infinite
            return grad * 0.0
        return grad * (x ** (self.exponent - 1) * self.exponent)


class PowerOf(Binary):
    """y = aᵇ        ∂L/∂a = b aᵇ⁻¹ · ∂L/∂y,  ∂L/∂b = aᵇ ln a · ∂L/∂y        (a < 0 with whole b only)

    Where a = 0: ∂L/∂a = 0 for b = 0, and ∂L/∂b = 0 for b ≥ 0, their limits, which the formulas do not give.
    """

    def forward(self, a: Array, b: Array) -> Array:
        return a**b

    def grad_a(self, grad: Tensor, a: Tensor, b: Tensor) -> Tensor:
        constant = ((a.data == 0) & (b.data == 0)).astype(a.dtype)
        return grad * b * a ** (b - 1.0 + Tensor(constant))

    def grad_b(self, grad: Tensor, a: Tensor, b: Tensor) -> Tensor:
        constant = ((a.data == 0) & (b.data >= 0)).astype(a.dtype)
        return grad * a**b * (a + Tensor(constant)).log()


class MatMul(Binary):
    """y = a b        ∂L/∂a = ∂L/∂y bᵀ,  ∂L/∂b = aᵀ ∂L/∂y        (the last two axes; the others broadcast)"""

    def forward(self, a: Array, b: Array) -> Array:
        if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
            raise ValueError(f"matmul expected shapes (…, n, k) and (…, k, m), got {a.shape} and {b.shape}")
        run = kernel("product", a) if a.ndim == b.ndim == 2 else None
        return run(a, b) if run else a @ b

    def grad_a(self, grad: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return grad @ _swap(b)

    def grad_b(self, grad: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return _swap(a) @ grad


def _swap(x: Tensor) -> Tensor:
    return x.transpose(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)


class BroadcastTo(Op):
    """y = x repeated to a larger shape        ∂L/∂x = the sum of ∂L/∂y over the repeats"""

    reads_inputs = False

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x: Array) -> Array:
        return namespace(x).broadcast_to(x, self.shape)

    def backward(self, grad: Tensor) -> Tensor:
        return sum_to(grad, self.inputs[0].shape)


class SumTo(Op):
    """y = x summed to a smaller shape        ∂L/∂x = ∂L/∂y repeated (the transpose of BroadcastTo)"""

    reads_inputs = False

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x: Array) -> Array:
        new = x.ndim - len(self.shape)
        axes = tuple(range(new)) + tuple(i + new for i, n in enumerate(self.shape) if n == 1 and x.shape[i + new] != 1)
        return x.sum(axis=axes, keepdims=True).reshape(self.shape)

    def backward(self, grad: Tensor) -> Tensor:
        return grad.broadcast_to(self.inputs[0].shape)


class Reshape(Op):
    """y = the values of x, in C order, in another shape        ∂L/∂x = ∂L/∂y in the shape of x"""

    reads_inputs = False

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x: Array) -> Array:
        return x.reshape(self.shape)

    def backward(self, grad: Tensor) -> Tensor:
        return grad.reshape(self.inputs[0].shape)


class Transpose(Op):
    """y = x with its axes in another order        ∂L/∂x = ∂L/∂y with its axes put back"""

    reads_inputs = False

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes

    def forward(self, x: Array) -> Array:
        return x.transpose(self.axes)

    def backward(self, grad: Tensor) -> Tensor:
        n = len(self.axes)
        return grad.transpose(*sorted(range(n), key=lambda i: self.axes[i] % n))


class Slice(Op):
    """y = x[index]        ∂L/∂x = zeros, to which ∂L/∂y is added at [index]

    The index is what NumPy takes: integers, slices with steps, …, None, arrays of integers (gather) or of booleans.
    """

    reads_inputs = False

    def __init__(self, index: Any):
        self.index = tuple(index_part(i) for i in (index if isinstance(index, tuple) else (index,)))

    def forward(self, x: Array) -> Array:
        return x[_on_device(self.index, x)]

    def backward(self, grad: Tensor) -> Tensor:
        return PutAt(self.inputs[0].shape, self.index)(grad)


class PutAt(Op):
    """y = zeros, to which x is added at [index]        ∂L/∂x = ∂L/∂y[index]        (the transpose of Slice)"""

    reads_inputs = False

    def __init__(self, shape: tuple[int, ...], index: tuple):
        self.shape, self.index = shape, index

    def forward(self, x: Array) -> Array:
        xp, index = namespace(x), _on_device(self.index, x)
        y = xp.zeros(self.shape, x.dtype)
        if any(isinstance(i, np.ndarray) for i in self.index):
            xp.add.at(y, index, x)  # an element may be chosen twice
        else:
            y[index] = x
        return y

    def backward(self, grad: Tensor) -> Tensor:
        return grad[self.index]


def _on_device(index: tuple, x: Array) -> tuple:
    device = device_of(x)
    return tuple(to_device(i, device) if isinstance(i, np.ndarray) else i for i in index)
