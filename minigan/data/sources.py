"""The sources by name, as the command line gives them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput, Progress, quiet
from .celeba import load_celeba
from .dataset import ImageDataset
from .folder import load_folder
from .imagenet import load_imagenet
from .lsun import load_lsun
from .mnist import load_idx_folder, load_mnist
from .orl_faces import load_orl_faces
from .pictures import resize_images
from .pixel_faces import load_pixel_faces


class Source(NamedTuple):
    """Where images come from."""

    size: int  # pixels, by default
    load: Callable[[Any, int, Progress], ImageDataset]  # folder, pixels, progress
    folder: str  # what it must hold; empty for a source that is in a package
    needs_folder: bool = True


SOURCES = {
    "mnist": Source(
        28,
        lambda folder, size, _: resized(load_idx_folder(folder) if folder else load_mnist(), size),
        "IDX files, such as Fashion-MNIST's",
        needs_folder=False,
    ),
    "pixel-faces": Source(32, lambda _, size, __: resized(load_pixel_faces(), size), "", needs_folder=False),
    "folder": Source(64, load_folder, "PNG, JPEG, WebP or BMP pictures"),
    "celeba": Source(64, load_celeba, "img_align_celeba, and list_attr_celeba.txt if you have it"),
    "lsun": Source(64, load_lsun, "data.mdb, such as bedroom_train_lmdb"),
    "imagenet": Source(32, load_imagenet, "a folder for each class, or train_data_batch_*.npz"),
    "orl-faces": Source(64, lambda _, size, progress: load_orl_faces(size, progress), "", needs_folder=False),
}

TEST_SETS = {"mnist": lambda: load_mnist("t10k"), "pixel-faces": lambda: load_pixel_faces("test")}


def find_source(name: str, folder: Path | None) -> Source:
    """The source of a name; raises BadInput if there is none, or if it does not go with `folder`."""
    if name not in SOURCES:
        raise BadInput(f"unknown dataset {name!r}; expected one of: {', '.join(SOURCES)}")
    source = SOURCES[name]
    if folder is None and source.needs_folder:
        raise BadInput(f"{name} needs --data-dir, a folder with {source.folder}")
    if folder is not None and not source.folder:
        raise BadInput(f"{name} comes with its package; leave out --data-dir, or use the source folder")
    return source


def load_dataset(
    name: str, folder: Path | None = None, size: int | None = None, progress: Progress = quiet
) -> ImageDataset:
    """The images of a source, `size` × `size` pixels; raises BadInput if name, folder or files are no good."""
    source = find_source(name, folder)
    return source.load(folder, size or source.size, progress)


def load_test_set(name: str, size: int) -> ImageDataset:
    """Images of the same kind that are not to be learned from; raises BadInput for a source that keeps none apart."""
    if name not in TEST_SETS:
        raise BadInput(f"{name} has no test set; these have one: {', '.join(TEST_SETS)}")
    return resized(TEST_SETS[name](), size)


def resized(dataset: ImageDataset, size: int) -> ImageDataset:
    """A set in memory with the square in the middle of each image resized."""
    if dataset.shape[:2] == (size, size):
        return dataset
    return replace(dataset, images=resize_images(dataset.images[:], size))
