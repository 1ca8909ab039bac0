"""Quality of D's features: a linear SVM classifier on top of them (Radford et al. 2016, arXiv:1511.06434, §5.1)."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays.backend import Array, namespace
from ..data import scale_images
from ..data.dataset import Images
from ..errors import Progress, import_optional, quiet
from ..gan import Discriminator
from ..gan.labels import WithLabels
from ..gan.networks import refuse_packs
from ..nn import Conv2d, LeakyReLU, Module, SpectralNorm
from ..nn.inference import in_batches
from ..ops import concatenate
from ..tensor import Tensor
from .rows import as_rows, check_labels

BATCH = 256  # images per batch
STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # values of C that `choose_c` tries


def pooled_features(
    discriminator: Discriminator, images: Images, grid: int = 4, device: str = "cpu", progress: Progress = quiet
) -> np.ndarray:
    """D's features of images uint8 (N, H, W, C): float32 (N, F), F = grid² · total number of channels.

    The features are those of all convolutions except the last, which gives the logit, each after batch norm (in
    evaluation mode: with running statistics) and LeakyReLU.  They are max-pooled to grid × grid positions, see
    `max_pool`.  D must be on `device`, and is not changed.  Raises ValueError if there are no images or if their size
    is wrong, and for a discriminator with classes or without convolutions, or one that judges packs.
    """
    if images.shape[1:] != discriminator.image:
        raise ValueError(f"expected images (N, {', '.join(map(str, discriminator.image))}), got {images.shape}")
    refuse_packs(discriminator)
    layers, dtype = hidden_layers(discriminator), discriminator.parameters()[0].dtype

    def pooled(x: Tensor) -> Tensor:
        return concatenate(list(features_of_layers(layers, x, grid))).astype(np.float32)

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


def hidden_layers(discriminator: Discriminator) -> list[Module]:
    """D's layers but for the last.  Raises ValueError if it has none that convolve, or the label at its input."""
    if discriminator.classes and not isinstance(discriminator, WithLabels):
        raise ValueError("expected a discriminator without classes: its features would depend on the label")
    layers = list(discriminator.net.layers[:-1]) if hasattr(discriminator, "net") else []
    if not any(isinstance(layer, Conv2d | SpectralNorm) for layer in layers):
        raise ValueError("expected a discriminator with convolutions, got one without feature maps")
    return layers


def features_of_layers(layers: list[Module], x: Tensor, grid: int) -> Iterator[Tensor]:
    """After each LeakyReLU among D's layers its output for images x, max-pooled to grid × grid: (N, F)."""
    for layer in layers:
        x = layer(x)
        if isinstance(layer, LeakyReLU):
            yield Tensor(max_pool(x.data, grid)).reshape(len(x), -1)


def max_pool(maps: Array, grid: int) -> Array:
    """Adaptive max pooling to grid × grid positions: (N, H, W, C) → (N, grid, grid, C).

    Along each axis of n pixels, window i contains the pixels from ⌊i n / grid⌋ up to, but not including,
    ⌈(i + 1) n / grid⌉.  So every pixel is in a window; if grid does not divide n, neighbouring windows may overlap.
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
    """The classification error, 0 … 1, of a linear SVM on test features (M, F) with labels (M,).

    It is trained on features (N, F) and labels (N,), one-vs-rest, with squared hinge loss and L2 regularisation ½‖w‖²;
    `c` is the weight of the loss, see `choose_c`.  Features are standardised by mean and standard deviation of the
    training set.  Training takes about 30 bytes of memory per number of the training set.  Raises ValueError if the
    shapes do not fit, BadInput if scikit-learn is not installed.
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
    """The value in `strengths` with the smallest validation error; for ties, the first.

    Every fifth image of each class of the training set, features (N, F) and labels (N,), is used for validation, the
    others for training.  Raises ValueError if the shapes do not fit, BadInput if scikit-learn is not installed.
    """
    check_labels(labels, features)
    validation = np.zeros(len(labels), bool)
    validation[labels.argsort(kind="stable")[4::5]] = True
    train, train_labels = features[~validation], labels[~validation]
    errors = [svm_error(train, train_labels, features[validation], labels[validation], c) for c in strengths]
    return strengths[int(np.argmin(errors))]
