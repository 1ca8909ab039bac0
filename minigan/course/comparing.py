"""Comparing what a submission gave with what is right, and saying where they differ."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor, grad
from .asking import Answer, Ask, Wrong

Function = Callable[..., Tensor]  # of Tensors
Arrays = Mapping[str, np.ndarray]
DIRECTIONS = 6  # in which a gradient is compared with difference quotients
STEP = 1e-3  # h of the five-point quotients: (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12h
PLACES, WEIGHTS = (-2, -1, 1, 2), np.array([1.0, -8.0, 8.0, -1.0]) / (12 * STEP)


def compare(what: str, found: np.ndarray, expected: np.ndarray, tolerance: float = 1e-9) -> None:
    """Raise `Wrong`, with the first value that differs, unless the arrays are equal up to the tolerance.

    The tolerance is relative to 1 + the largest expected value.
    """
    if found.shape != expected.shape:
        raise Wrong(f"{what}: expected shape {expected.shape}, got {found.shape}")
    if found.dtype.kind != expected.dtype.kind:
        raise Wrong(f"{what}: expected {expected.dtype}, got {found.dtype}")
    wrong = found != expected
    if expected.dtype.kind == "f":
        allowed = tolerance * (1.0 + np.abs(expected).max(initial=0.0))
        with np.errstate(invalid="ignore", over="ignore"):
            wrong &= ~(np.abs(found - expected.astype(found.dtype)) <= allowed)  # also where one is not a number
    if wrong.any():
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        count = "" if found.size == 1 else f" ({int(wrong.sum())} of {found.size} values differ)"
        place = f" at {list(at)}" if at else ""
        raise Wrong(f"{what}{place}: expected {expected[at]:.6g}, got {found[at]:.6g}{count}")


def shapes(arrays: Arrays) -> str:
    """ "x (2, 7, 5, 3), w (3, 3, 3, 4)": what was asked."""
    return ", ".join(f"{name} {x.shape}" for name, x in arrays.items())


def hold_value(
    ask: Ask, reference: Function, inputs: Arrays, settings: Mapping[str, Any], name: str, tolerance: float = 1e-9
) -> Answer:
    """The submission's function `settings["f"]` gives what the reference gives."""
    answer = ask("value", settings, **inputs)
    asked = f"{name} of {shapes(inputs)}"
    compare(asked, answer["y"], reference(*map(Tensor, inputs.values())).numpy(), tolerance)
    return answer


def hold_gradient(
    ask: Ask, reference: Function, inputs: Arrays, settings: Mapping[str, Any], name: str, rng: np.random.Generator,
    by: Sequence[str], tolerance: float = 1e-7,
) -> None:  # fmt: skip
    """The gradients of ⟨v, f⟩ by the inputs named in `by` are right, for a random v of the output's shape.

    If the submission's values are wrong, they are held against difference quotients of these values: a mistake in the
    value costs no points of the gradient.
    """
    tensors = {key: Tensor(x, requires_grad=key in by) for key, x in inputs.items()}
    y = reference(*tensors.values())
    v = rng.normal(size=y.shape)
    asked = f"{name} of {shapes(inputs)}"
    own = ask("value", settings, **inputs)["y"]
    if own.shape != y.shape:
        raise Wrong(f"{asked}: expected shape {y.shape}, got {own.shape}; its gradient cannot be compared")
    answer = ask("gradient", {**settings, "by": list(by)}, v=v, **inputs)
    right_value = bool(np.allclose(own, y.data, rtol=1e-6, atol=1e-9))
    expected = grad(y, [tensors[key] for key in by], Tensor(v), allow_unused=True) if right_value else [None] * len(by)
    for key, right in zip(by, expected):
        what = f"∂L/∂{key}, {asked}"
        if f"d_{key}" not in answer:
            raise Wrong(f"{what}: no gradient arrived at {key}")
        found = answer[f"d_{key}"]
        if right_value:
            zeros = np.zeros(inputs[key].shape)
            compare(what, found, zeros if right is None else right.numpy(), tolerance)
        else:
            _hold_by_quotients(ask, inputs, settings, key, v, found, what, rng)


def _hold_by_quotients(
    ask: Ask, inputs: Arrays, settings: Mapping[str, Any], key: str, v: np.ndarray, found: np.ndarray, what: str,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """⟨∂L/∂x, d⟩ = (L(x − 2hd) − 8 L(x − hd) + 8 L(x + hd) − L(x + 2hd)) / 12h for random directions d."""
    x = inputs[key]
    if found.shape != x.shape:
        raise Wrong(f"{what}: expected shape {x.shape}, got {found.shape}")
    directions = rng.normal(size=(DIRECTIONS, *x.shape))
    many = np.stack([x + distance * STEP * d for d in directions for distance in PLACES])
    rest = {name: value for name, value in inputs.items() if name != key}
    ys = ask("values", {**settings, "varied": key, "order": list(inputs)}, many=many, **rest)["ys"]
    if ys.shape != (len(many), *v.shape):
        raise Wrong(f"{what}: expected values of shape {v.shape}, got {ys.shape[1:]}")
    losses = (ys * v).reshape(DIRECTIONS, 4, -1).sum(2)
    quotients = losses @ WEIGHTS
    if not quotients.any():  # a gradient of 0 would agree
        raise Wrong(f"{what}: your own values do not change with {key}, so there is no gradient to compare")
    slopes = (directions * found).reshape(DIRECTIONS, -1).sum(1)
    allowed = 1e-6 * (1.0 + np.abs(quotients).max())
    wrong = ~(np.abs(slopes - quotients) <= allowed)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise Wrong(
            f"{what}: in a random direction, your own values change by {quotients[i]:.6g}, "
            f"your gradient says {slopes[i]:.6g}"
        )


def holds(check: Callable[..., object], *arguments: Any, **settings: Any) -> bool:
    """Whether a check finds nothing wrong: what is wrong in a simple case already is not asked in a harder one."""
    try:
        check(*arguments, **settings)
    except Wrong:
        return False
    return True


def own_quotients(ask: Ask, inputs: Arrays, settings: Mapping[str, Any], by: str, v: np.ndarray) -> np.ndarray:
    """For each element of an input, the difference quotient of L = ⟨v, f⟩, by the submission's own values:

    (L(x − 2h) − 8 L(x − h) + 8 L(x + h) − L(x + 2h)) / 12h.
    """
    x = inputs[by]
    steps = STEP * np.eye(x.size).reshape(x.size, *x.shape)
    many = np.concatenate([x + distance * steps for distance in PLACES])
    rest = {name: value for name, value in inputs.items() if name != by}
    ys = ask("values", {**settings, "varied": by, "order": list(inputs)}, many=many, **rest)["ys"]
    losses = (ys * v).reshape(4, x.size, -1).sum(2)
    quotients: np.ndarray = WEIGHTS @ losses
    return quotients.reshape(x.shape)


def hold_second(
    ask: Ask, inputs: Arrays, settings: Mapping[str, Any], name: str, rng: np.random.Generator, tolerance: float = 1e-6
) -> None:
    """The gradients of the submission's gradients, by all inputs and by v, are those of its own gradients.

    With the gradients gᵢ of ⟨v, f⟩ and random uᵢ, Σ ⟨uᵢ, gᵢ⟩ is a number that depends on the inputs and on v; in random
    directions, its gradient is held against difference quotients.
    """
    y = ask("value", settings, **inputs)["y"]
    points = {**inputs, "v": rng.normal(size=y.shape)}
    us = {key: rng.normal(size=x.shape) for key, x in inputs.items()}
    found = ask("second", settings, **points, **{f"u_{key}": u for key, u in us.items()})

    def total(along: Arrays, distance: float) -> float:
        moved = {key: x + distance * STEP * along[key] for key, x in points.items()}
        answer = ask("gradient", {**settings, "by": list(inputs)}, **moved)
        return float(sum((u * answer[f"d_{key}"]).sum() for key, u in us.items()))

    for _ in range(2):
        along = {key: rng.normal(size=x.shape) for key, x in points.items()}
        quotient = float(WEIGHTS @ [total(along, distance) for distance in PLACES])
        slope = float(sum((d * found[f"d_{key}"]).sum() for key, d in along.items()))
        if not abs(slope - quotient) <= tolerance * (1.0 + abs(quotient)):
            raise Wrong(
                f"the gradient of the gradient of {name}: in a random direction, your own gradient changes by "
                f"{quotient:.6g}, its gradient says {slope:.6g}"
            )


def hold_along(
    found: np.ndarray,
    point: np.ndarray,
    values: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
    what: str,
) -> None:
    """A gradient at a point (P,) says how the submission's own value changes in random directions from there.

    `values` gives its value at each of many points (K, P), as (K,).
    """
    directions = rng.normal(size=(DIRECTIONS, point.size)) * 4 / np.sqrt(point.size)
    ys = values(np.stack([point + k * STEP * d for d in directions for k in PLACES]))
    if ys.shape != (4 * DIRECTIONS,):
        raise Wrong(f"{what}: expected a value of shape (), got {ys.shape[1:]}")
    quotients = ys.reshape(DIRECTIONS, 4) @ WEIGHTS
    if not quotients.any():  # a gradient of 0 would agree
        raise Wrong(f"{what}: your own value does not change there, so there is no gradient to compare")
    compare(f"{what}, in random directions, compared with how your own value changes", directions @ found, quotients,
            1e-6)  # fmt: skip
