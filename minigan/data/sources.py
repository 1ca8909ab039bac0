"""The sources by name, as the command line gives them."""

from pathlib import Path

from ..errors import BadInput
from .dataset import ImageDataset
from .mnist import load_idx_folder, load_mnist

NAMES = ("mnist",)


def load_dataset(name: str, folder: Path | None = None) -> ImageDataset:
    """The data set of a source; `folder` replaces the shipped files.  Raises BadInput if either is no good."""
    if name not in NAMES:
        raise BadInput(f"unknown dataset {name!r}; expected one of: {', '.join(NAMES)}")
    return load_mnist() if folder is None else load_idx_folder(folder)
