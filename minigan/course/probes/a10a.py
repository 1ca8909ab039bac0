"""A10a: completing images, on small networks, where everything is known, and on the faces in the package."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ... import nn
from ...data import load_test_set, scale_images
from ...gan import load_run
from ...ops import softplus
from ...tensor import Tensor
from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..calls.networks import build, draw_numbers, numbers
from ..comparing import compare, hold_along, holds

LATENT, SMALL = 6, 1e-3  # the second is a weight of D
SEARCH = {"steps": 100, "lr": 0.1, "weight": SMALL}  # of `fit`
FIT = 24.0  # decibels that it must reach at the known pixels
SIDE, FACES, FACE_STEPS = 32, 5, 25  # of `hole`


class Task(NamedTuple):
    """Two networks, and images with holes: what the submission gets."""

    text: dict[str, Any]
    arrays: dict[str, np.ndarray]  # weights
    images: np.ndarray
    known: np.ndarray
    starts: np.ndarray

    def complete(self, ask: Ask, **settings: Any) -> Answer:
        """The completed images and their z, of the right shapes."""
        inputs = {"images": self.images, "known": self.known, "starts": self.starts}
        answer = ask("complete", {**self.text, **SEARCH, **settings}, **inputs, **self.arrays)
        shapes = {"completed": self.images.shape, "z": (len(self.images), self.starts.shape[1])}
        for name, shape in shapes.items():
            if answer[name].shape != shape:
                raise Wrong(f"{name}, of {len(self.images)} images: expected shape {shape}, got {answer[name].shape}")
        return answer

    def draw(self, z: np.ndarray) -> np.ndarray:
        """G(z), in evaluation mode."""
        g = build(self.text["g"], self.arrays, "g.")
        with nn.inference(g):
            drawn: np.ndarray = g(Tensor(z)).data
        return drawn


def draw(rng: np.random.Generator, norm: bool = False) -> Task:
    """A task of small networks, with batch norm or without; the images are G's own, of other z than the starts."""
    inside_g, inside_d, *image = draw_sizes(rng, 5, 3, 8)
    pixels, count = int(np.prod(image)), int(rng.integers(4, 6))

    def inside(inputs: int, outputs: int) -> list[list]:
        return [["Linear", inputs, outputs], *([["BatchNorm2d", outputs]] if norm else []), ["Tanh"]]

    g = [*inside(LATENT, inside_g + 8), ["Linear", inside_g + 8, pixels], ["Tanh"], ["Reshape", *image]]
    d = [["Reshape", -1], *inside(pixels, inside_d), ["Linear", inside_d, 1], ["Reshape"]]
    arrays = {**draw_numbers(g, "g.", rng), **draw_numbers(d, "d.", rng)}
    known = rng.uniform(size=(count, *image[:2])) < 0.5
    known[:, 0, :2] = [True, False]
    task = Task({"g": g, "d": d}, arrays, np.empty(0), known, rng.normal(size=(10, LATENT)))
    return task._replace(images=task.draw(rng.normal(size=(count, LATENT))))


def decibels(images: np.ndarray, drawn: np.ndarray, where: np.ndarray) -> float:
    """The median of the signal-to-noise ratios of images from −1 to 1, each where `where`, bool (N, H, W), is True."""
    errors = [np.mean((a[mask].astype(float) - b[mask]) ** 2) for a, b, mask in zip(images, drawn, where)]
    return float(np.median(10 * np.log10(4 / np.maximum(errors, 1e-12))))


def contextual(ask: Ask, rng: np.random.Generator) -> None:
    """The loss of images that are drawn rightly in the hole: there it is 0, however it is computed."""
    task = draw(rng)
    drawn = np.where(task.known[..., None], rng.uniform(-1, 1, size=task.images.shape), task.images)
    expected = ((drawn - task.images) ** 2).sum((1, 2, 3))
    what = f"contextual of images {drawn.shape}"
    compare(what, ask("contextual", {}, drawn=drawn, images=task.images, known=task.known)["y"], expected)


def perceptual(ask: Ask, rng: np.random.Generator) -> None:
    """−ln σ(d), also of logits of thousands."""
    task, last = draw(rng), "d.layers.3.weight"
    for scale, name in ((1.0, ""), (4000.0, ", of large logits")):
        weights = {**task.arrays, last: scale * task.arrays[last]}
        d = build(task.text["d"], weights, "d.")
        expected = softplus(-d(Tensor(task.images))).data
        own = {name: x for name, x in weights.items() if name.startswith("d.")}
        compare(f"perceptual{name}", ask("perceptual", task.text, drawn=task.images, **own)["y"], expected)


def loss(ask: Ask, rng: np.random.Generator) -> None:
    """The sum of the submission's own two losses, and its gradient by z, held against quotients."""
    task, weight = draw(rng), float(rng.uniform(0.5, 2.0))
    z, v = rng.normal(size=(len(task.images), LATENT)), rng.normal(size=len(task.images))
    inputs = {"z": z, "images": task.images, "known": task.known, "v": v, **task.arrays}
    text = {**task.text, "weight": weight}
    answer = ask("loss", text, many=z.reshape(1, -1), **inputs)
    expected = answer["contextual"] + weight * answer["perceptual"]
    compare(f"loss, with weight {weight:.3g}, compared with the sum of your two losses", answer["y"], expected)
    if "gradient" not in answer:
        raise Wrong("the gradient of loss by z: none arrived")
    hold_along(
        answer["gradient"].ravel(), z.ravel(), lambda many: ask("loss", text, many=many, **inputs)["many"], rng,
        "the gradient of loss by z",
    )  # fmt: skip


def start(ask: Ask, rng: np.random.Generator) -> None:
    """Without any step, z is the start that fits best: here, the one that the image was drawn from."""
    task = draw(rng)
    chosen = rng.choice(len(task.starts), len(task.images), replace=False)
    task = task._replace(images=task.draw(task.starts[chosen]))
    found = task.complete(ask, steps=0)["z"]
    compare(f"z after 0 steps, the best of {len(task.starts)} starts for each image", found, task.starts[chosen])


def no_peeking(ask: Ask, rng: np.random.Generator) -> None:
    """With other pixels in the hole, everything is the same, to the last bit."""
    task = draw(rng)
    sign = rng.choice([-1.0, 1.0], size=(len(task.images), 1, 1, 1))
    known = task.known[..., None]
    both = [np.where(known, task.images, side * sign) for side in (1.0, -1.0)]
    drawn = rng.uniform(-1, 1, size=task.images.shape)
    found = [ask("contextual", {}, drawn=drawn, images=x, known=task.known)["y"] for x in both]
    compare("contextual, where only pixels in the hole have changed", found[1], found[0], 0.0)
    first, second = (task._replace(images=x).complete(ask, steps=4) for x in both)
    compare("z, where only pixels in the hole have changed", second["z"], first["z"], 0.0)
    completed = [np.where(known, 0.0, answer["completed"]) for answer in (first, second)]
    compare("what was filled in, where only pixels in the hole have changed", completed[1], completed[0], 0.0)


def untouched(ask: Ask, rng: np.random.Generator) -> None:
    """After the search both networks hold what they held before."""
    task = draw(rng, norm=True)
    answer = task.complete(ask, steps=3)
    for name in ("g", "d"):
        before = numbers([x for _, x in build(task.text[name], task.arrays, f"{name}.").named_tensors()])
        compare(f"{name.upper()}'s weights and statistics after complete", answer[f"{name}_numbers"], before, 0.0)
        if answer[f"{name}_gradients"].any():
            raise Wrong(f"after complete, {name.upper()}'s weights have gradients: the search is to leave none there")


def fit(ask: Ask, rng: np.random.Generator) -> None:
    """The search finds images that agree with the known pixels: G can draw them.

    If `loss` is wrong, its weight is 1, so that it does not matter which of the two it belongs to.
    """
    task = draw(rng)
    z = task.complete(ask, weight=SMALL if holds(loss, ask, rng) else 1.0)["z"]
    found = decibels(task.images, task.draw(z), task.known)
    if not found >= FIT:
        raise Wrong(f"G(z) at the known pixels, after {SEARCH['steps']} steps: expected {FIT} dB, got {found:.1f}")


def exact(ask: Ask, rng: np.random.Generator) -> None:
    """The known pixels are those of the image, bit for bit; those in the hole are G's."""
    task = draw(rng)
    answer, known = task.complete(ask, steps=0), task.known
    compare("the known pixels, completed", answer["completed"][known], task.images[known], 0.0)
    compare("the hole, completed, compared with G(z)", answer["completed"][~known], task.draw(answer["z"])[~known])


def hole(ask: Ask, rng: np.random.Generator) -> None:
    """Faces of which a quarter of the pixels is known: in the hole, nearer to the truth than the mean face is."""
    for probe in (start, no_peeking, fit):
        if not holds(probe, ask, rng):
            raise Wrong(f"no faces are completed before {probe.__name__} is right")
    text, arrays = face_networks()
    truth, mean = faces()
    images = truth[rng.choice(len(truth), FACES, replace=False)]
    known = rng.uniform(size=images.shape[:3]) < 0.25
    starts = rng.standard_normal((48, arrays["g.layers.1.weight"].shape[-1]), np.float32)
    given = np.where(known[..., None], images, np.float32(0.0))
    settings = {"steps": FACE_STEPS, "weight": SMALL if holds(loss, ask, rng) else 1.0, "training": False}
    completed = Task(text, arrays, given, known, starts).complete(ask, **settings)["completed"]
    found, least = decibels(images, completed, ~known), decibels(images, np.stack([mean] * FACES), ~known)
    if not found > least:
        raise Wrong(f"{FACES} faces, in the hole: expected more than the mean face, {least:.1f} dB, got {found:.1f} dB")


@cache
def faces() -> tuple[np.ndarray, np.ndarray]:
    """Half of the test faces, which G has not learned from, and the mean of the other half, from −1 to 1."""
    images = scale_images(load_test_set("pixel-faces", SIDE).images)
    return images[::2], images[1::2].mean(0)


@cache
def face_networks() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The networks of the faces in the package, as `build` takes them."""
    run: Any = load_run("pretrained:pixel-faces")
    nets, latent = {"g": run.sampling_generator.net, "d": run.game.discriminator.net}, run.config.latent
    g, d = ([described(layer) for layer in net] for net in nets.values())
    text, arrays = {"g": [["Reshape", 1, 1, latent], *g], "d": [*d, ["Reshape"]]}, {}
    for name, net in nets.items():
        own = build(text[name]).named_tensors()
        arrays.update({f"{name}.{key}": x.numpy() for (key, _), (_, x) in zip(own, net.named_tensors())})
    return text, arrays


def described(layer: Any) -> list:
    """A layer of a DCGAN by its name and arguments."""
    name = type(layer).__name__
    if isinstance(layer, nn.Conv2d):
        padding: Any = layer.padding
        settings = {"stride": layer.stride[0], "padding": padding[0], "bias": layer.bias is not None}
        return [name, *layer.channels, layer.kernel[0], settings]
    return [name, layer.scale.size] if isinstance(layer, nn.BatchNorm2d) else [name]  # ReLUs have their usual slope


ASSIGNMENT = Assignment(
    name="a10a",
    title="Complete a face",
    minutes=240,
    trains=False,
    functions=("contextual", "perceptual", "loss", "complete"),
    removed={"explore/completion.py": ("Search.terms", "Search.steps", "Search._initial_z", "overlay")},
    parts=(
        Part.of(
            contextual, 10,
            "What is known must be drawn as it is: this is all that the search knows of the picture.",
            "notebook 12, §2",
            "How many numbers does it give for 5 images? Which axes are left?",
            "known is (N, H, W), and the images have channels: known[..., None] is repeated along them.",
            "The squared difference, times the mask as numbers of the images' kind, summed over axes 1, 2 and 3.",
        ),
        Part.of(
            perceptual, 10,
            "Of all images that agree with the known pixels, those that look real are wanted.",
            "notebook 12, §4",
            "What is −ln σ(0)? And should it be large or small where D says real?",
            "It is the loss that G has in training, of each image by itself.",
            "ops.softplus(−d): the logarithm of a σ that has been rounded to 0 is not finite.",
        ),
        Part.of(
            loss, 15,
            "The gradient of this number, by z, is all that moves the search.",
            "notebook 12, §2",
            "Two losses, one weight: which of the two does it multiply?",
            "From z to the loss there must only be Tensors and operations on them.",
            "drawn = generator(z), once, in evaluation mode; contextual(drawn, …) + weight * perceptual(…, drawn).",
        ),
        Part.of(
            start, 5,
            "There are many local minima; a good start is near a good one.",
            "notebook 12, §6",
            "With 0 steps, complete gives a row of starts for each image. Which one?",
            "Draw all starts once, and compute the contextual loss of each of them with each image.",
            "starts[errors.argmin(axis=1)] for errors (N, S); and copy them, because z will be changed.",
        ),
        Part.of(
            no_peeking, 20,
            "A search that uses what it is to find cheats, and all its decibels mean nothing.",
            "notebook 12, §6",
            "Fill the hole with noise before you call complete. Is the result the same?",
            "The loss is one place where the hole may be looked at; the choice of the start is the other.",
            "Never use images without known: the mask is True where a pixel counts.",
        ),
        Part.of(
            untouched, 10,
            "Only z is searched for; a network that changes meanwhile draws other images for everybody else.",
            "notebook 12, §2",
            "Compare generator.state_dict() before and after. Which entries differ?",
            "In training mode batch norm moves its running statistics, whenever it draws.",
            "`with nn.evaluation(generator), generator.frozen():` around all that draws, and the same for D.",
        ),
        Part.of(
            fit, 10,
            "G can draw these images: if the search does not find them, it does not search well.",
            "notebook 12, §3",
            "Print the sum of the losses in every step. Does it fall?",
            "z is an nn.Parameter, in a list, in optim.Adam; each step: loss, backward, step.",
            "The losses of all images are summed before backward(): Adam looks at each number of z by itself.",
        ),
        Part.of(
            exact, 10,
            "What is known is not for G to draw again, only nearly as it was.",
            "notebook 12, §3",
            "Subtract the image from the completed one. Where is it 0?",
            "Two images and a mask: from which of them does a pixel come?",
            "np.where(known[..., None], images, drawn), with drawn = G(z) of the z that is returned.",
        ),
        Part.of(
            hole, 10,
            "This is what it is for: of a face most is lost, and the guess is better than the mean of all faces.",
            "notebook 12, §8",
            "If other parts are wrong, mend those first: this one completes faces with what they ask for.",
            "Look at G(z) itself, not at the completed image: is it a face?",
            "If it works for other images and not for these: do you keep float32, and images from −1 to 1?",
            seconds=30.0,
        ),
    ),
)  # fmt: skip
