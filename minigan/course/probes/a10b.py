"""A10b: WGAN-GP, whose penalty contains a gradient and is differentiated itself."""

from typing import Any

import numpy as np

from ...tensor import Tensor, grad
from ..asking import Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..calls.networks import build, draw_numbers, set_weights
from ..comparing import compare, hold_along, holds

Arrays = dict[str, np.ndarray]
STEPS, BATCH = 100, 16  # of the critic of points in the plane
LEAST, MOST = 0.6, 1.5  # its slope in the end, and its gap as a share of the distance; both should be 1


def draw(rng: np.random.Generator) -> tuple[dict[str, Any], Arrays, tuple[int, ...]]:
    """A smooth critic with a convolution: its description, its weights, and the shape of an image."""
    height, width, channels, features = draw_sizes(rng, 4, 2, 5)
    convolution: list = ["Conv2d", channels, features, 3, {"padding": 1}]
    d = [convolution, ["Tanh"], ["Reshape", -1], ["Linear", height * width * features, 1], ["Reshape"]]
    return {"d": d, "seed": int(rng.integers(1 << 31))}, draw_numbers(d, "d.", rng), (height, width, channels)


def slopes(d: list, weights: Arrays, x: np.ndarray) -> np.ndarray:
    """‖∂d/∂x‖ of each image."""
    points = Tensor(x, requires_grad=True)
    (found,) = grad(build(d, weights, "d.")(points).sum(), [points])
    norms: np.ndarray = np.sqrt((found.data.reshape(len(x), -1) ** 2).sum(1))
    return norms


def make_steep(d: list, weights: Arrays, x: np.ndarray) -> None:
    """Scale D's last weights until all slopes are far above 1, so that a penalty of these alone has a gradient, too."""
    weights[max(weights)] *= 3.0 / slopes(d, weights, x).min()


def value(ask: Ask, rng: np.random.Generator) -> None:
    """The penalty of single images, where D is too flat, and where it is too steep."""
    for factor in (0.4, 2.5):
        text, weights, shape = draw(rng)
        x = rng.normal(size=(1, *shape))
        name = max(weights)  # the last layer's
        weights[name] *= factor / slopes(text["d"], weights, x)[0]
        expected = (slopes(text["d"], weights, x)[0] - 1) ** 2
        what = f"the penalty of one image {x.shape}, where the slope is {factor:g}"
        compare(what, ask("penalties", text, xs=x[None], **weights)["values"][0], np.array(expected), 1e-5)


def each(ask: Ask, rng: np.random.Generator) -> None:
    """The penalty of a batch is the mean of the penalties of its images, as the submission gives them."""
    text, weights, shape = draw(rng)
    weights[max(weights)] *= 3.0
    x = rng.normal(size=(int(rng.integers(3, 6)), *shape))
    alone = ask("penalties", text, xs=x[:, None], **weights)["values"]
    if np.ptp(alone) < 1e-3:
        raise Wrong(f"the penalties of {len(x)} different images, one at a time: expected different ones, got "
                    f"{alone.ravel()[0]:.6g} of all")  # fmt: skip
    together = ask("penalties", text, xs=x[None], **weights)["values"][0]
    compare(f"the penalty of {len(x)} images, compared with the mean of yours of each", together, alone.mean(0), 1e-8)


def second_order(ask: Ask, rng: np.random.Generator) -> None:
    """The gradient of the penalty by D's weights."""
    text, weights, shape = draw(rng)
    x = rng.normal(size=(3, *shape))
    make_steep(text["d"], weights, x)
    answer = ask("gradient", text, x=x, **weights)
    hold_along(
        answer["gradients"], answer["weights"],
        lambda many: ask("penalties", text, xs=x[None], many=many, **weights)["values"],
        rng, "the gradient of the penalty by D's weights",
    )  # fmt: skip


def between(ask: Ask, rng: np.random.Generator) -> None:
    """Every x̂ lies on the line between its two images, each at a place of its own."""
    shape = (40, *draw_sizes(rng, 3, 2, 4))
    real, fake = rng.normal(size=shape), rng.normal(size=shape)
    answer = ask("between", {"seed": int(rng.integers(1 << 31))}, real=real, fake=fake)
    x = answer["first"]
    if x.shape != shape:
        raise Wrong(f"x̂ of images {shape}: expected the same shape, got {x.shape}")
    along, way = (x - fake).reshape(len(x), -1), (real - fake).reshape(len(x), -1)
    share = (along * way).sum(1) / (way * way).sum(1)
    compare("x̂, compared with the nearest point on the line through its two images", along, share[:, None] * way)
    if not ((share >= -1e-9) & (share <= 1 + 1e-9)).all():
        raise Wrong(f"ε: expected 0 … 1, got {share.min():.4g} … {share.max():.4g}")
    if len(np.unique(share.round(6))) < len(x) // 2 or np.ptp(share) < 0.5:
        raise Wrong(f"ε of {len(x)} images: expected a different one for each, from all of 0 … 1, got "
                    f"{np.array2string(share[:4], precision=3)} …")  # fmt: skip
    if np.array_equal(answer["again"], x) or not np.array_equal(answer["same"], x):
        raise Wrong("ε: expected numbers that rng draws, others each time, and the same ones from the same seed")


def losses(ask: Ask, rng: np.random.Generator) -> None:
    """Both losses of a linear D, whose penalty is the same at every point."""
    text, _, shape = draw(rng)
    text["d"] = [["Reshape", -1], ["Linear", int(np.prod(shape)), 1], ["Reshape"]]
    weights = draw_numbers(text["d"], "d.", rng)
    count = int(rng.integers(3, 6))
    real, fake = rng.normal(size=(count, *shape)), rng.normal(size=(count, *shape))
    d = build(text["d"], weights, "d.")
    of_real, of_fake = (d(Tensor(x)).data.mean() for x in (real, fake))
    for weight in (0.0, float(rng.uniform(2, 9))):
        answer = ask("losses", {**text, "weight": weight}, real=real, fake=fake, **weights)
        expected = of_fake - of_real + weight * answer["penalty"]
        compare(f"L_D, with weight {weight:.3g}, of {count} images, by your own penalty", answer["critic"], expected)
        compare(f"L_G of {count} images", answer["generator"], np.array(-of_fake))


def turn(ask: Ask, rng: np.random.Generator) -> None:
    """D's loss gives gradients to all of D's weights, and none to the generated images."""
    text, weights, shape = draw(rng)
    text["weight"] = float(rng.uniform(2, 9))
    images = {name: rng.normal(size=(3, *shape)) for name in ("real", "fake")}
    make_steep(text["d"], weights, np.concatenate([*images.values()]))
    answer = ask("turn", text, **images, **weights)
    if answer["arrived"] != 0.0:
        raise Wrong(f"gradients of D's loss have arrived at the generated images, up to {float(answer['arrived']):.3g}")
    if holds(second_order, ask, rng):
        hold_along(
            answer["gradients"], answer["weights"],
            lambda many: ask("turn", text, many=many, **images, **weights)["losses"],
            rng, "the gradient of L_D by D's weights",
        )  # fmt: skip


def zero(ask: Ask, rng: np.random.Generator) -> None:
    """Where D is constant, ‖∂d/∂x‖ = 0: the penalty is 1, and all gradients are finite."""
    text, weights, shape = draw(rng)
    weights[max(weights)] *= 0.0
    x = rng.normal(size=(1, *shape))
    found = {"the penalty": ask("penalties", text, xs=x[None], **weights)["values"][0]}
    if holds(second_order, ask, rng):
        found["its gradient by D's weights"] = ask("gradient", text, x=x, **weights)["gradients"]
    for name, numbers in found.items():
        if not np.isfinite(numbers).all():
            raise Wrong(f"a constant D: expected finite numbers, got {numbers.ravel()[0]} in {name}")
    if holds(value, ask, rng):
        compare("the penalty of a constant D", found["the penalty"], np.array(1.0), 1e-2)


def outcome(ask: Ask, rng: np.random.Generator) -> None:
    """Two clouds of points that lie so far apart: a critic of slope 1 gives scores whose gap is that distance."""
    for probe in (value, second_order, each, between, losses, turn):
        if not holds(probe, ask, rng):
            raise Wrong(f"no critic is trained before {probe.__name__} is right")
    d: list[list] = [["Linear", 2, 16], ["LeakyReLU", 0.2], ["Linear", 16, 1], ["Reshape"]]
    weights, distance, angle = draw_numbers(d, "d.", rng), rng.uniform(1.5, 4.0), rng.uniform(0, 2 * np.pi)
    half = 0.5 * distance * np.array([np.cos(angle), np.sin(angle)])
    reals, fakes = (centre + 0.5 * rng.normal(size=(STEPS + 1, BATCH, 2)) for centre in (half, -half))
    settings = {"d": d, "rate": 0.02, "weight": 10.0, "seed": int(rng.integers(1 << 31))}
    found = ask("train", settings, reals=reals[1:], fakes=fakes[1:], **weights)["weights"]
    critic = build(d, weights, "d.")
    set_weights(critic, found)
    gap = float(critic(Tensor(reals[0])).data.mean() - critic(Tensor(fakes[0])).data.mean())
    trained = {f"d.{name}": x for name, x in critic.state_dict().items()}
    share = rng.uniform(size=(BATCH, 1))
    steep = float(slopes(d, trained, share * reals[0] + (1 - share) * fakes[0]).mean())
    for what, number in (("‖∂d/∂x‖ between the points", steep), ("gap, divided by the distance,", gap / distance)):
        if not LEAST <= number <= MOST:
            raise Wrong(f"after {STEPS} steps of D, its {what}: expected {LEAST} … {MOST}, got {number:.3g}")


ASSIGNMENT = Assignment(
    name="a10b",
    title="A critic with a slope of one",
    minutes=240,
    functions=("between", "penalty", "critic_loss", "generator_loss"),
    removed={
        "gan/penalties.py": ("R1", "R2", "R1AndR2", "UnitSlope", "squared_slopes"),
        "gan/losses.py": ("Wasserstein.on_real", "Wasserstein.on_fake", "Wasserstein.for_generator"),
    },
    parts=(
        Part.of(
            value, 15,
            "A critic of slope 1 measures how far the images are apart; of another slope, it measures something else.",
            "docs/losses.md",
            "Take a linear D, d(x) = w·x. What is ∂d/∂x, at every x, and what is the penalty?",
            "The norm has a root: √(Σ g²). From it 1 is subtracted, and then it is squared.",
            "(slope,) = grad(discriminator(x).sum(), [x], create_graph=True), where x is a Tensor that requires a "
            "gradient; then the norm of slope, image by image.",
        ),
        Part.of(
            second_order, 30,
            "The penalty teaches D only through its own gradient: a gradient of a gradient.",
            "notebook 1, §5",
            "Call .backward() on your penalty, and look at the gradients of D's weights. Are there any?",
            "A gradient that is computed without a history is a constant, and so is every penalty made of it.",
            "create_graph=True in grad(…), and from there to the result only Tensors: no .data, no .numpy().",
        ),
        Part.of(
            each, 10,
            "D must not be steep at one image because it is flat at another.",
            "docs/losses.md",
            "What is the penalty of two images, one with slope 0 and one with slope 2? It should be 1.",
            "Over which axes does your sum of squares go? One of them must stay.",
            "(slope * slope).reshape(N, -1).sum(axis=1) are N squares; differentiate d(x).sum(), not d(x).mean().",
        ),
        Part.of(
            between, 10,
            "The slope must be 1 where G's images move, on their way to the real ones.",
            "notebook 10, §2",
            "Print ε: how many numbers are there, and for how many images?",
            "One ε for each image, the same for all of its pixels: the shape (N, 1, …, 1) is repeated as needed.",
            "rng.uniform(size=(N, 1, 1, 1)) for images (N, H, W, C); x̂ = Tensor(ε * real.data + (1 − ε) * fake.data).",
        ),
        Part.of(
            losses, 15,
            "D widens the gap between the scores of real and fake images, and G narrows it.",
            "notebook 9, §1",
            "D minimises its loss. What happens to d(real), and to d(fake), when it gets smaller?",
            "There are no sigmoids and no logarithms here: scores are any numbers, and only differences count.",
            "L_D = d(fake).mean() − d(real).mean() + weight · penalty, and L_G = −d(fake).mean().",
        ),
        Part.of(
            turn, 10,
            "D's loss wants fake images to score low: its gradient must not reach the network that draws them.",
            "notebook 9, §3",
            "After D's backward pass, has G a gradient?",
            "Where do the generated images enter L_D? There are two places, d(fake) and x̂.",
            "fake = fake.detach() in the first line of critic_loss.",
        ),
        Part.of(
            zero, 5,
            "The root has no derivative at 0: 1 / 0 · 0 is NaN, and a NaN spreads to all weights.",
            "notebook 3, §2",
            "Set all of D's weights to 0, and look at the gradients of the penalty.",
            "Which step of the chain rule divides by the norm?",
            "(squares + 1e-12) ** 0.5 has a derivative everywhere.",
        ),
        Part.of(
            outcome, 5,
            "This is what it is for: D's gap says how far G is from the real images, as no loss of a judge does.",
            "docs/losses.md",
            "If other parts are wrong, mend those first: this one trains with what they ask for.",
            "Take two clouds of points, 3 apart, train D alone, and print mean d(real) − mean d(fake) as it learns.",
            "If the gap grows without end, look at the weight of the penalty, and at where its points lie.",
            seconds=30.0,
        ),
    ),
)  # fmt: skip
