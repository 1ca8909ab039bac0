"""Making G forget an attribute: find the feature maps that draw it, and set them to 0.

Radford et al. 2016, §6.3.1 ("Forgetting to draw certain objects"); there, the objects were windows in bedrooms.
"""

from typing import NamedTuple

import numpy as np

from ..arrays.backend import to_device
from ..data.dataset import to_bytes
from ..errors import BadInput, Progress, import_optional, quiet
from ..evaluate.judges import Judge
from ..gan import Run, draw_noise, generate
from ..gan.models import Network
from ..nn import Module
from ..ops.windows import Ints, pair
from ..tensor import Tensor
from .concepts import detect
from .layers import features, hidden_maps

LEARNED, MEASURED = 3000, 1000  # samples for finding the maps, and separate samples for measuring the effect
CONTROLS = 10  # random sets of maps
MIN_EXAMPLES = 20  # samples with the attribute, and without it


class FoundMaps(NamedTuple):
    """The maps that draw an attribute: their indices, the largest weight first.

    `weights` (C,) are those of all maps; `box`, bool (h, w), are the positions in the maps where it is drawn.
    """

    maps: np.ndarray
    weights: np.ndarray
    box: np.ndarray


class Rates(NamedTuple):
    """For each attribute, the share of samples that show it, and the share in which it was changed: both (A,)."""

    shares: np.ndarray
    flipped: np.ndarray


class ForgetResult(NamedTuple):
    """The maps that were found, and samples from the same z's with and without them, uint8 (N, H, W, C).

    `shown`, bool (N, A), are the attributes in each of `images`, `before` (A,) their shares, `after` those in
    `without`.  `control` is the mean of several random sets with the same number of maps; `without_random` are the
    images without one of these sets.
    """

    found: FoundMaps
    images: np.ndarray
    without: np.ndarray
    without_random: np.ndarray
    shown: np.ndarray
    before: np.ndarray
    after: Rates
    control: Rates


def second_highest(generator: Network) -> int:
    """The index of the layer that computes the generator's second last features: in the paper, 256 maps of 16×16.

    Raises BadInput for fully connected or conditional networks, and for those with fewer layers.
    """
    where = hidden_maps(generator)
    if len(where) < 2:
        raise BadInput(f"expected a generator with at least two hidden layers, got {len(where)}")
    return where[-2]


def draw_without(run: Run, z: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Images (N, H, W, C), −1 to 1, that the run draws from z (N, latent) with some feature maps set to 0.

    `maps` are indices of the second last features.  Without any, the images are those of `generate`.  Raises BadInput
    as `second_highest` does.
    """
    generator = run.sampling_generator
    layers, cut = generator.net.layers, second_highest(generator) + 1
    generator.net.layers = [*layers[:cut], Without(maps), *layers[cut:]]
    try:
        return generate(generator, z, device=run.device)
    finally:
        generator.net.layers = layers


class Without(Module):
    """x (N, h, w, C) → x, with the feature maps of these indices set to 0."""

    def __init__(self, maps: np.ndarray):
        self.maps = maps

    def forward(self, x: Tensor) -> Tensor:
        keep = np.ones(x.shape[-1], x.dtype)
        keep[self.maps] = 0.0
        return x * Tensor(to_device(keep, x.device))


def find_maps(maps: np.ndarray, images: np.ndarray, shown: np.ndarray, count: int) -> FoundMaps:
    """The `count` maps that best predict, in a logistic regression, whether an image shows an attribute.

    maps (N, h, w, C) are features of the images, uint8 (N, H, W, channels); `shown`, bool (N,), are the images with the
    attribute.  Each image is one example: its features, averaged over the box and standardised.  The maps with the
    largest weights are chosen, only those with a positive weight.  Raises BadInput if scikit-learn is not installed,
    or if fewer than 20 images have the attribute, or fewer than 20 do not.
    """
    require_sklearn()
    from sklearn.linear_model import LogisticRegression

    if min(shown.sum(), (~shown).sum()) < MIN_EXAMPLES:
        few = f"{shown.sum()} of {len(shown)} samples show it"
        raise BadInput(f"{few}; expected at least {MIN_EXAMPLES} that do, and {MIN_EXAMPLES} that do not")
    box = find_box(images, shown, maps.shape[1:3])
    examples = maps[:, box].mean(axis=1, dtype=np.float64)
    deviation = examples.std(axis=0)
    deviation[deviation == 0.0] = 1.0  # a constant map becomes 0, and gets no weight
    examples = (examples - examples.mean(axis=0)) / deviation
    weights = LogisticRegression(max_iter=1000).fit(examples, shown).coef_[0]
    order = np.argsort(-weights, kind="stable")[:count]
    return FoundMaps(order[weights[order] > 0], weights, box)


def require_sklearn() -> None:
    """Raise BadInput, with the install command, if scikit-learn is not installed."""
    import_optional("sklearn", "linear", "the logistic regression on G's features")


def find_box(images: np.ndarray, shown: np.ndarray, size: Ints) -> np.ndarray:
    """The positions where an attribute is drawn, bool (h, w), in maps of this size.

    These are the positions where the mean images with and without the attribute, averaged over the pixels of a
    position, differ by at least half of the maximum difference.  images are uint8 (N, H, W, C), `shown` is bool (N,).
    """
    difference = np.abs(images[shown].mean(axis=0) - images[~shown].mean(axis=0))
    high, wide = pair(size)
    coarse = difference.reshape(high, len(difference) // high, wide, difference.shape[1] // wide, -1).mean((1, 3, 4))
    return coarse >= 0.5 * coarse.max()


def forget(
    run: Run, judge: Judge, name: str, count: int | None = None, seed: int = 0, progress: Progress = quiet
) -> ForgetResult:
    """Find the maps that draw an attribute, and measure how often it is drawn with and without them.

    `name` is one of the judge's attributes, `count` the maximum number of maps to drop, by default a quarter of them.
    Maps are found and effects measured on separate samples.  Raises BadInput if the judge does not know the attribute
    or is for digits, if `count` is not less than the number of maps, and as `second_highest` and `find_maps` do.
    """
    if judge.exclusive:
        raise BadInput("forgetting needs a judge of attributes, such as those of pixel-faces; this one is for digits")
    if name not in judge.names:
        raise BadInput(f"expected an attribute of {', '.join(judge.names)}, got {name!r}")
    require_sklearn()  # before any long computation
    second_highest(run.sampling_generator)
    rng = np.random.default_rng(seed)

    z = draw_noise(rng, LEARNED, run.config.latent)
    maps = features(run.sampling_generator, z, run.device)[-2][1]
    if count is not None and count >= maps.shape[3]:
        raise BadInput(f"expected fewer than {maps.shape[3]} maps to drop, the number of all maps, got {count}")
    images = run.draw(z)
    shows = detect(judge, images, run.device)[:, judge.names.index(name)]
    found = find_maps(maps, images, shows, count or maps.shape[3] // 4)

    z = draw_noise(rng, MEASURED, run.config.latent)
    images = run.draw(z)
    before = detect(judge, images, run.device)
    sets = [found.maps, *(rng.permutation(maps.shape[3])[: len(found.maps)] for _ in range(CONTROLS))]
    pictures, rates = [], []
    for dropped in progress(sets, len(sets), "drawing without some maps"):
        without = to_bytes(draw_without(run, z, dropped))
        after = detect(judge, without, run.device)
        pictures.append(without)
        rates.append(Rates(after.mean(axis=0), (after != before).mean(axis=0)))
    control = Rates(*np.mean(rates[1:], axis=0))
    return ForgetResult(found, images, pictures[0], pictures[1], before, before.mean(axis=0), rates[0], control)
