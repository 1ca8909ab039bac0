"""A4: activations and losses, differentiated twice and without overflow; and one activation of the student's own."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...tensor import Tensor, grad
from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, hold_gradient, hold_value, holds

# Functions by name, each with those whose derivatives its second derivative is made of.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "leaky_relu": (), "sigmoid": ("sigmoid",), "softplus": ("sigmoid",), "bce_with_logits": ("sigmoid", "softplus"),
}  # fmt: skip
STEP = 1e-3  # of difference quotients


class Case(NamedTuple):
    """One function of inputs by name, with its settings as the submission gets them."""

    inputs: dict[str, np.ndarray]
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        given = ", ".join(f"{key} {value:.3g}" for key, value in self.settings.items() if key != "f")
        return self.settings["f"] + (f" with {given}" if given else "")

    def reference(self, x: Tensor, *target: Tensor) -> Tensor:
        """What is right."""
        f: Any = getattr(ops, self.settings["f"])
        values = (value for key, value in self.settings.items() if key != "f")
        return f(x, *target, *values)

    def hold(self, ask: Ask, rng: np.random.Generator) -> None:
        """Value and gradient."""
        hold_value(ask, self.reference, self.inputs, self.settings, self.name)
        hold_gradient(ask, self.reference, self.inputs, self.settings, self.name, rng, ["x"])

    def at(self, x: np.ndarray) -> "Case":
        return self._replace(inputs={**self.inputs, "x": x})

    def ask(self, ask: Ask, call: str, v: np.ndarray, **more: np.ndarray) -> Answer:
        return ask(call, {**self.settings, "by": ["x"]}, v=v, **self.inputs, **more)

    def draw_v(self, ask: Ask, rng: np.random.Generator) -> np.ndarray:
        """∂L/∂y of the shape of the submission's own y."""
        return rng.normal(size=ask("value", self.settings, **self.inputs)["y"].shape)


def draw_cases(rng: np.random.Generator, f: str) -> list[Case]:
    """All kinds of settings of a function, at points of any shape, not nearer to 0 than a difference quotient goes."""
    x = rng.uniform(0.05, 4, size=draw_sizes(rng, int(rng.integers(1, 4)), 2, 6))
    x *= rng.choice([-1.0, 1.0], x.shape)
    settings: dict[str, list[dict[str, Any]]] = {
        "leaky_relu": [{"slope": slope} for slope in (0.2, 0.0, float(rng.uniform(0.3, 0.9)))],
        "bce_with_logits": [{"target": target} for target in (float(rng.uniform(0.1, 0.9)), 0.0, 1.0)],
    }
    cases = [Case({"x": x}, {"f": f, **each}) for each in settings.get(f, [{}])]
    if f == "bce_with_logits":
        target = rng.choice([0.0, 1.0, rng.uniform(0.1, 0.9)], x.shape)
        cases.append(Case({"x": x, "target": target}, {"f": f}))
    return cases


def simple(f: str) -> Callable[[Ask, np.random.Generator], None]:
    """The probe of one function: its values and its gradients where nothing is special."""

    def probe(ask: Ask, rng: np.random.Generator) -> None:
        for case in draw_cases(rng, f):
            case.hold(ask, rng)

    return probe


def listed(x: np.ndarray) -> str:
    """The numbers that were asked, or the first of them."""
    return f"x = {', '.join(f'{value:.6g}' for value in x.flat[:6])}{', …' if x.size > 6 else ''}"


def hold_exactly(ask: Ask, rng: np.random.Generator, case: Case, call: str, right: bool) -> Answer:
    """Value and gradient by another call; of a function that is wrong already, only that they are numbers."""
    v = case.draw_v(ask, rng).astype(case.inputs["x"].dtype)
    answer = case.ask(ask, call, v)
    x, *target = (Tensor(value.astype(float), requires_grad=key == "x") for key, value in case.inputs.items())
    if right:
        y = case.reference(x, *target)
        (dx,) = grad(y, [x], Tensor(v.astype(float)))
        tolerance = 1e-9 if v.dtype == np.float64 else 1e-5
        asked = f"{case.name}, {listed(case.inputs['x'])}"
        compare(asked, answer["y"], y.numpy(), tolerance)
        compare(f"∂L/∂x, {asked}", answer["d_x"], dx.numpy(), tolerance)
    elif not (np.isfinite(answer["y"]).all() and np.isfinite(answer["d_x"]).all()):
        raise Wrong(f"{case.name}: expected numbers, got some that are infinite or not a number")
    return answer


def second(ask: Ask, rng: np.random.Generator) -> None:
    """The gradient of the gradient, held against quotients of the submission's own gradient."""
    for f, made_of in FUNCTIONS.items():
        right = all(holds(simple(other), ask, rng) for other in made_of)
        case = draw_cases(rng, f)[0]
        x, v = case.inputs["x"], case.draw_v(ask, rng)
        u = rng.normal(size=x.shape)
        found = case.ask(ask, "second", v, u_x=u)
        g = [case.at(x + k * STEP).ask(ask, "gradient", v)["d_x"] for k in (0, -2, -1, 1, 2)]
        quotients = u * (g[1] - 8 * g[2] + 8 * g[3] - g[4]) / (12 * STEP)
        if f != "leaky_relu" and not quotients.any():  # a second derivative of 0 would agree
            raise Wrong(f"∂L/∂x of {case.name} does not change with x")
        if right:
            compare(f"∂⟨u, ∂L/∂x⟩/∂x, {case.name}, and quotients of your ∂L/∂x", found["d_x"], quotients, 1e-7)
            what = f"∂⟨u, ∂L/∂x⟩/∂v where v = ∂L/∂y, times v, {case.name}"
            compare(what, np.array((v * found["d_v"]).sum()), np.array((u * g[0]).sum()))


def extremes(ask: Ask, rng: np.random.Generator) -> None:
    """Numbers around ±1000 and ±100, without a warning."""
    for f in FUNCTIONS:
        right = holds(simple(f), ask, rng)
        for case in draw_cases(rng, f):
            shape = case.inputs["x"].shape
            x = rng.uniform(0.8, 1, shape) * rng.choice([-1000, -100, 100, 1000], shape)
            x.flat[:2] = -1000, 1000
            hold_exactly(ask, rng, case.at(x), "careful", right)


def float32(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and x is not changed."""
    for f in FUNCTIONS:
        right = holds(simple(f), ask, rng)
        for case in draw_cases(rng, f):
            small = {key: (0.75 * x if key == "x" else x).astype(np.float32) for key, x in case.inputs.items()}
            answer = hold_exactly(ask, rng, Case(small, case.settings), "gradient", right)
            for key, name in {"y": "y", "d_x": "∂L/∂x"}.items():
                if answer[key].dtype != np.float32:
                    raise Wrong(f"{name} of float32, {case.name}: expected float32, got {answer[key].dtype}")
            compare(f"x after {case.name} and its gradient", answer["after_x"], small["x"], 0.0)


def kink(ask: Ask, rng: np.random.Generator) -> None:
    """At x = 0: the slope of leaky_relu that its docstring names, and the others, which are smooth there."""
    for f in FUNCTIONS:
        right = holds(simple(f), ask, rng)
        for case in draw_cases(rng, f)[:3]:
            hold_exactly(ask, rng, case.at(np.array([0.0, rng.normal(), -0.0])), "gradient", right)


def elu(scale: float, alpha: float, width: float) -> Callable[[np.ndarray], np.ndarray]:
    """scale · (x if x > 0 else alpha · (e^(x/width) − 1))."""
    return lambda x: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / width))


VARIANTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "softsign": lambda x: x / (1 + abs(x)),
    "arctangent": np.arctan,
    "inverse hyperbolic sine": np.arcsinh,
    "log-cosh": lambda x: np.logaddexp(x, -x) - math.log(2),
    "Mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "GELU, by tanh": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "hard swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "ELU": elu(1, 1, 1),
    "SELU": elu(1.0507, 1.6733, 1),
    "CELU": elu(1, 2, 2),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "bent identity": lambda x: x + (np.sqrt(x * x + 1) - 1) / 2,
}


def quotient(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """f′(x) by five points: (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12h."""
    low, left, right, high = (f(x + k * STEP) for k in (-2, -1, 1, 2))
    return (low - 8 * left + 8 * right - high) / (12 * STEP)


def own(ask: Ask, rng: np.random.Generator) -> None:
    """The activation that the student's number says: near 0, and far from it without a warning."""
    number = int(ask("number")["number"])
    which = number % len(VARIANTS)
    name, f = list(VARIANTS.items())[which]
    small = rng.uniform(0.05, 2.95, (4, 2, 3)) * rng.choice([-1, 1], (4, 2, 3))  # not near 0, -3 and 3
    for x in (*small, np.array([-1000.0, -300.0, -4.0, 5.0, 1000.0])):
        v = rng.normal(size=x.shape)
        answer = ask("careful", {"f": "own_activation", "by": ["x"]}, x=x, v=v)
        asked = f"own_activation, {name} ({number} % {len(VARIANTS)} = {which}), {listed(x)}"
        compare(asked, answer["y"], f(x), 1e-7)
        compare(f"∂L/∂x, {asked}", answer["d_x"], v * quotient(f, x), 1e-7)


def part(name: str, points: int, probe: Any, why: str, section: str, hints: Sequence[str]) -> Part:
    return Part(name, points, probe, why, f"notebook {section}", hints)


ASSIGNMENT = Assignment(
    name="a04",
    title="Activations and losses",
    minutes=90,
    functions=("leaky_relu", "sigmoid", "softplus", "bce_with_logits", "own_activation", "STUDENT_NUMBER"),
    removed={
        "ops/activation.py": (
            "LeakyReLU", "LeakyReLUGradient", "Sigmoid", "Tanh", "Softplus", "LogSoftmax", "slope_times", "relu",
            "leaky_relu", "sigmoid", "tanh", "softplus", "log_softmax", "softmax",
        ),
        "ops/loss.py": ("bce_with_logits",),
        "ops/normalization.py": ("Bias", "activate", "add_bias"),
    },
    parts=(
        part(
            "leaky_relu", 10, simple("leaky_relu"),
            "Through a slope of 0 no gradient passes, and a unit that is always negative never learns again.", "3, §4",
            (
                "Draw it: two straight lines that meet at 0. Which slope has which?",
                "A mask of ones and slopes, made from x.data once, serves forward and backward.",
                "mask = np.where(x > 0, 1, a); forward gives x * mask, backward grad * Tensor(mask).",
            ),
        ),
        part(
            "sigmoid", 10, simple("sigmoid"),
            "It makes a probability of any number: what a discriminator believes.", "3, §1",
            (
                "σ(0) = ½, σ(−x) = 1 − σ(x), and the largest slope is ¼. Which of these is yours not?",
                "The derivative is σ (1 − σ), for every element, times ∂L/∂y.",
                "In backward, call your own function: s = sigmoid(self.inputs[0]), and give grad * s * (1.0 - s).",
            ),
        ),
        part(
            "softplus", 10, simple("softplus"),
            "DCGAN's loss for one image is softplus of plus or minus the discriminator's output.", "9, §1",
            (
                "softplus(0) = ln 2, and softplus(x) − softplus(−x) = x.",
                "Its derivative is the sigmoid: if that one is not right yet, begin there.",
                "In backward: grad * sigmoid(self.inputs[0]).",
            ),
        ),
        part(
            "bce_with_logits", 10, simple("bce_with_logits"),
            "A discriminator learns by this loss: target 1 for real images, 0 for generated ones.", "9, §1",
            (
                "For t = 1 only the first term is left, and for t = 0 only the second. It is a mean: a single number.",
                "−ln σ(l) = ln(1 + e⁻ˡ): that is a softplus. And −ln(1 − σ(l))?",
                "(softplus(-logits) * target + softplus(logits) * (1.0 - target)).mean()",
            ),
        ),
        part(
            "second", 15, second,
            "A penalty on the slope of D, as in WGAN-GP, needs the gradient of a gradient.", "1, §5",
            (
                "From which of your arrays can the engine not know that it depends on x?",
                "Tensor(self.y) is a constant. y must be computed from self.inputs[0] in backward, by Tensors.",
                "No .data in backward, but for a mask of constants, and the Tensors grad and x as they come.",
            ),
        ),
        part(
            "extremes", 15, extremes,
            "A discriminator that is sure of itself gives large numbers, and one overflow spoils all weights.", "3, §1",
            (
                "np.exp(1000) is inf, with a warning, and inf/inf is nan. np.exp(-1000) is 0, without one.",
                "np.where computes both branches for all elements, also where the other one is taken.",
                "e = np.exp(-abs(x)) is never above 1: σ is 1/(1 + e) or e/(1 + e), by the sign of x; softplus is "
                "np.maximum(x, 0) + np.log1p(e); and the loss is made of softplus, without any logarithm of σ.",
            ),
        ),
        part(
            "float32", 10, float32,
            "float64 that creeps in halves the speed; an input that was changed is wrong elsewhere.", "1, §1",
            (
                "Print y.dtype for x of float32.",
                "np.where(x > 0, 1.0, 0.2) is float64, whatever x is; .astype(x.dtype) helps.",
                "`x *= …` and `x[x < 0] = …` change what does not belong to you: make a copy, or a new array.",
            ),
        ),
        part(
            "kink", 5, kink,
            "Padding and ReLUs make many zeros, so the slope at exactly 0 is used often.", "3, §4",
            (
                "Print the gradients at x = 0: leaky_relu has a, sigmoid ¼, softplus ½.",
                "x > 0 and x >= 0 differ at one point. absolute and maximum have a corner there, too.",
                "If σ is composed of absolute(x), its derivative at 0 gets lost; write it as an Op.",
            ),
        ),
        part(
            "own", 15, own,
            "New activations are published every year; one that you derived yourself you can also doubt.", "3, §1",
            (
                "Set STUDENT_NUMBER, and see which of the twelve is yours: STUDENT_NUMBER % 12.",
                "Derive f′(x) on paper, and compare it with (f(x + h) − f(x − h))/2h for a few x.",
                "Far from 0: which part of your formula overflows? Limit what goes into np.exp: np.minimum(x, 0).",
            ),
        ),
    ),
)  # fmt: skip
