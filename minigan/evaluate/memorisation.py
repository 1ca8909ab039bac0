"""Are samples copies of training images?  Compares their nearest-neighbour distances with those of held-out images."""

from typing import NamedTuple

import numpy as np

from ..errors import Progress, quiet
from .neighbours import nearest
from .rows import as_rows

NEAR = 0.01  # the share of held-out images that are considered unusually near to a training image


class Memorisation(NamedTuple):
    """Nearest training images.  Distances are root mean squares over pixels and channels, with values from 0 to 1.

    `indices` and `distances` (N,) are those of the nearest training image of each sample.  `median` is the median of
    the distances, `heldout_median` that of the held-out images, and `ratio` the first divided by the second: a value
    far below 1 indicates memorisation.  `share_near` is the share of samples that are as near to a training image as
    the nearest 1 % of the held-out images: about 0.01 if nothing is memorised, 1 if everything is.
    """

    indices: np.ndarray
    distances: np.ndarray
    median: float
    heldout_median: float
    ratio: float
    share_near: float


def memorisation(
    samples: np.ndarray, train: np.ndarray, heldout: np.ndarray, progress: Progress = quiet
) -> Memorisation:
    """Compare samples, training images and held-out real images, each uint8 (…, H, W, C), pixel by pixel.

    Held-out images come from the same source as the training images, but were not used for training.  Limits: a copy
    shifted by one pixel is not found (Theis et al. 2016, arXiv:1511.01844), and uniform or blurred samples are near to
    everything.  So look at the pairs too, see `neighbour_picture`.

    Raises ValueError if they are not bytes of one shape, or if half of the held-out images are training images.
    """
    dtypes = [x.dtype for x in (samples, train, heldout)]
    if any(dtype != np.uint8 for dtype in dtypes):
        raise ValueError(f"expected images of bytes, got {', '.join(map(str, dtypes))}")
    samples, train, heldout = as_rows(samples, train, heldout)
    unit = 255.0 * np.sqrt(train.shape[1])  # the distance between black and white
    indices, distances = (found[:, 0] for found in nearest(samples, train, progress=progress))
    distances = distances / unit
    unseen = nearest(heldout, train, progress=progress)[1][:, 0] / unit
    median, heldout_median = float(np.median(distances)), float(np.median(unseen))
    if heldout_median == 0.0:
        raise ValueError("expected held-out images that were not trained on; half of them are training images")
    share_near = float((distances <= np.quantile(unseen, NEAR)).mean())
    return Memorisation(indices, distances, median, heldout_median, median / heldout_median, share_near)
