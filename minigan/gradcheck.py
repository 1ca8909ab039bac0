"""Is this derivative right?  Compare gradients, and gradients of gradients, with difference quotients."""

from collections.abc import Callable, Sequence

import numpy as np

from .arrays.backend import to_device
from .tensor import Tensor, grad

Function = Callable[..., Tensor]


class GradientError(AssertionError):
    """A derivative differs from its difference quotient by more than the tolerance."""


def check_gradients(
    f: Function,
    inputs: Sequence[np.ndarray],
    order: int = 2,
    step: float = 1e-3,
    tolerance: float = 1e-8,
    device: str = "cpu",
    seed: int = 0,
) -> None:
    """Raise GradientError unless the derivatives of `f` at `inputs` are right, every element, up to `order`.

    `inputs` are float64 arrays.  With a random v of the output's shape, drawn from `seed`, ∂⟨v, f⟩/∂x is compared with
    the five-point quotient (f(x−2h) − 8f(x−h) + 8f(x+h) − f(x+2h)) / 12h, whose own error is of order h⁴: with
    h = 10⁻³ about 10⁻¹¹.  The second order applies the same check to (x, v) ↦ ∂⟨v, f⟩/∂x.  If f is not smooth
    within 2h of the inputs (ReLU near 0), it cannot be checked there.  `step` is h; `tolerance` is the largest error,
    relative to 1 + the largest quotient.  Raises TypeError if an input is not float64, ValueError for another order.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import check_gradients, ops
    >>> check_gradients(ops.tanh, [np.array([-0.5, 0.0, 2.0])])  # is right: nothing happens
    """
    rng = np.random.default_rng(seed)
    for x in inputs:
        if np.asarray(x).dtype != np.float64:
            raise TypeError(f"check_gradients expected float64 inputs, got {np.asarray(x).dtype}")
    y = f(*(Tensor(to_device(x, device)) for x in inputs))
    v = rng.normal(size=y.shape)
    _check_first(f, inputs, v, step, tolerance, device, order_name="first")
    if order == 2:
        _check_second(f, inputs, v, rng, step, tolerance, device)
    elif order != 1:
        raise ValueError(f"check_gradients expected order 1 or 2, got {order}")


def _check_second(
    f: Function, inputs: Sequence[np.ndarray], v: np.ndarray, rng: np.random.Generator, step: float, tolerance: float,
    device: str,
) -> None:  # fmt: skip
    """Check the gradient with respect to each input in turn, as a function of all inputs and of v."""
    for i in range(len(inputs)):

        def gradient(*arguments: Tensor, i: int = i) -> Tensor:
            *xs, weights = arguments
            # The input must require a gradient, so that it is part of the graph, also while quotients are computed.
            wanted = xs[i] if xs[i].requires_grad else Tensor(xs[i].data, requires_grad=True)
            xs[i] = wanted
            # The quotients compute the gradient as training does, without recording: so a fused op's own gradient is
            # compared with that of its definition.
            (result,) = grad(f(*xs), [wanted], weights, create_graph=weights.requires_grad)
            return result

        _check_first(gradient, [*inputs, v], rng.normal(size=inputs[i].shape), step, tolerance, device, "second")


def _check_first(
    f: Function,
    inputs: Sequence[np.ndarray],
    v: np.ndarray,
    step: float,
    tolerance: float,
    device: str,
    order_name: str,
) -> None:
    tensors = [Tensor(to_device(x, device), requires_grad=True) for x in inputs]
    y = f(*tensors)
    found = [np.zeros(x.shape) for x in inputs]
    if y.requires_grad:
        y.backward(Tensor(to_device(v, device)))
        found = [np.zeros(x.shape) if t.grad is None else t.grad.numpy() for x, t in zip(inputs, tensors)]

    for i, x in enumerate(inputs):
        expected = _quotients(f, inputs, i, v, step, device)
        allowed = tolerance * (1.0 + np.abs(expected).max(initial=0.0))
        wrong = ~(np.abs(found[i] - expected) <= allowed)  # also where either is not finite
        if wrong.any():
            at = tuple(int(k) for k in np.argwhere(wrong)[0])
            raise GradientError(
                f"{order_name} derivative by input {i} of shape {x.shape}: {int(wrong.sum())} of {x.size} wrong; "
                f"at {at} expected {expected[at]:.10g}, got {found[i][at]:.10g}"
            )


def _quotients(
    f: Function, inputs: Sequence[np.ndarray], i: int, v: np.ndarray, step: float, device: str
) -> np.ndarray:
    """The difference quotients of ⟨v, f⟩ with respect to every element of input i."""
    x = np.array(inputs[i])  # its elements are changed one at a time, then restored
    others = [Tensor(to_device(a, device)) for a in inputs]
    result = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        centre, total = x[at], 0.0
        for weight, distance in ((1, -2), (-8, -1), (8, 1), (-1, 2)):
            x[at] = centre + distance * step
            others[i] = Tensor(to_device(x.copy(), device))
            total += weight * float((f(*others).numpy() * v).sum())
        x[at] = centre
        result[at] = total / (12 * step)
    return result
