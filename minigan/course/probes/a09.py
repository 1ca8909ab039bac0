"""A9: the game, watched by instruments: losses, gradients and weights of both networks after each move."""

from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...nn import Module
from ...tensor import Tensor, grad
from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..calls.networks import build, draw_numbers, numbers, set_weights, statistics
from ..comparing import compare, hold_along, holds

YIELDS = {1: "D has judged", 2: "D has learned", 3: "D has judged for G", 4: "G has learned"}
GAME_STEPS, EVERY, FAR = 200, 10, 2.0  # of the game in the plane; how often to look; the largest distance in the end


class Game(NamedTuple):
    """Two networks, real images and noise: what the submission gets."""

    text: dict[str, Any]
    arrays: dict[str, np.ndarray]  # weights, real, z

    def ask(self, ask: Ask, upto: int = 4, still: bool = True) -> Answer:
        """What was seen up to a yield; if not `still`, the optimisers are Adams."""
        return ask("play", {**self.text, "upto": upto, "still": still}, **self.arrays)

    def networks(self) -> tuple[Module, Module, Tensor, Tensor]:
        """G, D, the real images and z, before the game."""
        g, d = (build(self.text[name], self.arrays, f"{name}.") for name in ("g", "d"))
        return g, d, Tensor(self.arrays["real"]), Tensor(self.arrays["z"])

    def d_loss(self, smoothing: float = 0.0) -> tuple[Tensor, Module]:
        """L_D, and D."""
        g, d, real, z = self.networks()
        judged, fake = d(real), d(g(z).detach())
        loss = ops.softplus(-judged).mean() + ops.softplus(fake).mean()
        return loss + smoothing * judged.mean(), d

    def g_loss(self, d_weights: np.ndarray, saturating: bool = False) -> tuple[Tensor, Module]:
        """L_G of D with these weights, and G."""
        g, d, _, z = self.networks()
        set_weights(d, d_weights)
        fake = d(g(z))
        return -ops.softplus(fake).mean() if saturating else ops.softplus(-fake).mean(), g

    def hold_losses(self, answer: Answer) -> None:
        """Both losses, L_G by the D that the submission had then."""
        weights, tolerance = answer["d_weights2"], 1e-9
        others = {"loss1": self.d_loss(0.1)[0], "loss3": self.g_loss(weights, saturating=True)[0]}
        notes = {"loss1": "that is the loss of labels 0.9: switch smoothing off", "loss3": "that is minus softplus(d)"}
        for key, expected in (("loss1", self.d_loss()[0]), ("loss3", self.g_loss(weights)[0])):
            what = f"{'L_D' if key == 'loss1' else 'L_G'}, yield {key[-1]}"
            if key in answer and holds(compare, what, answer[key], others[key].numpy(), tolerance):
                raise Wrong(f"{what}: expected {expected.item():.6g}, got {answer[key]:.6g} ({notes[key]})")
            compare(what, answer[key], expected.numpy(), tolerance)


def draw(rng: np.random.Generator, norm: bool = False) -> Game:
    """A game of small networks, with batch norm or without."""
    latent, inside_g, inside_d, *image = draw_sizes(rng, 6, 2, 8)
    pixels = int(np.prod(image))

    def inside(inputs: int, outputs: int) -> list[list]:
        return [["Linear", inputs, outputs], *([["BatchNorm2d", outputs]] if norm else []), ["Tanh"]]

    g = [*inside(latent, inside_g), ["Linear", inside_g, pixels], ["Tanh"], ["Reshape", *image]]
    d = [["Reshape", -1], *inside(pixels, inside_d), ["Linear", inside_d, 1], ["Reshape"]]
    count = int(rng.integers(6, 10))
    inputs = {"real": rng.uniform(-1, 1, size=(count, *image)), "z": rng.normal(size=(count, latent))}
    numbers = {**draw_numbers(g, "g.", rng), **draw_numbers(d, "d.", rng)}
    return Game({"g": g, "d": d, "rates": [0.03, 0.02]}, {**inputs, **numbers})


def values(ask: Ask, rng: np.random.Generator) -> None:
    """Both losses, at networks without batch norm."""
    game = draw(rng)
    game.hold_losses(game.ask(ask, still=False))


def gradients(ask: Ask, rng: np.random.Generator) -> None:
    """What D's turn adds to D's gradients, and G's turn to G's: held against quotients, where the loss is wrong."""
    right, game = holds(values, ask, rng), draw(rng)
    for which, upto in (("d", 1), ("g", 3)):
        answer = game.ask(ask, upto)
        found = answer[f"{which}_gradients{upto}"] - answer[f"{which}_gradients{upto - 1}"]
        what = f"the gradients of {which.upper()}'s weights at yield {upto}, {YIELDS[upto]}"
        if not found.any():
            raise Wrong(f"{what}: there are none")
        if right:
            loss, network = game.d_loss() if which == "d" else game.g_loss(answer["d_weights2"])
            compare(what, found, numbers(grad(loss, network.parameters())), 1e-8)
        else:
            settings = {**game.text, "which": which, "upto": upto, "still": True}

            def own(many: np.ndarray, settings: dict[str, Any] = settings) -> np.ndarray:
                return ask("losses", settings, many=many, **game.arrays)["losses"]

            hold_along(found, answer[f"{which}_weights0"], own, rng, what)


def turns(ask: Ask, rng: np.random.Generator) -> None:
    """Whose weights move, from yield to yield."""
    answer = draw(rng).ask(ask, still=False)
    for k, name in YIELDS.items():
        moved = [n.upper() for n in "gd" if (answer[f"{n}_weights{k}"] != answer[f"{n}_weights{k - 1}"]).any()]
        expected = {2: ["D"], 4: ["G"]}.get(k, [])
        if moved != expected:
            whose = [" and ".join(names) or "none" for names in (expected, moved)]
            raise Wrong(f"weights that have changed at yield {k}, {name}: expected {whose[0]}, got {whose[1]}")


def apart(ask: Ask, rng: np.random.Generator) -> None:
    """D's turn leaves nothing in G, G's turn nothing in D, whatever was there before."""
    answer = draw(rng).ask(ask)
    for other, k, whose in (("g", 1, "D's turn"), ("d", 3, "G's turn")):
        added = answer[f"{other}_gradients{k}"] - answer[f"{other}_gradients{k - 1}"]
        if added.any():
            count = f"{np.count_nonzero(added)} of {added.size} weights"
            raise Wrong(f"{whose} has left gradients in {other.upper()}, at {count}: they add to those of its own turn")


def logits(ask: Ask, rng: np.random.Generator) -> None:
    """Logits of thousands, of both signs: the losses are large, and finite."""
    right, game = holds(values, ask, rng), draw(rng)
    _, d, real, _ = game.networks()
    last = max(name for name in game.arrays if name.startswith("d.") and name.endswith("bias"))
    scale = 3000.0 / np.std(d(real).data)
    for name in (last, last.replace("bias", "weight")):
        game.arrays[name] *= scale
    game.arrays[last] -= scale * np.median(d(real).data)
    answer = game.ask(ask)
    if right:
        game.hold_losses(answer)
    for key in ("loss1", "loss3", "d_gradients1", "g_gradients3"):
        if not np.isfinite(answer[key]).all():
            raise Wrong(f"logits of ±3,000: expected finite numbers, got {answer[key].ravel()[:1]} in {key}")


def batches(ask: Ask, rng: np.random.Generator) -> None:
    """With batch norm: losses, and the statistics that real and fake images have left in D, and z in G."""
    right, game = holds(values, ask, rng), draw(rng, norm=True)
    answer = game.ask(ask)
    if right:
        game.hold_losses(answer)
    paths = {"g": ["z", "zz"], "d": ["rff", "frf"]}  # G may draw once or twice, and D judge the fake ones first
    for name, found in (("d", answer["d_statistics4"]), ("g", answer["g_statistics4"])):
        expected = [_statistics(game, name, path) for path in paths[name]]
        what = f"the running statistics of {name.upper()}'s batch norm, after the step"
        if not holds(compare, what, found, expected[1]):
            compare(what, found, expected[0])


def _statistics(game: Game, name: str, path: str) -> np.ndarray:
    """The statistics of a network in training mode through which these batches have gone."""
    g, d, real, z = game.networks()
    inputs = {"z": z, "r": real, "f": g(z).detach()}
    g, *_ = game.networks()
    network = g if name == "g" else d
    for batch in path:
        network(inputs[batch])
    return numbers(statistics(network))


def outcome(ask: Ask, rng: np.random.Generator) -> None:
    """A game in the plane: G learns where the real points are, and how far they spread.

    With a mistake in the moves it is a matter of chance whether G does, so that nothing is asked then.
    """
    for probe in (values, gradients, turns, apart):
        if not holds(probe, ask, rng):
            raise Wrong(f"a game is not played before {probe.__name__} is right")
    hidden, batch = 16, 48
    inside: list[list] = [["Linear", 2, hidden], ["LeakyReLU", 0.2]]
    g, d = [*inside, ["Linear", hidden, 2]], [*inside, ["Linear", hidden, 1], ["Reshape"]]
    centre, spread = rng.choice([-1, 1], 2) * rng.uniform(1.5, 2.0, size=2), rng.uniform(0.5, 1.0, size=2)
    numbers = {**draw_numbers(g, "g.", rng), **draw_numbers(d, "d.", rng)}
    reals = centre + spread * rng.normal(size=(GAME_STEPS, batch, 2))
    noise, look = rng.normal(size=(GAME_STEPS, batch, 2)), rng.normal(size=(300, 2))
    text = {"g": g, "d": d, "rates": [0.005, 0.01], "every": EVERY}
    drawn = ask("train", text, reals=reals, zs=noise, look=look, **numbers)["drawn"]
    if drawn.shape != (GAME_STEPS // EVERY, *look.shape):
        raise Wrong(f"points drawn by G: expected shape {look.shape}, got {drawn.shape[1:]}")
    last = drawn[-6:]  # their mean: G goes round the real points for a while
    distance = ((last.mean((0, 1)) - centre) ** 2).sum() + ((last.std(1).mean(0) - spread) ** 2).sum()
    if not distance <= FAR:
        raise Wrong(f"after {GAME_STEPS} steps in the plane, G's points are {distance:.3g} from the real ones, in "
                    f"squared distance of centre and spread; expected at most {FAR:g}")  # fmt: skip


ASSIGNMENT = Assignment(
    name="a09",
    title="The game",
    minutes=120,
    functions=("moves",),
    removed={
        "gan/game.py": ("Game.moves", "Game._judge_separately", "Game._judge_pairs", "Game._loss_of_generator"),
        "gan/losses.py": ("NonSaturating.on_real", "NonSaturating.on_fake", "NonSaturating.for_generator"),
    },
    parts=(
        Part.of(
            values, 20,
            "A game with the wrong aim looks like a game: the losses tell it apart, the pictures hardly.",
            "notebook 9, §1",
            "For a logit of 0 each softplus is ln 2: what are L_D and L_G then?",
            "softplus(−d) is small where d says real, softplus(d) where it says fake: who wants which?",
            "L_D is a sum of two means. L_G is mean softplus(−d); −mean softplus(d) is flat where D is sure.",
        ),
        Part.of(
            gradients, 25,
            "Each network learns from exactly the gradients of its own loss.",
            "notebook 9, §2",
            "Count the weights that have a gradient at each yield, in G and in D.",
            "L_D has two halves. Do both reach D's gradients before its step, and does nothing clear them in between?",
            "In G's turn the way to G goes through D: what it judges there must be G's images with their history.",
        ),
        Part.of(
            turns, 15,
            "Each network answers the other's last move, so that the order of the moves matters.",
            "notebook 9, §2",
            "Print the sum of all weights of D and of G at each yield: which one has changed?",
            "D learns between the first and the second yield, G between the third and the fourth.",
            "In G's turn D judges anew, because it has changed: logits from before its step are out of date.",
        ),
        Part.of(
            apart, 20,
            "Gradients left behind in the other network are added to its next ones, and pull it the wrong way.",
            "notebook 9, §3",
            "At the first yield, does G have gradients? At the third, does D?",
            "L_D depends on G, too, and L_G on D: the backward pass goes wherever the graph leads.",
            "D judges fake.detach() in its own turn; in G's turn it is frozen: `with discriminator.frozen():`.",
        ),
        Part.of(
            logits, 5,
            "When D is sure, σ(d) rounds to 0 or 1, and the logarithm of 0 is not finite.",
            "notebook 3, §2",
            "What is your loss for a real image with the logit −1,000? It should be 1,000.",
            "−ln σ(d) and softplus(−d) are the same formula, but not the same in floating point.",
            "Use ops.softplus of the logits, and no sigmoid at all.",
        ),
        Part.of(
            batches, 10,
            "Batch norm mixes the images of a batch: together, real and fake ones would give each other away.",
            "notebook 5, §4",
            "How many times does D run in a step, and on which images each time?",
            "Evaluation mode is for drawing samples; while the two play, both networks are in training mode.",
            "Three runs of D: on the real images, on the fake ones, and after its step on the fake ones again.",
        ),
        Part.of(
            outcome, 5,
            "This is what the moves are for: G, which has never seen a real point, ends up among them.",
            "notebook 8, §3",
            "If other parts are wrong, mend those first: this one plays with what they ask for.",
            "Does G move at all? If it moves away, look at the sign of its loss.",
            "Play a hundred steps with points instead of images, and print where G's are after every ten.",
        ),
    ),
)  # fmt: skip
