"""Making G forget how an attribute is drawn: find the feature maps that draw it, and leave them out.

Radford et al. 2016, §6.3.1 ("Forgetting to draw certain objects"), where the objects were windows of bedrooms.
"""

from typing import NamedTuple

import numpy as np

from ..arrays.backend import to_device
from ..data.dataset import to_bytes
from ..errors import BadInput, Progress, import_optional, quiet
from ..evaluate.judges import Judge
from ..gan import Run, draw_noise
from ..gan.models import Network
from ..nn.inference import in_batches
from ..tensor import Tensor
from .concepts import detect
from .layers import BATCH, features, hidden_maps, prepare_input

LEARNED, MEASURED = 3000, 1000  # samples that the maps are found on, and others that the rates are measured on
CONTROLS = 10  # random sets of maps
MIN_EXAMPLES = 20  # samples with, and without, the attribute


class FoundMaps(NamedTuple):
    """The maps that draw something: their indices, by falling weight; the weights of all maps (C,); and the box, bool
    (h, w), True at the positions of the maps where it is drawn."""

    maps: np.ndarray
    weights: np.ndarray
    box: np.ndarray


class Rates(NamedTuple):
    """For each attribute the share of samples, (A,), that show it, and the share in which it has changed."""

    shares: np.ndarray
    flipped: np.ndarray


class ForgetResult(NamedTuple):
    """What was found, and what the same z's give without these maps.

    `shown` (N, A) says what each image showed, `before`, (A,), how often each attribute was shown.  `control` is the
    mean of many random sets of as many maps; `without_random` are the images without one of them.  Images are uint8.
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
    """The index of the layer that gives the generator's second highest features: in the paper, 256 maps of 16×16.

    Raises BadInput for networks that have none, or that are told a label.
    """
    where = hidden_maps(generator)
    if len(where) < 2:
        raise BadInput(f"expected a generator with two layers of features or more, got {len(where)}")
    return where[-2]


def draw_without(run: Run, z: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """The run's images (N, S, S, C), −1 to 1, of z (N, latent), some of the second highest features left out.

    `maps` are their indices; they are set to 0 at every position.  With none, the images are those of `generate`.
    Raises BadInput for networks without such features, or that are told a label.
    """
    generator = run.sampling_generator
    cut = second_highest(generator)
    layers = generator.net.layers

    def draw(x: Tensor) -> Tensor:
        x = prepare_input(generator, x)
        for layer in layers[: cut + 1]:
            x = layer(x)
        keep = np.ones(x.shape[-1], x.dtype)
        keep[maps] = 0.0
        x = x * Tensor(to_device(keep, run.device))
        for layer in layers[cut + 1 :]:
            x = layer(x)
        return x

    (images,) = in_batches(generator, draw, z, device=run.device, batch_size=BATCH)
    return images


def find_maps(maps: np.ndarray, images: np.ndarray, shown: np.ndarray, count: int) -> FoundMaps:
    """The `count` maps that tell best, by a logistic regression, whether an image shows something.

    maps (N, h, w, C) are features of the images, uint8 (N, S, S, channels), `shown` says which show it, bool (N,).
    Every image is one example: its features, averaged over the box and standardised.  The maps of greatest weight are
    taken, none of them below 0.  Raises BadInput without scikit-learn, or if too few images, or too many, show it.
    """
    require_sklearn()
    from sklearn.linear_model import LogisticRegression

    if min(shown.sum(), (~shown).sum()) < MIN_EXAMPLES:
        few = f"{shown.sum()} of {len(shown)} samples show it"
        raise BadInput(f"{few}; to learn what draws it, {MIN_EXAMPLES} must, and {MIN_EXAMPLES} must not")
    box = find_box(images, shown, maps.shape[1])
    examples = maps[:, box].mean(axis=1, dtype=np.float64)
    deviation = examples.std(axis=0)
    deviation[deviation == 0.0] = 1.0  # a constant map becomes 0, and gets no weight
    examples = (examples - examples.mean(axis=0)) / deviation
    weights = LogisticRegression(max_iter=1000).fit(examples, shown).coef_[0]
    order = np.argsort(-weights, kind="stable")[:count]
    return FoundMaps(order[weights[order] > 0], weights, box)


def require_sklearn() -> None:
    """Raise BadInput, which says how to install it, if scikit-learn is missing."""
    import_optional("sklearn", "linear", "the logistic regression on G's features")


def find_box(images: np.ndarray, shown: np.ndarray, size: int) -> np.ndarray:
    """Where something is drawn, bool (size, size): the mean image with it differs from the mean image without it.

    They differ by at least half as much as where they differ most; means are over pixels, and channels, of a position.
    """
    difference = np.abs(images[shown].mean(axis=0) - images[~shown].mean(axis=0))
    pixels = len(difference) // size
    coarse = difference.reshape(size, pixels, size, pixels, -1).mean(axis=(1, 3, 4))
    return coarse >= 0.5 * coarse.max()


def forget(
    run: Run, judge: Judge, name: str, count: int | None = None, seed: int = 0, progress: Progress = quiet
) -> ForgetResult:
    """Find the maps that draw an attribute, and measure how often it is drawn with and without them.

    `name` is one of the judge's attributes, `count` how many maps are dropped at most, by default a quarter of all.
    Maps are found on other samples than those measured.  Raises BadInput if the judge judges digits, or does not know
    the name, if there are not so many maps, and as `second_highest` and `find_maps` do.
    """
    if judge.exclusive:
        raise BadInput("forgetting needs a judge of attributes; a digit is all that its image shows")
    if name not in judge.names:
        raise BadInput(f"expected an attribute of {', '.join(judge.names)}, got {name!r}")
    require_sklearn()  # before anything long is computed
    second_highest(run.sampling_generator)
    rng = np.random.default_rng(seed)

    z = draw_noise(rng, LEARNED, run.config.latent)
    maps = features(run.sampling_generator, z, run.device)[-2][1]
    if count is not None and count >= maps.shape[3]:
        raise BadInput(f"expected fewer maps to drop than the {maps.shape[3]} that there are, got {count}")
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
