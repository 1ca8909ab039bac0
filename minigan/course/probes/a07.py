"""A7: batch normalisation, its gradient by hand, and the layer that keeps running statistics."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...tensor import Tensor
from ..asking import Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, hold_gradient, hold_value, holds

EPSILON = 1e-5


class Case(NamedTuple):
    """One batch norm: its inputs by name, and its settings as the submission gets them."""

    inputs: dict[str, np.ndarray]
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        return f"batch_norm with epsilon {self.settings['epsilon']:.3g}"

    def reference(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """What is right."""
        return ops.batch_norm(x, scale, shift, self.settings["epsilon"])

    def hold_value(self, ask: Ask, tolerance: float = 1e-5) -> None:
        hold_value(ask, self.reference, self.inputs, self.settings, self.name, tolerance)

    def hold_gradient(self, ask: Ask, rng: np.random.Generator, by: str) -> None:
        hold_gradient(ask, self.reference, self.inputs, self.settings, self.name, rng, [by])


def draw(rng: np.random.Generator, axes: int, deviation: float = 300.0, epsilon: float = EPSILON) -> Case:
    """Values of (N, C) or (N, H, W, C), which differ in their means and deviations from channel to channel.

    With a deviation of 300, an epsilon of 1e-5 plays no part.
    """
    shape = draw_sizes(rng, 4, 4, 8)[: axes - 1] + draw_sizes(rng, 1, 2, 4)
    each = deviation * rng.uniform(0.7, 1.4, shape[-1])
    x = each * (rng.normal(size=shape) + rng.uniform(-2, 2, shape[-1]))
    scale, shift = rng.uniform(0.5, 2, shape[-1]) * rng.choice([-1, 1], shape[-1]), rng.normal(size=shape[-1])
    return Case({"x": x, "scale": scale, "shift": shift}, {"f": "batch_norm", "epsilon": epsilon})


def values(ask: Ask, rng: np.random.Generator) -> None:
    """Of (N, C), and of images."""
    for axes in (2, 4):
        draw(rng, axes).hold_value(ask)


def hold_company(ask: Ask, case: Case) -> None:
    """One value changes others of its channel: where none does, that is no norm, and its gradient is too easy."""
    x, at = case.inputs["x"].copy(), (0,) * (case.inputs["x"].ndim - 1)
    x[at] *= -1.5
    before = ask("value", case.settings, **case.inputs)["y"]
    change = ask("value", case.settings, **{**case.inputs, "x": x})["y"] != before
    if change.shape == x.shape:
        change[at] = False
        if not change.any():
            raise Wrong("y does not change with the other values of its channel: it is not normalised by them")


def dx(ask: Ask, rng: np.random.Generator) -> None:
    """The gradient by x, of (N, C) and of images."""
    for axes in (2, 4):
        case = draw(rng, axes)
        hold_company(ask, case)
        case.hold_gradient(ask, rng, "x")


def parameters(ask: Ask, rng: np.random.Generator) -> None:
    """The gradients by scale and shift, of (N, C) and of images."""
    for axes in (2, 4):
        case = draw(rng, axes)
        for key in ("scale", "shift"):
            case.hold_gradient(ask, rng, key)


def right_values(ask: Ask, rng: np.random.Generator) -> bool:
    """Whether the values are right in the simple case."""
    return all(holds(draw(rng, axes).hold_value, ask) for axes in (2, 4))


def epsilon(ask: Ask, rng: np.random.Generator) -> None:
    """Deviations as small as √ε, and a channel that is constant."""
    simple, right = [draw(rng, 2), draw(rng, 4)], right_values(ask, rng)
    by = [key for key in simple[0].inputs if all(holds(case.hold_gradient, ask, rng, key) for case in simple)]
    for axes in (2, 4):
        size = rng.uniform(0.02, 0.08)
        case = draw(rng, axes, math.sqrt(size), size)
        hold_company(ask, case)
        case.inputs["x"][..., 0] = rng.normal()
        case.hold_value(ask, 1e-9 if right else math.inf)
        for key in by:
            case.hold_gradient(ask, rng, key)


def around_1000(ask: Ask, rng: np.random.Generator) -> None:
    """float32 stays float32, and gives what float64 gives, by the submission's own values, also far from 0."""
    shape = (*draw_sizes(rng, 3, 5, 7), 12)
    inputs = {"x": 1000 + rng.normal(size=shape), "scale": rng.uniform(0.5, 2, 12), "shift": rng.normal(size=12)}
    small = {key: x.astype(np.float32) for key, x in inputs.items()}
    large = {key: x.astype(np.float64) for key, x in small.items()}
    settings, v = {"f": "batch_norm", "epsilon": EPSILON, "by": list(inputs)}, rng.normal(size=shape)
    hold_company(ask, Case(large, settings))
    found = ask("gradient", settings, v=v.astype(np.float32), **small)
    exact = ask("gradient", settings, v=v.astype(np.float32).astype(np.float64), **large)
    for key, tolerance in {"y": 0.005, "d_x": 0.01}.items():
        if found[key].dtype != np.float32:
            raise Wrong(f"{key} of float32 inputs: expected float32, got {found[key].dtype}")
        compare(f"{key} of float32 numbers around 1000, and your own of float64", found[key], exact[key], tolerance)
    for key, x in small.items():
        compare(f"{key} after batch_norm and its gradient", found[f"after_{key}"], x, 0.0)


def draw_layer(rng: np.random.Generator, axes: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Settings of a layer, and three batches for it, its scale and its shift, in float32."""
    shape = draw_sizes(rng, 4, 4, 8)[: axes - 1] + draw_sizes(rng, 1, 2, 4)
    channels = shape[-1]
    batches = rng.uniform(1, 3, channels) * rng.normal(size=(3, *shape)) + rng.uniform(-5, 5, channels)
    arrays = {"batches": batches, "scale": rng.uniform(0.5, 2, channels), "shift": rng.normal(size=channels)}
    settings = {"momentum": float(rng.uniform(0.05, 0.4)), "epsilon": float(rng.uniform(1e-5, 1e-3))}
    return settings, {key: x.astype(np.float32) for key, x in arrays.items()}


def running(ask: Ask, rng: np.random.Generator) -> None:
    """What the layer gives in training, and where the running statistics are after three batches."""
    right = right_values(ask, rng)
    for axes in (2, 4):
        settings, arrays = draw_layer(rng, axes)
        answer = ask("running", settings, **arrays)
        batches, channels = arrays["batches"].astype(float), arrays["batches"].shape[-1]
        expected = {"mean": np.zeros(channels), "variance": np.ones(channels)}
        for name, first in expected.items():
            compare(f"running_{name} of a new layer", answer[f"new_{name}"], first.astype(np.float32))
        over, share = tuple(range(axes - 1)), settings["momentum"]
        for x in batches:
            new = {"mean": x.mean(over), "variance": x.var(over, ddof=1)}
            expected = {name: (1 - share) * old + share * new[name] for name, old in expected.items()}
        for name, value in expected.items():
            what = f"running_{name} after {len(batches)} batches {batches[0].shape}, momentum {share:.3g}"
            compare(what, answer[name], value.astype(np.float32), 2e-5)
        scale, shift = (Tensor(arrays[key].astype(float)) for key in ("scale", "shift"))
        ys = np.stack([ops.batch_norm(Tensor(x), scale, shift, settings["epsilon"]).numpy() for x in batches])
        compare("y of the layer in training", answer["ys"], ys, 1e-2 if right else math.inf)


def evaluation(ask: Ask, rng: np.random.Generator) -> None:
    """In evaluation: by the running statistics, which stay as they are, and each example by itself."""
    for axes in (2, 4):
        settings, arrays = draw_layer(rng, axes)
        x = 2 * rng.normal(size=arrays["batches"].shape[1:])
        x, v = x.astype(np.float32), rng.normal(size=x.shape).astype(np.float32)
        answer = ask("evaluation", settings, **arrays, x=x, v=v)
        for name in ("mean", "variance"):
            what = f"running_{name} after an evaluation, which must not move it"
            compare(what, answer[name], answer[f"before_{name}"], 0.0)
        compare("y of one example in evaluation, alone and in company", answer["alone"], answer["y"][:1], 1e-6)
        inverse = 1 / np.sqrt(answer["before_variance"].astype(float) + settings["epsilon"])
        hat, over = (x - answer["before_mean"]) * inverse, tuple(range(axes - 1))
        expected = arrays["scale"] * hat + arrays["shift"]
        compare("y in evaluation, by the layer's own running statistics", answer["y"], expected, 1e-5)
        gradients = {"x": v * arrays["scale"] * inverse, "scale": (v * hat).sum(over), "shift": v.sum(over)}
        for key, right in gradients.items():
            if f"d_{key}" not in answer:
                raise Wrong(f"in evaluation no gradient arrived at {key}: compute with Tensors, not with arrays")
            compare(f"∂L/∂{key} in evaluation", answer[f"d_{key}"], right, 1e-4)


def invariances(ask: Ask, rng: np.random.Generator) -> None:
    """Σ ∂L/∂x = 0 and Σ x ∂L/∂x = 0 in each channel: to move or to stretch all x changes nothing."""
    case = draw(rng, 4)
    x, v = case.inputs["x"], rng.normal(size=case.inputs["x"].shape)
    found = ask("gradient", {**case.settings, "by": ["x"]}, v=v, **case.inputs)["d_x"]
    if found.shape != x.shape or not found.any():
        raise Wrong("∂L/∂x is 0 everywhere" if found.shape == x.shape else f"∂L/∂x has shape {found.shape}")
    zeros = np.zeros(x.shape[-1])
    compare("the sum of ∂L/∂x in each channel", found.sum((0, 1, 2)), zeros, 1e-7)
    compare("the sum of x ∂L/∂x in each channel", (x * found).sum((0, 1, 2)), zeros, 1e-4)


def state(ask: Ask, rng: np.random.Generator) -> None:
    """A new layer that loads the state of a trained one gives the same; nothing else is trained or remembered."""
    settings, arrays = draw_layer(rng, int(rng.choice([2, 4])))
    x = rng.normal(size=arrays["batches"].shape[1:]).astype(np.float32)
    answer = ask("state", settings, **arrays, x=x)
    if not answer["saved"].all():
        raise Wrong("after training, state_dict() must hold scale, shift, running_mean and running_variance")
    if not answer["trains"].all():
        raise Wrong("parameters() must be scale and shift: these two are nn.Parameters, the running statistics are not")
    if answer["history"].any():
        raise Wrong("the running statistics have a history: they keep the graphs of all batches alive; use x.data")
    compare("y in evaluation of a new layer that has loaded the state_dict", answer["loaded"], answer["y"], 0.0)


def part(name: str, points: int, probe: Any, why: str, section: int, hints: Sequence[str]) -> Part:
    return Part(name, points, probe, why, f"notebook 5, §{section}", hints)


ASSIGNMENT = Assignment(
    name="a07",
    title="Batch normalisation",
    minutes=150,
    functions=("batch_norm", "BatchNorm"),
    removed={
        "ops/normalization.py": ("BatchNorm", "batch_norm", "batch_norm_node", "normalize"),
        "ops/layer_functions.py": ("layer_norm", "group_norm", "instance_norm", "_standardize"),
        "nn/layers.py": ("BatchNorm2d.activated", "_update"),
    },
    parts=(
        part(
            "values", 15, values,
            "The weights of the next layer then see numbers of the same size, whatever comes before.", 2,
            (
                "Two examples, 1 and 3, in one channel: μ = 2, σ² = 1. What are x̂ and y, for γ = 2 and β = 5?",
                "One μ and one σ² for each channel: over the batch, and of images over all pixels, too.",
                "x.mean(axes) and x.var(axes) with axes = tuple(range(x.ndim - 1)); shape (C,) fits the last axis.",
            ),
        ),
        part(
            "dx", 20, dx,
            "This is what the layers below learn from; the gradient of a sum would be 0 even where it is right.", 3,
            (
                "If x_n grows, then μ and σ² grow, too, and change x̂ of all the others: three ways, three terms.",
                "∂μ/∂x_n = 1/m and ∂σ/∂x_n = x̂_n/m. Write out ∂x̂_k/∂x_n, and sum γ g_k ∂x̂_k/∂x_n over k.",
                "∂L/∂x = γ/√(σ² + ε) · (g − mean(g) − x̂ mean(g x̂)), with means for each channel.",
            ),
        ),
        part(
            "parameters", 10, parameters,
            "γ and β give back to the network the size and the mean that it has lost.", 3,
            (
                "γ multiplies x̂, and is the same for all examples and pixels: what is then its gradient?",
                "Both are sums for each channel, of shape (C,): no means, and by x̂, not by y.",
                "∂L/∂γ = Σ g x̂ and ∂L/∂β = Σ g.",
            ),
        ),
        part(
            "epsilon", 10, epsilon,
            "A channel that is the same everywhere would be divided by 0, and a single nan spoils all that follows.", 2,
            (
                "Try a batch of equal numbers: what is σ², and what is y?",
                "√(σ² + ε) is not √σ² + ε; and ε is an argument, so it may be another than 1e-5.",
                "Compute one inverse_std = 1/np.sqrt(variance + epsilon), and use it in forward and backward.",
            ),
        ),
        part(
            "float32", 10, around_1000,
            "Training runs in float32, where numbers around 1000 have four digits behind the point and squares none.",
            2,
            (
                "What is 1000.5² in float32? Compare E[x²] − μ² with the mean of (x − μ)².",
                "Subtract the mean first, then square. Look also at the dtype of what you return.",
                "x.var(axes) is right. np.zeros and np.float64 make float64 of all, and `x -= …` changes the input.",
            ),
        ),
        part(
            "running", 10, running,
            "In evaluation there may be only one image, and it has no statistics: they come from training.", 4,
            (
                "With momentum 0.1, a tenth is new in each batch and nine tenths remain.",
                "In training the batch's own μ and σ² make y; the running ones are only kept for later.",
                "m values have the unbiased variance σ² m/(m − 1), m = x.size // channels: x.data.var(axes, ddof=1).",
            ),
        ),
        part(
            "evaluation", 15, evaluation,
            "The same z must give the same picture, whoever is in its batch, and looking must not change a network.", 4,
            (
                "Print running_mean before and after a forward pass in evaluation.",
                "`if self.training:` decides two things: which statistics are used, and whether the running ones move.",
                "By Tensors: (x - self.running_mean) / (self.running_variance + ε) ** 0.5 * self.scale + self.shift.",
            ),
        ),
        part(
            "invariances", 5, invariances,
            "To move or to stretch all x of a channel changes no y: the gradient has no part in that direction.", 3,
            (
                "This needs no reference: print dx.sum(axes) and (x * dx).sum(axes).",
                "If the first is not 0, the way by μ is wrong or missing; if the second is not, the way by σ².",
                "γ/√(σ² + ε) · (g − mean(g) − x̂ mean(g x̂)): means over all axes but the last, not sums.",
            ),
        ),
        part(
            "state", 5, state,
            "A network that is saved without its running statistics draws grey after loading.", 4,
            (
                "Print layer.state_dict() before and after a batch in training: are all four still there?",
                "state_dict finds Parameters and Tensors among the attributes; an array in their place is lost.",
                "self.running_mean.data = (1 - a) * self.running_mean.data + a * x.data.mean(axes): values only.",
            ),
        ),
    ),
)  # fmt: skip
