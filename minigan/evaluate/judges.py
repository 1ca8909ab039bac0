"""Judges: classifiers trained on real images, with the same engine as the GANs.

Samples and real images are compared by a judge's features, the 128 activations before its last layer.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..archives import in_half_precision, read_archive, write_archive
from ..arrays.backend import device_of, to_device
from ..data import SOURCES, Batch, Batches, ImageDataset, scale_images
from ..errors import BadInput
from ..files import shipped
from ..gan.earlier_versions import upgraded
from ..nn import BatchNorm2d, Conv2d, Linear, Module, ReLU, Reshape, Sequential, init
from ..nn.inference import in_batches
from ..ops import bce_with_logits, concatenate, cross_entropy
from ..ops.windows import Ints, pair
from ..optim import Adam
from ..tensor import Tensor

FORMAT, VERSION = "minigan judge", 2
READABLE = (1, 2)  # versions; in version 1, activations after batch norms were part of them
WIDTH, FEATURES = 32, 128
CHANNELS = 3  # of colour images, each of which a judge of grey ones can look at


def body(image: tuple[int, int, int], rng: np.random.Generator) -> Sequential:
    """The layers of a judge but for the last: images (N, *image) → features (N, 128)."""
    high, wide, channels = image
    last = (high // 4) * (wide // 4) * 2 * WIDTH
    settings: dict[str, Any] = {"rng": rng, "init": init.he_normal}
    return Sequential(
        Conv2d(channels, WIDTH, 3, padding=1, bias=False, **settings),
        BatchNorm2d(WIDTH, rng=rng),
        ReLU(),
        Conv2d(WIDTH, WIDTH, 4, stride=2, padding=1, bias=False, **settings),
        BatchNorm2d(WIDTH, rng=rng),
        ReLU(),
        Conv2d(WIDTH, 2 * WIDTH, 4, stride=2, padding=1, bias=False, **settings),
        BatchNorm2d(2 * WIDTH, rng=rng),
        ReLU(),
        Reshape(last),
        Linear(last, FEATURES, **settings),
        ReLU(),
    )


class Judge(Module):
    """Images (N, H, W, channels), −1 to 1 → logits (N, outputs), one for each of `names`.

    If `exclusive`, each image has exactly one class (digits), otherwise any number of attributes.  `what` says what its
    features are.
    """

    what = "the judge's features"

    def __init__(self, image_size: Ints, channels: int, names: list[str], exclusive: bool, *, rng: np.random.Generator):
        self.image, self.names, self.exclusive = (*pair(image_size), channels), names, exclusive
        self.body = body(self.image, rng)
        self.head = Linear(FEATURES, len(names), rng=rng, init=init.he_normal)

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The activations before the last layer, (N, features), and the logits."""
        features = self.body(images)
        return features, self.head(features)

    def forward(self, images: Tensor) -> Tensor:
        return self.features_and_logits(images)[1]

    def loss(self, logits: Tensor, targets: np.ndarray) -> Tensor:
        """The mean cross-entropy for labels (N,), or binary cross-entropy for attributes (N, outputs)."""
        if self.exclusive:
            return cross_entropy(logits, targets)
        return bce_with_logits(logits, Tensor(to_device(targets.astype(logits.dtype), device_of(logits.data))))


class ChannelJudge(Judge):
    """Shows each channel of an image to a judge of grey images: one class for each combination of its classes.

    Of digits in three channels, class "407" is a 4 in the first, a 0 in the second and a 7 in the third.  Features are
    those of all channels; the logit of a combination is the sum of those of its parts, so that its probability is the
    product of theirs.  Raises ValueError for a judge of colours, or of attributes.
    """

    def __init__(self, judge: Judge, channels: int):
        if not judge.exclusive or judge.image[2] != 1:
            raise ValueError("ChannelJudge expected a judge of grey images that have one class each")
        self.image, self.exclusive = (*judge.image[:2], channels), True
        self.names = ["".join(parts) for parts in product(judge.names, repeat=channels)]
        self.body, self.head = judge.body, judge.head

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        parts = [super(ChannelJudge, self).features_and_logits(images[..., i : i + 1]) for i in range(self.image[2])]
        features, (total, *others) = concatenate([part for part, _ in parts]), [logits for _, logits in parts]
        for logits in others:
            total = (total.reshape(len(images), -1, 1) + logits.reshape(len(images), 1, -1)).reshape(len(images), -1)
        return features, total


class JudgeOutput(NamedTuple):
    """A judge's `features`, float32 (N, 128), or 128 for each channel, and `logits`, float32 (N, outputs)."""

    features: np.ndarray
    logits: np.ndarray


def judge_images(judge: Judge, images: np.ndarray, device: str = "cpu", batch_size: int = 500) -> JudgeOutput:
    """Run the judge, which must be on `device`, in evaluation mode on bytes (N, H, W, C).

    Raises ValueError for images of another size.
    """
    if images.shape[1:] != judge.image:
        raise ValueError(f"this judge expected images of shape (N, {str(judge.image)[1:-1]}), got {images.shape}")

    compute = judge.features_and_logits
    return JudgeOutput(*in_batches(judge, compute, images, device=device, batch_size=batch_size, prepare=scale_images))


def accuracy(judge: Judge, data: ImageDataset, device: str = "cpu") -> np.ndarray:
    """The share of correct predictions, 0 … 1: (1,) for classes, (outputs,) for attributes.

    Raises ValueError for images of another size.
    """
    logits = judge_images(judge, data.images[:], device).logits
    if judge.exclusive:
        return np.array([(logits.argmax(1) == data.labels).mean()])
    return ((logits > 0) == targets_of(judge, data)).mean(0)


def targets_of(judge: Judge, data: ImageDataset | Batch) -> np.ndarray:
    """The targets for the images: labels (N,), or attributes (N, outputs)."""
    targets = data.labels if judge.exclusive else data.attributes
    assert targets is not None
    return targets


def new_judge(data: ImageDataset, seed: int) -> Judge:
    """An untrained judge for the attributes of the data or, if it has none, for its labels.

    Raises BadInput if the data has neither.
    """
    if data.attributes is None and data.labels is None:
        raise BadInput(f"{data.name} has neither labels nor attributes to judge by")
    exclusive = data.attributes is None
    names = class_names(data) if exclusive else list(data.attribute_names)
    return Judge(data.size, data.shape[2], names, exclusive, rng=np.random.default_rng(seed))


def class_names(data: ImageDataset) -> list[str]:
    """The names of the classes of data with labels; their numbers if they have no names."""
    return list(data.label_names) or [str(i) for i in range(data.classes())]


def train_judge(
    judge: Judge, data: ImageDataset, *, epochs: int, batch_size: int, lr: float, seed: int, device: str = "cpu"
) -> Iterator[Tensor]:
    """Train a judge with Adam; yields the loss of each step.  The learning rate falls linearly from `lr` to 0.

    Raises BadInput if the batch is larger than the data.
    """
    adam = Adam(judge.parameters(), lr)
    batches = Batches(data, batch_size, seed)
    steps = epochs * len(batches)
    for epoch in range(epochs):
        for number, batch in enumerate(batches.epoch(epoch)):
            images = scale_images(to_device(batch.images, device))
            loss = judge.loss(judge(Tensor(images)), targets_of(judge, batch))
            loss.backward()
            adam.lr = lr * (1 - (epoch * len(batches) + number) / steps)
            adam.step()
            yield loss


def save_judge(path: Path, judge: Judge, note: str) -> None:
    """Write a judge in half precision; `note` is the command that trained it.

    Raises BadInput if a number is too large for half precision.
    """
    high, wide, channels = judge.image
    header = {
        "format": FORMAT,
        "version": VERSION,
        "image_size": high,
        "image_width": wide,
        "channels": channels,
        "names": judge.names,
        "exclusive": judge.exclusive,
        "note": note,
    }
    arrays = in_half_precision(judge.state_dict())
    write_archive(path, header, arrays, compress=True)


def load_judge(path: Path, device: str = "cpu") -> Judge:
    """A judge that was written by `save_judge`, in evaluation mode.

    Raises BadInput if the file is missing, damaged, or not a judge.
    """
    header, arrays = read_archive(path, FORMAT, READABLE, "a judge written by minigan.train_judge")
    try:
        high, channels = int(header["image_size"]), int(header["channels"])
        size = high, int(header.get("image_width", high))  # earlier versions had squares only
        judge = Judge(size, channels, list(header["names"]), bool(header["exclusive"]), rng=np.random.default_rng(0))
        judge.load_state_dict(upgraded(arrays, judge) if header["version"] == 1 else arrays)
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadInput(f"{path}: not a judge of this program: {error!r}") from error
    judge.to(device)
    judge.eval()
    return judge


def shipped_judge(source: str, image_size: Ints, device: str = "cpu") -> Judge:
    """The judge in the package for a source.  Raises BadInput if there is none for it, or for this image size."""
    folder = shipped("evaluate")
    known = sorted(path.stem for path in folder.glob("*.npz"))
    by_channel = {name: entry.judged_by for name, entry in SOURCES.items() if entry.judged_by}
    if source not in (*known, *by_channel):
        raise BadInput(f"no judge in the package for {source}, only for: {', '.join((*known, *by_channel))}")
    judge = load_judge(folder / f"{by_channel.get(source, source)}.npz", device)
    if source in by_channel:
        judge = ChannelJudge(judge, CHANNELS)
        judge.eval()
    if judge.image[:2] != pair(image_size):
        got = "×".join(map(str, pair(image_size)))
        raise BadInput(f"the judge for {source} takes images of {judge.image[0]}×{judge.image[1]} pixels, not {got}")
    return judge
