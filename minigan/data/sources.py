"""The data sources, by the name that is used on the command line.

A new source is one file in this folder and one entry in SOURCES.  The entry contains everything that differs between
sources; no other module refers to a source by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import BadInput, Progress, quiet
from ..ops.windows import Ints, pair
from .celeba import load_celeba
from .cifar import CIFAR_10, CIFAR_100, Version, load_cifar
from .dataset import ImageDataset
from .emnist import SPLITS, load_emnist
from .folder import load_folder
from .imagenet import load_imagenet
from .lsun import load_lsun
from .mnist import load_idx_folder, load_mnist
from .orl_faces import load_orl_faces
from .pictures import resize_images
from .pixel_faces import load_pixel_faces
from .stacked_mnist import load_stacked_mnist


@dataclass(frozen=True)
class Source:
    """A data source: how to load its images, and everything that the rest of the package needs to know about it.

    `load(folder, size, progress)` returns images of this size, a pair (height, width) if they are not square; `folder`
    is None without --data-dir.
    `settings` are settings of a run (names as in `gan.Config`) that are better for this source than Config's defaults.
    """

    size: int  # default image size in pixels
    load: Callable[[Any, Ints, Progress], ImageDataset]
    folder: str = ""  # what --data-dir must contain; empty for a source that is included in a package
    needs_folder: bool = False
    searches_folder: bool = False  # all pictures in --data-dir and its subfolders are used, so no output may go there
    load_test: Callable[[], ImageDataset] | None = None  # loads the test set
    label: str = ""  # what the labels mean, in one or two words
    why_no_flip: str = ""  # why --flip is refused for the images in the package; empty if it is allowed
    settings: Mapping[str, Any] = field(default_factory=dict)
    judge_epochs: int = 0  # default number of epochs for training a judge; 0: there is no judge
    judged_by: str = ""  # the source whose judge looks at each colour channel instead
    samples: int = 10_000  # default number of samples that are scored

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings of a run with this source that differ from the defaults of Config."""
        return {"image_size": self.size, **self.settings}


DIGITS = {"hidden": True, "epochs": 3, "lr": 4e-4, "average": 0.999}  # settings for strokes of 28×28 pixels


def cifar_source(version: Version) -> Source:
    """The entry of CIFAR-10 or CIFAR-100."""
    return Source(
        32,
        lambda folder, size, _: resized(load_cifar(version, folder), size),
        folder=f"{version.files[0]} and others, the binary version",
        needs_folder=True,
        label="class",
    )


def emnist_source(split: str) -> Source:
    """The entry of a split of EMNIST."""
    return Source(
        28,
        lambda folder, size, _: resized(load_emnist(split, folder), size),
        folder="EMNIST's IDX files",
        needs_folder=True,
        label="character",
        settings=DIGITS,
    )


SOURCES = {
    "mnist": Source(
        28,
        lambda folder, size, _: resized(load_idx_folder(folder) if folder else load_mnist(), size),
        folder="IDX files, such as Fashion-MNIST's",
        load_test=lambda: load_mnist("t10k"),
        label="digit",
        why_no_flip="a mirrored digit is not a digit",
        settings=DIGITS,
        judge_epochs=5,
    ),
    "stacked-mnist": Source(
        28,
        lambda _, size, __: resized(load_stacked_mnist(), size),
        load_test=lambda: load_stacked_mnist("t10k"),
        label="three digits",
        why_no_flip="a mirrored digit is not a digit",
        settings=DIGITS,
        judged_by="mnist",
        samples=26_000,
    ),
    "pixel-faces": Source(
        32,
        lambda _, size, __: resized(load_pixel_faces(), size),
        load_test=lambda: load_pixel_faces("test"),
        label="skin tone",
        settings={"width": 48, "epochs": 20, "decay": 0.5, "average": 0.999},
        judge_epochs=10,
    ),
    "folder": Source(
        64, load_folder, folder="PNG, JPEG, WebP or BMP pictures", needs_folder=True, searches_folder=True
    ),
    "celeba": Source(
        64, load_celeba, folder="img_align_celeba, and list_attr_celeba.txt if you have it", needs_folder=True
    ),
    "lsun": Source(64, load_lsun, folder="data.mdb, such as bedroom_train_lmdb", needs_folder=True),
    "imagenet": Source(
        32,
        load_imagenet,
        folder="one folder per class, or train_data_batch_*.npz",
        needs_folder=True,
        searches_folder=True,
        label="class",
    ),
    **{version.name: cifar_source(version) for version in (CIFAR_10, CIFAR_100)},
    **{f"emnist-{split}": emnist_source(split) for split in SPLITS},
    "orl-faces": Source(
        64,
        lambda _, size, progress: load_orl_faces(size, progress),
        label="person",
        settings={"width": 32, "epochs": 250, "sample_every": 10},  # 400 images, 6 steps per epoch
    ),
}


def find_source(name: str, folder: Path | None) -> Source:
    """The source with this name.  Raises BadInput if there is none, or if `folder` is missing or not allowed."""
    if name not in SOURCES:
        raise BadInput(f"unknown dataset {name!r}; expected one of: {', '.join(SOURCES)}")
    source = SOURCES[name]
    if folder is None and source.needs_folder:
        raise BadInput(f"{name} needs --data-dir, a folder with {source.folder}")
    if folder is not None and not source.folder:
        raise BadInput(f"{name} is included in its package; leave out --data-dir, or use the source folder")
    return source


def load_dataset(
    name: str, folder: Path | None = None, size: Ints | None = None, progress: Progress = quiet
) -> ImageDataset:
    """The images of a source, (N, H, W, C); `size` in pixels, by default that of the source.

    It is one number for squares, otherwise a pair (height, width).

    Raises BadInput if the name is unknown, or if the folder or its files are missing or damaged.

    Examples
    --------
    >>> from minigan.data import load_dataset
    >>> digits = load_dataset("mnist")
    >>> digits.images.shape, digits.images.dtype, digits.labels[:5]
    ((60000, 28, 28, 1), dtype('uint8'), array([5, 0, 4, 1, 9], dtype=uint8))
    """
    source = find_source(name, folder)
    return source.load(folder, size or source.size, progress)


def load_test_set(name: str, size: Ints) -> ImageDataset:
    """The test set of a source, (N, H, W, C); `size` in pixels as for `load_dataset`.

    Raises BadInput for a source without one.
    """
    load = SOURCES[name].load_test if name in SOURCES else None
    if load is None:
        known = ", ".join(name for name, source in SOURCES.items() if source.load_test)
        raise BadInput(f"{name} has no test set; these have one: {known}")
    return resized(load(), size)


def resized(dataset: ImageDataset, size: Ints) -> ImageDataset:
    """The data set with the centre of each image resized, in memory."""
    if dataset.size == pair(size):
        return dataset
    return replace(dataset, images=resize_images(dataset.images[:], size))
