"""A8: Adam, an optimiser with two moments for every number, and its bookkeeping."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, holds

TINY = 1e-12  # an ε too small to be seen
STEPS, NEAR = 2000, 0.02  # on Rosenbrock's function, and how near to the minimum


class Case(NamedTuple):
    """Parameters by name, their gradients (steps, …) by name, and the settings of the optimisers."""

    parameters: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    settings: dict[str, Any]

    def ask(self, ask: Ask, has: np.ndarray | None = None, **settings: Any) -> Answer:
        """What the submission does with it; `Wrong` if a parameter that had gradients has not moved."""
        has = np.ones((len(self.settings["rates"]), len(self.parameters)), bool) if has is None else has
        answer = ask("run", {**self.settings, **settings}, has=has, **self.parameters, **self.gradients)
        for i, (name, start) in enumerate(self.parameters.items()):
            path = answer[f"x{i}"]
            if path.shape != (len(has), *start.shape):
                raise Wrong(f"{name}: expected shape {start.shape} after a step, got {path.shape[1:]}")
            if has[:, i].any() and np.array_equal(path[-1], start):
                raise Wrong(f"a parameter {start.shape} with gradients has not moved")
        return answer

    def alone(self, ask: Ask, i: int) -> np.ndarray:
        """Where parameter i goes if it is all that there is."""
        only = Case({"p0": self.parameters[f"p{i}"]}, {"g0": self.gradients[f"g{i}"]}, self.settings)
        return only.ask(ask, groups=[[0]])["x0"]

    def expected(self, corrected: bool = True) -> np.ndarray:
        """Where the first parameter goes, step by step, by the formula, or by the formula without m̂ and v̂."""
        (beta1, beta2), epsilon = self.settings["betas"], self.settings["epsilon"]
        p = self.parameters["p0"]
        m, v, path = np.zeros_like(p), np.zeros_like(p), []
        for t, (g, lr) in enumerate(zip(self.gradients["g0"], self.settings["rates"]), 1):
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            share1, share2 = (1 - beta1**t, 1 - beta2**t) if corrected else (1.0, 1.0)
            p = p - lr * (m / share1) / (np.sqrt(v / share2) + epsilon)
            path.append(p)
        return np.stack(path)


def draw(
    rng: np.random.Generator, steps: int, shapes: Sequence[Sequence[int]], epsilon: float = TINY, together: bool = True
) -> Case:
    """Parameters of these shapes and their gradients, with secret β and learning rate, for one optimiser or several.

    The gradients are positive, so that a mistake in the formula does not give NaN where something else is asked.
    """
    parameters = {f"p{i}": rng.normal(size=shape) for i, shape in enumerate(shapes)}
    gradients = {f"g{i}": rng.uniform(0.2, 2.0, size=(steps, *shape)) for i, shape in enumerate(shapes)}
    betas = [float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.85, 0.98))]
    everybody = list(range(len(shapes)))
    groups = [everybody] if together else [[i] for i in everybody]
    rates = [float(rng.uniform(0.01, 0.1))] * steps
    return Case(parameters, gradients, {"groups": groups, "rates": rates, "betas": betas, "epsilon": epsilon})


def one_step(rng: np.random.Generator, epsilon: float = TINY) -> Case:
    """A single step, by gradients of both signs that are not near 0."""
    case = draw(rng, 1, [draw_sizes(rng, 2, 2, 5)], epsilon)
    case.gradients["g0"] *= rng.choice([-1.0, 1.0], size=case.gradients["g0"].shape)
    return case


def first_step(ask: Ask, rng: np.random.Generator) -> None:
    """The first step of a parameter: m̂ and v̂ are g and g² there."""
    case = one_step(rng)
    compare(f"p {case.parameters['p0'].shape} after its first step", case.ask(ask)["x0"][0], case.expected()[0])


def moments(ask: Ask, rng: np.random.Generator) -> None:
    """Several steps of one parameter; without bias correction, if the first step has none."""
    corrected = holds(first_step, ask, rng)
    case = draw(rng, 6, [draw_sizes(rng, 2, 2, 5)])
    case.gradients["g0"][...] = rng.normal(size=case.gradients["g0"].shape)
    path, expected = case.ask(ask)["x0"], case.expected(corrected)
    for t in range(1, len(path)):
        compare(f"p {path.shape[1:]} after {t + 1} steps", path[t], expected[t], 1e-8)


def epsilon(ask: Ask, rng: np.random.Generator) -> None:
    """A large ε, and gradients of 0; also in the paper's faster form, whose ε̂ is not divided by √(1 − β₂ᵗ)."""
    corrected = holds(first_step, ask, rng)
    size = float(rng.uniform(0.05, 0.5))
    case = one_step(rng, size)
    case.gradients["g0"][0, 0] = 0.0
    faster = one_step(rng)._replace(parameters=case.parameters, gradients=case.gradients)
    scaled = size / np.sqrt(1 - case.settings["betas"][1])
    faster = faster._replace(settings={**case.settings, "epsilon": scaled})
    found, what = case.ask(ask)["x0"], f"p after its first step, with ε = {size:.3g} and some gradients 0"
    if not (corrected and holds(compare, what, found, faster.expected())):
        compare(what, found, case.expected(corrected))


def several(ask: Ask, rng: np.random.Generator) -> None:
    """Parameters of different shapes move as each does alone."""
    a, b, c = draw_sizes(rng, 3, 2, 5)
    case = draw(rng, 4, [(a,), (b, c), (c, b, 2)])
    answer = case.ask(ask)
    for i, p in enumerate(case.parameters.values()):
        compare(f"parameter {i + 1} of 3, {p.shape}, compared with alone", answer[f"x{i}"], case.alone(ask, i))


def without_gradient(ask: Ask, rng: np.random.Generator) -> None:
    """A parameter that never gets a gradient, or not in every step, stays where it is meanwhile."""
    a, b, c = draw_sizes(rng, 3, 2, 5)
    case = draw(rng, 4, [(a, b), (c,), (b, c)])
    has = np.array([[True, True, False], [True, True, False], [True, False, False], [True, True, False]])
    answer = case.ask(ask, has)
    compare("a parameter without any gradient", answer["x2"][-1], case.parameters["p2"], 0.0)
    path = answer["x1"]
    compare("a parameter that has a gradient in steps 1 and 2, after step 3 without one", path[2], path[1], 0.0)
    if np.array_equal(path[3], path[2]):
        raise Wrong("a parameter that has a gradient again, after a step without one, has not moved")


def in_place(ask: Ask, rng: np.random.Generator) -> None:
    """The array that a parameter was made of has the new numbers."""
    a, b = draw_sizes(rng, 2, 2, 5)
    case = draw(rng, 2, [(a,), (b, a)])
    answer = case.ask(ask)
    for i in range(2):
        compare(f"the array that p.data was before the steps, {answer[f'x{i}'].shape[1:]}", answer[f"held{i}"],
                answer[f"x{i}"][-1], 0.0)  # fmt: skip


def forgotten(ask: Ask, rng: np.random.Generator) -> None:
    """After a step no parameter has a gradient."""
    a, b = draw_sizes(rng, 2, 2, 5)
    left = draw(rng, 2, [(a, b), (b,)]).ask(ask)["left"]
    if left.shape != (2, 2) or left.any():
        raise Wrong("after a step a parameter still has its gradient: the next backward pass would add to it")


def rate(ask: Ask, rng: np.random.Generator) -> None:
    """With another learning rate from a step on, steps are so many times as long."""
    case, factor = draw(rng, 4, [draw_sizes(rng, 2, 2, 5)]), float(rng.uniform(0.1, 0.5))
    first = case.settings["rates"][0]
    same = case.ask(ask)["x0"]
    changed = case.ask(ask, rates=[first, first, factor * first, factor * first])["x0"]
    what = f"the length of step 3 and 4, where lr was multiplied by {factor:.3g}"
    compare(what, np.diff(changed, axis=0)[1:], factor * np.diff(same, axis=0)[1:])


def care(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and the gradients' arrays are not changed."""
    case = draw(rng, 3, [draw_sizes(rng, 2, 2, 5)], epsilon=1e-8)
    small = {name: g.astype(np.float32) for name, g in case.gradients.items()}
    parameters = {name: p.astype(np.float32) for name, p in case.parameters.items()}
    answer = case._replace(parameters=parameters, gradients=small).ask(ask)
    if answer["x0"].dtype != np.float32:
        raise Wrong(f"p of float32, after a step: expected float32, got {answer['x0'].dtype}")
    compare("the gradients, after the steps that used them", answer["after_g0"], small["g0"], 0.0)


def two(ask: Ask, rng: np.random.Generator) -> None:
    """Two optimisers that step in turn do what each does alone."""
    shape = draw_sizes(rng, 2, 2, 5)
    case = draw(rng, 4, [shape, shape], together=False)
    answer = case.ask(ask)
    for i, name in enumerate(("first", "second")):
        compare(f"the {name} of two optimisers, compared with alone", answer[f"x{i}"], case.alone(ask, i))


def valley(ask: Ask, rng: np.random.Generator) -> None:
    """Rosenbrock's function: a long way along the floor of a curved valley, from several starts at once."""
    start = rng.uniform(-1.5, 1.5, size=(8, 2))
    settings = {"rates": [0.02], "betas": [0.9, 0.99], "epsilon": 1e-8, "steps": STEPS}
    end = ask("descend", settings, start=start)["end"]
    if end.shape != start.shape:
        raise Wrong(f"8 starts (x, y): expected shape {start.shape} at the end, got {end.shape}")
    far = np.abs(end - 1.0).max(1)
    if not (far <= NEAR).all():
        at = int(np.argmax(~(far <= NEAR)))
        raise Wrong(f"from ({start[at, 0]:.2f}, {start[at, 1]:.2f}), {STEPS:,} steps end at "
                    f"({end[at, 0]:.4g}, {end[at, 1]:.4g}); the minimum is at (1, 1)")  # fmt: skip


ASSIGNMENT = Assignment(
    name="a08",
    title="Adam",
    minutes=75,
    functions=("Adam",),
    removed={"optim/optimizers.py": ("Adam.update",)},
    parts=(
        Part.of(
            first_step, 15,
            "m and v start at 0 and are much too small at first; divided by 1 − βᵗ, the first step is as long as any.",
            "notebook 7, §4",
            "Work out m and v after one step by hand, for g = 2. What are m̂ and v̂, and how long is the step?",
            "m̂ = m / (1 − β₁ᵗ), with t = 1 in the first step, not 0.",
            "In the first step p changes by lr · g / |g|, whatever the β: by the learning rate, against the gradient.",
        ),
        Part.of(
            moments, 20,
            "m is a mean of the last gradients and gives the direction; v is a mean of their squares and gives the "
            "scale.",
            "notebook 7, §4",
            "Print m and v for a gradient that is always 1, for β₁ = β₂ = 0.5: ½, ¾, ⅞ …",
            "m and v are kept from step to step: as attributes of the optimiser, one pair for each parameter.",
            "v is made of g², number by number, and β₁ belongs to m, β₂ to v; the root is taken of v̂, not of v.",
        ),
        Part.of(
            epsilon, 5,
            "ε keeps the quotient finite where every gradient was 0, and damps it where all were tiny.",
            "notebook 7, §4",
            "What does your formula give for a gradient of exactly 0?",
            "√v̂ + ε and √(v̂ + ε) are not the same: for ε = 0.01 and v̂ = 0, one is 0.01, the other 0.1.",
            "The denominator is np.sqrt(v_hat) + epsilon.",
        ),
        Part.of(
            several, 5,
            "A network has dozens of parameters, and none of them should notice the others.",
            "notebook 7, §4",
            "Give it two parameters of the same values and gradients. Do they stay the same?",
            "How often does t grow in one step, if there are three parameters?",
            "Count t once in each step, outside the loop, or count it for each parameter by itself.",
        ),
        Part.of(
            without_gradient, 10,
            "While G learns D gets no gradients; where there is none, momentum must not move the weights either.",
            "notebook 7, §4",
            "What is p.grad of a parameter that the loss did not depend on?",
            "A missing gradient is not a gradient of 0: with 0, m would go on moving p for many steps.",
            "`if p.grad is None: continue`, before m and v are touched.",
        ),
        Part.of(
            in_place, 10,
            "The network, and whoever else holds a weight's array, must see the new numbers.",
            "notebook 7, §4",
            "Keep `a = p.data` before the step. Does `a` have the new numbers after it?",
            "`p.data = p.data - …` makes a new array; the old one still has the old numbers.",
            "`p.data -= …` changes the numbers in the array.",
        ),
        Part.of(
            forgotten, 5,
            "A backward pass adds to the gradients that are there: what was used must be gone before the next one.",
            "notebook 9, §2",
            "Look at p.grad after a step.",
            "Who would clear the gradients, if not the optimiser that has used them?",
            "`p.grad = None`, at the end of the loop over the parameters.",
        ),
        Part.of(
            rate, 5,
            "Training lowers the learning rate towards its end, by setting the optimiser's lr.",
            "notebook 7, §4",
            "Set `adam.lr = 0` between two steps. Does the next one still move p?",
            "Is the learning rate stored under the name lr, and nowhere else?",
            "Read self.lr in every step, and compute nothing from it in __init__.",
        ),
        Part.of(
            care, 5,
            "float64 that creeps in doubles memory and halves the speed of all that follows, and a gradient that was "
            "changed is wrong for whoever looks at it next.",
            "notebook 1, §4",
            "Print the dtypes of p.data, m and v for a float32 parameter.",
            "np.zeros(shape) is float64; np.zeros_like(p.data) is of p's kind. So is `p.data -= …`, but not "
            "`p.data = p.data - …` of other numbers.",
            "`g *= …` and `np.square(g, out=g)` write into the gradient: make a new array instead.",
        ),
        Part.of(
            two, 10,
            "G and D have an Adam each; with shared moments each would walk by the other's gradients.",
            "notebook 7, §4",
            "Make two optimisers, and look at `a.m is b.m`, or whatever your moments are called.",
            "Lists in the class, and lists as default values of arguments, exist only once for all.",
            "Make m and v in __init__, as attributes of self.",
        ),
        Part.of(
            valley, 10,
            "This is what it is for: the gradient points across the valley, hundreds of times as steep as along it.",
            "notebook 7, §4",
            "Draw the path of p. Does it reach the floor of the valley, and does it move along it?",
            "If it jumps from wall to wall, look at m; if it creeps, look at v.",
            "If `moments` is right and this is not, look at what t is after a thousand steps, and at the loop.",
        ),
    ),
)  # fmt: skip
