"""The table of losses and cures: each in place of DCGAN's, trained for the same time, on digits and on faces.

Trainings take as many epochs as fit into the time of the plain one, by the cost of a step, which is measured first.
The whole takes hours, so what is measured is kept in cures.json: a command line and its Fréchet distance, one by one.
"""

import json
import time
from pathlib import Path

import numpy as np

from minigan.arrays.cpu import arithmetic, use_compiled_kernels
from minigan.commands.train_options import configure, parse
from minigan.files import write_text
from minigan.gan import Config, Run, draw_noise
from minigan.tensor import Tensor

from .trials import SEEDS, Trial, each, over_seeds, spread

DATA = {  # what every training has in common, and the epochs of the plain one: a few minutes
    # Most of the digits are held out: short epochs make nearly equal times of whole epochs.
    "mnist": (("mnist", "--no-hidden", "--width", "32", "--lr", "0.0002", "--hold-out", "45000"), 6),
    "pixel-faces": (("pixel-faces", "--width", "32"), 6),
}
PLAIN = ""
CURES = (
    PLAIN,
    "--loss hinge",
    "--loss least-squares",
    "--loss relativistic",
    "--loss wasserstein --penalty gradient --normaliser layer --d-steps 5",
    "--penalty r1",
    "--penalty r1 --normaliser none",
    "--loss relativistic --penalty r1+r2 --normaliser none",
    "--normaliser none",
    "--normaliser layer",
    "--normaliser spectral",
    "--loss hinge --normaliser spectral",
    "--augment translation",
    "--augment colour,translation,cutout",
    "--noise 0.1",
    "--pack 2",
    "--d-steps 2",
    "--d-lr 0.0008",
    "--smoothing 0.1",
    "--hidden",
)
FIGURES = Path(__file__).with_name("cures.json")
ROUNDS, STEPS = 12, 10  # measured: steps of each cure in a round, after another round that warms up


def cures(root: Path, docs: Path) -> str:
    """The cost of a step, and the Fréchet distance on both data sets."""
    costs = step_cost()
    of_all = [
        trial for cure in CURES for name in DATA for trial in over_seeds(arguments(name, cure, costs[cure]), root)
    ]
    kept = figures()["frechet"]
    missing = [trial for trial in of_all if " ".join(trial.arguments) not in kept]
    for trial, distance in each(Trial.frechet, missing):
        keep("frechet", {" ".join(trial.arguments): round(distance, 3)})
    kept = figures()["frechet"]
    lines = ["| | a step takes | digits: epochs | Fréchet distance | faces: epochs | Fréchet distance |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    for cure in CURES:
        cells = [f"`{cure}`" if cure else "plain", f"{costs[cure]:.2f}"]
        for name in DATA:
            trials = over_seeds(arguments(name, cure, costs[cure]), root)
            cells += [str(epochs(name, costs[cure])), spread([kept[" ".join(trial.arguments)] for trial in trials])]
        lines.append(f"| {' | '.join(cells)} |")
    plain = (" ".join(arguments(name, PLAIN, 1.0)) for name in DATA)
    return "\n".join([*lines, "", f"Mean of {len(SEEDS)} seeds (lowest–highest); plain: `{'`, `'.join(plain)}`."])


def step_costs(root: Path, docs: Path) -> str:
    """The cost of a step with each cure."""
    costs = step_cost()
    lines = ["| | a step takes |", "|---|--:|", *(f"| `{cure}` | {costs[cure]:.2f} |" for cure in CURES if cure)]
    return "\n".join([*lines, "", "Of a step without any: digits, 64 of them, width 32."])


def arguments(name: str, cure: str, cost: float) -> tuple[str, ...]:
    """The command line of a training with a cure whose steps cost so many times as much as plain ones."""
    words = list(DATA[name][0])
    if "--hidden" in cure and "--no-hidden" in words:
        words.remove("--no-hidden")
    return (*words, "--epochs", str(epochs(name, cost)), *cure.split())


def epochs(name: str, cost: float) -> int:
    """The epochs that take as long as the plain training."""
    return max(1, round(DATA[name][1] / cost))


def step_cost() -> dict[str, float]:
    """The cost of a step with each cure, plain: 1; the one that was kept, or else measured and kept."""
    if set(CURES) - figures()["costs"].keys():
        keep("costs", measure())
    return figures()["costs"]


def figures() -> dict[str, dict[str, float]]:
    """What has been measured: the costs of steps by cure, the Fréchet distances by command line."""
    return json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {"costs": {}, "frechet": {}}


def keep(kind: str, values: dict[str, float]) -> None:
    """Add what was measured to the file."""
    known = figures()
    known[kind] |= values
    write_text(FIGURES, json.dumps(known, indent=1) + "\n")


def measure() -> dict[str, float]:
    """The median time of a step on digits with each cure, divided by that of a plain one; in random turns."""
    use_compiled_kernels()
    runs = {cure: Run(config_of(cure)) for cure in CURES}
    rng = np.random.default_rng(0)
    images = Tensor(rng.uniform(-1, 1, (64, 28, 28, 1)).astype(np.float32))
    seconds: dict[str, list[float]] = {cure: [] for cure in CURES}
    for number in range(1 + ROUNDS):
        for cure in rng.permutation(CURES):  # what comes before a cure would otherwise always be the same
            run, start = runs[cure], time.perf_counter()
            for _ in range(STEPS):
                run.game.step(images, Tensor(draw_noise(rng, 64, run.config.latent)))
            if number:
                seconds[cure].append(time.perf_counter() - start)
    plain = float(np.median(seconds[PLAIN]))
    print(f"a step: {1000 * plain / STEPS:.0f} ms, {arithmetic(images.data)}")
    return {cure: float(np.median(times)) / plain for cure, times in seconds.items()}


def config_of(cure: str) -> Config:
    """The configuration of a training of digits with a cure."""
    return configure(parse(arguments("mnist", cure, 1.0)), "dcgan")
