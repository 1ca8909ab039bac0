"""A1: sums, products and powers of arrays that broadcast.

Values are compared with NumPy's, gradients with difference quotients of the submission's own values.
"""

from typing import Any, NamedTuple

import numpy as np

from ..asking import Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..calls.a01 import FUNCTIONS
from ..comparing import compare, hold_second, holds, own_quotients, shapes

Shape = tuple[int, ...]


class Case(NamedTuple):
    """An expression of `calls.a01.FUNCTIONS`, its inputs by name, and k, if it has one."""

    f: str
    inputs: dict[str, np.ndarray]
    k: Any = None

    @property
    def settings(self) -> dict[str, Any]:
        return {"f": self.f, "k": self.k}

    @property
    def name(self) -> str:
        k = tuple(self.k) if isinstance(self.k, list) else self.k
        return f"{self.f.replace('k', str(k))} with {shapes(self.inputs)}"

    def hold_value(self, ask: Ask) -> None:
        """The value is NumPy's."""
        if "SumTo" in self.f:
            expected = summed(self.inputs["a"], tuple(self.k))
        else:
            expected = FUNCTIONS[self.f](None, self.settings, *self.inputs.values())  # of NumPy arrays: NumPy's
        compare(self.name, ask("value", self.settings, **self.inputs)["y"], expected)

    def gradient(self, ask: Ask, v: np.ndarray, by: str) -> np.ndarray:
        """The submission's gradient of ⟨v, y⟩ by an input; if none arrives, that means zero."""
        answer = ask("gradient", {**self.settings, "by": [by]}, v=v, **self.inputs)
        return answer.get(f"d_{by}", np.zeros(self.inputs[by].shape))

    def hold_gradient(self, ask: Ask, rng: np.random.Generator, by: str) -> None:
        """It is that of the submission's own values."""
        y = ask("value", self.settings, **self.inputs)["y"]
        v = rng.normal(size=y.shape)
        found = self.gradient(ask, v, by)
        expected = own_quotients(ask, self.inputs, self.settings, by, v)
        compare(f"∂L/∂{by} of {self.name}", found, expected, 1e-7)


def summed(x: np.ndarray, shape: Shape) -> np.ndarray:
    """x summed over the axes along which NumPy repeats an array of this shape."""
    full = (1,) * (x.ndim - len(shape)) + shape
    return x.sum(axis=tuple(i for i, n in enumerate(full) if n != x.shape[i]), keepdims=True).reshape(shape)


def draw_power(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(1.1, 1.9) + rng.integers(0, 2)), 2)


def simple_cases(rng: np.random.Generator) -> list[Case]:
    """Two arrays of one shape, positive; and powers."""
    shape = tuple(draw_sizes(rng, 2, 2, 5))
    a, b = rng.uniform(0.5, 2.0, (2, *shape))
    powers = [Case("a ** k", {"a": a}, k) for k in (2, 3, -1, 0.5, draw_power(rng))]
    return [Case("a + b", {"a": a, "b": b}), Case("a * b", {"a": a, "b": b}), *powers]


def right_simple_gradients(ask: Ask, rng: np.random.Generator) -> bool:
    return all(holds(case.hold_gradient, ask, rng, by) for case in simple_cases(rng) for by in case.inputs)


def values(ask: Ask, rng: np.random.Generator) -> None:
    """Arrays of one shape and of two, numbers on both sides, powers."""
    n, m = draw_sizes(rng, 2, 2, 5)
    for case in simple_cases(rng):
        case.hold_value(ask)
    for f in ("a + b", "a * b"):
        for shape_a, shape_b in (((n, m), (m,)), ((n, 1), (1, m)), ((), (n, m))):
            Case(f, {"a": rng.normal(size=shape_a), "b": rng.normal(size=shape_b)}).hold_value(ask)
    for f in ("a + k", "k + a", "a * k", "k * a"):
        Case(f, {"a": rng.normal(size=(n, m))}, round(float(rng.normal()), 2)).hold_value(ask)


def gradient(ask: Ask, rng: np.random.Generator) -> None:
    """Both gradients of a + b and a * b, and that of powers: arrays of one shape."""
    for case in simple_cases(rng):
        for by in case.inputs:
            case.hold_gradient(ask, rng, by)


def hold_repeated(ask: Ask, rng: np.random.Generator, f: str, shape_a: Shape, shape_b: Shape) -> None:
    """The gradient by an array that NumPy repeats: the sum of the submission's own gradient by its repetition."""
    whole = np.broadcast_shapes(shape_a, shape_b)
    inputs, v = {"a": rng.normal(size=shape_a), "b": rng.normal(size=shape_b)}, rng.normal(size=whole)
    case, repeated = Case(f, inputs), Case(f, {name: np.broadcast_to(x, whole) for name, x in inputs.items()})
    for by, x in inputs.items():
        expected = summed(repeated.gradient(ask, v, by), x.shape)
        if not expected.any():
            raise Wrong(f"∂L/∂{by} of {repeated.name} is 0 everywhere")
        compare(f"∂L/∂{by} of {case.name}", case.gradient(ask, v, by), expected)


def hold_shapes(ask: Ask, rng: np.random.Generator, shape: Shape, small: Shape) -> None:
    """SumTo itself; and an array of the one shape with one of the other."""
    total = Case("SumTo(k)(a)", {"a": rng.normal(size=shape)}, list(small))
    total.hold_value(ask)
    total.hold_gradient(ask, rng, "a")
    for f in ("a + b", "a * b"):
        hold_repeated(ask, rng, f, shape, small)
        hold_repeated(ask, rng, f, small, shape)


def new_axes(ask: Ask, rng: np.random.Generator) -> None:
    """Arrays with fewer axes."""
    n, m, k = draw_sizes(rng, 3, 2, 5)
    for shape, small in (((n, m), (m,)), ((n, m), ()), ((k, n, m), (n, m)), ((k, n, m), (m,))):
        hold_shapes(ask, rng, shape, small)


def kept_axes(ask: Ask, rng: np.random.Generator) -> None:
    """Arrays with axes of length 1, also both at once."""
    n, m, k = draw_sizes(rng, 3, 2, 5)
    for shape, small in (((n, m), (n, 1)), ((n, m), (1, m)), ((k, n, m), (k, 1, m)), ((k, n, m), (1, n, 1))):
        hold_shapes(ask, rng, shape, small)
    hold_repeated(ask, rng, "a * b", (n, 1), (1, m))
    hold_repeated(ask, rng, "a + b", (k, 1, m), (1, n, 1))


def together(ask: Ask, rng: np.random.Generator) -> None:
    """One Tensor in both places: the sum of two gradients; and several operations in one expression."""
    shape = tuple(draw_sizes(rng, 2, 2, 5))
    x, other, v = rng.uniform(0.5, 2.0, (3, *shape))
    for once, twice in (("a + b", "a + a"), ("a * b", "a * a")):
        two, one = Case(once, {"a": x, "b": x}), Case(twice, {"a": x})
        both = two.gradient(ask, v, "a") + two.gradient(ask, v, "b")
        compare(f"∂L/∂a of {one.name}", one.gradient(ask, v, "a"), both)
    if right_simple_gradients(ask, rng):
        case = Case("((a * b + a) ** k + b) * a", {"a": x, "b": other}, draw_power(rng))
        for by in case.inputs:
            case.hold_gradient(ask, rng, by)


def needed(ask: Ask, rng: np.random.Generator) -> None:
    """None for Tensors that require no gradient, and for numbers."""
    shape, number = tuple(draw_sizes(rng, 2, 2, 5)), round(float(rng.uniform(1.5, 3.0)), 2)
    a, b, v = rng.normal(size=(3, *shape))
    for f in ("a + b", "a * b"):
        for by in ("a", "b"):
            hold_sent(ask, Case(f, {"a": a, "b": b}), v, by, [by == "a", by == "b"])
    for f in ("a + k", "k + a", "a * k", "k * a"):
        with_number = Case(f, {"a": a}, number)
        hold_sent(ask, with_number, v, "a", [f[0] == "a", f[-1] == "a"])
        whole = Case(f"a {f[2]} b", {"a": a, "b": np.full(shape, number)})
        compare(f"∂L/∂a of {with_number.name}", with_number.gradient(ask, v, "a"), whole.gradient(ask, v, "a"))


def hold_sent(ask: Ask, case: Case, v: np.ndarray, by: str, expected: list[bool]) -> None:
    """backward gave a gradient for the inputs for which it is expected, and None for the others."""
    found = ask("sent", {**case.settings, "by": [by]}, v=v, **case.inputs)["sent"].tolist()
    if found != expected:
        what, got = (" and ".join("a gradient" if x else "None" for x in pair) for pair in (expected, found))
        raise Wrong(f"{case.name}, where only {by} requires a gradient: expected {what} from backward, got {got}")


def second(ask: Ask, rng: np.random.Generator) -> None:
    """The gradient of the gradient, against difference quotients of the submission's own gradient.

    If that is wrong, which costs other points, only whether it is recorded.
    """
    n, m = draw_sizes(rng, 2, 2, 4)
    a, b = rng.uniform(0.5, 2.0, (2, n, m))
    cases = [Case("a + b", {"a": a, "b": b}), Case("a * b", {"a": a, "b": b})]
    if holds(needed, ask, rng):  # the gradient of a power has a number in it
        cases += [Case("a ** k", {"a": a}, k) for k in (2, 3, -1, draw_power(rng))]
    if not right_simple_gradients(ask, rng):
        for case in cases[1:]:
            answer = ask("second", case.settings, v=a, u_a=b, **case.inputs)
            if not any(answer[f"d_{name}"].any() for name in case.inputs):
                raise Wrong(f"the gradient of {case.name} counts as a constant")
        return
    for small in ((m,), (n, 1)):
        if holds(hold_shapes, ask, rng, (n, m), small):
            cases.append(Case("a * b", {"a": a, "b": rng.normal(size=small)}))
    for case in cases:
        hold_second(ask, case.inputs, case.settings, case.name, rng)


def zero(ask: Ask, rng: np.random.Generator) -> None:
    """Whole powers of 0 and of negative numbers."""
    right = all(holds(case.hold_gradient, ask, rng, "a") for case in simple_cases(rng) if "**" in case.f)
    for k in (0, 1, 2, 3):
        a = rng.normal(size=draw_sizes(rng, 1, 4, 7))
        a[rng.integers(len(a))] = 0.0
        case = Case("a ** k", {"a": a}, k)
        if right:
            case.hold_value(ask)
            case.hold_gradient(ask, rng, "a")
        elif not np.isfinite(case.gradient(ask, np.ones(a.shape), "a")).all():
            raise Wrong(f"∂L/∂a of {case.name}, where an element is 0: not finite")


def care(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and nothing that came in is changed."""
    n, m = draw_sizes(rng, 2, 2, 5)
    a, b, v = rng.uniform(0.5, 2.0, (3, n, m)).astype(np.float32)
    for f in ("a + b", "a * b", "a ** k", "a + k", "k + a", "a * k", "k * a", "SumTo(k)(a)"):
        case = Case(f, {"a": a, "b": b} if "b" in f else {"a": a}, [m] if "SumTo" in f else draw_power(rng))
        answer = ask("value", case.settings, **case.inputs)
        if answer["y"].dtype != np.float32:
            raise Wrong(f"{case.name}, of float32: got {answer['y'].dtype}")
        for name, x in case.inputs.items():
            compare(f"{name} after {case.name}", answer[f"after_{name}"], x, 0.0)
        if "k" not in f or "**" in f:
            for by in case.inputs:
                if (found := case.gradient(ask, v, by).dtype) != np.float32:
                    raise Wrong(f"∂L/∂{by} of {case.name}, of float32: got {found}")
            after = ask("sent", {**case.settings, "by": list(case.inputs)}, v=v, **case.inputs)["after_v"]
            compare(f"∂L/∂y after the backward of {case.name} has used it", after, v, 0.0)


ASSIGNMENT = Assignment(
    name="a01",
    title="One multiplication",
    minutes=90,
    functions=("SumTo", "Add", "Multiply", "Power"),
    removed={"tensor.py": ("Add", "Multiply", "Power", "SumTo", "Binary.backward")},
    parts=(
        Part(
            "values", 10, values,
            "All numbers of a network come out of these operations.", "notebook 1, §1",
            ("`forward` gets NumPy arrays: what does NumPy do with a + b, a * b and x ** n?",
             "NumPy broadcasts by itself, and takes Python numbers, so `forward` needs one line.",
             "return a + b, return a * b, and return x ** self.exponent."),
        ),
        Part(
            "gradient", 20, gradient,
            "Each operation knows its own derivative; the chain rule puts them together.", "notebook 1, §1",
            ("y = a · b with a = 2 and b = 3: by how much does y grow if a grows by a little?",
             "The factor of a is b, and the other way round; and each is multiplied by what came in, grad.",
             "Multiply gives (grad * b, grad * a), and Power gives grad * (x ** (n - 1) * n)."),
        ),
        Part(
            "new_axes", 15, new_axes,
            "A bias is one row, added to every row of a batch: all contribute to its gradient.", "notebook 1, §4",
            ("Print the two shapes: that of the gradient that you return, and that of the input that it is for.",
             "Which axes did NumPy put in front of the smaller array? What is repeated is summed in the backward pass.",
             "SumTo sums over the first x.ndim - len(self.shape) axes; for shape () that is all of them. "
             "Then return sum_to(grad * b, a.shape) where you had grad * b."),
        ),
        Part(
            "kept_axes", 15, kept_axes,
            "Means over one axis have an axis of length 1 there, and so do their gradients.", "notebook 1, §4",
            ("(4, 3) with (4, 1): along which axis were numbers repeated?",
             "An axis of length 1 stays: a gradient of shape (4,) does not fit an input of shape (4, 1).",
             "Give self.shape ones in front until it is as long as x.shape; sum, with keepdims=True, over the axes "
             "where the two differ; at last reshape to self.shape."),
        ),
        Part(
            "together", 5, together,
            "A network uses one Tensor in many places, and each operation many times.", "notebook 1, §2",
            ("In x * x both inputs are the same Tensor. What should backward return for each of them?",
             "The engine adds up what you return for the two inputs: do not do that yourself.",
             "Each node has its own inputs: read them from self.inputs, and store nothing on the class."),
        ),
        Part(
            "needed", 10, needed,
            "Images and constants need no gradient, and not to compute it saves much time.", "notebook 1, §4",
            ("What is b.shape if b is the number 2.5?",
             "self.needs[i] says whether the gradient of input i is needed; compute it only then.",
             "return (sum_to(grad * b, a.shape) if self.needs[0] else None, and the same for b with self.needs[1])."),
        ),
        Part(
            "second", 15, second,
            "Penalties on gradients, as in WGAN-GP, train with the derivative of a derivative.", "notebook 1, §5",
            ("Is every step of your backward a computation with Tensors, or does one use .data or NumPy?",
             "Tensor(b.data) has forgotten where b comes from, so its derivative counts as 0.",
             "Write grad * b and x ** (n - 1) with the Tensors in self.inputs, and SumTo for sums."),
        ),
        Part(
            "zero", 5, zero,
            "A single value that is not a number spreads to all weights in one step.", "notebook 1, §5",
            ("What is n · xⁿ⁻¹ for n = 0 and x = 0, by the formula and by common sense?",
             "x⁰ is 1 everywhere, so its gradient is 0; but 0 · ∞ is not a number.",
             "if self.exponent == 0: return grad * 0.0. And do not compute powers by exp and log."),
        ),
        Part(
            "care", 5, care,
            "float64 halves the speed, and what was changed may belong to another node, too.", "notebook 1, §4",
            ("Print the dtype of y and of the gradients for float32 inputs.",
             "np.float64(2.0) and np.array(2.0) turn float32 into float64; the Python number 2.0 does not.",
             "`grad *= b`, `a += b` and out=a write into arrays that are not yours; `grad * b` makes a new one."),
        ),
    ),
)  # fmt: skip
