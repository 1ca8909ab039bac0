"""A3: a check of gradients is shown operations, some of them with a bug.

An operation is written as expressions, see `calls.a03.Written`; the sandbox gets them, and not which are right.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare


class Operation(NamedTuple):
    """The value, the gradients by the inputs, and the axes of each input: letters for sizes, or 1.

    After them, + means positive elements, and 0 that some are 0.
    """

    value: str
    gradients: Sequence[str | None]
    inputs: Sequence[str] = ("nm",)

    def __str__(self) -> str:
        found = "; ".join(f"∂L/∂{name} = {text}" for name, text in zip("abc", self.gradients))
        return f"y = {self.value}; {found}" + ("; m is 1 but for one element" if "* m" in found else "")

    def but(self, *gradients: str | None) -> "Operation":
        """The same with other gradients."""
        return self._replace(gradients=gradients)


SOFTMAX, NORM = "exp(a) / exp(a).sum(-1, keepdims=True)", "sqrt((a * a).sum(-1, keepdims=True))"
LINEAR = Operation("k * a + b", ["k * g", "g"], ["nm", "nm"])
EXP, SQUARE = Operation("exp(a)", ["g * y"]), Operation("a * a", ["2 * g * a"])
TANH = Operation("tanh(a)", ["g * (1 - y * y)"])
LOG, CUBE = Operation("log(a)", ["g / a"], ["nm+"]), Operation("a ** 3", ["3 * g * a * a"])
SIGMOID = Operation("1 / (1 + exp(-a))", ["g * y * (1 - y)"])
RECIPROCAL = Operation("1 / a", ["-g * y * y"], ["nm+"])
TIMES, OVER = (
    Operation("a * b", ["g * b", "g * a"], ["nm", "nm"]),
    Operation("a / b", ["g / b", "-g * y / b"], ["nm", "nm+"]),
)
SOFTMAX_OF = Operation(SOFTMAX, ["y * (g - (g * y).sum(-1, keepdims=True))"])
CENTRED = Operation("a - a.mean(-1, keepdims=True)", ["g - g.mean(-1, keepdims=True)"])
SHARES_GRADIENT = "(g - (g * y).sum(-1, keepdims=True)) / a.sum(-1, keepdims=True)"
SHARES = Operation("a / a.sum(-1, keepdims=True)", [SHARES_GRADIENT], ["nm+"])
PRODUCT = Operation("a @ b", ["g @ b.T", "a.T @ g"], ["nm", "ml"])
LAYER = Operation("a @ b + c", ["g @ b.T", "a.T @ g", "g.sum(0)"], ["nm", "ml", "l"])
BIAS = Operation("tanh(a) + b", ["g * (1 - tanh(a) * tanh(a))", "g.sum(0)"], ["nm", "m"])
RIGHT = (
    LINEAR, EXP, SQUARE, TANH, RECIPROCAL, TIMES, OVER, SOFTMAX_OF, CENTRED, SHARES, PRODUCT, LAYER, BIAS,
    TANH._replace(inputs=[""]), TIMES._replace(inputs=["nm", "nm0"]), SQUARE._replace(inputs=["nm0"]),
    Operation("0 * a", ["0 * g"]), Operation("0 * exp(a)", [None]), Operation("k * a", ["k * g", None], ["nm", "m"]),
    Operation("exp(3 * a)", ["3 * g * y"]), CUBE, LOG, SIGMOID,
    Operation("sqrt(a)", ["g / (2 * y)"], ["nm+"]), Operation("log(1 + exp(a))", ["g / (1 + exp(-a))"]),
    Operation("a - log(exp(a).sum(-1, keepdims=True))", ["g - exp(y) * g.sum(-1, keepdims=True)"]),
    Operation(f"a / {NORM}", [f"(g - y * (g * y).sum(-1, keepdims=True)) / {NORM}"]),
    Operation("a.sum()", ["g + 0 * a"]), Operation("a.mean(0)", ["(g + 0 * a) / a.shape[0]"]),
    Operation("a.T", ["g.T"]), Operation("a * b", ["g * b", "(g * a).sum(1, keepdims=True)"], ["nm", "n1"]),
    Operation("1000 * tanh(a)", ["g * (1000 - y * y / 1000)"]),
    Operation("a * a.sum()", ["g * a.sum() + (g * a).sum()"]),
)  # fmt: skip
FORMULAS = (
    TANH.but("g * (1 - y)"), TANH.but("g"), TANH.but("-g * (1 - y * y)"), TANH.but("1.1 * g * (1 - y * y)"),
    TANH.but(None), EXP.but("g"), EXP.but("g * a"), SQUARE.but("g * a"), RECIPROCAL.but("g * y * y"),
    RECIPROCAL.but("-g * y"), SOFTMAX_OF.but("g * y * (1 - y)"), CENTRED.but("g"), SHARES.but("g / a.sum()"),
    LOG.but("g * a"), SIGMOID.but("g * y"), Operation("sqrt(a)", ["g / y"], ["nm+"]),
    Operation("log(1 + exp(a))", ["g * y"]),
    Operation(f"a / {NORM}", [f"g / {NORM}"]), Operation("a.mean(0)", ["g + 0 * a"]),
)  # fmt: skip
PROPORTIONAL = (
    SOFTMAX_OF.but("2 * y * (g - (g * y).sum(-1, keepdims=True))"), SOFTMAX_OF.but("0 * g"), CENTRED.but("0 * g"),
    CENTRED.but("-(g - g.mean(-1, keepdims=True))"), SHARES.but("k * (g - (g * y).sum(-1, keepdims=True))"),
)  # fmt: skip
SECOND_INPUT = (
    TIMES.but("g * b", "g * b"), OVER.but("g / b", "g * y / b"), PRODUCT.but("g @ b.T", "-(a.T @ g)"),
    LAYER.but("g @ b.T", "a.T @ g", "0 * g.sum(0)"), LAYER.but("g @ b.T", "2 * (a.T @ g)", "g.sum(0)"),
    BIAS.but("g * (1 - tanh(a) * tanh(a))", "g.mean(0)"), Operation("a - b", ["g", "g"], ["nm", "nm"]),
)  # fmt: skip
# m is 1 but for one element, and not the first: there it is 0 or 3.
ELEMENTS = (
    TANH.but("g * (1 - y * y) * m"), Operation("k * a", ["k * g * m"]), SQUARE.but("2 * g * a * m"),
    EXP.but("(g * y)[::-1]"), SQUARE.but("2 * (g * a)[:, ::-1]"), TANH.but("(g * (1 - y * y))[::-1, ::-1]"),
)  # fmt: skip
# Here that element is not a number, or infinite, and so is the sum.
NOT_A_NUMBER = (
    TANH.but("g * (1 - y * y) * m.sum()"), LINEAR.but("k * g * m.sum()", "g * m.sum()"), EXP.but("g * y * m.sum()"),
)  # fmt: skip
SMALL = (
    Operation("s * tanh(a)", ["1.1 * g * (s - y * y / s)"]), Operation("s * a", ["1.1 * s * g"]),
    Operation("s / (1 + exp(-a))", ["1.1 * g * y * (1 - y / s)"]),
)  # fmt: skip
# Right, but for the second derivative: what is detached counts as a constant.
CURVED = Operation("s * a * a", ["2 * s * g * a"])
CUT = (
    (TANH, TANH.but("g * (1 - y.detach() * y.detach())")), (TANH, TANH.but("g * (1 - y * y.detach())")),
    (EXP, EXP.but("g * y.detach()")), (SQUARE, SQUARE.but("2 * g * a.detach()")),
    (RECIPROCAL, RECIPROCAL.but("-g * y.detach() * y")), (LOG, LOG.but("g / a.detach()")),
    (SIGMOID, SIGMOID.but("g * y * (1 - y.detach())")), (CUBE, CUBE.but("3 * g * a * a.detach()")),
    (CURVED, CURVED.but("2 * s * g * a.detach()")),  # so flat that a rough check, too, finds its gradient right
)  # fmt: skip
CUT_ELSEWHERE = (
    LINEAR.but("(k * g).detach()", "g"), TANH.but("g.detach() * (1 - y * y)"),
    TIMES.but("g * b.detach()", "g * a"), OVER.but("g / b.detach()", "-g * y / b"),
)  # fmt: skip


class Shown(NamedTuple):
    """An operation that is shown to the submission's check, and whether it is right; `odd` is the odd element of m."""

    operation: Operation
    right: bool
    order: int = 1
    odd: float = 1.0

    def ask(self, ask: Ask, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], Answer]:
        """Random inputs, and what the check says there."""
        sizes, inputs = dict(zip("nml", draw_sizes(rng, 3, 2, 4))), {}
        for name, axes in zip("abc", self.operation.inputs):
            x = rng.uniform(0.5, 1.5, [sizes.get(axis, 1) for axis in axes.rstrip("+0")])
            other = np.where(rng.random(x.shape) < 0.5, x, 0.0 if "0" in axes else -x)
            inputs[name] = x if "+" in axes else other
        m = np.ones(inputs["a"].shape)
        if m.size > 1:
            m.flat[rng.integers(1, m.size)] = self.odd
        constants = {"k": round(float(rng.uniform(1.5, 2.5)), 2), "s": round(float(rng.uniform(0.02, 0.03)), 3)}
        gradients = [disguised(rng, text, self.odd == 1.0 and not i) for i, text in enumerate(self.operation.gradients)]
        text = {"value": self.operation.value, "gradients": gradients, "order": self.order, "constants": constants}
        return inputs, ask("verdict", text, m=m, **inputs)

    def accepted(self, ask: Ask, rng: np.random.Generator) -> bool:
        return bool(self.ask(ask, rng)[1]["right"])

    def hold(self, ask: Ask, rng: np.random.Generator) -> None:
        """The check says what is so."""
        if self.accepted(ask, rng) != self.right:
            says = "takes for wrong what is right" if self.right else "has not found what is wrong"
            raise Wrong(f"your check, with order={self.order}, {says}: {self.operation}")


def disguised(rng: np.random.Generator, text: str | None, by_ones: bool) -> str | None:
    """The same gradient in another form: what it looks like must not tell whether it is right."""
    forms = (text, f"k * ({text}) / k", f"({text}) + 0 * g.detach().sum()", f"({text}) * m")
    return text and forms[rng.integers(len(forms) if by_ones else len(forms) - 1)]


def hold_each(ask: Ask, rng: np.random.Generator, shown: Sequence[Shown]) -> None:
    """The check is right about all of these, shown in random order among simple ones, of which most are the contrary.

    So who says always the same is wrong in every part.
    """
    simple = (Shown(LINEAR, True), Shown(LINEAR.but("-k * g", "-g"), False))
    contrary = simple[int(shown[0].right)]
    everything = [*shown, *simple, *(contrary for _ in range(len(shown) // 2 + int(rng.integers(3))))]
    for i in rng.permutation(len(everything)):
        everything[i].hold(ask, rng)


def false_alarm(ask: Ask, rng: np.random.Generator) -> None:
    """Nothing is found in what is right."""
    hold_each(ask, rng, [Shown(operation, True) for operation in RIGHT])


def finds(bugs: Sequence[Operation], odd: Sequence[float] = (1.0,)) -> Callable[[Ask, np.random.Generator], None]:
    """The probe that shows these, none of which is right."""

    def probe(ask: Ask, rng: np.random.Generator) -> None:
        hold_each(ask, rng, [Shown(bug, False, 1, value) for bug in bugs for value in odd])

    return probe


def second(ask: Ask, rng: np.random.Generator) -> None:
    """What is right only once is accepted with order 1 and not with 2.  False alarms with order 1 cost other points."""
    careful = all(Shown(right, True).accepted(ask, rng) for right, _ in CUT)
    shown = [Shown(cut, False, 2) for _, cut in CUT] + [Shown(LINEAR.but("-k * g", "-g"), False, 2)]
    for right, cut in CUT if careful else CUT[-1:]:
        shown += [Shown(right, True, 2), Shown(cut, True, 1)]
    hold_each(ask, rng, shown)


def history(ask: Ask, rng: np.random.Generator) -> None:
    """Second derivatives by other inputs, and by v."""
    wrong = [Shown(operation, False, 2) for operation in (*CUT_ELSEWHERE, LINEAR.but("-k * g", "-g"))]
    hold_each(ask, rng, [*wrong, *(Shown(CURVED, True, 2) for _ in range(4))])


def untouched(ask: Ask, rng: np.random.Generator) -> None:
    """The inputs are as they were."""
    hold_each(ask, rng, [Shown(LINEAR, True)])
    for operation, order in ((LAYER, 1), (CURVED, 2)):
        inputs, answer = Shown(operation, True, order).ask(ask, rng)
        for name, x in inputs.items():
            compare(f"input {name} after your check, with order={order}", answer[f"after_{name}"], x, 0.0)


ASSIGNMENT = Assignment(
    name="a03",
    title="Catch the bug",
    minutes=120,
    trains=False,
    functions=("check",),
    removed={"gradcheck.py": ("check_gradients", "_check_first", "_check_second", "_quotients")},
    parts=(
        Part(
            "false_alarm", 20, false_alarm,
            "Who is warned of what is right soon ignores all warnings.",
            "notebook 2, §1",
            ("Print quotient and gradient for y = exp(a): how many digits agree, and how many do you ask for?",
             "(f(x + h) − f(x − h)) / 2h is far better than the one-sided quotient; try h from 1e-3 to 1e-6.",
             "allowed = 1e-5 * (1 + np.abs(quotients).max()): relative, and not 0 where all quotients are. A .grad "
             "that is None means zeros."),
        ),
        Part(
            "formula", 15, finds(FORMULAS),
            "A sign, a factor, a square forgotten: training still works a little, and nobody knows why only a little.",
            "notebook 2, §2",
            ("Which of the two do you believe, the gradient or the quotient? How large is the difference for a bug?",
             "Compare the two element by element; one that is off is enough.",
             "return all(np.abs(g - q).max() <= allowed for each input's gradient g and quotients q)."),
        ),
        Part(
            "proportional", 10, finds(PROPORTIONAL),
            "The outputs of a softmax add up to 1, so the gradient of their sum is 0, and twice 0 is 0.",
            "notebook 2, §4",
            ("What is the derivative of the sum of all outputs of a softmax?",
             "Do not take the sum of y, but of y with weights that differ.",
             "v = rng.normal(size=y.shape), y.backward(Tensor(v)), and quotients of (y.data * v).sum()."),
        ),
        Part(
            "second_input", 10, finds(SECOND_INPUT),
            "Weights and biases are second and third inputs, and they are what learns.",
            "notebook 2, §1",
            ("For how many inputs do you compute quotients?",
             "While one input is moved, the others stay where they are; each has its turn.",
             "for i in range(len(inputs)): …, and compare with tensors[i].grad."),
        ),
        Part(
            "elements", 10, finds(ELEMENTS, (0.0, 3.0)),
            "An off-by-one mistake spoils a border, a last row, one element, or their order; the mean looks fine.",
            "notebook 2, §3",
            ("Would your check notice if the gradient had its rows in the wrong order?",
             "Each element of an input is moved by itself, and has its own quotient.",
             "for at in np.ndindex(x.shape): move x[at] by h, compute, move it by −h, compute, and put it back."),
        ),
        Part(
            "small", 5, finds(SMALL),
            "Gradients in a network are often small, and a tolerance that is larger than they are lets all pass.",
            "notebook 2, §1",
            ("How large are the gradients of 0.02 · tanh(a), and how large is your tolerance?",
             "A tenth of 0.02 is 0.002.",
             "In float64, with two-sided quotients, 1e-5 · (1 + largest) leaves much room on both sides."),
        ),
        Part(
            "not_a_number", 5, finds(NOT_A_NUMBER, (np.nan, np.inf)),
            "Every comparison with nan is false: whether the difference is too large, and whether it is small enough.",
            "notebook 2, §2",
            ("What does Python say about float('nan') > 1e-5?",
             "Ask whether the difference is small enough, instead of whether it is too large.",
             "right = (np.abs(g - q) <= allowed).all(), and not: wrong = (np.abs(g - q) > allowed).any()."),
        ),
        Part(
            "second", 15, second,
            "Penalties on gradients train by second derivatives, which can be wrong where the first are right.",
            "notebook 2, §4",
            ("For a fixed v, the gradient is a function of the inputs. What can you do with functions?",
             "Write the gradient as a function of Tensors, and check that function by what you have already.",
             "def gradient(*xs): return grad(f(*xs), [xs[i]], Tensor(v), create_graph=True)[0]; where xs[i] does not "
             "require a gradient, put in one that does."),
        ),
        Part(
            "history", 5, history,
            "A gradient depends on the other inputs, and on what comes in from above: there, too, history gets lost.",
            "notebook 2, §4",
            ("The gradient of a·b by a is v·b. What does it depend on?",
             "Give your function of the gradient all inputs, and v as one more input.",
             "gradient(*xs, v), checked at [*inputs, v] with order 1, for each input i of f."),
        ),
        Part(
            "untouched", 5, untouched,
            "A check that moves what it checks is the next bug.",
            "notebook 2, §1",
            ("Print the inputs before and after, with all digits.",
             "x + h − h need not be x again.",
             "Work on a copy: x = inputs[i].copy()."),
        ),
    ),
)  # fmt: skip
