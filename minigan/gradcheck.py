"""Is this derivative right?  Every gradient against a difference quotient, and the gradient's own gradient too."""

from collections.abc import Callable, Sequence

import numpy as np

from .arrays.backend import to_device
from .tensor import Tensor, grad

Function = Callable[..., Tensor]


class GradientError(AssertionError):
    """A derivative disagrees with its difference quotient."""


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

    `inputs` are float64 arrays.  The output is contracted with a fixed random v, and ∂⟨v, f⟩/∂x is compared with
    the five-point quotient (f(x−2h) − 8f(x−h) + 8f(x+h) − f(x+2h)) / 12h, whose own error is of order h⁴: with
    h = 10⁻³ about 10⁻¹¹.  The second order applies the same check to (x, v) ↦ ∂⟨v, f⟩/∂x.  An f that is not smooth
    within 2h of the inputs (a kink) cannot be checked there.
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


def _check_second(f, inputs, v, rng, step, tolerance, device):
    """Check the gradient function of one input at a time, as a function of all inputs and of v."""
    for i in range(len(inputs)):

        def gradient(*arguments, i=i):
            *xs, weights = arguments
            # A reshape gives the input a place in the history, also when nothing asks for its gradient.
            wanted = xs[i] if xs[i].requires_grad else Tensor(xs[i].data, requires_grad=True)
            xs[i] = wanted
            # The quotients take the gradient as training does, unrecorded: a fused op's own gradient is then held
            # against that of its definition.
            (result,) = grad(f(*xs), [wanted], weights, create_graph=weights.requires_grad)
            return result

        _check_first(gradient, [*inputs, v], rng.normal(size=inputs[i].shape), step, tolerance, device, "second")


def _check_first(f, inputs, v, step, tolerance, device, order_name):
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


def _quotients(f, inputs, i, v, step, device):
    """The difference quotient of ⟨v, f⟩ by every element of input i."""
    x = np.array(inputs[i])  # moved element by element, and put back
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
