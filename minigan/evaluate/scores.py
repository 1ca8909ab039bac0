"""All scores of a trained generator, compared with the real images that it was trained on."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data import SOURCES, ImageDataset, load_dataset, load_test_set
from ..errors import BadInput, Progress, quiet
from ..gan import Config, Run, draw_samples
from .coverage import attribute_shares, class_shares, entropy_bits, kl_divergence, sure_share
from .fidelity import Fidelity, precision_recall
from .frechet import frechet_distance
from .judges import Judge, JudgeOutput, class_names, judge_images, shipped_judge
from .memorisation import Memorisation, memorisation

FEWEST = 4  # samples: precision looks at the third neighbour of each


def judge_of(config: Config, device: str = "cpu") -> Judge:
    """The judge in the package for the source and image size of a run.  Raises BadInput if there is none."""
    if config.data_dir is not None:
        raise BadInput(f"no judge in the package for {config.data_dir}, only for data that is included in minigan")
    return shipped_judge(config.source, config.size, device)


def all_images(config: Config) -> ImageDataset:
    """All images of a run's source, held-out ones too, in its order.  Raises BadInput if its folder is missing."""
    return load_dataset(config.source, Path(config.data_dir) if config.data_dir else None, config.size)


def learned_from(config: Config) -> ImageDataset:
    """The training images of a run, without held-out ones."""
    return without_held_out(all_images(config), config)


def without_held_out(data: ImageDataset, config: Config) -> ImageDataset:
    """The images of a run's source that it is trained on."""
    return data.first(len(data) - config.hold_out)


def has_test_set(config: Config) -> bool:
    """Whether the source of a run has a test set: those in the package have, a folder has not."""
    return config.data_dir is None and SOURCES[config.source].load_test is not None


def check_unseen(config: Config) -> None:
    """Raise BadInput if there are no real images that a run was not trained on, before any are loaded."""
    if not has_test_set(config) and not config.hold_out:
        raise BadInput(
            "expected images that the run was not trained on, to tell copies from new images: train with --hold-out, "
            "and a tenth of the images, say"
        )


def unseen(config: Config) -> np.ndarray:
    """Real images that a run was not trained on: of the test set or, if there is none, held out; bytes (N, H, W, C).

    Raises BadInput if there are none.
    """
    check_unseen(config)
    if has_test_set(config):
        return load_test_set(config.source, config.size).images[:]
    data = all_images(config)
    return data.images[len(data) - config.hold_out :]


class Reference:
    """The real images to compare samples with: all training images, and a judge's output for `count` of them.

    By default `count` is the source's number of samples, or half of the training images if that is less; `floor` needs
    as many others.  `data_shares` are the shares of the classes among the labels of the training images, if the judge
    judges those.  `judge` is your own, on `device`.  Raises BadInput if `count` is larger, if the package has no
    judge for the run, or if your own is for other images.
    """

    def __init__(self, config: Config, count: int | None = None, device: str = "cpu", judge: Judge | None = None):
        self.device = device
        self.judge = judge or judge_of(config, device)
        if self.judge.image != config.shape:
            expected, got = ("×".join(map(str, x)) for x in (self.judge.image, config.shape))
            raise BadInput(f"this judge is for images of {expected}, and the run draws {got}")
        everything = all_images(config)
        data, self.fingerprint = without_held_out(everything, config), ""
        if config.data_dir is not None:
            self.fingerprint = config.fingerprint(everything)
            # Files of one kind are often together.
            data = data.some(np.random.default_rng(0).permutation(len(data)))
        self.images = data.images[:]
        self.data_shares = None
        if self.judge.exclusive and data.labels is not None and class_names(data) == self.judge.names:
            self.data_shares = class_shares(data.labels, len(self.judge.names))
        most = len(self.images) // 2
        if count is not None and count > most:
            raise BadInput(f"expected at most {most} samples, half of the {len(self.images)} real images, got {count}")
        self.count = count or min(SOURCES[config.source].samples, most)
        if self.count < FEWEST:
            raise BadInput(f"expected at least {2 * FEWEST} real images to compare with, got {len(self.images)}")
        self.real: JudgeOutput = self.run_judge(self.images[: self.count])

    def run_judge(self, images: np.ndarray) -> JudgeOutput:
        """The judge's output for bytes (N, H, W, C)."""
        return judge_images(self.judge, images, self.device)

    def floor(self) -> float:
        """The Fréchet distance between two sets of `count` real images: the value of a perfect generator."""
        return frechet_distance(self.run_judge(self.images[self.count : 2 * self.count]).features, self.real.features)

    def distance(self, samples: np.ndarray) -> float:
        """The Fréchet distance between samples, bytes (N, H, W, C), and the real images."""
        return frechet_distance(self.run_judge(samples).features, self.real.features)

    def shares(self, output: JudgeOutput) -> np.ndarray:
        """The share of images, 0 … 1, in each class or with each attribute, as predicted by the judge: (names,)."""
        if not self.judge.names:
            return np.zeros(0)
        if self.judge.exclusive:
            return class_shares(output.logits.argmax(axis=1), len(self.judge.names))
        return attribute_shares(output.logits > 0)

    def sure(self, output: JudgeOutput) -> float | None:
        """The share of images of which the judge is sure; None if it has no classes."""
        return sure_share(output.logits, self.judge.exclusive) if self.judge.names else None


class Scores(NamedTuple):
    """All scores of `samples`, bytes (N, H, W, C), and the training images that are `nearest` to them.

    `frechet` is the Fréchet distance, `floor` that between two sets of real images.  The shares (names,) are those of
    classes or attributes; `sure` and `real_sure` are the shares of images of which the judge is sure, None if it has no
    classes, see embeddings.py.
    `data_shares` are those of the labels of the training images, if the judge judges them.
    `label_accuracy` is the share of samples in which the judge sees the label that they were drawn for; None if the
    networks are not conditional.
    """

    frechet: float
    floor: float
    fidelity: Fidelity
    real_shares: np.ndarray
    fake_shares: np.ndarray
    sure: float | None
    real_sure: float | None
    data_shares: np.ndarray | None
    label_accuracy: float | None
    memory: Memorisation
    samples: np.ndarray
    nearest: np.ndarray

    def rows(self, judge: Judge) -> dict[str, float]:
        """The scores by name, as in scores.csv."""
        rows = {
            "frechet": self.frechet,
            "frechet_floor": self.floor,
            "precision": self.fidelity.precision,
            "recall": self.fidelity.recall,
            "nearest_training_image": self.memory.median,
            "nearest_training_image_of_heldout": self.memory.heldout_median,
            "share_as_near_as_nearest_1_percent_of_heldout": self.memory.share_near,
        }
        if self.sure is not None and self.real_sure is not None:
            rows |= {"judge_is_sure": self.sure, "judge_is_sure_real": self.real_sure}
        if judge.exclusive:
            rows |= {
                "entropy_bits": entropy_bits(self.fake_shares),
                "entropy_bits_real": entropy_bits(self.real_shares),
            }
        if self.data_shares is not None:
            for name, shares in (("", self.fake_shares), ("_real", self.real_shares)):
                rows |= {f"classes{name}": float(np.count_nonzero(shares))}
                rows |= {f"kl_divergence{name}": kl_divergence(shares, self.data_shares)}
        if self.label_accuracy is not None:
            rows["shows_the_label"] = self.label_accuracy
        for name, real, fake in zip(judge.names, self.real_shares, self.fake_shares):
            rows |= {f"share_{name}": fake, f"share_{name}_real": real}
        return {name: float(value) for name, value in rows.items()}


def score(run: Run, reference: Reference, seed: int = 0, progress: Progress = quiet) -> Scores:
    """Draw `reference.count` samples and compare them with the reference.

    Raises BadInput as `unseen` does, or if the images of a folder are not those that the run was trained on.
    """
    if reference.fingerprint and run.fingerprint and reference.fingerprint != run.fingerprint:
        raise BadInput(
            f"{run.config.data_dir}: its pictures are not those that the run was trained on, or in another order "
            f"({run.fingerprint}, not {reference.fingerprint}): which of them it has not seen is not known"
        )
    heldout = unseen(run.config)
    samples, labels = draw_samples(run, reference.count, seed)
    output = reference.run_judge(samples)
    known = labels is not None and reference.data_shares is not None  # a judge of others does not predict labels
    label_accuracy = float((output.logits.argmax(axis=1) == labels).mean()) if known else None
    memory = memorisation(samples, reference.images, heldout, progress)
    return Scores(
        frechet=frechet_distance(output.features, reference.real.features),
        floor=reference.floor(),
        fidelity=precision_recall(reference.real.features, output.features, progress=progress),
        real_shares=reference.shares(reference.real),
        fake_shares=reference.shares(output),
        sure=reference.sure(output),
        real_sure=reference.sure(reference.real),
        data_shares=reference.data_shares,
        label_accuracy=label_accuracy,
        memory=memory,
        samples=samples,
        nearest=reference.images[memory.indices],
    )
