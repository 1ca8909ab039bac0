"""What D has learned without labels: a linear SVM on its features (Radford et al. 2016, arXiv:1511.06434, §5.1)."""

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array, namespace
from ..data import scale_images
from ..data.dataset import Images
from ..errors import Progress, import_optional, quiet
from ..gan import Discriminator
from ..nn import Conv2d, LeakyReLU
from ..nn.inference import in_batches
from ..ops import concatenate
from ..tensor import Tensor
from .rows import as_rows, check_labels

BATCH = 256  # images that go through D at a time
STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # that `choose_c` tries


def pooled_features(
    discriminator: Discriminator, images: Images, grid: int = 4, device: str = "cpu", progress: Progress = quiet
) -> np.ndarray:
    """D's features of images uint8 (N, S, S, C), scaled to −1 … 1: float32 (N, F), F = grid² · channels of all maps.

    The maps are those of every convolution but the last, which gives the logit, each after its batch norm (in
    evaluation mode: by running statistics) and LeakyReLU.  Each is max-pooled to grid × grid numbers per channel,
    see `max_pool`.  D is on `device`, and is left as it was.  Raises ValueError if there are no images or if they are
    not of D's size, and for a D with classes or without convolutions.
    """
    if images.shape[1:] != discriminator.image:
        raise ValueError(f"expected images (N, {', '.join(map(str, discriminator.image))}), got {images.shape}")
    layers = discriminator.net.layers[:-1]
    if discriminator.classes:
        raise ValueError("expected a discriminator without classes: what it sees would depend on the label it is told")
    if not any(isinstance(layer, Conv2d) for layer in layers):
        raise ValueError("expected a discriminator of convolutions, got one without feature maps")
    dtype = discriminator.parameters()[0].dtype

    def pooled(x: Tensor) -> Tensor:
        found = []
        for layer in layers:
            x = layer(x)
            if isinstance(layer, LeakyReLU):
                found.append(Tensor(max_pool(x.data, grid)).reshape(len(x), -1))
        return concatenate(found).astype(np.float32)

    (features,) = in_batches(
        discriminator,
        pooled,
        images,
        device=device,
        batch_size=BATCH,
        prepare=lambda x: scale_images(x, dtype),
        progress=progress,
        what="computing D's features",
    )
    return features


def max_pool(maps: Array, grid: int) -> Array:
    """The greatest value in each of grid × grid windows: (N, H, W, C) → (N, grid, grid, C).

    Along each axis of n pixels, window i holds the pixels from ⌊i n / grid⌋ to before ⌈(i + 1) n / grid⌉.  So every
    pixel is in a window; where grid does not divide n, neighbouring windows may share one.
    """

    def windows(n: int) -> list[slice]:
        return [slice(i * n // grid, -(-(i + 1) * n // grid)) for i in range(grid)]  # −(−a // b) rounds up

    xp, (_, height, width, _) = namespace(maps), maps.shape
    rows = xp.stack([maps[:, window].max(axis=1) for window in windows(height)], axis=1)
    return xp.stack([rows[:, :, window].max(axis=2) for window in windows(width)], axis=2)


def svm_error(
    train_features: np.ndarray,
    train_labels: np.ndarray,
    test_features: np.ndarray,
    test_labels: np.ndarray,
    c: float,
) -> float:
    """The share, 0 … 1, of test features (M, F) that a linear SVM puts into the wrong class.

    It is trained on features (N, F) and labels (N,) with the squared hinge loss and ½‖w‖², one class against the rest;
    `c` weighs the loss (`choose_c` finds one).  Features are standardised by mean and deviation of the training set.
    scikit-learn needs some 30 bytes for each number of the training set.  Raises BadInput if it is not installed.
    """
    import_optional("sklearn", "linear", "the SVM on D's features")
    from sklearn.svm import LinearSVC

    train_features, test_features = as_rows(train_features, test_features)
    check_labels(train_labels, train_features)
    check_labels(test_labels, test_features)
    mean = train_features.mean(axis=0, dtype=np.float64)
    deviation = train_features.std(axis=0, dtype=np.float64)
    deviation[deviation == 0.0] = 1.0  # a constant feature becomes 0
    train, test = ((x - mean) / deviation for x in (train_features, test_features))
    svm = LinearSVC(penalty="l2", loss="squared_hinge", C=c, dual="auto", random_state=0)
    return float((svm.fit(train, train_labels).predict(test) != test_labels).mean())


def choose_c(features: np.ndarray, labels: np.ndarray, strengths: Sequence[float] = STRENGTHS) -> float:
    """Of `strengths` the c with the least error on every fifth training image of each class, trained on the others.

    Of equally good ones, the first.  Takes features (N, F) and labels (N,) of the training set alone.
    """
    check_labels(labels, features)
    held = np.zeros(len(labels), bool)
    held[labels.argsort(kind="stable")[4::5]] = True
    errors = [svm_error(features[~held], labels[~held], features[held], labels[held], c) for c in strengths]
    return strengths[int(np.argmin(errors))]
