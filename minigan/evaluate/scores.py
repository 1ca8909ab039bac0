"""All scores of a trained generator, measured against the real images that it learned from."""

from typing import NamedTuple

import numpy as np

from ..data import load_dataset, load_test_set
from ..errors import BadInput, Progress, quiet
from ..gan import Config, Run, draw_samples
from .coverage import attribute_shares, class_shares, entropy_bits
from .fidelity import Fidelity, precision_recall
from .frechet import frechet_distance
from .judges import Judge, JudgeOutput, judge_images, shipped_judge
from .memorisation import Memorisation, memorisation

COUNT = 10_000


def judge_of(config: Config, device: str = "cpu") -> Judge:
    """The judge in the package for what a run learns to draw.  Raises BadInput if there is none."""
    if config.data_dir is not None:
        raise BadInput(f"no judge in the package for {config.data_dir}: it knows the images that minigan ships")
    return shipped_judge(config.source, config.image_size, device)


def learned_from(config: Config) -> np.ndarray:
    """The images in the package that a run learns from, bytes (N, S, S, C): without those that it holds out."""
    data = load_dataset(config.source, size=config.image_size)
    return data.images[: len(data) - config.hold_out]


class Reference:
    """What the samples of a run are compared with: the images it learned from, and a judge's verdict on some of them.

    `count` real images are judged, by default 10,000, or half of all if there are fewer; the floor needs the other
    half.  Raises BadInput if there are not so many, or if the package has no judge for what the run learned from.
    """

    def __init__(self, config: Config, count: int | None = None, device: str = "cpu"):
        self.device = device
        self.judge = judge_of(config, device)
        self.images = learned_from(config)
        most = len(self.images) // 2
        if count is not None and count > most:
            raise BadInput(f"expected at most {most} samples, half of the {len(self.images)} real images, got {count}")
        self.count = count or min(COUNT, most)
        self.real: JudgeOutput = self.run_judge(self.images[: self.count])

    def run_judge(self, images: np.ndarray) -> JudgeOutput:
        """The judge's verdict on bytes (N, S, S, C)."""
        return judge_images(self.judge, images, self.device)

    def floor(self) -> float:
        """The Fréchet distance between these real images and as many others: no generator is expected to be better."""
        return frechet_distance(self.run_judge(self.images[self.count : 2 * self.count]).features, self.real.features)

    def distance(self, samples: np.ndarray) -> float:
        """The Fréchet distance between samples, bytes (N, S, S, C), and the real images."""
        return frechet_distance(self.run_judge(samples).features, self.real.features)

    def shares(self, verdict: JudgeOutput) -> np.ndarray:
        """The share of images of each class, or with each attribute, as the judge sees them."""
        if self.judge.exclusive:
            return class_shares(verdict.logits.argmax(axis=1), len(self.judge.names))
        return attribute_shares(verdict.logits > 0)


class Scores(NamedTuple):
    """`frechet` and its `floor`; `shares` of classes or attributes among real and generated images; `label_accuracy`,
    the share of samples that show the label that was asked for (conditional networks only)."""

    frechet: float
    floor: float
    fidelity: Fidelity
    real_shares: np.ndarray
    fake_shares: np.ndarray
    label_accuracy: float | None
    memory: Memorisation
    samples: np.ndarray
    nearest: np.ndarray

    def rows(self, judge: Judge) -> dict[str, float]:
        """The numbers by name."""
        rows = {
            "frechet": self.frechet,
            "frechet_floor": self.floor,
            "precision": self.fidelity.precision,
            "recall": self.fidelity.recall,
            "nearest_training_image": self.memory.median,
            "nearest_training_image_of_heldout": self.memory.heldout_median,
            "share_as_near_as_nearest_1_percent_of_heldout": self.memory.share_near,
        }
        if judge.exclusive:
            rows |= {
                "entropy_bits": entropy_bits(self.fake_shares),
                "entropy_bits_real": entropy_bits(self.real_shares),
            }
        if self.label_accuracy is not None:
            rows["shows_the_label"] = self.label_accuracy
        for name, real, fake in zip(judge.names, self.real_shares, self.fake_shares):
            rows |= {f"share_{name}": fake, f"share_{name}_real": real}
        return {name: float(value) for name, value in rows.items()}


def score(run: Run, reference: Reference, seed: int = 0, progress: Progress = quiet) -> Scores:
    """Draw as many samples as the reference has real images, and compare them."""
    samples, labels = draw_samples(run, reference.count, seed)
    verdict = reference.run_judge(samples)
    known = labels is not None and reference.judge.exclusive  # otherwise the judge does not know these labels
    label_accuracy = float((verdict.logits.argmax(axis=1) == labels).mean()) if known else None
    heldout = load_test_set(run.config.source, run.config.image_size)
    memory = memorisation(samples, reference.images, heldout.images[:], progress)
    return Scores(
        frechet=frechet_distance(verdict.features, reference.real.features),
        floor=reference.floor(),
        fidelity=precision_recall(reference.real.features, verdict.features, progress=progress),
        real_shares=reference.shares(reference.real),
        fake_shares=reference.shares(verdict),
        label_accuracy=label_accuracy,
        memory=memory,
        samples=samples,
        nearest=reference.images[memory.indices],
    )
