"""The pictures of a GAN's failures, and what D makes of images that it has not seen."""

import shutil
from pathlib import Path

import numpy as np

from minigan import Tensor, no_grad, ops
from minigan.data import load_dataset, scale_images
from minigan.gan import Run, draw_noise, draw_samples, load_run
from minigan.show import save_sheet

from .trials import Trial, run_all

TRAININGS = {  # the name of the pictures: the training
    "healthy": ("mnist", "--epochs", "1"),
    "d-wins": ("pixel-faces", "--epochs", "4", "--loss", "minimax"),
    "collapse": ("mnist", "--epochs", "1", "--lr", "0.01"),
}
FEW = ("mnist", "--hold-out", "59800", "--epochs", "600", "--sample-every", "200")  # learns from 200 digits
FEW_TRAININGS = {"few": FEW, "few-augmented": (*FEW, "--augment", "translation,cutout")}
ROWS, COLUMNS = 3, 16
KERNELS = 3, 5, 4  # sizes; with stride 2
BATCHES = {"evaluation mode": 0, "training mode, 64 at once": 64, "training mode, 2 at once": 2}


def failures(root: Path, docs: Path) -> str:
    """Write the pictures; the table of what D makes of images that it has not seen."""
    trials = {name: Trial(arguments, root) for name, arguments in (TRAININGS | FEW_TRAININGS).items()}
    run_all(trials.values())
    for name, trial in trials.items():
        images, _ = draw_samples(load_run(trial.run.checkpoint), ROWS * COLUMNS, seed=0)
        save_sheet(docs / f"failures-{name}.png", [images[i::ROWS] for i in range(ROWS)])
        if name in TRAININGS:
            shutil.copyfile(trial.run.curves, docs / f"failures-{name}-curves.png")
    titles = [f"kernel {k}" for k in KERNELS]
    save_sheet(docs / "failures-checkerboard.png", [checkerboards()], columns=titles)
    save_sheet(docs / "failures-batchnorm.png", list(in_batches().values()), rows=list(BATCHES))
    return table_of_few(root)


def checkerboards() -> list[np.ndarray]:
    """How often each pixel is written to by three transposed convolutions of 6×6 pixels; its 32 middle ones, uint8."""
    result = []
    for kernel in KERNELS:
        x = Tensor(np.ones((1, 6, 6, 1), np.float32))
        for _ in range(3):
            x = ops.conv_transpose2d(x, Tensor(np.ones((kernel, kernel, 1, 1), np.float32)), stride=2)
        middle = (x.shape[1] - 32) // 2
        counts = x.numpy()[0, middle : middle + 32, middle : middle + 32]
        result.append(np.uint8(np.minimum(255, 128 * counts / counts.mean())))
    return result


def in_batches() -> dict[str, np.ndarray]:
    """The same z drawn by the shipped generator of digits: in evaluation mode, and in batches of training mode."""
    generator = load_run("pretrained:mnist").generator
    z = draw_noise(np.random.default_rng(0), 64, 100)
    drawn = {}
    for name, size in BATCHES.items():
        generator.train(size > 0)
        parts = np.split(z, len(z) // size) if size else [z]
        with no_grad():
            images = np.concatenate([generator(Tensor(part)).numpy() for part in parts])
        drawn[name] = np.uint8(127.5 * (images[:COLUMNS] + 1))
    return drawn


def table_of_few(root: Path) -> str:
    """D's mean outputs for the images that it learned from, and for others."""
    lines = ["| `python -m minigan.train` | D's mean logit: its 200 digits | other digits | Fréchet distance |"]
    lines.append("|---|--:|--:|--:|")
    for arguments in FEW_TRAININGS.values():
        trial = Trial(arguments, root)
        run = load_run(trial.run.checkpoint)
        digits = load_dataset("mnist").images
        own, others = (mean_logit(run, digits[part]) for part in (slice(0, 200), slice(-200, None)))
        distance = trial.scores()["frechet"]
        lines.append(f"| `{' '.join(arguments)}` | {own:.1f} | {others:.1f} | {distance:.0f} |")
    return "\n".join([*lines, "", "One training each, seed 0."])


def mean_logit(run: Run, images: np.ndarray) -> float:
    """D's mean output for images, in evaluation mode."""
    run.game.discriminator.eval()
    with no_grad():
        return float(run.game.judge(Tensor(scale_images(images))).numpy().mean())
